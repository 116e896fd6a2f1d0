use super::{
    messages::{message, send, with},
    world::World,
};
use serde_json::{Value, json};
use tidings_messaging::Messages;

fn emergency(contact: &str) -> Value {
    with(message(contact), "purpose", "emergency".into())
}

#[tokio::test]
async fn a_decision_can_be_taken_again() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let body = with(message(&contact), "channel", json!(["email", "sms"]));
    let sent = send(&world, body).await.expect(202);
    let path = format!("/v1/messages/{}/explain", sent.id());
    let explained = world.get(&path).await.expect(200).body;
    let decision = &explained["data"][0];
    assert_eq!(decision["decision"]["outcome"], "use_channel");
    assert_eq!(decision["reproduced"], true);
    assert_eq!(decision.get("again"), None);
    assert_eq!(decision["judged_as"], "transactional");
    assert_eq!(decision["others"][0]["request"]["channel"], "email");
    assert!(decision["others"][0]["facts"]["consent"].is_array());
    assert!(
        decision["facts"]["law"]["cited"].is_array(),
        "{}",
        decision["facts"]["law"]
    );
    assert!(decision["unconfirmed"].is_array());
}

#[tokio::test]
async fn a_decision_that_today_s_rules_would_not_take_says_so() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let sent = send(&world, message(&contact)).await.expect(202);
    let path = format!("/v1/messages/{}/explain", sent.id());
    // As if the rules had changed since: the stored decision says something else.
    let id = sent.id().parse().unwrap();
    let mut record = world
        .memory
        .decisions(world.ours.tenant, id)
        .await
        .unwrap()
        .remove(0);
    record.decision.reasons.clear();
    let change = tidings_messaging::Change {
        decision: Some(Box::new(record)),
        ..Default::default()
    };
    let now = world.api.clock.now();
    world
        .memory
        .change(world.ours.tenant, id, &change, now)
        .await
        .unwrap();
    let explained = world.get(&path).await.expect(200).body;
    let latest = explained["data"].as_array().unwrap().last().unwrap();
    assert_eq!(latest["reproduced"], false);
    assert_eq!(latest["again"]["outcome"], "send");
    assert_eq!(latest["decision"]["reasons"], json!([]));
}

#[tokio::test]
async fn a_dry_run_says_in_words_what_would_leave() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let mut body = with(message(&contact), "dry_run", true.into());
    body["text"] = "20% off everything this week, use code SUMMER".into();
    body["purpose"] = "marketing".into();
    let run = send(&world, body.clone()).await.expect(200).body;
    assert_eq!(run["judged_as"], "marketing");
    assert!(
        run["sentence"]
            .as_str()
            .unwrap()
            .starts_with("It may be sent now by SMS"),
        "{run}"
    );
    let text = run["text"].as_str().unwrap();
    assert!(text.starts_with("Example: 20% off"), "{text}");
    assert!(text.contains("STOP"), "{text}");
    assert_eq!(run["segments"]["units"], text.len());

    body["purpose"] = "transactional".into();
    let run = send(&world, body).await.expect(200).body;
    assert_eq!(
        run["judged_as"], "marketing",
        "a promotion is marketing whatever it is called"
    );
}

#[tokio::test]
async fn only_somebody_who_may_answer_for_it_overrides_a_wish() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let off = json!({"emergency_notifications": false, "sms_enabled": false});
    world
        .put(&format!("/v1/contacts/{contact}/preferences"), off)
        .await
        .expect(200);
    send(&world, emergency(&contact))
        .await
        .refused(422, "blocked");
    let body = with(
        emergency(&contact),
        "override",
        json!({"reason": "Gas leak"}),
    );
    for dry_run in [true, false] {
        let body = with(body.clone(), "dry_run", dry_run.into());
        let path = "/v1/messages";
        world
            .post_as(&world.ours.send, path, body)
            .await
            .refused(403, "forbidden");
    }
    let sent = world
        .post_as(&world.ours.manage, "/v1/messages", body)
        .await
        .expect(202);
    let path = format!("/v1/messages/{}/explain", sent.id());
    let explained = world.get(&path).await.expect(200).body;
    let by = &explained["data"][0]["request"]["override_by"];
    assert_eq!(by["reason"], "Gas leak");
    assert!(by["actor"].as_str().unwrap().starts_with("key_"), "{by}");
    assert_eq!(explained["data"][0]["reproduced"], true);
}

#[tokio::test]
async fn a_wish_is_overridden_for_a_reason_and_for_emergencies_alone() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let long = "x".repeat(501);
    for (body, wish, code, pointer) in [
        (
            emergency(&contact),
            json!({"reason": " "}),
            "invalid_request",
            "/override/reason",
        ),
        (
            emergency(&contact),
            json!({"reason": long}),
            "invalid_request",
            "/override/reason",
        ),
        (
            emergency(&contact),
            json!({}),
            "invalid_request",
            "/override/reason",
        ),
        (
            emergency(&contact),
            json!({"reason": "x", "actor": "me"}),
            "unknown_field",
            "/override/actor",
        ),
        (
            message(&contact),
            json!({"reason": "x"}),
            "invalid_request",
            "/override",
        ),
    ] {
        let problem = send(&world, with(body, "override", wish))
            .await
            .refused(422, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

#[tokio::test]
async fn a_key_that_was_too_weak_leaves_no_trace() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let body = with(
        emergency(&contact),
        "override",
        json!({"reason": "Gas leak"}),
    );
    let ask = |key: String| {
        let request = axum::http::Request::builder()
            .method("POST")
            .uri("/v1/messages")
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        world.raw(request)
    };
    ask(world.ours.send.clone()).await.refused(403, "forbidden");
    ask(world.ours.manage.clone()).await.expect(202);
}
