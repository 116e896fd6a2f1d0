use super::world::World;
use serde_json::{Value, json};

async fn made(world: &World, body: Value) -> String {
    let made = world.post("/v1/contacts", body).await.expect(201);
    made.id().to_owned()
}

#[tokio::test]
async fn two_contacts_become_one() {
    let world = World::new().await;
    let one = made(
        &world,
        json!({"first_name": "Ana", "phone": "+12025550123", "tags": ["vip"]}),
    )
    .await;
    let two = made(
        &world,
        json!({"first_name": "Anna", "phone": "+12025550124", "email": "ana@example.com", "tags": ["new"]}),
    )
    .await;
    let stop =
        json!({"action": "opt_out", "channels": ["sms"], "purposes": "all", "method": "manual"});
    let recorded = world
        .post(&format!("/v1/contacts/{two}/consent"), stop)
        .await;
    recorded.expect(201);
    let path = format!("/v1/contacts/{one}/merge");
    let asked = world
        .post(&path, json!({"from": two, "dry_run": true}))
        .await;
    let asked = asked.expect(200);
    let before = world.get(&format!("/v1/contacts/{one}")).await.expect(200);
    assert_eq!(before.body["email"], Value::Null, "nothing is done yet");
    let done = world.post(&path, json!({"from": two})).await.expect(200);
    assert_eq!(done.body["contact"], asked.body["contact"]);
    assert_eq!(done.body["conflicts"], asked.body["conflicts"]);
    let expected = json!([
        {"field": "first_name", "kept": "Ana", "dropped": "Anna"},
        {"field": "phone", "kept": "+12025550123", "dropped": "+12025550124"},
    ]);
    assert_eq!(done.body["conflicts"], expected);
    let contact = world.get(&format!("/v1/contacts/{one}")).await.expect(200);
    assert_eq!(contact.body, done.body["contact"]);
    assert_eq!(contact.body["email"], "ana@example.com");
    assert_eq!(contact.body["tags"], json!(["vip", "new"]));
    assert_eq!(contact.body["other_addresses"], json!(["+12025550124"]));
    let found = world
        .get("/v1/contacts?phone=%2B12025550124")
        .await
        .expect(200);
    assert_eq!(found.body["data"][0]["id"], *one, "found by any number");
    let again = world.post(&path, json!({"from": two})).await.expect(200);
    assert_eq!(again.body["contact"], done.body["contact"]);
    assert_eq!(again.body["conflicts"], json!([]));
}

#[tokio::test]
async fn consent_of_both_is_shown_and_the_stop_stands() {
    let world = World::new().await;
    let one = made(&world, json!({"phone": "+12025550123"})).await;
    let two = made(&world, json!({"phone": "+12025550124"})).await;
    for (id, action) in [(&one, "consent_given"), (&two, "opt_out")] {
        let event =
            json!({"action": action, "channels": ["sms"], "purposes": "all", "method": "manual"});
        let recorded = world
            .post(&format!("/v1/contacts/{id}/consent"), event)
            .await;
        recorded.expect(201);
    }
    let path = format!("/v1/contacts/{one}/merge");
    let done = world.post(&path, json!({"from": two})).await.expect(200);
    assert_eq!(done.body["consent"][0]["action"], "opt_out");
    assert_eq!(done.body["consent"][0]["channels"], json!(["sms"]));
    let consent = world
        .get(&format!("/v1/contacts/{one}/consent"))
        .await
        .expect(200);
    assert_eq!(
        consent.body["state"]["sms"]["marketing"]["status"],
        "denied"
    );
    assert_eq!(consent.body["chain"]["valid"], true);
    let merged = &consent.body["merged"][0];
    assert_eq!(
        (&merged["contact_id"], &merged["chain"]["valid"]),
        (&json!(two), &json!(true))
    );
    assert_eq!(merged["history"][0]["action"], "opt_out");
}

#[tokio::test]
async fn whoever_asks_for_a_merged_contact_is_told_where_it_went() {
    let world = World::new().await;
    let one = made(&world, json!({"first_name": "Ana"})).await;
    let two = made(&world, json!({"first_name": "Anna"})).await;
    let three = made(&world, json!({"first_name": "Ann"})).await;
    for (into, from) in [(&two, &three), (&one, &two)] {
        let path = format!("/v1/contacts/{into}/merge");
        world.post(&path, json!({"from": from})).await.expect(200);
    }
    for gone in [&two, &three] {
        let problem = world.get(&format!("/v1/contacts/{gone}")).await;
        let problem = problem.refused(410, "contact_merged");
        assert_eq!(problem["merged_into"], *one);
    }
    let path = format!("/v1/contacts/{one}/merge");
    let problem = world.post(&path, json!({"from": one})).await;
    let problem = problem.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/from");
    let stranger = "con_01h2xcejqtf2nbrexx3vqjhp41";
    let problem = world.post(&path, json!({"from": stranger})).await;
    problem.refused(404, "not_found");
    let theirs = world
        .post_as(&world.theirs.manage, "/v1/contacts", json!({}))
        .await;
    let theirs = theirs.expect(201);
    let problem = world.post(&path, json!({"from": theirs.id()})).await;
    problem.refused(404, "not_found");
    let path = format!("/v1/contacts/{two}/merge");
    let problem = world.post(&path, json!({"from": three})).await;
    problem.refused(410, "contact_merged");
}
