//! A fake ClickSend and what to send to it. Every number is reserved for fiction.

use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use tidings_clicksend::ClickSend;
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::{AttemptId, Channel, PhoneNumber, Purpose};
use tidings_messaging::{Access, Address, Content, Credentials, Media, SendableMessage};
use tidings_wire_specs::{Rule, Spec, Violations};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

pub(crate) const USER: &str = "acme-sms";
pub(crate) const KEY: &str = "5F1E2D3C-AAAA-BBBB-CCCC-0123456789AB";
/// What the reference gives for this user and key.
pub(crate) const BASIC: &str = "Basic YWNtZS1zbXM6NUYxRTJEM0MtQUFBQS1CQkJCLUNDQ0MtMDEyMzQ1Njc4OUFC";
pub(crate) const ID: &str = "0A0B0C0D-1111-2222-3333-444455556666";
pub(crate) const FROM: &str = "+12025550100";
pub(crate) const TO: &str = "+12025550123";
/// The attempt, as it travels.
pub(crate) const REFERENCE: &str = "att_00000000000000000000000007";
/// Its end is the example of the reference, section 6.
pub(crate) const CALLBACK: &str =
    "https://hooks.example.com/callbacks/clicksend/4GZMh8i6n-VjX5O5soOfHQwFjFFpaDQDZEhKu2G9e9Y";

pub(crate) fn access_with(more: &[(&str, &str)]) -> Access {
    let fields = [("username", USER), ("api_key", KEY)];
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

/// An adapter that calls this server with a client like the program's, and waits two seconds at most.
pub(crate) fn clicksend(base_url: &str) -> ClickSend {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let base_url = format!("{base_url}/v3").parse().unwrap();
    ClickSend::new(client, base_url).with_timeout(Duration::from_secs(2))
}

pub(crate) fn attempt() -> AttemptId {
    attempt_id(7)
}

pub(crate) fn number(text: &str) -> Address {
    Address::Phone(PhoneNumber::from_e164(text).unwrap())
}

pub(crate) fn message(from: &str, content: Content) -> SendableMessage {
    let purpose = Purpose::Transactional;
    sendable(attempt(), Channel::Sms, purpose, number(TO), from, content)
}

pub(crate) fn sms(text: &str) -> SendableMessage {
    message(FROM, Content::text(text))
}

/// A text with a picture.
pub(crate) fn picture(text: &str) -> Content {
    Content {
        media: vec![Media {
            url: "https://cdn.example.com/a.jpg".into(),
            content_type: Some("image/jpeg".into()),
        }],
        ..Content::text(text)
    }
}

/// An answer in ClickSend's envelope.
pub(crate) fn envelope(status: u16, code: &str, data: &Value) -> Value {
    json!({
        "http_code": status, "response_code": code, "response_msg": "What ClickSend says about it.",
        "data": data,
    })
}

pub(crate) fn success(data: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(envelope(200, "SUCCESS", data))
}

pub(crate) fn refusal(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(envelope(status, code, &Value::Null))
}

/// The answer to a call with one message that came to this.
pub(crate) fn handed(message: &Value) -> Value {
    json!({
        "total_price": 0.0792, "total_count": 1, "queued_count": 1, "blocked_count": 0,
        "messages": [message],
        "_currency": {"currency_name_short": "AUD", "currency_prefix_d": "$",
            "currency_prefix_c": "c", "currency_name_long": "Australian Dollars"}
    })
}

/// A message that was taken, as the reference shows it.
pub(crate) fn taken() -> Value {
    json!({
        "direction": "out", "date": 1_784_127_600, "to": TO, "body": "Ready", "from": FROM,
        "schedule": 1_784_127_600, "message_id": ID, "message_parts": 1, "message_price": "0.0792",
        "custom_string": REFERENCE, "user_id": 10, "subaccount_id": 20,
        "is_shared_system_number": false, "country": "US", "carrier": "Example", "status": "SUCCESS"
    })
}

/// A message that was refused, as the reference shows it.
pub(crate) fn not_taken(status: &str) -> Value {
    json!({
        "to": TO, "body": "Ready", "custom_string": REFERENCE, "status": status,
        "message_parts": 0, "message_price": "0.0000"
    })
}

/// An account in good order, as the specification shows one.
pub(crate) fn account() -> Value {
    json!({
        "user_id": 10, "username": "acme", "user_email": "ana@example.com", "active": 1, "banned": 0,
        "balance": "4.998000", "account_name": "Acme", "country": "US", "on_trial": 0,
        "trial_expiry": null,
        "_currency": {"currency_name_short": "AUD", "currency_prefix_d": "$",
            "currency_prefix_c": "c", "currency_name_long": "Australian Dollars"},
        "_subaccount": {"subaccount_id": 20, "api_username": USER, "api_key": KEY, "access_sms": 1}
    })
}

/// One page of a list.
pub(crate) fn page(entries: &[Value], number: u64, last: u64) -> Value {
    let total = if last > 1 { 500 } else { entries.len() };
    json!({
        "total": total, "per_page": 100, "current_page": number, "last_page": last,
        "next_page_url": null, "prev_page_url": null, "from": 1, "to": entries.len(), "data": entries
    })
}

/// The object with some members replaced.
pub(crate) fn with(object: &Value, members: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in members.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

/// Answers every call of this path so, by any query.
pub(crate) async fn on(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb))
        .and(path(at))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// What the server got; each is held against the specification.
pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    let requests = server.received_requests().await.unwrap();
    for request in &requests {
        let checked = Spec::clicksend().check(&described(request));
        if let Err(violations) = checked {
            assert!(is_the_reference_of_an_mms(&violations), "{violations}");
        }
        assert_eq!(request.headers["authorization"], BASIC);
    }
    requests
}

/// The derived specification lacks one field of an MMS, which ClickSend's Java client has.
fn is_the_reference_of_an_mms(violations: &Violations) -> bool {
    violations.len() == 1 && violations.has(Rule::Unknown, "/body/messages/0/custom_string")
}

fn described(request: &Request) -> tidings_wire_specs::Request {
    let described =
        tidings_wire_specs::Request::new(request.method.to_string(), request.url.to_string());
    request
        .headers
        .iter()
        .fold(described, |described, (name, value)| {
            described.header(name.as_str(), value.to_str().unwrap())
        })
        .body(request.body.clone())
}
