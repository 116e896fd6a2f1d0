use crate::{GLANCE, Outcome};
use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a program may take to end when asked.
const PATIENCE: Duration = Duration::from_secs(25);
/// How much of each log is shown after a failure.
const LINES: usize = 15;

/// Where the programs write; removed when nobody needs it any more.
#[derive(Debug, Clone)]
pub(crate) struct Logs(pub(crate) Arc<Directory>);

#[derive(Debug)]
pub(crate) struct Directory(pub(crate) PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        // What the system keeps in its temporary directory does no harm.
        fs::remove_dir_all(&self.0).ok();
    }
}

impl Logs {
    /// A new directory.
    pub(crate) fn new() -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("tidings-bench-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(Arc::new(Directory(path))))
    }

    /// Prints the end of each log.
    pub(crate) fn print_ends(&self) {
        let entries = fs::read_dir(&self.0.0).into_iter().flatten().flatten();
        let is_log = |path: &std::path::Path| path.extension().is_some_and(|end| end == "log");
        for entry in entries.filter(|entry| is_log(&entry.path())) {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let end = lines.get(lines.len().saturating_sub(LINES)..);
            eprintln!("--- the end of {}", entry.file_name().display());
            for line in end.unwrap_or_default() {
                eprintln!("{line}");
            }
        }
    }
}

/// A running program; killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: Child,
}

impl Program {
    /// Starts `command` with a log of its own.
    pub(crate) fn start(name: &str, command: &mut Command, logs: &Logs) -> Outcome<Self> {
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(logs.0.0.join(format!("{name}.log")))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{name} does not start: {error}"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
        })
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails if the program has ended.
    pub(crate) fn check(&mut self) -> Outcome {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("{} has ended: {status}", self.name).into()),
        }
    }

    /// Asks it to stop and waits for it.
    pub(crate) async fn stop(mut self) -> Outcome {
        let asked = Command::new("kill")
            .arg("-TERM")
            .arg(self.id().to_string())
            .status()?;
        if !asked.success() {
            return Err(format!("{} cannot be asked to stop", self.name).into());
        }
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                return Err(format!("{} stopped badly: {status}", self.name).into());
            }
            tokio::time::sleep(GLANCE).await;
        }
        Err(format!("{} did not stop in time", self.name).into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only for a program that has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
