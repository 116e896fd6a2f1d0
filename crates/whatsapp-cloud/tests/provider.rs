//! The whole adapter against a server that answers as Meta does, or fails as networks do.
#![expect(
    clippy::unwrap_used,
    reason = "test helpers: a panic is how a check fails"
)]

use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use tidings_conformance::{attempt_id, sendable};
use tidings_kernel::{AccountId, Channel, Purpose, TenantId};
use tidings_messaging::{
    Access, Address, ConnectError, Content, Credentials, Found, Outcome, Provider, SendableMessage,
    StatusQuery,
};
use tidings_routing::{Class, ProviderError};
use tidings_whatsapp_cloud::{DEFAULT_VERSION, WhatsappCloud};
use time::macros::datetime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, header, method, path, query_param},
};

const PROOF: &str = "23d2deeb06e78f15b221fcb84ed49c67b34099195239f52dd9cc31c05d852362";
const MESSAGES: &str = "/v25.0/111222333444555/messages";
const NUMBER: &str = "/v25.0/111222333444555";

fn provider(base_url: &str) -> WhatsappCloud {
    // Only the first of all tests in this process can install it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    WhatsappCloud::new(client, base_url.parse().unwrap(), DEFAULT_VERSION.into())
}

fn access_without(field: &str) -> Access {
    let fields = [
        ("access_token", "EAATESTTOKEN"),
        ("app_secret", "test_app_secret_0123456789abcdef"),
        ("verify_token", "our-token"),
        ("phone_number_id", "111222333444555"),
        ("waba_id", "100200300400500"),
    ];
    let fields = fields.into_iter().filter(|(name, _)| *name != field);
    let fields = fields.map(|(name, value)| (name.to_owned(), SecretString::from(value)));
    Access {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        account: AccountId::from_uuid(Uuid::from_u128(2)),
        credentials: Credentials::new(fields),
        callback_url: "https://tidings.example/callbacks/whatsapp_cloud/secret".into(),
    }
}

fn access() -> Access {
    access_without("")
}

fn recipient() -> Address {
    Address::Phone("+12025550123".parse().unwrap())
}

fn message() -> SendableMessage {
    let content = Content::text("Your table is ready");
    sendable(
        attempt_id(7),
        Channel::Whatsapp,
        Purpose::Transactional,
        recipient(),
        "+12025550100",
        content,
    )
}

async fn answering(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(MESSAGES))
        .respond_with(template)
        .expect(1)
        .mount(&server)
        .await;
    server
}

fn meta_error(code: u32, details: &str) -> Value {
    let data = json!({"messaging_product": "whatsapp", "details": details});
    json!({"error": {"message": format!("(#{code})"), "type": "OAuthException", "code": code, "error_data": data}})
}

async fn rejected(template: ResponseTemplate) -> ProviderError {
    let server = answering(template).await;
    match provider(&server.uri()).send(&access(), &message()).await {
        Outcome::Rejected(error) => error,
        other => panic!("{other:?}"),
    }
}

async fn is_unknown(provider: WhatsappCloud) -> bool {
    matches!(
        provider.send(&access(), &message()).await,
        Outcome::Unknown { .. }
    )
}

#[tokio::test]
async fn a_message_is_posted_once_with_token_proof_and_reference() {
    let server = MockServer::start().await;
    let answer = json!({
        "messaging_product": "whatsapp", "contacts": [{"input": "+12025550123", "wa_id": "12025550123"}],
        "messages": [{"id": "wamid.TESTVECTOR0001"}],
    });
    Mock::given(method("POST"))
        .and(path(MESSAGES))
        .and(query_param("appsecret_proof", PROOF))
        .and(header("authorization", "Bearer EAATESTTOKEN"))
        .and(header("content-type", "application/json"))
        .and(body_partial_json(json!({
            "to": "+12025550123", "type": "text", "text": {"body": "Your table is ready"},
            "biz_opaque_callback_data": attempt_id(7).to_string(),
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(&server)
        .await;
    let outcome = provider(&server.uri()).send(&access(), &message()).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: "wamid.TESTVECTOR0001".into()
        }
    );
}

#[tokio::test]
async fn a_base_address_with_a_path_keeps_it() {
    let server = MockServer::start().await;
    Mock::given(path(format!("/meta{MESSAGES}")))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"messages": [{"id": "wamid.X"}]})),
        )
        .expect(2)
        .mount(&server)
        .await;
    for base in [
        format!("{}/meta", server.uri()),
        format!("{}/meta/", server.uri()),
    ] {
        let outcome = provider(&base).send(&access(), &message()).await;
        assert_eq!(
            outcome,
            Outcome::Accepted {
                provider_message_id: "wamid.X".into()
            }
        );
    }
}

#[tokio::test]
async fn meta_s_refusals_keep_code_words_and_wait() {
    let pair =
        rejected(ResponseTemplate::new(400).set_body_json(meta_error(131_056, "Too many"))).await;
    assert_eq!(
        (pair.class, pair.retry_after_seconds),
        (Class::RateLimited, Some(6))
    );
    assert_eq!(
        (pair.provider_code.as_str(), pair.detail.as_str()),
        ("131056", "Too many")
    );

    let usage = r#"{"1":[{"type":"whatsapp","estimated_time_to_regain_access":19}]}"#;
    let calls = ResponseTemplate::new(400)
        .insert_header("x-business-use-case-usage", usage)
        .set_body_json(meta_error(80_007, "Rate limit"));
    assert_eq!(rejected(calls).await.retry_after_seconds, Some(19 * 60));

    let window =
        rejected(ResponseTemplate::new(400).set_body_json(meta_error(131_047, "24 hours"))).await;
    assert_eq!(window.class, Class::WindowClosed);
    let busy =
        rejected(ResponseTemplate::new(503).set_body_json(meta_error(131_016, "Overloaded"))).await;
    assert_eq!(busy.class, Class::Transient);
}

#[tokio::test]
async fn a_token_that_meta_repeats_is_not_kept() {
    let token = format!("EAA{}", "x1".repeat(80));
    let error =
        json!({"error": {"message": format!("Malformed access token {token}"), "code": 190}});
    let error = rejected(ResponseTemplate::new(401).set_body_json(error)).await;
    assert_eq!(
        (error.class, error.detail.as_str()),
        (Class::Account, "Malformed access token …")
    );
}

#[tokio::test]
async fn an_answer_that_does_not_say_leaves_it_unknown() {
    for (status, body) in [
        (500, ""),
        (502, "<html>Bad gateway</html>"),
        (200, "{}"),
        (429, "slow down"),
    ] {
        let server = answering(ResponseTemplate::new(status).set_body_string(body)).await;
        assert!(is_unknown(provider(&server.uri())).await, "{status} {body}");
    }
}

#[tokio::test]
async fn an_answer_too_late_leaves_it_unknown() {
    let late = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    let server = answering(late).await;
    assert!(is_unknown(provider(&server.uri()).with_timeout(Duration::from_millis(100))).await);
}

#[tokio::test]
async fn an_endless_answer_leaves_it_unknown() {
    let server = answering(ResponseTemplate::new(200).set_body_string("x".repeat(300_000))).await;
    assert!(is_unknown(provider(&server.uri())).await);
}

/// A server that reads the request, answers so much, and hangs up.
async fn hanging_up_after(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 64 * 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn a_lost_connection_leaves_it_unknown() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"messages\":[{\"id\":\"wamid.X\"}]}",
    ] {
        assert!(
            is_unknown(provider(&hanging_up_after(answer).await)).await,
            "{answer}"
        );
    }
}

/// An address at which nobody listens.
async fn deaf() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn nothing_left_when_nobody_listens() {
    let outcome = provider(&deaf().await).send(&access(), &message()).await;
    let Outcome::Rejected(error) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Transient, "unreachable")
    );
    assert!(!error.detail.contains(PROOF), "{}", error.detail);
}

#[tokio::test]
async fn nothing_left_without_a_credential() {
    let outcome = provider(&deaf().await)
        .send(&access_without("access_token"), &message())
        .await;
    let Outcome::Rejected(error) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "credential")
    );
}

async fn connected(
    template: ResponseTemplate,
) -> Result<tidings_messaging::AccountInfo, ConnectError> {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(NUMBER))
        .and(query_param("appsecret_proof", PROOF))
        .and(header("authorization", "Bearer EAATESTTOKEN"))
        .respond_with(template)
        .expect(1)
        .mount(&server)
        .await;
    provider(&server.uri()).connect(&access()).await
}

#[tokio::test]
async fn a_connected_number_is_described() {
    let answer = json!({
        "id": "111222333444555", "display_phone_number": "+1 555-000-1111", "verified_name": "Shop",
        "status": "CONNECTED", "quality_rating": "GREEN", "name_status": "APPROVED",
        "throughput": {"level": "STANDARD"}, "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "health_status": {"can_send_message": "LIMITED", "entities": [
            {"entity_type": "BUSINESS", "additional_info": ["Verify the business"]},
        ]},
    });
    let info = connected(ResponseTemplate::new(200).set_body_json(answer))
        .await
        .unwrap();
    assert_eq!(
        (info.name.as_deref(), info.state.as_deref()),
        (Some("Shop"), Some("CONNECTED"))
    );
    assert_eq!(
        info.notes,
        [
            "Number: +1 555-000-1111",
            "Quality rating: GREEN",
            "Display name: APPROVED",
            "Throughput: STANDARD",
            "Messaging limit: TIER_2K",
            "Meta limits sending: Verify the business",
        ]
    );
}

#[tokio::test]
async fn a_number_that_cannot_send_is_refused() {
    let cases = [
        (
            200,
            json!({"status": "PENDING"}),
            "the number is PENDING, not CONNECTED",
        ),
        (
            200,
            json!({"status": "CONNECTED", "health_status": {"can_send_message": "BLOCKED", "entities": [
                {"errors": [{"error_code": 141_006, "error_description": "Pay first"}]},
            ]}}),
            "Meta blocks sending: Pay first",
        ),
        (
            401,
            meta_error(190, "Session has expired"),
            "Session has expired",
        ),
        (
            400,
            meta_error(33, "Unsupported get request"),
            "Unsupported get request",
        ),
    ];
    for (status, body, detail) in cases {
        match connected(ResponseTemplate::new(status).set_body_json(body)).await {
            Err(ConnectError::Refused(error)) => {
                assert_eq!(
                    (error.class, error.detail.as_str()),
                    (Class::Account, detail)
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_no_refusal() {
    for (status, body) in [(200, "{}"), (500, ""), (503, r#"{"status":"CONNECTED"}"#)] {
        let answer = connected(ResponseTemplate::new(status).set_body_string(body)).await;
        assert!(
            matches!(answer, Err(ConnectError::Unreachable(_))),
            "{status} {body}: {answer:?}"
        );
    }
    let answer = provider(&deaf().await).connect(&access()).await;
    assert!(
        matches!(answer, Err(ConnectError::Unreachable(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_missing_credential_is_named_before_any_call() {
    for field in [
        "access_token",
        "app_secret",
        "verify_token",
        "phone_number_id",
        "waba_id",
    ] {
        match provider(&deaf().await)
            .connect(&access_without(field))
            .await
        {
            Err(ConnectError::Credential { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn meta_cannot_be_asked_about_a_message() {
    let provider = provider(&deaf().await);
    assert!(!provider.descriptor().can_be_asked);
    let query = StatusQuery {
        attempt: attempt_id(7),
        started_at: datetime!(2026-07-15 15:00 UTC),
        provider_message_id: Some("wamid.X".into()),
        channel: Channel::Whatsapp,
        from: "+12025550100".into(),
        to: recipient(),
        text: "Your table is ready".into(),
        taken: Vec::new(),
    };
    assert_eq!(
        provider.find(&access(), &query).await.unwrap(),
        Found::CannotTell
    );
}
