//! The snapshot of the HTTP API's description.

use std::fs;

use crate::{
    process::{Outcome, cargo, read},
    workspace::Workspace,
};

/// Where the snapshot is.
const SNAPSHOT: &str = "docs/openapi.json";

/// Writes what the code describes now.
///
/// # Errors
/// The program does not build, or the file cannot be written.
pub(crate) fn write(workspace: &Workspace) -> Outcome {
    fs::write(workspace.path(SNAPSHOT), describe(workspace)?)?;
    Ok(())
}

/// Compares the snapshot with what the code describes.
///
/// # Errors
/// They differ; the message names the first line.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let kept = fs::read_to_string(workspace.path(SNAPSHOT))
        .map_err(|error| format!("{SNAPSHOT}: {error}; run `cargo xtask openapi`"))?;
    match first_difference(&kept, &describe(workspace)?) {
        None => Ok(()),
        Some(difference) => Err(format!(
            "the API changed; run `cargo xtask openapi` and review the change as one of the API\n\
             {SNAPSHOT}, {difference}"
        )
        .into()),
    }
}

fn describe(workspace: &Workspace) -> Outcome<String> {
    let text = read(
        cargo()
            .args([
                "run",
                "--quiet",
                "--package",
                "tidings-server",
                "--bin",
                "tidings",
                "--",
            ])
            .arg("openapi")
            .current_dir(workspace.root()),
    )?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The number and both versions of the first line that differs.
fn first_difference(kept: &str, fresh: &str) -> Option<String> {
    if kept == fresh {
        return None;
    }
    let (mut kept, mut fresh) = (kept.lines(), fresh.lines());
    let mut number = 1;
    loop {
        match (kept.next(), fresh.next()) {
            (Some(old), Some(new)) if old == new => number += 1,
            (None, None) => return Some("the end of the file".to_owned()),
            (old, new) => {
                let show = |line: Option<&str>| line.unwrap_or("(nothing)").trim().to_owned();
                return Some(format!(
                    "line {number}\n  - {}\n  + {}",
                    show(old),
                    show(new)
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_shown() {
        assert_eq!(first_difference("a\nb\nc\n", "a\nb\nc\n"), None);
        assert_eq!(
            first_difference("a\nb\nc\n", "a\nx\nc\n").unwrap(),
            "line 2\n  - b\n  + x"
        );
        assert_eq!(
            first_difference("a\n", "a\nb\n").unwrap(),
            "line 2\n  - (nothing)\n  + b"
        );
        assert_eq!(first_difference("a", "a\n").unwrap(), "the end of the file");
    }
}
