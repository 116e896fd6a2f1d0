//! Messages that SNS posts to an address of ours.

mod certificate;
mod links;
mod message;
mod source;
mod verifier;

pub use message::{SnsKind, SnsMessage};
pub use source::{FetchError, HttpSource, SnsSource};
pub use verifier::SnsVerifier;
