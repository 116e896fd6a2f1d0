use super::{FROM, TO, code};
use crate::tests::world::World;
use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;

async fn refused(world: &World, fields: &[(&str, &str)]) -> u64 {
    let reply = world.program().post(fields).await;
    let status = reply.status.as_u16();
    let reply = reply.expect(if status == 429 { 429 } else { 400 });
    code(&reply)
}

#[tokio::test]
async fn what_is_wrong_has_the_code_that_programs_know() {
    let world = World::for_twilio().await;
    world
        .post(
            "/v1/provider-accounts",
            json!({"provider": "carrier", "credentials": {"account": "AC1", "token": "sesame"},
                "senders": [{"address": "+12025550102", "channels": ["whatsapp"]}]}),
        )
        .await
        .expect(201);
    let whatsapp = ("To", "whatsapp:+12025550123");
    let cases: &[(&[(&str, &str)], u64)] = &[
        (&[("To", "")], 21_604),
        (&[("To", "nobody")], 21_211),
        (&[("To", "+1202")], 21_211),
        (&[("From", "")], 21_603),
        (&[("From", "<script>")], 21_212),
        (&[("From", "+12025550199")], 21_659),
        (&[("From", "NOBODY")], 21_606),
        (&[("From", "+12025550102")], 21_606),
        (&[whatsapp], 21_910),
        (&[whatsapp, ("From", "whatsapp:+12025550199")], 63_007),
        (&[("From", TO)], 21_266),
        (&[("Body", "")], 21_602),
        (&[("StatusCallback", "http://example.com/")], 21_609),
        (
            &[("ContentSid", "HX00000000000000000000000000000009")],
            21_655,
        ),
    ];
    for (fields, expected) in cases {
        assert_eq!(refused(&world, fields).await, *expected, "{fields:?}");
    }
    let stored = world.get("/v1/messages").await.expect(200);
    assert_eq!(stored.body["data"], json!([]));
}

#[tokio::test]
async fn variables_that_do_not_fit_are_refused() {
    let world = World::for_twilio().await;
    let sid = "HX0123456789abcdef0123456789abcdef";
    let template = json!({
        "name": "ready", "channel": "sms", "purpose": "transactional",
        "provider_status": {"twilio": {"id": sid}},
        "variants": [{"locale": "en", "text": "Table {{table}} is ready."}],
    });
    world.post("/v1/templates", template).await.expect(201);
    for variables in ["", r#"{"tbl":"7"}"#, "7"] {
        let fields = [("ContentSid", sid), ("ContentVariables", variables)];
        assert_eq!(refused(&world, &fields).await, 21_656, "{variables}");
    }
}

#[tokio::test]
async fn who_stopped_is_not_written_to_and_the_program_is_told() {
    let world = World::for_twilio().await;
    let contact = world.get("/v1/contacts?phone=%2B12025550123").await;
    let contact = contact.expect(200).body["data"][0]["id"].clone();
    let path = format!("/v1/contacts/{}/consent", contact.as_str().unwrap());
    let stop = json!({"action": "opt_out", "channels": "all", "purposes": "all", "method": "reply_message"});
    world.post(&path, stop).await.expect(201);
    let program = world.program();
    let reply = program.post(&[]).await.expect(400);
    assert_eq!(code(&reply), 21_610);
    let message = reply.body["message"].as_str().unwrap();
    assert!(message.starts_with("Attempt to send to unsubscribed recipient: "));
    // Stored with its reasons, as our own API does, and no message to the program.
    let stored = world.get("/v1/messages?status=blocked").await;
    assert_eq!(stored.expect(200).body["data"].as_array().unwrap().len(), 1);
    assert_eq!(program.list("").await["messages"], json!([]));
}

#[tokio::test]
async fn what_the_gate_refuses_has_a_code_that_fits() {
    let world = World::for_twilio().await;
    let marketing = [
        ("To", "+12025550177"),
        ("TidingsPurpose", "marketing"),
        ("Body", "Everything is cheaper today!"),
    ];
    assert_eq!(refused(&world, &marketing).await, 30_004);
    let whatsapp = [
        ("To", "whatsapp:+12025550123"),
        ("From", "whatsapp:+12025550100"),
    ];
    assert_eq!(refused(&world, &whatsapp).await, 63_016);
    let closed = json!({"disabled_channels": ["sms"]});
    world.patch("/v1/tenant", closed).await.expect(200);
    assert_eq!(refused(&world, &[]).await, 21_408);
    let open = json!({"disabled_channels": [], "settings": {"monthly": {"messages": 0}}});
    world.patch("/v1/tenant", open).await.expect(200);
    assert_eq!(refused(&world, &[]).await, 63_038);
}

#[tokio::test]
async fn without_a_way_the_pair_of_addresses_is_to_blame() {
    let world = World::new().await;
    world.contact().await;
    let service = [
        ("From", ""),
        ("MessagingServiceSid", "MG00000000000000000000000000000001"),
    ];
    assert_eq!(refused(&world, &service).await, 21_612);
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let world = World::for_twilio().await;
    let program = world.program();
    let request = Request::builder()
        .method(Method::POST)
        .uri(program.path(""))
        .header("authorization", basic(&program.user, &program.password))
        .header("content-type", "application/json")
        .body(Body::from(json!({"To": TO, "From": FROM}).to_string()))
        .unwrap();
    assert_eq!(code(&world.raw(request).await.expect(400)), 20_001);
}

#[tokio::test]
async fn only_a_withdrawal_can_be_asked_of_a_message() {
    let world = World::for_twilio().await;
    let program = world.program();
    let sent = program.sent(&[]).await;
    let path = program.path(&format!("/{}", sent["sid"].as_str().unwrap()));
    for form in [[("Body", "")], [("Status", "delivered")]] {
        let reply = program.ask(Method::POST, &path, Some(&form)).await;
        assert_eq!(code(&reply.expect(400)), 20_001);
    }
}

fn basic(user: &str, password: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
