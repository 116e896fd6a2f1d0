#![doc = include_str!("../README.md")]

mod backoff;
mod candidate;
mod choice;
mod class;
mod error_table;
mod health;
mod lots;
mod pace;
mod policy;
mod vitals;

pub use backoff::Backoff;
pub use candidate::{Candidate, Condition, Need, Objection};
pub use choice::{Choice, Considered, choose};
pub use class::{Class, NextStep, UnknownClass};
pub use error_table::{Certainty, ErrorEntry, ErrorTable, ProviderError};
pub use health::{Circuit, Health, Others, Seen};
pub use pace::{LATENESS, Limit, Pace, reserve};
pub use policy::{AccountWeight, Policy, Rule, Strategy};
pub use vitals::{Calls, Vitals, WHOLE};
