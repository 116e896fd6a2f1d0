//! The page in a real browser, which `cargo xtask test` starts.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in its helpers too"
)]

mod chats;
mod desk;
mod looks;
mod support;
