//! The load program.

use crate::{
    postgres::{Database, Purpose},
    process::{Outcome, cargo, run},
    workspace::Workspace,
};

/// Runs the benchmark that `words` begin with, against release programs and a durable PostgreSQL.
///
/// # Errors
/// An unknown benchmark, no PostgreSQL, or a benchmark that fails.
pub(crate) fn bench(workspace: &Workspace, words: &[&str]) -> Outcome {
    let ["pipeline", arguments @ ..] = words else {
        return Err("usage: cargo xtask bench pipeline [arguments of the load program]".into());
    };
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
