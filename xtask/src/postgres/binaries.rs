//! The installed PostgreSQL server programs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::owner::in_path;
use crate::process::{Outcome, read, run, succeeds};

/// The oldest major version that the schema runs on.
const OLDEST: u32 = 15;

/// What a directory must hold to be of use.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Directories that packages install server programs into, with `*` for one version.
const PLACES: [&str; 4] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
];

/// One installation of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binaries {
    directory: PathBuf,
    major: u32,
}

impl Binaries {
    /// The installation to use: the one of version `wanted` if a cluster of that version exists
    /// already, else what is on the search path, else the newest that packages installed.
    pub(crate) fn find(wanted: Option<u32>) -> Option<Self> {
        let on_path = env::var_os("PATH")
            .map(|path| env::split_paths(&path).collect::<Vec<_>>())
            .unwrap_or_default();
        let mut packaged: Vec<Self> = PLACES
            .iter()
            .flat_map(|place| expand(place))
            .filter_map(|directory| Self::at(&directory))
            .collect();
        packaged.sort_by_key(|found| std::cmp::Reverse(found.major));
        on_path
            .iter()
            .filter_map(|directory| Self::at(directory))
            .chain(packaged)
            .find(|found| wanted.is_none_or(|major| major == found.major))
    }

    /// The same, after installing the distribution's package if there is none and that is allowed.
    ///
    /// # Errors
    /// There is no suitable server and it cannot be installed; the message says what to do.
    pub(crate) fn find_or_install(wanted: Option<u32>) -> Outcome<Self> {
        if let Some(found) = Self::find(wanted) {
            return Ok(found);
        }
        if let Some(major) = wanted
            && let Some(other) = Self::find(None)
        {
            return Err(format!(
                "the private cluster was made by PostgreSQL {major}, but PostgreSQL {} is installed: \
                 install version {major}, or drop the cluster with `cargo xtask clean`",
                other.major
            )
            .into());
        }
        install()?;
        Self::find(wanted).ok_or_else(|| {
            format!(
                "the distribution's PostgreSQL is older than {OLDEST}; {}",
                advice()
            )
            .into()
        })
    }

    /// The path of the program `name` of this installation, or of the one on the search path for a
    /// client that is packaged apart.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let own = self.directory.join(name);
        if own.is_file() {
            own
        } else {
            in_path(name).unwrap_or(own)
        }
    }

    fn at(directory: &Path) -> Option<Self> {
        if !NEEDED.iter().all(|name| directory.join(name).is_file()) {
            return None;
        }
        // The programs find their libraries beside themselves, so a link is followed to its home.
        let home = fs::canonicalize(directory.join("postgres")).ok()?;
        let version = read(Command::new(&home).arg("--version")).ok()?;
        let major = major(&version).filter(|major| *major >= OLDEST)?;
        Some(Self {
            directory: home.parent()?.to_path_buf(),
            major,
        })
    }
}

/// The major version in what `postgres --version` prints.
fn major(text: &str) -> Option<u32> {
    let number = text.trim().strip_prefix("postgres (PostgreSQL) ")?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The directories that match `place`, which holds one `*` in one of its parts.
fn expand(place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else {
        return vec![place.into()];
    };
    let Some((parent, prefix)) = before.rsplit_once('/') else {
        return Vec::new();
    };
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .collect()
}

/// Installs the distribution's server package.
fn install() -> Outcome {
    if in_path("apt-get").is_none() {
        return Err(format!("no PostgreSQL server is installed; {}", advice()).into());
    }
    let is_root = read(Command::new("id").arg("-u"))?.trim() == "0";
    if !is_root && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        return Err(format!("no PostgreSQL server is installed; {}", advice()).into());
    }
    eprintln!("Installing PostgreSQL, once.");
    for words in [
        &["update", "-qq"][..],
        &[
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "postgresql",
        ][..],
    ] {
        let mut command = if is_root {
            Command::new("env")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env"]);
            sudo
        };
        run(command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .args(words))?;
    }
    Ok(())
}

fn advice() -> String {
    format!(
        "install the server of PostgreSQL {OLDEST} or newer (Debian, Ubuntu: `sudo apt-get install \
         postgresql`; Fedora: `sudo dnf install postgresql-server postgresql-contrib`; macOS: `brew \
         install postgresql@17`), or set DATABASE_URL to a database whose role may create databases \
         and roles"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_however_a_distribution_decorates_it() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("mysqld 8"), None);
    }

    #[test]
    fn a_place_without_a_match_is_no_directory() {
        assert!(expand("/no-such-parent-at-all/pg-*/bin").is_empty());
    }

    #[test]
    fn a_directory_without_a_server_is_no_installation() {
        assert_eq!(Binaries::at(Path::new("/")), None);
    }
}
