use super::world::World;
use serde_json::{Value, json};

fn event(action: &str) -> Value {
    json!({"action": action, "channels": ["sms"], "purposes": ["marketing"], "method": "web_form"})
}

#[tokio::test]
async fn events_add_up_and_are_chained() {
    let world = World::new().await;
    let contact = world
        .post("/v1/contacts", json!({"phone": "+12025550123"}))
        .await
        .expect(201);
    let path = format!("/v1/contacts/{}/consent", contact.id());
    let nothing = world.get(&path).await.expect(200).body;
    assert_eq!(
        nothing["state"]["sms"]["marketing"],
        json!({"status": "none", "since": null, "because": []})
    );
    assert_eq!(nothing["chain"], json!({"valid": true, "head": null}));

    let mut body = event("consent_given");
    body["occurred_at"] = "2026-07-01T12:00:00+02:00".into();
    body["evidence"] = json!({"text_shown": "Yes", "ip": "192.0.2.1"});
    let given = world.post(&path, body).await.expect(201);
    assert_eq!(given.body["occurred_at"], "2026-07-01T10:00:00Z");
    assert_eq!(given.body["recorded_at"], "2026-07-15T15:00:00Z");
    assert_eq!(given.body["channels"], json!(["sms"]));
    assert_eq!(given.header("location"), path);

    let granted = world.get(&path).await.expect(200).body;
    let standing = &granted["state"]["sms"]["marketing"];
    assert_eq!(standing["status"], "granted");
    assert_eq!(standing["because"], json!([given.id()]));

    let stopped = world.post(&path, event("opt_out")).await.expect(201);
    let consent = world.get(&path).await.expect(200).body;
    assert_eq!(consent["state"]["sms"]["marketing"]["status"], "denied");
    assert_eq!(consent["state"]["email"]["marketing"]["status"], "none");
    let history = consent["history"].as_array().unwrap();
    assert_eq!(history[0], given.body);
    assert_eq!(history[1], stopped.body);
    assert_eq!(consent["chain"]["valid"], true);
    assert_eq!(consent["chain"]["head"].as_str().unwrap().len(), 64);
    assert_ne!(consent["chain"]["head"], granted["chain"]["head"]);
}

#[tokio::test]
async fn what_has_not_happened_yet_is_refused_and_a_fast_clock_is_not() {
    let world = World::new().await;
    let contact = world.post("/v1/contacts", json!({})).await.expect(201);
    let path = format!("/v1/contacts/{}/consent", contact.id());
    let mut body = event("opt_out");
    body["occurred_at"] = "2026-07-15T15:05:01Z".into();
    let problem = world
        .post(&path, body.clone())
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/occurred_at");
    body["occurred_at"] = "2026-07-15T15:05:00Z".into();
    let taken = world.post(&path, body).await.expect(201);
    assert_eq!(taken.body["occurred_at"], "2026-07-15T15:00:00Z");
    let consent = world.get(&path).await.body;
    assert_eq!(consent["state"]["sms"]["marketing"]["status"], "denied");
}

#[tokio::test]
async fn words_outside_the_contract_are_refused() {
    let world = World::new().await;
    let contact = world.post("/v1/contacts", json!({})).await.expect(201);
    let path = format!("/v1/contacts/{}/consent", contact.id());
    for (field, value) in [
        ("action", json!("shrug")),
        ("channels", json!([])),
        ("channels", json!(["fax"])),
        ("purposes", json!(["double_opt_in"])),
        ("method", json!("rumor")),
    ] {
        let mut body = event("opt_in");
        body[field] = value;
        let problem = world
            .post(&path, body)
            .await
            .refused(422, "invalid_request");
        let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with(&format!("/{field}")), "{pointer}");
    }
    let mut body = event("opt_in");
    body["evidence"] = json!({"screenshot": "x"});
    let problem = world.post(&path, body).await.refused(422, "unknown_field");
    assert_eq!(problem["errors"][0]["pointer"], "/evidence/screenshot");
    let missing = "/v1/contacts/con_01h2xcejqtf2nbrexx3vqjhp41/consent";
    world
        .post(missing, event("opt_in"))
        .await
        .refused(404, "not_found");
    world.get(missing).await.refused(404, "not_found");
}
