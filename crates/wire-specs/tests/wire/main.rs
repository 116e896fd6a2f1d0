//! Requests and bodies of every provider, right and wrong. The right ones are from the providers'
//! documentation with invented values.

mod bird;
mod clicksend;
mod meta;
mod ses;
mod sms_voice;
mod sns;
mod twilio;
mod vonage;

use tidings_wire_specs::{Rule, Violations};

/// Panics unless exactly `expected` is wrong.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Violations>, expected: &[(Rule, &str)]) {
    let violations = match result {
        Ok(taken) => panic!("{taken:?} was taken"),
        Err(violations) => violations,
    };
    let mut found: Vec<(Rule, &str)> = violations
        .iter()
        .map(|violation| (violation.rule, violation.place.as_str()))
        .collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{violations}");
}
