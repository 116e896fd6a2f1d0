#![doc = include_str!("../README.md")]

mod callback;
mod calls;
mod connect;
mod content;
mod credentials;
mod descriptor;
mod errors;
mod find;
mod media;
mod provider;
mod send;
mod signature;
mod status;
mod wire;

pub use content::TwilioContent;
pub use descriptor::DESCRIPTOR;
pub use errors::ERRORS;
pub use provider::Twilio;
