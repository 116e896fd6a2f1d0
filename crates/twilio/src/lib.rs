#![doc = include_str!("../README.md")]

mod callback;
mod calls;
mod connect;
mod credentials;
mod descriptor;
mod errors;
mod find;
mod provider;
mod send;
mod signature;
mod status;
mod wire;

pub use descriptor::DESCRIPTOR;
pub use errors::ERRORS;
pub use provider::Twilio;
