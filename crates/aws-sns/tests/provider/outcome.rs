//! What answers mean, beyond what the suite of all adapters asks.

use crate::support::{access, sent, sms, sns_access, sns_error};
use serde_json::json;
use tidings_aws_sns::ERRORS;
use tidings_messaging::Outcome;
use tidings_routing::{Class, ProviderError};
use wiremock::ResponseTemplate;

fn exception(kind: &str, reason: &str) -> ResponseTemplate {
    let body = json!({"__type": kind, "Message": "no", "Reason": reason});
    ResponseTemplate::new(400).set_body_json(body)
}

fn rejected(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn every_reason_refuses_by_its_row_and_every_fault_leaves_it_open() {
    for row in ERRORS.rows() {
        let (outcome, _) = sent(
            &access(),
            &sms("Ready"),
            exception("SomeException", row.code),
        )
        .await;
        if row.class == Class::Transient && row.code.chars().any(char::is_lowercase) {
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{}", row.code);
            continue;
        }
        let error = rejected(outcome);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (row.class, row.code)
        );
        assert!(!error.advice.is_empty());
    }
}

#[tokio::test]
async fn a_fault_of_aws_s_own_leaves_the_outcome_open() {
    for kind in [
        "InternalServerException",
        "ServiceUnavailableException",
        "RequestTimeoutException",
    ] {
        for status in [400, 408, 500, 503] {
            let body = json!({"__type": kind, "Message": "no"});
            let answer = ResponseTemplate::new(status).set_body_json(body);
            let (outcome, _) = sent(&access(), &sms("Ready"), answer).await;
            assert!(
                matches!(outcome, Outcome::Unknown { .. }),
                "{kind} {status}: {outcome:?}"
            );
        }
    }
    for (status, code) in [
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (400, "InternalFailure"),
    ] {
        let answer = ResponseTemplate::new(status).set_body_string(sns_error(code, "no"));
        let (outcome, _) = sent(&sns_access(), &sms("Ready"), answer).await;
        assert!(
            matches!(outcome, Outcome::Unknown { .. }),
            "{code} {status}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn throttling_is_no_fault_whatever_its_status() {
    for status in [400, 429, 503] {
        let body = json!({"__type": "ThrottlingException", "message": "Rate exceeded"});
        let answer = ResponseTemplate::new(status).set_body_json(body);
        let (outcome, _) = sent(&access(), &sms("Ready"), answer).await;
        assert_eq!(rejected(outcome).class, Class::RateLimited, "{status}");
    }
}

#[tokio::test]
async fn what_a_message_says_is_in_no_detail() {
    let words =
        "1 validation error detected: Value 'Your code's 123' at 'messageBody' failed to satisfy";
    let body = json!({"__type": "ValidationException", "Message": words});
    let answer = ResponseTemplate::new(400).set_body_json(body);
    let (outcome, _) = sent(&access(), &sms("Your code's 123"), answer).await;
    assert_eq!(
        rejected(outcome).detail,
        "1 validation error detected: Value '…' at 'messageBody' failed to satisfy"
    );
}
