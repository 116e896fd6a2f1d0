//! Programs of others that these commands need, at pinned versions.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    process::{Outcome, cargo, read, run},
    workspace::Workspace,
};

/// A program from the registry of crates.
struct Tool {
    /// Its name, and that of its package.
    name: &'static str,
    /// The version that our configuration is written for.
    version: &'static str,
    /// What it prints for `--version`, up to the version.
    greeting: &'static str,
    /// The words with which it prints its version.
    ask: &'static [&'static str],
}

/// The version that `deny.toml` is written for.
const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    greeting: "cargo-deny",
    ask: &["--version"],
};

/// Changes the code and looks whether a test notices.
const MUTANTS: Tool = Tool {
    name: "cargo-mutants",
    version: "27.1.0",
    greeting: "cargo-mutants",
    ask: &["mutants", "--version"],
};

impl Tool {
    /// The program: the installed one if it is of the pinned version, else one of this checkout, built
    /// once.
    fn find(&self, workspace: &Workspace) -> Outcome<PathBuf> {
        let installed = PathBuf::from(self.name);
        if self.is_pinned(&installed) {
            return Ok(installed);
        }
        let root = workspace.state("tools")?;
        let own = root.join("bin").join(self.name);
        if !self.is_pinned(&own) {
            eprintln!(
                "Building {} {}, once; it takes some minutes.",
                self.name, self.version
            );
            run(cargo()
                .args(["install", self.name, "--version", self.version])
                // What it does takes a moment, and an optimized build minutes.
                .args(["--locked", "--quiet", "--debug", "--root"])
                .arg(&root))?;
        }
        Ok(own)
    }

    fn is_pinned(&self, program: &Path) -> bool {
        read(Command::new(program).args(self.ask))
            .is_ok_and(|text| text.trim() == format!("{} {}", self.greeting, self.version))
    }
}

/// cargo-mutants.
///
/// # Errors
/// It cannot be built.
pub(crate) fn cargo_mutants(workspace: &Workspace) -> Outcome<PathBuf> {
    MUTANTS.find(workspace)
}

/// Runs cargo-deny's checks called `names`.
///
/// # Errors
/// One of them fails; the message is its report.
pub(crate) fn deny(workspace: &Workspace, names: &[&str]) -> Outcome {
    let program = DENY.find(workspace)?;
    read(
        Command::new(program)
            .args([
                "--workspace",
                "--all-features",
                "--log-level",
                "error",
                "check",
            ])
            .args(names)
            .current_dir(workspace.root()),
    )
    .map(drop)
}
