#![doc = include_str!("../README.md")]

mod alphabet;
mod bounds;
mod coding;
#[cfg(feature = "cost")]
mod cost;
mod count;
mod encoding;
mod filler;
mod fix;
mod forced;
#[cfg(feature = "graphemes")]
mod grapheme;
mod header;
#[cfg(any(test, feature = "strategies"))]
pub mod laws;
mod letters;
mod measure;
mod segmentation;
mod septets;
mod smart;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod substitutes;
mod tables;
mod user_data;

pub use bounds::{Bounds, Class, Piece, Slot, bounds, bounds_with};
pub use coding::{Choice, Coding, choose, measure_as, parts_as};
#[cfg(feature = "cost")]
pub use cost::{
    Billing, CallingPrefix, CostError, Delivery, Destination, InvalidPrefix, PriceRow, PriceTable,
    PriceTableError, Totals,
};
pub use encoding::{Encoding, Reference};
pub use fix::{Fix, Fixed, fix, fix_with};
pub use forced::Forced;
#[cfg(feature = "graphemes")]
pub use grapheme::{GraphemeSegmentation, segment_graphemes};
pub use header::{Concatenation, MessageReference};
pub use measure::{MAX_PARTS, Measure, measure, measure_with};
pub use segmentation::{Part, Segmentation, segment, segment_with};
pub use septets::{FillBits, Unencodable, from_septets, pack_septets, to_septets, unpack_septets};
pub use smart::{SmartEncoding, Substitution, smart_encode};
pub use tables::{Language, NoLockingTable, Tables};
pub use user_data::{PackError, Received, UnpackError, UserData, pack};
