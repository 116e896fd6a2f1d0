#![doc = include_str!("../README.md")]

mod accounts;
mod consent_ledger;
mod contacts;
mod convert;
mod dispatch;
mod fact_store;
mod idempotency;
mod inbox;
mod marketing;
mod messages;
mod migrate;
mod pool;
mod progress;
mod sources;
mod templates;
mod tenants;
#[cfg(feature = "test-db")]
pub mod test_db;
mod transaction;

pub use migrate::{MigrationState, migrate, migration_state};
pub use pool::{ConnectError, Postgres, Role};
