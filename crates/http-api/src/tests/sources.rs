use super::{
    messages::{message, send, with},
    world::World,
};
use axum::http::Method;
use serde_json::json;

#[tokio::test]
async fn the_highest_version_stands() {
    let world = World::new().await;
    let path = "/v1/sources/booking/77";
    for (announced, stands) in [(3, 3), (2, 3), (3, 3), (9, 9)] {
        let answer = world
            .ask(
                Method::PUT,
                path,
                &world.ours.send,
                Some(&json!({"version": announced})),
            )
            .await
            .expect(200);
        assert_eq!(
            answer.body,
            json!({"type": "booking", "id": "77", "version": stands})
        );
    }
    let theirs = world
        .ask(
            Method::PUT,
            path,
            &world.theirs.send,
            Some(&json!({"version": 1})),
        )
        .await
        .expect(200);
    assert_eq!(theirs.body["version"], 1);
}

#[tokio::test]
async fn names_may_hold_any_character_that_can_be_kept() {
    let world = World::new().await;
    let answer = world
        .put("/v1/sources/caf%C3%A9/a%2Fb%20c", json!({"version": 1}))
        .await
        .expect(200);
    assert_eq!(
        answer.body,
        json!({"type": "café", "id": "a/b c", "version": 1})
    );
    for (path, body, code, pointer) in [
        (
            "/v1/sources/booking/%00",
            json!({"version": 1}),
            "invalid_request",
            "/id",
        ),
        (
            "/v1/sources/%20/1",
            json!({"version": 1}),
            "invalid_request",
            "/type",
        ),
        (
            "/v1/sources/booking/1",
            json!({}),
            "invalid_request",
            "/version",
        ),
        (
            "/v1/sources/booking/1",
            json!({"version": -1}),
            "invalid_request",
            "/version",
        ),
        (
            "/v1/sources/booking/1",
            json!({"version": u64::MAX}),
            "invalid_request",
            "/version",
        ),
        (
            "/v1/sources/booking/1",
            json!({"version": 1, "at": 1}),
            "unknown_field",
            "/at",
        ),
    ] {
        let problem = world.put(path, body).await.refused(422, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    world
        .put("/v1/sources/booking/%FF", json!({"version": 1}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn nothing_is_said_about_a_record_that_has_changed() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let about = |version: u64| {
        let context = json!({"type": "booking", "id": "77", "version": version});
        with(message(&contact), "context", context)
    };
    let sent = send(&world, about(4)).await.expect(202);
    assert_eq!(sent.body["context"]["version"], 4);
    world
        .put("/v1/sources/booking/77", json!({"version": 5}))
        .await
        .expect(200);
    let run = with(about(4), "dry_run", true.into());
    let run = send(&world, run).await.expect(200).body;
    assert_eq!(
        run["decision"]["reasons"][0]["rule"],
        "freshness.stale_source"
    );
    let problem = send(&world, about(4)).await.refused(422, "blocked");
    let path = format!(
        "/v1/messages/{}/explain",
        problem["message_id"].as_str().unwrap()
    );
    let explained = world.get(&path).await.expect(200).body;
    assert_eq!(explained["data"][0]["facts"]["source_version"], 5);
    assert_eq!(explained["data"][0]["request"]["source_version"], 4);
    assert!(
        explained["sentence"]
            .as_str()
            .unwrap()
            .contains("version 5")
    );
    send(&world, about(5)).await.expect(202);
    let huge = send(&world, about(u64::MAX))
        .await
        .refused(422, "invalid_request");
    assert_eq!(huge["errors"][0]["pointer"], "/context/version");
}
