use crate::support::{TO, event, to};
use serde_json::{Value, json};
use tidings_kernel::Channel;
use tidings_messaging::{Address, InboundEvent, Media, ProviderEvent};
use time::macros::datetime;

/// The event of one message by somebody with a number and a profile.
fn message(kind: &str, payload: Value) -> ProviderEvent {
    let mut message = json!({
        "from": "12025550123", "id": "wamid.IN1", "timestamp": "1789000001", "type": kind,
    });
    message[kind] = payload;
    let contacts = json!([{"profile": {"name": "Ana"}, "wa_id": "12025550123"}]);
    event(
        "messages",
        json!({"contacts": contacts, "messages": [message]}),
    )
}

pub(crate) fn inbound(kind: &str, payload: Value) -> InboundEvent {
    match message(kind, payload) {
        ProviderEvent::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_nul_does_not_hide_what_was_written() {
    assert_eq!(inbound("text", json!({"body": "ST\0OP\0"})).text, "STOP");
}

#[test]
fn a_text_comes_in_with_who_when_and_to_whom() {
    assert_eq!(
        inbound("text", json!({"body": "STOP"})),
        InboundEvent {
            provider_message_id: "wamid.IN1".into(),
            channel: Channel::Whatsapp,
            from: to(TO),
            whatsapp_user: None,
            to: "+15550001111".into(),
            text: "STOP".into(),
            media: Vec::new(),
            button: None,
            shopping: None,
            profile_name: Some("Ana".into()),
            provider_opt: None,
            at: Some(datetime!(2026-09-10 00:26:41 UTC)),
        },
    );
}

#[test]
fn files_come_in_by_id_or_else_by_address() {
    for kind in ["image", "video", "document", "sticker", "audio"] {
        let by_id = inbound(
            kind,
            json!({"id": "900100", "url": "https://lookaside.fbsbx.com/1",
                "mime_type": "image/jpeg", "caption": "Look"}),
        );
        let media = |url: &str| {
            vec![Media {
                url: url.into(),
                content_type: Some("image/jpeg".into()),
            }]
        };
        assert_eq!(
            (by_id.text.as_str(), by_id.media),
            ("Look", media("whatsapp-media:900100"))
        );
        let by_url = json!({"url": "https://lookaside.fbsbx.com/1", "mime_type": "image/jpeg"});
        let by_url = inbound(kind, by_url).media;
        assert_eq!(by_url, media("https://lookaside.fbsbx.com/1"));
    }
}

#[test]
fn a_pressed_button_gives_label_and_payload() {
    let pressed = [
        inbound(
            "button",
            json!({"payload": "stop-updates", "text": "Stop updates"}),
        ),
        inbound(
            "interactive",
            json!({"type": "button_reply", "button_reply": {"id": "stop-updates", "title": "Stop updates"}}),
        ),
        inbound(
            "interactive",
            json!({"type": "list_reply", "list_reply": {"id": "stop-updates", "title": "Stop updates", "description": "all"}}),
        ),
    ];
    for inbound in pressed {
        assert_eq!(inbound.text, "Stop updates");
        assert_eq!(inbound.button.as_deref(), Some("stop-updates"));
    }
}

#[test]
fn what_is_not_text_becomes_readable() {
    let cases = [
        (
            "location",
            json!({"latitude": 38.7223, "longitude": -9.1393, "name": "Shop", "address": "Rua 1"}),
            "Location: Shop, Rua 1, geo:38.7223,-9.1393",
        ),
        (
            "location",
            json!({"latitude": 1, "longitude": 2}),
            "Location: geo:1,2",
        ),
        (
            "contacts",
            json!([{"name": {"formatted_name": "Bo"}, "phones": [{"phone": "+12025550124"}]}, {}]),
            "Contact: Bo, +12025550124; without a name",
        ),
        (
            "reaction",
            json!({"message_id": "wamid.X", "emoji": "👍"}),
            "Reaction: 👍",
        ),
        (
            "order",
            json!({"text": "soon", "product_items": [{"product_retailer_id": "SKU1", "quantity": 2, "item_price": 9.5, "currency": "USD"}, {"product_retailer_id": "SKU2"}]}),
            "Order: 2 × SKU1 at 9.5 USD, 1 × SKU2 (soon)",
        ),
        (
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{\"a\":1}"}}),
            "Form flow: {\"a\":1}",
        ),
    ];
    for (kind, payload, text) in cases {
        assert_eq!(inbound(kind, payload).text, text);
    }
}

#[test]
fn what_says_nothing_is_ignored_by_name() {
    let cases = [
        (
            "reaction",
            json!({"message_id": "wamid.X"}),
            "message reaction",
        ),
        (
            "system",
            json!({"type": "user_changed_number"}),
            "message system user_changed_number",
        ),
        (
            "interactive",
            json!({"type": "call_permission_reply"}),
            "message interactive call_permission_reply",
        ),
        (
            "unsupported",
            json!({"type": "poll"}),
            "message unsupported",
        ),
        ("hologram", json!({}), "message hologram"),
        ("text", json!({}), "message text"),
        ("order", json!({}), "message order"),
        ("contacts", json!([]), "message contacts"),
        ("location", json!("here"), "message location"),
    ];
    for (kind, payload, name) in cases {
        assert_eq!(message(kind, payload), ProviderEvent::Ignored(name.into()));
    }
    let cases = [
        ("flows", json!({"event": "FLOW_STATUS_CHANGE"}), "flows"),
        ("messages", json!({}), "messages"),
        (
            "messages",
            json!({"statuses": [{"status": "sent"}]}),
            "a status without an id",
        ),
        (
            "messages",
            json!({"messages": [{"type": "text", "text": {"body": "x"}}]}),
            "message text without an id",
        ),
        (
            "messages",
            json!({"messages": [{"id": "w", "type": "text", "text": {"body": "x"}}]}),
            "message text",
        ),
        (
            "messages",
            json!({"messages": [{"id": "w", "group_id": "g", "type": "text"}]}),
            "group message text",
        ),
        (
            "messages",
            json!({"errors": [{"code": 130_429}]}),
            "error 130429",
        ),
    ];
    for (field, value, name) in cases {
        assert_eq!(event(field, value), ProviderEvent::Ignored(name.into()));
    }
}

#[test]
fn a_person_is_known_by_number_before_user_id() {
    let id = "US.13491208655302741918";
    let read = |ids: Value, contacts: Value| {
        let mut message = json!({"id": "w", "type": "text", "text": {"body": "x"}});
        message
            .as_object_mut()
            .unwrap()
            .extend(ids.as_object().unwrap().clone());
        match event(
            "messages",
            json!({"contacts": contacts, "messages": [message]}),
        ) {
            ProviderEvent::Inbound(inbound) => {
                (inbound.from, inbound.whatsapp_user, inbound.profile_name)
            }
            other => panic!("{other:?}"),
        }
    };
    let user = || Address::WhatsappUser(id.into());
    let named = |name: &str| Some(name.to_owned());
    let contacts = json!([
        {"profile": {"name": "Bo"}, "wa_id": "12025550124"},
        {"profile": {"name": "Ana"}, "wa_id": "12025550123", "user_id": id},
    ]);
    let number = to(TO);
    let both = json!({"from": "12025550123", "from_user_id": id});
    assert_eq!(read(both, json!([])), (number.clone(), named(id), None));
    let by_number = json!({"from": "12025550123"});
    assert_eq!(
        read(by_number, contacts.clone()),
        (number, named(id), named("Ana"))
    );
    let by_id = json!({"from_user_id": id});
    assert_eq!(read(by_id, contacts), (user(), None, named("Ana")));
    let beside = json!([{"profile": {"name": "Ana"}, "user_id": id}]);
    assert_eq!(read(json!({}), beside), (user(), None, named("Ana")));
}
