use crate::{
    GLANCE, Outcome,
    database::Database,
    program::{Logs, Program},
};
use reqwest::Client;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

/// How long a program may take to answer after it was started.
const START: Duration = Duration::from_secs(20);
/// What the simulated Twilio expects of accounts that it was not told about.
pub(crate) const TWILIO_TOKEN: &str = "load";
/// Seals credentials that are worth nothing, for as long as the run takes.
const KEYS: &str = "load:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// Below the ports that systems hand out to clients, so that nobody takes one while a program restarts, and
/// above those of private databases.
const PORTS: std::ops::Range<u16> = 25_000..32_000;

/// The programs of one build, and what all of them are told.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    directory: PathBuf,
    environment: Vec<(&'static str, String)>,
    logs: Logs,
}

/// Where the programs are found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    /// The API that providers call back.
    pub(crate) api: SocketAddr,
    /// The simulator.
    pub(crate) simulator: SocketAddr,
}

impl Installation {
    /// Migrates the database; nothing runs yet.
    pub(crate) fn new(
        directory: PathBuf,
        database: &Database,
        addresses: Addresses,
        logs: &Logs,
    ) -> Outcome<Self> {
        let simulator = format!("http://{}", addresses.simulator);
        let environment = vec![
            ("DATABASE_URL", database.url().to_owned()),
            ("TIDINGS_ENV", "development".to_owned()),
            ("TIDINGS_KEYS", KEYS.to_owned()),
            ("TIDINGS_API_LISTEN", addresses.api.to_string()),
            ("TIDINGS_PUBLIC_URL", format!("http://{}", addresses.api)),
            ("TIDINGS_TWILIO_BASE_URL", simulator.clone()),
            ("TIDINGS_WHATSAPP_CLOUD_BASE_URL", simulator.clone()),
            ("TIDINGS_SIMULATOR_URL", simulator),
        ];
        let installation = Self {
            directory,
            environment,
            logs: logs.clone(),
        };
        installation.tidings(&["migrate"])?;
        Ok(installation)
    }

    /// A program, told what all are told.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.directory.join(program));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a program with a log of its own.
    pub(crate) fn start(&self, name: &str, command: &mut Command) -> Outcome<Program> {
        Program::start(name, command, &self.logs)
    }

    /// Starts the simulator.
    pub(crate) fn start_simulator(&self, address: SocketAddr) -> Outcome<Program> {
        let mut command = self.command("tidings-simulator");
        command
            .args(["--listen", &address.to_string()])
            .args(["--twilio-token", TWILIO_TOKEN]);
        self.start("simulator", &mut command)
    }

    /// What `tidings` prints when it is told these words.
    pub(crate) fn tidings(&self, words: &[&str]) -> Outcome<String> {
        let output = self.command("tidings").args(words).output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?.trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("tidings {} failed: {said}", words.join(" ")).into())
    }
}

/// Waits until an address answers well, as long as its program runs.
pub(crate) async fn answers(http: &Client, program: &mut Program, url: &str) -> Outcome {
    let start = Instant::now();
    while start.elapsed() < START {
        program.check()?;
        let answer = http.get(url).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        tokio::time::sleep(GLANCE).await;
    }
    Err(format!("{url} does not answer").into())
}

/// Addresses of this machine that nobody has at the moment.
pub(crate) fn free_addresses<const N: usize>() -> Outcome<[SocketAddr; N]> {
    // Other runs begin elsewhere.
    let offset = u16::try_from(std::process::id() % 97)? * 70;
    let first = PORTS.start + offset;
    let found: Vec<SocketAddr> = (first..PORTS.end)
        .chain(PORTS.start..first)
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .filter(|address| TcpListener::bind(address).is_ok())
        .take(N)
        .collect();
    let count = found.len();
    found
        .try_into()
        .map_err(|_| format!("only {count} ports are free").into())
}
