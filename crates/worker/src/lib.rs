#![doc = include_str!("../README.md")]

mod automations;
mod callbacks;
mod calls;
mod dispatch;
mod errands;
mod events;
mod health;
mod housekeeping;
mod ladders;
mod media;
mod notify;
mod observe;
mod places;
mod questions;
mod receipts;
mod settings;
mod settling;
mod switches;
mod syncs;
mod watch;
mod webhooks;
mod worker;

pub use observe::Metered;
pub use settings::Settings;
pub use worker::Worker;
