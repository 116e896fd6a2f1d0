//! The adapter against the suite of all adapters, Twilio's specification, recorded answers and forged
//! callbacks.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod callback;
mod codes;
mod conformance;
mod connect;
mod content;
mod find;
mod media;
mod send;
mod signed;
mod simulated;
mod support;
