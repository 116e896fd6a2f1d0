#![doc = include_str!("../README.md")]

mod absences;
mod accounts;
mod auth_tokens;
mod automations;
mod batches;
mod callback_log;
mod consent_ledger;
mod contacts;
mod conversations;
mod convert;
mod dispatch;
mod event_log;
mod fact_store;
mod gather;
mod gathers;
mod healths;
mod idempotency;
mod inbox;
mod ladders;
mod lanes;
mod listings;
mod marketing;
mod media;
mod members;
mod messages;
mod migrate;
mod notices;
mod operations;
mod paces;
mod pool;
mod progress;
mod ratings;
mod read_receipts;
mod sources;
mod status_webhooks;
mod templates;
mod tenants;
#[cfg(feature = "test-db")]
pub mod test_db;
mod transaction;
mod upkeeps;
mod usage;
mod webhook_endpoints;

pub use dispatch::Entry;
pub use migrate::{MigrationState, migrate, migration_state};
pub use pool::{ConnectError, Postgres, Role};
