#![doc = include_str!("../README.md")]

mod accounts;
mod auth_tokens;
mod automations;
mod batches;
mod callbacks;
mod claims;
mod clock;
mod consent;
mod contacts;
mod conversations;
mod dispatch;
mod erasure;
mod facts;
mod healths;
mod idempotency;
mod ids;
mod inbox;
mod ladders;
mod memory;
mod messages;
mod operations;
mod outbox;
mod paces;
mod receipts;
mod settle;
mod sources;
mod status_webhooks;
mod suppressions;
mod templates;
mod tenants;
mod usage;

pub use clock::ManualClock;
pub use ids::SequentialIds;
pub use memory::Memory;
