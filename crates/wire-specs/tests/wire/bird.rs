use serde_json::{Value, json};
use tidings_wire_specs::{Request, Rule, Spec};

use crate::refused;

fn send(channel: &str, body: &Value) -> Request {
    let url = format!("https://eu1.platform.bird.com/v1/{channel}/messages");
    Request::new("POST", url)
        .header("Authorization", "Bearer bk_eu1_test")
        .header("Idempotency-Key", "msg_01TEST")
        .json(body)
}

#[test]
fn messages_pass() {
    let text = json!({"to":"+15550002222","from":"+15550001111","text":"Your table is ready",
        "category":"transactional","tags":[{"name":"tenant","value":"acme"}],
        "metadata":{"ref":"msg_01TEST"},"options":{"smart_encoding":true}});
    assert_eq!(Spec::bird().assert(&send("sms", &text)).id(), "sendSms");
    let whatsapp = json!({"to":"+15550002222","from":"+15550001111",
        "text":{"body":"Your table is ready","preview_url":false},
        "metadata":{"ref":"msg_01TEST"}});
    Spec::bird().assert(&send("whatsapp", &whatsapp));
    let get = Request::new("GET", "/v1/sms/messages/sms_01krdgeqcxet5s7t44vh8rt9mg")
        .header("Authorization", "Bearer bk_eu1_test");
    let operation = Spec::bird().assert(&get);
    assert_eq!(
        operation.parameter("message_id"),
        Some("sms_01krdgeqcxet5s7t44vh8rt9mg")
    );
}

#[test]
fn the_habit_of_open_models_opens_no_request() {
    let wrong = json!({"from":1,"text":"","category":"urgent","metdata":{},
        "tags":[{"name":"tenant","vlaue":"acme"}]});
    refused(
        Spec::bird().check(&send("sms", &wrong)),
        &[
            (Rule::Missing, "/body/to"),
            (Rule::Type, "/body/from"),
            (Rule::Length, "/body/text"),
            (Rule::Enum, "/body/category"),
            (Rule::Unknown, "/body/metdata"),
            (Rule::Missing, "/body/tags/0/value"),
            (Rule::Unknown, "/body/tags/0/vlaue"),
        ],
    );
}

#[test]
fn events_have_their_shape() {
    let delivered = json!({"type":"sms.delivered","timestamp":"2026-09-09T19:46:40Z","data":{}});
    let violations = Spec::bird()
        .check_schema("EventSMSDelivered", &delivered)
        .unwrap_err();
    assert!(
        violations.has(Rule::Missing, "/body/data/sms_id"),
        "{violations}"
    );
    let mut wrong = delivered;
    wrong["type"] = json!("sms.lost");
    let violations = Spec::bird()
        .check_schema("EventSMSDelivered", &wrong)
        .unwrap_err();
    assert!(violations.has(Rule::Enum, "/body/type"), "{violations}");
}
