//! The dependency rule: which of our crates may stand below which, and where I/O may not reach.
//!
//! A list of banned packages cannot say "nowhere below", so the whole normal dependency tree of
//! every crate is read.

use std::{collections::BTreeSet, fs};

use crate::{
    process::{Outcome, cargo, read},
    workspace::Workspace,
};

/// Packages that a domain crate never has below it, at any depth.
const IO: [&str; 6] = ["tokio", "sqlx", "reqwest", "axum", "hyper", "tower"];

/// The domain crates, lowest first.
pub(crate) const DOMAIN: &[&str] = &[
    "kernel",
    "phone",
    "segmentation",
    "consent",
    "quiet-hours",
    "jurisdictions",
    "templates",
    "routing",
    "messaging",
    "conversations",
];

/// What may stand below one crate, at any depth.
struct Rule {
    /// The directory in `crates/`.
    name: &'static str,
    /// Which of our crates.
    ours: Ours,
    /// Which of them besides.
    beside: &'static [&'static str],
    /// Whether the packages of [`IO`].
    io: Io,
}

enum Ours {
    Only(&'static [&'static str]),
    All,
}

enum Io {
    Never,
    Allowed,
}

/// Every crate has its line; a new edge is reviewed here as an API change.
const RULES: &[Rule] = &[
    domain("kernel", &[]),
    domain("phone", &["kernel"]),
    // For prices alone: without that feature it depends on nothing of ours, which its weight shows.
    domain("segmentation", &["kernel"]),
    domain("consent", &["kernel"]),
    domain("quiet-hours", &["kernel"]),
    domain("jurisdictions", &["kernel", "quiet-hours"]),
    domain("templates", &["kernel"]),
    domain("routing", &["kernel"]),
    domain(
        "messaging",
        &[
            "kernel",
            "phone",
            "segmentation",
            "consent",
            "quiet-hours",
            "jurisdictions",
            "templates",
            "routing",
        ],
    ),
    domain(
        "conversations",
        &[
            "kernel",
            "phone",
            "segmentation",
            "consent",
            "quiet-hours",
            "jurisdictions",
            "templates",
            "routing",
            "messaging",
        ],
    ),
    around("memory", &[]),
    around("postgres", &[]),
    around("provider-http", &[]),
    around("aws-http", &["provider-http"]),
    provider("twilio"),
    provider("whatsapp-cloud"),
    provider("messagebird"),
    provider("vonage"),
    provider("clicksend"),
    around("media", &["provider-http", "aws-http"]),
    around("aws-sns", &["provider-http", "aws-http"]),
    around("email", &["provider-http", "aws-http"]),
    around("vault", &[]),
    // Pure, though no domain crate: the routes and the worker's callbacks speak with the same words.
    domain("twilio-facade", DOMAIN),
    around("webhooks", &[]),
    around("http-api", &["twilio-facade"]),
    around("console", &[]),
    around("worker", &[]),
    around("conformance", &[]),
    // Measures the domain crates; nothing depends on it.
    domain("benchmarks", DOMAIN),
    // Speaks the providers' protocols from their documents, so that it cannot share our mistakes.
    apart("simulator"),
    apart("wire-specs"),
    apart("browser"),
    Rule {
        name: "server",
        ours: Ours::All,
        beside: &[],
        io: Io::Allowed,
    },
];

/// A crate that is pure, and what it may have below it.
const fn domain(name: &'static str, ours: &'static [&'static str]) -> Rule {
    Rule {
        name,
        ours: Ours::Only(ours),
        beside: &[],
        io: Io::Never,
    }
}

/// A crate that touches the outside: the domain may be below it, and what is named `beside`.
const fn around(name: &'static str, beside: &'static [&'static str]) -> Rule {
    Rule {
        name,
        ours: Ours::Only(DOMAIN),
        beside,
        io: Io::Allowed,
    }
}

/// An adapter of a provider: beside the domain it knows how all of them speak HTTP, and no other adapter.
const fn provider(name: &'static str) -> Rule {
    around(name, &["provider-http"])
}

/// A crate that knows none of ours.
const fn apart(name: &'static str) -> Rule {
    Rule {
        name,
        ours: Ours::Only(&[]),
        beside: &[],
        io: Io::Allowed,
    }
}

/// Checks every crate, with its default features and with all of them.
///
/// # Errors
/// One line for each edge that the rule forbids, and for each crate without a line in the table.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut complaints = BTreeSet::new();
    for entry in fs::read_dir(workspace.path("crates"))? {
        let entry = entry?;
        if !entry.path().join("Cargo.toml").is_file() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            complaints.insert(format!(
                "{name} has no line in xtask/src/deps.rs: add it to RULES"
            ));
            continue;
        };
        for features in [None, Some("--all-features")] {
            let tree = read(
                cargo()
                    .args([
                        "tree", "--edges", "normal", "--prefix", "none", "--format", "{p}",
                    ])
                    .args(["--locked", "--package", &format!("tidings-{name}")])
                    .args(features)
                    .current_dir(workspace.root()),
            )?;
            complaints.extend(violations(rule, &tree));
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(complaints.into_iter().collect::<Vec<_>>().join("\n").into())
}

/// What `rule` forbids in `tree`, the output of `cargo tree --prefix none --format {p}`.
fn violations(rule: &Rule, tree: &str) -> BTreeSet<String> {
    // The first line is the crate itself.
    tree.lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .filter(|package| !is_allowed(rule, package))
        .map(|package| {
            format!(
                "{} must not depend on {package} (`cargo tree -p tidings-{0} -e normal -i {package}`)",
                rule.name
            )
        })
        .collect()
}

fn is_allowed(rule: &Rule, package: &str) -> bool {
    match package.strip_prefix("tidings-") {
        Some(ours) => match rule.ours {
            Ours::Only(names) => names.contains(&ours) || rule.beside.contains(&ours),
            Ours::All => true,
        },
        None => match rule.io {
            Io::Never => !IO.contains(&package),
            Io::Allowed => true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(name: &str, tree: &str) -> Vec<String> {
        let rule = RULES.iter().find(|rule| rule.name == name).unwrap();
        violations(rule, tree).into_iter().collect()
    }

    #[test]
    fn a_domain_crate_may_stand_on_the_kernel() {
        let tree = "tidings-consent v0.1.0 (/src/crates/consent)\n\
                    thiserror v2.0.21\n\
                    tidings-kernel v0.1.0 (/src/crates/kernel)\n\
                    time v0.3.55 (*)\n";
        assert!(judge("consent", tree).is_empty());
    }

    #[test]
    fn a_domain_crate_never_has_io_below_it_however_deep() {
        for package in IO {
            let tree =
                format!("tidings-routing v0.1.0 (/src)\nhelper v1.0.0\n{package} v1.0.0 (*)\n");
            let complaints = judge("routing", &tree);
            assert_eq!(complaints.len(), 1, "{package}");
            assert!(complaints[0].starts_with(&format!("routing must not depend on {package} ")));
        }
    }

    #[test]
    fn a_name_that_only_begins_like_an_io_crate_is_no_io() {
        assert!(
            judge(
                "kernel",
                "tidings-kernel v0.1.0 (/src)\ntower-of-words v1.0.0\n"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_domain_crate_never_stands_on_one_beside_it() {
        let tree = "tidings-consent v0.1.0 (/src)\ntidings-templates v0.1.0 (/src)\n";
        assert_eq!(judge("consent", tree).len(), 1);
    }

    #[test]
    fn an_adapter_never_stands_on_an_adapter() {
        let tree = "tidings-twilio v0.1.0 (/src)\ntokio v1.52.0\ntidings-postgres v0.1.0 (/src)\n";
        let complaints = judge("twilio", tree);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("tidings-postgres"));
    }

    #[test]
    fn the_simulator_stands_on_nothing_of_ours() {
        assert_eq!(
            judge(
                "simulator",
                "tidings-simulator v0.1.0 (/src)\ntidings-kernel v0.1.0\n"
            )
            .len(),
            1
        );
    }

    #[test]
    fn the_server_stands_on_everything() {
        let rule = RULES.iter().find(|rule| rule.name == "server").unwrap();
        for other in RULES {
            let tree = format!(
                "tidings-server v0.1.0\ntidings-{} v0.1.0\ntokio v1.52.0\n",
                other.name
            );
            assert!(violations(rule, &tree).is_empty(), "{}", other.name);
        }
    }

    #[test]
    fn the_table_never_points_upwards() {
        for (position, rule) in RULES.iter().enumerate() {
            if let Ours::Only(names) = rule.ours {
                for name in names {
                    let below = RULES.iter().position(|other| other.name == *name).unwrap();
                    assert!(below < position, "{} over {name}", rule.name);
                }
            }
        }
    }
}
