//! Both adapters against servers that behave, servers that do not, and forged callbacks.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod codes;
mod ses;
mod smtp;
mod support;
