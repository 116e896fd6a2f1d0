use super::{FROM, SERVICE, record, second_account};
use crate::tests::world::World;
use serde_json::{Value, json};
use tidings_kernel::Purpose;

async fn set(world: &World, facade: Value) {
    let body = json!({"settings": {"twilio_facade": facade}});
    let tenant = world.patch("/v1/tenant", body).await.expect(200).body;
    let shown = &tenant["settings"]["twilio_facade"];
    assert!(shown["any_sender"].is_boolean(), "{shown}");
}

#[tokio::test]
async fn the_purpose_is_the_most_exact_that_is_said() {
    let world = World::for_twilio().await;
    let program = world.program();
    let service = ("MessagingServiceSid", SERVICE);
    let purpose = async |fields: &[(&str, &str)]| {
        let sent = program.sent(fields).await;
        record(&world, &sent).await.message.purpose
    };
    assert_eq!(purpose(&[]).await, Purpose::Transactional);
    let services = json!({SERVICE: "authentication"});
    set(
        &world,
        json!({"purpose": "conversational", "services": services}),
    )
    .await;
    assert_eq!(purpose(&[]).await, Purpose::Conversational);
    assert_eq!(purpose(&[service]).await, Purpose::Authentication);
    let said = ("TidingsPurpose", "reminder");
    assert_eq!(purpose(&[service, said]).await, Purpose::Reminder);
    set(&world, json!({})).await;
    assert_eq!(purpose(&[service]).await, Purpose::Transactional);
}

#[tokio::test]
async fn a_template_s_purpose_outweighs_a_setting() {
    let world = World::for_twilio().await;
    set(&world, json!({"purpose": "conversational"})).await;
    let sid = "HX0123456789abcdef0123456789abcdef";
    let template = json!({
        "name": "code", "channel": "sms", "purpose": "authentication",
        "provider_status": {"twilio": {"id": sid}},
        "variants": [{"locale": "en", "text": "{{code}} is your code."}],
    });
    world.post("/v1/templates", template).await.expect(201);
    let sent = world
        .program()
        .sent(&[
            ("Body", ""),
            ("ContentSid", sid),
            ("ContentVariables", r#"{"code":123456}"#),
        ])
        .await;
    assert_eq!(sent["body"], "123456 is your code.");
    let message = record(&world, &sent).await.message;
    assert_eq!(message.purpose, Purpose::Authentication);
}

#[tokio::test]
async fn a_sender_may_stand_for_all() {
    let world = World::for_twilio().await;
    second_account(&world).await;
    set(&world, json!({"any_sender": true})).await;
    let program = world.program();
    let sent = program.sent(&[("From", FROM)]).await;
    assert_eq!(sent["from"], Value::Null);
    assert_eq!(record(&world, &sent).await.message.sender, None);
    // It must be one of the tenant's all the same.
    let refused = program.post(&[("From", "+12025550199")]).await.expect(400);
    assert_eq!(super::code(&refused), 21_659);
}

#[tokio::test]
async fn what_cannot_be_the_usual_is_refused() {
    let world = World::new().await;
    let many: Value = (0..101)
        .map(|number| (format!("MG{number:032x}"), json!("marketing")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    for (facade, pointer) in [
        (
            json!({"purpose": "emergency"}),
            "/settings/twilio_facade/purpose",
        ),
        (
            json!({"purpose": "double_opt_in"}),
            "/settings/twilio_facade/purpose",
        ),
        (
            json!({"services": {"MG1": "marketing"}}),
            "/settings/twilio_facade/services/MG1",
        ),
        (
            json!({"services": {SERVICE: "emergency"}}),
            &format!("/settings/twilio_facade/services/{SERVICE}"),
        ),
        (
            json!({"services": many}),
            "/settings/twilio_facade/services",
        ),
    ] {
        let body = json!({"settings": {"twilio_facade": facade}});
        let problem = world.patch("/v1/tenant", body).await;
        let problem = problem.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    let unknown = json!({"settings": {"twilio_facade": {"porpose": "marketing"}}});
    world
        .patch("/v1/tenant", unknown)
        .await
        .refused(422, "unknown_field");
}
