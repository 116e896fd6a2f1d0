//! A stand-in for AWS: the server of moto, in a Python environment of this checkout.
//!
//! It knows SNS, SES and IAM, and computes signatures with AWS's own library; it does not know AWS End User
//! Messaging.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::Command,
};

use crate::{
    process::{Outcome, read},
    programs::{Programs, answers},
    python::Environment,
    workspace::Workspace,
};

/// The variable by which tests find it.
pub(crate) const VARIABLE: &str = "TIDINGS_MOTO_URL";

/// What is installed, at pinned versions.
const REQUIREMENTS: &str = include_str!("../moto.txt");

/// A page that is there as soon as the server is.
const PAGE: &str = "/moto-api/data.json";

/// A server in use: the one of `TIDINGS_MOTO_URL`, or one that stops when this is dropped.
pub(crate) struct Moto {
    url: String,
    /// Held to be dropped.
    _programs: Option<Programs>,
}

impl Moto {
    /// Starts a server, installing it first if need be, unless `TIDINGS_MOTO_URL` names one.
    ///
    /// # Errors
    /// No Python, no network for the first time, or it does not start; the message says what to do.
    pub(crate) fn open(workspace: &Workspace) -> Outcome<Self> {
        if let Some(url) = given() {
            return Ok(Self {
                url,
                _programs: None,
            });
        }
        let (programs, address) = started(workspace)?;
        Ok(Self {
            url: url(address),
            _programs: Some(programs),
        })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// `cargo xtask moto start|stop|url`.
///
/// # Errors
/// Unknown words, or the server does not do as told.
pub(crate) fn command(workspace: &Workspace, words: &[&str]) -> Outcome {
    let place = Place::of(workspace)?;
    match words {
        ["start"] => {
            let running = match place.running() {
                Some(running) => running,
                None => place.start(workspace)?,
            };
            println!("{}", url(running.address));
            Ok(())
        }
        ["stop"] => place.stop(),
        ["url"] => {
            let running = place.running().map(|running| url(running.address));
            let url = given()
                .or(running)
                .ok_or("it does not run: `cargo xtask moto start`")?;
            println!("{url}");
            Ok(())
        }
        _ => Err("usage: cargo xtask moto start|stop|url".into()),
    }
}

/// Stops the server that `moto start` left running.
///
/// # Errors
/// It does not stop.
pub(crate) fn stop(workspace: &Workspace) -> Outcome {
    Place::of(workspace)?.stop()
}

/// The server that the developer named.
fn given() -> Option<String> {
    env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// A server of this checkout that answers.
fn started(workspace: &Workspace) -> Outcome<(Programs, SocketAddr)> {
    let python = Environment::of(workspace.state("moto")?, "moto", REQUIREMENTS)?.python()?;
    // Nobody else gets this port in the moment until the server takes it, as systems go round in circles.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let mut programs = Programs::new(workspace.state("logs")?)?;
    let port = address.port().to_string();
    let mut server = Command::new(python);
    server.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port]);
    programs.start("moto", &mut server)?;
    programs.await_answer(address, PAGE)?;
    Ok((programs, address))
}

/// Where it is remembered that `moto start` left a server running.
struct Place(PathBuf);

/// A server that `moto start` left running.
struct Running {
    process: u32,
    address: SocketAddr,
}

impl Place {
    fn of(workspace: &Workspace) -> Outcome<Self> {
        Ok(Self(workspace.state("moto.running")?))
    }

    /// The server that `moto start` left running, if it still does and answers.
    fn running(&self) -> Option<Running> {
        let running = self.remembered()?;
        answers(running.address, PAGE).then_some(running)
    }

    /// The server that `moto start` left running, if there is still such a process.
    fn remembered(&self) -> Option<Running> {
        let text = fs::read_to_string(&self.0).ok()?;
        let (process, address) = text.trim().split_once(' ')?;
        let running = Running {
            process: process.parse().ok()?,
            address: address.parse().ok()?,
        };
        is_moto(running.process).then_some(running)
    }

    fn start(&self, workspace: &Workspace) -> Outcome<Running> {
        let (programs, address) = started(workspace)?;
        let processes = programs.leave_running();
        let process = *processes.first().ok_or("moto does not run")?;
        fs::write(&self.0, format!("{process} {address}\n"))?;
        Ok(Running { process, address })
    }

    fn stop(&self) -> Outcome {
        if let Some(running) = self.remembered() {
            read(Command::new("kill").arg(running.process.to_string()))?;
        }
        if self.0.exists() {
            fs::remove_file(&self.0)?;
        }
        Ok(())
    }
}

/// Whether this process is a server of moto: its number may be another program's by now.
fn is_moto(process: u32) -> bool {
    let process = process.to_string();
    read(Command::new("ps").args(["-o", "args=", "-p", &process]))
        .is_ok_and(|line| line.contains("moto.server"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_pinned() {
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let (name, version) = line.split_once("==").unwrap();
            assert!(!name.is_empty() && version.contains('.'), "{line}");
        }
    }

    #[test]
    fn other_programs_are_not_taken_for_moto() {
        assert!(!is_moto(std::process::id()));
        assert!(!is_moto(u32::MAX));
    }
}
