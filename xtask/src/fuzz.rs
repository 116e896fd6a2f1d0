//! Coverage-guided fuzzing of what reads other people's bytes.
//!
//! The targets are a package of their own, `fuzz/`, because everything below them is built with coverage
//! counters. Those come from the stable compiler's own pass, so no other toolchain is needed; without a
//! sanitizer, which our code, free of `unsafe`, would profit little from.

use std::{
    fs::{self, File},
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    process::{Outcome, cargo, is_interrupted, read, run, tail},
    workspace::Workspace,
};

/// How long a target runs when nobody says otherwise.
const SECONDS: u32 = 20;

/// What makes the compiler count which edges a run takes, as libFuzzer wants it.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cdebug-assertions --cfg fuzzing";

/// Bounds of one input and one process: bytes, seconds for an input, MiB.
const BOUNDS: [&str; 3] = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"];

/// How much of a log is shown when its target found something.
const LOG_LINES: usize = 60;

/// Builds the targets and runs each, or the one named, for a bounded time.
///
/// # Errors
/// A word that is not understood, a build that fails, or the names of the targets that found something.
pub(crate) fn fuzz(workspace: &Workspace, words: &[&str]) -> Outcome {
    let (seconds, wanted) = options(words)?;
    let mut targets = targets(workspace)?;
    if let Some(wanted) = wanted {
        targets.retain(|target| target == wanted);
        if targets.is_empty() {
            return Err(format!("no target {wanted} in fuzz/targets").into());
        }
    }
    let programs = build(workspace, &targets)?;
    let failed = run_targets(workspace, &programs, &targets, seconds);
    if is_interrupted() {
        return Err("interrupted".into());
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("found something: {}", failed.join(", ")).into())
}

/// The time for each target, and the only target if one is named.
fn options<'word>(words: &[&'word str]) -> Outcome<(u32, Option<&'word str>)> {
    let usage = || "usage: cargo xtask fuzz [--seconds <n>] [<target>]".to_owned();
    match words {
        [] => Ok((SECONDS, None)),
        ["--seconds", seconds] => Ok((seconds.parse().map_err(|_| usage())?, None)),
        ["--seconds", seconds, target] | [target, "--seconds", seconds] => {
            Ok((seconds.parse().map_err(|_| usage())?, Some(target)))
        }
        [target] if !target.starts_with('-') => Ok((SECONDS, Some(target))),
        _ => Err(usage().into()),
    }
}

/// One target for each file beside the library.
fn targets(workspace: &Workspace) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(workspace.path("fuzz/targets"))? {
        let path = entry?.path();
        if let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
            && name != "lib"
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Builds the targets and answers the directory of the programs.
fn build(workspace: &Workspace, targets: &[String]) -> Outcome<PathBuf> {
    // Naming the host keeps the counters out of procedural macros and build scripts, which have
    // nobody to report to.
    let version = read(cargo().args(["version", "--verbose"]))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .ok_or("cargo does not name its host")?;
    let target = workspace.state("fuzz")?;
    run(cargo()
        .args(["build", "--release", "--quiet", "--manifest-path"])
        .arg(workspace.path("fuzz/Cargo.toml"))
        .args(["--target", host, "--target-dir"])
        .arg(&target)
        .args(targets.iter().flat_map(|target| ["--bin", target]))
        .env("RUSTFLAGS", COVERAGE)
        .current_dir(workspace.root()))?;
    Ok(target.join(host).join("release"))
}

/// Runs each target, as many at once as there are processors, and answers the names of those that found something.
fn run_targets<'name>(
    workspace: &Workspace,
    programs: &Path,
    targets: &'name [String],
    seconds: u32,
) -> Vec<&'name str> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let run_some = || {
        while !is_interrupted()
            && let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed))
        {
            match run_target(workspace, programs, target, seconds) {
                Ok(summary) => eprintln!("ok      fuzz {target}: {summary}"),
                Err(error) => {
                    eprintln!("FAILED  fuzz {target}\n{error}\n");
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.push(target.as_str());
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(run_some);
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Runs one target and answers how far it came.
fn run_target(
    workspace: &Workspace,
    programs: &Path,
    target: &str,
    seconds: u32,
) -> Outcome<String> {
    let corpus = workspace.state("fuzz/corpus")?.join(target);
    let artifacts = workspace.path("fuzz/artifacts").join(target);
    let seeds = workspace.path("fuzz/seeds").join(target);
    for directory in [&corpus, &artifacts, &seeds] {
        fs::create_dir_all(directory)?;
    }
    let log = corpus.with_extension("log");
    let file = File::create(&log)?;
    let outcome = run(Command::new(programs.join(target))
        .args(BOUNDS)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        // New inputs go to the first directory; the others are only read.
        .args([&corpus, &seeds])
        .stdout(file.try_clone()?)
        .stderr(file)
        .current_dir(workspace.root()));
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    match outcome {
        Ok(()) => Ok(summary(&said)),
        Err(error) => Err(format!(
            "{error}\n{}\nthe input is in {}; give its path to {} to see it again",
            tail(&findings(&said), LOG_LINES),
            artifacts.display(),
            programs.join(target).display(),
        )
        .into()),
    }
}

/// The log without its lines of progress.
fn findings(log: &str) -> String {
    let lines = log.lines().filter(|line| !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// The last line of progress: `113730 runs, cov: 704 ft: 3252 corp: 564/14778b`.
fn summary(log: &str) -> String {
    let Some(line) = log.lines().find(|line| line.contains("\tDONE ")) else {
        return "no summary".to_owned();
    };
    let (runs, rest) = line.split_once("\tDONE ").unwrap_or((line, ""));
    let words: Vec<&str> = rest.split_whitespace().take(6).collect();
    format!("{} runs, {}", runs.trim_start_matches('#'), words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_target_come_in_either_order() {
        assert_eq!(options(&[]).unwrap(), (SECONDS, None));
        assert_eq!(options(&["--seconds", "5"]).unwrap(), (5, None));
        assert_eq!(options(&["replies"]).unwrap(), (SECONDS, Some("replies")));
        for words in [["--seconds", "5", "replies"], ["replies", "--seconds", "5"]] {
            assert_eq!(options(&words).unwrap(), (5, Some("replies")));
        }
        for words in [&["--seconds"][..], &["--seconds", "x"], &["a", "b"]] {
            assert!(options(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn every_target_has_seeds_and_a_program() {
        let workspace = Workspace::find().unwrap();
        let manifest = fs::read_to_string(workspace.path("fuzz/Cargo.toml")).unwrap();
        let targets = targets(&workspace).unwrap();
        assert!(targets.len() >= 5, "{targets:?}");
        for target in targets {
            assert!(
                manifest.contains(&format!("name = \"{target}\"")),
                "{target}"
            );
            let seeds = fs::read_dir(workspace.path("fuzz/seeds").join(&target)).unwrap();
            assert!(seeds.count() > 2, "{target}");
        }
    }

    #[test]
    fn the_summary_says_how_far_it_came() {
        let log = "#2\tINITED cov: 1\n#113730\tDONE   cov: 704 ft: 3252 corp: 564/14778b lim: 82\n";
        assert_eq!(
            summary(log),
            "113730 runs, cov: 704 ft: 3252 corp: 564/14778b"
        );
    }

    #[test]
    fn progress_is_no_finding() {
        let log = "#2\tNEW    cov: 1\npanicked at x\n#3\tNEW    cov: 2\n==1== ERROR: y\n";
        assert_eq!(findings(log), "panicked at x\n==1== ERROR: y");
    }
}
