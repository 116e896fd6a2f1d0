#![doc = include_str!("../README.md")]

mod api;
mod auth;
mod body;
mod checks;
mod envelope;
mod error;
mod idempotency;
mod openapi;
mod page;
mod problem;
mod range;
mod rate_limit;
mod router;
mod routes;
mod spool;
mod streams;
#[cfg(test)]
mod tests;
mod wire;

pub use api::{Api, ApiConfig, Part, RateLimit, Readiness, Secrets};
pub use auth::{key_hash, new_key_text};
pub use router::{openapi, router};
pub use streams::{Heard, NotHeard, StreamLimits, Streams};
