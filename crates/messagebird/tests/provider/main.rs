//! The adapter against recorded answers, lost answers and forged callbacks, by each of the three interfaces.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a check fails"
)]

mod channels_callback;
mod channels_send;
mod classic_callback;
mod classic_send;
mod codes;
mod conformance;
mod connect;
mod find;
mod platform_callback;
mod platform_send;
mod platform_whatsapp;
mod refused;
mod support;
mod vectors;
