//! The figures of the dispatch engine, each beside a raw baseline from the same run on the same server.
//!
//! `cargo xtask bench dispatch` starts it; docs/benchmarks/dispatch.md says what the figures mean.

mod bench;
mod bulk_request;
mod business;
mod figures;
mod inside;
mod limits;
mod load;
mod options;
mod ours;
mod plant;
mod raw;
mod report;
mod sections;
#[expect(dead_code, reason = "another program uses the rest")]
#[path = "../support/mod.rs"]
mod support;
mod tables;

use clap::Parser;
use options::Options;
use report::Limits;
use std::{error::Error, os::unix::process::parent_id, process::ExitCode, time::Duration};
use support::{database, machine, program, statements, system};
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

/// In a task of its own, so that a panic or a signal ends the programs and removes the database too.
async fn run(options: Options) -> Outcome {
    if let Some(address) = options.bare {
        let serving = raw::bare::serve(address, &options.database_url, options.bare_connections);
        return tokio::select! {
            served = serving => served,
            reason = interrupted() => reason.map(drop),
        };
    }
    let told = if options.statements {
        Limits::All
    } else {
        Limits::OfMissed
    };
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move { bench::run(&options, stopped).await });
    tokio::pin!(task);
    let figures = tokio::select! {
        figures = &mut task => figures??,
        reason = interrupted() => {
            eprintln!("Stopping: {}.", reason?);
            // It is not there any more if it has just ended.
            stop.send(()).ok();
            task.await??
        }
    };
    println!("{}", report::report(&figures, told)?);
    match figures.iter().find(|figure| figure.key == bench::FAILED) {
        Some(failed) => Err(format!("{} failed", failed.section).into()),
        None => Ok(()),
    }
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
