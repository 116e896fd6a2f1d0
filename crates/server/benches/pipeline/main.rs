//! The load program: messages per second through the real programs, beside what PostgreSQL alone does.
//!
//! `cargo xtask bench pipeline` starts it; docs/benchmarks/pipeline.md says what the figures mean.

mod load;
mod options;
mod raw;
mod report;
mod rounds;
#[path = "../support/mod.rs"]
mod support;

use clap::Parser;
use database::Database;
use options::Options;
use program::Logs;
use std::{error::Error, os::unix::process::parent_id, process::ExitCode, time::Duration};
use support::{database, machine, program, statements, system, tenant};
use tokio::signal::unix::{SignalKind, signal};

/// What a step answers: its figures, or a sentence that says why there are none.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often a wait looks again.
const GLANCE: Duration = Duration::from_millis(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
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

/// Measures in a database of its own, and removes it however measuring ends.
async fn run(options: Options) -> Outcome {
    drop(rustls::crypto::ring::default_provider().install_default());
    let logs = Logs::new()?;
    let database = Database::create(&options.database_url).await?;
    let measured = measure(&options, &database, &logs).await;
    let dropped = database.remove().await;
    if measured.is_err() {
        logs.print_ends();
    }
    println!("{}", measured?);
    dropped
}

/// In a task of its own, so that a panic or a signal ends the programs too.
async fn measure(options: &Options, database: &Database, logs: &Logs) -> Outcome<String> {
    let work = rounds::measure(options.clone(), database.clone(), logs.clone());
    let mut task = tokio::spawn(work);
    let result = tokio::select! {
        result = &mut task => return result?,
        reason = interrupted() => Err(reason?.into()),
    };
    task.abort();
    // The programs end as the task's variables are dropped.
    drop(task.await);
    result
}

/// Waits for a reason to stop early.
async fn interrupted() -> Outcome<&'static str> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let parent = parent_id();
    let orphaned = async {
        while parent_id() == parent {
            tokio::time::sleep(10 * GLANCE).await;
        }
    };
    Ok(tokio::select! {
        _ = terminated.recv() => "terminated",
        _ = interrupted.recv() => "interrupted",
        () = orphaned => "whoever started this has ended",
    })
}
