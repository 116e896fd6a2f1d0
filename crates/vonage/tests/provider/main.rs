//! The adapter against the suite of all adapters, Vonage's specification, recorded answers and forged
//! callbacks.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod callback;
mod codes;
mod conformance;
mod connect;
mod find;
mod inbound;
mod media;
mod receipt;
mod refusal;
mod send;
mod support;
mod template;
