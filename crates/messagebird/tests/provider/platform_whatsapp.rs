//! WhatsApp by Bird's platform.

use crate::support::{
    ATTEMPT, FROM, TEXT, TO, WHATSAPP_ID, body, meets_the_specification, message, message_for,
    place, platform, refused_here, sent,
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{
    Address, ComponentCall, ComponentKind, Content, Media, Outcome, Parameter, ParameterValue,
    TemplateCall,
};
use tidings_routing::Class;

fn accepted() -> Value {
    json!({
        "id": WHATSAPP_ID, "direction": "outbound", "status": "accepted",
        "from": {"phone_number": FROM}, "to": {"phone_number": TO},
        "created_at": "2026-11-20T10:30:00Z"
    })
}

/// The body for a content, after the specification has had its say.
async fn wired(content: Content) -> Value {
    let message = message(Channel::Whatsapp, content);
    let (request, outcome) = sent(&platform(), &message, 202, &accepted()).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: WHATSAPP_ID.into()
        }
    );
    assert_eq!(meets_the_specification(&request), "sendWhatsApp");
    assert_eq!(place(&request), "/v1/whatsapp/messages");
    body(&request)
}

async fn refused(content: Content) -> (Class, String) {
    let message = message(Channel::Whatsapp, content);
    let error = refused_here(&platform(), &message).await;
    assert!(!error.advice.is_empty());
    (error.class, error.provider_code)
}

pub(crate) fn with_media(text: &str, media: &[(&str, Option<&str>)]) -> Content {
    let media = media.iter().map(|(url, content_type)| Media {
        url: (*url).to_owned(),
        content_type: content_type.map(str::to_owned),
    });
    Content {
        media: media.collect(),
        ..Content::text(text)
    }
}

pub(crate) fn says(text: &str) -> ParameterValue {
    ParameterValue::Text(text.to_owned())
}

pub(crate) fn component(
    component: ComponentKind,
    fields: &[(&str, ParameterValue)],
) -> ComponentCall {
    let parameters = fields.iter().map(|(name, value)| Parameter {
        name: (*name).to_owned(),
        value: value.clone(),
    });
    ComponentCall {
        component,
        parameters: parameters.collect(),
    }
}

pub(crate) fn call(known_as: Option<&str>, components: Vec<ComponentCall>) -> Content {
    let known_as = known_as.map(|id| ("messagebird".to_owned(), id.to_owned()));
    Content {
        template: Some(TemplateCall {
            id: "tpl_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(),
            name: "order_update".into(),
            locale: "en_US".into(),
            provider_ids: known_as.into_iter().collect(),
            components,
        }),
        ..Content::text("Hi Ana, order A-42 ships today")
    }
}

#[tokio::test]
async fn a_text_and_a_person_without_a_number() {
    assert_eq!(
        wired(Content::text(TEXT)).await,
        json!({
            "to": TO, "from": FROM, "text": {"body": TEXT, "preview_url": false},
            "metadata": {"attempt": ATTEMPT}
        })
    );
    let user = "US.13491208655302741918";
    let message = message_for(
        Purpose::Transactional,
        Channel::Whatsapp,
        Address::WhatsappUser(user.into()),
        Content::text(TEXT),
    );
    let (request, _) = sent(&platform(), &message, 202, &accepted()).await;
    meets_the_specification(&request);
    assert_eq!(body(&request)["to"], user);
}

#[tokio::test]
async fn a_medium_goes_by_its_kind() {
    for (url, content_type, kind) in [
        ("https://files.example.com/a.png", None, "image"),
        ("https://files.example.com/a", Some("video/mp4"), "video"),
    ] {
        let body = wired(with_media("Menu", &[(url, content_type)])).await;
        assert_eq!(body[kind], json!({"url": url, "caption": "Menu"}), "{kind}");
    }
    for (url, kind) in [
        ("https://files.example.com/a.ogg", "audio"),
        ("https://files.example.com/a.webp", "sticker"),
    ] {
        assert_eq!(
            wired(with_media("", &[(url, None)])).await[kind],
            json!({"url": url})
        );
        let no_caption = (Class::Content, "no_caption".to_owned());
        assert_eq!(
            refused(with_media("Listen", &[(url, None)])).await,
            no_caption
        );
    }
    let url = "https://files.example.com/i/invoice-42.pdf?t=1";
    assert_eq!(
        wired(with_media("", &[(url, None)])).await["document"],
        json!({"url": url, "filename": "invoice-42.pdf"})
    );
    let long = format!("https://files.example.com/{}.pdf", "a".repeat(100));
    let document = &wired(with_media("", &[(&long, None)])).await["document"];
    assert_eq!(document, &json!({"url": long}));
}

#[tokio::test]
async fn a_template_goes_by_id_or_slug_with_its_parts_in_order() {
    let components = vec![
        component(
            ComponentKind::CopyCodeButton { index: 1 },
            &[("1", says("25OFF"))],
        ),
        component(
            ComponentKind::UrlButton { index: 0 },
            &[("1", says("A-42"))],
        ),
        component(
            ComponentKind::Body,
            &[("first_name", says("Ana")), ("order_no", says("A-42"))],
        ),
        component(
            ComponentKind::Header,
            &[(
                "1",
                ParameterValue::Document("https://files.example.com/i.pdf".into()),
            )],
        ),
        component(ComponentKind::UrlButton { index: 2 }, &[]),
    ];
    let body = wired(call(Some("wat_01krdgeqcxet5s7t44vh8rt9mg"), components)).await;
    assert_eq!(
        body,
        json!({
            "to": TO, "from": FROM, "metadata": {"attempt": ATTEMPT},
            "template": {
                "id": "wat_01krdgeqcxet5s7t44vh8rt9mg", "language": "en-US",
                "components": [
                    {"type": "header", "parameters": [
                        {"type": "document", "url": "https://files.example.com/i.pdf", "filename": "i.pdf"}
                    ]},
                    {"type": "body", "parameters": [
                        {"type": "text", "text": "Ana", "name": "first_name"},
                        {"type": "text", "text": "A-42", "name": "order_no"}
                    ]},
                    {"type": "button", "parameters": [{"type": "text", "text": "A-42"}]},
                    {"type": "button", "parameters": [{"type": "text", "text": "25OFF"}]}
                ]
            }
        })
    );
    assert_eq!(
        wired(call(Some("my-order"), Vec::new())).await["template"],
        json!({"slug": "my-order", "language": "en-US"})
    );
    let positional = component(
        ComponentKind::Body,
        &[("1", says("Ana")), ("2", says("A-42"))],
    );
    assert_eq!(
        wired(call(None, vec![positional])).await["template"],
        json!({"slug": "order_update", "language": "en-US", "components": [
            {"type": "body", "parameters": [
                {"type": "text", "text": "Ana"}, {"type": "text", "text": "A-42"}
            ]}
        ]})
    );
}

#[tokio::test]
async fn header_media_have_their_kinds() {
    let address = "https://files.example.com/a";
    for (value, kind) in [
        (ParameterValue::Image(address.into()), "image"),
        (ParameterValue::Video(address.into()), "video"),
    ] {
        let header = component(ComponentKind::Header, &[("1", value)]);
        let body = wired(call(None, vec![header])).await;
        assert_eq!(
            body["template"]["components"][0]["parameters"],
            json!([{"type": kind, "url": address}])
        );
    }
}

#[tokio::test]
async fn what_whatsapp_cannot_carry_never_leaves() {
    let medium = ("https://files.example.com/a.png", None);
    let beside = Content {
        media: with_media("", &[medium]).media,
        ..call(None, Vec::new())
    };
    let in_button = component(
        ComponentKind::UrlButton { index: 0 },
        &[("1", ParameterValue::Image(medium.0.into()))],
    );
    for (content, code) in [
        (with_media(&"é".repeat(1_025), &[medium]), "too_long"),
        (with_media("Two", &[medium, medium]), "too_many_media"),
        (beside, "media_beside_template"),
        (call(None, vec![in_button]), "medium_in_text"),
    ] {
        assert_eq!(refused(content).await, (Class::Content, code.to_owned()));
    }
    // Another provider may know it.
    assert_eq!(
        refused(call(Some("My Order"), Vec::new())).await,
        (Class::Sender, "template_not_synced".to_owned())
    );
    wired(Content::text("é".repeat(4_096))).await;
    wired(with_media(&"é".repeat(1_024), &[medium])).await;
}
