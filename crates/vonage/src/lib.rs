#![doc = include_str!("../README.md")]

mod callback;
mod connect;
mod credentials;
mod descriptor;
mod errors;
mod find;
mod media;
mod node;
mod provider;
mod send;
mod status;
mod token;
mod wire;

pub use descriptor::DESCRIPTOR;
pub use errors::ERRORS;
pub use provider::{API_URL, REST_URL, Vonage};
