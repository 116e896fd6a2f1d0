use crate::plant::MOST_CONTACTS;
use clap::{Parser, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// Measures the dispatch engine, part by part, beside raw baselines.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask bench dispatch")]
pub(crate) struct Options {
    /// What to measure; everything when left out.
    pub(crate) sections: Vec<Section>,
    /// Rounds, of which the medians are printed.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: Option<u32>,
    /// A small form that shows that everything works; its figures mean nothing.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Messages that the worker claims at once, and the raw baseline with it; the worker's default when
    /// left out.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) batch: Option<u16>,
    /// Rows of the large database in `flatness`: 10000000 needs 30 GB and half an hour.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    deep: Option<u32>,
    /// Marketing messages that wait in `urgency`, and rows in `queue`.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    backlog: Option<u32>,
    /// Tenants that share it.
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=200))]
    tenants: Option<u32>,
    /// Also tell what limits the figures that are met.
    #[arg(long)]
    pub(crate) statements: bool,
    /// Worker processes, where the worker is a process.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub(crate) workers: u32,
    /// A server that may be used; `cargo xtask bench` sets it.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, hide = true)]
    pub(crate) database_url: String,
    /// Where the programs are; `cargo xtask bench` sets it.
    #[arg(long, env = "TIDINGS_BIN_DIR", hide = true)]
    pub(crate) programs: PathBuf,
    /// Serve the bare endpoint here instead; for the program itself.
    #[arg(long, hide = true)]
    pub(crate) bare: Option<SocketAddr>,
    /// With how many connections to the database.
    #[arg(long, hide = true, default_value_t = 16)]
    pub(crate) bare_connections: u32,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A part of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    /// Claiming and completing alone, and the time from enqueuing to the start.
    Queue,
    /// The whole pipeline with the provider in the process.
    Pipeline,
    /// The whole pipeline over HTTP.
    Http,
    /// Taking in single messages.
    Accept,
    /// Taking in many messages with one request.
    Bulk,
    /// Callbacks: acknowledged and applied.
    Receipts,
    /// What a message costs in a small and a large database.
    Flatness,
    /// What is urgent, and shares of tenants, while a million messages wait.
    Urgency,
}

impl Section {
    /// Its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Pipeline => "pipeline",
            Self::Http => "http",
            Self::Accept => "accept",
            Self::Bulk => "bulk",
            Self::Receipts => "receipts",
            Self::Flatness => "flatness",
            Self::Urgency => "urgency",
        }
    }
}

impl Options {
    /// What to measure.
    pub(crate) fn wanted(&self) -> &[Section] {
        if self.sections.is_empty() {
            Section::value_variants()
        } else {
            &self.sections
        }
    }

    /// How often.
    pub(crate) fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 1 } else { 3 })
    }

    /// How much of everything.
    pub(crate) fn sizes(&self) -> Sizes {
        let usual = if self.quick { QUICK } else { FULL };
        Sizes {
            deep: self.deep.unwrap_or(usual.deep),
            waiting: self.backlog.unwrap_or(usual.waiting),
            backlog: self.backlog.unwrap_or(usual.backlog),
            tenants: self.tenants.unwrap_or(usual.tenants),
            ..usual
        }
    }
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Rows that wait while the queue is measured,
    pub(crate) waiting: u32,
    /// of which so many are claimed and completed in a round.
    pub(crate) claimed: u32,
    /// Messages that are enqueued into an idle queue.
    pub(crate) idle: u32,
    /// Messages in a round of the pipeline with the provider in the process.
    pub(crate) pipeline: u32,
    /// Messages in a round of the pipeline over HTTP.
    pub(crate) http: u32,
    /// Connections that post.
    pub(crate) connections: u32,
    /// Messages in a round of taking in single ones.
    pub(crate) accept: u32,
    /// Recipients in one request.
    pub(crate) bulk: u32,
    /// Callbacks in a round.
    pub(crate) receipts: u32,
    /// Rows of the small database,
    pub(crate) shallow: u32,
    /// and of the large one.
    pub(crate) deep: u32,
    /// Marketing messages that wait,
    pub(crate) backlog: u32,
    /// of so many tenants.
    pub(crate) tenants: u32,
    /// Urgent messages of each kind, ten a second.
    pub(crate) urgent: u32,
    /// Contacts of a tenant, where it is alone.
    pub(crate) contacts: u32,
}

impl Sizes {
    /// Contacts of each tenant of marketing: nobody gets more than three offers a day.
    pub(crate) fn audience(&self) -> u32 {
        (self.backlog / self.tenants / 3 + 1).min(MOST_CONTACTS)
    }
}

const FULL: Sizes = Sizes {
    waiting: 1_000_000,
    claimed: 200_000,
    idle: 300,
    pipeline: 60_000,
    http: 20_000,
    connections: 64,
    accept: 20_000,
    bulk: 100_000,
    receipts: 20_000,
    shallow: 10_000,
    deep: 1_000_000,
    backlog: 1_000_000,
    tenants: 50,
    urgent: 300,
    contacts: 400,
};

const QUICK: Sizes = Sizes {
    waiting: 1_500,
    claimed: 1_000,
    idle: 5,
    pipeline: 300,
    http: 200,
    connections: 4,
    accept: 100,
    bulk: 200,
    receipts: 100,
    shallow: 100,
    deep: 1_000,
    backlog: 1_000,
    tenants: 3,
    urgent: 3,
    contacts: 20,
};
