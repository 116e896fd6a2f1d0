use crate::support::{attempt, body, message, refused_here, to, wired, with_common, with_media};
use serde_json::{Value, json};
use tidings_conformance::sendable;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{
    ContactCard, Content, Degrees, Frame, ListRow, ListSection, ReplyButton, Rich, RichForm,
    RichKind,
};
use tidings_routing::Class;
use tidings_whatsapp_cloud::DESCRIPTOR;

pub(crate) fn rich(form: RichForm, content: Content) -> Content {
    Content {
        rich: Some(Rich {
            form: Some(form),
            to: None,
        }),
        ..content
    }
}

fn frame() -> Frame {
    Frame {
        header: Some("Table".into()),
        footer: Some("Reply STOP to opt out".into()),
    }
}

fn buttons(frame: Frame, titles: &[&str]) -> RichForm {
    RichForm::Buttons {
        frame,
        buttons: titles
            .iter()
            .map(|title| ReplyButton {
                id: title.to_lowercase(),
                title: (*title).into(),
            })
            .collect(),
    }
}

pub(crate) async fn interactive(content: Content) -> Value {
    let body = wired(content).await;
    assert_eq!(body["type"], "interactive");
    body["interactive"].clone()
}

#[tokio::test]
async fn buttons_answer_with_their_ids() {
    let content = rich(buttons(frame(), &["Yes", "No"]), Content::text("Confirm?"));
    let expected = json!({
        "type": "button", "header": {"type": "text", "text": "Table"},
        "body": {"text": "Confirm?"}, "footer": {"text": "Reply STOP to opt out"},
        "action": {"buttons": [
            {"type": "reply", "reply": {"id": "yes", "title": "Yes"}},
            {"type": "reply", "reply": {"id": "no", "title": "No"}},
        ]}
    });
    assert_eq!(interactive(content).await, expected);
}

#[tokio::test]
async fn a_file_stands_above_the_text() {
    for (url, kind, header) in [
        (
            "https://files.example/a.png",
            None,
            json!({"type": "image", "image": {"link": "https://files.example/a.png"}}),
        ),
        (
            "whatsapp-media:900100",
            Some("video/mp4"),
            json!({"type": "video", "video": {"id": "900100"}}),
        ),
        (
            "https://files.example/menu.pdf",
            None,
            json!({"type": "document", "document": {
                "link": "https://files.example/menu.pdf", "filename": "menu.pdf"}}),
        ),
    ] {
        let content = with_media("Confirm?", &[(url, kind)]);
        let content = rich(buttons(Frame::default(), &["Yes"]), content);
        assert_eq!(interactive(content).await["header"], header);
    }
}

#[tokio::test]
async fn a_list_has_sections_of_rows() {
    let row = |id: &str, description: Option<&str>| ListRow {
        id: id.into(),
        title: format!("Slot {id}"),
        description: description.map(str::to_owned),
    };
    let form = RichForm::List {
        frame: Frame::default(),
        button: "Slots".into(),
        sections: vec![
            ListSection {
                title: Some("Friday".into()),
                rows: vec![row("f9", Some("Room A")), row("f10", None)],
            },
            ListSection {
                title: Some("Saturday".into()),
                rows: vec![row("s9", None)],
            },
        ],
    };
    let content = rich(form, Content::text("Pick a slot"));
    let expected = json!({
        "type": "list", "body": {"text": "Pick a slot"}, "action": {"button": "Slots", "sections": [
            {"title": "Friday", "rows": [
                {"id": "f9", "title": "Slot f9", "description": "Room A"},
                {"id": "f10", "title": "Slot f10"}]},
            {"title": "Saturday", "rows": [{"id": "s9", "title": "Slot s9"}]},
        ]}
    });
    assert_eq!(interactive(content).await, expected);
}

#[tokio::test]
async fn a_link_and_a_request_for_the_place_are_buttons_of_their_own() {
    let link = RichForm::Link {
        frame: Frame::default(),
        title: "Open".into(),
        url: "https://shop.example.com/t/42".into(),
    };
    let expected = json!({
        "type": "cta_url", "body": {"text": "Track it"}, "action": {"name": "cta_url",
            "parameters": {"display_text": "Open", "url": "https://shop.example.com/t/42"}}
    });
    assert_eq!(
        interactive(rich(link, Content::text("Track it"))).await,
        expected
    );
    let expected = json!({
        "type": "location_request_message", "body": {"text": "Where are you?"},
        "action": {"name": "send_location"}
    });
    let content = rich(RichForm::LocationRequest, Content::text("Where are you?"));
    assert_eq!(interactive(content).await, expected);
}

#[tokio::test]
async fn places_and_cards_are_written_as_meta_takes_them() {
    let place = RichForm::Location {
        latitude: Degrees::new(38.7223).unwrap(),
        longitude: Degrees::new(-9.1393).unwrap(),
        name: Some("Shop".into()),
        address: None,
    };
    let expected = with_common(&json!({"type": "location", "location": {
        "latitude": "38.7223", "longitude": "-9.1393", "name": "Shop"}}));
    assert_eq!(wired(rich(place, Content::default())).await, expected);
    let card = ContactCard {
        formatted_name: "Ana Dias".into(),
        first_name: Some("Ana".into()),
        company: Some("Acme".into()),
        phones: vec!["+12025550133".into()],
        emails: vec!["ana@example.com".into()],
        urls: vec!["https://example.com".into()],
        ..ContactCard::default()
    };
    let cards = RichForm::Contacts {
        contacts: vec![card],
    };
    let expected = with_common(&json!({"type": "contacts", "contacts": [{
        "name": {"formatted_name": "Ana Dias", "first_name": "Ana"}, "org": {"company": "Acme"},
        "phones": [{"phone": "+12025550133"}], "emails": [{"email": "ana@example.com"}],
        "urls": [{"url": "https://example.com"}]}]}));
    assert_eq!(wired(rich(cards, Content::default())).await, expected);
}

fn reacting(emoji: &str) -> Content {
    Content {
        rich: Some(Rich {
            form: Some(RichForm::Reaction {
                emoji: emoji.into(),
            }),
            to: Some("wamid.IN1".into()),
        }),
        ..Content::default()
    }
}

#[tokio::test]
async fn a_reaction_names_its_message_and_quotes_none() {
    for emoji in ["👍", ""] {
        let expected = with_common(&json!({
            "type": "reaction", "reaction": {"message_id": "wamid.IN1", "emoji": emoji}
        }));
        assert_eq!(wired(reacting(emoji)).await, expected);
    }
}

#[tokio::test]
async fn whatever_answers_quotes_its_message() {
    let quoting = |form: Option<RichForm>, content: Content| Content {
        rich: Some(Rich {
            form,
            to: Some("wamid.IN1".into()),
        }),
        ..content
    };
    for (content, kind) in [
        (quoting(None, Content::text("Yes")), "text"),
        (
            quoting(
                None,
                with_media("", &[("https://files.example/a.png", None)]),
            ),
            "image",
        ),
        (
            quoting(Some(RichForm::LocationRequest), Content::text("Where?")),
            "interactive",
        ),
    ] {
        let body = wired(content).await;
        assert_eq!(body["type"], kind);
        assert_eq!(body["context"], json!({"message_id": "wamid.IN1"}));
    }
    let plain = wired(Content::text("Yes")).await;
    assert_eq!(plain.get("context"), None);
}

#[tokio::test]
async fn a_person_without_a_number_gets_rich_messages_too() {
    let id = "US.13491208655302741918";
    let content = rich(
        buttons(Frame::default(), &["Yes"]),
        Content::text("Confirm?"),
    );
    let purpose = Purpose::Conversational;
    let from = "+12025550100";
    let message = sendable(attempt(), Channel::Whatsapp, purpose, to(id), from, content);
    assert_eq!(body(&message).await["recipient"], id);
}

#[tokio::test]
async fn what_whatsapp_would_refuse_never_leaves() {
    let sound = with_media("Hi", &[("https://files.example/a.ogg", None)]);
    for (content, code) in [
        (
            rich(
                buttons(Frame::default(), &["Yes, of course I confirm"]),
                Content::text("Hi"),
            ),
            "too_long",
        ),
        (
            rich(buttons(Frame::default(), &["Yes"]), Content::default()),
            "empty",
        ),
        (
            rich(buttons(Frame::default(), &["Yes"]), sound),
            "no_header",
        ),
        (
            rich(
                RichForm::Reaction {
                    emoji: "👍".into()
                },
                Content::default(),
            ),
            "missing_field",
        ),
    ] {
        let error = refused_here(&message(Purpose::Transactional, content)).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, code)
        );
    }
}

#[test]
fn every_kind_is_carried() {
    let ability = DESCRIPTOR.ability(Channel::Whatsapp).unwrap();
    for kind in [
        RichKind::Reply,
        RichKind::Buttons,
        RichKind::List,
        RichKind::Link,
        RichKind::Product,
        RichKind::ProductList,
        RichKind::Catalog,
        RichKind::LocationRequest,
        RichKind::Location,
        RichKind::Contacts,
        RichKind::Reaction,
    ] {
        assert!(ability.rich.contains(&kind), "{}", kind.as_str());
    }
}
