//! Callbacks beyond what the suite of all adapters asks.

use crate::support::{
    FROM, ID, NOW, TO, access, access_with, adapter, attempt, callback, deaf, delivered, notified,
};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;
use tidings_aws_http::{
    SnsVerifier,
    testing::{self, Pinned},
};
use tidings_conformance::fixtures::FixedClock;
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{
    Address, CallbackRequest, InboundEvent, NotAuthentic, Provider as _, ProviderEvent, Receipt,
    ReceiptEvent,
};
use tidings_routing::Class;
use time::{Duration, macros::datetime};

fn told(request: &CallbackRequest) -> ProviderEvent {
    let mut events = deaf().parse(&access(), request).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn receipt(message: &Value) -> ReceiptEvent {
    match told(&notified(message)) {
        ProviderEvent::Receipt(receipt) => receipt,
        other => panic!("expected a receipt, got {other:?}"),
    }
}

fn inbound(message: &Value) -> InboundEvent {
    match told(&notified(message)) {
        ProviderEvent::Inbound(inbound) => inbound,
        other => panic!("expected an inbound message, got {other:?}"),
    }
}

/// An inbound message of the reference, section 5.
fn reply() -> Value {
    json!({
        "originationNumber": TO, "destinationNumber": FROM, "messageKeyword": "KEYWORD_12025550100",
        "messageBody": "STOP", "inboundMessageId": "cae00000-66b9-564c-8309-21f858e9fb84",
        "previousPublishedMessageId": ID
    })
}

/// The object with some members replaced.
fn with(mut object: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

#[tokio::test]
async fn every_vector_passes_and_another_topic_does_not() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let pem = vectors["certificate_pem"].as_str().unwrap().to_owned();
    let messages = vectors["messages"].as_object().unwrap();
    let answers = messages.values().flat_map(|message| {
        let url = |name: &str| message[name].as_str().map(str::to_owned);
        let certificate = url("SigningCertURL").map(|url| (url, Bytes::from(pem.clone())));
        let confirmation = url("SubscribeURL").map(|url| (url, Bytes::new()));
        [certificate, confirmation].into_iter().flatten()
    });
    let source = Pinned::new(answers.collect::<Vec<_>>());
    // The certificate is good from the end of the year in whose beginning the messages are dated.
    let clock = Arc::new(FixedClock(datetime!(2026-12-01 0:00 UTC)));
    let verifier = SnsVerifier::with_source(Arc::new(source), clock);
    let adapter = deaf().with_verifier(Arc::new(verifier));
    let published = datetime!(2026-01-02 03:04:06 UTC);
    let other = access_with(&[("topic_arn", "arn:aws:sns:us-east-1:111122223333:other")]);
    let none = access_with(&[("topic_arn", "")]);
    for (name, message) in messages {
        let request = callback(Bytes::from(message.to_string()), published);
        assert_eq!(
            adapter.authenticate(&access(), &request).await,
            Ok(()),
            "{name}"
        );
        for access in [&other, &none] {
            let checked = adapter.authenticate(access, &request).await;
            assert_eq!(checked, Err(NotAuthentic::OtherAccount), "{name}");
        }
        let years_later = callback(request.body, published + Duration::days(1_000));
        let checked = adapter.authenticate(&access(), &years_later).await;
        assert_eq!(checked, Err(NotAuthentic::Wrong), "{name}");
    }
}

#[tokio::test]
async fn without_the_certificate_sns_is_to_come_again() {
    let verifier = SnsVerifier::with_source(Arc::new(Pinned::new([])), Arc::new(FixedClock(NOW)));
    let adapter = deaf().with_verifier(Arc::new(verifier));
    let checked = adapter
        .authenticate(&access(), &notified(&delivered()))
        .await;
    assert_eq!(checked, Err(NotAuthentic::CannotCheck));
}

#[tokio::test]
async fn certificates_come_from_what_stands_in_place_of_sns() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path_regex};
    let server = MockServer::start().await;
    Mock::given(path_regex("^/SimpleNotificationService-[0-9a-f]+.pem$"))
        .respond_with(ResponseTemplate::new(200).set_body_string(testing::CERTIFICATE))
        .expect(1)
        .mount(&server)
        .await;
    let endpoints = tidings_aws_sns::Endpoints {
        sms_voice: None,
        sns: Some(server.uri().parse().unwrap()),
    };
    let client = crate::support::client();
    let adapter = tidings_aws_sns::AwsSns::new(client, endpoints, Arc::new(FixedClock(NOW)));
    let checked = adapter
        .authenticate(&access(), &notified(&delivered()))
        .await;
    assert_eq!(checked, Ok(()));
}

#[tokio::test]
async fn raw_delivery_is_not_signed() {
    let mut request = callback(Bytes::from(delivered().to_string()), NOW);
    request
        .headers
        .push(("x-amz-sns-rawdelivery".into(), "true".into()));
    let checked = deaf().authenticate(&access(), &request).await;
    assert_eq!(checked, Err(NotAuthentic::Missing));
}

#[tokio::test]
async fn a_large_callback_is_checked_and_read() {
    let reply = with(reply(), &json!({"messageBody": "é".repeat(2_700_000)}));
    let request = notified(&reply);
    assert!(request.body.len() > 5 << 20);
    assert_eq!(deaf().authenticate(&access(), &request).await, Ok(()));
    assert!(matches!(told(&request), ProviderEvent::Inbound(_)));
}

#[test]
fn a_receipt_has_our_reference_price_and_time() {
    assert_eq!(
        receipt(&delivered()),
        ReceiptEvent {
            attempt: Some(attempt()),
            provider_message_id: ID.into(),
            receipt: Receipt::Delivered,
            error: None,
            cost: Some(tidings_kernel::Money::parse("0.01045", "USD").unwrap()),
            at: Some(datetime!(2026-07-15 15:00:03.47 UTC)),
        }
    );
}

#[test]
fn messages_of_others_have_no_reference_of_ours() {
    for context in [
        json!(null),
        json!({}),
        json!({"att": "theirs"}),
        json!({"t": "acme"}),
    ] {
        let event = receipt(&with(delivered(), &json!({"context": context})));
        assert_eq!(
            (event.attempt, event.provider_message_id.as_str()),
            (None, ID)
        );
    }
}

#[test]
fn a_failure_tells_why_without_the_number() {
    let failed = with(
        delivered(),
        &json!({
            "eventType": "TEXT_CARRIER_BLOCKED", "messageStatus": "CARRIER_BLOCKED",
            "messageStatusDescription": "Phone carrier has blocked the message to +12025550123"
        }),
    );
    let event = receipt(&failed);
    assert_eq!(event.receipt, Receipt::Failed);
    let error = event.error.unwrap();
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Content, "CARRIER_BLOCKED")
    );
    assert_eq!(
        error.detail,
        "Phone carrier has blocked the message to +…23"
    );
}

#[test]
fn what_nobody_told_aws_changes_nothing() {
    for kind in ["TEXT_UNKNOWN", "VOICE_COMPLETED", "TEXT_NEWS"] {
        let event = told(&notified(&with(delivered(), &json!({"eventType": kind}))));
        assert_eq!(event, ProviderEvent::Ignored(kind.into()));
    }
    // Such an event is about no message at all.
    let event = told(&notified(&json!({"eventType": "REGISTRATION_COMPLETE"})));
    assert_eq!(
        event,
        ProviderEvent::Ignored("REGISTRATION_COMPLETE".into())
    );
}

#[test]
fn unknown_fields_are_left_alone() {
    let event = with(
        delivered(),
        &json!({"news": {"deep": [1, 2]}, "totalMessageParts": "many"}),
    );
    assert_eq!(receipt(&event), receipt(&delivered()));
}

#[test]
fn a_reply_is_read() {
    assert_eq!(
        inbound(&reply()),
        InboundEvent {
            provider_message_id: "cae00000-66b9-564c-8309-21f858e9fb84".into(),
            channel: Channel::Sms,
            from: Address::Phone(PhoneNumber::from_e164(TO).unwrap()),
            whatsapp_user: None,
            to: FROM.into(),
            text: "STOP".into(),
            media: Vec::new(),
            button: None,
            shopping: None,
            profile_name: None,
            provider_opt: None,
            at: Some(NOW),
        }
    );
}

#[test]
fn no_text_holds_a_character_that_stores_refuse() {
    let reply = with(
        reply(),
        &json!({"messageBody": "ST\u{0}OP", "inboundMessageId": "a\u{0}b"}),
    );
    let inbound = inbound(&reply);
    assert_eq!(
        (inbound.text.as_str(), inbound.provider_message_id.as_str()),
        ("STOP", "ab")
    );
}

#[test]
fn what_came_from_no_number_is_left_alone() {
    let event = told(&notified(&with(
        reply(),
        &json!({"originationNumber": "AMAZON"}),
    )));
    assert!(matches!(event, ProviderEvent::Ignored(_)), "{event:?}");
}

#[test]
fn an_entry_of_the_delivery_log_is_a_receipt() {
    let entry = json!({
        "notification": {"messageId": ID, "timestamp": "2026-07-15 15:00:00.000"},
        "delivery": {"phoneCarrier": "Example", "mnc": 270, "mcc": 310, "destination": TO,
            "priceInUSD": 0.00645, "smsType": "Transactional",
            "providerResponse": "Phone number is opted out", "dwellTimeMs": 599},
        "status": "FAILURE"
    });
    let event = receipt(&entry);
    assert_eq!(
        (event.attempt, event.provider_message_id.as_str()),
        (None, ID)
    );
    assert_eq!(event.receipt, Receipt::Failed);
    assert_eq!(event.error.unwrap().class, Class::OptedOut);
}

#[test]
fn what_is_not_about_messages_is_ignored() {
    for message in [
        "Successfully validated SNS topic",
        "",
        "[]",
        "null",
        "{}",
        "1",
    ] {
        let event = told(&callback(testing::notification(message, NOW), NOW));
        assert!(
            matches!(event, ProviderEvent::Ignored(_)),
            "{message}: {event:?}"
        );
    }
}

#[test]
fn what_aws_documents_otherwise_is_unreadable() {
    for message in [
        json!({"eventType": "TEXT_DELIVERED"}),
        json!({"messageBody": "STOP"}),
        with(reply(), &json!({"originationNumber": 1})),
        json!({"notification": {}, "delivery": {}}),
    ] {
        let result = deaf().parse(&access(), &notified(&message));
        assert!(result.is_err(), "{message}");
    }
    let no_message = callback(Bytes::from_static(b"{}"), NOW);
    assert!(deaf().parse(&access(), &no_message).is_err());
}

#[tokio::test]
async fn nobody_is_asked_and_no_address_is_checked() {
    let query = tidings_messaging::StatusQuery {
        attempt: attempt(),
        started_at: NOW,
        provider_message_id: Some(ID.into()),
        channel: Channel::Sms,
        from: FROM.into(),
        to: crate::support::to(),
        text: "Ready".into(),
        taken: Vec::new(),
    };
    let found = adapter("http://127.0.0.1:9").find(&access(), &query).await;
    assert_eq!(found.unwrap(), tidings_messaging::Found::CannotTell);
    let request = notified(&delivered());
    assert_eq!(deaf().handshake(&access(), &request).await, None);
}
