//! The speed of the domain crates: what is wanted, what was measured, and whether that is enough.

mod criterion;
mod figures;
mod report;

use std::fs;

use crate::{
    process::{Outcome, cargo, run},
    workspace::Workspace,
};

const USAGE: &str = "usage: cargo xtask bench domain [--quick] [--write]";

/// Where the table of a recorded run is kept.
const PAGE: &str = "docs/benchmarks/domain.md";

/// What the words after `bench domain` ask for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    is_quick: bool,
    writes: bool,
}

/// Measures, prints the table, and with `--write` renews the one in the documents.
///
/// A missed target is said in the table and is no failure: the figures depend on the machine.
///
/// # Errors
/// Words that are not understood, a build that fails, or a figure that was not measured.
pub(super) fn run_all(workspace: &Workspace, words: &[&str]) -> Outcome {
    let options = Options::read(words)?;
    let results = workspace.target()?.join("criterion");
    // A figure of an older run must not stand in for one that is missing now.
    if results.exists() {
        fs::remove_dir_all(&results)?;
    }
    let quick = options.is_quick.then_some("--quick");
    run(cargo()
        .args(["bench", "-p", "tidings-benchmarks", "--bench", "domain"])
        .args(["--", "--noplot"])
        .args(quick)
        .env("CRITERION_HOME", &results)
        .current_dir(workspace.root()))?;
    let figures = figures::read(&results)?;
    let table = report::table(&figures);
    print!("\n{table}\n{}\n", report::verdict(&figures));
    if options.writes {
        let page = workspace.path(PAGE);
        let fresh = report::renew(
            &fs::read_to_string(&page)?,
            &report::record(workspace, &table)?,
        )
        .ok_or_else(|| format!("{PAGE} has no marks for the table"))?;
        fs::write(page, fresh)?;
    }
    Ok(())
}

impl Options {
    fn read(words: &[&str]) -> Outcome<Self> {
        let mut options = Self::default();
        for word in words {
            match *word {
                "--quick" => options.is_quick = true,
                "--write" => options.writes = true,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_others_refused() {
        assert_eq!(Options::read(&[]).unwrap(), Options::default());
        let both = Options {
            is_quick: true,
            writes: true,
        };
        assert_eq!(Options::read(&["--write", "--quick"]).unwrap(), both);
        assert!(Options::read(&["--fast"]).is_err());
    }
}
