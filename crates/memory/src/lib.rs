#![doc = include_str!("../README.md")]

mod accounts;
mod auth_tokens;
mod batches;
mod callbacks;
mod claims;
mod clock;
mod consent;
mod contacts;
mod dispatch;
mod erasure;
mod event_log;
mod facts;
mod healths;
mod idempotency;
mod ids;
mod inbox;
mod ladders;
mod members;
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
mod webhook_endpoints;

pub use clock::ManualClock;
pub use ids::SequentialIds;
pub use memory::Memory;
