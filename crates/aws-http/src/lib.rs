#![doc = include_str!("../README.md")]

mod escape;
mod keys;
mod request;
mod signature;
mod sns;
#[cfg(feature = "testing")]
pub mod testing;

pub use escape::{escape, form, unescape};
pub use keys::{Keys, Scope};
pub use request::{Signed, Unsigned};
pub use sns::{FetchError, HttpSource, SnsKind, SnsMessage, SnsSource, SnsVerifier};
