use crate::{
    business::{Answer, Business},
    program::{Environment, Program, command},
    simulator::Simulator,
    wait::{SOON, seen, until},
};
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::{ExitStatus, Output},
    sync::atomic::{AtomicU16, Ordering},
};
use tidings_postgres::test_db::TestDb;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Seals the credentials of this run's accounts.
const KEYS: &str = "test:dGlkaW5ncyBlbmQgdG8gZW5kIHRlc3QgISEhISEhISE=";
/// Signs links in mail.
const UNSUBSCRIBE_KEY: &str = "tidings end to end test, unsubscribing";
/// Below the ports that systems hand out to clients, so that nobody takes one in between.
const PORTS: std::ops::Range<u16> = 12_000..30_000;

/// What a test wants to be different.
#[derive(Default)]
pub(crate) struct Setup {
    /// Its own database, if it needs the address before.
    pub(crate) database: Option<TestDb>,
    /// Where the API alone finds the database.
    pub(crate) api_database: Option<String>,
    /// Settings of the workers beside the usual ones.
    pub(crate) worker: Vec<(&'static str, String)>,
}

/// Everything that runs: simulator, API, and workers once they are asked for.
pub(crate) struct System {
    pub(crate) simulator: Simulator,
    /// A tenant.
    pub(crate) lumen: Business,
    /// Another one.
    pub(crate) harbor: Business,
    /// Where the simulator takes mail.
    pub(crate) mail: SocketAddr,
    pub(crate) workers: Vec<Program>,
    api: Program,
    simulating: Program,
    /// What every program is told.
    environment: Environment,
    api_environment: Environment,
    worker_environment: Environment,
    client: reqwest::Client,
    directory: Directory,
}

/// A directory of this system's own; kept when the test fails.
struct Directory(PathBuf);

impl System {
    /// The usual system with one worker.
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await.and_workers(1)
    }

    /// A system without a worker.
    pub(crate) async fn with(setup: Setup) -> Self {
        let database = match setup.database {
            Some(database) => database,
            None => TestDb::fresh().await.unwrap(),
        };
        let directory = Directory::new();
        let api_address = free_address();
        let simulator_address = free_address();
        let mail = free_address();
        let mut environment = environment(database.url(), api_address, simulator_address);
        let media = directory.0.join("media").display().to_string();
        environment.insert("TIDINGS_MEDIA_DIR".to_owned(), media);
        let mut api_environment = environment.clone();
        if let Some(url) = setup.api_database {
            api_environment.insert("DATABASE_URL".to_owned(), url);
        }
        let mut worker_environment = environment.clone();
        let own = setup
            .worker
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        worker_environment.extend(own);

        let client = tidings_server::http_client().unwrap();
        let mut simulating = simulate(&directory, simulator_address, mail, &[]);
        let simulator_url = format!("http://{simulator_address}");
        answers(
            &client,
            &mut simulating,
            &format!("{simulator_url}/healthz"),
        )
        .await;
        let mut api = start_api(&directory, &api_environment);
        let api_url = format!("http://{api_address}");
        answers(&client, &mut api, &format!("{api_url}/readyz")).await;

        let dev = directory.0.join("dev.json");
        let mut seed = command("tidings", &environment);
        seed.args(["seed", "--simulator-url", &simulator_url, "--out"])
            .arg(&dev);
        let planted = tokio::task::spawn_blocking(move || seed.output())
            .await
            .unwrap()
            .unwrap();
        assert!(
            planted.status.success(),
            "{}",
            String::from_utf8_lossy(&planted.stderr)
        );
        let dev: Value = serde_json::from_slice(&fs::read(&dev).unwrap()).unwrap();
        let business =
            |index: usize| Business::new(client.clone(), &api_url, &dev["tenants"][index]);

        Self {
            simulator: Simulator::new(client.clone(), simulator_url),
            lumen: business(0),
            harbor: business(1),
            mail,
            workers: Vec::new(),
            api,
            simulating,
            environment,
            api_environment,
            worker_environment,
            client,
            directory,
        }
    }

    /// Starts so many workers.
    pub(crate) fn and_workers(mut self, count: usize) -> Self {
        for _ in 0..count {
            self.start_worker();
        }
        self
    }

    /// Starts one more worker.
    pub(crate) fn start_worker(&mut self) {
        let name = format!("worker{}", self.workers.len());
        self.workers.push(self.worker(&name));
    }

    /// Kills a worker in whatever it does, and starts it again.
    pub(crate) fn crash_worker(&mut self, index: usize) {
        self.workers[index].kill();
        let again = self.worker(&format!("worker{index}"));
        self.workers[index] = again;
    }

    fn worker(&self, name: &str) -> Program {
        let environment = &self.worker_environment;
        Program::start(&self.directory.0, name, "tidings-worker", environment, &[])
    }

    /// Asks the API to stop, waits for its end and starts it again.
    pub(crate) async fn restart_api(&mut self) -> ExitStatus {
        self.api.terminate();
        let status = self.api.wait(SOON).await;
        self.api = start_api(&self.directory, &self.api_environment);
        let url = self.address("/readyz");
        answers(&self.client, &mut self.api, &url).await;
        status
    }

    /// Kills the simulator; what accounts there are is kept for its next start.
    pub(crate) async fn stop_simulator(&mut self) {
        let accounts = self.simulator.accounts().await;
        fs::write(self.accounts_file(), accounts.to_string()).unwrap();
        self.simulating.kill();
    }

    /// Starts the simulator at its old address.
    pub(crate) async fn start_simulator(&mut self) {
        let address = self
            .simulator
            .url
            .trim_start_matches("http://")
            .parse()
            .unwrap();
        let accounts = self.accounts_file();
        self.simulating = simulate(
            &self.directory,
            address,
            self.mail,
            &["--accounts".as_ref(), accounts.as_os_str()],
        );
        let url = format!("{}/healthz", self.simulator.url);
        answers(&self.client, &mut self.simulating, &url).await;
    }

    fn accounts_file(&self) -> PathBuf {
        self.directory.0.join("accounts.json")
    }

    /// Runs `tidings` with these words.
    pub(crate) async fn tidings(&self, words: &[&str]) -> Output {
        let mut tidings = command("tidings", &self.environment);
        tidings.args(words);
        tokio::task::spawn_blocking(move || tidings.output())
            .await
            .unwrap()
            .unwrap()
    }

    /// Asks the API without a key.
    pub(crate) async fn anonymous(&self, method: reqwest::Method, path: &str) -> Answer {
        Answer::of(self.request(method, path)).await
    }

    /// A request to a path of the API's program, without a key.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, self.address(path))
    }

    /// A request to any address, as a stranger or a provider makes it.
    pub(crate) fn post(&self, url: &str) -> reqwest::RequestBuilder {
        self.client.post(url)
    }

    /// Announces a body of so many bytes, sends none of it, and gives the answer as it came: a client
    /// that writes on while it is refused may not get to read why.
    pub(crate) async fn announce(&self, path: &str, header: &str, length: usize) -> String {
        let mut stream = TcpStream::connect(&self.environment["TIDINGS_API_LISTEN"])
            .await
            .unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{header}\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // The connection cannot be used again, so the answer ends where it ends.
        let read = tokio::time::timeout(SOON, stream.read_to_string(&mut answer)).await;
        read.expect("the connection is closed").unwrap();
        answer
    }

    /// An address of the API.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.environment["TIDINGS_PUBLIC_URL"])
    }

    /// What a worker counts; it must have been told where.
    pub(crate) async fn metrics(&self) -> String {
        let listen = &self.worker_environment["TIDINGS_METRICS_LISTEN"];
        let answer = self
            .client
            .get(format!("http://{listen}/metrics"))
            .send()
            .await;
        match answer {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// What the API and the workers have written to their logs so far.
    pub(crate) fn logs(&self) -> String {
        let files = fs::read_dir(&self.directory.0).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let logs = paths.filter(|path| path.extension().is_some_and(|end| end == "log"));
        logs.map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// Fails if a program has ended that nobody told to.
    pub(crate) fn all_run(&mut self) {
        let programs = [&mut self.api, &mut self.simulating];
        for program in programs.into_iter().chain(&mut self.workers) {
            assert!(program.ended().is_none(), "a program ended by itself");
        }
    }
}

fn environment(database: &str, api: SocketAddr, simulator: SocketAddr) -> Environment {
    let simulator = format!("http://{simulator}");
    [
        ("DATABASE_URL", database),
        ("TIDINGS_ENV", "development"),
        ("TIDINGS_KEYS", KEYS),
        ("TIDINGS_API_LISTEN", &api.to_string()),
        ("TIDINGS_PUBLIC_URL", &format!("http://{api}")),
        ("TIDINGS_API_URL", &format!("http://{api}")),
        ("TIDINGS_TWILIO_BASE_URL", &simulator),
        ("TIDINGS_WHATSAPP_CLOUD_BASE_URL", &simulator),
        ("TIDINGS_VONAGE_BASE_URL", &simulator),
        ("TIDINGS_VONAGE_REST_BASE_URL", &simulator),
        ("TIDINGS_MESSAGEBIRD_BASE_URL", &simulator),
        ("TIDINGS_CLICKSEND_BASE_URL", &format!("{simulator}/v3")),
        ("TIDINGS_AWS_SMS_VOICE_BASE_URL", &simulator),
        ("TIDINGS_AWS_SNS_BASE_URL", &simulator),
        ("TIDINGS_AWS_SES_BASE_URL", &simulator),
        ("TIDINGS_UNSUBSCRIBE_KEY", UNSUBSCRIBE_KEY),
        ("TIDINGS_SIMULATOR_URL", &simulator),
        ("TIDINGS_API_CONNECTIONS", "6"),
        ("TIDINGS_WORKER_CONNECTIONS", "6"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

fn start_api(directory: &Directory, environment: &Environment) -> Program {
    Program::start(&directory.0, "api", "tidings-api", environment, &[])
}

fn simulate(
    directory: &Directory,
    address: SocketAddr,
    mail: SocketAddr,
    more: &[&OsStr],
) -> Program {
    let address = address.to_string();
    let door = format!("smtp={mail}");
    // Quicker than providers are, to keep the tests short.
    let usual = [
        "--listen",
        &address,
        "--door",
        &door,
        "--sent-after-ms",
        "20",
        "--delivered-after-ms",
        "80",
    ];
    let arguments: Vec<&OsStr> = usual
        .iter()
        .map(AsRef::as_ref)
        .chain(more.iter().copied())
        .collect();
    let none = Environment::new();
    Program::start(
        &directory.0,
        "simulator",
        "tidings-simulator",
        &none,
        &arguments,
    )
}

/// Waits until a program answers well.
async fn answers(client: &reqwest::Client, program: &mut Program, url: &str) {
    until(&format!("{url} answers"), SOON, async || {
        if let Some(status) = program.ended() {
            panic!("a program ended before it answered: {status}");
        }
        let answer = client
            .get(url)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        seen(answer.status().is_success(), answer.status())
    })
    .await;
}

/// An address of this machine that nobody uses.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let span = PORTS.end - PORTS.start;
    // Other runs start elsewhere.
    let first = u16::try_from(std::process::id().wrapping_mul(97) % u32::from(span)).unwrap();
    for _ in PORTS {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + (first + number % span) % span;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port is free");
}

impl Directory {
    fn new() -> Self {
        static NUMBER: AtomicU16 = AtomicU16::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tidings-end-to-end-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the logs are in {}", self.0.display());
        } else {
            // What cannot be removed is left to the system's own housekeeping.
            fs::remove_dir_all(&self.0).ok();
        }
    }
}
