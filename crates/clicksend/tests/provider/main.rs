//! The adapter against documented answers, lost answers and strange callbacks.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod absent;
mod authentic;
mod callback;
mod codes;
mod connect;
mod find;
mod refused;
mod send;
mod shape;
mod suite;
mod support;
