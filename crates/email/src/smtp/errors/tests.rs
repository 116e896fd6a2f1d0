use super::*;
use std::collections::BTreeSet;

/// Every code of the reference, sections 6 and 7, in its order.
const REFERENCE: &[&str] = &[
    "421", "450", "451", "4.7.1", "452", "4.2.2", "4.5.3", "454", "4.7.0", "4.7.28", "500", "501",
    "502", "503", "504", "555", "530", "534", "535", "538", "5.7.0", "5.7.8", "5.7.9", "550",
    "5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1", "551", "553", "552", "5.2.2", "5.3.4", "5.2.3",
    "554", "5.7.1", "5.7.23", "5.7.24", "5.7.25", "5.7.26", "5.7.27", "5.7.28",
];

/// What IANA's registry has beside the reference, as far as it says enough to act on.
const REGISTRY: &[&str] = &[
    "5.1.0", "5.1.4", "5.1.6", "5.1.7", "5.1.8", "5.1.9", "5.2.0", "5.2.4", "5.4.1", "5.4.4",
    "5.4.7", "5.5.0", "5.5.1", "5.5.2", "5.5.4", "5.5.5", "5.5.6", "5.6.0", "5.6.7", "5.7.10",
    "5.7.11", "5.7.12", "5.7.13", "5.7.17", "5.7.18", "5.7.20", "5.7.21", "5.7.22", "5.7.29",
    "521", "556",
];

#[test]
fn the_table_has_the_codes_of_the_reference_each_once() {
    let rows: Vec<&str> = ERRORS.rows().iter().map(|row| row.code).collect();
    let table: BTreeSet<&str> = rows.iter().copied().collect();
    assert_eq!(rows.len(), table.len(), "a code stands twice");
    let expected: BTreeSet<&str> = REFERENCE.iter().chain(REGISTRY).copied().collect();
    assert_eq!(table, expected);
}

#[test]
fn what_may_pass_is_never_final() {
    for row in ERRORS.rows() {
        if row.code.starts_with('4') {
            let is_passing = matches!(row.class, Class::Transient | Class::RateLimited);
            assert!(is_passing, "{}", row.code);
        }
    }
    for stage in [
        Stage::Greeting,
        Stage::Login,
        Stage::Sender,
        Stage::Recipient,
        Stage::Data,
        Stage::End,
    ] {
        for words in ["5.1.1 unknown", "5.7.1 no", "4.9.9 what", "no"] {
            let error = refusal(stage, 450, words, &[]);
            assert_eq!(error.class, Class::Transient, "{stage:?} {words}");
        }
    }
}

#[test]
fn an_enhanced_code_is_found_wherever_it_stands() {
    for (words, code) in [
        ("5.1.1 unknown", Some("5.1.1")),
        ("smtp; 550 5.1.1 unknown", Some("5.1.1")),
        ("rejected (#5.7.1)", Some("5.7.1")),
        ("host 10.1.1.1 said no", None),
        ("version 5.1", None),
        ("5.1.1.1", None),
        ("5.1.1234", None),
        ("2.1.5 fine", None),
        ("", None),
    ] {
        assert_eq!(enhanced(words), code, "{words}");
    }
}

#[test]
fn a_detail_has_the_server_s_words_without_the_code() {
    let detail = |words| refusal(Stage::Recipient, 550, words, &["hunter2"]).detail;
    assert_eq!(
        detail("5.1.1 <ann@example.net> hunter2 is unknown"),
        "<…@example.net> … is unknown"
    );
    assert_eq!(detail("5.1.1"), "the server gave no reason");
    assert_eq!(detail(""), "the server gave no reason");
}
