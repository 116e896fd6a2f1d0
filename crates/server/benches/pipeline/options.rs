use clap::Parser;
use std::path::PathBuf;

/// Measures the pipeline against the simulator, beside PostgreSQL alone.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask bench pipeline")]
pub(crate) struct Options {
    /// Messages in each phase of each round.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub(crate) messages: u32,
    /// Connections that post messages; the raw insert uses as many to the database.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) connections: u32,
    /// Worker processes.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub(crate) workers: u32,
    /// Rounds, of which the medians are printed.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) rounds: u32,
    /// Also list the statements that take the database's time.
    #[arg(long)]
    pub(crate) statements: bool,
    /// A server that may be used; `cargo xtask bench` sets it.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, hide = true)]
    pub(crate) database_url: String,
    /// Where the programs are; `cargo xtask bench` sets it.
    #[arg(long, env = "TIDINGS_BIN_DIR", hide = true)]
    pub(crate) programs: PathBuf,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}
