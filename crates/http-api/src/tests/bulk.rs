//! Many recipients in one request.

mod limits;
mod resumed;

use super::world::{NOW, Reply, World};
use async_trait::async_trait;
use axum::{
    body::{Body, Bytes},
    http::Request,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tidings_kernel::{BatchId, StoreError, TenantId};
use tidings_memory::Memory;
use tidings_messaging::{
    Answer, Batches, Chunk, ChunkKey, ChunkReport, FinishError, MessageFilter, Messages, Page,
    Status,
};
use time::{Duration, OffsetDateTime};

const BULK: &str = "/v1/messages/bulk";

fn defaults() -> Value {
    json!({"channel": "sms", "purpose": "authentication", "text": "Your code is 1234"})
}

/// A number of fiction, of at most a hundred.
fn phone(line: usize) -> String {
    format!("+120255501{line:02}")
}

fn to(line: usize) -> Value {
    json!({"to": {"phone": phone(line)}})
}

fn object(recipients: &[Value]) -> Value {
    json!({"defaults": defaults(), "recipients": recipients})
}

fn lines(recipients: &[Value]) -> String {
    let mut text = json!({"defaults": defaults()}).to_string();
    for recipient in recipients {
        text.push('\n');
        text.push_str(&recipient.to_string());
    }
    text
}

async fn send_as(
    world: &World,
    token: &str,
    media_type: &str,
    key: Option<&str>,
    body: impl Into<Body>,
) -> Reply {
    let mut request = Request::post(BULK)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", media_type);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    world.raw(request.body(body.into()).unwrap()).await
}

async fn send_lines(world: &World, body: impl Into<Body>) -> Reply {
    send_as(world, &world.ours.send, "application/x-ndjson", None, body).await
}

/// The counts: accepted, deferred, blocked, failed.
fn counts(reply: &Reply) -> [u64; 4] {
    ["accepted", "deferred", "blocked", "failed"].map(|name| reply.body[name].as_u64().unwrap())
}

fn codes(reply: &Reply) -> Vec<(u64, String)> {
    let errors = reply.body["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            let code = error["code"].as_str().unwrap().to_owned();
            (error["index"].as_u64().unwrap(), code)
        })
        .collect()
}

async fn stored(world: &World, tenant: TenantId) -> Vec<(String, Status)> {
    let page = Page {
        limit: 200,
        after: None,
    };
    let every = MessageFilter::default();
    let found = world.memory.list(tenant, &every, page);
    let mut found: Vec<_> = found
        .await
        .unwrap()
        .data
        .into_iter()
        .map(|record| (record.message.to, record.message.status))
        .collect();
    found.reverse();
    found
}

async fn is_nothing_stored(world: &World) -> bool {
    let contacts = world.get("/v1/contacts").await.expect(200).body;
    stored(world, world.ours.tenant).await.is_empty() && contacts["data"] == json!([])
}

#[tokio::test]
async fn both_forms_give_the_same() {
    let recipients = [
        to(1),
        json!({"to": {"phone": "nobody"}}),
        json!({"to": {"phone": phone(2)}, "text": "Another", "colour": "red"}),
        json!({"to": {"phone": phone(3)}, "scheduled_at": "2026-07-15T18:00:00Z"}),
        json!({"to": {"phone": phone(4)}, "purpose": "marketing", "text": "Buy!"}),
        json!([phone(5)]),
        json!("x"),
        to(6),
    ];
    let mut answers = Vec::new();
    for form in [
        "application/json",
        "application/x-ndjson",
        "application/jsonl; charset=utf-8",
    ] {
        let world = World::new().await;
        world.account().await;
        let body = if form == "application/json" {
            object(&recipients).to_string()
        } else {
            lines(&recipients)
        };
        let reply = send_as(&world, &world.ours.send, form, None, body)
            .await
            .expect(202);
        assert_eq!(counts(&reply), [2, 1, 1, 4], "{}", reply.text);
        let expected = [
            (1, "invalid_phone_number"),
            (2, "unknown_field"),
            (4, "blocked"),
            (5, "invalid_request"),
            (6, "invalid_request"),
        ];
        assert_eq!(
            codes(&reply),
            expected.map(|(index, code)| (index, code.to_owned()))
        );
        let stored = stored(&world, world.ours.tenant).await;
        let expected = [
            (phone(1), Status::Queued),
            (phone(3), Status::Deferred),
            (phone(4), Status::Blocked),
            (phone(6), Status::Queued),
        ];
        assert_eq!(stored, expected);
        let mut answer = reply.body;
        let batch = answer["batch_id"].take();
        assert!(batch.as_str().unwrap().starts_with("bat_"), "{batch}");
        answers.push(answer);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1], answers[2]);
    assert_eq!(
        answers[0]["estimated_cost"],
        json!({"amount": "0.0237", "currency": "USD"})
    );
}

#[tokio::test]
async fn a_refusal_is_told_as_for_a_single_message() {
    let world = World::new().await;
    world.account().await;
    let cases = [
        (json!({}), "invalid_request", "/to: missing field `to`"),
        (
            json!({"to": {}}),
            "invalid_request",
            "/to: give contact_id or phone",
        ),
        (
            json!({"to": {"contact_id": "con_01h2xcejqtf2nbrexx3vqjhp41"}}),
            "not_found",
            "there is no such contact",
        ),
        (
            json!({"to": {"phone": phone(1)}, "priority": 11}),
            "invalid_request",
            "/priority",
        ),
        (
            json!({"to": {"phone": phone(1)}, "template": {"name": "none"}}),
            "no_template",
            "none",
        ),
        (
            json!({"to": {"phone": phone(1)}, "channel": "email"}),
            "blocked",
            "email",
        ),
        (
            json!({"to": {"phone": phone(1)}, "text": "a\0b"}),
            "invalid_request",
            "U+0000",
        ),
        (
            json!({"to": {"phone": phone(1)}, "dry_run": true}),
            "not_supported",
            "/dry_run",
        ),
        (
            json!({"to": {"phone": phone(1)}, "fallback": {}}),
            "invalid_request",
            "channels",
        ),
        (
            json!({"to": {"phone": phone(1)}, "purpose": "emergency", "override": {"reason": "fire"}}),
            "forbidden",
            "manage",
        ),
    ];
    let recipients: Vec<Value> = cases.iter().map(|(body, ..)| body.clone()).collect();
    let reply = send_lines(&world, lines(&recipients)).await.expect(202);
    let errors = reply.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), cases.len(), "{}", reply.text);
    for (error, (body, code, says)) in errors.iter().zip(&cases) {
        assert_eq!(error["code"], *code, "{body}: {error}");
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{body}: {error}");
    }
    assert_eq!(counts(&reply)[0], 0);
}

#[tokio::test]
async fn a_key_that_manages_may_override() {
    let world = World::new().await;
    world.account().await;
    let mut body = object(&[to(1)]);
    body["defaults"]["purpose"] = "emergency".into();
    body["defaults"]["override"] = json!({"reason": "A gas leak"});
    let refused = world.post_as(&world.ours.send, BULK, body.clone()).await;
    refused.refused(403, "forbidden");
    assert!(is_nothing_stored(&world).await);
    let reply = world
        .post_as(&world.ours.manage, BULK, body)
        .await
        .expect(202);
    assert_eq!(counts(&reply), [1, 0, 0, 0]);
    let refused = world
        .post_as(&world.ours.read, BULK, object(&[to(1)]))
        .await;
    refused.refused(403, "forbidden");
}

#[tokio::test]
async fn what_a_recipient_says_stands_before_the_defaults() {
    let world = World::new().await;
    world.account().await;
    let template = json!({"name": "code", "channel": "sms", "purpose": "authentication",
        "variants": [{"locale": "en", "text": "{{greeting}} {{name}}, your code is {{code}}"}],
        "fields": [{"name": "greeting", "type": "text", "required": true},
            {"name": "name", "type": "text", "required": true},
            {"name": "code", "type": "text", "required": true}]});
    world.post("/v1/templates", template).await.expect(201);
    let body = json!({
        "defaults": {"channel": "sms", "purpose": "authentication", "topic": "codes", "tags": ["a"],
            "template": {"name": "code", "data": {"greeting": "Hi", "code": "1"}}},
        "recipients": [
            {"to": {"phone": phone(1)}, "template": {"data": {"name": "Ana"}}},
            {"to": {"phone": phone(2)}, "template": {"data": {"name": "Bo", "code": "2"}},
                "topic": "own", "tags": []},
            {"to": {"phone": phone(3)}, "text": "Plain 3"},
            {"to": {"phone": phone(4)}},
        ],
    });
    let reply = world.post(BULK, body).await.expect(202);
    assert_eq!(counts(&reply), [3, 0, 0, 1], "{}", reply.text);
    assert_eq!(codes(&reply), [(3, "template_data".to_owned())]);
    let page = world.get("/v1/messages").await.expect(200).body;
    let found: BTreeMap<&str, Value> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let said = json!([it["text"], it["topic"], it["tags"]]);
            (it["to"].as_str().unwrap(), said)
        })
        .collect();
    let expected = [
        (1, json!(["Hi Ana, your code is 1", "codes", ["a"]])),
        (2, json!(["Hi Bo, your code is 2", "own", []])),
        (3, json!(["Plain 3", "codes", ["a"]])),
    ];
    for (line, expected) in expected {
        assert_eq!(found[&*phone(line)], expected);
    }
}

#[tokio::test]
async fn the_month_holds_for_each_in_turn() {
    let world = World::new().await;
    world.account().await;
    let limit = json!({"settings": {"monthly": {"messages": 3}}});
    world.patch("/v1/tenant", limit).await.expect(200);
    let recipients: Vec<Value> = (1..=5).map(to).collect();
    let reply = world.post(BULK, object(&recipients)).await.expect(202);
    assert_eq!(counts(&reply), [3, 0, 2, 0], "{}", reply.text);
    let exceeded = "quota_exceeded".to_owned();
    assert_eq!(codes(&reply), [(3, exceeded.clone()), (4, exceeded)]);
    let stored = stored(&world, world.ours.tenant).await;
    assert_eq!(stored[4], (phone(5), Status::Blocked));
}

#[tokio::test]
async fn the_month_holds_across_chunks() {
    let world = World::new().await;
    world.account().await;
    let limit = json!({"settings": {"monthly": {"messages": 700}}});
    world.patch("/v1/tenant", limit).await.expect(200);
    let recipients: Vec<Value> = (0..1_200).map(|index| to(index % 100)).collect();
    let reply = world.post(BULK, object(&recipients)).await.expect(202);
    // The second chunk is judged while the first one is stored, so that some are judged again.
    assert_eq!(counts(&reply), [700, 0, 500, 0]);
    let codes = codes(&reply);
    assert_eq!(codes.len(), 500);
    assert!(codes.iter().all(|(_, code)| code == "quota_exceeded"));
}
