use super::world::{Login, World};
use crate::{Heard, Live, LiveError, router};
use async_trait::async_trait;
use axum::{
    body::BodyDataStream,
    http::{Method, StatusCode},
};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings_kernel::{ContactId, EventId, TenantId};
use tidings_messaging::{EventKind, Role, Sessions, place_id};
use tokio::sync::broadcast;
use tower::ServiceExt;

/// How long to wait for something that must come.
const SOON: Duration = Duration::from_secs(10);

/// Who has asked to listen, and a line to all of them.
struct Line {
    asked: Mutex<Vec<(TenantId, Option<EventId>)>>,
    heard: broadcast::Sender<Heard>,
}

#[async_trait]
impl Live for Line {
    async fn listen(
        &self,
        tenant: TenantId,
        after: Option<EventId>,
    ) -> Result<BoxStream<'static, Heard>, LiveError> {
        self.asked.lock().unwrap().push((tenant, after));
        let heard = stream::unfold(self.heard.subscribe(), |mut line| async move {
            let heard = line.recv().await.ok()?;
            Some((heard, line))
        });
        Ok(heard.boxed())
    }
}

async fn world() -> (World, Arc<Line>) {
    let mut world = World::new().await;
    let line = Arc::new(Line {
        asked: Mutex::default(),
        heard: broadcast::Sender::new(64),
    });
    world.console.live = line.clone();
    world.app = router(Arc::new(world.console.clone()));
    (world, line)
}

async fn ask(world: &World, login: &Login, after: Option<&str>) -> axum::response::Response {
    let mut request = World::request(Method::GET, "/console/live", Some(login), String::new());
    if let Some(after) = after {
        let after = after.parse().unwrap();
        request.headers_mut().insert("last-event-id", after);
    }
    world.app.clone().oneshot(request).await.unwrap()
}

async fn listen(world: &World, login: &Login) -> BodyDataStream {
    let response = ask(world, login, None).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

/// What comes next; none at the end.
async fn next(stream: &mut BodyDataStream) -> Option<String> {
    let part = tokio::time::timeout(SOON * 2, stream.next()).await;
    let part = part.expect("something comes in time")?.unwrap();
    Some(String::from_utf8(part.to_vec()).unwrap())
}

fn heard(world: &World, place: u64, contact: ContactId) -> Heard {
    Heard {
        id: place_id(world.ours.tenant, place, super::world::NOW),
        kind: Some(EventKind::MessageReceived),
        contact: Some(contact),
    }
}

#[tokio::test]
async fn a_page_hears_what_kind_of_thing_happened_and_about_whom() {
    let (world, line) = world().await;
    let member = world.ours.of(Role::Viewer);
    let response = ask(&world, member, None).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut stream = response.into_body().into_data_stream();
    let event = heard(&world, 7, ContactId::new(&*world.console.ids));
    line.heard.send(event).unwrap();
    let data = format!(
        r#"{{"contact_id":"{}","type":"message.received"}}"#,
        event.contact.unwrap()
    );
    let expected = format!("id: {}\nevent: news\ndata: {data}\n\n", event.id);
    assert_eq!(next(&mut stream).await, Some(expected));
    line.heard
        .send(Heard {
            kind: None,
            contact: None,
            ..event
        })
        .unwrap();
    let sign = next(&mut stream).await.unwrap();
    assert!(sign.contains(&format!("id: {}\n", event.id)) && !sign.contains("data:"));
    let asked = line.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [(world.ours.tenant, None)],
        "the tenant's own events"
    );
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event() {
    let (world, line) = world().await;
    let member = world.ours.of(Role::Member);
    let last = heard(&world, 3, ContactId::new(&*world.console.ids)).id;
    ask(&world, member, Some(&last.to_string())).await;
    ask(&world, member, Some("nonsense")).await;
    let tenant = world.ours.tenant;
    let asked = line.asked.lock().unwrap().clone();
    assert_eq!(asked, [(tenant, Some(last)), (tenant, None)]);
}

#[tokio::test]
async fn the_end_of_the_session_is_the_end_of_its_stream() {
    let (world, line) = world().await;
    let member = world.ours.of(Role::Member);
    let mut stream = listen(&world, member).await;
    let event = heard(&world, 1, ContactId::new(&*world.console.ids));
    line.heard.send(event).unwrap();
    next(&mut stream).await.unwrap();
    world.post(member, "/console/logout", &[]).await.location();
    let found = world.memory.find(member.token.hash()).await.unwrap();
    assert!(found.is_none());
    assert_eq!(next(&mut stream).await, None);
    // And nobody comes in with it again.
    assert_eq!(
        ask(&world, member, None).await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_session_has_so_many_streams_and_gets_their_places_back() {
    let (world, _line) = world().await;
    let (one, other) = (world.ours.of(Role::Member), world.ours.of(Role::Viewer));
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(listen(&world, one).await);
    }
    let refused = ask(&world, one, None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    open.push(listen(&world, other).await);
    drop(open.swap_remove(0));
    open.push(listen(&world, one).await);
}

#[tokio::test]
async fn what_is_live_is_given_alone() {
    let (world, _line) = world().await;
    let member = world.ours.of(Role::Member);
    let contact = world.contact(world.ours.tenant, "Ada").await;
    let id = contact.id.to_string();
    let thread = format!("/console/conversations/cnv_{}", &id["con_".len()..]);
    let page = world.get(member, &thread).await.expect(200);
    let page = page.shows(&format!("data-about=\"{id}\""));
    let parts = page.text.split("hx-get=\"").skip(1);
    let parts: Vec<&str> = parts.map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(parts.len(), 4, "{parts:?}");
    let others = [
        "/console",
        "/console/queue",
        "/console/callbacks",
        "/console/conversations",
        "/console/messages",
    ];
    for path in parts.into_iter().skip(1).chain(others) {
        let mut request = World::request(Method::GET, path, Some(member), String::new());
        request
            .headers_mut()
            .insert("hx-request", "true".parse().unwrap());
        let part = world.raw(request).await.expect(200);
        // What is typed stands in fields, which a part that is live does not have.
        part.hides("<html")
            .hides("<textarea")
            .hides("type=\"text\"");
    }
    world
        .get(member, &format!("{thread}?part=other"))
        .await
        .expect(404);
}
