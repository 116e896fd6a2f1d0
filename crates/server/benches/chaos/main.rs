//! Chaos, the long form: a hundred thousand messages while hundreds of things go wrong.
//!
//! `cargo xtask chaos` starts it; docs/benchmarks/chaos.md says what it does and what its verdict means.

#[expect(dead_code, reason = "another program uses the rest")]
#[path = "../support/database.rs"]
mod database;
#[path = "../support/program.rs"]
mod program;
mod run;

use clap::Parser;
use run::plan::{Pace, Plan, Surroundings};
use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

/// What a step answers: what it found, or a sentence that says why there is nothing.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often a wait looks again.
const GLANCE: Duration = Duration::from_millis(10);

/// Where the numbers of contacts are; each area has a hundred that are reserved for fiction.
const AREAS: [u32; 12] = [303, 312, 415, 512, 617, 702, 808, 213, 305, 404, 503, 602];
/// Tenants that share the areas.
const TENANTS: usize = 3;

/// Breaks everything at random while messages go through, and compares our record with the providers'.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask chaos")]
struct Options {
    /// Messages in all.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=180_000))]
    messages: u32,
    /// Faults in all.
    #[arg(long, default_value_t = 210, value_parser = clap::value_parser!(u32).range(0..=2_000))]
    faults: u32,
    /// Only faults whose name has this word, such as `frozen`, `killed` or `clock`.
    #[arg(long)]
    only: Option<String>,
    /// What every choice follows from; any when left out.
    #[arg(long)]
    seed: Option<u64>,
    /// How long messages and faults may take together, in minutes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: u32,
    /// Requests at the same time.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Messages that are posted in a second at most.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    per_second: u32,
    /// Where to keep what is printed.
    #[arg(long)]
    log: Option<PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match plan(&Options::parse()) {
        Ok(plan) => run::run(plan).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn plan(options: &Options) -> Outcome<Plan> {
    Ok(Plan {
        // The process's number is as good as any other, and it is printed.
        seed: options.seed.unwrap_or_else(|| std::process::id().into()),
        messages: options.messages,
        faults: options.faults,
        only: options.only.clone(),
        connections: options.connections.into(),
        per_second: options.per_second,
        load_within: Duration::from_secs(60 * u64::from(options.minutes)),
        rest_within: Duration::from_mins(10),
        areas: AREAS
            .chunks(AREAS.len() / TENANTS)
            .map(<[u32]>::to_vec)
            .collect(),
        numbers: 50,
        pace: Pace {
            provider_timeout: 3,
            lease: 8,
            ask_unknown: 5,
            ask_receipt: 10,
            unknown: 60,
            take_over: 10,
        },
        surroundings: Surroundings::from_environment()?,
        log: options.log.clone(),
    })
}
