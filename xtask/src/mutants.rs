//! Mutation testing: does a test notice when the code says something else?

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    process::{GLANCE, Outcome, is_interrupted, signal},
    tools,
    workspace::Workspace,
};

/// Where each survivor has its sentence.
const EXPLAINED: &str = "docs/mutants.md";

/// How long a run may take when nobody says otherwise.
const MINUTES: u64 = 30;

/// How long the tests may take with one change before it counts as noticed, in seconds.
const PATIENCE: &str = "60";

const USAGE: &str = "usage: cargo xtask mutants [--minutes <n>] [<crate>]";

/// Changes one crate, `segmentation` if none is named, in every way that cargo-mutants knows, and
/// compares what no test noticed with what is explained.
///
/// # Errors
/// cargo-mutants cannot be built, the time is over before every change was tried, or a survivor is not
/// explained.
pub(crate) fn mutants(workspace: &Workspace, words: &[&str]) -> Outcome {
    let (minutes, name) = options(words)?;
    let program = tools::cargo_mutants(workspace)?;
    let out = workspace.state("mutants")?.join(name);
    fs::create_dir_all(&out)?;
    let is_complete = try_all(
        Command::new(program)
            .args(["mutants", "--package", &format!("tidings-{name}")])
            // Only tests of the crate itself are asked; its features hold the laws.
            .args(["--all-features", "--no-shuffle", "--colors", "never"])
            .args(["--timeout", PATIENCE, "--output"])
            .arg(&out)
            .current_dir(workspace.root()),
        Duration::from_secs(minutes * 60),
    )?;
    let explained = fs::read_to_string(workspace.path(EXPLAINED))?;
    let survivors = survivors(&out.join("mutants.out"))?;
    let unexplained: Vec<&str> = survivors
        .iter()
        .filter(|survivor| !explained.contains(survivor.as_str()))
        .map(String::as_str)
        .collect();
    eprintln!(
        "{} survivors, {} explained in {EXPLAINED}",
        survivors.len(),
        survivors.len() - unexplained.len()
    );
    if !unexplained.is_empty() {
        return Err(format!(
            "no test notices, and {EXPLAINED} does not say why:\n{}",
            unexplained.join("\n")
        )
        .into());
    }
    if !is_complete {
        return Err(format!("{minutes} minutes are over and not every change was tried").into());
    }
    Ok(())
}

fn options<'word>(words: &[&'word str]) -> Outcome<(u64, &'word str)> {
    let minutes = |text: &str| text.parse().map_err(|_| USAGE);
    match words {
        [] => Ok((MINUTES, "segmentation")),
        ["--minutes", number] => Ok((minutes(number)?, "segmentation")),
        ["--minutes", number, name] | [name, "--minutes", number] => Ok((minutes(number)?, name)),
        [name] if !name.starts_with('-') => Ok((MINUTES, name)),
        _ => Err(USAGE.into()),
    }
}

/// Runs cargo-mutants and answers whether it came to its end in time. That changes survived or took too
/// long is an end too; what survived is read from its lists.
fn try_all(command: &mut Command, limit: Duration) -> Outcome<bool> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut is_told = false;
    loop {
        if let Some(status) = child.try_wait()? {
            if is_interrupted() {
                return Err("interrupted".into());
            }
            // 0: all noticed. 2: some were not. 3: some took too long.
            return match status.code() {
                Some(0 | 2 | 3) => Ok(!is_told),
                _ if is_told => Ok(false),
                _ => Err(format!("cargo mutants failed ({status})").into()),
            };
        }
        if !is_told && (start.elapsed() > limit || is_interrupted()) {
            signal(&child, "INT");
            is_told = true;
        }
        thread::sleep(GLANCE);
    }
}

/// What no test noticed, as `src/measure.rs: replace measure -> Measure with …`, without line numbers,
/// which move.
fn survivors(out: &Path) -> Outcome<BTreeSet<String>> {
    let missed = fs::read_to_string(out.join("missed.txt"))?;
    Ok(missed.lines().filter_map(without_place).collect())
}

/// `crates/a/src/b.rs:12:3: replace x` without `12:3`.
fn without_place(line: &str) -> Option<String> {
    let (file, rest) = line.split_once(':')?;
    let (_, what) = rest.split_once(": ")?;
    Some(format!("{file}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survivor_is_named_without_the_place_that_moves() {
        assert_eq!(
            without_place("crates/a/src/b.rs:12:3: replace f -> u32 with 0 in g").unwrap(),
            "crates/a/src/b.rs: replace f -> u32 with 0 in g"
        );
    }

    #[test]
    fn minutes_and_crate_come_in_either_order() {
        assert_eq!(options(&[]).unwrap(), (MINUTES, "segmentation"));
        assert_eq!(options(&["consent"]).unwrap(), (MINUTES, "consent"));
        assert_eq!(
            options(&["--minutes", "5", "consent"]).unwrap(),
            (5, "consent")
        );
        assert_eq!(
            options(&["consent", "--minutes", "5"]).unwrap(),
            (5, "consent")
        );
        assert!(options(&["--minutes"]).is_err());
    }
}
