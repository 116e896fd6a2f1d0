use super::*;
use serde_json::json;
use tidings_routing::Certainty;

#[test]
fn what_nobody_has_confirmed_is_only_supposed() {
    for row in ERRORS.rows() {
        let is_absent = ["1300", "1310"].contains(&row.code);
        let expected = is_absent.then_some(Certainty::Supposed);
        let found = ERRORS.explain(row.code, "no", row.class).absence;
        assert_eq!(found, expected, "{}", row.code);
    }
}

#[test]
fn the_rows_are_sorted() {
    let codes: Vec<&str> = ERRORS.rows().iter().map(|row| row.code).collect();
    let mut sorted = codes.clone();
    // Shorter numbers come first, words last.
    sorted.sort_by_key(|code| (code.parse::<u32>().unwrap_or(u32::MAX), *code));
    assert_eq!(codes, sorted);
}

#[test]
fn a_failed_delivery_has_its_code_and_words_without_numbers() {
    let error = json!({
        "type": "https://developer.vonage.com/api-errors/messages#1240", "title": 1240,
        "detail": "Illegal Number +12025550123", "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf"
    });
    let failure = delivery_failure(MessageStatus::Rejected, Some(Node(&error))).unwrap();
    assert_eq!(
        (failure.class, failure.provider_code.as_str()),
        (Class::OptedOut, "1240")
    );
    assert_eq!(failure.detail, "Illegal Number +…23");
}

#[test]
fn a_failure_without_a_known_code_is_not_sent_again() {
    let unknown = json!({"title": "9999"});
    let failure = delivery_failure(MessageStatus::Rejected, Some(Node(&unknown))).unwrap();
    assert_eq!(
        (failure.class, failure.provider_code.as_str()),
        (Class::Recipient, "9999")
    );
    for (status, code) in [
        (MessageStatus::Rejected, "rejected"),
        (MessageStatus::Undeliverable, "undeliverable"),
    ] {
        let failure = delivery_failure(status, None).unwrap();
        assert_eq!(
            (failure.class, failure.provider_code.as_str()),
            (Class::Recipient, code)
        );
        assert_eq!(failure.detail, "Vonage gave no reason");
        assert_eq!(reported_failure(status, None), Some(failure));
    }
    let words = json!({"title": "Not today"});
    let failure = delivery_failure(MessageStatus::Rejected, Some(Node(&words))).unwrap();
    assert_eq!(
        (failure.provider_code.as_str(), failure.detail.as_str()),
        ("rejected", "Not today")
    );
}

#[test]
fn what_was_sent_already_or_in_parts_is_no_failure() {
    for code in TELLS_NOTHING {
        let error = json!({"title": code});
        assert_eq!(
            delivery_failure(MessageStatus::Rejected, Some(Node(&error))),
            None,
            "{code}"
        );
        assert_eq!(
            reported_failure(MessageStatus::Rejected, Some(code.to_owned())),
            None,
            "{code}"
        );
    }
}

#[test]
fn a_daily_limit_is_waited_for_and_other_limits_are_left_to_us() {
    let failure =
        |code: &str| reported_failure(MessageStatus::Rejected, Some(code.to_owned())).unwrap();
    assert_eq!(failure("1460").retry_after_seconds, Some(3_600));
    assert_eq!(failure("1000").retry_after_seconds, None);
    let asked = ProviderError {
        retry_after_seconds: Some(60),
        ..failure("1460")
    };
    assert_eq!(patient(asked).retry_after_seconds, Some(60));
}
