use super::messages::{message, send, with};
use super::world::World;
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Request},
};
use serde_json::{Value, json};
use std::io;

fn post(world: &World, body: Body) -> Request<Body> {
    Request::post("/v1/contacts")
        .header("authorization", format!("Bearer {}", world.ours.admin))
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_called_too_large() {
    let world = World::new().await;
    let parts = [
        Ok(Bytes::from_static(b"{}")),
        Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
    ];
    let body = Body::from_stream(futures_util::stream::iter(parts));
    let reply = world.raw(post(&world, body)).await;
    reply.refused(400, "incomplete_body");
    assert_eq!(world.get("/v1/contacts").await.body["data"], json!([]));
}

#[tokio::test]
async fn a_body_without_announced_length_is_bounded() {
    let world = World::new().await;
    let parts = (0..17).map(|_| Ok::<_, io::Error>(Bytes::from(vec![b' '; 1 << 16])));
    let body = Body::from_stream(futures_util::stream::iter(parts));
    let reply = world.raw(post(&world, body)).await;
    reply.refused(413, "body_too_large");
}

#[tokio::test]
async fn no_answer_repeats_a_secret() {
    let world = World::new().await;
    let secret = "s3cr3t-of-a-provider";
    for credentials in [json!(secret), json!([secret]), json!({"token": [secret]})] {
        let body = json!({"provider": "carrier", "credentials": credentials});
        let made = world.post("/v1/provider-accounts", body).await;
        let body = json!({"credentials": credentials});
        let nobody = "/v1/provider-accounts/acc_01h2xcejqtf2nbrexx3vqjhp41";
        let changed = world.patch(nobody, body).await;
        for reply in [made, changed] {
            let problem = reply.refused(422, "invalid_request");
            let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
            assert!(pointer.starts_with("/credentials"), "{problem}");
            assert!(!problem.to_string().contains(secret), "{problem}");
        }
    }
}

#[tokio::test]
async fn a_list_is_no_object() {
    let world = World::new().await;
    let list = json!(["A", null, null, null, null, null, null, null, null, {}, []]);
    let problem = world
        .post("/v1/contacts", list)
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "invalid_type");
}

#[tokio::test]
async fn what_takes_nothing_ignores_nothing() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let later = json!("2026-07-16T15:00:00Z");
    let sent = send(&world, with(message(&contact), "scheduled_at", later)).await;
    let cancel = format!("/v1/messages/{}/cancel", sent.expect(202).id());
    let typo = json!({"dry_run": true});
    world
        .post(&cancel, typo)
        .await
        .refused(422, "unknown_field");
    world.post(&cancel, json!({})).await.expect(200);
}

#[tokio::test]
async fn keys_that_are_not_utf8_are_refused_rather_than_confused() {
    let world = World::new().await;
    let mut request = post(&world, Body::from("{}"));
    let key = HeaderValue::from_bytes(b"\xff").unwrap();
    request.headers_mut().insert("idempotency-key", key);
    let problem = world.raw(request).await.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "invalid_idempotency_key");
}

#[tokio::test]
async fn an_address_of_media_has_no_spaces_or_control_characters() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    for url in ["https://example.com/a\nb", " https://example.com/"] {
        let body = with(message(&contact), "media", json!([{ "url": url }]));
        let problem = send(&world, body).await.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["code"], "invalid_url");
    }
}

#[tokio::test]
async fn a_refusal_tells_what_stands_against_the_message_only() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let problem = send(&world, with(message(&contact), "text", json!(" ")))
        .await
        .refused(422, "blocked");
    assert_eq!(
        problem["detail"],
        "the message may not be sent: there is nothing to send"
    );
}

#[tokio::test]
async fn every_problem_has_errors_and_no_answer_is_sniffed() {
    let world = World::new().await;
    let reply = world.get("/v1/contacts/nobody").await;
    assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    let problem: Value = reply.refused(404, "not_found");
    assert_eq!(problem["errors"], json!([]));
    let page = world.get("/docs").await;
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
}
