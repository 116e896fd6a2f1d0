//! A fake Twilio and what to send to it. Every number is reserved for fiction.

use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::{AttemptId, Channel, PhoneNumber, Purpose};
use tidings_messaging::Outcome;
use tidings_messaging::{Access, Address, Content, Credentials, SendableMessage};
use tidings_routing::ProviderError;
use tidings_twilio::Twilio;
use tidings_wire_specs::{Operation, Spec};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const KEY: &str = "SK00000000000000000000000000000002";
pub(crate) const SERVICE: &str = "MG00000000000000000000000000000003";
pub(crate) const SID: &str = "SM00000000000000000000000000000004";
pub(crate) const FROM: &str = "+12025550100";
pub(crate) const TO: &str = "+12025550123";
pub(crate) const CALLBACK: &str = "https://hooks.example.com/callbacks/twilio/abc";
pub(crate) const MESSAGES: &str =
    "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json";

pub(crate) fn access_with(more: &[(&str, &str)]) -> Access {
    let fields = [("account_sid", ACCOUNT), ("auth_token", TOKEN)];
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
    access_with(&[])
}

/// An adapter that calls `base_url`, and waits two seconds at most.
pub(crate) fn twilio(base_url: &str) -> Twilio {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    Twilio::new(client, base_url.parse().unwrap()).with_timeout(Duration::from_secs(2))
}

pub(crate) fn attempt() -> AttemptId {
    attempt_id(7)
}

pub(crate) fn to() -> Address {
    Address::Phone(PhoneNumber::from_e164(TO).unwrap())
}

pub(crate) fn message(channel: Channel, content: Content) -> SendableMessage {
    sendable(
        attempt(),
        channel,
        Purpose::Transactional,
        to(),
        FROM,
        content,
    )
}

pub(crate) fn sms(text: &str) -> SendableMessage {
    message(Channel::Sms, Content::text(text))
}

/// A server that gives this answer to everything.
pub(crate) async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// The requests that the server got, which Twilio's specification knows in every part.
pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    let requests = server.received_requests().await.unwrap();
    for request in &requests {
        known(request);
    }
    requests
}

/// The one request that the server got.
pub(crate) async fn only_request(server: &MockServer) -> Request {
    let mut requests = requests(server).await;
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// What Twilio's specification takes a request for.
pub(crate) fn known(request: &Request) -> Operation {
    let wire = tidings_wire_specs::Request::new(request.method.as_str(), request.url.as_str());
    let headers = request.headers.iter();
    let wire = headers.fold(wire, |wire, (name, value)| {
        wire.header(name.as_str(), value.to_str().unwrap())
    });
    Spec::twilio().assert(&wire.body(request.body.clone()))
}

pub(crate) fn rejected(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn fields(request: &Request) -> Vec<(String, String)> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

/// A message resource as Twilio's specification shows it.
pub(crate) fn resource() -> Value {
    json!({
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": "Ready",
        "date_created": "Wed, 15 Jul 2026 15:00:01 +0000", "date_sent": null,
        "date_updated": "Wed, 15 Jul 2026 15:00:01 +0000", "direction": "outbound-api",
        "error_code": null, "error_message": null, "from": FROM, "messaging_service_sid": null,
        "num_media": "0", "num_segments": "1", "price": null, "price_unit": null, "sid": SID,
        "status": "queued",
        "subresource_uris": {"media": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media.json")},
        "to": TO, "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json")
    })
}

/// The resource with some members replaced.
pub(crate) fn resource_with(members: &Value) -> Value {
    let mut resource = resource();
    for (name, value) in members.as_object().unwrap() {
        resource[name] = value.clone();
    }
    resource
}

/// The body of a refusal as Twilio's specification shows it.
pub(crate) fn refusal(code: u32, message: &str, status: u16) -> Value {
    json!({
        "code": code, "message": message, "status": status,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}")
    })
}
