#![doc = include_str!("../README.md")]

mod channel;
mod clock;
mod id;
mod locale;
mod money;
mod phone;
mod purpose;
mod region;
mod store_error;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;

pub use channel::{Channel, UnknownChannel};
pub use clock::{Clock, to_micros};
pub use id::*;
pub use locale::{InvalidLocale, Locale};
pub use money::{Currency, Money, MoneyError};
pub use phone::{PhoneError, PhoneNumber};
pub use purpose::{Purpose, UnknownPurpose};
pub use region::{InvalidRegion, Region};
pub use store_error::{BoxError, StoreError};
