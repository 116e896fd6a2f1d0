#![doc = include_str!("../README.md")]

mod callbacks;
mod dispatch;
mod housekeeping;
mod questions;
mod settings;
mod settling;
mod worker;

pub use settings::Settings;
pub use worker::Worker;
