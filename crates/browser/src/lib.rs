#![doc = include_str!("../README.md")]

mod audit;
mod browser;
mod connection;
mod error;
mod keys;
mod load;
mod page;
mod portrait;
mod screen;

pub use audit::Finding;
pub use browser::Browser;
pub use error::BrowserError;
pub use load::Load;
pub use page::Page;
pub use portrait::Portrait;
pub use screen::{Colors, Screen};
