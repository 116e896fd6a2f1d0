//! What is done without a person.

use super::world::World;
use serde_json::{Value, json};

const PATH: &str = "/v1/automations";

fn some() -> Value {
    json!({
        "while_open": {"text": "We are on it.", "pause_minutes": 60},
        "while_closed": null,
        "keywords": [{
            "phrases": ["Price list", "prices"], "match": "whole", "reply": "See example.com",
            "labels": ["prices"], "assignee": "Sales",
        }],
    })
}

#[tokio::test]
async fn they_are_replaced_as_a_whole() {
    let world = World::new().await;
    let nothing = json!({"while_open": null, "while_closed": null, "keywords": []});
    assert_eq!(world.get(PATH).await.expect(200).body, nothing);
    assert_eq!(world.put(PATH, some()).await.expect(200).body, some());
    assert_eq!(world.get(PATH).await.expect(200).body, some());
    let theirs = world.get_as(&world.theirs.read, PATH).await.expect(200);
    assert_eq!(theirs.body, nothing);
    let short = json!({"while_closed": {"text": "Away"}});
    let found = world.put(PATH, short).await.expect(200).body;
    assert_eq!(found["while_closed"]["pause_minutes"], 240);
    assert_eq!(found["keywords"], json!([]));
}

#[tokio::test]
async fn mistakes_are_pointed_at() {
    let world = World::new().await;
    let keyword = |field: &str, value: Value| {
        let mut body = some();
        body["keywords"][0][field] = value;
        body
    };
    let mut pause = some();
    pause["while_open"]["pause_minutes"] = 4.into();
    let mut blank = some();
    blank["while_open"]["text"] = " ".into();
    let mut idle = json!({"keywords": [{"phrases": ["a"]}]});
    for (body, pointer) in [
        (pause, "/while_open/pause_minutes"),
        (blank, "/while_open/text"),
        (
            keyword("phrases", json!(["ok", "?"])),
            "/keywords/0/phrases/1",
        ),
        (keyword("phrases", json!([])), "/keywords/0"),
        (keyword("labels", json!(["a\tb"])), "/keywords/0/labels/0"),
        (keyword("assignee", json!("none")), "/keywords/0/assignee"),
        (keyword("match", json!("somewhere")), "/keywords/0/match"),
        (idle.take(), "/keywords/0"),
    ] {
        let problem = world.put(PATH, body).await.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let unknown = json!({"while_away": null});
    world.put(PATH, unknown).await.refused(422, "unknown_field");
    let nothing = world.get(PATH).await.expect(200).body;
    assert_eq!(nothing["keywords"], json!([]));
}
