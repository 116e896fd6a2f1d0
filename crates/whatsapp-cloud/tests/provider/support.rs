//! A fake Meta and what to send to it. Every number is reserved for fiction.

use bytes::Bytes;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{sync::LazyLock, time::Duration};
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::{AttemptId, Channel, Purpose};
use tidings_messaging::{
    Access, Address, CallbackRequest, Content, Credentials, Media, Outcome, Provider as _,
    ProviderEvent, SendableMessage,
};
use tidings_provider_http::{hex, hmac_sha256};
use tidings_routing::ProviderError;
use tidings_whatsapp_cloud::{DEFAULT_VERSION, WhatsappCloud};
use tidings_wire_specs::{Operation, Spec};
use time::macros::datetime;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

pub(crate) const SECRET: &str = "test_app_secret_0123456789abcdef";
pub(crate) const TOKEN: &str = "EAATESTTOKEN";
pub(crate) const PROOF: &str = "23d2deeb06e78f15b221fcb84ed49c67b34099195239f52dd9cc31c05d852362";
pub(crate) const NUMBER: &str = "111222333444555";
pub(crate) const WABA: &str = "100200300400500";
pub(crate) const FROM: &str = "+12025550100";
pub(crate) const TO: &str = "+12025550123";
pub(crate) const WAMID: &str = "wamid.TESTVECTOR0001";
pub(crate) const SIGNATURE: &str = "x-hub-signature-256";

pub(crate) fn access_without(field: &str) -> Access {
    let fields = [
        ("access_token", TOKEN),
        ("app_secret", SECRET),
        ("verify_token", "our-token"),
        ("phone_number_id", NUMBER),
        ("waba_id", WABA),
    ];
    let fields = fields.into_iter().filter(|(name, _)| *name != field);
    Access {
        tenant: "ten_00000000000000000000000001".parse().unwrap(),
        account: "acc_00000000000000000000000002".parse().unwrap(),
        credentials: Credentials::new(
            fields.map(|(name, value)| (name.to_owned(), SecretString::from(value))),
        ),
        callback_url: "https://tidings.example/callbacks/whatsapp_cloud/secret".into(),
    }
}

pub(crate) fn access() -> Access {
    access_without("")
}

/// An adapter that calls `base_url`, and waits two seconds at most.
pub(crate) fn whatsapp(base_url: &str) -> WhatsappCloud {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    WhatsappCloud::new(client, base_url.parse().unwrap(), DEFAULT_VERSION.into())
        .with_timeout(Duration::from_secs(2))
}

/// An adapter that calls nobody; one for all, since a client takes a while to make.
pub(crate) fn adapter() -> &'static WhatsappCloud {
    static ADAPTER: LazyLock<WhatsappCloud> = LazyLock::new(|| whatsapp("http://127.0.0.1:9"));
    &ADAPTER
}

pub(crate) fn attempt() -> AttemptId {
    attempt_id(7)
}

pub(crate) fn to(text: &str) -> Address {
    match text.parse() {
        Ok(number) => Address::Phone(number),
        Err(_) => Address::WhatsappUser(text.to_owned()),
    }
}

pub(crate) fn message(purpose: Purpose, content: Content) -> SendableMessage {
    let channel = Channel::Whatsapp;
    sendable(attempt(), channel, purpose, to(TO), FROM, content)
}

pub(crate) fn text(text: &str) -> SendableMessage {
    message(Purpose::Transactional, Content::text(text))
}

pub(crate) fn with_media(text: &str, media: &[(&str, Option<&str>)]) -> Content {
    let media = media.iter().map(|(url, content_type)| Media {
        url: (*url).to_owned(),
        content_type: content_type.map(str::to_owned),
    });
    Content {
        media: media.collect(),
        ..Content::text(text)
    }
}

/// A server that gives this answer to everything.
pub(crate) async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// What Meta's specification takes a request for.
pub(crate) fn on_the_wire(request: &Request) -> Operation {
    let wire = tidings_wire_specs::Request::new(request.method.as_str(), request.url.as_str());
    let headers = request.headers.iter();
    let wire = headers.fold(wire, |wire, (name, value)| {
        wire.header(name.as_str(), value.to_str().unwrap())
    });
    Spec::meta().assert(&wire.body(request.body.clone()))
}

/// The one request that the server got, and what Meta's specification takes it for.
pub(crate) async fn only_request(server: &MockServer) -> (Request, Operation) {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let request = requests.remove(0);
    let operation = on_the_wire(&request);
    let proof = request
        .url
        .query_pairs()
        .find(|(name, _)| name == "appsecret_proof");
    assert_eq!(proof.unwrap().1, PROOF);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(request.headers["authorization"], bearer.as_str());
    (request, operation)
}

/// Sends to a server that accepts, and gives back the body that it got.
pub(crate) async fn body(message: &SendableMessage) -> Value {
    let server = answering(ResponseTemplate::new(200).set_body_json(accepted())).await;
    let outcome = whatsapp(&server.uri()).send(&access(), message).await;
    let expected = Outcome::Accepted {
        provider_message_id: WAMID.into(),
    };
    assert_eq!(outcome, expected);
    let (request, operation) = only_request(&server).await;
    assert_eq!(operation.id(), "sendMessage");
    assert_eq!(operation.parameter("phone_number_id"), Some(NUMBER));
    request.body_json().unwrap()
}

/// The body of a message of this content.
pub(crate) async fn wired(content: Content) -> Value {
    body(&message(Purpose::Transactional, content)).await
}

/// What every message has, with these members added.
pub(crate) fn with_common(members: &Value) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": TO,
        "biz_opaque_callback_data": attempt().to_string()
    });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn rejected(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("{other:?}"),
    }
}

/// A refusal by us: nothing may reach the server.
pub(crate) async fn refused_here(message: &SendableMessage) -> ProviderError {
    let server = MockServer::start().await;
    let error = rejected(whatsapp(&server.uri()).send(&access(), message).await);
    assert!(server.received_requests().await.unwrap().is_empty());
    assert!(!error.advice.is_empty());
    error
}

/// The answer of acceptance.
pub(crate) fn accepted() -> Value {
    json!({
        "messaging_product": "whatsapp", "contacts": [{"input": TO, "wa_id": "12025550123"}],
        "messages": [{"id": WAMID}]
    })
}

/// A refusal as Meta documents it.
pub(crate) fn meta_error(code: u32, details: &str) -> Value {
    json!({"error": {
        "message": format!("(#{code})"), "type": "OAuthException", "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details}
    }})
}

/// A request of Meta's, unsigned.
pub(crate) fn request(
    method: &str,
    query: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> CallbackRequest {
    CallbackRequest {
        method: method.into(),
        url: format!("{}{query}", access().callback_url),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        received_at: datetime!(2026-07-15 15:00 UTC),
    }
}

pub(crate) fn signed(body: &str) -> CallbackRequest {
    let hex = hex(&hmac_sha256(SECRET.as_bytes(), body.as_bytes()));
    request("POST", "", &[(SIGNATURE, &format!("sha256={hex}"))], body)
}

/// A callback of these changes, as Meta wraps them.
pub(crate) fn callback(changes: &Value) -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": changes}]})
        .to_string()
}

pub(crate) fn change(field: &str, mut value: Value) -> Value {
    value["metadata"] = json!({"display_phone_number": "15550001111", "phone_number_id": NUMBER});
    json!({"field": field, "value": value})
}

pub(crate) fn events(changes: &Value) -> Vec<ProviderEvent> {
    adapter()
        .parse(&access(), &request("POST", "", &[], &callback(changes)))
        .unwrap()
}

pub(crate) fn event(field: &str, value: Value) -> ProviderEvent {
    let mut events = events(&json!([change(field, value)]));
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}
