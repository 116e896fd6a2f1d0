//! Benchmarks: the load program, and the speed of the domain crates.

mod domain;

use crate::{
    postgres::{Database, Purpose},
    process::{Outcome, cargo, run},
    workspace::Workspace,
};

/// Runs the benchmark that `words` begin with.
///
/// # Errors
/// An unknown benchmark, no PostgreSQL, or a benchmark that fails.
pub(crate) fn bench(workspace: &Workspace, words: &[&str]) -> Outcome {
    match words {
        ["pipeline", arguments @ ..] => pipeline(workspace, arguments),
        ["domain", arguments @ ..] => domain::run_all(workspace, arguments),
        _ => Err("usage: cargo xtask bench pipeline|domain [arguments]".into()),
    }
}

/// Runs the load program against release programs and a durable PostgreSQL.
fn pipeline(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    let database = Database::open(workspace, Purpose::Benchmarks)?;
    let programs = workspace.target()?.join("release");
    run(cargo()
        .args([
            "build",
            "--release",
            "--bins",
            "-p",
            "tidings-server",
            "-p",
            "tidings-simulator",
        ])
        .current_dir(workspace.root()))?;
    run(cargo()
        .args(["bench", "-p", "tidings-server", "--bench", "pipeline", "--"])
        .args(arguments)
        .env("DATABASE_URL", database.url())
        .env("TIDINGS_BIN_DIR", programs)
        .current_dir(workspace.root()))
}
