//! Demonstrations: what the system does when something happens to it, to watch.

use crate::{
    postgres::{Database, Purpose},
    process::{Outcome, cargo, run},
    workspace::Workspace,
};

/// Runs the demonstration that `words` begin with.
///
/// # Errors
/// An unknown one, no PostgreSQL, or one whose verdict is bad.
pub(crate) fn demo(workspace: &Workspace, words: &[&str]) -> Outcome {
    let ["failover", arguments @ ..] = words else {
        return Err("usage: cargo xtask demo failover [arguments]".into());
    };
    let database = Database::open(workspace, Purpose::Benchmarks)?;
    let of_server = ["--release", "-p", "tidings-server", "--example", "failover"];
    // Without optimization the programs are too slow for the load.
    run(cargo()
        .arg("build")
        .args(of_server)
        .arg("--bins")
        .current_dir(workspace.root()))?;
    run(cargo()
        .arg("run")
        .args(of_server)
        .arg("--")
        .args(arguments)
        .env("DATABASE_URL", database.url())
        .env("TIDINGS_BIN_DIR", workspace.target()?.join("release"))
        .current_dir(workspace.root()))
}
