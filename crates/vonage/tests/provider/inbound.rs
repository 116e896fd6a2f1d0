use crate::support::{ID, access, adapter, callback, to};
use serde_json::{Value, json};
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{Address, InboundEvent, Media, Provider as _, ProviderEvent};
use time::macros::datetime;

const USER: &str = "US.13491208655302741918";
const MEDIA: &str = "https://api-eu.nexmo.com/v3/media/aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";

/// A message as Vonage's specification shows it, with members replaced or added.
fn wrote(channel: &str, members: &Value) -> Value {
    let mut body = json!({
        "channel": channel, "message_uuid": ID, "to": "12025550100", "from": "12025550123",
        "timestamp": "2026-07-15T15:00:05Z", "message_type": "text", "text": "Hello"
    });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn event(body: &Value) -> ProviderEvent {
    let mut events = adapter().parse(&access(), &callback(body)).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn inbound(body: &Value) -> InboundEvent {
    match event(body) {
        ProviderEvent::Inbound(event) => event,
        other => panic!("{other:?}"),
    }
}

fn whatsapp(members: &Value) -> InboundEvent {
    inbound(&wrote("whatsapp", members))
}

fn at(url: &str) -> Media {
    Media {
        url: url.into(),
        content_type: None,
    }
}

fn number(text: &str) -> Address {
    Address::Phone(PhoneNumber::from_e164(text).unwrap())
}

#[test]
fn an_sms_is_read_in_every_part() {
    let body = wrote(
        "sms",
        &json!({
            "sms": {"num_messages": "2", "keyword": "HELLO"}, "origin": {"network_code": "12345"},
            "usage": {"currency": "EUR", "price": "0.0333"}, "news": [1]
        }),
    );
    assert_eq!(
        inbound(&body),
        InboundEvent {
            provider_message_id: ID.into(),
            channel: Channel::Sms,
            from: to(),
            whatsapp_user: None,
            to: "+12025550100".into(),
            text: "Hello".into(),
            media: Vec::new(),
            button: None,
            shopping: None,
            profile_name: None,
            provider_opt: None,
            at: Some(datetime!(2026-07-15 15:00:05 UTC)),
        }
    );
}

#[test]
fn a_stop_is_not_lost_behind_a_nul_or_without_a_type() {
    let body = wrote("sms", &json!({"text": "STOP\u{0}", "message_type": null}));
    assert_eq!(inbound(&body).text, "STOP");
    let silent = wrote("sms", &json!({"text": null}));
    assert_eq!(inbound(&silent).text, "");
}

#[test]
fn short_codes_and_names_write_nothing_to_answer_and_are_written_to() {
    for from in ["12345", "ACME", "", "+"] {
        let event = event(&wrote("sms", &json!({"from": from})));
        assert!(
            matches!(event, ProviderEvent::Ignored(_)),
            "{from}: {event:?}"
        );
    }
    for (to, expected) in [
        ("12345", "12345"),
        ("ACME", "ACME"),
        ("447700900123", "+447700900123"),
    ] {
        assert_eq!(inbound(&wrote("sms", &json!({"to": to}))).to, expected);
    }
    assert_eq!(
        inbound(&wrote("sms", &json!({"from": 12_025_550_123_u64}))).from,
        to()
    );
}

#[test]
fn files_by_mms_are_one_or_several() {
    let one = json!({
        "message_type": "image", "text": null,
        "image": {"url": MEDIA, "name": "a.jpg", "caption": "Look"}
    });
    let event = inbound(&wrote("mms", &one));
    assert_eq!((event.channel, event.text.as_str()), (Channel::Sms, "Look"));
    assert_eq!(event.media, [at(MEDIA)]);

    let several = json!({
        "message_type": "image", "text": null, "image": {"url": MEDIA}, "content": [
            {"type": "image", "url": MEDIA}, {"type": "vcard", "url": "https://example.com/d.vcf"}, {"type": "file"}
        ]
    });
    let event = inbound(&wrote("mms", &several));
    assert_eq!(event.media, [at(MEDIA), at("https://example.com/d.vcf")]);

    // A STOP beside a file that is not there.
    let lost = json!({"message_type": "image", "text": "STOP"});
    assert_eq!(inbound(&wrote("mms", &lost)).text, "STOP");
}

#[test]
fn files_by_whatsapp_have_their_caption() {
    for kind in ["image", "video", "audio", "file", "sticker"] {
        let event = whatsapp(&json!({
            "message_type": kind, "text": null, kind: {"url": MEDIA, "name": "a", "caption": "Look"}
        }));
        assert_eq!(
            (event.text.as_str(), event.media),
            ("Look", vec![at(MEDIA)]),
            "{kind}"
        );
    }
}

#[test]
fn people_on_whatsapp_are_known_by_number_and_by_id() {
    let both = json!({
        "profile": {"name": "Ana", "username": "ana"},
        "whatsapp": {"sender": {"user_id": USER, "wa_id": "12025550123"}}
    });
    let told = whatsapp(&both);
    assert_eq!(
        (told.from, told.whatsapp_user.as_deref()),
        (to(), Some(USER))
    );
    assert_eq!(told.profile_name.as_deref(), Some("Ana"));

    for (members, from) in [
        (json!({"from": USER}), Address::WhatsappUser(USER.into())),
        (
            json!({"from": USER, "sender": {"user_id": USER, "wa_id": "12025550123"}}),
            to(),
        ),
        (
            json!({"from": null, "sender": {"user_id": USER}}),
            Address::WhatsappUser(USER.into()),
        ),
        (json!({"from": "5215512345678"}), number("+525512345678")),
    ] {
        assert_eq!(whatsapp(&members).from, from, "{members}");
    }
    let nobody = wrote("whatsapp", &json!({"from": null}));
    assert!(matches!(event(&nobody), ProviderEvent::Ignored(_)));
}

#[test]
fn buttons_and_lists_have_their_payload() {
    let reply = json!({
        "message_type": "reply", "text": null,
        "reply": {"id": "slot_9", "title": "9am", "description": "Select 9am appointment time"}
    });
    let event = whatsapp(&reply);
    assert_eq!(
        (event.text.as_str(), event.button.as_deref()),
        ("9am", Some("slot_9"))
    );

    let button = json!({
        "message_type": "button", "text": null, "button": {"payload": "yes", "text": "Agree"}
    });
    let event = whatsapp(&button);
    assert_eq!(
        (event.text.as_str(), event.button.as_deref()),
        ("Agree", Some("yes"))
    );

    let form = json!({
        "message_type": "button", "text": null,
        "button": {"payload": {"answer": "7"}, "text": "sent", "subtype": "flow"}
    });
    let event = whatsapp(&form);
    assert_eq!(
        (event.text.as_str(), event.button),
        (r#"Form: {"answer":"7"}"#, None)
    );
}

#[test]
fn other_types_become_words() {
    for (members, text) in [
        (
            json!({"message_type": "location", "location": {
                "lat": 40.34772, "long": -74.18847, "name": "Shop", "address": "23 Main St"
            }}),
            "Location: Shop, 23 Main St, geo:40.34772,-74.18847",
        ),
        (
            json!({"message_type": "contacts", "contacts": [
                {"name": {"formatted_name": "Bob Smith"}, "phones": [{"phone": "+12025550101"}]}, {}
            ]}),
            "Contact: Bob Smith, +12025550101; without a name",
        ),
        (
            json!({"message_type": "order", "order": {"catalog_id": "1", "product_items": [
                {"product_retailer_id": "tea", "quantity": "2", "item_price": "9.99", "currency": "USD"},
                {"product_retailer_id": "cup"}, {"quantity": "1"}
            ]}}),
            "Order: 2 × tea at 9.99 USD, 1 × cup",
        ),
        (
            json!({"message_type": "reaction", "reaction": {"action": "react", "emoji": "😀"}}),
            "Reaction: 😀",
        ),
    ] {
        assert_eq!(whatsapp(&members).text, text);
    }
}

#[test]
fn what_says_nothing_is_ignored() {
    for members in [
        json!({"message_type": "unsupported"}),
        json!({"message_type": "teleport"}),
        json!({"message_type": "reaction", "reaction": {"action": "unreact"}}),
        json!({"message_type": "image"}),
        json!({"message_type": "image", "image": "x"}),
        json!({"message_type": "reply", "reply": {}}),
        json!({"message_type": "location", "location": {"lat": 1}}),
        json!({"message_type": "contacts", "contacts": []}),
        json!({"message_type": "order", "order": {}}),
    ] {
        let event = event(&wrote("whatsapp", &members));
        assert!(
            matches!(event, ProviderEvent::Ignored(_)),
            "{members}: {event:?}"
        );
    }
    for channel in ["rcs", "messenger", "viber_service", "email"] {
        let event = event(&wrote(channel, &json!({})));
        assert!(
            matches!(event, ProviderEvent::Ignored(_)),
            "{channel}: {event:?}"
        );
    }
}
