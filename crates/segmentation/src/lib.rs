#![doc = include_str!("../README.md")]

mod alphabet;
mod encoding;
mod forced;
#[cfg(test)]
mod laws;
mod measure;
mod segmentation;
mod smart;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod substitutes;

pub use encoding::{Encoding, Reference};
pub use forced::Forced;
pub use measure::{MAX_PARTS, Measure, measure, measure_with};
pub use segmentation::{Part, Segmentation, segment, segment_with};
pub use smart::{SmartEncoding, Substitution, smart_encode};
