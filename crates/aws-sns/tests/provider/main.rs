//! The adapter against the suite of all adapters, AWS's models, recorded answers and forged callbacks.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod callback;
mod codes;
mod conformance;
mod connect;
mod outcome;
mod send;
mod support;
mod wire;
