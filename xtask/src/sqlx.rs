//! What the database answers to our statements, so that builds check them without one: `.sqlx`.

use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
};

use crate::{
    postgres::{Database, Purpose},
    process::{Outcome, cargo, read},
    workspace::{Workspace, text_after},
};

/// What to do with the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Put them in place.
    Write,
    /// Complain if they differ from what is in place.
    Check,
}

/// File name to content.
type Answers = BTreeMap<String, String>;

/// Asks a fresh database with every migration, and writes or checks `.sqlx`.
///
/// # Errors
/// No database, a migration or a statement that it refuses, or stale answers in [`Mode::Check`].
pub(crate) fn run(workspace: &Workspace, mode: Mode) -> Outcome {
    let migrations = migrations(&workspace.path("migrations"))?;
    if migrations.is_empty() {
        eprintln!("There are no migrations yet, so there is nothing to ask a database.");
        return Ok(());
    }
    let database = Database::open(workspace, Purpose::Tests)?;
    let name = format!(
        "tidings_sqlx_{:016x}",
        RandomState::new().build_hasher().finish()
    );
    database.query(&format!("CREATE DATABASE {name}"))?;
    let fresh = ask(workspace, &database, &name, &migrations);
    database.query(&format!("DROP DATABASE {name}"))?;
    let fresh = fresh?;

    let place = workspace.path(".sqlx");
    match mode {
        Mode::Write => {
            write(&place, &fresh)?;
            eprintln!(".sqlx holds {} statements.", fresh.len());
            Ok(())
        }
        Mode::Check => {
            let complaints = differences(&load(&place)?, &fresh);
            if complaints.is_empty() {
                return Ok(());
            }
            Err(format!(
                ".sqlx is stale, run `cargo xtask sqlx` and commit it:\n{}",
                complaints.join("\n")
            )
            .into())
        }
    }
}

/// Migrates the database called `name` and compiles the only crate with SQL against it.
fn ask(
    workspace: &Workspace,
    database: &Database,
    name: &str,
    migrations: &[PathBuf],
) -> Outcome<Answers> {
    let url = database.sibling(name);
    for migration in migrations {
        read(
            database
                .psql(&url)
                .arg("--single-transaction")
                .arg("-f")
                .arg(migration),
        )?;
    }
    let answers = workspace.state(name)?;
    fs::create_dir(&answers)?;
    let result = compile(workspace, &url, &answers).and_then(|()| load(&answers));
    fs::remove_dir_all(&answers)?;
    result
}

/// Compiles with macros that ask the database. The macros run only if the compiler does, so a result
/// of an earlier run is removed; the extra flag keeps this apart from ordinary builds.
fn compile(workspace: &Workspace, url: &str, answers: &Path) -> Outcome {
    let mut command = cargo();
    command
        .args([
            "rustc",
            "--package",
            "tidings-postgres",
            "--lib",
            "--all-features",
        ])
        .args([
            "--profile",
            "check",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(["--", "--cfg", "tidings_sqlx"])
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", answers)
        .env("DATABASE_URL", url)
        .current_dir(workspace.root());
    let told = read(&mut command)?;
    let artifact = told
        .lines()
        .find(|line| {
            line.contains("\"compiler-artifact\"") && line.contains("\"name\":\"tidings_postgres\"")
        })
        .ok_or("cargo does not say what it made of tidings-postgres")?;
    if artifact.contains("\"fresh\":true") {
        let file = text_after(artifact, "\"filenames\":[\"")
            .ok_or("cargo does not say where it put tidings-postgres")?;
        fs::remove_file(file)?;
        read(&mut command)?;
    }
    Ok(())
}

/// The migrations in the order of their names.
fn migrations(directory: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The answers in `directory`; none if it does not exist.
fn load(directory: &Path) -> Outcome<Answers> {
    let mut answers = Answers::new();
    if !directory.is_dir() {
        return Ok(answers);
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        answers.insert(name, fs::read_to_string(entry.path())?);
    }
    Ok(answers)
}

/// Makes `directory` hold exactly `answers`.
fn write(directory: &Path, answers: &Answers) -> Outcome {
    fs::create_dir_all(directory)?;
    let old = load(directory)?;
    for name in old.keys().filter(|name| !answers.contains_key(*name)) {
        fs::remove_file(directory.join(name))?;
    }
    for (name, text) in answers
        .iter()
        .filter(|(name, text)| old.get(*name) != Some(text))
    {
        fs::write(directory.join(name), text)?;
    }
    Ok(())
}

/// One line for each file that is missing, superfluous or different.
fn differences(old: &Answers, fresh: &Answers) -> Vec<String> {
    let superfluous = old
        .keys()
        .filter(|name| !fresh.contains_key(*name))
        .map(|name| format!("  superfluous  {name}"));
    let wrong = fresh.iter().filter_map(|(name, text)| match old.get(name) {
        None => Some(format!("  missing      {name}")),
        Some(kept) if kept != text => Some(format!("  different    {name}")),
        Some(_) => None,
    });
    superfluous.chain(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers<const N: usize>(pairs: [(&str, &str); N]) -> Answers {
        pairs
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into()
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let old = answers([("a", "1"), ("b", "1"), ("c", "1")]);
        let fresh = answers([("b", "2"), ("c", "1"), ("d", "1")]);
        assert_eq!(
            differences(&old, &fresh),
            ["  superfluous  a", "  different    b", "  missing      d"]
        );
        assert!(differences(&fresh, &fresh).is_empty());
    }

    #[test]
    fn writing_leaves_exactly_the_answers() {
        let directory = std::env::temp_dir().join(format!("tidings-sqlx-{}", std::process::id()));
        write(&directory, &answers([("a", "1"), ("b", "1")])).unwrap();
        let wanted = answers([("b", "2"), ("c", "1")]);
        write(&directory, &wanted).unwrap();
        assert_eq!(load(&directory).unwrap(), wanted);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_missing_directory_has_no_answers() {
        assert!(
            load(Path::new("/no-such-directory-at-all"))
                .unwrap()
                .is_empty()
        );
    }
}
