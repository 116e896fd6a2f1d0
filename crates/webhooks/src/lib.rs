#![doc = include_str!("../README.md")]

mod client;
mod public;
mod resolver;

pub use client::{Caller, NoClient, Reach};
pub use public::is_public;
