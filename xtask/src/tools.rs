//! Programs of others that `check` needs, at pinned versions.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    process::{Outcome, cargo, read, run},
    workspace::Workspace,
};

/// The version of cargo-deny that `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";

/// A cargo-deny of the pinned version: the installed one, or one of this checkout, built once.
///
/// # Errors
/// It cannot be built.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Outcome<PathBuf> {
    let installed = PathBuf::from("cargo-deny");
    if is_pinned(&installed) {
        return Ok(installed);
    }
    let root = workspace.state("tools")?;
    let own = root.join("bin/cargo-deny");
    if !is_pinned(&own) {
        eprintln!("Building cargo-deny {CARGO_DENY}, once; it takes some minutes.");
        run(cargo()
            .args([
                "install",
                "cargo-deny",
                "--version",
                CARGO_DENY,
                "--locked",
                "--quiet",
            ])
            .arg("--root")
            .arg(&root))?;
    }
    Ok(own)
}

/// Runs cargo-deny's checks called `names`.
///
/// # Errors
/// One of them fails; the message is its report.
pub(crate) fn deny(workspace: &Workspace, names: &[&str]) -> Outcome {
    let program = cargo_deny(workspace)?;
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

fn is_pinned(program: &Path) -> bool {
    read(Command::new(program).arg("--version"))
        .is_ok_and(|text| text.trim() == format!("cargo-deny {CARGO_DENY}"))
}
