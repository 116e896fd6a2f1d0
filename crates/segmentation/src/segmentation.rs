use crate::{Encoding, Forced, Measure, Reference, count, forced, measure_with};
use serde::Serialize;
use std::ops::Range;

/// How a text is coded, cut and what makes it expensive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segmentation {
    /// How the text is coded.
    pub encoding: Encoding,
    /// Septets or UTF-16 code units of the whole text.
    pub units: u32,
    /// Parts it is sent and billed as; at least 1, the length of `parts`.
    pub count: u32,
    /// The parts in order; they cover the text without gap or overlap.
    pub parts: Vec<Part>,
    /// Characters that keep the text out of GSM-7, in order; empty exactly when it is GSM-7.
    pub forced_by: Vec<Forced>,
}

/// One billed part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Where the part lies in the text, in bytes.
    pub range: Range<usize>,
    /// Septets or UTF-16 code units of the part.
    pub units: u32,
}

impl Segmentation {
    /// The text of part `index` (from 0), cut out of the `text` that was segmented.
    ///
    /// `None` past the last part, or when `text` is too short to be the text that was segmented.
    pub fn part_text<'text>(&self, text: &'text str, index: usize) -> Option<&'text str> {
        text.get(self.parts.get(index)?.range.clone())
    }

    /// The totals alone.
    pub fn measure(&self) -> Measure {
        Measure {
            encoding: self.encoding,
            units: self.units,
            count: self.count,
        }
    }
}

/// Segments `text` with the usual 8-bit reference.
///
/// # Examples
/// ```
/// use tidings_segmentation::segment;
///
/// let text = format!("{}€{}", "a".repeat(152), "b".repeat(151));
/// let segmentation = segment(&text);
/// assert_eq!(segmentation.parts[0].units, 152); // the euro needs two units and moves on
/// assert!(segmentation.part_text(&text, 1).is_some_and(|part| part.starts_with('€')));
/// assert_eq!(segmentation.part_text(&text, 2), None);
/// ```
pub fn segment(text: &str) -> Segmentation {
    segment_with(text, Reference::EightBit)
}

/// Segments `text` for parts tied together by `reference`.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Reference, segment_with};
///
/// let text = "a".repeat(306);
/// assert_eq!(segment_with(&text, Reference::EightBit).count, 2);
/// assert_eq!(segment_with(&text, Reference::SixteenBit).count, 3);
/// ```
pub fn segment_with(text: &str, reference: Reference) -> Segmentation {
    let Measure {
        encoding,
        units,
        count,
    } = measure_with(text, reference);
    let capacity = encoding.part_capacity(reference);
    let parts = if count == 1 {
        vec![Part {
            range: 0..text.len(),
            units,
        }]
    } else {
        match encoding {
            Encoding::Gsm7 => cut(text, capacity, count::gsm7_cost),
            Encoding::Ucs2 => cut(text, capacity, count::ucs2_cost),
        }
    };
    Segmentation {
        encoding,
        units,
        count,
        parts,
        forced_by: match encoding {
            Encoding::Gsm7 => Vec::new(),
            Encoding::Ucs2 => forced::find(text).collect(),
        },
    }
}

fn cut(text: &str, capacity: u32, cost: impl Fn(u8) -> u8) -> Vec<Part> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let last = count::fill(text.as_bytes(), capacity, cost, |end, units| {
        parts.push(Part {
            range: start..end,
            units,
        });
        start = end;
    });
    parts.push(Part {
        range: start..text.len(),
        units: last,
    });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_snake_case() {
        let json = serde_json::to_value(segment("a’")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "encoding": "ucs2",
                "units": 2,
                "count": 1,
                "parts": [{"range": {"start": 0, "end": 4}, "units": 2}],
                "forced_by": [{
                    "index": 1,
                    "offset": 1,
                    "char": "’",
                    "suggestion": "'",
                    "replaces": {"start": 1, "end": 4},
                }],
            })
        );
    }

    #[test]
    fn a_foreign_text_yields_no_part_rather_than_a_panic() {
        let segmentation = segment("hello");
        assert_eq!(segmentation.part_text("hi", 0), None);
        assert_eq!(segmentation.part_text("hello", 1), None);
    }
}
