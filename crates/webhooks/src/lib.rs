#![doc = include_str!("../README.md")]

mod client;
mod resolver;
mod standard;

pub use client::{Caller, NoClient};
pub use standard::StandardForm;
pub use tidings_messaging::{WebhookReach as Reach, is_public};
