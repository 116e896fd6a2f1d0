//! Events of Bird's platform.

use crate::support::{
    ATTEMPT, BIRD_WORKSPACE, FROM, NOW, SECRET, SMS_ID, TO, WHATSAPP_ID, access, attempt, offline,
    platform, platform_callback, platform_callback_at, to,
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Money};
use tidings_messaging::{
    Address, InboundEvent, Media, NotAuthentic, PreferenceChange, PreferenceEvent, PreferenceReach,
    Provider as _, ProviderEvent, Receipt, ReceiptEvent,
};
use tidings_routing::Class;
use tidings_wire_specs::Spec;
use time::macros::datetime;

/// The data of an event, with what the specification wants in all of them.
pub(crate) fn sms_data(more: &Value) -> Value {
    let mut data = json!({
        "sms_id": SMS_ID, "workspace_id": BIRD_WORKSPACE, "to": TO, "from": FROM, "tags": null,
        "metadata": {"attempt": ATTEMPT}, "requested_language": null, "resolved_language": null,
        "template_id": null, "template_version_id": null, "template_content_hash": null
    });
    add(&mut data, more);
    data
}

pub(crate) fn whatsapp_data(more: &Value) -> Value {
    let mut data = json!({
        "whatsapp_id": WHATSAPP_ID, "workspace_id": BIRD_WORKSPACE, "direction": "outbound",
        "from": {"phone_number": FROM}, "to": {"phone_number": TO}, "tags": null,
        "metadata": {"attempt": ATTEMPT}
    });
    add(&mut data, more);
    data
}

fn add(data: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
}

pub(crate) fn event(kind: &str, data: &Value) -> Value {
    json!({"type": kind, "timestamp": "2026-09-09T19:46:40Z", "data": data})
}

fn error(code: &str) -> Value {
    json!({"error": {"code": code, "description": "no", "carrier_error_code": null,
        "occurred_at": "2026-09-09T19:46:40Z", "permanent": null}})
}

/// What an event tells, after the specification has had its say on its data.
fn told(kind: &str, schema: &str, data: &Value) -> ProviderEvent {
    Spec::bird().check_schema(schema, data).unwrap();
    read(&event(kind, data))
}

fn read(body: &Value) -> ProviderEvent {
    let mut events = offline()
        .parse(&platform(), &platform_callback(body))
        .unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn receipt(event: ProviderEvent) -> ReceiptEvent {
    match event {
        ProviderEvent::Receipt(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

fn inbound(event: ProviderEvent) -> InboundEvent {
    match event {
        ProviderEvent::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_delivery_has_reference_price_and_time() {
    let cost = json!({"cost": {"amount": "0.00990", "currency_code": "EUR",
        "transaction_amount": "0.0079", "passthrough_amount": "0.002"}});
    let told = told("sms.delivered", "EventSMSDeliveredData", &sms_data(&cost));
    assert_eq!(
        told,
        ProviderEvent::Receipt(ReceiptEvent {
            attempt: Some(attempt()),
            provider_message_id: SMS_ID.into(),
            receipt: Receipt::Delivered,
            error: None,
            cost: Some(Money::parse("0.0099", "EUR").unwrap()),
            at: Some(datetime!(2026-09-09 19:46:40 UTC)),
        })
    );
}

#[test]
fn every_event_of_an_sms_is_told() {
    let failures = [
        (
            "sms.undelivered",
            "EventSMSUndeliveredData",
            "unreachable",
            Class::Transient,
        ),
        (
            "sms.failed",
            "EventSMSFailedData",
            "blocked_by_carrier",
            Class::Content,
        ),
        (
            "sms.rejected",
            "EventSMSRejectedData",
            "recipient_opted_out",
            Class::OptedOut,
        ),
        (
            "sms.expired",
            "EventSMSExpiredData",
            "unreachable",
            Class::Expired,
        ),
    ];
    for (kind, schema, code, class) in failures {
        let event = receipt(told(kind, schema, &sms_data(&error(code))));
        assert_eq!(event.receipt, Receipt::Failed, "{kind}");
        let failure = event.error.unwrap();
        assert_eq!(
            (failure.class, failure.provider_code.as_str()),
            (class, code)
        );
    }
    let sent = receipt(told("sms.sent", "EventSMSSentData", &sms_data(&json!({}))));
    assert_eq!((sent.receipt, sent.error), (Receipt::Sent, None));
    let segments = json!({"segments": {"count": 1, "encoding": "GSM_7BIT", "characters": 19}});
    assert_eq!(
        told("sms.accepted", "EventSMSAcceptedData", &sms_data(&segments)),
        ProviderEvent::Ignored("sms.accepted".into())
    );
}

#[test]
fn every_event_of_a_whatsapp_message_is_told() {
    for (kind, schema, expected) in [
        ("whatsapp.sent", "EventWhatsAppSentData", Receipt::Sent),
        (
            "whatsapp.delivered",
            "EventWhatsAppDeliveredData",
            Receipt::Delivered,
        ),
        ("whatsapp.read", "EventWhatsAppReadData", Receipt::Read),
    ] {
        let event = receipt(told(kind, schema, &whatsapp_data(&json!({}))));
        assert_eq!(
            (
                event.receipt,
                event.provider_message_id.as_str(),
                event.attempt
            ),
            (expected, WHATSAPP_ID, Some(attempt()))
        );
    }
    for (kind, schema, code, class) in [
        (
            "whatsapp.failed",
            "EventWhatsAppFailedData",
            "service_window_expired",
            Class::WindowClosed,
        ),
        (
            "whatsapp.rejected",
            "EventWhatsAppRejectedData",
            "insufficient_balance",
            Class::Account,
        ),
    ] {
        let error = json!({"error": {"code": code, "description": "no", "occurred_at": "x"}});
        let event = receipt(told(kind, schema, &whatsapp_data(&error)));
        assert_eq!(event.error.unwrap().class, class, "{kind}");
    }
    let accepted = told(
        "whatsapp.accepted",
        "EventWhatsAppAcceptedData",
        &whatsapp_data(&json!({})),
    );
    assert_eq!(accepted, ProviderEvent::Ignored("whatsapp.accepted".into()));
    // We have read what the contact wrote.
    let ours = whatsapp_data(&json!({"direction": "inbound"}));
    let event = told("whatsapp.read", "EventWhatsAppReadData", &ours);
    assert_eq!(event, ProviderEvent::Ignored("whatsapp.read".into()));
}

#[test]
fn a_stop_by_sms_is_heard_whatever_stands_beside_it() {
    let more = json!({"from": TO, "to": FROM, "text": "STOP\u{0}", "metadata": null,
        "segments": {"count": 1, "encoding": "GSM_7BIT", "characters": 4}});
    let expected = InboundEvent {
        provider_message_id: SMS_ID.into(),
        channel: Channel::Sms,
        from: to(),
        whatsapp_user: None,
        to: FROM.into(),
        text: "STOP".into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: Some(datetime!(2026-09-09 19:46:40 UTC)),
    };
    let data = sms_data(&more);
    let heard = told("sms.received", "EventSMSReceivedData", &data);
    assert_eq!(inbound(heard), expected);
    // Fields of another kind than documented.
    let mut odd = data;
    add(
        &mut odd,
        &json!({"cost": 7, "segments": "many", "tags": {"a": [1]}, "news": {"b": null}}),
    );
    assert_eq!(inbound(read(&event("sms.received", &odd))), expected);
}

#[test]
fn a_short_code_is_nobody_who_writes() {
    let data = sms_data(&json!({"from": "24680", "to": FROM, "text": "win"}));
    let event = read(&event("sms.received", &data));
    assert!(matches!(event, ProviderEvent::Ignored(_)), "{event:?}");
}

fn written(more: &Value) -> InboundEvent {
    let mut data = whatsapp_data(&json!({
        "direction": "inbound", "to": {"phone_number": FROM}, "metadata": null,
        "from": {"phone_number": TO, "bsuid": "US.1349", "display_name": "Ana"}
    }));
    add(&mut data, more);
    inbound(told(
        "whatsapp.received",
        "EventWhatsAppReceivedData",
        &data,
    ))
}

#[test]
fn what_a_contact_writes_by_whatsapp() {
    assert_eq!(
        written(&json!({"text": {"body": "Is it ready?"}})),
        InboundEvent {
            provider_message_id: WHATSAPP_ID.into(),
            channel: Channel::Whatsapp,
            from: to(),
            whatsapp_user: Some("US.1349".into()),
            to: FROM.into(),
            text: "Is it ready?".into(),
            media: Vec::new(),
            button: None,
            shopping: None,
            profile_name: Some("Ana".into()),
            provider_opt: None,
            at: Some(datetime!(2026-09-09 19:46:40 UTC)),
        }
    );
    let url = "https://platform.bird.com/v1/whatsapp/messages/wam_1/media/waf_1";
    let picture =
        written(&json!({"image": {"url": url, "mime_type": "image/jpeg", "caption": "Look"}}));
    let medium = Media {
        url: url.into(),
        content_type: Some("image/jpeg".into()),
    };
    assert_eq!(
        (picture.text.as_str(), picture.media),
        ("Look", vec![medium])
    );
    let place = written(&json!({"location": {"latitude": 52.5, "longitude": 4.25}}));
    assert_eq!(place.text, "geo:52.5,4.25");
    let pressed = written(&json!({"interactive_reply": {
        "type": "button", "button": {"slug": "stop-promotions", "text": "Stop"}
    }}));
    assert_eq!(
        (pressed.text.as_str(), pressed.button.as_deref()),
        ("Stop", Some("stop-promotions"))
    );
    let chosen = written(&json!({"interactive_reply": {
        "type": "list", "list": {"slug": "a", "text": "First"}
    }}));
    assert_eq!(
        (chosen.text.as_str(), chosen.button.as_deref()),
        ("First", Some("a"))
    );
    assert_eq!(written(&json!({"unsupported": {"type": "order"}})).text, "");
}

#[test]
fn a_person_may_have_no_number_and_the_business_may_write_itself() {
    let without = written(&json!({"from": {"bsuid": "US.1349"}, "text": {"body": "Hi"}}));
    assert_eq!(without.from, Address::WhatsappUser("US.1349".into()));
    for more in [
        json!({"direction": "outbound", "origin": "business_app_echo", "text": {"body": "Hi"}}),
        json!({"direction": "inbound", "from": {}, "text": {"body": "Hi"}}),
    ] {
        let event = read(&event("whatsapp.received", &whatsapp_data(&more)));
        assert!(matches!(event, ProviderEvent::Ignored(_)), "{event:?}");
    }
}

#[test]
fn a_suppression_is_a_stop_unless_the_business_made_it() {
    let stop = |channel, reach| {
        ProviderEvent::Preference(PreferenceEvent {
            from: to(),
            channel,
            change: PreferenceChange::Stop,
            reach,
            at: Some(datetime!(2026-09-09 19:46:40 UTC)),
        })
    };
    for (reason, is_stop) in [
        ("keyword_stop", true),
        ("carrier_opted_out", true),
        ("a_new_reason", true),
        ("manual", false),
    ] {
        let data = json!({"suppression_id": "ssu_01krdgeqcxet5s7t44vh8rt9mg", "destination": TO,
            "originator": FROM, "reason": reason, "workspace_id": BIRD_WORKSPACE});
        let event = told(
            "sms_suppression.created",
            "EventSMSSuppressionCreatedData",
            &data,
        );
        // By SMS a STOP is one of everything.
        assert_eq!(
            event == stop(Channel::Sms, PreferenceReach::Everything),
            is_stop,
            "{reason}: {event:?}"
        );
        let data = json!({"suppression_id": "was_01krdgeqcxet5s7t44vh8rt9mg", "address": TO,
            "waba": null, "reason": reason, "workspace_id": BIRD_WORKSPACE});
        let event = told(
            "whatsapp_suppression.created",
            "EventWhatsAppSuppressionCreatedData",
            &data,
        );
        assert_eq!(
            event == stop(Channel::Whatsapp, PreferenceReach::Marketing),
            is_stop,
            "{reason}: {event:?}"
        );
    }
}

#[test]
fn messages_of_others_and_news_are_read_too() {
    let others = receipt(read(&event(
        "sms.delivered",
        &json!({"sms_id": "sms_other", "metadata": {"ref": "msg_01TEST"}}),
    )));
    assert_eq!(
        (others.attempt, others.provider_message_id.as_str()),
        (None, "sms_other")
    );
    for kind in [
        "whatsapp.reacted",
        "email.delivered",
        "sms.teleported",
        "news",
        "a.b.c",
    ] {
        let event = read(&event(kind, &json!({})));
        assert_eq!(event, ProviderEvent::Ignored(kind.into()));
    }
    for body in [
        "",
        "x",
        "{}",
        "[]",
        "null",
        r#"{"type": "sms.delivered", "data": {}}"#,
    ] {
        let request = platform_callback_at(NOW, body);
        assert!(offline().parse(&platform(), &request).is_err(), "{body}");
    }
}

#[tokio::test]
async fn an_event_of_long_ago_is_taken_and_a_signature_of_long_ago_is_not() {
    let mut body = event("sms.delivered", &sms_data(&json!({})));
    body["timestamp"] = "2019-01-01T00:00:00Z".into();
    let request = platform_callback(&body);
    assert_eq!(offline().authenticate(&platform(), &request).await, Ok(()));
    let event = receipt(read(&body));
    assert_eq!(event.at, Some(datetime!(2019-01-01 0:00 UTC)));
    for (at, expected) in [
        (NOW - 300, Ok(())),
        (NOW - 301, Err(NotAuthentic::Wrong)),
        (NOW + 301, Err(NotAuthentic::Wrong)),
        (NOW - 200_000_000, Err(NotAuthentic::Wrong)),
    ] {
        let request = platform_callback_at(at, body.to_string());
        assert_eq!(
            offline().authenticate(&platform(), &request).await,
            expected,
            "{at}"
        );
    }
}

#[tokio::test]
async fn another_workspace_s_event_is_refused_where_the_account_names_its_own() {
    let mine = access(&[
        ("access_key", "bk_eu1_0123456789"),
        ("signing_key", SECRET),
        ("workspace_id", BIRD_WORKSPACE),
    ]);
    let other = json!({"workspace_id": "ws_other"});
    for (more, expected) in [
        (json!({}), Ok(())),
        (json!({"workspace_id": null}), Ok(())),
        (other.clone(), Err(NotAuthentic::OtherAccount)),
    ] {
        let request = platform_callback(&event("sms.sent", &sms_data(&more)));
        assert_eq!(
            offline().authenticate(&mine, &request).await,
            expected,
            "{more}"
        );
    }
    let request = platform_callback(&event("sms.sent", &sms_data(&other)));
    assert_eq!(offline().authenticate(&platform(), &request).await, Ok(()));
}

#[tokio::test]
async fn without_the_right_secret_nothing_is_right() {
    let request = platform_callback(&event("sms.sent", &sms_data(&json!({}))));
    for more in [
        vec![],
        vec![("signing_key", "whsec_MDEyMw==")],
        vec![("signing_key", "no secret")],
    ] {
        let fields = [vec![("access_key", "bk_eu1_0123456789")], more].concat();
        let checked = offline().authenticate(&access(&fields), &request).await;
        assert_eq!(checked, Err(NotAuthentic::Wrong));
    }
}

#[tokio::test]
async fn one_of_several_signatures_is_enough() {
    let original = platform_callback(&event("sms.sent", &sms_data(&json!({}))));
    let with = |list: &dyn Fn(&str) -> String| {
        let mut request = original.clone();
        for (name, value) in &mut request.headers {
            if name == "webhook-signature" {
                *value = list(value);
            }
        }
        request
    };
    let wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (list, is_right) in [
        (with(&|right| format!("{wrong} {right}")), true),
        (with(&|right| format!("v1a,x {right} v2,x")), true),
        (with(&|right| right.replace("v1,", "v2,")), false),
        (with(&|_| wrong.to_owned()), false),
        (with(&|_| String::new()), false),
        (
            with(&|right| format!("{}{right}", format!("{wrong} ").repeat(30))),
            false,
        ),
    ] {
        let checked = offline().authenticate(&platform(), &list).await;
        assert_eq!(checked.is_ok(), is_right, "{list:?}");
    }
}

#[tokio::test]
async fn five_megabytes_are_read_or_refused_and_do_no_harm() {
    let data = sms_data(&json!({"from": TO, "to": FROM, "text": "a".repeat(5 << 20)}));
    let request = platform_callback(&event("sms.received", &data));
    assert_eq!(offline().authenticate(&platform(), &request).await, Ok(()));
    let events = offline().parse(&platform(), &request).unwrap();
    assert!(matches!(&events[..], [ProviderEvent::Inbound(event)] if event.text.len() == 5 << 20));
    let deep = platform_callback_at(NOW, "[".repeat(5 << 20));
    assert_eq!(offline().authenticate(&platform(), &deep).await, Ok(()));
    assert!(offline().parse(&platform(), &deep).is_err());
}
