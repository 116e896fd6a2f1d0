#![doc = include_str!("../README.md")]

mod backoff;
mod candidate;
mod class;
mod error_table;

pub use backoff::Backoff;
pub use candidate::{Candidate, Choice, Considered, Need, Objection, choose};
pub use class::{Class, NextStep, UnknownClass};
pub use error_table::{ErrorEntry, ErrorTable, ProviderError};
