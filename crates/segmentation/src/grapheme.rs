use crate::filler::Filler;
use crate::{Encoding, Part, Reference, Segmentation, segment_with};
use serde::Serialize;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// A text cut between grapheme clusters, and what that costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphemeSegmentation {
    /// The parts. Counts and units are those of this way of cutting.
    pub segmentation: Segmentation,
    /// Parts when only pairs are kept whole, the least that the standard allows.
    pub least: u32,
    /// Clusters larger than a part, in bytes of the text; these alone are cut.
    pub broken: Vec<Range<usize>>,
}

impl GraphemeSegmentation {
    /// Parts more than the standard requires; most providers cut for themselves and bill the least.
    pub const fn extra(&self) -> u32 {
        self.segmentation.count.saturating_sub(self.least)
    }
}

/// Segments `text` without cutting an emoji, a letter from its marks or a CR LF (the extended
/// grapheme clusters of UAX #29).
///
/// For channels where the sender cuts the text itself. A cluster that fits in no part is cut
/// between characters like any text. A text of one part is the same as with
/// [`segment_with`].
///
/// # Examples
/// ```
/// use tidings_segmentation::{Reference, segment_graphemes};
///
/// let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}"; // eight units
/// let whole = segment_graphemes(&family.repeat(9), Reference::EightBit);
/// assert_eq!(whole.segmentation.parts[0].units, 64); // 67 would cut the ninth
/// assert_eq!(whole.extra(), 0);
///
/// let text = format!("{}{family}{}", "a".repeat(62), "a".repeat(64));
/// assert_eq!(segment_graphemes(&text, Reference::EightBit).extra(), 1);
/// ```
pub fn segment_graphemes(text: &str, reference: Reference) -> GraphemeSegmentation {
    let mut segmentation = segment_with(text, reference);
    let least = segmentation.count;
    let mut broken = Vec::new();
    if least > 1 {
        let (parts, clusters) = cut(text, segmentation.encoding, reference);
        segmentation.count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        segmentation.parts = parts;
        broken = clusters;
    }
    GraphemeSegmentation {
        segmentation,
        least,
        broken,
    }
}

fn cut(text: &str, encoding: Encoding, reference: Reference) -> (Vec<Part>, Vec<Range<usize>>) {
    let capacity = encoding.part_capacity(reference);
    let mut filler = Filler::new(encoding.single_capacity(), capacity);
    let (mut parts, mut broken, mut start) = (Vec::new(), Vec::new(), 0);
    let mut add = |at: usize, units: u32| {
        if let Some(units) = filler.push(units) {
            parts.push(Part {
                range: start..at,
                units,
            });
            start = at;
        }
    };
    // Every character has a cost in the encoding that was chosen for the text.
    let cost = |character| encoding.units_of(character).unwrap_or_default();
    for (offset, cluster) in text.grapheme_indices(true) {
        let units = cluster.chars().map(cost).fold(0_u32, u32::saturating_add);
        if units <= capacity {
            add(offset, units);
            continue;
        }
        broken.push(offset..offset + cluster.len());
        for (inside, character) in cluster.char_indices() {
            add(offset + inside, cost(character));
        }
    }
    parts.push(Part {
        range: start..text.len(),
        units: filler.open(),
    });
    (parts, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";

    fn units(text: &str) -> Vec<u32> {
        let whole = segment_graphemes(text, Reference::EightBit);
        let parts = &whole.segmentation.parts;
        assert_eq!(whole.segmentation.count as usize, parts.len());
        parts.iter().map(|part| part.units).collect()
    }

    /// The lines of the worked examples where keeping clusters whole makes a difference.
    #[test]
    fn clusters_stay_whole_where_implementations_differ() {
        assert_eq!(units(&"e\u{301}".repeat(70)), [66, 66, 8]); // 34
        assert_eq!(units(&FAMILY.repeat(9)), [64, 8]); // 62
        let around = |before, after| format!("{}{FAMILY}{}", "a".repeat(before), "a".repeat(after));
        assert_eq!(units(&around(60, 60)), [60, 67, 1]); // 63: one part more
        assert_eq!(units(&around(62, 64)), [62, 67, 5]); // 64: one part more
    }

    #[test]
    fn a_cluster_larger_than_a_part_is_cut_between_characters() {
        let huge = format!("e{}", "\u{301}".repeat(70));
        let whole = segment_graphemes(&huge, Reference::EightBit);
        assert_eq!(units(&huge), [67, 4]);
        assert_eq!(whole.broken, vec![0..huge.len()]);
        assert_eq!(whole.extra(), 0);
        let flag = "\u{1F1E9}\u{1F1EA}";
        assert!(
            segment_graphemes(&flag.repeat(40), Reference::EightBit)
                .broken
                .is_empty()
        );
    }

    #[test]
    fn a_line_end_is_not_cut() {
        let text = format!("{}\r\n{}", "a".repeat(152), "a".repeat(20));
        assert_eq!(units(&text), [152, 22]);
    }

    #[test]
    fn a_text_of_one_part_is_as_ever() {
        let whole = segment_graphemes(&"e\u{301}".repeat(35), Reference::EightBit);
        assert_eq!(whole.segmentation.parts.len(), 1);
        assert_eq!(whole.extra(), 0);
    }
}
