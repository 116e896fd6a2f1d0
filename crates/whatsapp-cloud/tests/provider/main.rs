//! The adapter against the suite of all adapters, Meta's specification, recorded answers and forged
//! callbacks.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod callback;
mod conformance;
mod connect;
mod inbound;
mod send;
mod support;
mod template;
