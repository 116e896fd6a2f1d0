use super::*;
use crate::{classic, platform};
use std::collections::BTreeSet;
use tidings_routing::ErrorTable;

/// Every word of the reference's section on the platform: types, codes, and the names of its specification.
const PLATFORM: &[(&str, Class)] = &[
    ("bad_request_error", Class::Content),
    ("auth_error", Class::Account),
    ("billing_error", Class::Account),
    ("permission_error", Class::Account),
    ("not_found_error", Class::Account),
    ("conflict_error", Class::Transient),
    ("precondition_error", Class::Content),
    ("payload_too_large_error", Class::Content),
    ("misdirected_error", Class::Account),
    ("validation_error", Class::Content),
    ("rate_limit_error", Class::RateLimited),
    ("internal_error", Class::Transient),
    ("not_implemented_error", Class::Content),
    ("service_unavailable_error", Class::Transient),
    ("insufficient_balance", Class::Account),
    ("rate_limited", Class::RateLimited),
    ("provider_unavailable", Class::Transient),
    ("content_rejected", Class::Content),
    ("media_rejected", Class::Content),
    ("price_not_found", Class::Content),
    ("service_window_expired", Class::WindowClosed),
    ("invalid_destination", Class::Recipient),
    ("landline_unreachable", Class::Recipient),
    ("undeliverable", Class::Recipient),
    ("unreachable", Class::Transient),
    ("recipient_opted_out", Class::OptedOut),
    ("recipient_suppressed", Class::OptedOut),
    ("blocked_by_recipient", Class::OptedOut),
    ("blocked_by_carrier", Class::Content),
    ("blocked_by_fraud_protection", Class::Content),
    ("sender_unregistered", Class::Sender),
    ("unknown", Class::Transient),
    ("SMSInvalidRecipient", Class::Recipient),
    ("SMSSenderNotConfigured", Class::Sender),
    ("SenderCategoryNotPermitted", Class::Sender),
    ("SMSUnsupportedFeature", Class::Content),
];

/// Every number of the reference's section on errors of the REST interface.
const REST: &[(&str, Class)] = &[
    ("2", Class::Account),
    ("9", Class::Content),
    ("10", Class::Content),
    ("20", Class::Content),
    ("21", Class::Content),
    ("25", Class::Account),
    ("98", Class::Account),
    ("99", Class::Transient),
];

/// Every number of the reference's section on status reports.
const SMS_DELIVERY: &[(&str, Class)] = &[
    ("1", Class::Recipient),
    ("5", Class::Recipient),
    ("27", Class::Transient),
    ("9", Class::Recipient),
    ("12", Class::Recipient),
    ("103", Class::OptedOut),
    ("104", Class::Sender),
    ("105", Class::Sender),
    ("110", Class::Sender),
];

#[test]
fn the_tables_have_the_reference_s_codes_and_no_others() {
    let tables: [(ErrorTable, &[(&str, Class)]); 3] = [
        (PLATFORM_ERRORS, PLATFORM),
        (REST_ERRORS, REST),
        (SMS_DELIVERY_ERRORS, SMS_DELIVERY),
    ];
    for (table, reference) in tables {
        for (code, class) in reference {
            assert_eq!(
                table.find(code).map(|row| row.class),
                Some(*class),
                "{code}"
            );
        }
        let codes: BTreeSet<_> = table.rows().iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), reference.len());
        assert_eq!(codes.len(), table.rows().len(), "a code stands twice");
    }
}

#[test]
fn an_unknown_code_is_the_recipient_s() {
    let error = not_delivered(&platform::DIALECT, "failed", Some("news".into()), None);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "news")
    );
    let error = not_delivered(&platform::DIALECT, "undelivered", None, None);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "undelivered")
    );
    assert_eq!(error.detail, "Bird gave no reason");
}

#[test]
fn what_expired_has_expired_unless_the_contact_said_stop() {
    let class = |status, code: &str| {
        not_delivered(&classic::DELIVERY, status, Some(code.into()), None).class
    };
    assert_eq!(class("expired", "27"), Class::Expired);
    assert_eq!(class("expired", "999"), Class::Expired);
    assert_eq!(class("expired", "103"), Class::OptedOut);
    assert_eq!(class("delivery_failed", "27"), Class::Transient);
    let bare = not_delivered(&classic::DELIVERY, "expired", None, None);
    assert_eq!(
        (bare.class, bare.advice.as_str()),
        (Class::Expired, Class::Expired.advice())
    );
}

#[test]
fn words_lose_their_numbers() {
    let words = Some("+12025550123 is not reachable");
    for code in [None, Some("1".to_owned())] {
        let error = not_delivered(&classic::DELIVERY, "delivery_failed", code, words);
        assert_eq!(error.detail, "+…23 is not reachable");
    }
}

#[test]
fn our_own_refusals_say_what_to_do() {
    let error = refused_here(Class::Content, "empty", "there is nothing", "write a text");
    assert_eq!(
        (error.advice.as_str(), error.detail.as_str()),
        ("write a text", "there is nothing")
    );
}
