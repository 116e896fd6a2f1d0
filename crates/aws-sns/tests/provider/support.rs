//! A fake AWS and what to send to it. Every number is reserved for fiction.

use bytes::Bytes;
use secrecy::SecretString;
use std::{sync::Arc, time::Duration as Span};
use tidings_aws_http::testing::{self, TOPIC};
use tidings_aws_sns::{AwsSns, Endpoints};
use tidings_conformance::{attempt_id, fixtures, sendable};
use tidings_kernel::{AttemptId, Channel, PhoneNumber, Purpose};
use tidings_messaging::{
    Access, Address, CallbackRequest, Content, Credentials, Media, Outcome, Provider as _,
    SendableMessage,
};
use tidings_routing::ProviderError;
use time::{Duration, OffsetDateTime};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

pub(crate) const NOW: OffsetDateTime = fixtures::NOW;
pub(crate) const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const FROM: &str = "+12025550100";
pub(crate) const TO: &str = "+12025550123";
pub(crate) const ID: &str = "0a0b0c0d-1111-4222-8333-444455556666";
pub(crate) const CALLBACK: &str = "https://hooks.example.com/callbacks/aws_sns/abc";

pub(crate) fn access_with(more: &[(&str, &str)]) -> Access {
    let fields = [
        ("access_key_id", KEY),
        ("secret_access_key", SECRET),
        ("region", "us-east-1"),
        ("topic_arn", TOPIC),
    ];
    let fields = fields.iter().chain(more);
    Access {
        tenant: "ten_00000000000000000000000001".parse().unwrap(),
        account: "acc_00000000000000000000000002".parse().unwrap(),
        credentials: Credentials::new(
            fields.map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ),
        callback_url: CALLBACK.into(),
    }
}

pub(crate) fn access() -> Access {
    access_with(&[("configuration_set", "our-platform")])
}

/// The same account, with plain SNS.
pub(crate) fn sns_access() -> Access {
    access_with(&[("api", "sns")])
}

pub(crate) fn client() -> reqwest::Client {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Span::from_secs(1))
        .build()
        .unwrap()
}

/// An adapter that calls `base_url` for everything, waits two seconds at most, and knows the certificate of
/// tests.
pub(crate) fn adapter(base_url: &str) -> AwsSns {
    let url: url::Url = base_url.parse().unwrap();
    let endpoints = Endpoints {
        sms_voice: Some(url.clone()),
        sns: Some(url),
    };
    let clock = Arc::new(fixtures::FixedClock(NOW));
    AwsSns::new(client(), endpoints, Arc::clone(&clock) as _)
        .with_timeout(Span::from_secs(2))
        .with_verifier(Arc::new(testing::verifier(clock)))
}

/// An adapter for callbacks, that can call nobody.
pub(crate) fn deaf() -> AwsSns {
    adapter("http://127.0.0.1:9")
}

pub(crate) fn attempt() -> AttemptId {
    attempt_id(7)
}

pub(crate) fn to() -> Address {
    Address::Phone(PhoneNumber::from_e164(TO).unwrap())
}

pub(crate) fn message(from: &str, purpose: Purpose, content: Content) -> SendableMessage {
    sendable(attempt(), Channel::Sms, purpose, to(), from, content)
}

pub(crate) fn sms(text: &str) -> SendableMessage {
    message(FROM, Purpose::Transactional, Content::text(text))
}

pub(crate) fn mms(text: &str, urls: &[&str]) -> SendableMessage {
    let media = urls.iter().map(|url| Media {
        url: (*url).to_owned(),
        content_type: None,
    });
    let content = Content {
        media: media.collect(),
        ..Content::text(text)
    };
    message(FROM, Purpose::Transactional, content)
}

/// What `server` got when `message` was sent to it, and what came of it.
pub(crate) async fn sent(
    access: &Access,
    message: &SendableMessage,
    answer: ResponseTemplate,
) -> (Outcome, Vec<Request>) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let outcome = adapter(&server.uri()).send(access, message).await;
    (outcome, server.received_requests().await.unwrap())
}

/// The one request that an accepted message causes.
pub(crate) async fn request(access: &Access, message: &SendableMessage) -> Request {
    let answer = match access.credentials.get("api") {
        None => ResponseTemplate::new(200).set_body_json(serde_json::json!({"MessageId": ID})),
        Some(_) => ResponseTemplate::new(200).set_body_string(published()),
    };
    let (outcome, mut requests) = sent(access, message, answer).await;
    let accepted = Outcome::Accepted {
        provider_message_id: ID.into(),
    };
    assert_eq!(outcome, accepted);
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// A refusal before any call.
pub(crate) async fn refused_here(access: &Access, message: &SendableMessage) -> ProviderError {
    let (outcome, requests) = sent(access, message, ResponseTemplate::new(200)).await;
    assert_eq!(requests.len(), 0);
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// What SNS answers when it has taken a message.
pub(crate) fn published() -> String {
    format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n <PublishResult>\
         <MessageId>{ID}</MessageId></PublishResult>\n <ResponseMetadata>\
         <RequestId>9a9b9c9d-1111-5222-8333-444455556666</RequestId></ResponseMetadata>\n</PublishResponse>"
    )
}

/// What SNS answers when it refuses.
pub(crate) fn sns_error(code: &str, words: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{words}</Message></Error><RequestId>9a9b</RequestId></ErrorResponse>"
    )
}

/// A request as SNS makes it.
pub(crate) fn callback(body: Bytes, received_at: OffsetDateTime) -> CallbackRequest {
    let headers = [
        ("content-type", "text/plain; charset=UTF-8"),
        ("x-amz-sns-message-type", "Notification"),
        ("x-amz-sns-topic-arn", TOPIC),
    ];
    CallbackRequest {
        method: "POST".into(),
        url: CALLBACK.into(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body,
        received_at,
    }
}

/// A notification that was published a moment before it came.
pub(crate) fn notified(message: &serde_json::Value) -> CallbackRequest {
    let body = testing::notification(&message.to_string(), NOW);
    callback(body, NOW + Duration::SECOND)
}

/// An event of the reference, section 4.2, about our attempt.
pub(crate) fn delivered() -> serde_json::Value {
    serde_json::json!({
        "eventType": "TEXT_DELIVERED", "eventVersion": "1.0", "eventTimestamp": 1_784_127_603_470_i64,
        "isFinal": true, "originationPhoneNumber": FROM, "destinationPhoneNumber": TO,
        "isoCountryCode": "US", "isInternationalSend": false, "mcc": "310", "mnc": "800",
        "carrierName": "Example", "messageId": ID, "messageRequestTimestamp": 1_784_127_600_170_i64,
        "messageEncoding": "GSM", "messageType": "TRANSACTIONAL", "messageStatus": "DELIVERED",
        "messageStatusDescription": "Message has been accepted by phone",
        "context": {"att": attempt().to_string()}, "totalMessageParts": 1,
        "totalMessagePrice": 0.00745, "totalCarrierFee": 0.003
    })
}
