use super::world::{Login, NOW, World};
use crate::token::Token;
use axum::http::Method;
use tidings_kernel::{MessageId, Purpose};
use tidings_messaging::{Role, send::SendRequest};
use time::Duration;

/// A message of ours that is to be sent in two days.
async fn planned(world: &World, name: &str) -> MessageId {
    world.account(world.ours.tenant, "Main").await;
    let contact = world.contact(world.ours.tenant, name).await;
    world.agreed(&contact).await;
    let request = SendRequest {
        scheduled_at: Some(NOW + Duration::days(2)),
        ..World::wish(&contact, Purpose::Transactional, "A secret between us")
    };
    world.sent(contact.tenant, &request).await
}

#[tokio::test]
async fn what_is_scheduled_stands_at_its_day() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    world
        .get(member, "/console/calendar")
        .await
        .shows("Nothing is scheduled");
    let message = planned(&world, "Ana").await;
    let page = world.get(member, "/console/calendar").await.expect(200);
    page.shows("Friday, 17 July 2026")
        .shows("A secret between us")
        .shows("Cancel it");
    let cancel = format!("/console/messages/{message}/cancel");
    world.post(member, &cancel, &[]).await.location();
    world
        .get(member, "/console/calendar")
        .await
        .shows("Nothing is scheduled");
}

#[tokio::test]
async fn a_feed_tells_when_and_to_whom_and_never_what() {
    let world = World::new().await;
    let viewer = world.ours.of(Role::Viewer);
    planned(&world, "Ana; Zoë\r\nEND:VEVENT").await;
    let make = || world.post(viewer, "/console/calendar/feed", &[]);
    let path = |text: &str| {
        let rest = text.split("https://console.example.com").nth(1).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let first = path(&make().await.expect(200).text);
    let feed = world
        .raw(World::request(Method::GET, &first, None, String::new()))
        .await
        .expect(200);
    assert!(feed.header("content-type").starts_with("text/calendar"));
    let feed = feed
        .shows("BEGIN:VCALENDAR\r\n")
        .shows("DTSTART:20260717T150000Z\r\n");
    let feed = feed
        .shows("SMS to Ana\\; Zoë")
        .hides("A secret")
        .hides("\nEND:VEVENT END");
    assert_eq!(feed.text.matches("END:VEVENT\r\n").count(), 1);
    let second = path(&make().await.text);
    let gone = World::request(Method::GET, &first, None, String::new());
    world.raw(gone).await.expect(404);
    let token = second.split('/').nth(3).unwrap();
    let login = Login {
        token: Token::read(token).unwrap(),
        ..viewer.clone()
    };
    world.get(&login, "/console").await.location();
    let unknown = "/console/feed/AAAA/calendar.ics";
    world
        .raw(World::request(Method::GET, unknown, None, String::new()))
        .await
        .expect(404);
}
