mod connect;
mod events;
mod find;
mod moto;
mod send;
mod suite;

use crate::support::{access, clock};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tidings_aws_http::testing::{TOPIC, verifier};
use tidings_email::ses::Ses;
use tidings_messaging::Access;
use tidings_wire_specs::{AwsModel, Operation};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const ID: &str = "0100018f0a0b0c0d-11111111-2222-3333-4444-555555555555-000000";

/// An adapter that calls `base_url`, and waits two seconds at most.
pub(crate) fn ses(base_url: &str) -> Ses {
    let notifications = Arc::new(verifier(clock()));
    let base_url = Some(base_url.parse().unwrap());
    Ses::new(http(), base_url, notifications, clock()).with_timeout(Duration::from_secs(2))
}

pub(crate) fn http() -> reqwest::Client {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(1))
        .build()
        .unwrap()
}

pub(crate) fn account_with(more: &[(&str, &str)]) -> Access {
    let mut fields = vec![
        ("access_key_id", "AKIAIOSFODNN7EXAMPLE"),
        ("secret_access_key", SECRET),
        ("region", "eu-west-1"),
        ("configuration_set", "our-platform"),
        ("topic_arn", TOPIC),
    ];
    for (name, value) in more {
        fields.retain(|(other, _)| other != name);
        fields.push((name, value));
    }
    access("ses", &fields)
}

pub(crate) fn account() -> Access {
    account_with(&[])
}

/// A server that gives one answer to everything.
pub(crate) async fn answering(status: u16, body: &Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    server
}

/// The one request that a server got, held against the model of SES.
pub(crate) async fn only_request(server: &MockServer) -> (Operation, wiremock::Request) {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let request = requests.remove(0);
    (checked(&request), request)
}

fn checked(request: &wiremock::Request) -> Operation {
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let request = tidings_wire_specs::Request::new(request.method.as_str(), request.url.as_str())
        .headers(headers)
        .body(request.body.clone());
    AwsModel::sesv2().assert(&request)
}

/// An answer to `GetAccount` for an account without blame.
pub(crate) fn healthy() -> Value {
    json!({
        "DedicatedIpAutoWarmupEnabled": false, "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": true, "SendingEnabled": true,
        "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 12.0},
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    })
}
