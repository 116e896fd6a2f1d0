use crate::{Encoding, Reference, alphabet};
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
pub fn measure_with(text: &str, reference: Reference) -> Measure {
    let mut gsm7 = Filler::new(Encoding::Gsm7.part_capacity(reference));
    let mut ucs2 = Filler::new(Encoding::Ucs2.part_capacity(reference));
    let mut is_gsm7 = true;
    for character in text.chars() {
        if is_gsm7 {
            match alphabet::septets(character) {
                Some(cost) => {
                    gsm7.push(cost);
                }
                None => is_gsm7 = false,
            }
        }
        ucs2.push(if character as u32 > 0xFFFF { 2 } else { 1 });
    }
    let (encoding, filler) = if is_gsm7 {
        (Encoding::Gsm7, gsm7)
    } else {
        (Encoding::Ucs2, ucs2)
    };
    let count = if filler.total <= encoding.single_capacity() {
        1
    } else {
        filler.parts
    };
    Measure {
        encoding,
        units: filler.total,
        count,
    }
}

/// Fills parts from the left; a character that does not fit starts the next part whole.
///
/// Taking the longest prefix each time is optimal for characters in a fixed order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filler {
    capacity: u32,
    parts: u32,
    fill: u32,
    total: u32,
}

impl Filler {
    pub(crate) const fn new(capacity: u32) -> Self {
        Self {
            capacity,
            parts: 1,
            fill: 0,
            total: 0,
        }
    }

    /// Adds a character of `cost` units; `Some` is what the part held that had to be closed for it.
    pub(crate) fn push(&mut self, cost: u32) -> Option<u32> {
        self.total = self.total.saturating_add(cost);
        if self.fill + cost <= self.capacity {
            self.fill += cost;
            return None;
        }
        self.parts = self.parts.saturating_add(1);
        Some(std::mem::replace(&mut self.fill, cost))
    }

    /// Units in the part that is still open.
    pub(crate) const fn open(&self) -> u32 {
        self.fill
    }
}
