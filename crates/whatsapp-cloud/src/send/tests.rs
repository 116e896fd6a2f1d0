use super::*;
use crate::client::Answer;
use insta::assert_snapshot;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::TemplateId;
use tidings_messaging::{Parameter as Field, SendableMessage};
use uuid::Uuid;

mod schema;

fn message(purpose: Purpose, to: &str, content: Content) -> SendableMessage {
    let to = match to.parse() {
        Ok(number) => Address::Phone(number),
        Err(_) => Address::WhatsappUser(to.to_owned()),
    };
    sendable(
        attempt_id(7),
        Channel::Whatsapp,
        purpose,
        to,
        "+12025550100",
        content,
    )
}

/// The body of a message, after the schema of the send call has had its say.
fn wire(message: &SendableMessage) -> Value {
    let value = serde_json::to_value(body(message).unwrap()).unwrap();
    assert_eq!(schema::problems(&value), Vec::<String>::new(), "{value}");
    value
}

fn wired(content: Content) -> Value {
    wire(&message(Purpose::Transactional, "+12025550123", content))
}

fn refused(content: Content) -> ProviderError {
    body(&message(Purpose::Transactional, "+12025550123", content)).unwrap_err()
}

fn with_media(text: &str, media: &[(&str, Option<&str>)]) -> Content {
    let media = media.iter().map(|(url, content_type)| Media {
        url: (*url).to_owned(),
        content_type: content_type.map(str::to_owned),
    });
    Content {
        media: media.collect(),
        ..Content::text(text)
    }
}

fn call(components: Vec<ComponentCall>) -> Content {
    let template = TemplateCall {
        id: TemplateId::from_uuid(Uuid::from_u128(9)),
        name: "order_update".into(),
        locale: "en-US".into(),
        provider_ids: [].into(),
        components,
    };
    Content {
        template: Some(template),
        ..Content::text("Hi Ana, order A-42 ships today")
    }
}

fn parameters(component: ComponentKind, fields: &[(&str, ParameterValue)]) -> ComponentCall {
    let field = |(name, value): &(&str, ParameterValue)| Field {
        name: (*name).to_owned(),
        value: value.clone(),
    };
    ComponentCall {
        component,
        parameters: fields.iter().map(field).collect(),
    }
}

fn says(text: &str) -> ParameterValue {
    ParameterValue::Text(text.to_owned())
}

#[test]
fn a_text_goes_to_a_number_with_its_plus_and_our_reference() {
    let content = Content::text("Your table is ready");
    assert_snapshot!(serde_json::to_string_pretty(&wired(content)).unwrap(), @r#"
    {
      "biz_opaque_callback_data": "att_00000000000000000000000007",
      "messaging_product": "whatsapp",
      "recipient_type": "individual",
      "text": {
        "body": "Your table is ready",
        "preview_url": false
      },
      "to": "+12025550123",
      "type": "text"
    }
    "#);
}

#[test]
fn a_person_without_a_number_is_the_recipient() {
    let id = "US.13491208655302741918";
    let body = wire(&message(Purpose::Transactional, id, Content::text("Hello")));
    assert_eq!((body.get("to"), &body["recipient"]), (None, &json!(id)));
}

#[test]
fn a_named_template_names_its_fields_and_a_positional_one_does_not() {
    let named = call(vec![
        parameters(
            ComponentKind::Header,
            &[(
                "1",
                ParameterValue::Image("https://files.example/a.png".into()),
            )],
        ),
        parameters(
            ComponentKind::Body,
            &[("first_name", says("Ana")), ("order_no", says("A-42"))],
        ),
        parameters(
            ComponentKind::UrlButton { index: 0 },
            &[("1", says("A-42"))],
        ),
        parameters(
            ComponentKind::CopyCodeButton { index: 1 },
            &[("1", says("25OFF"))],
        ),
    ]);
    assert_snapshot!(serde_json::to_string_pretty(&wired(named)["template"]).unwrap(), @r#"
    {
      "components": [
        {
          "parameters": [
            {
              "image": {
                "link": "https://files.example/a.png"
              },
              "type": "image"
            }
          ],
          "type": "header"
        },
        {
          "parameters": [
            {
              "parameter_name": "first_name",
              "text": "Ana",
              "type": "text"
            },
            {
              "parameter_name": "order_no",
              "text": "A-42",
              "type": "text"
            }
          ],
          "type": "body"
        },
        {
          "index": "0",
          "parameters": [
            {
              "text": "A-42",
              "type": "text"
            }
          ],
          "sub_type": "url",
          "type": "button"
        },
        {
          "index": "1",
          "parameters": [
            {
              "coupon_code": "25OFF",
              "type": "coupon_code"
            }
          ],
          "sub_type": "copy_code",
          "type": "button"
        }
      ],
      "language": {
        "code": "en_US"
      },
      "name": "order_update"
    }
    "#);
    let positional = call(vec![parameters(
        ComponentKind::Body,
        &[("1", says("Ana")), ("2", says("A-42"))],
    )]);
    assert_eq!(
        wired(positional)["template"]["components"][0]["parameters"],
        json!([{"type": "text", "text": "Ana"}, {"type": "text", "text": "A-42"}]),
    );
}

#[test]
fn a_template_without_fields_has_no_components() {
    assert_eq!(wired(call(Vec::new()))["template"].get("components"), None);
}

#[test]
fn header_media_are_linked_and_documents_named() {
    let headers = [
        (
            ParameterValue::Video("https://files.example/v.mp4".into()),
            json!({"type": "video", "video": {"link": "https://files.example/v.mp4"}}),
        ),
        (
            ParameterValue::Document("https://files.example/i/invoice.pdf".into()),
            json!({"type": "document", "document": {"link": "https://files.example/i/invoice.pdf", "filename": "invoice.pdf"}}),
        ),
    ];
    for (value, expected) in headers {
        let body = wired(call(vec![parameters(
            ComponentKind::Header,
            &[("1", value)],
        )]));
        assert_eq!(
            body["template"]["components"][0]["parameters"],
            json!([expected])
        );
    }
}

#[test]
fn the_button_of_a_one_time_code_is_a_link_button() {
    let content = call(vec![
        parameters(ComponentKind::Body, &[("1", says("123456"))]),
        parameters(
            ComponentKind::CopyCodeButton { index: 0 },
            &[("1", says("123456"))],
        ),
    ]);
    let body = wire(&message(Purpose::Authentication, "+12025550123", content));
    assert_eq!(
        body["template"]["components"][1],
        json!({"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "123456"}]}),
    );
}

#[test]
fn a_medium_goes_by_its_type_with_the_text_as_caption() {
    let cases = [
        ("https://files.example/a", Some("image/jpeg"), "image"),
        ("https://files.example/a", Some("IMAGE/PNG; q=1"), "image"),
        ("https://files.example/a", Some("video/mp4"), "video"),
        (
            "https://files.example/a.pdf",
            Some("application/pdf"),
            "document",
        ),
        ("https://files.example/a.JPG?v=2", None, "image"),
        ("https://files.example/a.3gp", None, "video"),
        ("https://files.example/a.docx", None, "document"),
        ("https://files.example/", None, "document"),
    ];
    for (url, content_type, kind) in cases {
        let body = wired(with_media("Menu", &[(url, content_type)]));
        assert_eq!(body["type"], kind, "{url} {content_type:?}");
        assert_eq!(
            (&body[kind]["link"], &body[kind]["caption"]),
            (&json!(url), &json!("Menu"))
        );
    }
    let document = wired(with_media(
        "",
        &[("https://files.example/i/invoice-42.pdf?t=1", None)],
    ));
    assert_eq!(
        document["document"],
        json!({"link": "https://files.example/i/invoice-42.pdf?t=1", "filename": "invoice-42.pdf"}),
    );
}

#[test]
fn sounds_and_stickers_go_alone() {
    for (url, kind) in [
        ("https://files.example/a.ogg", "audio"),
        ("https://files.example/a.webp", "sticker"),
    ] {
        assert_eq!(
            wired(with_media("", &[(url, None)]))[kind],
            json!({"link": url})
        );
        let error = refused(with_media("Listen", &[(url, None)]));
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, "no_caption")
        );
    }
}

#[test]
fn what_whatsapp_cannot_carry_never_leaves() {
    let medium = ("https://files.example/a.png", None);
    let cases = [
        (with_media(&"é".repeat(1025), &[medium]), "too_long"),
        (with_media("Two", &[medium, medium]), "too_many_media"),
        (
            Content {
                media: with_media("", &[medium]).media,
                ..call(Vec::new())
            },
            "media_beside_template",
        ),
        (
            call(vec![parameters(
                ComponentKind::UrlButton { index: 0 },
                &[("1", ParameterValue::Image(medium.0.into()))],
            )]),
            "medium_in_button",
        ),
    ];
    for (content, code) in cases {
        let error = refused(content);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, code)
        );
        assert!(!error.advice.is_empty());
    }
    wired(Content::text("é".repeat(4096)));
    // The gate keeps longer texts back as well.
    assert_eq!(
        text(&"é".repeat(4097)).unwrap_err().provider_code,
        "too_long"
    );
    wired(with_media(&"é".repeat(1024), &[medium]));
}

#[test]
fn other_channels_and_addresses_never_leave() {
    let to = Address::Phone("+12025550123".parse().unwrap());
    let sms = sendable(
        attempt_id(7),
        Channel::Sms,
        Purpose::Transactional,
        to,
        "+12025550100",
        Content::text("Hi"),
    );
    assert_eq!(body(&sms).unwrap_err().class, Class::Sender);
}

fn answered(status: u16, json: Value) -> Outcome {
    outcome(Ok(Answer {
        status: StatusCode::from_u16(status).unwrap(),
        wait: None,
        json,
    }))
}

#[test]
fn only_an_id_is_an_acceptance() {
    let accepted =
        json!({"messages": [{"id": "wamid.X", "message_status": "held_for_quality_assessment"}]});
    assert_eq!(
        answered(200, accepted.clone()),
        Outcome::Accepted {
            provider_message_id: "wamid.X".into()
        },
    );
    for (status, json) in [
        (200, json!({})),
        (200, json!({"messages": []})),
        (200, json!({"messages": [{"id": ""}]})),
        (200, json!(null)),
        (503, accepted),
        (500, json!(null)),
        (502, json!({"error": "bad gateway"})),
        (404, json!(null)),
        (302, json!(null)),
    ] {
        assert_eq!(
            answered(status, json.clone()).kind().as_str(),
            "unknown",
            "{status} {json}"
        );
    }
}

#[test]
fn the_code_decides_and_not_the_status() {
    let class = |status, code| match answered(status, json!({"error": {"code": code}})) {
        Outcome::Rejected(error) => error.class,
        other => panic!("{other:?}"),
    };
    assert_eq!(class(500, 131_045), Class::Account);
    assert_eq!(class(200, 131_050), Class::OptedOut);
    assert_eq!(class(400, 131_047), Class::WindowClosed);
    assert_eq!(class(400, 131_000), Class::Transient);
    assert_eq!(class(503, 7_777_777), Class::Transient);
    assert_eq!(class(400, 7_777_777), Class::Content);
}
