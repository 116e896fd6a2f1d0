//! What people say often.

use super::world::World;
use axum::http::Method;
use serde_json::{Value, json};
use tidings_conversations::MOST_QUICK_REPLIES;

const PATH: &str = "/v1/quick-replies";

fn new(shortcut: &str) -> Value {
    json!({"shortcut": shortcut, "text": "Hi {{first_name|there}}, we open at nine."})
}

#[tokio::test]
async fn they_are_added_changed_and_removed() {
    let world = World::new().await;
    let reply = world.post(PATH, new("Hours")).await.expect(201);
    let (id, made) = (reply.id(), reply.body.clone());
    assert_eq!(made["shortcut"], "/hours");
    let path = format!("{PATH}/{id}");
    assert_eq!(reply.header("location"), path);
    assert_eq!(world.get(&path).await.expect(200).body, made);
    let change = json!({"shortcut": "/times"});
    let changed = world.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["shortcut"], "/times");
    assert_eq!(changed["text"], made["text"]);
    world.post(PATH, new("hours")).await.expect(201);
    let listed = world.get(&format!("{PATH}?limit=1")).await.expect(200).body;
    assert_eq!(listed["data"][0]["shortcut"], "/hours");
    let next = listed["next"].as_str().unwrap();
    let rest = world.get(&format!("{PATH}?after={next}")).await.expect(200);
    assert_eq!(rest.body["data"], json!([changed]));
    world.delete(&path).await.expect(204);
    world.get(&path).await.refused(404, "not_found");
    world.delete(&path).await.refused(404, "not_found");
    world
        .patch(&path, json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn mistakes_are_pointed_at() {
    let world = World::new().await;
    let path = format!(
        "{PATH}/{}",
        world.post(PATH, new("hours")).await.expect(201).id()
    );
    world
        .post(PATH, new("/HOURS"))
        .await
        .refused(409, "shortcut_taken");
    world.post(PATH, new("prices")).await.expect(201);
    let taken = json!({"shortcut": "prices"});
    world
        .patch(&path, taken)
        .await
        .refused(409, "shortcut_taken");
    let text = |text: &str| json!({"shortcut": "a", "text": text});
    for (body, pointer, code) in [
        (json!({"text": "a"}), "/shortcut", "missing_field"),
        (json!({"shortcut": "a"}), "/text", "missing_field"),
        (new("our hours"), "/shortcut", "invalid_value"),
        (new(""), "/shortcut", "blank"),
        (text(" "), "/text", "blank"),
        (text(&"x".repeat(2_001)), "/text", "too_long"),
        (text("Hi {{first_name"), "/text", "invalid_template"),
    ] {
        let problem = world.post(PATH, body).await.refused(422, "invalid_request");
        let error = &problem["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    let unknown = json!({"shortcut": "a", "text": "b", "locale": "en"});
    world
        .post(PATH, unknown)
        .await
        .refused(422, "unknown_field");
    for number in 2..MOST_QUICK_REPLIES {
        world
            .post(PATH, new(&format!("n{number}")))
            .await
            .expect(201);
    }
    let problem = world
        .post(PATH, new("more"))
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "too_many");
}

#[tokio::test]
async fn nobody_has_another_tenant_s() {
    let world = World::new().await;
    let path = format!(
        "{PATH}/{}",
        world.post(PATH, new("hours")).await.expect(201).id()
    );
    let key = &world.theirs.admin;
    let listed = world.get_as(key, PATH).await.expect(200).body;
    assert_eq!(listed["data"], json!([]));
    world.get_as(key, &path).await.refused(404, "not_found");
    let change = json!({"text": "Mallory"});
    world
        .ask(Method::PATCH, &path, key, Some(&change))
        .await
        .refused(404, "not_found");
    world
        .ask(Method::DELETE, &path, key, None)
        .await
        .refused(404, "not_found");
    world.post_as(key, PATH, new("hours")).await.expect(201);
    let ours = world.get(&path).await.expect(200).body;
    assert_eq!(ours["text"], new("hours")["text"]);
}
