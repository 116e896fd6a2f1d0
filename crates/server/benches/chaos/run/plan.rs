use crate::Outcome;
use std::{env, path::PathBuf, time::Duration};

/// How many workers run.
pub(crate) const WORKERS: usize = 2;
/// How many APIs run.
pub(crate) const APIS: usize = 2;

/// A run, before it begins.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// What everything random follows from.
    pub(crate) seed: u64,
    /// Messages in all.
    pub(crate) messages: u32,
    /// Faults in all.
    pub(crate) faults: u32,
    /// A word in the names of the only kinds of faults that are wanted.
    pub(crate) only: Option<String>,
    /// Requests at the same time.
    pub(crate) connections: usize,
    /// Messages that are posted in a second at most.
    pub(crate) per_second: u32,
    /// How long messages and faults may take.
    pub(crate) load_within: Duration,
    /// How long it may take afterwards until nothing moves any more.
    pub(crate) rest_within: Duration,
    /// Where the numbers of each tenant's contacts are.
    pub(crate) areas: Vec<Vec<u32>>,
    /// How many numbers of each area there are.
    pub(crate) numbers: u32,
    /// How patient the programs are.
    pub(crate) pace: Pace,
    /// Where the programs are.
    pub(crate) surroundings: Surroundings,
    /// Where the journal is kept, beside standard output.
    pub(crate) log: Option<PathBuf>,
}

/// How patient the programs are, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// With a provider that does not answer.
    pub(crate) provider_timeout: u32,
    /// With a worker that holds a message.
    pub(crate) lease: u32,
    /// Before a provider is asked about an unknown outcome.
    pub(crate) ask_unknown: u32,
    /// Before a provider is asked about a receipt, the first time and again.
    pub(crate) ask_receipt: u32,
    /// With an unknown outcome, at most.
    pub(crate) unknown: u32,
    /// With a request that may have died with its API.
    pub(crate) take_over: u32,
}

impl Pace {
    /// For how long a claim holds.
    pub(crate) fn lease(self) -> Duration {
        Duration::from_secs(self.lease.into())
    }

    /// The settings that say so.
    pub(crate) fn settings(self) -> [(&'static str, String); 7] {
        [
            ("TIDINGS_PROVIDER_TIMEOUT_SECONDS", self.provider_timeout),
            ("TIDINGS_WORKER_LEASE_SECONDS", self.lease),
            ("TIDINGS_WORKER_ASK_UNKNOWN_SECONDS", self.ask_unknown),
            ("TIDINGS_WORKER_ASK_RECEIPT_SECONDS", self.ask_receipt),
            ("TIDINGS_WORKER_ASK_AGAIN_SECONDS", self.ask_receipt),
            ("TIDINGS_WORKER_UNKNOWN_SECONDS", self.unknown),
            ("TIDINGS_IDEMPOTENCY_TAKE_OVER_SECONDS", self.take_over),
        ]
        .map(|(name, seconds)| (name, seconds.to_string()))
    }
}

/// What `cargo xtask` has prepared.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    /// A server that may crash.
    pub(crate) database_url: String,
    /// The program that makes it crash.
    pub(crate) xtask: PathBuf,
    /// Where the programs are.
    pub(crate) programs: PathBuf,
}

impl Surroundings {
    /// Reads what `cargo xtask` has told.
    pub(crate) fn from_environment() -> Outcome<Self> {
        let told = |name| {
            let hint = "start it with `cargo xtask chaos` or `cargo xtask test`";
            env::var(name).map_err(|_| format!("{name} is not set: {hint}"))
        };
        Ok(Self {
            database_url: told("CHAOS_DATABASE_URL")?,
            xtask: told("CHAOS_XTASK")?.into(),
            programs: told("TIDINGS_BIN_DIR")?.into(),
        })
    }
}
