//! Amazon SES, by version 2 of its API.

mod client;
mod connect;
mod credentials;
mod descriptor;
mod errors;
mod event;
mod find;
mod provider;
mod send;
mod wire;

pub use descriptor::DESCRIPTOR;
pub use errors::ERRORS;
pub use provider::Ses;
