//! The adapter against the suite of all adapters, Meta's specification, recorded answers and forged
//! callbacks.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod account;
mod callback;
mod chat;
mod codes;
mod conformance;
mod connect;
mod events;
mod inbound;
mod media;
mod products;
mod rich;
mod send;
mod support;
mod template;
mod templates;
