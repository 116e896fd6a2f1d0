//! Files: taken in, attached, and handed out by links that cannot be changed.

use super::world::{Reply, World};
use axum::{
    body::Body,
    http::{Method, Request},
};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use std::convert::Infallible;
use tidings_messaging::media::MediaLinks;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of a picture";

async fn upload(world: &World, key: &str, content_type: &str, body: impl Into<Body>) -> Reply {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1/media")
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", content_type);
    world.raw(request.body(body.into()).unwrap()).await
}

async fn uploaded(world: &World, bytes: &'static [u8]) -> Value {
    let reply = upload(world, &world.ours.admin, "application/octet-stream", bytes).await;
    reply.expect(201).body
}

/// Fetches by a link as anybody may, without a key.
async fn fetched(world: &World, url: &str) -> Reply {
    part_of(world, url, Method::GET, None).await
}

/// Fetches a part of a file.
async fn part_of(world: &World, url: &str, method: Method, range: Option<&str>) -> Reply {
    let path = url.replacen(&world.api.config.public_url, "", 1);
    let mut request = Request::builder().method(method).uri(path);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    world.raw(request.body(Body::empty()).unwrap()).await
}

fn url(media: &Value) -> String {
    media["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_picture_is_taken_in_shown_and_deleted() {
    let world = World::new().await;
    let reply = upload(&world, &world.ours.admin, "text/html", PNG)
        .await
        .expect(201);
    let media = &reply.body;
    assert_eq!(media["content_type"], "image/png", "the bytes tell");
    assert_eq!(
        (&media["status"], &media["bytes"]),
        (&json!("stored"), &json!(PNG.len()))
    );
    let path = format!("/v1/media/{}", media["id"].as_str().unwrap());
    assert_eq!(reply.header("location"), path);
    let file = fetched(&world, &url(media)).await.expect(200);
    assert_eq!(file.header("content-type"), "image/png");
    let disposition = format!("inline; filename=\"{}.png\"", media["id"].as_str().unwrap());
    assert_eq!(file.header("content-disposition"), disposition);
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    let policy = "default-src 'none'; sandbox";
    assert_eq!(file.header("content-security-policy"), policy);
    world.delete(&path).await.expect(204);
    world.get(&path).await.refused(404, "not_found");
    fetched(&world, &url(media)).await.refused(404, "not_found");
    world.delete(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_link_opens_what_it_was_made_for_and_for_an_hour() {
    let world = World::new().await;
    let (one, other) = (
        uploaded(&world, PNG).await,
        uploaded(&world, b"GIF89a...").await,
    );
    let link = url(&one);
    let (ours, theirs) = (
        world.ours.tenant.to_string(),
        world.theirs.tenant.to_string(),
    );
    let ids = |media: &Value| media["id"].as_str().unwrap().to_owned();
    let (start, signature) = link.split_once("signature=").unwrap();
    let expires = start.split_once("expires=").unwrap().1;
    let expires = expires.trim_end_matches('&');
    let later = (expires.parse::<i64>().unwrap() + 1).to_string();
    let changed = [
        link.replacen(&ours, &theirs, 1),
        link.replacen(&ids(&one), &ids(&other), 1),
        link.replacen(expires, &later, 1),
        link.replacen(
            &format!("expires={expires}"),
            &format!("expires={expires}&channel=sms"),
            1,
        ),
        format!("{start}signature="),
        format!("{start}signature={}", signature.replacen('6', "7", 1)),
        link.replacen(&ids(&one), "..%2F..%2Fetc%2Fpasswd", 1),
        link.replacen(&ids(&one), "med_%00", 1),
    ];
    for changed in changed {
        assert_ne!(changed, link);
        fetched(&world, &changed).await.refused(404, "not_found");
    }
    fetched(&world, &format!("{link}&x=1"))
        .await
        .refused(422, "unknown_field");
    // How the name ends is for those who fetch.
    fetched(&world, &link.replacen(".png", ".html", 1))
        .await
        .expect(200);
    world.clock.advance(MediaLinks::FOR_TENANTS);
    fetched(&world, &link).await.refused(404, "not_found");
    let path = format!("/v1/media/{}", ids(&one));
    let again = world.get(&path).await.expect(200).body;
    fetched(&world, &url(&again)).await.expect(200);
}

#[tokio::test]
async fn nobody_has_another_tenant_s_file() {
    let world = World::new().await;
    let media = uploaded(&world, PNG).await;
    let id = media["id"].as_str().unwrap();
    let path = format!("/v1/media/{id}");
    world
        .get_as(&world.theirs.admin, &path)
        .await
        .refused(404, "not_found");
    let key = &world.theirs.admin;
    world
        .ask(Method::DELETE, &path, key, None)
        .await
        .refused(404, "not_found");
    let body = json!({"to": {"phone": "+12025550123"}, "channel": "sms", "purpose": "transactional",
        "text": "See", "media": [{"media_id": id}]});
    let refused = world.post_as(key, "/v1/messages", body).await;
    assert_eq!(
        refused.refused(422, "invalid_request")["errors"][0]["code"],
        "media_not_found"
    );
    world.get(&path).await.expect(200);
}

#[tokio::test]
async fn what_no_channel_carries_is_refused_by_its_bytes() {
    let world = World::new().await;
    let key = &world.ours.admin;
    for (bytes, code) in [
        (&b""[..], "empty"),
        (b"<html><script>alert(1)</script>", "not_carried"),
        (b"<svg onload='alert(1)'/>", "not_carried"),
        (b"MZ\x90\0\x03\0\0\0", "not_carried"),
    ] {
        let refused = upload(&world, key, "image/jpeg", bytes).await;
        let errors = refused.refused(422, "invalid_request")["errors"].clone();
        assert_eq!(errors[0]["code"], code);
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_at_the_limit() {
    static NOISE: [u8; 65_536] = [0xff; 65_536];
    let world = World::new().await;
    let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&NOISE)));
    let body = Body::from_stream(endless);
    let refused = upload(&world, &world.ours.admin, "image/jpeg", body).await;
    refused.refused(413, "body_too_large");
}

#[tokio::test]
async fn a_message_takes_files_that_its_channel_carries() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let send = |channel: &str, media: &Value| {
        json!({"to": {"contact_id": contact}, "channel": channel, "purpose": "transactional",
            "text": "See", "media": [{"media_id": media["id"]}]})
    };
    let picture = uploaded(&world, PNG).await;
    let taken = world
        .post("/v1/messages", send("sms", &picture))
        .await
        .expect(202);
    let path = format!("/v1/messages/{}", taken.id());
    let shown = world.get(&path).await.expect(200).body["media"][0].clone();
    assert_eq!(shown["id"], picture["id"]);
    fetched(&world, &url(&shown)).await.expect(200);
    let listed = world.get("/v1/messages").await.expect(200).body;
    assert_eq!(listed["data"][0]["media"][0]["status"], "stored");

    let moving = uploaded(&world, b"GIF89a...").await;
    let refused = world.post("/v1/messages", send("whatsapp", &moving)).await;
    let errors = refused.refused(422, "invalid_request")["errors"].clone();
    assert_eq!(errors[0]["code"], "media_not_carried");
    assert_eq!(errors[0]["pointer"], "/media/0/media_id");

    let mut both = send("sms", &picture);
    both["media"][0]["url"] = json!("https://example.com/a.png");
    world
        .post("/v1/messages", both)
        .await
        .refused(422, "invalid_request");
    let mut defaults = send("sms", &picture);
    defaults.as_object_mut().unwrap().remove("to");
    let bulk = json!({"defaults": defaults, "recipients": [{"to": {"contact_id": contact}}]});
    let done = world.post("/v1/messages/bulk", bulk).await.expect(202).body;
    assert_eq!(done["errors"][0]["code"], "not_supported");
}

#[tokio::test]
async fn a_picture_that_is_too_large_for_a_channel_goes_by_its_smaller_form() {
    let world = World::new().await;
    let large = [PNG, &vec![7; 5_500_000]].concat();
    let media = upload(&world, &world.ours.admin, "image/png", large.clone()).await;
    let media = media.expect(201).body;
    assert_eq!(media["bytes"], json!(large.len()));
    let keeping = &world.api.keeping;
    let id = media["id"].as_str().unwrap().parse().unwrap();
    let mut link = keeping
        .links
        .for_tenant(world.ours.tenant, id, world.clock_now());
    for (channel, is_small) in [(None, false), (Some(tidings_kernel::Channel::Sms), true)] {
        link.channel = channel;
        let path = keeping.links.path(
            &link,
            tidings_messaging::media::MediaKind::named("image/png"),
        );
        let (_, signature) = path.split_once("signature=").unwrap();
        let opened = keeping.open(&link, signature).await.unwrap().unwrap();
        assert_eq!(opened.bytes.len() < large.len(), is_small, "{channel:?}");
        let kind = if is_small { "image/jpeg" } else { "image/png" };
        assert_eq!(opened.kind.as_str(), kind);
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_handed_out() {
    let world = World::new().await;
    let link = url(&uploaded(&world, PNG).await);
    let length = PNG.len();
    let ask = |range| part_of(&world, &link, Method::GET, Some(range));
    let whole = fetched(&world, &link).await.expect(200);
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let part = ask("bytes=2-4").await.expect(206);
    assert_eq!(part.header("content-range"), format!("bytes 2-4/{length}"));
    assert_eq!(part.header("content-type"), "image/png");
    assert_eq!(part.header("x-content-type-options"), "nosniff");
    assert_eq!(part.text, "NG\r");
    let last = ask("bytes=-1").await.expect(206);
    let place = format!("bytes {0}-{0}/{length}", length - 1);
    assert_eq!(last.header("content-range"), place);
    for range in ["bytes=0-1,3-4", "bytes=4-2", "lines=1-2"] {
        let reply = ask(range).await.expect(200);
        assert_eq!(reply.header("content-range"), "", "{range}");
    }
    let behind = ask("bytes=999-").await;
    assert_eq!(behind.header("content-range"), format!("bytes */{length}"));
    behind.refused(416, "range_not_satisfiable");
    // Only what is got has parts.
    let head = part_of(&world, &link, Method::HEAD, Some("bytes=2-4")).await;
    head.expect(200);
    // Nobody gets a part by a link that opens nothing.
    let changed = link.replacen("expires=", "expires=9", 1);
    let none = part_of(&world, &changed, Method::GET, Some("bytes=0-1")).await;
    none.refused(404, "not_found");
}

#[tokio::test]
async fn files_that_have_no_room_are_refused_until_there_is_some() {
    let world = World::new().await.with(|api| api.keeping.quota = 100);
    let key = &world.ours.admin;
    let take = |bytes: usize| {
        let file = [PNG, &vec![7; bytes - PNG.len()]].concat();
        upload(&world, key, "image/png", file)
    };
    let first = take(60).await.expect(201);
    let problem = take(41).await.refused(402, "storage_quota_exceeded");
    assert_eq!(
        (&problem["used"], &problem["limit"]),
        (&json!(60), &json!(100))
    );
    take(40).await.expect(201);
    let key = &world.theirs.admin;
    let theirs = upload(&world, key, "image/png", PNG.to_vec()).await;
    theirs.expect(201);
    take(PNG.len()).await.refused(402, "storage_quota_exceeded");
    let path = format!("/v1/media/{}", first.body["id"].as_str().unwrap());
    world.delete(&path).await.expect(204);
    take(60).await.expect(201);
}
