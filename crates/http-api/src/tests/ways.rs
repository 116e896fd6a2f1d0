//! Ways: rules, limits of senders, health, and fallback.

use super::{
    messages::{claim, lanes, message, send, with},
    world::World,
};
use serde_json::{Value, json};
use tidings_kernel::{AccountId, Clock as _};
use tidings_messaging::{
    Dispatch, HealthChange, Healths, LearnedBy, NumberWord, Ratings as _, SenderWord, Settlement,
    Tier, Way,
};
use tidings_routing::{Health, Vitals};
use tidings_templates::Quality;
use time::{Duration, macros::datetime};

const TENANT: &str = "/v1/tenant";

#[tokio::test]
async fn rules_are_kept_as_they_were_given() {
    let world = World::new().await;
    let rules = json!([
        {"purposes": ["marketing"], "regions": ["GB"], "strategy": "cheapest", "sticky": false},
        {"strategy": "weighted", "sticky": true,
            "weights": [{"account": "acc_01h2xcejqtf2nbrexx3vqjhp41", "weight": 3}]},
    ]);
    let change = json!({"settings": {"routing": {"rules": rules}}});
    let changed = world.patch(TENANT, change).await.expect(200).body;
    assert_eq!(changed["settings"]["routing"]["rules"], rules);
    let cleared = json!({"settings": {"routing": {"rules": []}}});
    let changed = world.patch(TENANT, cleared).await.expect(200).body;
    assert_eq!(changed["settings"]["routing"]["rules"], json!([]));
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused() {
    let world = World::new().await;
    for rule in [
        json!({"strategy": "random"}),
        json!({"purposes": ["spam"]}),
        json!({"regions": ["Europe"]}),
        json!({"weights": [{"account": "acc_1", "weight": 1}]}),
    ] {
        let change = json!({"settings": {"routing": {"rules": [rule]}}});
        world
            .patch(TENANT, change)
            .await
            .refused(422, "invalid_request");
    }
    let change = json!({"settings": {"routing": {"rules": [{"favorite": true}]}}});
    world
        .patch(TENANT, change)
        .await
        .refused(422, "unknown_field");
    let many = vec![json!({}); 101];
    let change = json!({"settings": {"routing": {"rules": many}}});
    let refused = world.patch(TENANT, change).await;
    let problem = refused.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/settings/routing/rules");
}

#[tokio::test]
async fn limits_of_senders_are_kept_and_none_is_zero() {
    let world = World::new().await;
    let account = world.account().await.id().to_owned();
    let path = format!("/v1/provider-accounts/{account}");
    let senders = |limits: Value| json!({"senders": [{"address": "+12025550100", "channels": ["sms"], "limits": limits}]});
    let limits = json!({"per_second": 1, "per_day": 200});
    let changed = world.patch(&path, senders(limits.clone())).await;
    assert_eq!(changed.expect(200).body["senders"][0]["limits"], limits);
    let refused = world.patch(&path, senders(json!({"per_minute": 0}))).await;
    let problem = refused.refused(422, "invalid_request");
    assert_eq!(
        problem["errors"][0]["pointer"],
        "/senders/0/limits/per_minute"
    );
}

#[tokio::test]
async fn how_a_number_is_seen_is_told_with_its_sender_and_in_the_health() {
    let world = World::new().await;
    let account = world.account().await.expect(201).body;
    let sender = &account["senders"][0];
    assert!(
        sender.get("standing").is_none(),
        "nothing was said: {sender}"
    );
    let path = format!("/v1/provider-accounts/{}", account["id"].as_str().unwrap());
    let health = world.get(&format!("{path}/health")).await.expect(200).body;
    assert_eq!(health["numbers"], json!([]));
    let told = SenderWord {
        tenant: world.ours.tenant,
        account: account["id"].as_str().unwrap().parse().unwrap(),
        sender: sender["id"].as_str().unwrap().parse().unwrap(),
        address: sender["address"].as_str().unwrap().to_owned(),
        word: NumberWord {
            quality: Some(Quality::Yellow),
            tier: Tier::new("TIER_2K"),
            at: datetime!(2026-07-15 14:00 UTC),
            by: LearnedBy::Look,
        },
    };
    world.memory.rate(&[told]).await.unwrap();
    let standing = json!({
        "quality": {"rating": "yellow", "told_at": "2026-07-15T14:00:00Z", "source": "look"},
        "messaging_limit": {"tier": "TIER_2K", "people_per_day": 2000,
            "told_at": "2026-07-15T14:00:00Z", "source": "look"},
        "marketing": "slowed",
    });
    let found = world.get(&path).await.expect(200).body;
    assert_eq!(found["senders"][0]["standing"], standing);
    let health = world.get(&format!("{path}/health")).await.expect(200).body;
    assert_eq!(
        health["numbers"],
        json!([{"sender_id": sender["id"], "address": sender["address"], "standing": standing,
            "sentence": "Quality: medium. Marketing goes at half its pace. It may write first to 2000 people in 24 hours."}])
    );
    // A change of something else leaves it alone, and shows it.
    let senders = json!({"senders": [{"address": sender["address"], "channels": sender["channels"],
        "limits": {"per_day": 100}}]});
    let changed = world.patch(&path, senders).await.expect(200).body;
    assert_eq!(changed["senders"][0]["standing"], standing);
}

#[tokio::test]
async fn health_tells_what_was_seen_and_what_happened() {
    let world = World::new().await;
    let account = world.account().await.id().to_owned();
    let id: AccountId = account.parse().unwrap();
    let way = Way {
        tenant: world.ours.tenant,
        account: id,
        region: None,
    };
    let now = datetime!(2026-07-15 15:00 UTC);
    let seen = Vitals {
        answered: 3,
        faults: 9,
        delivered: 2,
        latency_ms: 5_000,
        ..Vitals::default()
    };
    Healths::note(&*world.memory, &[(way, seen)], now)
        .await
        .unwrap();
    let change = HealthChange {
        way,
        version: 0,
        health: Health::new(now).refused(now, now),
        at: now,
        reason: Some("the provider refuses the account: 20003".into()),
    };
    Healths::change(&*world.memory, &[change]).await.unwrap();
    let path = format!("/v1/provider-accounts/{account}/health");
    let health = world.get(&path).await.expect(200).body;
    let whole = &health["ways"][0];
    assert_eq!(whole["region"], Value::Null);
    assert_eq!(
        (&whole["state"], &whole["share"]),
        (&json!("out"), &json!(0.0))
    );
    assert_eq!((&whole["calls"], &whole["faults"]), (&json!(12), &json!(9)));
    assert_eq!(whole["latency_seconds"], 2.5);
    assert!(whole["probe_at"].is_string());
    assert_eq!(health["history"][0]["state"], "out");
    assert_eq!(
        health["history"][0]["reason"],
        "the provider refuses the account: 20003"
    );
    // Another tenant sees neither.
    world
        .get_as(&world.theirs.admin, &path)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_connection_test_that_succeeds_brings_an_account_back() {
    let world = World::new().await;
    let account = world.account().await.id().to_owned();
    let path = format!("/v1/provider-accounts/{account}");
    let refuse = async |version| {
        let now = world.clock.now();
        let change = HealthChange {
            way: Way {
                tenant: world.ours.tenant,
                account: account.parse().unwrap(),
                region: None,
            },
            version,
            health: Health::new(now).refused(now, now),
            at: now,
            reason: Some("the provider refuses the account: 20003".into()),
        };
        let made = Healths::change(&*world.memory, &[change]).await.unwrap();
        assert_eq!(made, [true]);
    };
    let state = async || {
        let health = world.get(&format!("{path}/health")).await.expect(200).body;
        (
            health["ways"][0]["state"].clone(),
            health["history"][0]["reason"].clone(),
        )
    };
    refuse(0).await;
    // A message waits for it.
    let contact = world.contact().await;
    send(&world, message(&contact)).await.expect(202);
    let held = claim(&world).await.held;
    let now = world.clock.now();
    let until = now + Duration::MINUTE;
    let stranded = [(held, Settlement::Stranded { until })];
    Dispatch::settle(&*world.memory, &stranded, now)
        .await
        .unwrap();

    // A test that fails changes nothing.
    let wrong = json!({"credentials": {"account": "AC1", "token": "wrong"}});
    world
        .patch(&path, wrong)
        .await
        .refused(422, "connection_failed");
    assert_eq!(state().await.0, "out");
    assert_eq!(lanes(&world).await, []);

    world
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    let back = (json!("half_open"), json!("a connection test succeeded"));
    assert_eq!(state().await, back);
    assert_eq!(lanes(&world).await.len(), 1, "what waited is woken");

    // So do new credentials that work.
    refuse(2).await;
    let right = json!({"credentials": {"account": "AC1", "token": "sesame"}});
    world.patch(&path, right).await.expect(200);
    assert_eq!(state().await, back);
}

#[tokio::test]
async fn a_chain_begins_with_its_message_and_is_told() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let fallback = json!({"channels": ["sms", "whatsapp"], "after_seconds": 300});
    let sent = send(&world, with(message(&contact), "fallback", fallback)).await;
    let id = sent.expect(202).id().to_owned();
    let path = format!("/v1/messages/{id}/fallback");
    let chain = world.get(&path).await.expect(200).body;
    assert_eq!(
        chain,
        json!({"messages": [id], "is_over": false, "channels": ["whatsapp"],
            "after_seconds": 300, "on": ["failed", "undelivered"]})
    );
    let alone = send(&world, message(&contact))
        .await
        .expect(202)
        .id()
        .to_owned();
    world
        .get(&format!("/v1/messages/{alone}/fallback"))
        .await
        .refused(404, "not_found");
    world
        .get_as(&world.theirs.admin, &path)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_fallback_that_cannot_be_meant_is_pointed_at() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    for (fallback, pointer) in [
        (json!({"channels": []}), "/fallback/channels"),
        (json!({"channels": ["sms", "sms"]}), "/fallback/channels"),
        (
            json!({"channels": ["email"], "on": ["undelivered"]}),
            "/fallback/after_seconds",
        ),
        (
            json!({"channels": ["email"], "after_seconds": 604_801}),
            "/fallback/after_seconds",
        ),
        (json!({"channels": ["email"], "on": []}), "/fallback/on"),
    ] {
        let body = with(message(&contact), "fallback", fallback);
        let refused = send(&world, body).await;
        let problem = refused.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
}
