#![doc = include_str!("../README.md")]

mod address;
mod callback;
mod failure;
mod sid;
mod signature;
mod status;

pub use address::{Addressed, WHATSAPP, address, read_address};
pub use callback::{TwilioForm, service_of};
pub use failure::{Failure, failure, of_gate, of_provider};
pub use sid::{
    account_sid, is_content_sid, is_service_sid, key_sid, message_of, message_sid, tenant_of,
};
pub use signature::signature;
pub use status::MessageStatus;

/// The version of Twilio's API that is spoken.
pub const API_VERSION: &str = "2010-04-01";
