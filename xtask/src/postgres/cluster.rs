//! A private database server of this checkout.

use std::{
    env, fs,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{binaries::Binaries, home, owner::Owner, purpose::Purpose};
use crate::{
    process::{GLANCE, Outcome, read, succeeds, tail},
    workspace::Workspace,
};

/// How long a server that runs already may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Locale of the databases: Unicode rules, the same on every machine of a kind.
const LOCALE: &str = if cfg!(target_os = "macos") {
    "en_US.UTF-8"
} else {
    "C.UTF-8"
};

/// Ports to choose from, below the ones that systems lend to outgoing connections.
const PORTS: std::ops::Range<u16> = 15_000..25_000;

/// What `template1`, and so every later database, and `tidings` hold.
const EXTENSIONS: &str = "\
CREATE EXTENSION pg_stat_statements;
GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO tidings;
";

/// A server's data, programs and account.
pub(crate) struct Cluster {
    binaries: Binaries,
    owner: Owner,
    purpose: Purpose,
    /// Holds `data`, the log, the socket and, once all is made, `ready`.
    home: PathBuf,
    /// Where the port is remembered.
    port_file: PathBuf,
}

impl Cluster {
    /// The cluster of `workspace` for `purpose`, existing or not.
    ///
    /// # Errors
    /// No server programs, no account to run them, or no directory for the data.
    pub(crate) fn find(workspace: &Workspace, purpose: Purpose) -> Outcome<Self> {
        let location = workspace.state(&format!("{}.location", purpose.name()))?;
        let known = fs::read_to_string(&location)
            .ok()
            .map(|path| PathBuf::from(path.trim()));
        let made_by = known
            .as_deref()
            .and_then(|home| fs::read_to_string(home.join("data/PG_VERSION")).ok())
            .and_then(|text| text.trim().parse().ok());
        let binaries = Binaries::find_or_install(made_by)?;
        let owner = Owner::find()?;
        let home = match known {
            Some(home) if home.is_dir() => home,
            Some(_) | None => {
                let home = home::choose(workspace, purpose, &owner)?;
                fs::write(&location, format!("{}\n", home.display()))?;
                home
            }
        };
        let port_file = workspace.state(&format!("{}.port", purpose.name()))?;
        Ok(Self {
            binaries,
            owner,
            purpose,
            home,
            port_file,
        })
    }

    /// Makes the server run and answers its port.
    ///
    /// # Errors
    /// It does not start; the message ends with its log.
    pub(crate) fn start(&self, workspace: &Workspace) -> Outcome<u16> {
        self.owner.make_private(&self.home)?;
        if self.is_running() {
            return self.await_answer();
        }
        self.clear_locks()?;
        let is_new = !self.home.join("ready").is_file();
        if is_new {
            self.create()?;
        }
        let port = self.choose_port(workspace)?;
        self.configure(port)?;
        let log = self.home.join("server.log");
        let is_up = succeeds(
            self.pg_ctl("start")
                .args(["-w", "-t", "60", "-s", "-l"])
                .arg(&log),
        );
        if !is_up {
            let text = fs::read_to_string(&log).unwrap_or_default();
            return Err(format!(
                "PostgreSQL does not start; the end of {}:\n{}",
                log.display(),
                tail(&text, 12)
            )
            .into());
        }
        if is_new {
            self.bootstrap(port)?;
            fs::write(self.home.join("ready"), "")?;
        }
        Ok(port)
    }

    /// Stops the server, if it runs.
    ///
    /// # Errors
    /// It does not stop.
    pub(crate) fn stop(&self) -> Outcome {
        self.end("fast")
    }

    /// Ends the running server without letting it finish anything, as a loss of power would, and starts
    /// it again at the same port.
    ///
    /// # Errors
    /// It does not run, does not end, does not start, or its port was taken meanwhile.
    pub(crate) fn crash(&self, workspace: &Workspace) -> Outcome {
        let port = self
            .running_port()
            .ok_or("PostgreSQL does not run, so it cannot crash")?;
        self.end("immediate")?;
        if self.start(workspace)? == port {
            return Ok(());
        }
        Err(format!("port {port} was taken while PostgreSQL was away").into())
    }

    fn end(&self, mode: &str) -> Outcome {
        if !self.is_running() {
            return Ok(());
        }
        read(
            self.pg_ctl("stop")
                .args(["-m", mode, "-w", "-t", "60", "-s"]),
        )
        .map(drop)
    }

    /// The port, if the server runs.
    pub(crate) fn running_port(&self) -> Option<u16> {
        if self.is_running() {
            self.port_in_use()
        } else {
            None
        }
    }

    /// Removes the data of a stopped server.
    ///
    /// # Errors
    /// The system refused.
    pub(crate) fn remove(&self) -> Outcome {
        fs::remove_dir_all(&self.home)
            .map_err(|error| format!("cannot remove {}: {error}", self.home.display()).into())
    }

    /// The path of a client program that suits the server.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.binaries.program(name)
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn pg_ctl(&self, action: &str) -> Command {
        let mut command = self.owner.command(self.binaries.program("pg_ctl"));
        command.arg(action).arg("-D").arg(self.data());
        command
    }

    fn is_running(&self) -> bool {
        self.data().is_dir() && !self.is_abandoned() && succeeds(&mut self.pg_ctl("status"))
    }

    /// The file in which a running server writes its process number and port.
    fn lock_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// Whether the lock file names a process that is no server: after a crash the number may belong
    /// to another program or to a dead one that nobody has collected, and PostgreSQL's own tools
    /// take both for a server. A number that nobody has is no matter, they see that themselves.
    fn is_abandoned(&self) -> bool {
        fs::read_to_string(self.lock_file())
            .ok()
            .and_then(|lock| Some(format!("/proc/{}/stat", lock.lines().next()?.trim())))
            .and_then(|path| fs::read_to_string(path).ok())
            .is_some_and(|stat| !is_live_server(&stat))
    }

    /// The port that the running server wrote down (fourth line of its lock file).
    fn port_in_use(&self) -> Option<u16> {
        let lock = fs::read_to_string(self.lock_file()).ok()?;
        lock.lines().nth(3)?.trim().parse().ok()
    }

    /// Removes what a server that crashed left to say that it runs.
    fn clear_locks(&self) -> Outcome {
        if self.is_abandoned() {
            fs::remove_file(self.lock_file())?;
        }
        for entry in fs::read_dir(&self.home)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn await_answer(&self) -> Outcome<u16> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(port) = self.port_in_use()
                && succeeds(self.superuser("postgres", port).args(["-c", "SELECT 1"]))
            {
                return Ok(port);
            }
            thread::sleep(GLANCE);
        }
        Err(format!(
            "{} names a running process, but no PostgreSQL answers; if none runs there, remove that file",
            self.lock_file().display()
        )
        .into())
    }

    fn create(&self) -> Outcome {
        eprintln!("Making a PostgreSQL cluster in {}.", self.home.display());
        let data = self.data();
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        read(
            self.owner
                .command(self.binaries.program("initdb"))
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-sync",
                ])
                .arg(format!("--locale={LOCALE}"))
                .arg("-D")
                .arg(&data),
        )
        .map(drop)
    }

    fn choose_port(&self, workspace: &Workspace) -> Outcome<u16> {
        let variable = self.purpose.port_variable();
        if let Ok(text) = env::var(variable) {
            let port = text
                .parse()
                .map_err(|_| format!("{variable} is no port: {text}"))?;
            if !is_free(port) {
                return Err(
                    format!("port {port} of {variable} is taken by another program").into(),
                );
            }
            return Ok(port);
        }
        let kept = fs::read_to_string(&self.port_file)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        if let Some(port) = kept {
            if is_free(port) {
                return Ok(port);
            }
            eprintln!("Port {port} is taken by another program; choosing another for PostgreSQL.");
        }
        let room = u64::from(PORTS.end - PORTS.start);
        let first = (workspace.hash() + self.purpose.port_offset()) % room;
        let port = (0..room)
            .filter_map(|step| u16::try_from((first + step) % room).ok())
            .map(|offset| PORTS.start + offset)
            .find(|port| is_free(*port))
            .ok_or("no free port for PostgreSQL")?;
        fs::write(&self.port_file, format!("{port}\n"))?;
        Ok(port)
    }

    /// Writes the server's settings. Only the role of the application is let in over TCP: the
    /// superuser has to reach the socket, which is in a directory of the owner.
    fn configure(&self, port: u16) -> Outcome {
        let socket = self.home.display().to_string().replace('\'', "''");
        let settings = format!(
            "# Written by `cargo xtask` at every start.\n\
             listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = '{socket}'\n\
             max_connections = 300\n\
             shared_buffers = '512MB'\n\
             shared_preload_libraries = 'pg_stat_statements'\n\
             timezone = 'UTC'\n\
             {}",
            self.purpose.durability()
        );
        let access = "local all postgres trust\n\
                      host all postgres 127.0.0.1/32 reject\n\
                      host all all 127.0.0.1/32 trust\n";
        for (name, text) in [
            ("postgresql.conf", settings.as_str()),
            ("pg_hba.conf", access),
        ] {
            let path = self.data().join(name);
            fs::write(&path, text)
                .and_then(|()| self.owner.adopt(&path))
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// Makes role and database.
    fn bootstrap(&self, port: u16) -> Outcome {
        for (database, sql) in [
            (
                "postgres",
                "CREATE ROLE tidings LOGIN CREATEDB CREATEROLE;\nGRANT pg_monitor TO tidings;",
            ),
            ("template1", EXTENSIONS),
            ("postgres", "CREATE DATABASE tidings OWNER tidings;"),
        ] {
            read(self.superuser(database, port).args(["-c", sql]))?;
        }
        Ok(())
    }

    fn superuser(&self, database: &str, port: u16) -> Command {
        let mut command = self.owner.command(self.binaries.program("psql"));
        command
            .args([
                "-X",
                "-q",
                "-w",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "postgres",
                "-d",
                database,
            ])
            .args(["-p", &port.to_string(), "-h"])
            .arg(&self.home)
            .stderr(Stdio::piped());
        command
    }
}

/// Whether a line of `/proc/<process>/stat` tells of a PostgreSQL server that is not dead.
fn is_live_server(stat: &str) -> bool {
    stat.split_once(" (postgres) ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Whether nobody listens on `port`.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_while_somebody_listens() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(!is_free(port));
    }

    #[test]
    fn a_dead_server_and_another_program_are_no_live_server() {
        assert!(is_live_server("4711 (postgres) S 1 4711 4711 0 -1"));
        assert!(!is_live_server("4711 (postgres) Z 1 4711 4711 0 -1"));
        assert!(!is_live_server("4711 (python3) S 1 4711 4711 0 -1"));
    }
}
