use crate::support::{body, message, refused_here, wired, with_media};
use serde_json::json;
use tidings_kernel::Purpose;
use tidings_messaging::{
    ComponentCall, ComponentKind, Content, Parameter, ParameterValue, TemplateCall,
};
use tidings_routing::Class;

fn call(components: Vec<ComponentCall>) -> Content {
    let template = TemplateCall {
        id: "tpl_00000000000000000000000009".parse().unwrap(),
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
    let field = |(name, value): &(&str, ParameterValue)| Parameter {
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

/// A medium has no place in the text of a button, and nothing beside a template.
#[tokio::test]
async fn media_that_a_template_cannot_take_never_leave() {
    let link = "https://files.example/a.png";
    let in_button = call(vec![parameters(
        ComponentKind::UrlButton { index: 0 },
        &[("1", ParameterValue::Image(link.into()))],
    )]);
    let beside = Content {
        media: with_media("", &[(link, None)]).media,
        ..call(Vec::new())
    };
    for (content, code) in [
        (in_button, "medium_in_button"),
        (beside, "media_beside_template"),
    ] {
        let error = refused_here(&message(Purpose::Transactional, content)).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, code)
        );
    }
}

#[tokio::test]
async fn a_named_template_names_its_fields_and_a_positional_one_does_not() {
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
    let expected = json!({
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
    });
    assert_eq!(wired(named).await["template"], expected);
    let positional = call(vec![parameters(
        ComponentKind::Body,
        &[("1", says("Ana")), ("2", says("A-42"))],
    )]);
    assert_eq!(
        wired(positional).await["template"]["components"][0]["parameters"],
        json!([{"type": "text", "text": "Ana"}, {"type": "text", "text": "A-42"}]),
    );
}

#[tokio::test]
async fn a_template_without_fields_has_no_components() {
    assert_eq!(
        wired(call(Vec::new())).await["template"].get("components"),
        None
    );
}

#[tokio::test]
async fn header_media_are_linked_and_documents_named() {
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
        )]))
        .await;
        assert_eq!(
            body["template"]["components"][0]["parameters"],
            json!([expected])
        );
    }
}

#[tokio::test]
async fn the_button_of_a_one_time_code_is_a_link_button() {
    let content = call(vec![
        parameters(ComponentKind::Body, &[("1", says("123456"))]),
        parameters(
            ComponentKind::CopyCodeButton { index: 0 },
            &[("1", says("123456"))],
        ),
    ]);
    let body = body(&message(Purpose::Authentication, content)).await;
    assert_eq!(
        body["template"]["components"][1],
        json!({"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "123456"}]}),
    );
}
