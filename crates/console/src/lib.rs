#![doc = include_str!("../README.md")]

mod answer;
mod assets;
mod console;
mod ctx;
mod door;
mod failure;
mod form;
mod keep;
mod layout;
mod limiter;
mod live;
mod multipart;
mod pages;
mod password;
mod problems;
mod router;
mod routes;
#[cfg(test)]
mod tests;
mod token;
mod widgets;
mod words;

pub use console::{Console, ConsoleConfig, Randomness};
pub use live::{Heard, Live, LiveError};
pub use password::{Cost, WeakPassword, check_password, hash_password};
pub use router::router;
pub use routes::routes;
