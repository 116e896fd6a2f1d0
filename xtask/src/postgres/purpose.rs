//! What a cluster is for.

/// What a cluster is for: each purpose has its own data and its own promise of durability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `cargo xtask dev`: survives a crash of the machine.
    Development,
    /// `cargo xtask test` and `sqlx`: fast, and worth nothing after a crash.
    Tests,
    /// `cargo xtask bench`: as durable as production.
    Benchmarks,
    /// `cargo xtask chaos`: made to crash while it is used.
    Chaos,
}

impl Purpose {
    /// Every purpose.
    pub(crate) const ALL: [Self; 4] = [
        Self::Development,
        Self::Tests,
        Self::Benchmarks,
        Self::Chaos,
    ];

    /// The purpose that a developer calls `word`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word)
    }

    /// What a developer calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Development => "dev",
            Self::Tests => "test",
            Self::Benchmarks => "bench",
            Self::Chaos => "chaos",
        }
    }

    /// The name of its files under `.tidings`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Development => "pg",
            Self::Tests => "pg-test",
            Self::Benchmarks => "pg-bench",
            Self::Chaos => "pg-chaos",
        }
    }

    /// The environment variable that fixes its port.
    pub(crate) fn port_variable(self) -> &'static str {
        match self {
            Self::Development => "TIDINGS_PG_PORT",
            Self::Tests => "TIDINGS_PG_TEST_PORT",
            Self::Benchmarks => "TIDINGS_PG_BENCH_PORT",
            Self::Chaos => "TIDINGS_PG_CHAOS_PORT",
        }
    }

    /// Keeps the ports of one checkout's clusters apart.
    pub(crate) fn port_offset(self) -> u64 {
        match self {
            Self::Development => 0,
            Self::Tests => 1,
            Self::Benchmarks => 2,
            Self::Chaos => 3,
        }
    }

    /// Server settings that say what a commit is worth.
    pub(crate) fn durability(self) -> &'static str {
        match self {
            Self::Development | Self::Benchmarks => "",
            // The server crashes and not the machine, so what it has written is safe without a flush; but
            // it has to be written before a commit is answered.
            Self::Chaos => "fsync = off\n",
            Self::Tests => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
        }
    }
}
