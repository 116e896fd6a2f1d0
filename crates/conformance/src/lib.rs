#![doc = include_str!("../README.md")]
#![expect(
    clippy::missing_panics_doc,
    reason = "every suite panics with the broken sentence; that is how it fails a test"
)]

mod accounts;
mod all;
mod change;
mod consent_ledger;
mod contacts;
mod dispatch;
mod erasure;
mod fact_store;
pub mod fixtures;
mod idempotency;
mod inbox;
mod messages;
mod pages;
mod receipts;
mod sendable;
mod settlement;
mod stores;
mod template_library;
mod tenants;
mod world;

pub use accounts::accounts;
pub use all::all;
pub use consent_ledger::consent_ledger;
pub use contacts::contacts;
pub use dispatch::dispatch;
pub use fact_store::fact_store;
pub use idempotency::idempotency;
pub use inbox::inbox;
pub use messages::messages;
pub use sendable::{attempt_id, sendable};
pub use stores::Stores;
pub use template_library::template_library;
pub use tenants::tenants;
