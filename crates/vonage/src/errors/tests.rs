use super::*;
use serde_json::json;
use std::collections::BTreeSet;
use tidings_routing::Certainty;

/// Every code of the reference, section 6, in its order.
const REFERENCE: &[&str] = &[
    "401",
    "1370",
    "402",
    "1070",
    "1060",
    "1080",
    "1140",
    "1350",
    "429",
    "throttled",
    "1000",
    "1241",
    "1460",
    "500",
    "1030",
    "1100",
    "1331",
    "1180",
    "1220",
    "1230",
    "1360",
    "1330",
    "1040",
    "1170",
    "1190",
    "1200",
    "1260",
    "1300",
    "1310",
    "1430",
    "1050",
    "1240",
    "1280",
    "1290",
    "1270",
    "1250",
    "1251",
    "1120",
    "1420",
    "1160",
    "1242",
    "1476",
    "1210",
    "1282",
    "1470",
    "1472",
    "1473",
    "1474",
    "1475",
    "1461",
    "1340",
    "1010",
    "1020",
    "1021",
    "1022",
    "1090",
    "1130",
    "1150",
    "1380",
    "1381",
    "1382",
    "1400",
    "1410",
    "1431",
    "1440",
    "1450",
    "1451",
    "1480",
    "1481",
    "1482",
    "1483",
    "1484",
    "1320",
];

/// What only Vonage's specification has: two numbers of its list, and the ends of `type` in its examples.
const SPECIFICATION: &[&str] = &[
    "1490",
    "2001",
    "unathorized",
    "unauthorized",
    "unprovisioned",
    "low-balance",
    "invalid-json",
    "not-found",
];

#[test]
fn the_table_has_the_reference_s_codes_and_no_others() {
    let known: BTreeSet<&str> = ERRORS.rows().iter().map(|row| row.code).collect();
    let listed: BTreeSet<&str> = REFERENCE.iter().chain(SPECIFICATION).copied().collect();
    assert_eq!(known, listed);
    assert_eq!(ERRORS.rows().len(), REFERENCE.len() + SPECIFICATION.len());
}

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
fn classes_follow_the_reference() {
    for (codes, class) in [
        (
            &["401", "402", "1060", "1070", "1080", "1140", "1350", "1370"][..],
            Class::Account,
        ),
        (
            &["429", "throttled", "1000", "1241", "1460"],
            Class::RateLimited,
        ),
        (
            &["500", "1030", "1100", "1331", "1180", "1220", "1230"],
            Class::Transient,
        ),
        (&["1360"], Class::Expired),
        (
            &[
                "1330", "1040", "1170", "1190", "1200", "1260", "1300", "1310", "1430", "1290",
                "1270", "1461",
            ],
            Class::Recipient,
        ),
        (&["1050", "1240", "1280"], Class::OptedOut),
        (
            &["1250", "1251", "1120", "1420", "1160", "1242", "1476"],
            Class::Sender,
        ),
        (&["1340"], Class::WindowClosed),
        (
            &[
                "1210", "1282", "1470", "1472", "1473", "1474", "1475", "1010", "1020", "1021",
                "1022", "1090", "1130", "1150", "1380", "1381", "1382", "1400", "1410", "1431",
                "1440", "1450", "1451", "1480", "1481", "1482", "1483", "1484",
            ],
            Class::Content,
        ),
    ] {
        for code in codes {
            assert_eq!(ERRORS.find(code).unwrap().class, class, "{code}");
        }
    }
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
