#![doc = include_str!("../README.md")]

mod account;
mod callback;
mod chat;
mod connect;
mod credentials;
mod descriptor;
mod errors;
mod graph;
mod media;
mod node;
mod provider;
mod send;
mod signature;
mod templates;
mod wire;

pub use descriptor::{DESCRIPTOR, NAME};
pub use errors::ERRORS;
pub use graph::{BASE_URL, DEFAULT_VERSION};
pub use provider::WhatsappCloud;
