use super::world::World;
use serde_json::{Value, json};
use tidings_kernel::WebhookEndpointId;
use tidings_messaging::{
    DeliveryOutcome, DeliveryShare, DeliveryStatus, EventLog, Fault, HeldDelivery, WebhookCall,
    WebhookEndpoint, WebhookEndpoints,
};
use time::Duration;

const PATH: &str = "/v1/webhook-endpoints";
const URL: &str = "https://shop.example.com/hooks";

async fn made(world: &World) -> Value {
    let made = world.post(PATH, json!({"url": URL})).await.expect(201);
    assert_eq!(made.header("location"), format!("{PATH}/{}", made.id()));
    made.body
}

fn at(endpoint: &Value, more: &str) -> String {
    format!("{PATH}/{}{more}", endpoint["id"].as_str().unwrap())
}

/// Something happens, and the endpoints are to be told of it.
async fn happens(world: &World) -> Vec<HeldDelivery> {
    world.post("/v1/contacts", json!({})).await.expect(201);
    due(world).await
}

async fn due(world: &World) -> Vec<HeldDelivery> {
    let (memory, now) = (&world.memory, world.clock_now());
    while memory.place(1_000, now).await.unwrap() > 0 {}
    let share = DeliveryShare {
        most: 100,
        per_endpoint: 100,
        except: &[],
    };
    let held = memory.claim_deliveries(share, now, Duration::MINUTE).await;
    held.unwrap()
}

async fn fails(world: &World, held: &HeldDelivery) {
    let outcome = DeliveryOutcome {
        call: WebhookCall {
            at: world.clock_now(),
            took_ms: 12,
            status: Some(500),
            problem: Some("answer with 200 to 299 to take an event".into()),
        },
        status: DeliveryStatus::Failed,
        retry_at: None,
        fault: Some(Fault::Theirs),
        disable: Some("it has taken nothing for 72 hours".into()),
    };
    world.memory.settle_delivery(held, &outcome).await.unwrap();
}

#[tokio::test]
async fn an_endpoint_is_made_and_its_secret_is_shown_once() {
    let world = World::new().await;
    let body = json!({
        "url": "https://shop.example.com/hooks#part", "description": "the shop",
        "types": ["message.status", "message.received", "message.status"],
    });
    let made = world.post(PATH, body).await.expect(201).body;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let expected = json!({
        "id": made["id"], "url": URL, "description": "the shop",
        "types": ["message.status", "message.received"], "enabled": true,
        "disabled_because": null, "failing_since": null, "old_secret_until": null,
        "created_at": "2026-07-15T15:00:00Z", "updated_at": "2026-07-15T15:00:00Z",
    });
    let read = world.get(&at(&made, "")).await.expect(200);
    assert_eq!(read.body, expected);
    let listed = world.get(PATH).await.expect(200);
    assert_eq!(listed.body["data"], json!([expected]));
    let id: WebhookEndpointId = made["id"].as_str().unwrap().parse().unwrap();
    let kept = world
        .memory
        .endpoint(world.ours.tenant, id)
        .await
        .unwrap()
        .unwrap();
    let seat = WebhookEndpoint::seat(id);
    let plain = world
        .api
        .vault
        .open(world.ours.tenant, seat, &kept.secret)
        .unwrap();
    assert_eq!(
        secrecy::ExposeSecret::expose_secret(&plain),
        secret.as_bytes()
    );
}

#[tokio::test]
async fn a_repetition_is_answered_without_the_secret() {
    let world = World::new().await;
    let body = json!({"url": URL});
    let first = world.once(PATH, "one", body.clone()).await.expect(201);
    let again = world.once(PATH, "one", body).await.expect(201);
    assert_eq!(again.header("idempotent-replay"), "true");
    let mut expected = first.body;
    assert!(expected.as_object_mut().unwrap().remove("secret").is_some());
    assert_eq!(again.body, expected);
    let listed = world.get(PATH).await.expect(200);
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn addresses_that_may_not_be_called_are_refused() {
    let world = World::new().await;
    for url in [
        "nonsense",
        "http://shop.example.com/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00:ec2::254]/",
        "https://user:word@shop.example.com/",
        "ftp://shop.example.com/",
    ] {
        let refused = world.post(PATH, json!({"url": url})).await;
        let problem = refused.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/url", "{url}");
        assert_eq!(problem["errors"][0]["code"], "invalid_url", "{url}");
    }
    let endpoint = made(&world).await;
    let patch = json!({"url": "https://10.0.0.1/"});
    let refused = world.patch(&at(&endpoint, ""), patch).await;
    refused.refused(422, "invalid_request");
    let developing = world.with(|api| api.config.loopback_webhooks = true);
    let local = json!({"url": "http://127.0.0.1:9000/hook"});
    developing.post(PATH, local).await.expect(201);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_once() {
    let world = World::new().await;
    let body = json!({
        "url": "nonsense", "description": "x".repeat(501), "types": ["message.status", "message.lost"],
    });
    let problem = world.post(PATH, body).await.refused(422, "invalid_request");
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/url", "/types/1", "/description"]);
    let unknown = world
        .post(PATH, json!({"url": URL, "secret": "mine"}))
        .await;
    unknown.refused(422, "unknown_field");
}

#[tokio::test]
async fn there_are_twenty_at_most() {
    let world = World::new().await;
    for _ in 0..20 {
        made(&world).await;
    }
    let problem = world.post(PATH, json!({"url": URL})).await;
    let problem = problem.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "too_many");
}

#[tokio::test]
async fn an_endpoint_is_changed_disabled_and_deleted() {
    let world = World::new().await;
    let endpoint = made(&world).await;
    let path = at(&endpoint, "");
    let change = json!({"types": ["account.health"], "description": "", "enabled": false});
    let changed = world.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["types"], json!(["account.health"]));
    assert_eq!(changed["enabled"], false);
    assert_eq!(changed["url"], URL);
    assert!(changed.get("secret").is_none());
    assert_eq!(world.get(&path).await.expect(200).body, changed);
    let everything = world.patch(&path, json!({"types": []})).await.expect(200);
    assert_eq!(everything.body["types"], json!([]));
    world.delete(&path).await.expect(204);
    world.delete(&path).await.refused(404, "not_found");
    world.get(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_new_secret_leaves_the_old_one_for_a_while() {
    let world = World::new().await;
    let endpoint = made(&world).await;
    let path = at(&endpoint, "/rotate-secret");
    let rotated = world.post(&path, json!({})).await.expect(200).body;
    assert_ne!(rotated["secret"], endpoint["secret"]);
    assert_eq!(rotated["old_secret_until"], "2026-07-16T15:00:00Z");
    let at_once = world
        .post(&path, json!({"keep_old_hours": 0}))
        .await
        .expect(200);
    assert_eq!(at_once.body["old_secret_until"], Value::Null);
    let refused = world.post(&path, json!({"keep_old_hours": 169})).await;
    refused.refused(422, "invalid_request");
}

#[tokio::test]
async fn deliveries_say_what_came_of_them() {
    let world = World::new().await;
    let endpoint = made(&world).await;
    let held = happens(&world).await;
    fails(&world, &held[0]).await;
    let path = at(&endpoint, "/deliveries");
    let listed = world.get(&path).await.expect(200);
    let expected = json!([{
        "event_id": held[0].event.id().to_string(), "type": "contact.created",
        "logged_at": "2026-07-15T15:00:00Z", "status": "failed", "next_call_at": null,
        "calls": [{
            "at": "2026-07-15T15:00:00Z", "took_ms": 12, "response_status": 500,
            "problem": "answer with 200 to 299 to take an event",
        }],
    }]);
    assert_eq!(listed.body["data"], expected);
    let of = async |status: &str| {
        let listed = world
            .get(&format!("{path}?status={status}"))
            .await
            .expect(200);
        listed.body["data"].as_array().unwrap().len()
    };
    assert_eq!((of("failed").await, of("delivered").await), (1, 0));
    let bad = world.get(&format!("{path}?status=lost")).await;
    bad.refused(422, "invalid_request");
    let read = world.get(&at(&endpoint, "")).await.expect(200).body;
    assert_eq!(read["enabled"], false);
    assert_eq!(
        read["disabled_because"],
        "it has taken nothing for 72 hours"
    );
    assert_eq!(read["failing_since"], "2026-07-15T15:00:00Z");
    let back = world
        .patch(&at(&endpoint, ""), json!({"enabled": true}))
        .await;
    let back = back.expect(200).body;
    assert_eq!(back["disabled_because"], Value::Null);
    assert_eq!(back["failing_since"], Value::Null);
}

#[tokio::test]
async fn events_are_replayed_by_id_and_by_time() {
    let world = World::new().await;
    let endpoint = made(&world).await;
    let held = happens(&world).await;
    fails(&world, &held[0]).await;
    world
        .patch(&at(&endpoint, ""), json!({"enabled": true}))
        .await
        .expect(200);
    let path = at(&endpoint, "/replay");
    let event = held[0].event.id().to_string();
    let one = world
        .post(&path, json!({"event_id": event}))
        .await
        .expect(202);
    assert_eq!(one.body, json!({"replayed": 1}));
    assert_eq!(due(&world).await[0].event, held[0].event);
    let span = json!({"since": "2026-07-15T15:00:00Z", "until": "2026-07-15T15:00:01Z"});
    let replayed = world.post(&path, span).await.expect(202);
    // That it was disabled is an event, too.
    assert_eq!(replayed.body, json!({"replayed": 2}));
    let none = json!({"since": "2026-07-15T14:00:00Z", "status": "delivered"});
    let replayed = world.post(&path, none).await.expect(202);
    assert_eq!(replayed.body, json!({"replayed": 0}));
    let unknown = tidings_messaging::place_id(world.ours.tenant, 77, world.clock_now());
    let theirs = tidings_messaging::place_id(world.theirs.tenant, 1, world.clock_now());
    for id in [unknown.to_string(), theirs.to_string(), "evt_".into()] {
        let missing = world.post(&path, json!({"event_id": id})).await;
        missing.refused(404, "not_found");
    }
    for (body, pointer) in [
        (json!({}), ""),
        (
            json!({"event_id": event, "since": "2026-07-15T15:00:00Z"}),
            "/event_id",
        ),
        (
            json!({"since": "2026-07-15T15:00:00Z", "until": "2026-07-15T15:00:00Z"}),
            "/until",
        ),
    ] {
        let problem = world
            .post(&path, body)
            .await
            .refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn a_test_event_goes_to_the_endpoint_alone() {
    let world = World::new().await;
    let (tested, _other) = (made(&world).await, made(&world).await);
    let path = at(&tested, "/test");
    let asked = world.post(&path, json!({})).await.expect(202).body;
    assert_eq!(asked["type"], "webhook_endpoint.test");
    let held = due(&world).await;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].endpoint.id.to_string(), tested["id"]);
    let listed = world
        .get(asked["deliveries"].as_str().unwrap())
        .await
        .expect(200);
    assert_eq!(listed.body["data"][0]["type"], "webhook_endpoint.test");
    world
        .patch(&at(&tested, ""), json!({"enabled": false}))
        .await
        .expect(200);
    world
        .post(&path, json!({}))
        .await
        .refused(409, "endpoint_disabled");
}

#[tokio::test]
async fn others_see_and_change_nothing() {
    let world = World::new().await;
    let endpoint = made(&world).await;
    happens(&world).await;
    let theirs = &world.theirs.admin;
    for more in ["", "/deliveries"] {
        let path = at(&endpoint, more);
        world.get_as(theirs, &path).await.refused(404, "not_found");
    }
    for more in ["/rotate-secret", "/test", "/replay"] {
        let body = if more == "/replay" {
            json!({"since": "2026-07-15T15:00:00Z"})
        } else {
            json!({})
        };
        let asked = world.post_as(theirs, &at(&endpoint, more), body).await;
        asked.refused(404, "not_found");
    }
    assert_eq!(
        world.get_as(theirs, PATH).await.expect(200).body["data"],
        json!([])
    );
}
