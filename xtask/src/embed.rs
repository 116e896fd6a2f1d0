//! The example that embeds the domain crates: it says what it said when it was written down.

use std::fs;

use crate::{
    process::{Outcome, cargo, read},
    workspace::Workspace,
};

/// What the example prints.
const EXPECTED: &str = "examples/embed/expected.txt";

/// Runs the example and compares.
///
/// # Errors
/// It does not build or run, or says something else; the message has both.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let said = read(
        cargo()
            .args(["run", "--quiet", "--package", "embed"])
            .current_dir(workspace.root()),
    )?;
    let expected = fs::read_to_string(workspace.path(EXPECTED))?;
    if said == expected {
        return Ok(());
    }
    Err(format!("the example does not print {EXPECTED} but\n{said}").into())
}
