use crate::wait::until;
use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output},
    time::Duration,
};

/// How many lines of a log are shown when a test fails.
const SHOWN: usize = 40;

/// What programs are told. They inherit nothing else.
pub(crate) type Environment = BTreeMap<String, String>;

/// A running program with its log; killed when dropped.
pub(crate) struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

/// A program of this workspace, built beside the tests.
pub(crate) fn command(program: &str, environment: &Environment) -> Command {
    let built = Path::new(env!("CARGO_BIN_EXE_tidings"));
    let directory = env::var_os("TIDINGS_BIN_DIR")
        .map_or_else(|| built.parent().unwrap().to_owned(), PathBuf::from);
    let path = directory.join(program);
    assert!(
        path.exists(),
        "{} is not built: run the tests with `cargo xtask test`",
        path.display()
    );
    let mut command = Command::new(path);
    command.env_clear().envs(environment);
    command
}

/// What `tidings` has printed.
pub(crate) fn printed(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}{errors}", output.status);
    text.trim().to_owned()
}

impl Program {
    /// Starts `program` under `name`, which its log is called by.
    pub(crate) fn start(
        directory: &Path,
        name: &str,
        program: &str,
        environment: &Environment,
        arguments: &[&OsStr],
    ) -> Self {
        let log = directory.join(format!("{name}.log"));
        // A program that is started again writes on.
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let child = command(program, environment)
            .args(arguments)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self {
            name: name.to_owned(),
            child,
            log,
        }
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// SIGKILL: it can finish nothing.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: it may finish what it has begun.
    pub(crate) fn terminate(&mut self) {
        self.signal("-TERM");
    }

    /// SIGSTOP: it does nothing until it is thawed, and does not notice.
    pub(crate) fn freeze(&mut self) {
        self.signal("-STOP");
    }

    /// SIGCONT: it goes on.
    pub(crate) fn thaw(&mut self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(status.success(), "no {signal} for {}", self.name);
    }

    /// Waits for its end.
    pub(crate) async fn wait(&mut self, patience: Duration) -> ExitStatus {
        let what = format!("{} ends", self.name);
        until(&what, patience, async || {
            self.ended().ok_or("it runs".to_owned())
        })
        .await
    }

    /// Shows the end of its log.
    fn show(&self) {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let skipped = lines.len().saturating_sub(SHOWN);
        eprintln!("--- {} ({skipped} lines before)", self.name);
        for line in lines.iter().skip(skipped) {
            eprintln!("{line}");
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            self.show();
        }
    }
}
