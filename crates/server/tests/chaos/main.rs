//! Chaos in short: the real programs while everything goes wrong, against a database that crashes.
//!
//! `cargo xtask chaos --short` prepares what it needs and runs it.

#[expect(dead_code, reason = "another program uses the rest")]
#[path = "../../benches/support/database.rs"]
mod database;
#[path = "../../benches/support/program.rs"]
mod program;
#[path = "../../benches/chaos/run/mod.rs"]
mod run;
mod schedule;
mod verdict;

use run::plan::{Pace, Plan, Surroundings};
use std::{error::Error, time::Duration};

/// What a step answers: what it found, or a sentence that says why there is nothing.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often a wait looks again.
const GLANCE: Duration = Duration::from_millis(10);

/// Any other must do as well; a fixed one makes two runs alike.
const SEED: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn both_records_agree_when_everything_has_gone_wrong() {
    let plan = Plan {
        seed: SEED,
        messages: 400,
        faults: 16,
        only: None,
        connections: 16,
        per_second: 30,
        load_within: Duration::from_mins(3),
        rest_within: Duration::from_mins(2),
        areas: vec![vec![303], vec![415], vec![512]],
        numbers: 20,
        pace: Pace {
            provider_timeout: 2,
            lease: 5,
            ask_unknown: 3,
            ask_receipt: 3,
            unknown: 6,
            take_over: 4,
        },
        surroundings: Surroundings::from_environment().unwrap(),
        log: None,
    };
    run::run(plan).await.unwrap();
}
