#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod credentials;
mod dialect;
mod jwt;
mod manage;
mod secret;
mod unknown;
mod words;

pub use answer::{Answer, CallError};
pub use api::{Api, CALL_TIMEOUT, DownloadError};
pub use credentials::{CredentialProblem, optional, required};
pub use dialect::{Dialect, Read, Reason};
pub use jwt::{NotSigned, verify_hs, verify_hs256};
pub use manage::Effect;
pub use secret::{hex, hmac_sha256, is_same, sha256_hex, unhex};
pub use unknown::note_unknown;
pub use words::without_numbers;
