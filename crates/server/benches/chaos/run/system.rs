//! The real programs, to be killed, frozen and started again.

use super::{
    api::client,
    installation::{Addresses, Installation, answers, free_addresses},
    journal::Journal,
    plan::{APIS, Pace, Surroundings, WORKERS},
};
use crate::{
    Outcome,
    database::Database,
    program::{Logs, Program},
};
use reqwest::Client;
use std::{fs, net::SocketAddr, path::PathBuf, process::Command};

/// Everything that runs.
pub(crate) struct System {
    /// Where the simulator answers.
    pub(crate) simulator_url: String,
    /// Where the programs come from.
    pub(crate) installation: Installation,
    /// The APIs; the first is the one that providers call back.
    pub(crate) apis: Vec<Unit>,
    /// The workers.
    pub(crate) workers: Vec<Unit>,
    /// Programs that ended although nobody had killed them.
    pub(crate) deaths: Vec<String>,
    simulator: Program,
    pace: Pace,
    logs: Logs,
    http: Client,
}

/// A program that may be killed and is started again at the same address.
pub(crate) struct Unit {
    /// Its name.
    pub(crate) name: String,
    /// Where it answers: the API, or a worker's metrics.
    pub(crate) address: SocketAddr,
    /// How often it was started; what was planned for one life does not concern the next.
    pub(crate) life: u32,
    binary: &'static str,
    clock: PathBuf,
    running: Option<Program>,
}

impl System {
    /// Migrates the database and starts everything.
    pub(crate) async fn start(
        surroundings: &Surroundings,
        pace: Pace,
        database: &Database,
        logs: &Logs,
    ) -> Outcome<Self> {
        let addresses: [SocketAddr; 1 + APIS + WORKERS] = free_addresses()?;
        let [simulator, others @ ..] = addresses;
        let (apis, workers) = others.split_at(APIS);
        let first = *apis.first().ok_or("there is no API")?;
        let all = Addresses {
            api: first,
            simulator,
        };
        let directory = surroundings.programs.clone();
        let installation = Installation::new(directory, database, all, logs)?;
        let http = client()?;
        let simulator_url = format!("http://{simulator}");
        let mut simulator = installation.start_simulator(simulator)?;
        answers(&http, &mut simulator, &format!("{simulator_url}/healthz")).await?;
        let units = |binary: &'static str, word: &str, addresses: &[SocketAddr]| {
            let unit = |(number, address): (usize, &SocketAddr)| {
                let name = format!("{word}-{number}");
                let clock = logs.0.0.join(format!("{name}.clock"));
                Unit {
                    name,
                    address: *address,
                    life: 0,
                    binary,
                    clock,
                    running: None,
                }
            };
            (1..).zip(addresses).map(unit).collect::<Vec<_>>()
        };
        let mut system = Self {
            simulator_url,
            apis: units("tidings-api", "api", apis),
            workers: units("tidings-worker", "worker", workers),
            deaths: Vec::new(),
            simulator,
            pace,
            logs: logs.clone(),
            http,
            installation,
        };
        for unit in system.apis.iter_mut().chain(&mut system.workers) {
            unit.start(&system.installation, system.pace, &system.http)
                .await?;
        }
        Ok(system)
    }

    /// Kills a worker and starts it again.
    pub(crate) async fn restart_worker(&mut self, index: usize) -> Outcome {
        let unit = self.workers.get_mut(index).ok_or("no such worker")?;
        unit.kill();
        unit.start(&self.installation, self.pace, &self.http).await
    }

    /// Kills an API and starts it again.
    pub(crate) async fn restart_api(&mut self, index: usize) -> Outcome {
        let unit = self.apis.get_mut(index).ok_or("no such api")?;
        unit.kill();
        unit.start(&self.installation, self.pace, &self.http).await
    }

    /// Notes and starts again what has ended by itself.
    pub(crate) async fn revive(&mut self, journal: &Journal) -> Outcome {
        self.simulator.check()?;
        for unit in self.apis.iter_mut().chain(&mut self.workers) {
            if let Some(Err(error)) = unit.running.as_mut().map(Program::check) {
                journal.note(&format!("{error}, although nobody had killed it"));
                self.deaths.push(error.to_string());
                unit.start(&self.installation, self.pace, &self.http)
                    .await?;
            }
        }
        Ok(())
    }

    /// Stops everything as an operator would, and says what went wrong: ends that were no stops, and
    /// panics that the logs tell of.
    pub(crate) async fn stop(self) -> Outcome<Vec<String>> {
        let mut problems = self.deaths;
        for unit in self.workers.into_iter().chain(self.apis) {
            if let Some(program) = unit.running
                && let Err(error) = program.stop().await
            {
                problems.push(error.to_string());
            }
        }
        self.simulator.stop().await?;
        for entry in fs::read_dir(&self.logs.0.0)? {
            let path = entry?.path();
            if path.extension().is_none_or(|end| end != "log") {
                continue;
            }
            let log = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
            let name = path.file_stem().unwrap_or_default().display().to_string();
            let panics = log.lines().filter(|line| line.contains("panicked at"));
            problems.extend(panics.map(|line| format!("{name}: {line}")));
        }
        Ok(problems)
    }
}

impl Unit {
    async fn start(&mut self, installation: &Installation, pace: Pace, http: &Client) -> Outcome {
        let mut command = installation.command(self.binary);
        command
            .envs(pace.settings())
            .env("TIDINGS_CLOCK_OFFSET_FILE", &self.clock);
        let (setting, path) = match self.binary {
            "tidings-api" => ("TIDINGS_API_LISTEN", "readyz"),
            _ => ("TIDINGS_METRICS_LISTEN", "metrics"),
        };
        command.env(setting, self.address.to_string());
        let mut program = installation.start(&self.name, &mut command)?;
        answers(
            http,
            &mut program,
            &format!("http://{}/{path}", self.address),
        )
        .await?;
        self.running = Some(program);
        self.life += 1;
        Ok(())
    }

    /// SIGKILL, which reaches a frozen program too: that is what dropping it does.
    fn kill(&mut self) {
        drop(self.running.take());
    }

    /// Stops it in whatever it does, without its noticing.
    pub(crate) fn freeze(&self) -> Outcome {
        self.signal("-STOP")
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) -> Outcome {
        self.signal("-CONT")
    }

    /// Makes its clock wrong by so many seconds, within a tenth of a second.
    pub(crate) fn shift_clock(&self, seconds: i64) -> Outcome {
        Ok(fs::write(&self.clock, seconds.to_string())?)
    }

    fn signal(&self, signal: &str) -> Outcome {
        let program = self.running.as_ref().ok_or("it does not run")?;
        let id = program.id().to_string();
        if Command::new("kill").args([signal, &id]).status()?.success() {
            return Ok(());
        }
        Err(format!("{} does not take {signal}", self.name).into())
    }
}
