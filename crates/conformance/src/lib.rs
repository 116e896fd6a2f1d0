#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    expect(clippy::unwrap_used, reason = "test support: a panic is how a check fails")
)]

pub mod fixtures;
mod sendable;

pub use sendable::{attempt_id, sendable};
