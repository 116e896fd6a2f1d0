use super::*;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tidings_routing::Certainty;

/// An answer of Meta's: this status, and an error with these members.
fn answer(status: u16, error: &Value) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: Some(json!({"error": error}).to_string().into()),
    }
}

fn told(status: u16, code: u32) -> ProviderError {
    refusal(&answer(status, &json!({"code": code})))
}

#[test]
fn one_code_says_that_nobody_is_there() {
    for row in ERRORS.rows() {
        let code: u32 = row.code.parse().unwrap();
        let expected = (code == 131_026).then_some(Certainty::Stated);
        assert_eq!(told(400, code).absence, expected, "{code}");
    }
}

/// The class of a refusal of a message; `None` if it may have been taken.
fn class(status: u16, error: &Value) -> Option<Class> {
    match outcome(Ok(answer(status, error))) {
        Outcome::Rejected(error) => Some(error.class),
        Outcome::Unknown { .. } => None,
        Outcome::Accepted { .. } => panic!("accepted"),
    }
}

#[test]
fn every_rate_limit_says_how_long() {
    for row in ERRORS
        .rows()
        .iter()
        .filter(|row| row.class == Class::RateLimited)
    {
        let explained = told(400, row.code.parse().unwrap());
        assert!(explained.retry_after_seconds.is_some(), "{}", row.code);
    }
    assert_eq!(told(400, 131_056).retry_after_seconds, Some(6));
}

#[test]
fn a_refusal_for_good_never_says_how_long() {
    for code in [131_049, 131_050, 190, 132_001] {
        let mut answer = answer(400, &json!({"code": code}));
        let wait = HeaderValue::from_static("10");
        answer.headers.insert("retry-after", wait);
        assert_eq!(refusal(&answer).retry_after_seconds, None, "{code}");
    }
}

#[test]
fn marketing_that_meta_held_back_is_not_tried_again_today() {
    for code in [131_049, 130_472] {
        let error = json!({"code": code});
        let explained = delivery_failure(&MetaError::read(crate::node::Node(&error)));
        assert_eq!(explained.class, Class::Recipient);
        assert!(
            explained.advice.contains("before 24 hours"),
            "{}",
            explained.advice
        );
    }
}

#[test]
fn all_permission_codes_are_about_the_account() {
    for code in 200..=299 {
        let explained = told(500, code);
        assert_eq!(
            (explained.class, explained.advice.as_str()),
            (Class::Account, table::PERMISSION)
        );
        assert_eq!(class(500, &json!({"code": code})), Some(Class::Account));
    }
}

#[test]
fn the_code_decides_and_not_the_status() {
    for (status, code, expected) in [
        (500, 131_045, Class::Account),
        (200, 131_050, Class::OptedOut),
        (400, 131_047, Class::WindowClosed),
        (400, 131_000, Class::Transient),
        (503, 2, Class::Transient),
        (503, 131_016, Class::Transient),
        (503, 133_004, Class::Transient),
        (500, 131_057, Class::Transient),
        (408, 131_050, Class::OptedOut),
    ] {
        assert_eq!(
            class(status, &json!({"code": code})),
            Some(expected),
            "{status} {code}"
        );
    }
}

#[test]
fn a_fault_of_meta_s_own_leaves_open_whether_the_message_was_taken() {
    for (status, code) in [
        (500, 1),
        (500, 131_000),
        (503, 131_000),
        (500, 131_016),
        (500, 2),
        (502, 133_004),
        (408, 131_016),
        (408, 131_057),
    ] {
        let told = class(status, &json!({"code": code}));
        assert_eq!(told, None, "{status} {code}");
    }
}

#[test]
fn a_cause_that_meta_cannot_tell_is_tried_once_more() {
    assert_eq!(told(400, 1).most_retries, Some(1));
    assert_eq!(told(400, 131_000).most_retries, None);
}

#[test]
fn marketing_that_is_switched_off_is_not_the_account_s_end() {
    let switched_off = json!({"code": 131_063});
    assert_eq!(class(400, &switched_off), Some(Class::Sender));
}

#[test]
fn an_unknown_code_is_a_refusal_only_where_the_status_says_so() {
    let unknown = json!({"code": 999_999});
    assert_eq!(class(400, &unknown), Some(Class::Content));
    assert_eq!(class(503, &unknown), None);
    assert_eq!(class(200, &unknown), Some(Class::Content));
    let passing = json!({"code": 999_999, "is_transient": true});
    assert_eq!(class(400, &passing), Some(Class::Transient));
    assert_eq!(class(401, &passing), Some(Class::Account));
    // A known code knows better than the hint.
    let known = json!({"code": 131_050, "is_transient": true});
    assert_eq!(class(400, &known), Some(Class::OptedOut));
    let failure = |error: &Value| delivery_failure(&MetaError::read(crate::node::Node(error)));
    assert_eq!(failure(&unknown).class, Class::Content);
    assert_eq!(failure(&passing).class, Class::Transient);
}

#[test]
fn an_error_without_a_code_keeps_the_status() {
    let explained = refusal(&answer(400, &json!({})));
    assert_eq!(
        (explained.class, explained.provider_code.as_str()),
        (Class::Content, "http_400")
    );
    assert_eq!(class(200, &json!({})), None);
    assert_eq!(
        delivery_failure(&MetaError::default()).provider_code,
        "none"
    );
}

#[test]
fn a_connection_test_tells_a_refusal_from_a_fault() {
    let is_refused = |status, code| {
        let refused = refused(&answer(status, &json!({"code": code})));
        matches!(refused, ConnectError::Refused(_))
    };
    for (status, code) in [(500, 131_045), (403, 200), (401, 190), (400, 7_777_777)] {
        assert!(is_refused(status, code), "{status} {code}");
    }
    for (status, code) in [(503, 2), (500, 131_000), (500, 7_777_777)] {
        assert!(!is_refused(status, code), "{status} {code}");
    }
}
