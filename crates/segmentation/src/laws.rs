//! The laws of segmentation, over generated texts.

use crate::strategies::{any_char, gsm7_char, gsm7_text, text, typographic_text};
use crate::{Encoding, Reference, Segmentation, measure_with, segment, segment_with, smart_encode};
use proptest::prelude::*;

const REFERENCES: [Reference; 2] = [Reference::EightBit, Reference::SixteenBit];

fn part_texts<'text>(segmentation: &Segmentation, text: &'text str) -> Vec<&'text str> {
    (0..segmentation.parts.len())
        .filter_map(|index| segmentation.part_text(text, index))
        .collect()
}

fn units_in(text: &str, encoding: Encoding) -> u32 {
    text.chars().filter_map(|c| encoding.units_of(c)).sum()
}

proptest! {
    #[test]
    fn parts_cover_the_text_and_add_up(text in text()) {
        for reference in REFERENCES {
            let s = segment_with(&text, reference);
            prop_assert!(s.count >= 1);
            prop_assert_eq!(s.count as usize, s.parts.len());
            prop_assert_eq!(s.units, s.parts.iter().map(|part| part.units).sum::<u32>());
            let parts = part_texts(&s, &text);
            prop_assert_eq!(parts.len(), s.parts.len());
            prop_assert_eq!(parts.concat(), text.as_str());
            prop_assert_eq!(s.measure(), measure_with(&text, reference));
        }
    }

    #[test]
    fn parts_are_full_but_never_overfull(text in text()) {
        for reference in REFERENCES {
            let s = segment_with(&text, reference);
            prop_assert_eq!(s.parts.len() == 1, s.units <= s.encoding.single_capacity());
            if let [full @ .., last] = s.parts.as_slice() && !full.is_empty() {
                let capacity = s.encoding.part_capacity(reference);
                prop_assert!((1..=capacity).contains(&last.units));
                for part in full {
                    prop_assert!((capacity - 1..=capacity).contains(&part.units));
                }
            }
        }
    }

    #[test]
    fn each_part_stands_alone(text in text()) {
        for reference in REFERENCES {
            let s = segment_with(&text, reference);
            for (part, part_text) in s.parts.iter().zip(part_texts(&s, &text)) {
                // A whole number of characters, each whole: no pair is cut.
                prop_assert_eq!(part.units, units_in(part_text, s.encoding));
                if s.encoding == Encoding::Ucs2 {
                    let units: Vec<u16> = part_text.encode_utf16().collect();
                    prop_assert_eq!(part.units as usize, units.len());
                    let decoded = String::from_utf16(&units).ok();
                    prop_assert_eq!(decoded.as_deref(), Some(part_text));
                }
            }
        }
    }

    #[test]
    fn one_character_decides_the_encoding(text in text(), extra in gsm7_char(), at in any::<prop::sample::Index>()) {
        let encoding = segment(&text).encoding;
        prop_assert_eq!(
            encoding == Encoding::Gsm7,
            text.chars().all(|c| Encoding::Gsm7.units_of(c).is_some())
        );
        prop_assert_eq!(segment(&format!("{text}{extra}")).encoding, encoding);
        let chars: Vec<char> = text.chars().collect();
        if encoding == Encoding::Gsm7 && !chars.is_empty() {
            let removed = at.index(chars.len());
            let rest: String =
                chars.iter().enumerate().filter(|(i, _)| *i != removed).map(|(_, c)| *c).collect();
            prop_assert_eq!(segment(&rest).encoding, Encoding::Gsm7);
        }
    }

    #[test]
    fn a_longer_text_never_needs_fewer_parts(text in text(), suffix in text()) {
        for reference in REFERENCES {
            let whole = format!("{text}{suffix}");
            let [t, s, w] = [&text, &suffix, &whole].map(|x| measure_with(x, reference));
            if t.encoding == w.encoding {
                prop_assert!(w.count >= t.count);
                if s.encoding == t.encoding {
                    prop_assert_eq!(w.units, t.units + s.units);
                }
            }
        }
    }

    #[test]
    fn the_count_is_bounded_by_division(text in text()) {
        for reference in REFERENCES {
            let m = measure_with(&text, reference);
            if m.count > 1 {
                let capacity = m.encoding.part_capacity(reference);
                prop_assert!(m.units.div_ceil(capacity) <= m.count);
                prop_assert!(m.count <= m.units.div_ceil(capacity - 1));
            }
        }
    }

    #[test]
    fn forced_by_lists_exactly_the_characters_that_gsm7_lacks(text in text()) {
        let forced = segment(&text).forced_by;
        let lacking: Vec<(usize, char)> = text
            .chars()
            .enumerate()
            .filter(|(_, c)| Encoding::Gsm7.units_of(*c).is_none())
            .collect();
        prop_assert_eq!(forced.iter().map(|f| (f.index, f.char)).collect::<Vec<_>>(), lacking);
        for f in &forced {
            prop_assert!(text.get(f.offset..).is_some_and(|rest| rest.starts_with(f.char)));
            prop_assert!(text.get(f.replaces.clone()).is_some_and(|s| s.ends_with(f.char)));
        }
    }

    #[test]
    fn smart_encoding_is_all_or_nothing_and_idempotent(
        text in prop_oneof![text(), typographic_text(), any_char().prop_map(String::from)]
    ) {
        let smart = smart_encode(&text);
        prop_assert_eq!(&smart_encode(&smart.text).text, &smart.text);
        if Encoding::of(&smart.text) == Encoding::Ucs2 {
            prop_assert_eq!(&smart.text, &text);
        }
        prop_assert_eq!(smart.substitutions.is_empty(), smart.text == text);
        let mut replayed = text.clone();
        for s in smart.substitutions.iter().rev() {
            replayed.replace_range(s.replaces.clone(), s.to);
        }
        prop_assert_eq!(replayed, smart.text);
    }

    #[test]
    fn smart_encoding_never_needs_more_parts(text in prop_oneof![text(), typographic_text()]) {
        let smart = smart_encode(&text);
        for reference in REFERENCES {
            prop_assert!(
                measure_with(&smart.text, reference).count <= measure_with(&text, reference).count
            );
        }
    }

    #[test]
    fn typography_over_gsm7_goes_away_when_that_costs_no_part(
        text in gsm7_text(), at in any::<prop::sample::Index>()
    ) {
        // One curly quote in a GSM-7 text always pays: UCS-2 never has fewer parts here.
        let index = at.index(text.chars().count() + 1);
        let (head, tail) = text.split_at(text.char_indices().nth(index).map_or(text.len(), |(i, _)| i));
        let smart = smart_encode(&format!("{head}’{tail}"));
        prop_assert_eq!(Encoding::of(&smart.text), Encoding::Gsm7);
        prop_assert_eq!(smart.substitutions.len(), 1);
    }

    #[test]
    fn a_wider_reference_never_needs_fewer_parts(text in text()) {
        let [narrow, wide] = REFERENCES.map(|reference| measure_with(&text, reference).count);
        prop_assert!(wide >= narrow);
    }
}
