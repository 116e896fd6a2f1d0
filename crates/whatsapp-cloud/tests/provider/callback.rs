use crate::support::{
    SIGNATURE, TO, access, adapter, attempt, callback, change, event, events, request, signed, to,
};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{
    Access, Address, CallbackRequest, Credentials, FreeWindowEvent, Handshake, NotAuthentic,
    PreferenceChange, PreferenceEvent, PreferenceReach, Provider as _, ProviderEvent, Receipt,
    ReceiptEvent,
};
use tidings_routing::Class;
use time::macros::datetime;

/// Nothing has to be fetched, so the adapter is ready at once.
fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    adapter()
        .authenticate(access, request)
        .now_or_never()
        .unwrap()
}

fn handshake(access: &Access, request: &CallbackRequest) -> Option<Handshake> {
    adapter().handshake(access, request).now_or_never().unwrap()
}

#[test]
fn the_handshake_of_the_reference_is_answered() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let query = format!("?{}", vectors["handshake"]["query"].as_str().unwrap());
    let answer = handshake(&access(), &request("GET", &query, &[], ""));
    let challenge = vectors["handshake"]["response_body"].as_str().unwrap();
    assert_eq!(answer, Some(Handshake::Welcome(challenge.to_owned())));
}

#[test]
fn any_other_handshake_is_refused() {
    for query in [
        "",
        "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=other",
        "?hub.mode=subscribe&hub.challenge=1",
        "?hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=our-token",
        "?hub.challenge=1&hub.verify_token=our-token",
        "?hub.mode=subscribe&hub.verify_token=our-token",
    ] {
        let answer = handshake(&access(), &request("GET", query, &[], ""));
        assert_eq!(answer, Some(Handshake::Refused), "{query}");
    }
    let without_token = Access {
        credentials: Credentials::default(),
        ..access()
    };
    let empty = request(
        "GET",
        "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        &[],
        "",
    );
    assert_eq!(handshake(&without_token, &empty), Some(Handshake::Refused));
    assert_eq!(handshake(&access(), &request("POST", "", &[], "")), None);
}

#[test]
fn the_vectors_are_authentic_and_readable() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let list = vectors["vectors"].as_array().unwrap();
    for vector in list {
        let header = vector["X-Hub-Signature-256"].as_str().unwrap();
        let body = vector["body"].as_str().unwrap();
        let request = request("POST", "", &[(SIGNATURE, header)], body);
        assert_eq!(authenticate(&access(), &request), Ok(()));
        assert_eq!(adapter().parse(&access(), &request).unwrap().len(), 1);
    }
    let escaped = request("POST", "", &[], list[1]["body"].as_str().unwrap());
    let events = adapter().parse(&access(), &escaped).unwrap();
    let ProviderEvent::Inbound(inbound) = &events[0] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (inbound.text.as_str(), inbound.profile_name.as_deref()),
        ("café", Some("Zoë"))
    );
}

#[test]
fn an_unsigned_or_wrongly_signed_callback_is_refused() {
    let body = callback(&json!([]));
    let unsigned = request("POST", "", &[], &body);
    assert_eq!(
        authenticate(&access(), &unsigned),
        Err(NotAuthentic::Missing)
    );
    let legacy = request("POST", "", &[("x-hub-signature", "sha1=00")], &body);
    assert_eq!(authenticate(&access(), &legacy), Err(NotAuthentic::Missing));
    let wrong = request("POST", "", &[(SIGNATURE, "sha256=00")], &body);
    assert_eq!(authenticate(&access(), &wrong), Err(NotAuthentic::Wrong));
    let without_secret = Access {
        credentials: Credentials::default(),
        ..access()
    };
    assert_eq!(
        authenticate(&without_secret, &signed(&body)),
        Err(NotAuthentic::Wrong)
    );
}

#[test]
fn a_right_signature_over_another_account_s_data_is_refused() {
    let ours = change("messages", json!({}));
    let other_number =
        json!({"field": "messages", "value": {"metadata": {"phone_number_id": "999"}}});
    let other_as_number =
        json!({"field": "messages", "value": {"metadata": {"phone_number_id": 999}}});
    let no_number = json!({"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}});
    let check = |body: &str| authenticate(&access(), &signed(body));
    assert_eq!(check(&callback(&json!([ours, no_number]))), Ok(()));
    assert_eq!(
        check(&callback(&json!([other_number]))),
        Err(NotAuthentic::OtherAccount)
    );
    assert_eq!(
        check(&callback(&json!([other_as_number]))),
        Err(NotAuthentic::OtherAccount)
    );
    let other_business = json!({"entry": [{"id": "1", "changes": [ours]}]}).to_string();
    assert_eq!(check(&other_business), Err(NotAuthentic::OtherAccount));
    let unnamed = json!({"entry": [{"changes": [ours]}]}).to_string();
    assert_eq!(check(&unnamed), Ok(()));
}

/// Meta calls one address for all numbers of an app, and may put several into one request.
#[test]
fn of_a_callback_for_several_numbers_each_account_reads_its_own() {
    let message = |id: &str| json!({"id": id, "from": "12025550123", "timestamp": "1789000000", "type": "text", "text": {"body": id}});
    let own = |value| change("messages", value);
    let other = json!({"field": "messages", "value": {
        "metadata": {"phone_number_id": "999"}, "messages": [message("theirs")],
    }});
    let body = callback(&json!([other, own(json!({"messages": [message("ours")]}))]));
    let mixed = signed(&body);
    assert_eq!(authenticate(&access(), &mixed), Ok(()));
    assert!(adapter().is_shared(&access(), &mixed));
    let events = adapter().parse(&access(), &mixed).unwrap();
    let [ProviderEvent::Ignored(_), ProviderEvent::Inbound(inbound)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(inbound.text, "ours");

    let only_ours = signed(&callback(&json!([own(json!({}))])));
    assert!(!adapter().is_shared(&access(), &only_ours));
    let of_the_business =
        json!({"field": "message_template_status_update", "value": {"event": "PAUSED"}});
    assert!(adapter().is_shared(&access(), &signed(&callback(&json!([of_the_business])))));
}

#[test]
fn a_status_becomes_a_receipt_for_our_attempt() {
    let attempt = attempt();
    let status = |name: &str| {
        event(
            "messages",
            json!({"statuses": [{
                "id": "wamid.X", "status": name, "timestamp": "1789000000", "recipient_id": "12025550123",
                "biz_opaque_callback_data": attempt.to_string(), "pricing": {"category": "utility"},
            }]}),
        )
    };
    for (name, receipt) in [
        ("sent", Receipt::Sent),
        ("delivered", Receipt::Delivered),
        ("read", Receipt::Read),
        ("played", Receipt::Read),
        ("failed", Receipt::Failed),
    ] {
        let expected = ProviderEvent::Receipt(ReceiptEvent {
            attempt: Some(attempt),
            provider_message_id: "wamid.X".into(),
            receipt,
            error: None,
            cost: None,
            at: Some(datetime!(2026-09-10 00:26:40 UTC)),
        });
        assert_eq!(status(name), expected);
    }
    assert_eq!(
        status("warped"),
        ProviderEvent::Ignored("status warped".into())
    );
}

#[test]
fn the_end_of_a_free_window_is_told_with_its_first_message() {
    let read = |more: Value| {
        let mut status = json!({"id": "wamid.X", "status": "sent", "timestamp": "1789000000",
            "recipient_id": "12025550123"});
        for (name, member) in more.as_object().unwrap() {
            status[name] = member.clone();
        }
        let mut events = events(&json!([change("messages", json!({"statuses": [status]}))]));
        assert!(matches!(events.remove(0), ProviderEvent::Receipt(_)));
        events
    };
    let ends = json!({"expiration_timestamp": "1789259200"});
    let expected = ProviderEvent::FreeWindow(FreeWindowEvent {
        contact: Address::Phone(PhoneNumber::from_e164("+12025550123").unwrap()),
        channel: Channel::Whatsapp,
        closes_at: datetime!(2026-09-13 00:26:40 UTC),
    });
    let mut older = ends.clone();
    older["origin"] = json!({"type": "referral_conversion"});
    for told in [
        json!({"pricing": {"type": "free_entry_point"}, "conversation": ends}),
        json!({"conversation": older}),
    ] {
        assert_eq!(read(told), std::slice::from_ref(&expected));
    }
    for told in [
        json!({"pricing": {"type": "free_entry_point"}}),
        json!({"pricing": {"type": "free_customer_service"}, "conversation": ends}),
        json!({"pricing": {"type": "free_entry_point"}, "conversation": {"expiration_timestamp": "soon"}}),
    ] {
        assert_eq!(read(told), []);
    }
}

#[test]
fn a_failure_says_why_in_our_words() {
    let failed = event(
        "messages",
        json!({"statuses": [{
            "id": "wamid.X", "status": "failed", "timestamp": 1_789_000_100,
            "biz_opaque_callback_data": "msg_01TEST",
            "errors": [{"code": 131_026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp"}}],
        }]}),
    );
    let ProviderEvent::Receipt(receipt) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(receipt.attempt, None);
    assert_eq!(receipt.at, Some(datetime!(2026-09-10 00:28:20 UTC)));
    let error = receipt.error.unwrap();
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "131026")
    );
    assert_eq!(error.detail, "Not on WhatsApp");
}

#[test]
fn stop_and_resume_of_marketing_come_through() {
    let read = |item: Value| {
        let contacts = json!([{"wa_id": "12025550123", "user_id": "US.1"}]);
        event(
            "user_preferences",
            json!({"contacts": contacts, "user_preferences": [item]}),
        )
    };
    for (value, change) in [
        ("stop", PreferenceChange::Stop),
        ("resume", PreferenceChange::Resume),
    ] {
        let expected = ProviderEvent::Preference(PreferenceEvent {
            from: to(TO),
            channel: Channel::Whatsapp,
            change,
            reach: PreferenceReach::Marketing,
            at: Some(datetime!(2026-09-10 00:31:40 UTC)),
        });
        let item =
            json!({"category": "marketing_messages", "value": value, "timestamp": 1_789_000_300});
        assert_eq!(read(item.clone()), expected, "the person stands beside it");
        let mut item = item;
        item["wa_id"] = json!("12025550123");
        assert_eq!(read(item), expected);
    }
    let other = read(json!({"category": "weather", "value": "stop"}));
    assert_eq!(
        other,
        ProviderEvent::Ignored("user preference weather stop".into())
    );
}

#[test]
fn a_thousand_updates_in_one_callback_keep_their_order() {
    let status = |n: u32| json!({"id": format!("wamid.{n}"), "status": "sent"});
    let changes: Vec<Value> = (0..100)
        .map(|block| {
            let statuses: Vec<Value> = (0..10).map(|n| status(block * 10 + n)).collect();
            change("messages", json!({"statuses": statuses}))
        })
        .collect();
    let ids: Vec<String> = events(&json!(changes))
        .into_iter()
        .map(|event| match event {
            ProviderEvent::Receipt(receipt) => receipt.provider_message_id,
            other => panic!("{other:?}"),
        })
        .collect();
    let expected: Vec<String> = (0..1000).map(|n| format!("wamid.{n}")).collect();
    assert_eq!(ids, expected);
}

#[test]
fn one_odd_update_does_not_hide_the_others() {
    let statuses = json!([7, null, {"id": "wamid.X", "status": "read", "timestamp": "soon"}]);
    let events = events(&json!([
        42,
        change("messages", json!({"statuses": statuses}))
    ]));
    assert_eq!(events.len(), 4);
    assert!(matches!(&events[3], ProviderEvent::Receipt(receipt) if receipt.at.is_none()));
}

#[test]
fn what_is_no_callback_at_all_is_unreadable() {
    for body in ["", "no json", "[]", "{}", r#"{"entry":{}}"#, "null"] {
        assert!(
            adapter()
                .parse(&access(), &request("POST", "", &[], body))
                .is_err(),
            "{body}"
        );
    }
}
