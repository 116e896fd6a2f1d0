#![doc = include_str!("../README.md")]

pub mod gate;
pub mod ledger;
pub mod templates;
pub mod texts;
