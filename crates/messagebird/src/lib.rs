#![doc = include_str!("../README.md")]

mod access_key;
mod account;
mod addresses;
mod answer;
mod callback;
mod channels;
mod classic;
mod descriptor;
mod errors;
mod inbound_fields;
mod json;
mod media;
mod platform;
mod provider;
mod send;

pub use addresses::Addresses;
pub use descriptor::DESCRIPTOR;
pub use errors::{PLATFORM_ERRORS, REST_ERRORS, SMS_DELIVERY_ERRORS};
pub use provider::MessageBird;
