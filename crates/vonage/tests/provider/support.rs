//! A fake Vonage and what to send to it. Every number is reserved for fiction.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::{AttemptId, Channel, Clock, PhoneNumber, Purpose};
use tidings_messaging::{
    Access, Address, CallbackRequest, Content, Credentials, Media, Outcome, Provider as _,
    SendableMessage,
};
use tidings_provider_http::{hmac_sha256, sha256_hex};
use tidings_routing::ProviderError;
use tidings_vonage::Vonage;
use tidings_wire_specs::Spec;
use time::{OffsetDateTime, macros::datetime};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

pub(crate) const API_KEY: &str = "abcd1234";
pub(crate) const API_SECRET: &str = "vonage_api_secret_test";
pub(crate) const SECRET: &str = "vonage_signature_secret_test_0123456789abcdef";
pub(crate) const APPLICATION: &str = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";
pub(crate) const PRIVATE_KEY: &str = include_str!("../keys/application.pem");
pub(crate) const PUBLIC_KEY: &str = include_str!("../keys/application.public.pem");
pub(crate) const ID: &str = "aaaaaaaa-bbbb-4ccc-8ddd-000000000001";
pub(crate) const FROM: &str = "+12025550100";
pub(crate) const TO: &str = "+12025550123";
pub(crate) const CALLBACK: &str = "https://hooks.example.com/callbacks/vonage/abc";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-07-15 15:00:10 UTC);

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> OffsetDateTime {
        NOW
    }
}

pub(crate) fn access_with(more: &[(&str, &str)]) -> Access {
    let fields = [
        ("api_key", API_KEY),
        ("api_secret", API_SECRET),
        ("signature_secret", SECRET),
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

/// An account without an application.
pub(crate) fn access() -> Access {
    access_with(&[])
}

/// An account with an application.
pub(crate) fn with_application() -> Access {
    access_with(&[
        ("application_id", APPLICATION),
        ("private_key", PRIVATE_KEY),
    ])
}

/// An adapter that calls `base_url` for everything, and waits two seconds at most.
pub(crate) fn vonage(base_url: &str) -> Vonage {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let url: url::Url = base_url.parse().unwrap();
    Vonage::new(client, Arc::new(Fixed), url.clone(), url).with_timeout(Duration::from_secs(2))
}

/// An adapter that calls nobody; one for all, since a client takes a while to make.
pub(crate) fn adapter() -> &'static Vonage {
    static ADAPTER: LazyLock<Vonage> = LazyLock::new(|| vonage("http://127.0.0.1:9"));
    &ADAPTER
}

pub(crate) fn attempt() -> AttemptId {
    attempt_id(7)
}

pub(crate) fn to() -> Address {
    Address::Phone(PhoneNumber::from_e164(TO).unwrap())
}

pub(crate) fn message(channel: Channel, content: Content) -> SendableMessage {
    let purpose = Purpose::Transactional;
    sendable(attempt(), channel, purpose, to(), FROM, content)
}

pub(crate) fn sms(text: &str) -> SendableMessage {
    message(Channel::Sms, Content::text(text))
}

pub(crate) fn media(url: &str) -> Media {
    Media {
        url: url.into(),
        content_type: None,
    }
}

/// A server that gives this answer to everything.
pub(crate) async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// The one request that the server got.
pub(crate) async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// The same request for the check against a specification.
pub(crate) fn on_the_wire(request: &Request) -> tidings_wire_specs::Request {
    let wire = tidings_wire_specs::Request::new(request.method.as_str(), request.url.as_str());
    let headers = request.headers.iter();
    headers
        .fold(wire, |wire, (name, value)| {
            wire.header(name.as_str(), value.to_str().unwrap())
        })
        .body(request.body.clone())
}

/// Sends to a server that accepts, and gives back the request, which the specification knows in every part.
pub(crate) async fn accepted(access: &Access, message: &SendableMessage) -> Request {
    let server = answering(ResponseTemplate::new(202).set_body_json(taken())).await;
    let outcome = vonage(&server.uri()).send(access, message).await;
    let expected = Outcome::Accepted {
        provider_message_id: ID.into(),
    };
    assert_eq!(outcome, expected);
    let request = only_request(&server).await;
    let operation = Spec::vonage_messages().assert(&on_the_wire(&request));
    assert_eq!(operation.id(), "sendMessage");
    request
}

/// The body of an accepted message.
pub(crate) async fn body(access: &Access, message: &SendableMessage) -> Value {
    accepted(access, message).await.body_json().unwrap()
}

/// What every body has, with these members added.
pub(crate) fn with_common(members: &Value) -> Value {
    let mut body = json!({
        "to": "12025550123", "from": "12025550100", "client_ref": attempt().to_string(),
        "webhook_url": CALLBACK, "webhook_version": "v1"
    });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// What Vonage would answer to everything.
pub(crate) async fn outcome(answer: ResponseTemplate) -> Outcome {
    let server = answering(answer).await;
    vonage(&server.uri()).send(&access(), &sms("Ready")).await
}

pub(crate) fn rejected(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("{other:?}"),
    }
}

/// A refusal by us: nothing may reach the server.
pub(crate) async fn refused_here(access: &Access, message: &SendableMessage) -> ProviderError {
    let server = MockServer::start().await;
    let error = rejected(vonage(&server.uri()).send(access, message).await);
    assert!(server.received_requests().await.unwrap().is_empty());
    assert!(!error.advice.is_empty());
    error
}

/// The answer of acceptance.
pub(crate) fn taken() -> Value {
    json!({"message_uuid": ID})
}

/// An error as Vonage's specification shows it.
pub(crate) fn problem(code: &str, title: &str, detail: &str) -> Value {
    json!({
        "type": format!("https://developer.vonage.com/api-errors/messages#{code}"), "title": title,
        "detail": detail, "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf"
    })
}

/// A token that Vonage would make, with these claims.
pub(crate) fn token(claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let signed = format!("{}.{}", part(&header), part(claims));
    let tag = hmac_sha256(secret.as_bytes(), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// What Vonage claims of this body.
pub(crate) fn claims(body: &[u8]) -> Value {
    json!({
        "iat": NOW.unix_timestamp() - 1, "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5", "iss": "Vonage",
        "payload_hash": sha256_hex(body), "api_key": API_KEY, "application_id": APPLICATION
    })
}

/// A request that Vonage would make with this body and these claims.
pub(crate) fn claiming(body: impl Into<Bytes>, claims: &Value) -> CallbackRequest {
    CallbackRequest {
        method: "POST".into(),
        url: CALLBACK.into(),
        headers: vec![
            ("content-type".into(), "application/json".into()),
            (
                "authorization".into(),
                format!("Bearer {}", token(claims, SECRET)),
            ),
        ],
        body: body.into(),
        received_at: NOW,
    }
}

/// A request that Vonage would make with this body.
pub(crate) fn callback(body: &Value) -> CallbackRequest {
    let body = body.to_string().into_bytes();
    let claims = claims(&body);
    claiming(body, &claims)
}

/// A status as Vonage's specification shows it, with members replaced or added.
pub(crate) fn status(name: &str, members: &Value) -> Value {
    let mut body = json!({
        "message_uuid": ID, "to": "12025550123", "from": "12025550100",
        "timestamp": "2026-07-15T15:00:05Z", "status": name, "channel": "sms",
        "client_ref": attempt().to_string(), "sms": {"count_total": "1"},
        "destination": {"network_code": "12345"}
    });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
