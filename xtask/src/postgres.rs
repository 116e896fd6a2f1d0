//! A database for developers: the one of `DATABASE_URL`, or a private cluster of this checkout.

mod binaries;
mod cluster;
mod home;
mod owner;
mod purpose;

use std::{
    env, fs,
    fs::{File, TryLockError},
    path::PathBuf,
    process::Command,
};

pub(crate) use self::{
    cluster::{Cluster, is_free},
    purpose::Purpose,
};
use crate::{
    process::{Outcome, read},
    workspace::Workspace,
};

/// A database in use. The last user of a private cluster stops it, unless `pg start` keeps it.
pub(crate) struct Database {
    url: String,
    psql: PathBuf,
    user: Option<User>,
}

/// A private cluster, and this program's claim on it.
struct User {
    cluster: Cluster,
    locks: Locks,
    claim: File,
    is_alone: bool,
}

impl Database {
    /// Opens the database for `purpose`, starting a private cluster if there must be one.
    ///
    /// # Errors
    /// There is no database and none can be started; the message says what to do.
    pub(crate) fn open(workspace: &Workspace, purpose: Purpose) -> Outcome<Self> {
        if let Some(url) = given() {
            let psql = owner::in_path("psql").unwrap_or_else(|| "psql".into());
            return Ok(Self {
                url,
                psql,
                user: None,
            });
        }
        Self::open_private(workspace, purpose)
    }

    /// Opens the private cluster for `purpose`, whatever `DATABASE_URL` says.
    ///
    /// # Errors
    /// None can be started; the message says what to do.
    pub(crate) fn open_private(workspace: &Workspace, purpose: Purpose) -> Outcome<Self> {
        let locks = Locks::of(workspace, purpose)?;
        let _turn = locks.take_turn()?;
        let cluster = Cluster::find(workspace, purpose)?;
        let port = cluster.start(workspace)?;
        let claim = locks.users()?;
        // Whoever keeps a server running may use it without a claim.
        let is_alone = is_exclusive(&claim)? && !locks.kept.exists();
        // Nobody can come between, as whoever starts or stops holds the turn.
        claim.unlock()?;
        claim.lock_shared()?;
        let psql = cluster.program("psql");
        let user = Some(User {
            cluster,
            locks,
            claim,
            is_alone,
        });
        Ok(Self {
            url: url(port),
            psql,
            user,
        })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether surely nobody else uses it: never for `DATABASE_URL`, nor for a kept cluster.
    pub(crate) fn is_ours_alone(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.is_alone)
    }

    /// The same server's database called `name`.
    pub(crate) fn sibling(&self, name: &str) -> String {
        let (address, options) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let base = match address.match_indices('/').nth(2) {
            Some((end, _)) => address.split_at(end).0,
            None => address,
        };
        let mark = if options.is_empty() { "" } else { "?" };
        format!("{base}/{name}{mark}{options}")
    }

    /// A client that reads no personal settings and stops at the first error.
    pub(crate) fn psql(&self, url: &str) -> Command {
        let mut command = Command::new(&self.psql);
        command.args(["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", url]);
        command
    }

    /// Runs `sql` and answers the rows, without headings.
    ///
    /// # Errors
    /// The server refused, or there is no `psql`.
    pub(crate) fn query(&self, sql: &str) -> Outcome<String> {
        read(self.psql(&self.url).args(["-A", "-t", "-c", sql]))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(user) = &self.user else { return };
        if let Err(error) = user.leave() {
            eprintln!("PostgreSQL was left running: {error}");
        }
    }
}

impl User {
    fn leave(&self) -> Outcome {
        let _turn = self.locks.take_turn()?;
        self.claim.unlock()?;
        if !self.locks.kept.exists() && is_exclusive(&self.claim)? {
            self.cluster.stop()?;
        }
        Ok(())
    }
}

/// Files that let several commands of one checkout share a cluster.
struct Locks {
    /// Held while a server is started or stopped.
    turn: PathBuf,
    /// Shared by those who use the server.
    users: PathBuf,
    /// Exists while the server is to outlive its users.
    kept: PathBuf,
}

impl Locks {
    fn of(workspace: &Workspace, purpose: Purpose) -> Outcome<Self> {
        let file = |kind| workspace.state(&format!("{}.{kind}", purpose.name()));
        Ok(Self {
            turn: file("turn")?,
            users: file("users")?,
            kept: file("kept")?,
        })
    }

    fn take_turn(&self) -> Outcome<File> {
        let file = File::create(&self.turn)?;
        file.lock()?;
        Ok(file)
    }

    fn users(&self) -> Outcome<File> {
        Ok(File::create(&self.users)?)
    }
}

/// Takes `file`'s lock if nobody else has it.
fn is_exclusive(file: &File) -> Outcome<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// The database that the developer named.
fn given() -> Option<String> {
    env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

fn url(port: u16) -> String {
    format!("postgres://tidings@127.0.0.1:{port}/tidings")
}

/// `cargo xtask pg start|stop|crash|url [dev|test|bench|chaos]`.
///
/// # Errors
/// Unknown words, or the server does not do as told.
pub(crate) fn command(workspace: &Workspace, words: &[&str]) -> Outcome {
    const USAGE: &str = "usage: cargo xtask pg start|stop|crash|url [dev|test|bench|chaos]";
    let (action, purpose) = match words {
        [action] => (*action, Purpose::Development),
        [action, word] => (*action, Purpose::parse(word).ok_or(USAGE)?),
        _ => return Err(USAGE.into()),
    };
    match action {
        "start" => {
            let database = Database::open(workspace, purpose)?;
            if let Some(user) = &database.user {
                fs::write(&user.locks.kept, "")?;
            }
            println!("{}", database.url());
            Ok(())
        }
        "stop" => stop(workspace, purpose),
        "crash" => {
            let _turn = Locks::of(workspace, purpose)?.take_turn()?;
            Cluster::find(workspace, purpose)?.crash(workspace)
        }
        "url" => {
            let url = match given() {
                Some(url) => url,
                None => running_port(workspace, purpose)?.map(url).ok_or_else(|| {
                    format!("it does not run: `cargo xtask pg start {}`", purpose.word())
                })?,
            };
            println!("{url}");
            Ok(())
        }
        _ => Err(USAGE.into()),
    }
}

fn running_port(workspace: &Workspace, purpose: Purpose) -> Outcome<Option<u16>> {
    if exists(workspace, purpose)? {
        return Ok(Cluster::find(workspace, purpose)?.running_port());
    }
    Ok(None)
}

/// Stops the private cluster for `purpose`, whoever uses it.
fn stop(workspace: &Workspace, purpose: Purpose) -> Outcome {
    let locks = Locks::of(workspace, purpose)?;
    let _turn = locks.take_turn()?;
    if locks.kept.exists() {
        fs::remove_file(&locks.kept)?;
    }
    if exists(workspace, purpose)? {
        Cluster::find(workspace, purpose)?.stop()?;
    }
    Ok(())
}

/// Stops every private cluster and removes its data.
///
/// # Errors
/// A server does not stop, or the system refused to remove its files.
pub(crate) fn remove_all(workspace: &Workspace) -> Outcome {
    for purpose in Purpose::ALL {
        if exists(workspace, purpose)? {
            stop(workspace, purpose)?;
            Cluster::find(workspace, purpose)?.remove()?;
        }
    }
    Ok(())
}

fn exists(workspace: &Workspace, purpose: Purpose) -> Outcome<bool> {
    let location = workspace.state(&format!("{}.location", purpose.name()))?;
    Ok(fs::read_to_string(location).is_ok_and(|home| PathBuf::from(home.trim()).is_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Database {
        Database {
            url: url.to_owned(),
            psql: "psql".into(),
            user: None,
        }
    }

    #[test]
    fn a_sibling_keeps_server_and_options() {
        let database = at("postgres://me:secret@db.example:5432/one?sslmode=require");
        assert_eq!(
            database.sibling("two"),
            "postgres://me:secret@db.example:5432/two?sslmode=require"
        );
        assert_eq!(
            at("postgres://me@localhost/one").sibling("two"),
            "postgres://me@localhost/two"
        );
        assert_eq!(
            at("postgres://me@localhost").sibling("two"),
            "postgres://me@localhost/two"
        );
    }

    #[test]
    fn a_second_claim_is_not_exclusive() {
        let path = env::temp_dir().join(format!("tidings-lock-{}", std::process::id()));
        let (one, two) = (File::create(&path).unwrap(), File::create(&path).unwrap());
        one.lock_shared().unwrap();
        assert!(!is_exclusive(&two).unwrap());
        one.unlock().unwrap();
        assert!(is_exclusive(&two).unwrap());
        fs::remove_file(path).unwrap();
    }
}
