//! The real programs under faults: kill -9, crashes of the database, lost answers, wrong clocks.

use std::{ffi::OsString, path::PathBuf, process::Command};

use crate::{
    postgres::{Database, Purpose},
    process::{Outcome, cargo, run},
    workspace::Workspace,
};

/// Runs the long form, or with `--short` the one that is among the tests.
///
/// # Errors
/// No PostgreSQL, a build that fails, or records that differ.
pub(crate) fn chaos(workspace: &Workspace, words: &[&str]) -> Outcome {
    let cluster = Cluster::open(workspace)?;
    match words {
        ["--short"] => short(workspace, &cluster),
        arguments => long(workspace, &cluster, arguments),
    }
}

/// The short form by itself, with the programs that the tests use.
fn short(workspace: &Workspace, cluster: &Cluster) -> Outcome {
    run(cargo()
        .args(["build", "--workspace", "--all-features", "--bins"])
        .current_dir(workspace.root()))?;
    run(cluster
        .tell(&mut cargo())?
        .args(["test", "--workspace", "--all-features", "--test", "chaos"])
        .args(["--", "--nocapture"])
        .env("TIDINGS_BIN_DIR", workspace.target()?.join("debug"))
        .current_dir(workspace.root()))
}

fn long(workspace: &Workspace, cluster: &Cluster, arguments: &[&str]) -> Outcome {
    // The other programs are built with the benchmark, once and with the same features.
    run(cargo()
        .args(["build", "--release", "-p", "tidings-simulator"])
        .current_dir(workspace.root()))?;
    run(cluster
        .tell(&mut cargo())?
        .args(["bench", "-p", "tidings-server", "--bench", "chaos", "--"])
        .args(absolute(workspace, arguments))
        .env("TIDINGS_BIN_DIR", workspace.target()?.join("release"))
        .current_dir(workspace.root()))
}

/// The words with a log's path that does not depend on where cargo runs the program.
fn absolute(workspace: &Workspace, words: &[&str]) -> Vec<OsString> {
    let mut is_path = false;
    let absolute = words.iter().map(|word| {
        let word = if is_path {
            workspace.root().join(word).into()
        } else {
            OsString::from(word)
        };
        is_path = word == "--log";
        word
    });
    absolute.collect()
}

/// A private PostgreSQL that may be made to crash, whatever `DATABASE_URL` says.
pub(crate) struct Cluster(Database);

impl Cluster {
    /// Makes it run.
    ///
    /// # Errors
    /// There is none and none can be started.
    pub(crate) fn open(workspace: &Workspace) -> Outcome<Self> {
        Ok(Self(Database::open_private(workspace, Purpose::Chaos)?))
    }

    /// Tells `command` where it is, and which program makes it crash when it is called with
    /// `pg crash chaos`.
    ///
    /// # Errors
    /// The system does not say where this program is.
    pub(crate) fn tell<'command>(
        &self,
        command: &'command mut Command,
    ) -> Outcome<&'command mut Command> {
        Ok(command
            .env("CHAOS_DATABASE_URL", self.0.url())
            .env("CHAOS_XTASK", this_program()?))
    }
}

/// Where this program is. Building the workspace may have put another one into its place, and the system
/// then says of this one that it is deleted.
fn this_program() -> std::io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    let text = path.to_string_lossy();
    Ok(text
        .strip_suffix(" (deleted)")
        .map_or_else(|| path.clone(), PathBuf::from))
}
