//! The domain crates as packages: complete, described, and buildable away from this checkout.

use std::{fmt::Write as _, fs, process::Command};

use crate::{
    deps,
    process::{Outcome, cargo, read, run},
    workspace::Workspace,
};

/// What to do beyond making the packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Stop,
    /// Build them from the packages alone.
    Build,
}

/// Packs every domain crate.
///
/// Our crates are in no registry, so cargo cannot resolve one package's need of another and the lock
/// files are left out; [`Then::Build`] resolves them against each other instead.
///
/// # Errors
/// A manifest that lacks something, a package without its README, or packages that do not build.
pub(crate) fn package(workspace: &Workspace, then: Then) -> Outcome {
    let target = workspace.state("package")?;
    let names: Vec<String> = deps::DOMAIN
        .iter()
        .map(|name| format!("tidings-{name}"))
        .collect();
    let selection = || names.iter().flat_map(|name| ["--package", name.as_str()]);
    read(
        cargo()
            .args(["package", "--no-verify", "--allow-dirty", "--quiet"])
            .args(["--exclude-lockfile", "--no-metadata", "--target-dir"])
            .arg(&target)
            .args(selection())
            .current_dir(workspace.root()),
    )?;
    let packages = target.join("package");
    let version = version(workspace)?;
    let mut complaints = String::new();
    for name in &names {
        let list = read(
            Command::new("tar")
                .arg("tzf")
                .arg(packages.join(format!("{name}-{version}.crate"))),
        )?;
        for file in ["README.md", "src/lib.rs"] {
            let wanted = format!("{name}-{version}/{file}");
            if !list.lines().any(|line| line == wanted) {
                // Writing to a string does not fail.
                let _ = writeln!(complaints, "the package of {name} has no {file}");
            }
        }
    }
    if !complaints.is_empty() {
        return Err(complaints.into());
    }
    match then {
        Then::Stop => Ok(()),
        Then::Build => build(workspace, &names, &version),
    }
}

/// Unpacks every package beside the others and builds them, each taking the others from there.
fn build(workspace: &Workspace, names: &[String], version: &str) -> Outcome {
    let target = workspace.state("package")?;
    let place = target.join("unpacked");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    for name in names {
        read(
            Command::new("tar")
                .arg("xzf")
                .arg(target.join(format!("package/{name}-{version}.crate")))
                .arg("-C")
                .arg(&place),
        )?;
    }
    fs::write(place.join("Cargo.toml"), manifest(names, version))?;
    fs::copy(workspace.path("Cargo.lock"), place.join("Cargo.lock"))?;
    for features in [None, Some("--all-features")] {
        run(cargo()
            .args(["check", "--quiet", "--workspace", "--target-dir"])
            .arg(target.join("target"))
            .args(features)
            .current_dir(&place))?;
    }
    Ok(())
}

/// A workspace of the unpacked packages, in which each stands in for what a registry would give.
fn manifest(names: &[String], version: &str) -> String {
    let mut text =
        "[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n\n[patch.crates-io]\n".to_owned();
    for name in names {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name} = {{ path = \"{name}-{version}\" }}");
    }
    text
}

/// The version that all our packages share.
fn version(workspace: &Workspace) -> Outcome<String> {
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    let (_, package) = manifest
        .split_once("[workspace.package]")
        .ok_or("the root manifest has no [workspace.package]")?;
    crate::workspace::text_after(package, "version = \"")
        .map(str::to_owned)
        .ok_or_else(|| "[workspace.package] has no version".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_stands_in_for_itself() {
        let text = manifest(&["tidings-kernel".to_owned()], "0.1.0");
        assert!(text.contains("tidings-kernel = { path = \"tidings-kernel-0.1.0\" }"));
    }

    #[test]
    fn the_version_is_that_of_the_workspace() {
        let version = version(&Workspace::find().unwrap()).unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }
}
