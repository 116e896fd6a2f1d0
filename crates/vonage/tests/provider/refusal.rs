use crate::support::{outcome, problem, rejected};
use serde_json::json;
use tidings_messaging::Outcome;
use tidings_routing::{Class, ProviderError};
use tidings_vonage::ERRORS;
use tidings_wire_specs::Spec;
use wiremock::ResponseTemplate;

/// After these a message may be on its way.
const FAULTS: [&str; 4] = ["500", "1030", "1320", "1331"];

#[tokio::test]
async fn every_code_of_the_table_refuses_by_its_class() {
    for row in ERRORS.rows() {
        let body = problem(row.code, "No", "no");
        let outcome = outcome(ResponseTemplate::new(403).set_body_json(body)).await;
        if FAULTS.contains(&row.code) {
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
async fn the_examples_of_the_specification_are_read() {
    let send = Spec::vonage_messages().operation("sendMessage").unwrap();
    for (status, kind, title, class, code) in [
        (
            401,
            "https://developer.vonage.com/api-errors#unauthorized",
            "Unauthorized",
            Class::Account,
            "unauthorized",
        ),
        (
            401,
            "https://developer.vonage.com/api-errors/#unathorized",
            "No",
            Class::Account,
            "unathorized",
        ),
        (
            401,
            "https://developer.vonage.com/api-errors/#unprovisioned",
            "No",
            Class::Account,
            "unprovisioned",
        ),
        (
            402,
            "https://developer.vonage.com/api-errors/#low-balance",
            "Low balance",
            Class::Account,
            "low-balance",
        ),
        (
            422,
            "https://developer.vonage.com/api-errors#invalid-json",
            "No JSON",
            Class::Content,
            "invalid-json",
        ),
        (
            422,
            "https://developer.vonage.com/api-errors/messages#1020",
            "Invalid params",
            Class::Content,
            "1020",
        ),
        (
            422,
            "https://developer.vonage.com/api-errors/messages#1150",
            "Invalid params",
            Class::Content,
            "1020",
        ),
        (
            422,
            "https://developer.vonage.com/api-errors/messages#1060",
            "Invalid client reference",
            Class::Content,
            "1450",
        ),
        (
            422,
            "https://developer.vonage.com/api-errors/messages#1140",
            "Invalid message type",
            Class::Content,
            "1440",
        ),
        (
            422,
            "https://developer.vonage.com/api-errors/messages#110",
            "Invalid recipient",
            Class::Recipient,
            "1430",
        ),
        (
            429,
            "https://developer.vonage.com/api-errors/messages#1000",
            "Throttled",
            Class::RateLimited,
            "1000",
        ),
    ] {
        let body =
            json!({"type": kind, "title": title, "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf"});
        Spec::vonage_messages()
            .check_response(&send, status, Some(&body))
            .unwrap();
        let answer = ResponseTemplate::new(status)
            .set_body_raw(body.to_string(), "application/problem+json");
        let error = rejected(outcome(answer).await);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (class, code),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn an_invalid_recipient_is_refused_without_showing_the_number() {
    let body = json!({
        "type": "https://developer.vonage.com/api-errors/messages#1430", "title": "Invalid recipient",
        "detail": "12025550123 is no recipient.", "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
        "invalid_parameters": [{"name": "to", "reason": "12025550123"}]
    });
    let error = rejected(outcome(ResponseTemplate::new(422).set_body_json(body)).await);
    assert_eq!(
        error,
        ProviderError {
            class: Class::Recipient,
            provider_code: "1430".into(),
            detail: "…23 is no recipient. (to)".into(),
            advice: Class::Recipient.advice().into(),
            retry_after_seconds: None,
            absence: None,
            most_retries: None,
        }
    );
}

#[tokio::test]
async fn limits_carry_the_wait_that_vonage_asks_for() {
    let body = problem("1000", "Throttled", "Please wait then retry your request.");
    let answer = ResponseTemplate::new(429).set_body_json(body);
    let error = rejected(outcome(answer.insert_header("Retry-After", "15")).await);
    assert_eq!(
        (error.class, error.retry_after_seconds),
        (Class::RateLimited, Some(15))
    );
    let daily = ResponseTemplate::new(422).set_body_json(problem("1460", "1460", "Daily limit"));
    let error = rejected(outcome(daily).await);
    assert_eq!(
        (error.class, error.retry_after_seconds),
        (Class::RateLimited, Some(3_600))
    );
}

#[tokio::test]
async fn what_may_have_been_taken_is_unknown() {
    for answer in [
        ResponseTemplate::new(500).set_body_json(problem("1030", "Internal error", "")),
        ResponseTemplate::new(500).set_body_json(problem("1100", "1100", "Communication failed")),
        ResponseTemplate::new(503).set_body_json(problem("news", "Something new", "")),
        ResponseTemplate::new(422).set_body_json(problem("1320", "1320", "Already sent")),
        ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>"),
        ResponseTemplate::new(202).set_body_json(json!({"message_uuid": ""})),
        ResponseTemplate::new(202).set_body_json(json!({"message_uuid": 7})),
        ResponseTemplate::new(204),
    ] {
        let outcome = outcome(answer).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_refusal_without_json_goes_by_its_status() {
    let answer = ResponseTemplate::new(413).set_body_string("<html>Too large</html>");
    let error = rejected(outcome(answer).await);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Content, "http_413")
    );
    assert_eq!(error.detail, "Vonage gave no reason");
}
