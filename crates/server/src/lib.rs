#![doc = include_str!("../README.md")]

pub mod commands;
mod config;
mod database_clock;
pub mod doctor;
mod lifecycle;
mod live;
pub mod programs;
mod readiness;
pub mod seed;
mod serving;
mod shifted_clock;
mod system;
pub mod telemetry;
mod wiring;

/// Of every program that is linked with this crate.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use config::{
    Config, ConfigError, Environment, LogConfig, LogFormat, Lookup, MediaConfig, MediaPlace,
    Mistake, Outside, ReadFile, WorkerConfig, unknown_settings,
};
pub use database_clock::DatabaseClock;
pub use lifecycle::{Ending, signals, supervise};
pub use programs::RunError;
pub use readiness::{DatabaseReadiness, SchemaError, require_migrations};
pub use shifted_clock::ShiftedClock;
pub use system::{NoRandomness, SystemClock, SystemIds, SystemSecrets, jitter};
pub use telemetry::{Metrics, TelemetryError, start_log};
pub use wiring::{Adapters, WiringError, catalog, http_client};
