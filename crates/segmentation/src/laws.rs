//! The laws of segmentation, to run over an implementation of your own.
//!
//! Each law takes the implementation as closures and an input, and answers with the [`Violation`]
//! when the implementation breaks it. S1 to S11 are the laws of SMS texts; S12 and S13 are about
//! national tables and fixes. The [`strategies`](crate::strategies) generate inputs.
//!
//! # Examples
//! ```
//! use tidings_segmentation::{Measure, Reference, laws, measure_with};
//!
//! // What other calculators do: divide, as if a pair could be cut.
//! let naive = |text: &str, reference: Reference| {
//!     let measure = measure_with(text, reference);
//!     let count = measure.units.div_ceil(measure.encoding.part_capacity(reference));
//!     Measure { count, ..measure }
//! };
//! let broken = laws::a_wider_reference_never_saves_a_part(naive, "fine so far");
//! assert_eq!(broken, Ok(()));
//! let broken = laws::count_is_exact(naive, &"]".repeat(153), Reference::EightBit);
//! assert!(broken.is_err_and(|violation| violation.law == "S2"));
//! ```

mod encoding;
mod graphemes;
mod merging;
mod national;
mod packing;
mod parts;
mod smart;
#[cfg(test)]
mod tests;
mod violation;

pub use encoding::{a_longer_text_never_needs_fewer_parts, one_character_decides_the_encoding};
pub use graphemes::whole_clusters_never_save_a_part;
pub use merging::{a_longer_value_never_saves_a_part, bounds_hold};
pub use national::national_tables_are_used_only_to_save_parts;
pub use packing::{parts_are_read_back, septets_are_read_back};
pub use parts::{
    a_wider_reference_never_saves_a_part, count_is_bounded_by_division, count_is_exact,
    each_part_stands_alone, parts_are_full_but_never_overfull, parts_cover_the_text,
};
pub use smart::{a_fix_is_complete, smart_encoding_is_all_or_nothing};
pub use violation::Violation;
