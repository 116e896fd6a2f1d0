#![doc = include_str!("../README.md")]

mod callback;
mod client;
mod connect;
mod credentials;
mod delivery_log;
mod descriptor;
mod dialect;
mod endpoints;
mod errors;
mod event;
mod media;
mod provider;
mod send;
mod wire;
mod xml;

pub use descriptor::DESCRIPTOR;
pub use endpoints::Endpoints;
pub use errors::ERRORS;
pub use provider::AwsSns;
