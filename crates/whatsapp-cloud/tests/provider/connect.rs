use crate::support::{NUMBER, access, answering, meta_error, only_request, whatsapp};
use serde_json::json;
use tidings_messaging::{AccountInfo, ConnectError, Provider as _};
use tidings_routing::Class;
use wiremock::ResponseTemplate;

async fn connected(template: ResponseTemplate) -> Result<AccountInfo, ConnectError> {
    let server = answering(template).await;
    let result = whatsapp(&server.uri()).connect(&access()).await;
    let (_, operation) = only_request(&server).await;
    assert_eq!(
        (operation.id(), operation.parameter("node_id")),
        ("getNode", Some(NUMBER))
    );
    result
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
}
