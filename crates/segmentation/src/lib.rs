#![doc = include_str!("../README.md")]

mod alphabet;
mod coding;
mod count;
mod encoding;
mod filler;
mod forced;
mod header;
#[cfg(test)]
mod laws;
mod measure;
mod segmentation;
mod septets;
mod smart;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod substitutes;
mod tables;
mod user_data;

pub use coding::{Choice, Coding, choose, measure_as, parts_as};
pub use encoding::{Encoding, Reference};
pub use forced::Forced;
pub use header::{Concatenation, MessageReference};
pub use measure::{MAX_PARTS, Measure, measure, measure_with};
pub use segmentation::{Part, Segmentation, segment, segment_with};
pub use septets::{FillBits, Unencodable, from_septets, pack_septets, to_septets, unpack_septets};
pub use smart::{SmartEncoding, Substitution, smart_encode};
pub use tables::{Language, NoLockingTable, Tables};
pub use user_data::{PackError, Received, UnpackError, UserData, pack};
