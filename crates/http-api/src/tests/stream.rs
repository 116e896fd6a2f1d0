use super::{
    messages::{message, send},
    world::World,
};
use crate::StreamLimits;
use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tidings_memory::Memory;
use tidings_messaging::{ApiKey, EventLog, Scope, Tenants};
use tower::ServiceExt;

/// How long to wait for something that must come.
const SOON: Duration = Duration::from_secs(10);

/// One who listens.
pub(super) struct Ear {
    body: BodyDataStream,
    text: String,
}

/// An event as a client reads it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Heard {
    pub(super) id: Option<String>,
    pub(super) event: Option<String>,
    pub(super) data: Option<Value>,
}

impl Ear {
    /// What comes next, signs of life included; none at the end.
    pub(super) async fn frame(&mut self) -> Option<Heard> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let heard = read(frame);
                self.text = rest.to_owned();
                return Some(heard);
            }
            let part = tokio::time::timeout(SOON, self.body.next()).await;
            let part = part.expect("something comes in time")?.unwrap();
            self.text.push_str(std::str::from_utf8(&part).unwrap());
        }
    }

    /// The next event.
    pub(super) async fn event(&mut self) -> Heard {
        loop {
            let heard = self.frame().await.expect("the stream goes on");
            if heard.event.is_some() {
                return heard;
            }
        }
    }

    async fn is_over(&mut self) -> bool {
        self.frame().await.is_none()
    }
}

fn read(frame: &str) -> Heard {
    let mut heard = Heard::default();
    for line in frame.lines() {
        let (field, value) = line.split_once(": ").unwrap_or((line, ""));
        match field {
            "id" => heard.id = Some(value.to_owned()),
            "event" => heard.event = Some(value.to_owned()),
            "data" => heard.data = Some(serde_json::from_str(value).unwrap()),
            "" | "retry" => {}
            other => panic!("a field {other}"),
        }
    }
    heard
}

/// A world whose streams run.
async fn running(limits: StreamLimits) -> World {
    let world = World::new().await;
    let (memory, clock) = (world.memory.clone(), world.clock.clone());
    let world = world.with(|api| {
        api.streams = Arc::new(crate::Streams::new(memory.clone(), memory, clock, limits));
    });
    let streams = world.api.streams.clone();
    tokio::spawn(async move { streams.run(std::future::pending()).await });
    world
}

async fn ask(
    world: &World,
    key: &str,
    query: &str,
    after: Option<&str>,
) -> axum::response::Response {
    let mut request = Request::builder()
        .uri(format!("/v1/stream{query}"))
        .header("authorization", format!("Bearer {key}"));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    let request = request.body(Body::empty()).unwrap();
    world.app.clone().oneshot(request).await.unwrap()
}

pub(super) async fn listen(world: &World, query: &str, after: Option<&str>) -> Ear {
    let response = ask(world, &world.ours.read, query, after).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    Ear {
        body: response.into_body().into_data_stream(),
        text: String::new(),
    }
}

/// Listens from now on, and gives the id that the stream begins with.
async fn listen_now(world: &World, query: &str) -> (Ear, String) {
    let mut ear = listen(world, query, None).await;
    let first = ear.frame().await.unwrap();
    assert_eq!((first.event, first.data), (None, None));
    (ear, first.id.unwrap())
}

async fn place(memory: &Memory, world: &World) {
    while memory.place(1_000, world.clock_now()).await.unwrap() > 0 {}
}

async fn contact(world: &World) -> String {
    let made = world
        .post("/v1/contacts", json!({"first_name": "Ana"}))
        .await;
    let id = made.expect(201).id().to_owned();
    place(&world.memory, world).await;
    id
}

#[tokio::test]
async fn a_client_hears_what_happens_as_it_happens() {
    let world = running(StreamLimits::default()).await;
    world.account().await;
    let person = world.contact().await;
    let (mut ear, _) = listen_now(&world, "").await;
    let sent = send(&world, message(&person)).await.expect(202);
    place(&world.memory, &world).await;
    let heard = ear.event().await;
    assert_eq!(heard.event.as_deref(), Some("message.status"));
    let data = heard.data.unwrap();
    assert_eq!(data["id"], *heard.id.as_ref().unwrap());
    assert_eq!(data["type"], "message.status");
    assert_eq!(data["timestamp"], sent.body["created_at"]);
    let expected = json!({
        "message_id": sent.id(), "contact_id": person, "channel": "sms",
        "status": "queued", "source": "gate",
    });
    assert_eq!(data["data"], expected);
}

#[tokio::test]
async fn a_client_that_comes_back_has_missed_nothing() {
    let world = running(StreamLimits::default()).await;
    let (mut ear, start) = listen_now(&world, "").await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(contact(&world).await);
    }
    let first = ear.event().await;
    drop(ear);
    made.push(contact(&world).await);
    for (after, from) in [(start, 0), (first.id.unwrap(), 1)] {
        let mut ear = listen(&world, "", Some(&after)).await;
        let mut ids = Vec::new();
        for _ in from..made.len() {
            let heard = ear.event().await;
            assert_eq!(heard.event.as_deref(), Some("contact.created"));
            ids.push(
                heard.data.unwrap()["data"]["contact_id"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        assert_eq!(ids, made[from..]);
        // What happens now comes behind it, once.
        made.push(contact(&world).await);
        let heard = ear.event().await.data.unwrap();
        assert_eq!(heard["data"]["contact_id"], **made.last().unwrap());
    }
}

#[tokio::test]
async fn more_than_a_page_is_caught_up_with() {
    let limits = StreamLimits {
        behind: 2_000,
        ..StreamLimits::default()
    };
    let world = running(limits).await;
    let (ear, start) = listen_now(&world, "").await;
    drop(ear);
    for _ in 0..1_203 {
        let made = world.post("/v1/contacts", json!({})).await;
        made.expect(201);
    }
    place(&world.memory, &world).await;
    let mut ear = listen(&world, "", Some(&start)).await;
    let mut last = String::new();
    for _ in 0..1_203 {
        let id = ear.event().await.id.unwrap();
        assert!(id > last, "ids sort as the log does");
        last = id;
    }
}

#[tokio::test]
async fn filters_let_through_what_is_wanted() {
    let world = running(StreamLimits::default()).await;
    world.account().await;
    let (one, other) = (world.contact().await, contact(&world).await);
    let (mut statuses, _) = listen_now(&world, "?types=message.status,message.status").await;
    let (mut of_one, _) = listen_now(&world, &format!("?contact_id={one}")).await;
    let path = format!("/v1/contacts/{other}");
    world
        .patch(&path, json!({"first_name": "Bo"}))
        .await
        .expect(200);
    let path = format!("/v1/contacts/{one}");
    world
        .patch(&path, json!({"first_name": "Cy"}))
        .await
        .expect(200);
    send(&world, message(&one)).await.expect(202);
    place(&world.memory, &world).await;
    let heard = statuses.event().await;
    assert_eq!(heard.event.as_deref(), Some("message.status"));
    for kind in ["contact.updated", "message.status"] {
        let heard = of_one.event().await;
        assert_eq!(heard.event.as_deref(), Some(kind));
        assert_eq!(heard.data.unwrap()["data"]["contact_id"], *one);
    }
}

#[tokio::test]
async fn others_hear_nothing_of_it() {
    let limits = StreamLimits {
        heartbeat: Duration::from_millis(20),
        ..StreamLimits::default()
    };
    let world = running(limits).await;
    let response = ask(&world, &world.theirs.read, "", None).await;
    let mut theirs = Ear {
        body: response.into_body().into_data_stream(),
        text: String::new(),
    };
    let (mut ours, _) = listen_now(&world, "").await;
    contact(&world).await;
    let heard = ours.event().await;
    // The first says where it begins; two signs of life are long enough after that.
    for _ in 0..3 {
        assert_eq!(theirs.frame().await.unwrap().event, None);
    }
    let refused = ask(&world, &world.theirs.read, "", heard.id.as_deref()).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn signs_of_life_carry_the_place() {
    let limits = StreamLimits {
        heartbeat: Duration::from_millis(20),
        ..StreamLimits::default()
    };
    let world = running(limits).await;
    let (mut ear, start) = listen_now(&world, "?types=message.received").await;
    contact(&world).await;
    // The event is passed over; the place that was reached moves on.
    let mut place = start.clone();
    for _ in 0..200 {
        let frame = ear.frame().await.unwrap();
        assert_eq!(frame.event, None);
        place = frame.id.unwrap();
        if place[20..] != start[20..] {
            break;
        }
    }
    assert_ne!(place[20..], start[20..]);
}

#[tokio::test]
async fn a_slow_client_is_sent_away_and_may_come_back() {
    let limits = StreamLimits {
        behind: 4,
        ..StreamLimits::default()
    };
    let world = running(limits).await;
    let (mut slow, start) = listen_now(&world, "").await;
    for _ in 0..20 {
        contact(&world).await;
    }
    // Those at the door are handed out; the rest is too much.
    let mut heard = 0;
    loop {
        let event = slow.event().await;
        if event.event.as_deref() == Some("stream.end") {
            assert_eq!(event.data.unwrap(), json!({"reason": "too_slow"}));
            break;
        }
        heard += 1;
    }
    assert!(heard <= 4, "{heard}");
    assert!(slow.is_over().await);
    let mut back = listen(&world, "", Some(&start)).await;
    for _ in 0..20 {
        assert_eq!(back.event().await.event.as_deref(), Some("contact.created"));
    }
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_said() {
    let world = running(StreamLimits::default()).await;
    let (ear, start) = listen_now(&world, "").await;
    drop(ear);
    contact(&world).await;
    contact(&world).await;
    let (memory, now) = (&world.memory, world.clock_now());
    let forgotten = memory
        .forget_events(now + time::Duration::SECOND, now, 1)
        .await;
    assert_eq!(forgotten.unwrap(), 1);
    let mut ear = listen(&world, "", Some(&start)).await;
    assert_eq!(ear.event().await.event.as_deref(), Some("stream.gap"));
    assert_eq!(ear.event().await.event.as_deref(), Some("contact.created"));
    // A place that the log has not reached: it was a longer one once.
    let ahead = tidings_messaging::place_id(world.ours.tenant, 900, now);
    let mut ear = listen(&world, "", Some(&ahead.to_string())).await;
    assert_eq!(ear.event().await.event.as_deref(), Some("stream.gap"));
    contact(&world).await;
    assert_eq!(ear.event().await.event.as_deref(), Some("contact.created"));
}

#[tokio::test]
async fn a_stream_ends_with_its_key() {
    let limits = StreamLimits {
        heartbeat: Duration::from_millis(20),
        check_key: Duration::from_millis(20),
        ..StreamLimits::default()
    };
    let world = running(limits).await;
    let (mut ear, _) = listen_now(&world, "").await;
    assert_eq!(ear.frame().await.unwrap().event, None);
    let hash = crate::key_hash(&world.ours.read);
    let key = world.memory.find_key(hash).await.unwrap().unwrap();
    assert_eq!(key.scope, Scope::Read);
    let revoked = ApiKey {
        revoked_at: Some(world.clock_now()),
        ..key
    };
    world.memory.put_key(&revoked).await.unwrap();
    let end = ear.event().await;
    assert_eq!(end.event.as_deref(), Some("stream.end"));
    assert_eq!(end.data.unwrap(), json!({"reason": "key_revoked"}));
    assert!(ear.is_over().await);
}

#[tokio::test]
async fn every_stream_ends_when_the_program_stops() {
    let world = World::new().await;
    let streams = world.api.streams.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        streams
            .run(async {
                stopped.await.ok();
            })
            .await;
    });
    let (mut ear, _) = listen_now(&world, "").await;
    stop.send(()).unwrap();
    let end = ear.event().await;
    assert_eq!(end.data.unwrap(), json!({"reason": "stopping"}));
    assert!(ear.is_over().await);
    running.await.unwrap();
    let late = ask(&world, &world.ours.read, "", None).await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn there_are_so_many_streams_at_most() {
    let limits = StreamLimits {
        most: 3,
        per_tenant: 2,
        ..StreamLimits::default()
    };
    let world = running(limits).await;
    let (first, _) = listen_now(&world, "").await;
    let _second = listen_now(&world, "").await;
    let refused = world.get("/v1/stream").await;
    refused.refused(429, "too_many_streams");
    let theirs = ask(&world, &world.theirs.read, "", None).await;
    assert_eq!(theirs.status(), StatusCode::OK);
    let refused = world.get_as(&world.theirs.read, "/v1/stream").await;
    refused.refused(429, "too_many_streams");
    drop(first);
    let _third = listen_now(&world, "").await;
}

#[tokio::test]
async fn bad_wishes_are_refused() {
    let world = World::new().await;
    for (query, pointer) in [
        ("?types=message.lost", "?types"),
        ("?types=", "?types"),
        ("?contact_id=acc_01h2xcejqtf2nbrexx3vqjhp41", "?contact_id"),
    ] {
        let problem = world.get(&format!("/v1/stream{query}")).await;
        let problem = problem.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
    }
    let unknown = world.get("/v1/stream?type=message.status").await;
    unknown.refused(422, "unknown_field");
    for after in ["7", "msg_01h2xcejqtf2nbrexx3vqjhp41"] {
        let refused = ask(&world, &world.ours.read, "", Some(after)).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{after}"
        );
    }
    let unknown = ask(&world, "tk_unknown", "", None).await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
}
