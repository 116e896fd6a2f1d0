use crate::count::{self, Total};
use crate::filler::saturated;
use crate::{Encoding, Reference};
use serde::Serialize;

/// Most parts a concatenation header can count (TS 23.040, 9.2.3.24.1: one octet).
///
/// Providers allow fewer; what more parts mean is for the caller to decide.
pub const MAX_PARTS: u32 = 255;

/// What a text costs, without the detail of [`Segmentation`](crate::Segmentation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// How the text is coded.
    pub encoding: Encoding,
    /// Septets or UTF-16 code units of the whole text.
    pub units: u32,
    /// Parts it is sent and billed as; at least 1.
    pub count: u32,
}

/// Measures `text` with the usual 8-bit reference; allocates nothing.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Encoding, measure};
///
/// let brackets = measure(&"]".repeat(153));
/// assert_eq!((brackets.encoding, brackets.units, brackets.count), (Encoding::Gsm7, 306, 3));
/// assert_eq!(measure("").count, 1);
/// ```
pub fn measure(text: &str) -> Measure {
    measure_with(text, Reference::EightBit)
}

/// Measures `text` for parts tied together by `reference`; allocates nothing.
///
/// Reads the text once, and once more only if it has several parts and characters of two units, whose
/// pairs may not be cut.
pub fn measure_with(text: &str, reference: Reference) -> Measure {
    match count::gsm7(text) {
        Some(total) => told(text, Encoding::Gsm7, reference, total, count::gsm7_cost),
        None => told(
            text,
            Encoding::Ucs2,
            reference,
            count::ucs2(text),
            count::ucs2_cost,
        ),
    }
}

fn told(
    text: &str,
    encoding: Encoding,
    reference: Reference,
    total: Total,
    cost: impl Fn(u8) -> u8,
) -> Measure {
    let capacities = (
        encoding.single_capacity(),
        encoding.part_capacity(reference),
    );
    Measure {
        encoding,
        units: saturated(total.units),
        count: saturated(total.parts(text, capacities, cost)),
    }
}
