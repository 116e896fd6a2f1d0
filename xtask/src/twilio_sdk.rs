//! Twilio's official library, in a Python environment of this checkout: with it tests do what a program written
//! for Twilio does.

use std::{env, path::PathBuf};

use crate::{process::Outcome, python::Environment, workspace::Workspace};

/// The variable by which tests find the Python that has it.
pub(crate) const VARIABLE: &str = "TIDINGS_TWILIO_SDK";

/// What is installed, at pinned versions.
const REQUIREMENTS: &str = include_str!("../twilio_sdk.txt");

/// The Python that has the library: the one of `TIDINGS_TWILIO_SDK`, or one of this checkout, which is installed first
/// if need be.
///
/// # Errors
/// No Python, or no network for the first time; the message says what to do.
pub(crate) fn python(workspace: &Workspace) -> Outcome<PathBuf> {
    let given = env::var_os(VARIABLE).filter(|python| !python.is_empty());
    match given {
        Some(python) => Ok(python.into()),
        None => Environment::of(
            workspace.state("twilio-sdk")?,
            "Twilio's library",
            REQUIREMENTS,
        )?
        .python(),
    }
}

/// `cargo xtask twilio-sdk`: installs it, and prints what tests want to be told.
///
/// # Errors
/// As [`python`].
pub(crate) fn command(workspace: &Workspace) -> Outcome {
    println!("export {VARIABLE}='{}'", python(workspace)?.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_pinned() {
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let (name, version) = line.split_once("==").unwrap();
            assert!(!name.is_empty() && version.contains('.'), "{line}");
        }
    }
}
