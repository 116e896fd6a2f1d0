use super::world::{Reply, World};
use axum::http::Method;
use serde_json::{Value, json};

async fn made(world: &World, body: Value) -> Reply {
    world.post("/v1/contacts", body).await.expect(201)
}

#[tokio::test]
async fn a_contact_is_read_as_it_was_made() {
    let world = World::new().await;
    let body = json!({
        "first_name": "Ana", "last_name": "Silva", "phone": "(202) 555-0123", "email": " ana@example.com ",
        "locale": "en-us", "external_id": "crm-1", "attributes": {"seats": 2}, "tags": ["vip", "vip"],
    });
    let contact = made(&world, body).await;
    let path = format!("/v1/contacts/{}", contact.id());
    assert_eq!(contact.header("location"), path);
    assert_eq!(
        contact.body["phone"],
        json!({"e164": "+12025550123", "region": "US", "type": "fixed_line_or_mobile"})
    );
    assert_eq!(contact.body["time_zones"], json!(["America/New_York"]));
    assert_eq!(contact.body["tags"], json!(["vip"]));
    assert_eq!(contact.body["email"], "ana@example.com");
    assert_eq!(contact.body["locale"], "en_US");
    assert_eq!(contact.body["created_at"], "2026-07-15T15:00:00Z");
    assert_eq!(world.get(&path).await.expect(200).body, contact.body);
}

#[tokio::test]
async fn a_number_is_read_in_the_contact_s_region() {
    let world = World::new().await;
    let contact = made(&world, json!({"phone": "07700 900123", "region": "gb"})).await;
    assert_eq!(contact.body["phone"]["e164"], "+447700900123");
    assert_eq!(contact.body["region"], "GB");
    let path = format!("/v1/contacts/{}", contact.id());
    let changed = world
        .patch(&path, json!({"whatsapp_phone": "07700 900124"}))
        .await
        .expect(200);
    assert_eq!(changed.body["whatsapp_phone"]["e164"], "+447700900124");
}

#[tokio::test]
async fn what_is_wrong_with_a_contact_is_pointed_at() {
    let world = World::new().await;
    let problem = world
        .post("/v1/contacts", json!({"phone": "12"}))
        .await
        .refused(422, "invalid_phone_number");
    assert_eq!(problem["errors"][0]["pointer"], "/phone");
    let body = json!({"first_name": " ", "email": "ana", "tags": ["x".repeat(65)],
        "attributes": {"a": "b".repeat(17_000)}});
    let problem = world
        .post("/v1/contacts", body)
        .await
        .refused(422, "invalid_request");
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        ["/first_name", "/email", "/tags/0", "/attributes"]
    );
    let problem = world
        .post("/v1/contacts", json!({"time_zone": "Mars"}))
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/time_zone");
}

#[tokio::test]
async fn an_external_id_is_taken_once() {
    let world = World::new().await;
    made(&world, json!({"external_id": "a"})).await;
    world
        .post("/v1/contacts", json!({"external_id": "a"}))
        .await
        .refused(409, "external_id_taken");
    let other = made(&world, json!({"external_id": "b"})).await;
    let path = format!("/v1/contacts/{}", other.id());
    world
        .patch(&path, json!({"external_id": "a"}))
        .await
        .refused(409, "external_id_taken");
    world
        .post_as(
            &world.theirs.admin,
            "/v1/contacts",
            json!({"external_id": "a"}),
        )
        .await
        .expect(201);
}

#[tokio::test]
async fn absent_stays_and_null_clears() {
    let world = World::new().await;
    let body =
        json!({"first_name": "Ana", "last_name": "Silva", "phone": "+12025550123", "tags": ["a"]});
    let contact = made(&world, body).await;
    let path = format!("/v1/contacts/{}", contact.id());
    let change =
        json!({"last_name": null, "phone": null, "tags": null, "time_zone": "Europe/Lisbon"});
    let changed = world.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["first_name"], "Ana");
    assert_eq!(changed["last_name"], Value::Null);
    assert_eq!(changed["phone"], Value::Null);
    assert_eq!(changed["tags"], json!([]));
    assert_eq!(changed["time_zones"], json!(["Europe/Lisbon"]));
    assert_eq!(world.get(&path).await.body, changed);
}

#[tokio::test]
async fn contacts_are_found_by_what_is_known() {
    let world = World::new().await;
    let ana = made(
        &world,
        json!({"first_name": "Ana", "phone": "+12025550123", "external_id": "x", "tags": ["vip"]}),
    )
    .await;
    made(&world, json!({"first_name": "Bo", "phone": "+12025550124"})).await;
    for query in [
        "phone=(202)+555-0123",
        "phone=%2B12025550123",
        "external_id=x",
        "tag=vip",
        "q=ANA",
    ] {
        let found = world
            .get(&format!("/v1/contacts?{query}"))
            .await
            .expect(200)
            .body;
        assert_eq!(found["data"].as_array().unwrap().len(), 1, "{query}");
        assert_eq!(found["data"][0]["id"], ana.id(), "{query}");
    }
    world
        .get("/v1/contacts?phone=12")
        .await
        .refused(422, "invalid_phone_number");
}

#[tokio::test]
async fn a_list_goes_on_at_its_cursor() {
    let world = World::new().await;
    for _ in 0..3 {
        made(&world, json!({})).await;
    }
    let first = world.get("/v1/contacts?limit=2").await.expect(200).body;
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let rest = world
        .get(&format!("/v1/contacts?limit=2&after={next}"))
        .await
        .expect(200)
        .body;
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
    assert!(first["data"][0]["id"].as_str() > rest["data"][0]["id"].as_str());
    world
        .get("/v1/contacts?limit=0")
        .await
        .refused(422, "invalid_request");
}

#[tokio::test]
async fn another_tenant_s_contact_does_not_exist() {
    let world = World::new().await;
    let contact = made(&world, json!({"phone": "+12025550123"})).await;
    let their = &world.theirs.admin;
    for path in ["", "/preferences", "/consent", "/export"] {
        let path = format!("/v1/contacts/{}{path}", contact.id());
        let theirs = world.get_as(their, &path).await.refused(404, "not_found");
        let missing = path.replace(contact.id(), "con_01h2xcejqtf2nbrexx3vqjhp41");
        let missing = world
            .get_as(their, &missing)
            .await
            .refused(404, "not_found");
        assert_eq!(theirs["detail"], missing["detail"]);
    }
    let path = format!("/v1/contacts/{}", contact.id());
    let event =
        json!({"action": "opt_out", "channels": "all", "purposes": "all", "method": "manual"});
    for (method, path, body) in [
        (Method::PATCH, path.clone(), json!({"first_name": "Eve"})),
        (Method::DELETE, path.clone(), json!({})),
        (Method::PUT, format!("{path}/preferences"), json!({})),
        (Method::POST, format!("{path}/consent"), event),
    ] {
        let reply = world.ask(method, &path, their, Some(&body)).await;
        reply.refused(404, "not_found");
    }
    assert_eq!(world.get(&path).await.expect(200).body, contact.body);
    assert_eq!(
        world.get_as(their, "/v1/contacts").await.body["data"],
        json!([])
    );
}

#[tokio::test]
async fn preferences_are_replaced_as_a_whole() {
    let world = World::new().await;
    let contact = made(&world, json!({})).await;
    let path = format!("/v1/contacts/{}/preferences", contact.id());
    let defaults = world.get(&path).await.expect(200).body;
    assert_eq!(defaults["sms_enabled"], true);
    let body = json!({
        "sms_enabled": false, "preferred_channel": "whatsapp", "topic_channels": {"tips": "email"},
        "quiet_hours": {"enabled": true, "start": "21:00", "end": "08:00"}, "time_zone": "Europe/Lisbon",
    });
    let stored = world.put(&path, body).await.expect(200).body;
    assert_eq!(stored["sms_enabled"], false);
    assert_eq!(stored["whatsapp_enabled"], true);
    assert_eq!(
        stored["quiet_hours"],
        json!({"enabled": true, "start": "21:00", "end": "08:00"})
    );
    assert_eq!(world.get(&path).await.body, stored);
    assert_eq!(world.put(&path, json!({})).await.expect(200).body, defaults);
    let problem = world
        .put(
            &path,
            json!({"quiet_hours": {"enabled": true, "start": "25:00"}}),
        )
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/quiet_hours/start");
    let missing = "/v1/contacts/con_01h2xcejqtf2nbrexx3vqjhp41/preferences";
    world
        .put(missing, json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_erased_person_is_gone_and_stays_refused() {
    let world = World::new().await;
    world.account().await;
    let id = world.contact().await;
    let stop = json!({"action": "opt_out", "channels": ["sms"], "purposes": "all", "method": "reply_message"});
    world.clock.advance(time::Duration::minutes(1));
    world
        .post(&format!("/v1/contacts/{id}/consent"), stop)
        .await
        .expect(201);
    let path = format!("/v1/contacts/{id}");
    world.delete(&path).await.expect(204);
    world.get(&path).await.refused(404, "not_found");
    world.delete(&path).await.refused(404, "not_found");
    let message = json!({"to": {"phone": "+12025550123"}, "channel": "sms", "purpose": "authentication", "text": "1234"});
    let problem = world
        .post("/v1/messages", message)
        .await
        .refused(422, "blocked");
    assert!(
        problem["decision"]["reasons"]
            .to_string()
            .contains("suppress"),
        "{problem}"
    );
}

#[tokio::test]
async fn an_export_holds_everything() {
    let world = World::new().await;
    world.account().await;
    let id = world.contact().await;
    let message = json!({"to": {"contact_id": id}, "channel": "sms", "purpose": "transactional", "text": "Hi"});
    let sent = world.post("/v1/messages", message).await.expect(202);
    let path = format!("/v1/contacts/{id}/export");
    let export = world.get(&path).await.expect(200).body;
    assert_eq!(export["contact"]["id"], id.as_str());
    assert_eq!(export["preferences"]["sms_enabled"], true);
    assert_eq!(export["consent"]["history"].as_array().unwrap().len(), 1);
    assert_eq!(export["messages"][0]["id"], sent.id());
}
