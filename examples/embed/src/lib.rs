#![doc = include_str!("../README.md")]

mod book;
mod day;
mod permission;
mod reminder;

pub use book::{Act, Book, Line, Topic};
pub use day::{Appointment, Patient, appointments};
pub use permission::Permission;
pub use reminder::{Decision, Reminders, Unusable};
