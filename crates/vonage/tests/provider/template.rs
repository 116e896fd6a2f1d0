use crate::support::{
    FROM, attempt, body, media, message, refused_here, to, with_application, with_common,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidings_conformance::sendable;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{
    ComponentCall, ComponentKind, Content, Parameter, ParameterValue, TemplateCall,
};
use tidings_routing::Class;

fn parameter(name: &str, value: ParameterValue) -> Parameter {
    Parameter {
        name: name.into(),
        value,
    }
}

fn text(name: &str, value: &str) -> Parameter {
    parameter(name, ParameterValue::Text(value.into()))
}

fn template(components: &[(ComponentKind, Vec<Parameter>)]) -> Content {
    let components = components.iter().cloned();
    Content {
        text: "Hi Ana, order A-42 ships today".into(),
        template: Some(TemplateCall {
            id: "tpl_00000000000000000000000001".parse().unwrap(),
            name: "order_update".into(),
            locale: "en-US".into(),
            provider_ids: BTreeMap::new(),
            components: components
                .map(|(component, parameters)| ComponentCall {
                    component,
                    parameters,
                })
                .collect(),
        }),
        ..Content::default()
    }
}

async fn sent(purpose: Purpose, content: Content) -> Value {
    let message = sendable(attempt(), Channel::Whatsapp, purpose, to(), FROM, content);
    body(&with_application(), &message).await
}

/// The body of a call in Meta's words.
fn custom(components: &Value) -> Value {
    with_common(&json!({
        "channel": "whatsapp", "message_type": "custom",
        "custom": {"type": "template", "template": {
            "name": "order_update", "language": {"code": "en_US"}, "components": components
        }}
    }))
}

#[tokio::test]
async fn values_in_the_body_by_number_are_vonage_s_own_call() {
    let content = template(&[(
        ComponentKind::Body,
        vec![text("1", "Ana"), text("2", "A-42")],
    )]);
    let expected = with_common(&json!({
        "channel": "whatsapp", "message_type": "template",
        "template": {"name": "order_update", "parameters": ["Ana", "A-42"]},
        "whatsapp": {"policy": "deterministic", "locale": "en_US"}
    }));
    assert_eq!(sent(Purpose::Transactional, content).await, expected);
}

#[tokio::test]
async fn a_template_without_values_has_no_list_of_them() {
    let sent = sent(Purpose::Transactional, template(&[])).await;
    assert_eq!(sent["template"], json!({"name": "order_update"}));
}

#[tokio::test]
async fn the_name_under_vonage_stands_for_ours() {
    let mut content = template(&[]);
    if let Some(call) = &mut content.template {
        let name = "space:order_update".to_owned();
        call.provider_ids.insert("vonage".into(), name);
    }
    let sent = sent(Purpose::Transactional, content).await;
    assert_eq!(sent["template"]["name"], "space:order_update");
}

#[tokio::test]
async fn other_values_are_called_in_meta_s_words() {
    let image = ParameterValue::Image("https://cdn.example.com/a.png".into());
    let content = template(&[
        (ComponentKind::Header, vec![parameter("1", image)]),
        (ComponentKind::Body, vec![text("1", "Ana")]),
        (
            ComponentKind::UrlButton { index: 0 },
            vec![text("1", "A-42/track")],
        ),
        (
            ComponentKind::CopyCodeButton { index: 1 },
            vec![text("1", "SAVE10")],
        ),
    ]);
    let expected = custom(&json!([
        {"type": "header", "parameters": [
            {"type": "image", "image": {"link": "https://cdn.example.com/a.png"}}
        ]},
        {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
        {"type": "button", "sub_type": "url", "index": "0",
         "parameters": [{"type": "text", "text": "A-42/track"}]},
        {"type": "button", "sub_type": "copy_code", "index": "1",
         "parameters": [{"type": "coupon_code", "coupon_code": "SAVE10"}]}
    ]));
    assert_eq!(sent(Purpose::Transactional, content).await, expected);
}

#[tokio::test]
async fn files_stand_in_the_header() {
    for (value, expected) in [
        (
            ParameterValue::Video("https://cdn.example.com/v.mp4".into()),
            json!({"type": "video", "video": {"link": "https://cdn.example.com/v.mp4"}}),
        ),
        (
            ParameterValue::Document("https://cdn.example.com/bill.pdf".into()),
            json!({"type": "document", "document": {
                "link": "https://cdn.example.com/bill.pdf", "filename": "bill.pdf"
            }}),
        ),
        (
            ParameterValue::Document("https://cdn.example.com/".into()),
            json!({"type": "document", "document": {"link": "https://cdn.example.com/"}}),
        ),
    ] {
        let content = template(&[(ComponentKind::Header, vec![parameter("1", value)])]);
        let expected = custom(&json!([{"type": "header", "parameters": [expected]}]));
        assert_eq!(sent(Purpose::Transactional, content).await, expected);
    }
}

#[tokio::test]
async fn named_values_keep_their_names() {
    let content = template(&[(ComponentKind::Body, vec![text("name", "Ana")])]);
    let expected = custom(&json!([{"type": "body", "parameters": [
        {"type": "text", "parameter_name": "name", "text": "Ana"}
    ]}]));
    assert_eq!(sent(Purpose::Transactional, content).await, expected);
}

#[tokio::test]
async fn the_button_of_a_one_time_code_is_a_link() {
    let content = template(&[
        (ComponentKind::Body, vec![text("1", "123456")]),
        (
            ComponentKind::CopyCodeButton { index: 0 },
            vec![text("1", "123456")],
        ),
    ]);
    let expected = custom(&json!([
        {"type": "body", "parameters": [{"type": "text", "text": "123456"}]},
        {"type": "button", "sub_type": "url", "index": "0",
         "parameters": [{"type": "text", "text": "123456"}]}
    ]));
    assert_eq!(sent(Purpose::Authentication, content).await, expected);
}

#[tokio::test]
async fn files_beside_a_template_or_in_its_buttons_are_refused_here() {
    let image = ParameterValue::Image("https://cdn.example.com/a.png".into());
    let button = ComponentKind::UrlButton { index: 0 };
    let in_button = template(&[(button, vec![parameter("1", image)])]);
    let mut beside = template(&[]);
    beside.media.push(media("https://cdn.example.com/a.png"));
    for (content, code) in [
        (in_button, "medium_in_button"),
        (beside, "media_beside_template"),
    ] {
        let message = message(Channel::Whatsapp, content);
        let error = refused_here(&with_application(), &message).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, code)
        );
    }
}
