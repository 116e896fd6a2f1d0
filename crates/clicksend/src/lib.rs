#![doc = include_str!("../README.md")]

mod callback;
mod client;
mod connect;
mod credentials;
mod descriptor;
mod dialect;
mod errors;
mod find;
mod gateway;
mod number;
mod provider;
mod send;
mod wire;

pub use descriptor::DESCRIPTOR;
pub use errors::ERRORS;
pub use provider::ClickSend;
