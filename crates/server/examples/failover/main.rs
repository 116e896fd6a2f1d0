//! A failover to watch: three providers, one of which dies under load and comes back.
//!
//! `cargo xtask demo failover` starts it. The real programs run as processes, the providers are simulated; the primary
//! refuses connections from one instant on, and takes them again later. In the end our record is compared with the
//! providers': nothing lost, nothing sent twice.

#[path = "../../benches/chaos/run/api.rs"]
mod api;
#[expect(dead_code, reason = "another program uses the rest")]
#[path = "../../benches/support/database.rs"]
mod database;
#[expect(dead_code, reason = "another program uses the rest")]
#[path = "../../benches/chaos/run/installation.rs"]
mod installation;
#[path = "../../benches/chaos/run/people.rs"]
mod people;
#[path = "../../benches/support/program.rs"]
mod program;
mod record;
mod report;
mod stage;
mod traffic;

use clap::Parser;
use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

/// What a step answers: what it found, or a sentence that says why there is nothing.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often a wait looks again.
const GLANCE: Duration = Duration::from_millis(50);

/// Kills the primary of three providers under load, heals it, and tells what happened to the messages.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask demo failover")]
struct Options {
    /// Messages in all.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(200..=50_000))]
    messages: u32,
    /// How many are handed in each second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(10..=1_000))]
    per_second: u32,
    /// After which part of them the primary dies, in hundredths.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(5..=60))]
    dies_after: u32,
    /// After which part of them it is healed, in hundredths.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(10..=90))]
    healed_after: u32,
    /// Workers.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    workers: u8,
    /// A PostgreSQL on which a database can be made.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Where the programs are.
    #[arg(long, env = "TIDINGS_BIN_DIR")]
    programs: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let logs = match program::Logs::new() {
        Ok(logs) => logs,
        Err(error) => return failed(&*error),
    };
    match run(&options, &logs).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            logs.print_ends();
            ExitCode::FAILURE
        }
        Err(error) => {
            logs.print_ends();
            failed(&*error)
        }
    }
}

fn failed(error: &dyn Error) -> ExitCode {
    eprintln!("failed: {error}");
    ExitCode::FAILURE
}

/// Everything from an empty database to the verdict.
async fn run(options: &Options, logs: &program::Logs) -> Outcome<bool> {
    let database = database::Database::create(&options.database_url).await?;
    let seen = watch(options, &database, logs).await;
    let removed = database.remove().await;
    let is_well = seen?;
    removed?;
    Ok(is_well)
}

async fn watch(
    options: &Options,
    database: &database::Database,
    logs: &program::Logs,
) -> Outcome<bool> {
    let mut stage = stage::Stage::set(options, database, logs).await?;
    println!(
        "{} messages at {} a second; twilio is first, then vonage, then clicksend; {} workers",
        options.messages, options.per_second, options.workers
    );
    let run = traffic::run(options, &mut stage).await?;
    let mut connection = database.connect().await?;
    let record = record::Record::read(&mut connection, &stage.simulator_url, run).await?;
    drop(connection);
    stage.stop().await?;
    Ok(report::print(&record))
}
