//! The adapter against recorded answers, lost answers and forged callbacks.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod callback;
mod connect;
mod find;
mod lost;
mod send;
mod support;
