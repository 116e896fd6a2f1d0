#![doc = include_str!("../README.md")]

mod envelope;
mod key_ring;
mod links;
mod vault;

pub use key_ring::{KeyRing, KeyRingError};
