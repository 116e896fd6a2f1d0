//! Everything that must hold before a change is shared, short of the tests.

use std::time::Instant;

use crate::{
    deps, embed, laws, openapi, package,
    process::{Outcome, cargo, is_interrupted, read},
    sqlx, tools, weight,
    workspace::Workspace,
};

/// One thing to check: its name, and how.
type Step = (&'static str, fn(&Workspace) -> Outcome);

const STEPS: [Step; 10] = [
    ("format", format),
    ("dependency rule", deps::check),
    ("weight", weight::check),
    ("laws", laws::check),
    ("packages", |workspace| {
        package::package(workspace, package::Then::Stop)
    }),
    ("licenses, bans, sources", |workspace| {
        tools::deny(workspace, &["licenses", "bans", "sources"])
    }),
    ("clippy", clippy),
    (".sqlx", |workspace| sqlx::run(workspace, sqlx::Mode::Check)),
    ("docs/openapi.json", openapi::check),
    ("examples/embed", embed::check),
];

/// Runs every step, also after one has failed.
///
/// # Errors
/// The names of the steps that failed.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let failed = run_steps(workspace, &STEPS);
    if is_interrupted() {
        return Err("interrupted".into());
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("failed: {}", failed.join("; ")).into())
}

/// Runs `steps`, a line each, and answers the names of those that failed.
fn run_steps(workspace: &Workspace, steps: &[Step]) -> Vec<&'static str> {
    let mut failed = Vec::new();
    for (name, step) in steps {
        if is_interrupted() {
            break;
        }
        let start = Instant::now();
        let outcome = step(workspace);
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => eprintln!("ok      {name} ({seconds:.1} s)"),
            Err(error) => {
                eprintln!("FAILED  {name} ({seconds:.1} s)\n{error}\n");
                failed.push(*name);
            }
        }
    }
    failed
}

fn format(workspace: &Workspace) -> Outcome {
    let is_formatted = |words: &[&str]| {
        read(
            cargo()
                .arg("fmt")
                .args(words)
                .arg("--check")
                .current_dir(workspace.root()),
        )
    };
    is_formatted(&["--all"])?;
    // A workspace of its own.
    is_formatted(&["--manifest-path", "fuzz/Cargo.toml"])?;
    Ok(())
}

fn clippy(workspace: &Workspace) -> Outcome {
    read(
        cargo()
            .args([
                "clippy",
                "--quiet",
                "--workspace",
                "--all-targets",
                "--all-features",
            ])
            .args(["--", "-D", "warnings"])
            .current_dir(workspace.root()),
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_does_not_keep_later_steps_from_running() {
        let workspace = Workspace::find().unwrap();
        let steps: [Step; 3] = [
            ("first", |_| Err("broken".into())),
            ("second", |_| Ok(())),
            ("third", |_| Err("broken too".into())),
        ];
        assert_eq!(run_steps(&workspace, &steps), ["first", "third"]);
    }
}
