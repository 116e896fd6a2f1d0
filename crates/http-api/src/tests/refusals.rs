use super::messages::{message, send, with};
use super::world::World;
use serde_json::{Value, json};

#[tokio::test]
async fn a_refused_message_says_why_and_is_kept() {
    let world = World::new().await;
    world.account().await;
    let contact = world
        .post("/v1/contacts", json!({"phone": "+12025550123"}))
        .await
        .expect(201);
    let body = with(message(contact.id()), "purpose", "marketing".into());
    let problem = send(&world, body).await.refused(422, "blocked");
    assert_eq!(problem["decision"]["outcome"], "block");
    let rule = problem["decision"]["reasons"][0]["rule"].as_str().unwrap();
    assert!(rule.starts_with("consent."), "{rule}");
    let path = format!("/v1/messages/{}", problem["message_id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200).body["status"], "blocked");
    let explained = world.get(&format!("{path}/explain")).await.expect(200).body;
    assert_eq!(explained["data"][0]["decision"], problem["decision"]);
    assert_eq!(explained["data"][0]["stage"], "accept");
    assert_eq!(explained["data"][0]["request"]["purpose"], "marketing");
    assert!(explained["data"][0]["facts"]["consent"].is_array());
    assert!(
        explained["sentence"]
            .as_str()
            .unwrap()
            .starts_with("It may not be sent by SMS: ")
    );
}

#[tokio::test]
async fn quiet_hours_defer() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let quiet = json!({"quiet_hours": {"enabled": true, "start": "10:00", "end": "12:00"}, "time_zone": "America/New_York"});
    world
        .put(&format!("/v1/contacts/{contact}/preferences"), quiet)
        .await
        .expect(200);
    let sent = send(&world, message(&contact)).await.expect(202).body;
    assert_eq!(sent["status"], "deferred");
    assert_eq!(sent["send_at"], "2026-07-15T16:00:00Z");
    let path = format!("/v1/messages/{}/explain", sent["id"].as_str().unwrap());
    let explained = world.get(&path).await.body;
    assert!(
        explained["sentence"]
            .as_str()
            .unwrap()
            .contains("until 2026-07-15 16:00 UTC")
    );
}

#[tokio::test]
async fn without_a_fitting_account_there_is_no_route() {
    let world = World::new().await;
    let contact = world.contact().await;
    let problem = send(&world, message(&contact))
        .await
        .refused(422, "no_route");
    assert_eq!(
        problem["route"],
        json!({"chosen": null, "considered": [], "strategy": "priority"})
    );
    world.account().await;
    let body = with(
        message(&contact),
        "account_id",
        "acc_01h2xcejqtf2nbrexx3vqjhp41".into(),
    );
    let problem = send(&world, body).await.refused(422, "no_route");
    assert_eq!(
        problem["route"]["considered"][0]["objection"],
        "not_asked_for"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_pointed_at() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let cases = [
        ("to", json!({}), "invalid_request", "/to"),
        (
            "to",
            json!({"contact_id": contact, "phone": "+12025550123"}),
            "invalid_request",
            "/to",
        ),
        (
            "to",
            json!({"phone": "12"}),
            "invalid_phone_number",
            "/to/phone",
        ),
        (
            "to",
            json!({"contact": "x"}),
            "unknown_field",
            "/to/contact",
        ),
        ("channel", json!("fax"), "invalid_request", "/channel"),
        (
            "channel",
            json!(["sms", "fax"]),
            "invalid_request",
            "/channel/1",
        ),
        ("channel", json!([]), "invalid_request", "/channel"),
        (
            "purpose",
            json!("double_opt_in"),
            "invalid_request",
            "/purpose",
        ),
        ("text", Value::Null, "invalid_request", "/text"),
        ("template", json!({"name": "x"}), "invalid_request", "/text"),
        ("priority", json!(11), "invalid_request", "/priority"),
        (
            "media",
            json!([{"url": "ftp://example.com/a"}]),
            "invalid_request",
            "/media/0/url",
        ),
        ("media", json!([{}]), "invalid_request", "/media/0/url"),
        (
            "media",
            json!([{"media_id": "med_01h2xcejqtf2nbrexx3vqjhp41"}]),
            "invalid_request",
            "/media/0/media_id",
        ),
        (
            "whatsapp",
            json!({"buttons": [{"id": "yes", "title": "Yes, of course I confirm"}]}),
            "invalid_request",
            "/whatsapp/buttons/0/title",
        ),
        (
            "whatsapp",
            json!({"request_location": true, "reaction": "x"}),
            "invalid_request",
            "/whatsapp",
        ),
        (
            "whatsapp",
            json!({"request_location": true, "footer": "x"}),
            "invalid_request",
            "/whatsapp",
        ),
        (
            "whatsapp",
            json!({"location": {"latitude": 38.7, "longitude": -9.1}}),
            "invalid_request",
            "/text",
        ),
        (
            "whatsapp",
            json!({"request_location": true}),
            "invalid_request",
            "/whatsapp",
        ),
        (
            "fallback",
            json!({"channels": ["sms"], "on": ["undelivered"]}),
            "invalid_request",
            "/fallback/after_seconds",
        ),
        (
            "schedule_zone",
            json!("recipient"),
            "not_supported",
            "/schedule_zone",
        ),
        (
            "schedule_zone",
            json!("moon"),
            "invalid_request",
            "/schedule_zone",
        ),
        (
            "scheduled_at",
            json!("tomorrow"),
            "invalid_request",
            "/scheduled_at",
        ),
        ("tags", json!([" "]), "invalid_request", "/tags/0"),
        (
            "context",
            json!({"type": "a"}),
            "invalid_request",
            "/context/id",
        ),
        (
            "sender_id",
            json!("acc_01h2xcejqtf2nbrexx3vqjhp41"),
            "invalid_request",
            "/sender_id",
        ),
        ("urgent", json!(true), "unknown_field", "/urgent"),
    ];
    for (field, value, code, pointer) in cases {
        let problem = send(&world, with(message(&contact), field, value))
            .await
            .refused(422, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let stranger = message("con_01h2xcejqtf2nbrexx3vqjhp41");
    send(&world, stranger).await.refused(404, "not_found");
    let theirs = world
        .post_as(&world.theirs.send, "/v1/messages", message(&contact))
        .await;
    theirs.refused(404, "not_found");
    assert_eq!(world.get("/v1/messages").await.body["data"], json!([]));
}

#[tokio::test]
async fn a_template_is_filled_in() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let template = json!({"name": "shipped", "channel": "sms", "purpose": "transactional",
        "variants": [{"locale": "en", "text": "Hi {{first_name}}, it ships."}]});
    world.post("/v1/templates", template).await.expect(201);
    let mut body = message(&contact);
    body.as_object_mut().unwrap().remove("text");
    body["template"] = json!({"name": "shipped", "data": {"first_name": "Ana"}});
    let sent = send(&world, body.clone()).await.expect(202).body;
    assert_eq!(sent["text"], "Hi Ana, it ships.");
    assert_eq!(
        sent["template"],
        json!({"name": "shipped", "locale": "en", "data": {"first_name": "Ana"}})
    );
    body["template"]["data"] = json!({});
    let problem = send(&world, body.clone())
        .await
        .refused(422, "template_data");
    assert_eq!(problem["errors"][0]["pointer"], "/template/data/first_name");
    assert_eq!(problem["errors"][0]["code"], "missing_field");
    body["template"]["name"] = "lost".into();
    send(&world, body).await.refused(422, "no_template");
}

#[tokio::test]
async fn a_field_that_one_locale_does_not_use_is_no_mistake() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let template = json!({"name": "greeting", "channel": "sms", "purpose": "transactional",
        "variants": [{"locale": "en", "text": "Hi {{first_name}} of {{city}}"}, {"locale": "pt", "text": "Bom dia"}],
        "fields": [{"name": "first_name"}, {"name": "city", "default": "Lisbon"}]});
    world.post("/v1/templates", template).await.expect(201);
    let mut body = message(&contact);
    body.as_object_mut().unwrap().remove("text");
    for (locale, text) in [("en", "Hi Ana of Lisbon"), ("pt", "Bom dia")] {
        body["template"] =
            json!({"name": "greeting", "locale": locale, "data": {"first_name": "Ana"}});
        let sent = send(&world, body.clone()).await.expect(202).body;
        assert_eq!(sent["text"], text);
    }
}
