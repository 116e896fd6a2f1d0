use crate::{
    GLANCE, Outcome,
    database::Database,
    machine::{ProcessorTime, peak_memory},
    options::Options,
    program::{Logs, Program},
};
use reqwest::Client;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

/// How long a program may take to answer after it was started.
const START: Duration = Duration::from_secs(20);
/// Where programs listen.
const PORTS: std::ops::Range<u16> = 12_000..30_000;
/// What the simulated Twilio expects of every account.
pub(crate) const TWILIO_TOKEN: &str = "bench";
/// Seals credentials that are worth nothing, for as long as the run takes.
const KEYS: &str = "bench:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The real programs.
pub(crate) struct System {
    /// Where the API answers, without a slash at the end.
    pub(crate) api_url: String,
    /// Where the simulator answers.
    pub(crate) simulator_url: String,
    directory: PathBuf,
    /// What every program is told.
    pub(crate) environment: Vec<(&'static str, String)>,
    logs: Logs,
    wanted_workers: u32,
    api: Program,
    simulator: Program,
    workers: Vec<Program>,
    /// Of workers that have been stopped.
    peaks: BTreeMap<&'static str, u64>,
    http: Client,
}

impl System {
    /// Migrates the database and starts everything but workers.
    pub(crate) async fn start(
        options: &Options,
        database: &Database,
        logs: &Logs,
    ) -> Outcome<Self> {
        let (api, simulator) = free_addresses()?;
        let (api_url, simulator_url) = (format!("http://{api}"), format!("http://{simulator}"));
        let environment = vec![
            ("DATABASE_URL", database.url().to_owned()),
            ("TIDINGS_ENV", "development".to_owned()),
            ("TIDINGS_KEYS", KEYS.to_owned()),
            ("TIDINGS_API_LISTEN", api.to_string()),
            ("TIDINGS_PUBLIC_URL", api_url.clone()),
            ("TIDINGS_TWILIO_BASE_URL", simulator_url.clone()),
            ("TIDINGS_WHATSAPP_CLOUD_BASE_URL", simulator_url.clone()),
            ("TIDINGS_SIMULATOR_URL", simulator_url.clone()),
        ];
        let directory = options.programs.clone();
        run(&directory, &environment, &["migrate"])?;
        let command = |name| command(&directory, &environment, name);
        let simulator = Program::start(
            "simulator",
            command("tidings-simulator")
                .args(["--listen", &simulator.to_string()])
                .args(["--twilio-token", TWILIO_TOKEN]),
            logs,
        )?;
        let api = Program::start("api", &mut command("tidings-api"), logs)?;
        let mut system = Self {
            api_url,
            simulator_url,
            directory,
            environment,
            logs: logs.clone(),
            wanted_workers: options.workers,
            api,
            simulator,
            workers: Vec::new(),
            peaks: BTreeMap::new(),
            http: crate::load::client()?,
        };
        system
            .await_answer(format!("{}/readyz", system.api_url))
            .await?;
        system
            .await_answer(format!("{}/handsets", system.simulator_url))
            .await?;
        Ok(system)
    }

    /// What `tidings` prints when it is told these words.
    pub(crate) fn tidings(&self, words: &[&str]) -> Outcome<String> {
        run(&self.directory, &self.environment, words)
    }

    /// Starts the workers.
    pub(crate) fn start_workers(&mut self) -> Outcome {
        for number in 1..=self.wanted_workers {
            let mut command = command(&self.directory, &self.environment, "tidings-worker");
            let name = format!("worker-{number}");
            self.workers
                .push(Program::start(&name, &mut command, &self.logs)?);
        }
        Ok(())
    }

    /// Stops the workers, as an operator would.
    pub(crate) async fn stop_workers(&mut self) -> Outcome {
        self.note_peaks();
        for worker in self.workers.drain(..) {
            worker.stop().await?;
        }
        Ok(())
    }

    /// Stops everything that runs.
    pub(crate) async fn stop(mut self) -> Outcome {
        self.stop_workers().await?;
        self.api.stop().await?;
        self.simulator.stop().await
    }

    /// Fails if one of the programs has ended.
    pub(crate) fn check(&mut self) -> Outcome {
        let others = [&mut self.api, &mut self.simulator];
        others
            .into_iter()
            .chain(&mut self.workers)
            .try_for_each(Program::check)
    }

    /// The most memory that each program has held at once, in KiB.
    pub(crate) fn peaks(&mut self) -> BTreeMap<&'static str, u64> {
        self.note_peaks();
        self.peaks.clone()
    }

    /// What every program has used of the processors so far, this one included.
    pub(crate) fn processor_time(&self) -> Option<ProcessorTime> {
        let mut processes = self.processes();
        processes.push(("load", std::process::id()));
        ProcessorTime::now(&processes)
    }

    /// Whether providers' callbacks arrive.
    pub(crate) async fn set_callbacks(&self, callbacks: Callbacks) -> Outcome {
        let url = format!("{}/faults", self.simulator_url);
        let request = match callbacks {
            Callbacks::Delivered => self.http.delete(url),
            Callbacks::Lost => self
                .http
                .put(url)
                .json(&serde_json::json!({"callbacks": {"drop_rate": 1.0}})),
        };
        request.send().await?.error_for_status()?;
        Ok(())
    }

    fn processes(&self) -> Vec<(&'static str, u32)> {
        let mut processes = vec![("api", self.api.id()), ("simulator", self.simulator.id())];
        processes.extend(self.workers.iter().map(|worker| ("worker", worker.id())));
        processes
    }

    fn note_peaks(&mut self) {
        for (name, process) in self.processes() {
            if let Some(peak) = peak_memory(process) {
                let most = self.peaks.entry(name).or_default();
                *most = peak.max(*most);
            }
        }
    }

    async fn await_answer(&mut self, url: String) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < START {
            self.check()?;
            let answer = self.http.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(GLANCE).await;
        }
        Err(format!("{url} does not answer").into())
    }
}

/// What becomes of the simulated providers' callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callbacks {
    /// They are posted to the API.
    Delivered,
    /// They are lost on the way.
    Lost,
}

fn command(directory: &std::path::Path, environment: &[(&str, String)], name: &str) -> Command {
    let mut command = Command::new(directory.join(name));
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

fn run(
    directory: &std::path::Path,
    environment: &[(&str, String)],
    words: &[&str],
) -> Outcome<String> {
    let output = command(directory, environment, "tidings")
        .args(words)
        .output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?.trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("tidings {} failed: {said}", words.join(" ")).into())
}

/// Two addresses that nobody has at the moment, below the ports that systems lend to outgoing connections, so
/// that nobody is lent one in between; held together, so that they differ.
fn free_addresses() -> Outcome<(SocketAddr, SocketAddr)> {
    // Other runs begin elsewhere.
    let span = u32::from(PORTS.end - PORTS.start);
    let first = PORTS.start + u16::try_from(std::process::id().wrapping_mul(97) % span)?;
    let mut free = (first..PORTS.end)
        .chain(PORTS.start..first)
        .filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    let two = free.next().zip(free.next());
    let (one, two) = two.ok_or("no port is free")?;
    Ok((one.local_addr()?, two.local_addr()?))
}
