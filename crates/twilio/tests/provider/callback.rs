use crate::{
    signed::{WROTE, encode, request, sign, status, url},
    support::{ACCOUNT, FROM, SID, TO, access, access_with, attempt, twilio},
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{
    Access, Address, CallbackRequest, InboundEvent, Media, NotAuthentic, Provider as _,
    ProviderEvent, ProviderOpt, Receipt, ReceiptEvent, Unreadable,
};
use tidings_provider_http::sha256_hex;
use tidings_routing::Class;
use tidings_twilio::Twilio;

fn adapter() -> Twilio {
    twilio("http://127.0.0.1:9")
}

fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let adapter = adapter();
    // Nothing has to be fetched, so it is ready at once.
    adapter
        .authenticate(access, request)
        .now_or_never()
        .unwrap()
}

fn parse(request: &CallbackRequest) -> ProviderEvent {
    let mut events = adapter().parse(&access(), request).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// What a contact wrote, with these fields replaced or added.
fn inbound(more: &[(&str, &str)]) -> InboundEvent {
    match parse(&wrote(more)) {
        ProviderEvent::Inbound(event) => event,
        other => panic!("{other:?}"),
    }
}

fn wrote(more: &[(&str, &str)]) -> CallbackRequest {
    let kept = WROTE
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    request(&kept.chain(more).copied().collect::<Vec<_>>())
}

fn number(text: &str) -> Address {
    Address::Phone(PhoneNumber::from_e164(text).unwrap())
}

#[test]
fn a_signed_callback_of_the_account_is_authentic() {
    assert_eq!(authenticate(&access(), &status("delivered", &[])), Ok(()));
}

#[test]
fn a_callback_without_a_signature_is_refused() {
    let request = CallbackRequest {
        headers: Vec::new(),
        ..status("delivered", &[])
    };
    assert_eq!(
        authenticate(&access(), &request),
        Err(NotAuthentic::Missing)
    );
}

#[test]
fn a_changed_callback_is_refused() {
    let genuine = status("delivered", &[]);
    let swapped = String::from_utf8(genuine.body.to_vec())
        .unwrap()
        .replace("delivered", "failed");
    let changed = CallbackRequest {
        body: Bytes::from(swapped),
        ..genuine.clone()
    };
    assert_eq!(authenticate(&access(), &changed), Err(NotAuthentic::Wrong));
    let redirected = CallbackRequest {
        url: genuine.url.replace("att_0", "att_1"),
        ..genuine
    };
    assert_eq!(
        authenticate(&access(), &redirected),
        Err(NotAuthentic::Wrong)
    );
}

#[test]
fn another_account_s_token_does_not_open_this_one() {
    let access = access_with(&[("auth_token", "ffffffffffffffffffffffffffffffff")]);
    assert_eq!(
        authenticate(&access, &status("sent", &[])),
        Err(NotAuthentic::Wrong)
    );
    let access = access_with(&[("auth_token", "")]);
    assert_eq!(
        authenticate(&access, &status("sent", &[])),
        Err(NotAuthentic::Wrong)
    );
}

#[test]
fn a_right_signature_over_another_account_s_data_is_refused() {
    for fields in [
        vec![
            ("AccountSid", "AC00000000000000000000000000000009"),
            ("MessageStatus", "sent"),
        ],
        vec![("MessageStatus", "sent")],
        vec![("AccountSid", ""), ("MessageStatus", "sent")],
    ] {
        let refused = authenticate(&access(), &request(&fields));
        assert_eq!(refused, Err(NotAuthentic::OtherAccount));
    }
}

#[test]
fn an_event_in_json_is_authentic_by_the_hash_of_its_body_and_tells_nothing() {
    let body = Bytes::from_static(br#"{"type":"com.twilio.messaging.message.delivered"}"#);
    let hex = sha256_hex(&body);
    let url = format!("{}?bodySHA256={hex}", crate::support::CALLBACK);
    let genuine = CallbackRequest {
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("x-twilio-signature".into(), sign(&url, &[])),
        ],
        url,
        body,
        ..status("sent", &[])
    };
    assert_eq!(authenticate(&access(), &genuine), Ok(()));
    assert_eq!(
        parse(&genuine),
        ProviderEvent::Ignored("an event in JSON".into())
    );
    let changed = CallbackRequest {
        body: Bytes::from_static(b"{}"),
        ..genuine
    };
    assert_eq!(authenticate(&access(), &changed), Err(NotAuthentic::Wrong));
}

#[test]
fn a_callback_by_get_is_read_from_its_address() {
    let url = format!("{}&{}", url(), encode(&[("AccountSid", ACCOUNT)]));
    let url = format!(
        "{url}&{}",
        encode(&[("MessageSid", SID), ("MessageStatus", "sent")])
    );
    let request = CallbackRequest {
        method: "GET".into(),
        headers: vec![("x-twilio-signature".into(), sign(&url, &[]))],
        url,
        body: Bytes::new(),
        ..status("sent", &[])
    };
    assert_eq!(authenticate(&access(), &request), Ok(()));
    assert!(matches!(parse(&request), ProviderEvent::Receipt(_)));
}

#[test]
fn a_nul_does_not_hide_what_was_written() {
    let read = inbound(&[("Body", "ST\0OP\0"), ("ProfileName", "A\0na")]);
    assert_eq!(read.text, "STOP");
    assert_eq!(read.profile_name.as_deref(), Some("Ana"));
}

#[test]
fn twilio_needs_no_handshake() {
    assert_eq!(
        adapter()
            .handshake(&access(), &status("sent", &[]))
            .now_or_never(),
        Some(None)
    );
}

#[test]
fn a_receipt_names_our_attempt() {
    for (word, receipt) in [
        ("sent", Receipt::Sent),
        ("delivered", Receipt::Delivered),
        ("read", Receipt::Read),
    ] {
        let expected = ProviderEvent::Receipt(ReceiptEvent {
            attempt: Some(attempt()),
            provider_message_id: SID.into(),
            receipt,
            error: None,
            cost: None,
            at: None,
        });
        assert_eq!(parse(&status(word, &[])), expected);
    }
}

#[test]
fn a_receipt_without_our_reference_still_has_twilio_s() {
    for url in [
        crate::support::CALLBACK.to_owned(),
        format!("{}?att=x", crate::support::CALLBACK),
    ] {
        match parse(&CallbackRequest {
            url,
            ..status("sent", &[])
        }) {
            ProviderEvent::Receipt(ReceiptEvent {
                attempt: None,
                provider_message_id,
                ..
            }) => {
                assert_eq!(provider_message_id, SID);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_failure_is_explained_by_the_table() {
    let words = [
        ("ErrorCode", "63016"),
        ("ChannelStatusMessage", "Outside the window of +12025550123"),
    ];
    for word in ["failed", "undelivered"] {
        match parse(&status(word, &words)) {
            ProviderEvent::Receipt(ReceiptEvent {
                receipt: Receipt::Failed,
                error: Some(error),
                ..
            }) => {
                assert_eq!(
                    (error.class, error.provider_code.as_str()),
                    (Class::WindowClosed, "63016")
                );
                assert_eq!(error.detail, "Outside the window of +…23");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_comes_before_sent_changes_nothing() {
    for word in [
        "accepted",
        "queued",
        "sending",
        "scheduled",
        "something_new",
    ] {
        assert_eq!(
            parse(&status(word, &[])),
            ProviderEvent::Ignored(word.into())
        );
    }
}

#[test]
fn a_form_that_is_neither_receipt_nor_message_changes_nothing() {
    let event = parse(&request(&[("AccountSid", ACCOUNT), ("CallSid", "CA1")]));
    assert!(matches!(event, ProviderEvent::Ignored(_)));
}

#[test]
fn what_lacks_the_documented_fields_is_unreadable() {
    for fields in [
        vec![("MessageStatus", "sent")],
        vec![
            ("MessageStatus", "failed"),
            ("MessageSid", SID),
            ("ErrorCode", "many"),
        ],
        vec![("SmsStatus", "received"), ("MessageSid", SID), ("To", FROM)],
        vec![("SmsStatus", "received"), ("MessageSid", SID), ("From", TO)],
        vec![("Body", "Hello"), ("From", TO), ("To", FROM)],
    ] {
        let result: Result<_, Unreadable> = adapter().parse(&access(), &request(&fields));
        assert!(result.is_err(), "{fields:?}");
    }
}

#[test]
fn a_text_from_a_contact_is_read() {
    let expected = InboundEvent {
        provider_message_id: SID.into(),
        channel: Channel::Sms,
        from: number(TO),
        whatsapp_user: None,
        to: FROM.into(),
        text: "Hello".into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: None,
    };
    assert_eq!(inbound(&[]), expected);
}

#[test]
fn a_whatsapp_message_has_name_button_media_and_both_addresses() {
    let event = inbound(&[
        ("From", "whatsapp:+12025550123"),
        ("To", "whatsapp:+12025550100"),
        ("Body", ""),
        ("NumMedia", "2"),
        ("MediaUrl0", "https://api.example.com/Media/ME0"),
        ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", "https://api.example.com/Media/ME1"),
        ("ProfileName", "Zoë"),
        ("ButtonPayload", "stop"),
        ("ButtonText", "Stop updates"),
        ("ExternalUserId", "whatsapp:US.4566"),
    ]);
    let expected = InboundEvent {
        provider_message_id: SID.into(),
        channel: Channel::Whatsapp,
        from: number(TO),
        whatsapp_user: Some("US.4566".into()),
        to: FROM.into(),
        text: String::new(),
        media: vec![
            Media {
                url: "https://api.example.com/Media/ME0".into(),
                content_type: Some("image/jpeg".into()),
            },
            Media {
                url: "https://api.example.com/Media/ME1".into(),
                content_type: None,
            },
        ],
        button: Some("stop".into()),
        shopping: None,
        profile_name: Some("Zoë".into()),
        provider_opt: None,
        at: None,
    };
    assert_eq!(event, expected);
}

#[test]
fn a_whatsapp_user_without_a_number_is_addressed_by_the_other_id() {
    let event = inbound(&[
        ("From", "whatsapp:US.4566"),
        ("To", "whatsapp:+12025550100"),
        ("ExternalUserId", "whatsapp:US.4566"),
    ]);
    assert_eq!(event.from, Address::WhatsappUser("US.4566".into()));
}

#[test]
fn what_twilio_took_for_a_keyword_is_kept() {
    for (word, opt) in [
        ("STOP", Some(ProviderOpt::Stop)),
        ("START", Some(ProviderOpt::Start)),
        ("HELP", Some(ProviderOpt::Help)),
        ("OTHER", None),
    ] {
        assert_eq!(inbound(&[("OptOutType", word)]).provider_opt, opt, "{word}");
    }
}

#[test]
fn a_place_without_words_becomes_a_text() {
    let place = [("Body", ""), ("Latitude", "38.72"), ("Longitude", "-9.13")];
    assert_eq!(inbound(&place).text, "geo:38.72,-9.13");
}

#[test]
fn a_sender_that_is_no_phone_number_is_ignored() {
    for from in ["12345", "ACME", "whatsapp:someone"] {
        assert!(
            matches!(parse(&wrote(&[("From", from)])), ProviderEvent::Ignored(_)),
            "{from}"
        );
    }
}
