use super::{
    messages::{message, send, with},
    world::World,
};
use serde_json::{Value, json};

const TENANT: &str = "/v1/tenant";

#[tokio::test]
async fn a_new_tenant_has_chosen_nothing() {
    let world = World::new().await;
    let tenant = world.get(TENANT).await.expect(200).body;
    assert_eq!(
        tenant,
        json!({
            "id": world.ours.tenant.to_string(), "name": "Example", "default_region": "US",
            "time_zone": null, "locale": "en", "disabled_channels": [],
            "settings": {
                "brand": null, "help_text": null, "wording": "complete", "link_domains": [], "marketing_cap": null,
                "consent": {"double_opt_in": "where_required", "soft_opt_in": [], "single_opt_in": [],
                    "max_age_days": null},
                "business_hours": null, "us_registration": "not_tracked",
                "monthly": {"messages": null, "budget": null},
                "channel_switch": {"after": 3, "count_unconfirmed": false, "tell": true},
                "whatsapp": {"medium_quality_percent": 50, "read_receipts": true},
                "routing": {"rules": []},
                "twilio_facade": {"any_sender": false},
            },
            "created_at": "2026-07-15T15:00:00Z",
        })
    );
}

#[tokio::test]
async fn a_change_touches_only_what_it_names() {
    let world = World::new().await;
    let change = json!({
        "name": "Example Ltd", "time_zone": "America/New_York", "locale": "en-us",
        "disabled_channels": ["email", "email"],
        "settings": {
            "brand": " Example ", "help_text": "Call us at +12025550100.", "wording": "require", "link_domains": ["Example.com", "example.com"],
            "marketing_cap": {"most": 3, "hours": 168},
            "consent": {"double_opt_in": "everywhere", "soft_opt_in": ["gb"], "max_age_days": 400},
            "business_hours": {
                "windows": {"monday": ["09:00-12:00", "13:00-17:00"]},
                "closed": {"dates": ["2026-12-24"], "calendars": ["US"]},
            },
            "us_registration": "approved",
            "monthly": {"messages": 1000, "budget": {"amount": "50", "currency": "USD"}},
            "channel_switch": {"after": 5, "notice": "Example: by SMS from now on. WHATSAPP brings it back."},
            "whatsapp": {"medium_quality_percent": 20},
        },
    });
    let changed = world.patch(TENANT, change).await.expect(200).body;
    let settings = &changed["settings"];
    assert_eq!(changed["name"], "Example Ltd");
    assert_eq!(changed["locale"], "en_US");
    assert_eq!(changed["disabled_channels"], json!(["email"]));
    assert_eq!(settings["brand"], "Example");
    assert_eq!(settings["help_text"], "Call us at +12025550100.");
    assert_eq!(settings["link_domains"], json!(["example.com"]));
    assert_eq!(settings["marketing_cap"], json!({"most": 3, "hours": 168}));
    assert_eq!(
        settings["consent"],
        json!({"double_opt_in": "everywhere", "soft_opt_in": ["GB"], "single_opt_in": [], "max_age_days": 400})
    );
    assert_eq!(
        settings["business_hours"],
        json!({"windows": {"monday": ["09:00-12:00", "13:00-17:00"]},
            "closed": {"dates": ["2026-12-24"], "calendars": ["US"]}})
    );
    assert_eq!(settings["monthly"]["budget"]["amount"], "50");
    assert_eq!(settings["channel_switch"]["after"], 5);
    assert_eq!(settings["channel_switch"]["tell"], true);
    assert_eq!(world.get(TENANT).await.expect(200).body, changed);

    let part = json!({"settings": {"brand": null, "consent": {"max_age_days": null}, "monthly": {"budget": null},
        "channel_switch": {"tell": false, "notice": null}, "whatsapp": {"read_receipts": false}}});
    let after = world.patch(TENANT, part).await.expect(200).body;
    let mut expected = changed;
    expected["settings"]["brand"] = Value::Null;
    expected["settings"]["consent"]["max_age_days"] = Value::Null;
    expected["settings"]["monthly"]["budget"] = Value::Null;
    expected["settings"]["channel_switch"] =
        json!({"after": 5, "count_unconfirmed": false, "tell": false});
    expected["settings"]["whatsapp"] =
        json!({"medium_quality_percent": 20, "read_receipts": false});
    assert_eq!(after, expected);
    let theirs = world.get_as(&world.theirs.read, TENANT).await.expect(200);
    assert_eq!(theirs.body["name"], "Other");
}

#[tokio::test]
async fn what_is_wrong_with_a_change_is_pointed_at() {
    let world = World::new().await;
    let cases = [
        (json!({"nam": "x"}), "unknown_field", "/nam"),
        (
            json!({"settings": {"brnd": "x"}}),
            "unknown_field",
            "/settings/brnd",
        ),
        (
            json!({"settings": {"consent": {"x": 1}}}),
            "unknown_field",
            "/settings/consent/x",
        ),
        (json!({"name": null}), "invalid_request", "/name"),
        (json!({"name": " "}), "invalid_request", "/name"),
        (
            json!({"default_region": "USA"}),
            "invalid_request",
            "/default_region",
        ),
        (
            json!({"time_zone": "Mars/Hill"}),
            "invalid_request",
            "/time_zone",
        ),
        (
            json!({"disabled_channels": ["fax"]}),
            "invalid_request",
            "/disabled_channels/0",
        ),
        (
            json!({"settings": {"brand": "x".repeat(51)}}),
            "invalid_request",
            "/settings/brand",
        ),
        (
            json!({"settings": {"brand": "A\nB"}}),
            "invalid_request",
            "/settings/brand",
        ),
        (
            json!({"settings": {"wording": "maybe"}}),
            "invalid_request",
            "/settings/wording",
        ),
        (
            json!({"settings": {"link_domains": ["example.com", "https://example.com"]}}),
            "invalid_request",
            "/settings/link_domains/1",
        ),
        (
            json!({"settings": {"marketing_cap": {"most": 1, "hours": 0}}}),
            "invalid_request",
            "/settings/marketing_cap/hours",
        ),
        (
            json!({"settings": {"marketing_cap": {"most": 1, "hours": 169}}}),
            "invalid_request",
            "/settings/marketing_cap/hours",
        ),
        (
            json!({"settings": {"marketing_cap": {"most": 1}}}),
            "invalid_request",
            "/settings/marketing_cap/hours",
        ),
        (
            json!({"settings": {"consent": {"soft_opt_in": ["GBR"]}}}),
            "invalid_request",
            "/settings/consent/soft_opt_in/0",
        ),
        (
            json!({"settings": {"consent": {"max_age_days": 0}}}),
            "invalid_request",
            "/settings/consent/max_age_days",
        ),
        (
            json!({"settings": {"monthly": {"budget": {"amount": "-1", "currency": "USD"}}}}),
            "invalid_request",
            "/settings/monthly/budget/amount",
        ),
        (
            json!({"settings": {"channel_switch": {"after": 11}}}),
            "invalid_request",
            "/settings/channel_switch/after",
        ),
        (
            json!({"settings": {"channel_switch": {"after": -1}}}),
            "invalid_request",
            "/settings/channel_switch/after",
        ),
        (
            json!({"settings": {"channel_switch": {"notice": " "}}}),
            "invalid_request",
            "/settings/channel_switch/notice",
        ),
        (
            json!({"settings": {"channel_switch": {"before": 1}}}),
            "unknown_field",
            "/settings/channel_switch/before",
        ),
        (
            json!({"settings": {"whatsapp": {"medium_quality_percent": 0}}}),
            "invalid_request",
            "/settings/whatsapp/medium_quality_percent",
        ),
        (
            json!({"settings": {"whatsapp": {"medium_quality_percent": 101}}}),
            "invalid_request",
            "/settings/whatsapp/medium_quality_percent",
        ),
        (
            json!({"settings": {"whatsapp": {"blue_ticks": true}}}),
            "unknown_field",
            "/settings/whatsapp/blue_ticks",
        ),
    ];
    for (change, code, pointer) in cases {
        let problem = world.patch(TENANT, change).await.refused(422, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let untouched = world.get(TENANT).await.expect(200).body;
    assert_eq!(untouched["name"], "Example");
}

#[tokio::test]
async fn hours_that_cannot_be_meant_are_pointed_at() {
    let world = World::new().await;
    let zoned = |hours: Value| json!({"time_zone": "America/New_York", "settings": {"business_hours": hours}});
    let hours = "/settings/business_hours";
    for (change, pointer) in [
        (
            zoned(json!({"windows": {"monday": ["09:00-"]}})),
            "/windows/monday/0",
        ),
        (
            zoned(json!({"windows": {"monday": ["24:00-25:00"]}})),
            "/windows/monday/0",
        ),
        (
            zoned(json!({"windows": {"someday": []}})),
            "/windows/someday",
        ),
        (zoned(json!({"windows": {}})), "/windows"),
        (
            zoned(
                json!({"windows": {"monday": ["09:00-17:00"]}, "closed": {"calendars": ["Mars"]}}),
            ),
            "/closed/calendars/0",
        ),
        (
            zoned(
                json!({"windows": {"monday": ["09:00-17:00"]}, "closed": {"dates": ["2026-02-30"]}}),
            ),
            "/closed/dates",
        ),
        (
            json!({"settings": {"business_hours": {"windows": {"monday": ["09:00-17:00"]}}}}),
            "",
        ),
    ] {
        let problem = world
            .patch(TENANT, change)
            .await
            .refused(422, "invalid_request");
        let found = problem["errors"][0]["pointer"].as_str().unwrap();
        assert!(found.starts_with(&format!("{hours}{pointer}")), "{problem}");
    }
    let good = zoned(json!({"windows": {"monday": ["09:00-17:00"]}}));
    world.patch(TENANT, good).await.expect(200);
    // The clock cannot be taken away from the hours that go by it.
    let problem = world
        .patch(TENANT, json!({"time_zone": null}))
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "needs_time_zone");
}

#[tokio::test]
async fn a_closed_channel_sends_nothing() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let close = json!({"disabled_channels": ["sms"]});
    world.patch(TENANT, close).await.expect(200);
    let problem = send(&world, message(&contact))
        .await
        .refused(422, "blocked");
    assert_eq!(
        problem["decision"]["reasons"][0]["rule"],
        "channel.disabled"
    );
    world
        .patch(TENANT, json!({"disabled_channels": []}))
        .await
        .expect(200);
    send(&world, message(&contact)).await.expect(202);
}

#[tokio::test]
async fn of_two_changes_at_once_one_is_told_to_look_again() {
    let world = World::new().await;
    let before = world
        .api
        .tenants
        .get(world.ours.tenant)
        .await
        .unwrap()
        .unwrap();
    let close = json!({"disabled_channels": ["sms"]});
    world.patch(TENANT, close).await.expect(200);
    let mut after = before.clone();
    after.name = "Late".into();
    assert!(!world.api.tenants.change(&before, &after).await.unwrap());
    let kept = world.get(TENANT).await.body;
    assert_eq!(
        (&kept["name"], &kept["disabled_channels"]),
        (&json!("Example"), &json!(["sms"]))
    );
}

#[tokio::test]
async fn a_month_that_is_used_up_is_paid_for_and_nothing_else_is() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let limit = json!({"settings": {"monthly": {"messages": 1}}});
    world.patch(TENANT, limit).await.expect(200);
    send(&world, message(&contact)).await.expect(202);
    let problem = world
        .once("/v1/messages", "k", message(&contact))
        .await
        .refused(402, "quota_exceeded");
    assert_eq!(problem["used"], 1);
    assert_eq!(problem["limit"], 1);
    assert_eq!(problem["period"], "month");
    assert_eq!(problem["decision"]["outcome"], "block");
    assert_eq!(problem["decision"]["reasons"][0]["rule"], "quota.exceeded");
    let path = format!("/v1/messages/{}", problem["message_id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.body["status"], "blocked");
    let again = world.once("/v1/messages", "k", message(&contact)).await;
    assert_eq!(again.header("idempotent-replay"), "true");
    assert_eq!(again.expect(402).body, problem);

    // More messages would not help this one.
    let stop = json!({"action": "opt_out", "channels": "all", "purposes": "all", "method": "reply_message"});
    world
        .post(&format!("/v1/contacts/{contact}/consent"), stop)
        .await
        .expect(201);
    send(&world, message(&contact))
        .await
        .refused(422, "blocked");
    let run = with(message(&contact), "dry_run", true.into());
    assert_eq!(
        send(&world, run).await.expect(200).body["decision"]["outcome"],
        "block"
    );
}

#[tokio::test]
async fn long_lists_are_refused_in_a_few_words() {
    let world = World::new().await;
    let domains: Vec<String> = (0..50_000).map(|n| format!("{n}.")).collect();
    let days: serde_json::Map<String, Value> =
        (0..50_000).map(|n| (n.to_string(), json!([]))).collect();
    for change in [
        json!({"settings": {"link_domains": domains}}),
        json!({"settings": {"business_hours": {"windows": days}}}),
        json!({"settings": {"business_hours": {"windows": {"monday": vec!["x"; 50_000]}}}}),
    ] {
        let problem = world
            .patch(TENANT, change)
            .await
            .refused(422, "invalid_request");
        let errors = problem["errors"].as_array().unwrap().len();
        assert!((1..=102).contains(&errors), "{errors}");
    }
}
