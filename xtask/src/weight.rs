//! How much an embedder takes in with a domain crate: the crates that are linked with it.

use std::{collections::BTreeSet, fs};

use crate::{
    process::{Outcome, cargo, read},
    workspace::Workspace,
};

/// The crates that are meant to be taken alone.
const LEAN: [&str; 3] = ["segmentation", "consent", "quiet-hours"];

/// How many crates may be linked with one of them.
const MOST: usize = 15;

const BEGIN: &str = "<!-- weight -->";
const END: &str = "<!-- /weight -->";

/// What `write` puts above the block where a README has none.
const HEADING: &str = "\n## Weight\n\n";

/// Renews the block in each README.
///
/// # Errors
/// Cargo does not answer, or a file cannot be written.
pub(crate) fn write(workspace: &Workspace) -> Outcome {
    for name in LEAN {
        let path = workspace.path(&format!("crates/{name}/README.md"));
        let kept = fs::read_to_string(&path)?;
        let block = block(&linked(workspace, name)?);
        let fresh = match split(&kept) {
            Some((before, _, after)) => format!("{before}{block}{after}"),
            None => format!("{kept}{HEADING}{block}\n"),
        };
        if fresh != kept {
            fs::write(&path, fresh)?;
        }
    }
    Ok(())
}

/// Checks that each crate is light, and that its README says what it brings.
///
/// # Errors
/// A line for each crate that brings too much or says something else.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut complaints = Vec::new();
    for name in LEAN {
        let linked = linked(workspace, name)?;
        if linked.len() > MOST {
            complaints.push(format!(
                "{name} brings {} crates, {MOST} are allowed: {}",
                linked.len(),
                linked
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(" ")
            ));
        }
        let readme = fs::read_to_string(workspace.path(&format!("crates/{name}/README.md")))?;
        if split(&readme).is_none_or(|(_, kept, _)| kept != block(&linked)) {
            complaints.push(format!(
                "crates/{name}/README.md lists other crates than it brings; run `cargo xtask weight`"
            ));
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(complaints.join("\n").into())
}

/// The crates that are linked with a crate of ours, with its default features, itself not counted.
/// Procedural macros and what they need run while it is built and are not linked.
fn linked(workspace: &Workspace, name: &str) -> Outcome<BTreeSet<String>> {
    let tree = read(
        cargo()
            .args(["tree", "--edges", "normal,no-proc-macro"])
            .args(["--prefix", "none", "--format", "{p}"])
            .args(["--package", &format!("tidings-{name}")])
            .current_dir(workspace.root()),
    )?;
    Ok(names(&tree))
}

/// The names in the output of `cargo tree`, without the first, which is the crate itself.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// What a README says between the marks, marks included. Versions are left out, so that they may move.
fn block(linked: &BTreeSet<String>) -> String {
    let (ours, theirs): (Vec<_>, Vec<_>) = linked
        .iter()
        .map(|name| format!("`{name}`"))
        .partition(|name| name.starts_with("`tidings-"));
    let list = match (ours.is_empty(), theirs.is_empty()) {
        (true, true) => "no crate".to_owned(),
        _ => [ours, theirs].concat().join(" "),
    };
    let count = match linked.len() {
        1 => "1 crate is".to_owned(),
        count => format!("{count} crates are"),
    };
    format!(
        "{BEGIN}\nWith default features {count} linked in (procedural macros run at build time and are not):\n{list}\n{END}"
    )
}

/// A README before, in and after its block.
fn split(readme: &str) -> Option<(&str, &str, &str)> {
    let start = readme.find(BEGIN)?;
    let end = start + readme[start..].find(END)? + END.len();
    Some((&readme[..start], &readme[start..end], &readme[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_itself_and_repeats_are_not_counted() {
        let tree = "tidings-a v0.1.0 (/src)\nserde v1.0.0\ntidings-kernel v0.1.0 (/src)\nserde v1.0.0 (*)\n";
        assert_eq!(
            names(tree),
            BTreeSet::from(["serde", "tidings-kernel"].map(str::to_owned))
        );
    }

    #[test]
    fn a_block_is_found_and_replaced_as_a_whole() {
        let block = block(&BTreeSet::from([
            "serde".to_owned(),
            "tidings-kernel".to_owned(),
        ]));
        assert!(block.contains("2 crates are linked"));
        assert!(block.contains("\n`tidings-kernel` `serde`\n"));
        let readme = format!("before\n{block}\nafter\n");
        assert_eq!(
            split(&readme),
            Some(("before\n", block.as_str(), "\nafter\n"))
        );
        assert_eq!(split("nothing"), None);
        assert_eq!(split("<!-- weight --> open"), None);
    }
}
