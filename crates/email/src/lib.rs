#![doc = include_str!("../README.md")]

mod address;
mod identity;
mod letter;
pub mod ses;
pub mod smtp;
mod unsubscribe;
mod words;

pub use unsubscribe::{KeyTooShort, UnsubscribeKey};
