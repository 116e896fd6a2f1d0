//! Events of a workspace at app.bird.com.

use crate::support::{
    ATTEMPT, FROM, NOW, SMS_CHANNEL, TO, UUID, WHATSAPP_CHANNEL, WORKSPACE, access, attempt,
    channels, channels_callback, channels_callback_at, offline, to,
};
use serde_json::{Value, json};
use tidings_kernel::Channel;
use tidings_messaging::{
    Address, InboundEvent, Media, NotAuthentic, Provider as _, ProviderEvent, Receipt, ReceiptEvent,
};
use tidings_routing::Class;
use time::macros::datetime;

pub(crate) fn event(name: &str, payload: &Value) -> Value {
    json!({"service": "channels", "event": name, "payload": payload})
}

pub(crate) fn outbound(status: &str, more: &Value) -> Value {
    let mut payload = json!({
        "id": UUID, "channelId": SMS_CHANNEL, "status": status, "direction": "outgoing",
        "reference": ATTEMPT, "lastStatusAt": "2026-09-09T19:46:40.858Z"
    });
    add(&mut payload, more);
    payload
}

pub(crate) fn incoming(more: &Value) -> Value {
    let mut payload = json!({
        "id": UUID, "channelId": SMS_CHANNEL,
        "sender": {"contact": {"id": WORKSPACE, "identifierKey": "phonenumber", "identifierValue": TO}},
        "receiver": {"connector": {"id": WORKSPACE}},
        "body": {"type": "text", "text": {"text": "STOP"}},
        "meta": {"extraInformation": {"timestamp": "1789000000"}},
        "status": "delivered", "direction": "incoming", "createdAt": "2026-09-09T19:46:40Z"
    });
    add(&mut payload, more);
    payload
}

fn add(payload: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        payload[name] = value.clone();
    }
}

fn read(body: &Value) -> ProviderEvent {
    let mut events = offline()
        .parse(&channels(), &channels_callback(body))
        .unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn receipt(body: &Value) -> ReceiptEvent {
    match read(body) {
        ProviderEvent::Receipt(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

fn inbound(body: &Value) -> InboundEvent {
    match read(body) {
        ProviderEvent::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_receipt_has_our_reference_with_or_without_an_envelope() {
    let payload = outbound("delivered", &json!({}));
    let expected = ReceiptEvent {
        attempt: Some(attempt()),
        provider_message_id: UUID.into(),
        receipt: Receipt::Delivered,
        error: None,
        cost: None,
        at: Some(datetime!(2026-09-09 19:46:40.858 UTC)),
    };
    assert_eq!(receipt(&event("sms.outbound", &payload)), expected);
    assert_eq!(receipt(&payload), expected);
    let bare = receipt(&event(
        "sms.outbound",
        &json!({"id": UUID, "status": "sent"}),
    ));
    assert_eq!((bare.attempt, bare.receipt), (None, Receipt::Sent));
}

#[test]
fn a_failure_is_told_by_the_network_s_number() {
    let failure = json!({"reason": "details: x; code: 103", "failure": {
        "code": 15005, "source": {"name": "sms-messagebird", "code": "103"}
    }});
    for status in ["delivery_failed", "sending_failed", "rejected", "skipped"] {
        let event = receipt(&event("sms.outbound", &outbound(status, &failure)));
        let error = event.error.unwrap();
        assert_eq!(
            (event.receipt, error.class, error.provider_code.as_str()),
            (Receipt::Failed, Class::OptedOut, "103")
        );
    }
    for status in ["accepted", "processing", "news"] {
        let event = read(&event("sms.outbound", &outbound(status, &json!({}))));
        assert_eq!(event, ProviderEvent::Ignored(status.into()));
    }
}

#[test]
fn reading_is_an_interaction() {
    let payload = json!({"id": WORKSPACE, "messageId": UUID, "channelId": WHATSAPP_CHANNEL,
        "type": "read", "messageReference": ATTEMPT, "createdAt": "2026-09-09T19:46:40Z"});
    let event_of = |payload: &Value| event("whatsapp.interaction", payload);
    let read_event = receipt(&event_of(&payload));
    assert_eq!(
        (
            read_event.receipt,
            read_event.provider_message_id.as_str(),
            read_event.attempt
        ),
        (Receipt::Read, UUID, Some(attempt()))
    );
    let mut clicked = payload;
    clicked["type"] = "clicked".into();
    assert_eq!(
        read(&event_of(&clicked)),
        ProviderEvent::Ignored("clicked".into())
    );
}

#[test]
fn a_stop_by_sms_is_heard_with_or_without_an_envelope() {
    let expected = InboundEvent {
        provider_message_id: UUID.into(),
        channel: Channel::Sms,
        from: to(),
        whatsapp_user: None,
        to: SMS_CHANNEL.into(),
        text: "STOP".into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: Some(datetime!(2026-09-09 19:46:40 UTC)),
    };
    let nul =
        json!({"body": {"type": "text", "text": {"text": "ST\u{0}OP"}}, "meta": 7, "parts": "x"});
    for payload in [incoming(&json!({})), incoming(&nul)] {
        assert_eq!(inbound(&event("sms.inbound", &payload)), expected);
        assert_eq!(inbound(&payload), expected);
    }
    let named = incoming(&json!({"receiver": {"connector": {"identifierValue": FROM}}}));
    assert_eq!(inbound(&event("sms.inbound", &named)).to, FROM);
}

#[test]
fn what_a_contact_writes_by_whatsapp() {
    let written = |more: &Value| {
        let mut payload = incoming(&json!({"channelId": WHATSAPP_CHANNEL}));
        add(&mut payload, more);
        inbound(&event("whatsapp.inbound", &payload))
    };
    let url = "https://media.api.bird.com/a";
    let picture =
        written(&json!({"body": {"type": "image", "image": {"images": [{"mediaUrl": url}]}}}));
    let medium = |content_type: Option<&str>| Media {
        url: url.into(),
        content_type: content_type.map(str::to_owned),
    };
    assert_eq!(
        (picture.channel, picture.media),
        (Channel::Whatsapp, vec![medium(None)])
    );
    let file = written(&json!({"body": {"type": "file", "file": {"files": [
        {"mediaUrl": url, "contentType": "application/pdf", "filename": "a.pdf"}, {"news": 1}
    ]}}}));
    assert_eq!(file.media, vec![medium(Some("application/pdf"))]);
    let place = written(&json!({"body": {"type": "location", "location": {
        "coordinates": {"latitude": 52.5, "longitude": 4.25}
    }}}));
    assert_eq!(place.text, "geo:52.5,4.25");
    let known = written(&json!({
        "sender": {"contact": {"identifierKey": "phonenumber", "identifierValue": TO,
            "annotations": {"name": "Ana"}}},
        "meta": {"extraInformation": {"whatsappbsuid": "US.1349"}}
    }));
    assert_eq!(
        (
            known.from,
            known.whatsapp_user.as_deref(),
            known.profile_name.as_deref()
        ),
        (to(), Some("US.1349"), Some("Ana"))
    );
    let hidden = written(&json!({
        "sender": {"contact": {"identifierKey": "whatsappusername", "identifierValue": "12025550123"}},
        "meta": {"extraInformation": {"whatsappbsuid": "US.1349"}}
    }));
    assert_eq!(hidden.from, Address::WhatsappUser("US.1349".into()));
}

#[test]
fn others_and_news_change_nothing() {
    let name =
        json!({"sender": {"contact": {"identifierKey": "phonenumber", "identifierValue": "ACME"}}});
    for body in [
        event("sms.inbound", &incoming(&name)),
        event("email.inbound", &incoming(&json!({}))),
        event("news", &json!({})),
        // Bare, of a channel that the account does not name.
        incoming(&json!({"channelId": UUID})),
        json!({}),
        json!([]),
        json!(null),
    ] {
        let event = read(&body);
        assert!(
            matches!(event, ProviderEvent::Ignored(_)),
            "{body}: {event:?}"
        );
    }
    for body in [
        event("sms.inbound", &json!({"direction": "incoming"})),
        event("sms.outbound", &json!({"direction": "outgoing"})),
        event("whatsapp.interaction", &json!({"type": "read"})),
    ] {
        let request = channels_callback(&body);
        assert!(offline().parse(&channels(), &request).is_err(), "{body}");
    }
}

#[tokio::test]
async fn a_repetition_is_taken_for_a_day() {
    let body = event("sms.outbound", &outbound("delivered", &json!({}))).to_string();
    for (at, expected) in [
        (NOW - 4 * 3_600, Ok(())),
        (NOW - 86_400, Ok(())),
        (NOW - 86_401, Err(NotAuthentic::Wrong)),
        (NOW + 301, Err(NotAuthentic::Wrong)),
    ] {
        let request = channels_callback_at(at, body.clone());
        assert_eq!(
            offline().authenticate(&channels(), &request).await,
            expected,
            "{at}"
        );
    }
}

#[tokio::test]
async fn without_the_right_key_nothing_is_right() {
    let request = channels_callback(&event("sms.outbound", &outbound("sent", &json!({}))));
    for more in [vec![], vec![("signing_key", "another")]] {
        let fields = [
            vec![
                ("access_key", "AbCdEfGhIjKlMnOp"),
                ("workspace_id", WORKSPACE),
                ("sms_channel_id", SMS_CHANNEL),
            ],
            more,
        ]
        .concat();
        let checked = offline().authenticate(&access(&fields), &request).await;
        assert_eq!(checked, Err(NotAuthentic::Wrong));
    }
    let mut bare = request;
    bare.headers.clear();
    let checked = offline().authenticate(&channels(), &bare).await;
    assert_eq!(checked, Err(NotAuthentic::Missing));
}

#[tokio::test]
async fn five_megabytes_are_read_or_refused_and_do_no_harm() {
    let long = json!({"body": {"type": "text", "text": {"text": "a".repeat(5 << 20)}}});
    let request = channels_callback(&event("sms.inbound", &incoming(&long)));
    assert_eq!(offline().authenticate(&channels(), &request).await, Ok(()));
    let events = offline().parse(&channels(), &request).unwrap();
    assert!(matches!(&events[..], [ProviderEvent::Inbound(event)] if event.text.len() == 5 << 20));
    let deep = channels_callback_at(NOW, "{\"a\":".repeat(1 << 20));
    assert!(offline().parse(&channels(), &deep).is_err());
}
