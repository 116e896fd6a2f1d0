//! The real programs, as processes, against PostgreSQL and the simulator.
//!
//! Each test has a [`System`](system::System) of its own: a fresh database, free ports, programs that
//! are killed when it ends. `cargo xtask test` builds the programs and sets `DATABASE_URL`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics, in its helpers too"
)]

mod business;
mod database_gate;
mod florist;
mod looks;
mod program;
mod simulator;
mod system;
mod traces;
mod wait;

mod callbacks;
mod commands;
mod console;
mod conversing;
mod crashes;
mod events;
mod failures;
mod idempotency;
mod isolation;
mod lost_answers;
mod outages;
mod pages;
mod phones;
mod refusals;
mod rotation;
mod settings;
mod slots;
mod stopping;
mod story;
mod templates;
mod twilio_sdk;
mod ways;
