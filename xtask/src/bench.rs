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
        ["search", arguments @ ..] => search(workspace, arguments),
        ["domain", arguments @ ..] => domain::run_all(workspace, arguments),
        _ => Err("usage: cargo xtask bench pipeline|dispatch|search|domain [arguments]".into()),
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

/// Measures how fast conversations are found, in a database of its own on a durable PostgreSQL.
fn search(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    let database = Database::open(workspace, Purpose::Benchmarks)?;
    // What is measured is the database, so that an ordinary build does.
    run(cargo()
        .args(["bench", "--profile", "dev", "-p", "tidings-postgres"])
        .args(["--bench", "search", "--"])
        .args(arguments)
        .env("DATABASE_URL", database.url())
        .current_dir(workspace.root()))
}
