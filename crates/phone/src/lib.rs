#![doc = include_str!("../README.md")]

mod parse;

pub use parse::{FictitiousNumbers, NumberKind, ParsedPhone, parse, region_of};
