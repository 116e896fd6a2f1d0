//! Requests of every provider, right and wrong.

use serde_json::json;
use tidings_wire_specs::{Request, Rule, Spec};

const ACCOUNT: &str = "AC00000000000000000000000000000001";

fn twilio_send(fields: &[(&str, &str)]) -> Request {
    let url = format!("http://127.0.0.1:4010/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    Request::new("POST", url)
        .header("Authorization", "Basic U0s6c2VjcmV0")
        .form(fields)
}

#[test]
fn a_twilio_message_passes() {
    let request = twilio_send(&[
        ("To", "+15550002222"),
        ("MessagingServiceSid", "MG00000000000000000000000000000001"),
        ("Body", "Ready"),
        ("MediaUrl", "https://a.example/1.png"),
        ("MediaUrl", "https://a.example/2.png"),
        ("ValidityPeriod", "3600"),
        (
            "StatusCallback",
            "https://hooks.example.com/twilio/status?t=acme&ref=msg_01TEST",
        ),
    ]);
    let operation = Spec::twilio().assert(&request);
    assert_eq!(operation.id(), "CreateMessage");
    assert_eq!(operation.parameter("AccountSid"), Some(ACCOUNT));
}

#[test]
fn a_wrong_twilio_message_is_refused() {
    let request = twilio_send(&[
        ("Boddy", "Ready"),
        ("ValidityPeriod", "soon"),
        ("MessagingServiceSid", "XX1"),
        ("Body", "a"),
        ("Body", "b"),
        ("RiskCheck", "maybe"),
    ]);
    let violations = Spec::twilio().check(&request).unwrap_err();
    for (rule, place) in [
        (Rule::Missing, "/body/To"),
        (Rule::Unknown, "/body/Boddy"),
        (Rule::Type, "/body/ValidityPeriod"),
        (Rule::Pattern, "/body/MessagingServiceSid"),
        (Rule::Repeated, "/body/Body"),
        (Rule::Enum, "/body/RiskCheck"),
    ] {
        assert!(
            violations.has(rule, place),
            "{rule:?} {place} in {violations}"
        );
    }
}

#[test]
fn a_meta_message_passes() {
    let request = Request::new(
        "POST",
        "https://graph.facebook.com/v25.0/111222333444555/messages",
    )
    .header("Authorization", "Bearer token")
    .json(&json!({
        "messaging_product": "whatsapp", "to": "15550002222", "type": "text",
        "text": { "body": "Your table is ready" }, "biz_opaque_callback_data": "msg_01TEST"
    }));
    assert_eq!(Spec::meta().assert(&request).id(), "sendMessage");
    let mut wrong = request.clone();
    wrong = wrong.body(
        json!({ "messaging_product": "whatsapp", "to": "1", "type": "text", "text": { "bdy": "x" } })
            .to_string(),
    );
    let violations = Spec::meta().check(&wrong).unwrap_err();
    assert!(
        violations.has(Rule::Missing, "/body/text/body"),
        "{violations}"
    );
    assert!(
        violations.has(Rule::Unknown, "/body/text/bdy"),
        "{violations}"
    );
}
