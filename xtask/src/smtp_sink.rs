//! A mail server that takes mail and keeps it, for the tests of email: aiosmtpd, in a Python environment of
//! this checkout.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{process::Outcome, programs::Programs, python::Environment, workspace::Workspace};

/// The variable by which tests find it.
pub(crate) const VARIABLE: &str = "TIDINGS_SMTP_SINK";

/// What is installed, at pinned versions.
const REQUIREMENTS: &str = include_str!("../smtp_sink.txt");

/// What the server writes once it listens.
const ADDRESS: &str = "address.json";

/// A server in use: the one of `TIDINGS_SMTP_SINK`, or one that stops when this is dropped.
pub(crate) struct Sink {
    directory: PathBuf,
    programs: Option<Programs>,
}

impl Sink {
    /// Starts a server, installing it first if need be, unless `TIDINGS_SMTP_SINK` names one.
    ///
    /// # Errors
    /// No Python, no network for the first time, or it does not start; the message says what to do.
    pub(crate) fn open(workspace: &Workspace) -> Outcome<Self> {
        if let Some(directory) = given() {
            return Ok(Self {
                directory,
                programs: None,
            });
        }
        let root = workspace.state("smtp-sink")?;
        let python = Environment::of(root.clone(), "aiosmtpd", REQUIREMENTS)?.python()?;
        // Of this process alone, so that several can have one at once.
        let directory = root.join(format!("run-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        let mut programs = Programs::new(workspace.state("logs")?)?;
        let mut server = Command::new(python);
        server
            .arg(workspace.path("xtask/src/smtp_sink/sink.py"))
            .arg(&directory);
        programs.start("smtp-sink", &mut server)?;
        programs.await_file(&directory.join(ADDRESS))?;
        Ok(Self {
            directory,
            programs: Some(programs),
        })
    }

    /// Where its address is written, and the mail that it has taken.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let Some(programs) = &mut self.programs else {
            return;
        };
        programs.stop();
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            eprintln!("{} is left: {error}", self.directory.display());
        }
    }
}

/// `cargo xtask smtp-sink`: runs one until somebody interrupts.
///
/// # Errors
/// It does not start, or ends by itself.
pub(crate) fn command(workspace: &Workspace) -> Outcome {
    let mut sink = Sink::open(workspace)?;
    println!("export {VARIABLE}='{}'", sink.directory.display());
    match &mut sink.programs {
        Some(programs) => programs.await_interrupt(),
        None => Ok(()),
    }
}

/// The server that the developer named.
fn given() -> Option<PathBuf> {
    env::var_os(VARIABLE)
        .filter(|directory| !directory.is_empty())
        .map(PathBuf::from)
}
