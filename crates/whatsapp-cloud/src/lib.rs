#![doc = include_str!("../README.md")]

mod callback;
mod client;
mod credentials;
mod errors;
mod provider;
mod send;
mod signature;
mod wire;

pub use client::{BASE_URL, DEFAULT_VERSION};
pub use errors::ERRORS;
pub use provider::{NAME, WhatsappCloud};
