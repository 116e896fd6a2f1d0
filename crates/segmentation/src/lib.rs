#![doc = include_str!("../README.md")]

mod alphabet;
mod coding;
mod count;
mod encoding;
mod filler;
mod forced;
#[cfg(test)]
mod laws;
mod measure;
mod segmentation;
mod smart;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod substitutes;
mod tables;

pub use coding::{Choice, Coding, choose, measure_as, parts_as};
pub use encoding::{Encoding, Reference};
pub use forced::Forced;
pub use measure::{MAX_PARTS, Measure, measure, measure_with};
pub use segmentation::{Part, Segmentation, segment, segment_with};
pub use smart::{SmartEncoding, Substitution, smart_encode};
pub use tables::{Language, NoLockingTable, Tables};
