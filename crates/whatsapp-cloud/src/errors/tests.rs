use super::*;

/// The reference's table, section 11, copied out a second time: codes by class of the reference.
const REFERENCE: &[(Class, &[u32])] = &[
    (
        Class::Account,
        &[
            0, 190, 3, 10, 131_005, 368, 131_031, 131_042, 131_044, 131_045, 133_006, 133_010,
            131_037, 33, 131_063, 134_102,
        ],
    ),
    (
        Class::Transient,
        &[1, 2, 131_000, 131_016, 133_004, 131_057],
    ),
    (
        Class::RateLimited,
        &[
            134_101, 4, 80_007, 130_429, 131_056, 131_048, 131_064, 133_016, 133_008, 133_009,
            132_069, 133_015,
        ],
    ),
    (
        Class::Recipient,
        &[
            130_497, 131_026, 131_030, 131_021, 131_049, 130_472, 137_000,
        ],
    ),
    (Class::OptedOut, &[131_050]),
    (Class::WindowClosed, &[131_047]),
    (
        Class::Content,
        &[
            134_100, 131_062, 131_008, 131_009, 100, 135_000, 131_051, 131_052, 131_053, 132_000,
            132_012, 132_008, 132_001, 132_005, 132_007, 132_015, 132_016, 132_068, 2_388_019,
            2_388_040, 2_388_047, 2_388_072, 2_388_073, 2_388_293, 2_388_299,
        ],
    ),
];

fn error(code: u32) -> MetaError {
    MetaError {
        code: Some(code),
        ..MetaError::default()
    }
}

#[test]
fn the_table_says_what_the_reference_says() {
    let mut count = 0;
    for (class, codes) in REFERENCE {
        for code in *codes {
            let row = ERRORS.find(&code.to_string());
            assert_eq!(row.map(|row| row.class), Some(*class), "{code}");
            count += 1;
        }
    }
    assert_eq!(
        ERRORS.rows().len(),
        count,
        "a code that the reference does not have"
    );
}

#[test]
fn each_code_has_one_row() {
    let codes: std::collections::BTreeSet<_> = ERRORS.rows().iter().map(|row| row.code).collect();
    assert_eq!(codes.len(), ERRORS.rows().len());
}

#[test]
fn every_rate_limit_says_how_long() {
    for row in ERRORS
        .rows()
        .iter()
        .filter(|row| row.class == Class::RateLimited)
    {
        let explained = explain(
            &error(row.code.parse().unwrap()),
            Heard::InAnswer(400),
            None,
        );
        assert!(explained.retry_after_seconds.is_some(), "{}", row.code);
    }
    let pair = explain(&error(131_056), Heard::InAnswer(400), None);
    assert_eq!(pair.retry_after_seconds, Some(6));
    let told = explain(&error(80_007), Heard::InAnswer(400), Some(1140));
    assert_eq!(told.retry_after_seconds, Some(1140));
}

#[test]
fn a_refusal_for_good_never_says_how_long() {
    for code in [131_049, 131_050, 190, 132_001] {
        let explained = explain(&error(code), Heard::InAnswer(400), Some(10));
        assert_eq!(explained.retry_after_seconds, None, "{code}");
    }
}

#[test]
fn marketing_that_meta_held_back_is_not_tried_again_today() {
    for code in [131_049, 130_472] {
        let explained = explain(&error(code), Heard::InCallback, None);
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
        let explained = explain(&error(code), Heard::InAnswer(500), None);
        assert_eq!(
            (explained.class, explained.advice.as_str()),
            (Class::Account, PERMISSION)
        );
    }
}

#[test]
fn an_unknown_code_passes_only_when_the_server_or_meta_says_so() {
    let class = |error: &MetaError, heard| explain(error, heard, None).class;
    assert_eq!(
        class(&error(999_999), Heard::InAnswer(503)),
        Class::Transient
    );
    assert_eq!(class(&error(999_999), Heard::InAnswer(400)), Class::Content);
    assert_eq!(class(&error(999_999), Heard::InCallback), Class::Content);
    let transient = MetaError {
        is_transient: Some(true),
        ..error(999_999)
    };
    assert_eq!(class(&transient, Heard::InAnswer(400)), Class::Transient);
    // A known code knows better than the hint.
    let known = MetaError {
        is_transient: Some(true),
        ..error(131_050)
    };
    assert_eq!(class(&known, Heard::InAnswer(400)), Class::OptedOut);
}

#[test]
fn an_error_without_a_code_keeps_the_status() {
    let explained = explain(&MetaError::default(), Heard::InAnswer(400), None);
    assert_eq!(
        (explained.class, explained.provider_code.as_str()),
        (Class::Content, "http_400")
    );
    assert_eq!(
        explain(&MetaError::default(), Heard::InCallback, None).provider_code,
        "none"
    );
}
