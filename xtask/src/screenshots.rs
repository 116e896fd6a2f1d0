//! Pictures of our pages, taken by the tests of the pages themselves.

use std::{fs, process::Command};

use crate::{
    browser::Browser,
    postgres::{Database, Purpose},
    process::{Outcome, cargo, run},
    workspace::Workspace,
};

/// The variable by which those tests are told to keep their pictures, and where.
const VARIABLE: &str = "TIDINGS_SCREENSHOTS";
/// Where they are kept.
const PLACE: &str = "docs/console";
/// What makes them small: each gets a palette of its own colors.
const PALETTE: &str = "xtask/src/screenshots/palette.mjs";
/// The tests that take pictures.
const TESTS: [&str; 2] = ["browser", "end_to_end"];

/// Renews the pictures in `docs/console`.
///
/// # Errors
/// No browser, no PostgreSQL, or a page that its test does not like.
pub(crate) fn write(workspace: &Workspace) -> Outcome {
    let place = workspace.path(PLACE);
    fs::create_dir_all(&place)?;
    let database = Database::open(workspace, Purpose::Tests)?;
    let browser = Browser::open(workspace)?;
    let programs = workspace.target()?.join("debug");
    run(cargo()
        .args(["build", "--workspace", "--all-features", "--bins"])
        .current_dir(workspace.root()))?;
    for target in TESTS {
        run(browser
            .tell(&mut cargo())
            // The features are those of all tests, so that both share one build.
            .args(["test", "--workspace", "--all-features"])
            .args(["--test", target, "pictures"])
            .env(VARIABLE, &place)
            .env("DATABASE_URL", database.url())
            .env("TIDINGS_BIN_DIR", &programs)
            .current_dir(workspace.root()))?;
    }
    run(Command::new("node")
        .arg(workspace.path(PALETTE))
        .arg(&place))
}
