//! The account that PostgreSQL runs under.

use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

use crate::process::{Outcome, read, succeeds};

/// Accounts that root may lend to the server, best first.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// Settings of the developer's own databases that must not reach ours.
const FOREIGN: [&str; 8] = [
    "PGDATA",
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGOPTIONS",
    "PGSERVICE",
    "PGPASSWORD",
];

/// Who owns a cluster: the server refuses to run as root.
pub(crate) enum Owner {
    /// Whoever runs this program.
    Myself {
        /// Their number.
        uid: u32,
    },
    /// An account that root lends.
    Lent {
        /// Its name.
        name: &'static str,
        /// Its number.
        uid: u32,
        /// Its group.
        gid: u32,
        /// The program that runs others under another account.
        switch: Switch,
    },
}

/// How root becomes somebody else.
pub(crate) enum Switch {
    /// `setpriv`, of util-linux.
    Setpriv(PathBuf),
    /// `runuser`, of util-linux.
    Runuser(PathBuf),
}

impl Owner {
    /// The account to use on this machine.
    ///
    /// # Errors
    /// This is root, and there is no other account or no program that changes to it.
    pub(crate) fn find() -> Outcome<Self> {
        let uid = number(Command::new("id").arg("-u"))?;
        if uid != 0 {
            return Ok(Self::Myself { uid });
        }
        let switch = in_path("setpriv")
            .map(Switch::Setpriv)
            .or_else(|| in_path("runuser").map(Switch::Runuser))
            .ok_or(
                "PostgreSQL refuses to run as root, and neither setpriv nor runuser is installed",
            )?;
        for name in ACCOUNTS {
            if let (Ok(uid), Ok(gid)) = (
                number(Command::new("id").args(["-u", name])),
                number(Command::new("id").args(["-g", name])),
            ) {
                return Ok(Self::Lent {
                    name,
                    uid,
                    gid,
                    switch,
                });
            }
        }
        Err(
            "PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody`"
                .into(),
        )
    }

    /// A command that runs `program` as the owner, from a directory that everybody can enter.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self {
            Self::Myself { .. } => Command::new(program),
            Self::Lent {
                uid,
                gid,
                switch: Switch::Setpriv(path),
                ..
            } => {
                let mut command = Command::new(path);
                command
                    .arg(format!("--reuid={uid}"))
                    .arg(format!("--regid={gid}"))
                    .args(["--clear-groups", "--"])
                    .arg(program);
                command.env("HOME", "/");
                command
            }
            Self::Lent {
                name,
                switch: Switch::Runuser(path),
                ..
            } => {
                let mut command = Command::new(path);
                command
                    .args(["-u", name, "--"])
                    .arg(program)
                    .env("HOME", "/");
                command
            }
        };
        for name in FOREIGN {
            command.env_remove(name);
        }
        command.current_dir("/");
        command
    }

    /// Makes `directory` the owner's, closed to everybody else; it may exist if it is theirs already.
    ///
    /// # Errors
    /// It cannot be made, or it belongs to a stranger.
    pub(crate) fn make_private(&self, directory: &Path) -> Outcome {
        let describe = |error| format!("cannot prepare {}: {error}", directory.display());
        if let Ok(found) = fs::symlink_metadata(directory) {
            if !found.is_dir() || ![self.uid(), 0].contains(&found.uid()) {
                return Err(format!(
                    "{} exists and belongs to somebody else: remove it, or set DATABASE_URL",
                    directory.display()
                )
                .into());
            }
        } else {
            fs::create_dir(directory).map_err(describe)?;
        }
        self.adopt(directory).map_err(describe)?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).map_err(describe)?;
        Ok(())
    }

    /// Gives `path` to the owner.
    ///
    /// # Errors
    /// The system refused.
    pub(crate) fn adopt(&self, path: &Path) -> std::io::Result<()> {
        match self {
            Self::Myself { .. } => Ok(()),
            Self::Lent { uid, gid, .. } => chown(path, Some(*uid), Some(*gid)),
        }
    }

    /// Whether the owner reaches `directory` and may write there.
    pub(crate) fn can_use(&self, directory: &Path) -> bool {
        succeeds(
            self.command("sh")
                .args(["-c", "test -w \"$0\""])
                .arg(directory),
        )
    }

    fn uid(&self) -> u32 {
        match self {
            Self::Myself { uid } | Self::Lent { uid, .. } => *uid,
        }
    }
}

/// The first executable called `program` on the search path.
pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

fn number(command: &mut Command) -> Outcome<u32> {
    Ok(read(command)?.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lent_account_runs_the_program_without_our_groups() {
        let owner = Owner::Lent {
            name: "postgres",
            uid: 101,
            gid: 104,
            switch: Switch::Setpriv("/usr/bin/setpriv".into()),
        };
        let command = owner.command("initdb");
        let words: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        assert_eq!(
            words,
            [
                "--reuid=101",
                "--regid=104",
                "--clear-groups",
                "--",
                "initdb"
            ]
        );
    }

    #[test]
    fn settings_of_other_databases_do_not_reach_ours() {
        let command = Owner::Myself { uid: 1000 }.command("psql");
        assert!(FOREIGN.iter().all(|name| {
            command
                .get_envs()
                .any(|(key, value)| key == *name && value.is_none())
        }));
    }
}
