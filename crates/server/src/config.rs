//! What the programs are told, read from the environment and checked before anything starts.

mod error;
mod media;
mod names;
mod outside;
mod reader;
#[cfg(test)]
mod tests;

pub use error::{ConfigError, Mistake};
pub use media::{MediaConfig, MediaPlace};
pub use names::unknown_settings;
pub use outside::Outside;
use reader::{Reader, Transport};
use secrecy::SecretString;
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tidings_phone::FictitiousNumbers;
use tidings_vault::KeyRing;
use url::Url;

/// Looks a variable up by name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
/// Reads a file, for the settings that are given as `NAME_FILE`.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Everything that the programs are told; each setting is described in the crate's README.
#[derive(Debug, Clone)]
pub struct Config {
    /// `TIDINGS_ENV`.
    pub environment: Environment,
    /// `DATABASE_URL`.
    pub database_url: SecretString,
    /// `TIDINGS_KEYS`.
    pub keys: Arc<KeyRing>,
    /// `TIDINGS_API_LISTEN`.
    pub api_listen: SocketAddr,
    /// `TIDINGS_METRICS_LISTEN`; without it no metrics are kept.
    pub metrics_listen: Option<SocketAddr>,
    /// `TIDINGS_PUBLIC_URL`, without a slash at the end.
    pub public_url: String,
    /// Where providers are reached.
    pub outside: Outside,
    /// `TIDINGS_SPOOL_DIR`: where large bodies are kept while they are worked on.
    pub spool: PathBuf,
    /// `TIDINGS_MEDIA_…`: where files are kept.
    pub media: MediaConfig,
    /// `TIDINGS_PROVIDER_TIMEOUT_SECONDS`: for how long a provider's answer is waited for; `None` leaves it
    /// to the adapters.
    pub provider_timeout: Option<Duration>,
    /// `TIDINGS_CLOCK_OFFSET_FILE`: holds the seconds by which the clock is wrong; in development only.
    pub clock_offset_file: Option<PathBuf>,
    /// `TIDINGS_API_CONNECTIONS`: database connections of the API.
    pub api_connections: u32,
    /// `TIDINGS_WORKER_CONNECTIONS`: database connections of the worker.
    pub worker_connections: u32,
    /// `TIDINGS_IDEMPOTENCY_TAKE_OVER_SECONDS`: after which time a request without answer is taken for dead.
    pub take_over: Option<time::Duration>,
    /// `TIDINGS_WORKER_…`.
    pub worker: WorkerConfig,
    /// `TIDINGS_KEEP_MONTHS`: for how many months messages are kept in their tables; `None` keeps all.
    pub keep_months: Option<u16>,
    /// `TIDINGS_KEEP_EVENTS_DAYS`: for how many days events are kept for streams and webhooks.
    pub keep_events_days: Option<u16>,
    /// `TIDINGS_SHUTDOWN_SECONDS`: how long work may take to finish once a stop is asked for.
    pub shutdown: Duration,
    /// `TIDINGS_LOG` and `TIDINGS_LOG_FORMAT`.
    pub log: LogConfig,
    /// `TIDINGS_SIMULATOR_URL`, without a slash at the end; in development only.
    pub simulator_url: Option<String>,
}

/// What the worker is told; `None` leaves it to the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkerConfig {
    /// `TIDINGS_WORKER_BATCH`: messages that are claimed at once.
    pub batch: Option<u16>,
    /// `TIDINGS_WORKER_CONCURRENCY`: calls to providers at the same time.
    pub concurrency: Option<u16>,
    /// `TIDINGS_WORKER_LEASE_SECONDS`: for how long a claim holds.
    pub lease: Option<time::Duration>,
    /// `TIDINGS_WORKER_ASK_UNKNOWN_SECONDS`: how long after a call of unknown outcome the provider is
    /// asked.
    pub ask_unknown_after: Option<time::Duration>,
    /// `TIDINGS_WORKER_ASK_RECEIPT_SECONDS`: how long after acceptance the provider is asked, if no
    /// receipt has come.
    pub ask_receipt_after: Option<time::Duration>,
    /// `TIDINGS_WORKER_ASK_AGAIN_SECONDS`: how long after one question about a receipt the next is asked.
    pub ask_again_after: Option<time::Duration>,
    /// `TIDINGS_WORKER_UNKNOWN_SECONDS`: for how long an unknown outcome is resolved at most, before the
    /// policy of the message's purpose decides.
    pub unknown_patience: Option<time::Duration>,
    /// `TIDINGS_WORKER_SYNC_SECONDS`: how often each account is looked at for what its provider says of
    /// templates.
    pub sync_every: Option<time::Duration>,
}

/// What is logged and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// A filter such as `info` or `info,tidings_worker=debug`; known to be readable.
    pub filter: String,
    /// The form.
    pub format: LogFormat,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Where the programs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// On a developer's machine or in tests: providers may be simulated, numbers of fiction pass.
    Development,
    /// For real people: everything outside is `https`, numbers of fiction are refused.
    Production,
}

impl Environment {
    /// Whether numbers reserved for fiction may be messaged.
    pub const fn fictitious(self) -> FictitiousNumbers {
        match self {
            Self::Development => FictitiousNumbers::Accept,
            Self::Production => FictitiousNumbers::Refuse,
        }
    }
}

impl Config {
    /// Reads every setting. Pure: the environment and files are looked at only through the arguments.
    ///
    /// # Errors
    /// [`ConfigError`]: every setting that is wrong, and what to do about each.
    pub fn from_lookup(lookup: Lookup<'_>, read: ReadFile<'_>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup, read);
        let environment = reader.environment();
        let transport = match environment {
            Some(Environment::Production) => Transport::Encrypted,
            // A mistake in TIDINGS_ENV is reported by itself.
            Some(Environment::Development) | None => Transport::Any,
        };
        let database_url = reader.database_url();
        let keys = reader.keys();
        let api_listen = reader.listen("TIDINGS_API_LISTEN", Some("127.0.0.1:4000"));
        let metrics_listen = reader.listen("TIDINGS_METRICS_LISTEN", None);
        let public_url = reader.origin("TIDINGS_PUBLIC_URL", None, transport);
        if public_url.is_none() && !reader.is_given("TIDINGS_PUBLIC_URL") {
            reader.refuse(
                "TIDINGS_PUBLIC_URL",
                "is missing: set the address at which providers reach the API, such as \
                 https://api.example.com",
            );
        }
        let is_development = environment == Some(Environment::Development);
        let outside = reader.outside(transport, is_development, public_url.as_ref());
        let spool = reader.spool();
        let media = reader.media(transport, environment);
        let api_connections = reader.number("TIDINGS_API_CONNECTIONS", 1..=1_000);
        let worker_connections = reader.number("TIDINGS_WORKER_CONNECTIONS", 2..=1_000);
        let batch = reader.number("TIDINGS_WORKER_BATCH", 1..=1_000);
        let concurrency = reader.number("TIDINGS_WORKER_CONCURRENCY", 1..=10_000);
        // Tests of what goes wrong cannot wait as long as people and providers do.
        let at_least = |production| match environment {
            Some(Environment::Development) => 1,
            Some(Environment::Production) | None => production,
        };
        let provider_timeout = reader.number("TIDINGS_PROVIDER_TIMEOUT_SECONDS", at_least(5)..=25);
        let lease = reader.number("TIDINGS_WORKER_LEASE_SECONDS", at_least(30)..=3_600);
        reader.outlives(lease, provider_timeout);
        let ask_unknown = reader.number("TIDINGS_WORKER_ASK_UNKNOWN_SECONDS", 1..=3_600);
        let ask_receipt = reader.number("TIDINGS_WORKER_ASK_RECEIPT_SECONDS", 1..=86_400);
        let keep_months = reader.number("TIDINGS_KEEP_MONTHS", 1..=1_200);
        let keep_events = reader.number("TIDINGS_KEEP_EVENTS_DAYS", 1..=366);
        let ask_again = reader.number("TIDINGS_WORKER_ASK_AGAIN_SECONDS", at_least(60)..=86_400);
        let unknown = reader.number("TIDINGS_WORKER_UNKNOWN_SECONDS", at_least(60)..=600);
        let sync = reader.number("TIDINGS_WORKER_SYNC_SECONDS", at_least(60)..=86_400);
        let take_over = reader.number(
            "TIDINGS_IDEMPOTENCY_TAKE_OVER_SECONDS",
            at_least(60)..=3_600,
        );
        let clock_offset_file = reader.clock_offset_file(environment);
        let shutdown = reader.number("TIDINGS_SHUTDOWN_SECONDS", 1..=3_600);
        let log = reader.log();
        let simulator_url = reader.simulator_url(environment);
        let read = (
            environment,
            database_url,
            keys,
            api_listen,
            public_url,
            outside,
            media,
        );
        let (
            Some(environment),
            Some(database_url),
            Some(keys),
            Some(api_listen),
            Some(public_url),
            Some(outside),
            Some(media),
        ) = read
        else {
            return Err(reader.finish());
        };
        reader.check()?;
        Ok(Self {
            environment,
            database_url,
            keys,
            api_listen,
            metrics_listen,
            public_url: without_slash(&public_url),
            outside,
            spool,
            media,
            provider_timeout: provider_timeout.map(|number| Duration::from_secs(number.into())),
            clock_offset_file,
            take_over: take_over.map(seconds),
            api_connections: api_connections.unwrap_or(20),
            worker_connections: worker_connections.unwrap_or(20),
            worker: WorkerConfig {
                batch: batch.and_then(|number| u16::try_from(number).ok()),
                concurrency: concurrency.and_then(|number| u16::try_from(number).ok()),
                lease: lease.map(seconds),
                ask_unknown_after: ask_unknown.map(seconds),
                ask_receipt_after: ask_receipt.map(seconds),
                ask_again_after: ask_again.map(seconds),
                unknown_patience: unknown.map(seconds),
                sync_every: sync.map(seconds),
            },
            keep_months: keep_months.and_then(|number| u16::try_from(number).ok()),
            keep_events_days: keep_events.and_then(|number| u16::try_from(number).ok()),
            shutdown: Duration::from_secs(shutdown.unwrap_or(20).into()),
            log,
            simulator_url: simulator_url.as_ref().map(without_slash),
        })
    }

    /// Reads `DATABASE_URL` alone, for commands that need nothing else.
    ///
    /// # Errors
    /// [`ConfigError`]: it is missing or cannot be one.
    pub fn database_from_lookup(
        lookup: Lookup<'_>,
        read: ReadFile<'_>,
    ) -> Result<SecretString, ConfigError> {
        let mut reader = Reader::new(lookup, read);
        reader.database_url().ok_or_else(|| reader.finish())
    }

    /// Reads the environment of this process.
    ///
    /// # Errors
    /// [`ConfigError`], as [`Config::from_lookup`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(&variable, &|path| std::fs::read_to_string(path))
    }

    /// Reads `DATABASE_URL` alone from the environment of this process.
    ///
    /// # Errors
    /// [`ConfigError`], as [`Config::database_from_lookup`].
    pub fn database_from_env() -> Result<SecretString, ConfigError> {
        Self::database_from_lookup(&variable, &|path| std::fs::read_to_string(path))
    }
}

/// An empty variable is as good as none: that is how many tools unset one.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn without_slash(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn seconds(number: u32) -> time::Duration {
    time::Duration::seconds(number.into())
}
