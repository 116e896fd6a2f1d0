//! Why some official files are not used: each test shows a valid call that such a file refuses, or
//! a fault that it lets pass.
//!
//! When a test fails after an update of an excerpt, the provider has mended its file.

use serde_json::{Value, json};

use crate::{document::Source, request::Request, spec::Spec, translate::Reading, violation::Rule};

fn official_meta() -> Spec {
    let text = include_str!("../specs/official/meta-messages-v23.0.excerpt.json");
    Spec::parse("Meta, official", &[Source::new("meta", text)], None)
}

fn official_twilio() -> Spec {
    let text = include_str!("../specs/official/twilio_api_v2010.excerpt.json");
    Spec::parse("Twilio, official", &[Source::new("twilio", text)], None)
}

fn meta_message(content: Value) -> Request {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+15550002222",
    });
    let (Value::Object(body_fields), Value::Object(content)) = (&mut body, content) else {
        panic!("both are objects");
    };
    body_fields.extend(content);
    Request::new("POST", "/v25.0/111222333444555/messages")
        .header("Authorization", "Bearer token")
        .json(&body)
}

fn template(extra: &Value) -> Value {
    let mut template = json!({ "name": "order_update", "language": { "code": "en_US" } });
    if let (Some(template), Some(extra)) = (template.as_object_mut(), extra.as_object()) {
        template.extend(extra.clone());
    }
    json!({ "type": "template", "template": template })
}

fn button(index: &Value, kind: &str) -> Value {
    template(&json!({
        "language": { "code": "en_US", "policy": "deterministic" },
        "components": [{
            "type": "button", "sub_type": kind, "index": index,
            "parameters": [{ "type": "payload", "payload": "stop-updates" }],
        }],
    }))
}

/// The official file refuses `content`, the adapted one takes it.
fn only_the_adapted_takes(content: Value) {
    let request = meta_message(content);
    Spec::meta().check(&request).unwrap();
    official_meta().check(&request).unwrap_err();
}

#[test]
fn meta_refuses_every_text() {
    // One part of the message is closed and does not know the fields of the other.
    let text = json!({ "type": "text", "text": { "body": "Your table is ready" } });
    only_the_adapted_takes(text);
}

#[test]
fn meta_refuses_our_reference() {
    only_the_adapted_takes(json!({
        "type": "image",
        "image": { "id": "900100" },
        "biz_opaque_callback_data": "msg_01TEST",
    }));
}

#[test]
fn meta_wants_a_policy_with_every_template() {
    only_the_adapted_takes(template(&json!({})));
    let mut request = meta_message(template(&json!({
        "language": { "code": "en_US", "policy": "deterministic" },
    })));
    official_meta().check(&request).unwrap();
    // And it wants what is optional.
    request = meta_message(template(&json!({})));
    let mut body: Value = serde_json::from_slice(&request.body).unwrap();
    body.as_object_mut().unwrap().remove("recipient_type");
    request = request.body(body.to_string());
    Spec::meta().check(&request).unwrap();
    let violations = official_meta().check(&request).unwrap_err();
    assert!(
        violations.has(Rule::Missing, "/body/recipient_type"),
        "{violations}"
    );
}

#[test]
fn meta_refuses_the_first_button_and_some_others() {
    only_the_adapted_takes(button(&json!("0"), "quick_reply"));
    only_the_adapted_takes(button(&json!("7"), "quick_reply"));
    only_the_adapted_takes(button(&json!(1), "quick_reply"));
    let second = meta_message(button(&json!("2"), "quick_reply"));
    official_meta().check(&second).unwrap();
}

#[test]
fn meta_does_not_know_some_kinds() {
    only_the_adapted_takes(json!({
        "type": "interactive",
        "interactive": {
            "type": "cta_url",
            "body": { "text": "Track it" },
            "action": {
                "name": "cta_url",
                "parameters": { "display_text": "Open", "url": "https://shop.example.com/t/42" },
            },
        },
    }));
    only_the_adapted_takes(button(&json!("3"), "flow"));
}

#[test]
fn meta_knows_products_but_wants_a_picture_with_every_catalog() {
    let official = official_meta();
    let knows = |interactive: &Value| official.check_schema("InteractiveObject", interactive);
    let list = json!({
        "type": "product_list",
        "header": { "type": "text", "text": "New" },
        "body": { "text": "Look" },
        "action": {
            "catalog_id": "146265584024623",
            "sections": [{ "title": "Tea", "product_items": [{ "product_retailer_id": "SKU1" }] }],
        },
    });
    let product = json!({
        "type": "product",
        "action": { "catalog_id": "367025965434465", "product_retailer_id": "SKU1" },
    });
    let mut catalog = json!({
        "type": "catalog_message",
        "body": { "text": "Just visit our catalog" },
        "action": {
            "name": "catalog_message",
            "parameters": { "thumbnail_product_retailer_id": "SKU1" },
        },
    });
    for interactive in [&list, &product, &catalog] {
        knows(interactive).unwrap();
        only_the_adapted_takes(json!({ "type": "interactive", "interactive": interactive }));
    }
    // The guide lets the first product of the catalog stand in.
    catalog["action"] = json!({ "name": "catalog_message" });
    knows(&catalog).unwrap_err();
    only_the_adapted_takes(json!({ "type": "interactive", "interactive": catalog }));
}

#[test]
fn meta_does_not_know_that_a_message_is_read() {
    let request = Request::new("POST", "/v25.0/111222333444555/messages")
        .header("Authorization", "Bearer token")
        .json(&json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN1",
        }));
    Spec::meta().check(&request).unwrap();
    official_meta().check(&request).unwrap_err();
}

#[test]
fn meta_describes_no_failures() {
    let spec = official_meta();
    let operation = spec.operation("sendMessage").unwrap();
    let nonsense = json!({ "eror": 1 });
    spec.check_response(&operation, 400, Some(&nonsense))
        .unwrap();
    let operation = Spec::meta().operation("sendMessage").unwrap();
    Spec::meta()
        .check_response(&operation, 400, Some(&nonsense))
        .unwrap_err();
}

#[test]
fn twilio_describes_no_failures() {
    let spec = official_twilio();
    let operation = spec.operation("CreateMessage").unwrap();
    let nonsense = json!({ "eror": 1 });
    spec.check_response(&operation, 400, Some(&nonsense))
        .unwrap();
    let operation = Spec::twilio().operation("CreateMessage").unwrap();
    let violations = Spec::twilio()
        .check_response(&operation, 400, Some(&nonsense))
        .unwrap_err();
    assert!(violations.has(Rule::Missing, "/body/code"), "{violations}");
}

#[test]
fn twilio_breaks_its_own_formats() {
    let spec = official_twilio();
    let document = &spec.documents()[0];
    let operation = "/paths/~12010-04-01~1Accounts~1{AccountSid}~1Messages.json/get";
    let content = format!("{operation}/responses/200/content/application~1json");
    let example = document
        .node(&format!("{content}/examples/readFullPage1/value"))
        .unwrap();
    let schema = format!("{content}/schema");
    // With its formats: a path where an absolute address is promised.
    let strict = document.schema(&schema, Reading::Closed).unwrap();
    let violations = strict.violations(example.value, "");
    assert!(
        violations
            .iter()
            .any(|violation| violation.rule == Rule::Format && violation.place == "/uri"),
        "{violations:?}"
    );
    // So the formats of answers are not checked.
    let published = document.schema(&schema, Reading::Published).unwrap();
    assert_eq!(published.violations(example.value, ""), []);
}

#[test]
fn vonage_refuses_short_secrets() {
    let send = |secret| {
        Request::new("POST", "/sms/json").form(&[
            ("api_key", "abcd1234"),
            ("api_secret", secret),
            ("from", "ACME"),
            ("to", "15550002222"),
            ("text", "Ready"),
        ])
    };
    Spec::vonage_sms().check(&send("abc123")).unwrap();
    let violations = Spec::vonage_sms().check(&send("abc12")).unwrap_err();
    assert!(
        violations.has(Rule::Length, "/body/api_secret"),
        "{violations}"
    );
}
