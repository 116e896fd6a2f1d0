//! Programs of others that are written in Python, each in an environment of this checkout.

use std::{
    fs,
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use crate::process::{Outcome, read, run};

/// An environment with just what its list says, at pinned versions.
pub(crate) struct Environment {
    root: PathBuf,
    name: &'static str,
    requirements: &'static str,
}

impl Environment {
    /// The environment in `root`, which is made if need be. `name` is for people.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(crate) fn of(
        root: PathBuf,
        name: &'static str,
        requirements: &'static str,
    ) -> Outcome<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self {
            root,
            name,
            requirements,
        })
    }

    /// Installs what is not there, and answers the environment's Python.
    ///
    /// # Errors
    /// No Python, or no network for the first time; the message says what to do.
    pub(crate) fn python(&self) -> Outcome<PathBuf> {
        let name = self.name;
        let turn = File::create(self.root.join("turn"))?;
        turn.lock()?;
        let place = self.root.join("environment");
        let python = place.join("bin/python");
        // Written once everything is there.
        let installed = self.root.join("installed");
        let is_installed = fs::read_to_string(&installed).is_ok_and(|it| it == self.requirements);
        if is_installed && python.is_file() {
            return Ok(python);
        }
        eprintln!("Installing {name}, once; it takes a minute.");
        remove(&place)?;
        read(Command::new("python3").args(["-m", "venv"]).arg(&place)).map_err(|error| {
            format!("{name} needs Python 3 with venv (python3-venv on Debian): {error}")
        })?;
        let wanted = place.join("requirements.txt");
        fs::write(&wanted, self.requirements)?;
        run(Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--no-deps", "--only-binary", ":all:", "--requirement"])
            .arg(&wanted))
        .map_err(|error| format!("{name} cannot be installed: {error}"))?;
        fs::write(installed, self.requirements)?;
        Ok(python)
    }
}

fn remove(directory: &Path) -> Outcome {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
