//! Benchmarks: the load programs, and the speed of the domain crates.

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
        [name @ ("pipeline" | "dispatch"), arguments @ ..] => load(workspace, name, arguments),
        ["domain", arguments @ ..] => domain::run_all(workspace, arguments),
        _ => Err("usage: cargo xtask bench pipeline|dispatch|domain [arguments]".into()),
    }
}

/// Runs the load program of this name against release programs and a durable PostgreSQL.
fn load(workspace: &Workspace, name: &str, arguments: &[&str]) -> Outcome {
    let database = Database::open(workspace, Purpose::Benchmarks)?;
    let programs = workspace.target()?.join("release");
    // The other programs are built with the benchmark, once and with the same features.
    run(cargo()
        .args(["build", "--release", "-p", "tidings-simulator"])
        .current_dir(workspace.root()))?;
    run(cargo()
        .args(["bench", "-p", "tidings-server", "--bench", name, "--"])
        .args(arguments)
        .env("DATABASE_URL", database.url())
        .env("TIDINGS_BIN_DIR", programs)
        .current_dir(workspace.root()))
}
