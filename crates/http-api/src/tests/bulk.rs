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
            "not_supported",
            "/fallback",
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
async fn what_is_wrong_as_a_whole_stores_nothing() {
    let world = World::new().await;
    world.account().await;
    let good = object(&[to(1)]).to_string();
    let truncated = &good[..good.len() - 2];
    let followed = format!("{good} {{}}");
    let cases: [(&str, &str, &str); 12] = [
        (truncated, "invalid_request", ""),
        (&followed, "invalid_request", ""),
        ("", "invalid_request", ""),
        ("[]", "invalid_request", ""),
        ("{}", "invalid_request", "/recipients"),
        (r#"{"recipients": []}"#, "invalid_request", "/recipients"),
        (r#"{"recipients": {}}"#, "invalid_request", "/recipients"),
        (
            r#"{"recipients": [1], "recipients": [1]}"#,
            "invalid_request",
            "/recipients",
        ),
        (
            r#"{"recipients": [1], "more": 1}"#,
            "unknown_field",
            "/more",
        ),
        (
            r#"{"defaults": {"chanel": "sms"}, "recipients": [1]}"#,
            "unknown_field",
            "/defaults/chanel",
        ),
        (
            r#"{"defaults": {"to": {}}, "recipients": [1]}"#,
            "unknown_field",
            "/defaults/to",
        ),
        (
            r#"{"recipients": [1], "defaults": {"dry_run": true}}"#,
            "not_supported",
            "/defaults/dry_run",
        ),
    ];
    for (body, code, pointer) in cases {
        let reply = send_as(
            &world,
            &world.ours.send,
            "application/json",
            None,
            body.to_owned(),
        );
        let problem = reply.await.refused(422, code);
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{body}: {problem}"
        );
    }
    let not_text = [br#"{"recipients": ["#.as_slice(), &[0xff], b"]}"].concat();
    let reply = send_as(&world, &world.ours.send, "application/json", None, not_text);
    reply.await.refused(422, "invalid_request");
    let reply = send_as(&world, &world.ours.send, "text/csv", None, good);
    reply.await.refused(415, "unsupported_media_type");
    for (body, code) in [
        ("\n \n", "invalid_request"),
        (r#"{"defaults": {}}"#, "invalid_request"),
        (r#"{"defaults": {}, "recipients": []}"#, "unknown_field"),
        (r#"{"defaults": {"to": {}}}"#, "unknown_field"),
    ] {
        send_lines(&world, body).await.refused(422, code);
    }
    assert!(is_nothing_stored(&world).await);
}

#[tokio::test]
async fn a_body_that_breaks_off_sends_nothing() {
    let world = World::new().await;
    world.account().await;
    let parts = [
        Ok(Bytes::from(lines(&[to(1), to(2)]))),
        Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
    ];
    let body = Body::from_stream(futures_util::stream::iter(parts));
    let reply = send_lines(&world, body).await;
    reply.refused(400, "incomplete_body");
    assert!(is_nothing_stored(&world).await);
}

#[tokio::test]
async fn a_bad_line_is_one_recipient_s() {
    let world = World::new().await;
    world.account().await;
    let mut body = lines(&[to(1)]).into_bytes();
    body.extend(b"\r\n\r\n{\"to\": \n");
    body.extend(b"{\"to\": {\"phone\": \"\xff\"}}\n");
    body.extend(lines(&[to(2)]).into_bytes());
    body.extend(b"\n{\"to\"");
    let reply = send_lines(&world, body).await.expect(202);
    // The second line of defaults is none.
    assert_eq!(counts(&reply), [2, 0, 0, 4], "{}", reply.text);
    let places: Vec<u64> = codes(&reply).iter().map(|(index, _)| *index).collect();
    assert_eq!(places, [1, 2, 3, 5]);
}

#[tokio::test]
async fn a_recipient_that_is_too_large_is_told_and_not_read() {
    let world = World::new().await;
    world.account().await;
    let large = json!({"to": {"phone": phone(1)}, "text": "x".repeat(1 << 20)});
    let recipients = [to(2), large, to(3)];
    for (form, body) in [
        ("application/json", object(&recipients).to_string()),
        ("application/x-ndjson", lines(&recipients)),
    ] {
        let reply = send_as(&world, &world.ours.send, form, None, body)
            .await
            .expect(202);
        assert_eq!(counts(&reply), [2, 0, 0, 1], "{}", reply.text);
        assert_eq!(codes(&reply), [(1, "body_too_large".to_owned())]);
    }
}

#[tokio::test]
async fn many_chunks_keep_their_order_and_the_list_of_errors_is_bounded() {
    let world = World::new().await;
    world.account().await;
    let recipients: Vec<Value> = (0..3_000)
        .map(|index| {
            if index % 2 == 0 {
                to(index % 100)
            } else {
                json!({})
            }
        })
        .collect();
    let reply = send_lines(&world, lines(&recipients)).await.expect(202);
    assert_eq!(counts(&reply), [1_500, 0, 0, 1_500]);
    let places: Vec<u64> = codes(&reply).iter().map(|(index, _)| *index).collect();
    let expected: Vec<u64> = (0..1_000).map(|place| 2 * place + 1).collect();
    assert_eq!(places, expected);
    // Fifty numbers, and each became one contact.
    let page = world.get("/v1/contacts?limit=200").await.expect(200).body;
    assert_eq!(page["data"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn there_are_at_most_100_000_recipients() {
    let world = World::new().await;
    for (form, body) in [
        ("application/x-ndjson", "1\n".repeat(100_001)),
        (
            "application/json",
            format!(r#"{{"recipients": [1{}]}}"#, ",1".repeat(100_000)),
        ),
    ] {
        let reply = send_as(&world, &world.ours.send, form, None, body).await;
        let problem = reply.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["code"], "too_many");
    }
    let body = format!(r#"{{"recipients": [1{}]}}"#, ",1".repeat(99_999));
    let reply = send_as(&world, &world.ours.send, "application/json", None, body).await;
    assert_eq!(counts(&reply.expect(202)), [0, 0, 0, 100_000]);
}

#[tokio::test]
async fn a_body_has_at_most_64_mib() {
    let world = World::new().await;
    let announced = Request::post(BULK)
        .header("authorization", format!("Bearer {}", world.ours.send))
        .header("content-type", "application/x-ndjson")
        .header("content-length", (64 << 20) + 1)
        .body(Body::empty())
        .unwrap();
    world.raw(announced).await.refused(413, "body_too_large");
    let block = Bytes::from(vec![b' '; 1 << 20]);
    let parts = (0..65).map(move |_| Ok::<_, io::Error>(block.clone()));
    let body = Body::from_stream(futures_util::stream::iter(parts));
    send_lines(&world, body)
        .await
        .refused(413, "body_too_large");
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

#[tokio::test]
async fn a_key_answers_once() {
    let world = World::new().await;
    world.account().await;
    let token = &world.ours.send;
    let form = "application/x-ndjson";
    let body = lines(&[to(1), to(2)]);
    let first = send_as(&world, token, form, Some("k"), body.clone())
        .await
        .expect(202);
    let again = send_as(&world, token, form, Some("k"), body)
        .await
        .expect(202);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replay"), "true");
    let other = send_as(&world, token, form, Some("k"), lines(&[to(1)])).await;
    other.refused(422, "idempotency_key_reused");
    assert_eq!(stored(&world, world.ours.tenant).await.len(), 2);
    // The same key of another tenant is another key.
    let theirs = &world.theirs.send;
    let account = super::world::account_body();
    let made = world.post_as(&world.theirs.admin, "/v1/provider-accounts", account);
    made.await.expect(201);
    let reply = send_as(&world, theirs, form, Some("k"), lines(&[to(3)]))
        .await
        .expect(202);
    assert_eq!(counts(&reply), [1, 0, 0, 0]);
    assert_ne!(reply.body["batch_id"], first.body["batch_id"]);
    assert_eq!(stored(&world, world.theirs.tenant).await.len(), 1);
    assert_eq!(stored(&world, world.ours.tenant).await.len(), 2);
}

#[tokio::test]
async fn a_refusal_of_the_whole_is_remembered() {
    let world = World::new().await;
    let token = &world.ours.send;
    for replayed in ["", "true"] {
        let reply = send_as(&world, token, "application/json", Some("k"), "{").await;
        assert_eq!(reply.header("idempotent-replay"), replayed);
        reply.expect(422);
    }
}

/// Batches whose store is lost before the call of this number, and found again afterwards.
struct Breaking {
    memory: Arc<Memory>,
    calls_left: AtomicU32,
}

#[async_trait]
impl Batches for Breaking {
    async fn accept_many(
        &self,
        tenant: TenantId,
        chunk: &Chunk,
    ) -> Result<ChunkReport, StoreError> {
        match self.calls_left.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(StoreError::unavailable("away")),
            _ => self.memory.accept_many(tenant, chunk).await,
        }
    }

    async fn recorded(
        &self,
        tenant: TenantId,
        batch: BatchId,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<ChunkKey, ChunkReport>, StoreError> {
        self.memory.recorded(tenant, batch, now).await
    }

    async fn finish_batch(
        &self,
        tenant: TenantId,
        batch: BatchId,
        answer: Option<&Answer>,
    ) -> Result<(), FinishError> {
        self.memory.finish_batch(tenant, batch, answer).await
    }
}

#[tokio::test]
async fn a_batch_that_broke_goes_on_where_it_stopped() {
    let recipients: Vec<Value> = (0..1_800)
        .map(|index| {
            if index % 9 == 0 {
                json!({})
            } else {
                to(index % 100)
            }
        })
        .collect();
    let body = lines(&recipients);
    let whole = {
        let world = World::new().await;
        world.account().await;
        send_lines(&world, body.clone()).await.expect(202).body
    };
    let form = "application/x-ndjson";
    for broken in 0..4 {
        let world = World::new().await;
        let memory = Arc::clone(&world.memory);
        let world = world.with(|api| {
            api.batches = Arc::new(Breaking {
                memory,
                calls_left: AtomicU32::new(broken),
            });
        });
        world.account().await;
        let token = &world.ours.send;
        let reply = send_as(&world, token, form, Some("k"), body.clone()).await;
        reply.refused(503, "unavailable");
        let again = send_as(&world, token, form, Some("k"), body.clone())
            .await
            .expect(202);
        let mut expected = whole.clone();
        expected["batch_id"] = again.body["batch_id"].clone();
        assert_eq!(again.body, expected, "broken at {broken}");
        let all = count(&world).await;
        assert_eq!(all, 1_600, "broken at {broken}: nobody twice");
        // Nothing is left of it that another day could stumble over.
        let batch = again.body["batch_id"].as_str().unwrap().parse().unwrap();
        let left = world
            .memory
            .recorded(world.ours.tenant, batch, NOW + Duration::HOUR);
        assert_eq!(left.await.unwrap(), BTreeMap::new());
    }
}

/// How many messages there are.
async fn count(world: &World) -> usize {
    let every = MessageFilter::default();
    let mut count = 0;
    let mut after = None;
    loop {
        let page = Page { limit: 200, after };
        let found = world.memory.list(world.ours.tenant, &every, page);
        let found = found.await.unwrap();
        count += found.data.len();
        after = found.next;
        if after.is_none() {
            return count;
        }
    }
}

#[tokio::test]
async fn what_is_not_judged_is_tried_again_as_a_whole() {
    let world = World::new().await;
    world.account().await;
    let memory = Arc::clone(&world.memory);
    let world = world.with(|api| api.sending.facts = Arc::new(super::idempotency::Away));
    let token = world.ours.send.clone();
    let body = lines(&[to(1)]);
    let form = "application/x-ndjson";
    let reply = send_as(&world, &token, form, Some("k"), body.clone()).await;
    reply.refused(503, "unavailable");
    let world = world.with(|api| api.sending.facts = memory);
    let reply = send_as(&world, &token, form, Some("k"), body)
        .await
        .expect(202);
    assert_eq!(counts(&reply), [1, 0, 0, 0]);
}

#[tokio::test]
async fn where_bodies_cannot_be_kept_it_is_our_fault() {
    let world = World::new().await;
    let world = world.with(|api| api.config.spool = "/nowhere/at/all".into());
    send_lines(&world, lines(&[to(1)]))
        .await
        .refused(500, "internal_error");
}
