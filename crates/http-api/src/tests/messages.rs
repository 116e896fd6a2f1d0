use super::world::{Reply, World};
use serde_json::{Value, json};
use tidings_kernel::AttemptId;
use tidings_messaging::{
    Accounts, Attempt, Claim, Class, Dispatch, Lane, Messages, Settlement, Share, Start,
};
use tidings_routing::{Class as ErrorClass, ErrorTable, ProviderError};
use time::Duration;

pub(super) fn message(contact: &str) -> Value {
    json!({"to": {"contact_id": contact}, "channel": "sms", "purpose": "transactional", "text": "Hi Ana"})
}

pub(super) fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

pub(super) async fn send(world: &World, body: Value) -> Reply {
    world.post("/v1/messages", body).await
}

#[tokio::test]
async fn a_message_is_taken_in_and_answered_as_it_is_stored() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let mut body = message(&contact);
    body["context"] = json!({"type": "booking", "id": "77"});
    body["topic"] = "visits".into();
    body["tags"] = json!(["a"]);
    body["media"] = json!([{"url": "https://example.com/a.jpg"}]);
    let sent = send(&world, body).await.expect(202);
    let view = &sent.body;
    assert_eq!(view["status"], "queued");
    assert_eq!(view["direction"], "outbound");
    assert_eq!(view["to"], "+12025550123");
    assert_eq!(view["tenant_id"], world.ours.tenant.to_string());
    assert_eq!(
        view["segments"],
        json!({"encoding": "gsm7", "units": 6, "count": 1})
    );
    assert_eq!(
        view["cost"],
        json!({"estimated": {"amount": "0.0079", "currency": "USD"}, "actual": null})
    );
    assert_eq!(view["priority"], 5);
    assert_eq!(view["context"], json!({"type": "booking", "id": "77"}));
    assert_eq!(view["timeline"][0]["status"], "accepted");
    assert_eq!(view["timeline"][1]["status"], "queued");
    assert_eq!(view["attempts"], json!([]));
    let path = format!("/v1/messages/{}", sent.id());
    assert_eq!(sent.header("location"), path);
    assert_eq!(world.get(&path).await.expect(200).body, *view);
}

#[tokio::test]
async fn a_new_number_becomes_a_contact() {
    let world = World::new().await;
    world.account().await;
    let body = json!({"to": {"phone": "(202) 555-0188"}, "channel": ["whatsapp", "sms"],
        "purpose": "authentication", "text": "Your code is 1234"});
    let sent = send(&world, body.clone()).await.expect(202).body;
    assert_eq!(sent["to"], "+12025550188");
    assert_eq!(sent["channel"], "sms");
    let again = send(&world, body).await.expect(202).body;
    assert_eq!(again["contact_id"], sent["contact_id"]);
}

#[tokio::test]
async fn a_dry_run_stores_nothing() {
    let world = World::new().await;
    world.account().await;
    let mut body = json!({"to": {"phone": "+12025550188"}, "channel": "sms", "purpose": "authentication",
        "text": "1234", "dry_run": true});
    let run = send(&world, body.clone()).await.expect(200).body;
    assert_eq!(run["decision"]["outcome"], "send");
    assert_eq!(run["segments"]["count"], 1);
    assert_eq!(run["cost"]["estimated"]["amount"], "0.0079");
    assert_eq!(run["route"]["chosen"]["provider"], "carrier");
    body["purpose"] = "marketing".into();
    let run = send(&world, body).await.expect(200).body;
    assert_eq!(run["decision"]["outcome"], "block");
    assert_eq!(world.get("/v1/messages").await.body["data"], json!([]));
    assert_eq!(world.get("/v1/contacts").await.body["data"], json!([]));
}

#[tokio::test]
async fn messages_are_found_by_what_they_are() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let body = with(
        message(&contact),
        "context",
        json!({"type": "booking", "id": "77"}),
    );
    let booking = send(&world, body).await.expect(202);
    world.clock.advance(Duration::minutes(1));
    let later = with(message(&contact), "text", "Bye".into());
    let later = send(&world, later).await.expect(202);
    for (query, found) in [
        ("q=bye", vec![later.id()]),
        ("context_type=booking&context_id=77", vec![booking.id()]),
        ("created_after=2026-07-15T15:01:00Z", vec![later.id()]),
        (
            "created_before=2026-07-15T17:01:00%2B02:00",
            vec![booking.id()],
        ),
        (
            "status=queued&channel=sms&direction=outbound",
            vec![later.id(), booking.id()],
        ),
        ("direction=inbound", vec![]),
        ("status=sent", vec![]),
    ] {
        let page = world
            .get(&format!("/v1/messages?{query}"))
            .await
            .expect(200)
            .body;
        let ids: Vec<&str> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, found, "{query}");
    }
    let page = world
        .get(&format!("/v1/messages?contact_id={contact}&limit=1"))
        .await
        .body;
    assert!(page["next"].is_string());
    world
        .get("/v1/messages?campaign_id=cmp_1")
        .await
        .refused(422, "not_supported");
    assert_eq!(
        world.get_as(&world.theirs.read, "/v1/messages").await.body["data"],
        json!([])
    );
}

#[tokio::test]
async fn what_waits_can_be_changed_and_cancelled() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let sent = send(
        &world,
        with(
            message(&contact),
            "scheduled_at",
            "2026-07-15T18:00:00Z".into(),
        ),
    )
    .await
    .expect(202);
    assert_eq!(sent.body["status"], "deferred");
    let path = format!("/v1/messages/{}", sent.id());
    let change = json!({"text": "Hello", "scheduled_at": "2026-07-15T19:00:00Z", "priority": 2});
    let changed = world.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["text"], "Hello");
    assert_eq!(changed["send_at"], "2026-07-15T19:00:00Z");
    assert_eq!(changed["priority"], 2);
    world
        .patch(&path, json!({"priority": 0}))
        .await
        .refused(422, "invalid_request");
    world
        .patch(&path, json!({"text": null}))
        .await
        .refused(422, "invalid_request");
    world
        .patch(&path, json!({"channel": "sms"}))
        .await
        .refused(422, "unknown_field");
    world
        .patch(&path, json!({"text": " "}))
        .await
        .refused(422, "blocked");
    let cancelled = world
        .post(&format!("{path}/cancel"), json!({}))
        .await
        .expect(200)
        .body;
    assert_eq!(cancelled["status"], "cancelled");
    let problem = world
        .post(&format!("{path}/cancel"), json!({}))
        .await
        .refused(409, "wrong_status");
    assert_eq!(problem["message_status"], "cancelled");
    world
        .patch(&path, json!({"text": "x"}))
        .await
        .refused(409, "wrong_status");
    world
        .post(&format!("{path}/retry"), json!({}))
        .await
        .refused(409, "wrong_status");
}

/// The lanes that have a message ready.
pub(super) async fn lanes(world: &World) -> Vec<Lane> {
    let now = world.api.clock.now();
    world.memory.ready(&Class::ALL, now).await.unwrap().lanes
}

fn refusal() -> ProviderError {
    ErrorTable::new(&[]).explain("21610", "no", ErrorClass::Account)
}

/// The one message that waits.
pub(super) async fn claim(world: &World) -> Claim {
    let shares: Vec<Share> = lanes(world)
        .await
        .iter()
        .map(|lane| Share {
            lane: lane.id,
            class: lane.class,
            most: 1,
        })
        .collect();
    let now = world.api.clock.now();
    let claims = Dispatch::claim(&*world.memory, &shares, now, Duration::minutes(1)).await;
    claims.unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_failed_message_can_be_sent_again() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let sent = send(&world, message(&contact)).await.expect(202);
    let claim = claim(&world).await;
    let failed = Settlement::Failed {
        attempt: None,
        error: refusal(),
        decision: None,
    };
    let now = world.api.clock.now();
    let settled = world.memory.settle(&[(claim.held, failed)], now).await;
    settled.unwrap();
    let path = format!("/v1/messages/{}", sent.id());
    assert_eq!(world.get(&path).await.body["status"], "failed");
    let again = world
        .post(&format!("{path}/retry"), json!({}))
        .await
        .expect(202)
        .body;
    assert_eq!(again["status"], "queued");
}

#[tokio::test]
async fn sent_again_it_waits_for_its_latest_sender() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let sent = send(&world, message(&contact)).await.expect(202);
    let claim = claim(&world).await;
    let tenant = world.ours.tenant;
    let decisions = world.memory.decisions(tenant, claim.held.message).await;
    let account = world.memory.of_tenants(&[tenant]).await.unwrap().remove(0);
    let attempt = Attempt {
        id: AttemptId::new(&*world.api.ids),
        message: claim.held.message,
        account: account.id,
        provider: account.provider,
        sender: account.senders[0].id,
        sender_address: account.senders[0].address.clone(),
        started_at: world.api.clock.now(),
        outcome: None,
        provider_message_id: None,
        error: None,
        receipt: None,
        cost: None,
    };
    let start = Start {
        held: claim.held,
        attempt: attempt.clone(),
        decision: decisions.unwrap().remove(0),
        caps: Vec::new(),
    };
    world.memory.begin(&[start]).await.unwrap();
    let failed = Settlement::Failed {
        attempt: Some(attempt.id),
        error: refusal(),
        decision: None,
    };
    let now = world.api.clock.now();
    let settled = world.memory.settle(&[(claim.held, failed)], now).await;
    settled.unwrap();
    let path = format!("/v1/messages/{}/retry", sent.id());
    world.post(&path, json!({})).await.expect(202);
    let senders: Vec<_> = lanes(&world).await.iter().map(|lane| lane.sender).collect();
    assert_eq!(senders, [Some(attempt.sender)]);
}

#[tokio::test]
async fn another_tenant_s_message_does_not_exist() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let sent = send(&world, message(&contact)).await.expect(202);
    let path = format!("/v1/messages/{}", sent.id());
    let their = &world.theirs.admin;
    world.get_as(their, &path).await.refused(404, "not_found");
    world
        .get_as(their, &format!("{path}/explain"))
        .await
        .refused(404, "not_found");
    world
        .post_as(their, &format!("{path}/cancel"), json!({}))
        .await
        .refused(404, "not_found");
    world
        .post_as(their, &format!("{path}/retry"), json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn segments_are_counted() {
    let world = World::new().await;
    let counted = world
        .post("/v1/segments", json!({"text": "a’b"}))
        .await
        .expect(200)
        .body;
    assert_eq!(counted["encoding"], "ucs2");
    assert_eq!(
        counted["forced_by"],
        json!([{"index": 1, "char": "’", "suggestion": "'"}])
    );
    assert_eq!(counted["parts"], json!([{"text": "a’b", "units": 3}]));
    let smart = world
        .post(
            "/v1/segments",
            json!({"text": "a’b", "smart_encoding": true}),
        )
        .await
        .expect(200)
        .body;
    assert_eq!(smart["encoding"], "gsm7");
    assert_eq!(smart["text"], "a'b");
    assert_eq!(
        smart["substitutions"],
        json!([{"index": 1, "from": "’", "to": "'"}])
    );
    let long = world
        .post("/v1/segments", json!({"text": "x".repeat(161)}))
        .await
        .expect(200)
        .body;
    assert_eq!((&long["count"], &long["units"]), (&json!(2), &json!(161)));
    world
        .post("/v1/segments", json!({"txt": ""}))
        .await
        .refused(422, "unknown_field");
}
