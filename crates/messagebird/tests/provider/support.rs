//! Fakes of the three interfaces, what to send to them, and their signatures. Every number is reserved for
//! fiction.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::{AttemptId, Channel, PhoneNumber, Purpose};
use tidings_messagebird::{Addresses, MessageBird};
use tidings_messaging::{
    Access, Address, CallbackRequest, Content, Credentials, Outcome, Provider as _,
    SendableMessage, StatusQuery,
};
use tidings_provider_http::{hmac_sha256, sha256_hex, unhex};
use tidings_routing::ProviderError;
use tidings_wire_specs::{Request as SpecRequest, Spec};
use time::OffsetDateTime;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

pub(crate) const FROM: &str = "+12025550100";
pub(crate) const TO: &str = "+12025550123";
pub(crate) const TEXT: &str = "Your table is ready";
pub(crate) const CALLBACK: &str = "https://hooks.example.com/callbacks/messagebird/abc";
pub(crate) const ATTEMPT: &str = "att_00000000000000000000000007";
pub(crate) const SMS_ID: &str = "sms_01krdgeqcxet5s7t44vh8rt9mg";
pub(crate) const WHATSAPP_ID: &str = "wam_01krdgeqcxet5s7t44vh8rt9mg";
pub(crate) const BIRD_WORKSPACE: &str = "ws_01krdgeqcxet5s7t44vh8rt9mg";
pub(crate) const UUID: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const WORKSPACE: &str = "22222222-2222-4333-8444-555555555555";
pub(crate) const SMS_CHANNEL: &str = "33333333-2222-4333-8444-555555555555";
pub(crate) const WHATSAPP_CHANNEL: &str = "44444444-2222-4333-8444-555555555555";
pub(crate) const CLASSIC_ID: &str = "e8077d803532c0b5937c639b60216938";
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
pub(crate) const SIGNING_KEY: &str = "mb_signing_key_test_0001";
/// The instant of the vectors.
pub(crate) const NOW: i64 = 1_789_000_000;

pub(crate) fn access(fields: &[(&str, &str)]) -> Access {
    Access {
        tenant: "ten_00000000000000000000000001".parse().unwrap(),
        account: "acc_00000000000000000000000002".parse().unwrap(),
        credentials: Credentials::new(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ),
        callback_url: CALLBACK.into(),
    }
}

pub(crate) fn platform() -> Access {
    access(&[("access_key", "bk_eu1_0123456789"), ("signing_key", SECRET)])
}

pub(crate) fn channels() -> Access {
    access(&[
        ("access_key", "AbCdEfGhIjKlMnOp"),
        ("signing_key", SIGNING_KEY),
        ("workspace_id", WORKSPACE),
        ("sms_channel_id", SMS_CHANNEL),
        ("whatsapp_channel_id", WHATSAPP_CHANNEL),
    ])
}

pub(crate) fn classic() -> Access {
    access(&[
        ("access_key", "live_0123456789"),
        ("signing_key", SIGNING_KEY),
    ])
}

/// An adapter that calls `base_url` for everything, and waits a second at most.
pub(crate) fn messagebird(base_url: &str) -> MessageBird {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_millis(500))
        .build()
        .unwrap();
    let addresses = Addresses::one(&base_url.parse().unwrap());
    MessageBird::new(client, addresses).with_timeout(Duration::from_secs(1))
}

/// An adapter that must not call.
pub(crate) fn offline() -> MessageBird {
    messagebird("http://127.0.0.1:9")
}

pub(crate) fn attempt() -> AttemptId {
    attempt_id(7)
}

pub(crate) fn to() -> Address {
    Address::Phone(PhoneNumber::from_e164(TO).unwrap())
}

pub(crate) fn message_for(
    purpose: Purpose,
    channel: Channel,
    to: Address,
    content: Content,
) -> SendableMessage {
    sendable(attempt(), channel, purpose, to, FROM, content)
}

pub(crate) fn message(channel: Channel, content: Content) -> SendableMessage {
    message_for(Purpose::Transactional, channel, to(), content)
}

pub(crate) fn sms(text: &str) -> SendableMessage {
    message(Channel::Sms, Content::text(text))
}

pub(crate) fn query(channel: Channel, id: Option<&str>) -> StatusQuery {
    StatusQuery {
        attempt: attempt(),
        started_at: OffsetDateTime::from_unix_timestamp(NOW).unwrap(),
        provider_message_id: id.map(str::to_owned),
        channel,
        from: FROM.into(),
        to: to(),
        text: TEXT.into(),
        taken: Vec::new(),
    }
}

/// A server that answers every request in one way.
pub(crate) async fn server(status: u16, body: &Value) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// The one request that a message makes, and what comes of it.
pub(crate) async fn sent(
    access: &Access,
    message: &SendableMessage,
    status: u16,
    answer: &Value,
) -> (Request, Outcome) {
    let server = server(status, answer).await;
    let outcome = messagebird(&server.uri()).send(access, message).await;
    (only_request(&server).await, outcome)
}

/// The one request that the server got.
pub(crate) async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

pub(crate) fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

pub(crate) fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap().to_str().unwrap()
}

/// Path and query.
pub(crate) fn place(request: &Request) -> String {
    let url = request.url.as_str();
    let (_, rest) = url.split_once("://").unwrap();
    format!("/{}", rest.split_once('/').unwrap().1)
}

/// Holds a request to the platform's specification, and gives the operation.
pub(crate) fn meets_the_specification(request: &Request) -> String {
    let mut spec = SpecRequest::new(request.method.as_str(), place(request));
    for (name, value) in &request.headers {
        spec = spec.header(name.as_str(), value.to_str().unwrap());
    }
    let spec = spec.body(request.body.clone());
    Spec::bird().assert(&spec).id().to_owned()
}

/// What is refused without a call.
pub(crate) async fn refused_here(access: &Access, message: &SendableMessage) -> ProviderError {
    match offline().send(access, message).await {
        Outcome::Rejected(error) => error,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn request(
    method: &str,
    url: &str,
    headers: Vec<(String, String)>,
    body: impl Into<Bytes>,
) -> CallbackRequest {
    CallbackRequest {
        method: method.into(),
        url: url.into(),
        headers,
        body: body.into(),
        received_at: OffsetDateTime::from_unix_timestamp(NOW).unwrap(),
    }
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A callback of the platform, signed at `at`.
pub(crate) fn platform_callback_at(at: i64, body: impl Into<Bytes>) -> CallbackRequest {
    let body = body.into();
    let at = at.to_string();
    let signed = [&b"msg_1"[..], at.as_bytes(), &body].join(&b'.');
    let tag = hmac_sha256(b"0123456789abcdef0123456789abcdef", &signed);
    let signature = format!("v1,{}", STANDARD.encode(tag));
    let headers = headers(&[
        ("content-type", "application/json"),
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", &at),
        ("webhook-signature", &signature),
    ]);
    request("POST", CALLBACK, headers, body)
}

pub(crate) fn platform_callback(body: &Value) -> CallbackRequest {
    platform_callback_at(NOW, body.to_string())
}

/// A callback of a workspace, signed at `at`.
pub(crate) fn channels_callback_at(at: i64, body: impl Into<Bytes>) -> CallbackRequest {
    let body = body.into();
    let at = at.to_string();
    let hash = unhex(&sha256_hex(&body)).unwrap();
    let signed = [at.as_bytes(), CALLBACK.as_bytes(), &hash].join(&b'\n');
    let tag = STANDARD.encode(hmac_sha256(SIGNING_KEY.as_bytes(), &signed));
    let headers = headers(&[
        ("content-type", "application/json"),
        ("messagebird-signature", &tag),
        ("messagebird-request-timestamp", &at),
    ]);
    request("POST", CALLBACK, headers, body)
}

pub(crate) fn channels_callback(body: &Value) -> CallbackRequest {
    channels_callback_at(NOW, body.to_string())
}

/// The claims of a token over an address and a body, as MessageBird makes them.
pub(crate) fn claims(url: &str, body: &[u8]) -> Value {
    let mut claims = json!({
        "iss": "MessageBird", "iat": NOW, "nbf": NOW, "exp": NOW + 60, "jti": "8b5f9f5a",
        "url_hash": sha256_hex(url.as_bytes()),
    });
    if !body.is_empty() {
        claims["payload_hash"] = sha256_hex(body).into();
    }
    claims
}

pub(crate) fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(&json!({"alg": "HS256", "typ": "JWT"})),
        part(claims)
    );
    let tag = hmac_sha256(SIGNING_KEY.as_bytes(), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// A callback of MessageBird with these claims.
pub(crate) fn classic_callback_with(
    claims: &Value,
    method: &str,
    url: &str,
    body: &str,
) -> CallbackRequest {
    let headers = headers(&[("messagebird-signature-jwt", &token(claims))]);
    request(method, url, headers, body.to_owned())
}

pub(crate) fn classic_callback(method: &str, query: &str, body: &str) -> CallbackRequest {
    let url = format!("{CALLBACK}?{query}");
    classic_callback_with(&claims(&url, body.as_bytes()), method, &url, body)
}
