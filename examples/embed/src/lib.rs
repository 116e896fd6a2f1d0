#![doc = include_str!("../README.md")]

mod book;
mod day;
mod offer;
mod permission;
mod reminder;
mod zones;

pub use book::{Act, Book, Line, Topic};
pub use day::{Appointment, Patient, appointments};
pub use offer::{Offer, Offers};
pub use permission::Permission;
pub use reminder::{Decision, Reminders, Unusable};
pub use zones::{ZonesError, install_zones};
