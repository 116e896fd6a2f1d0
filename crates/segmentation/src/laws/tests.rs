//! The laws over our implementation; `bites` shows that each can be broken.

mod bites;
mod bites_of_content;

use super::*;
use crate::strategies::{
    any_char, cluster_text, coding, gsm7_text, merge, message_reference, reference, septets,
    tables, text, text_in, typographic_text,
};
use crate::{
    Coding, Encoding, bounds_with, choose, fix, measure_with, pack, pack_septets, segment_with,
    smart_encode, unpack_septets,
};
use proptest::prelude::*;

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn broken(violation: Violation) -> TestCaseError {
    TestCaseError::fail(violation.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn s1_s2_s3_parts(text in prop_oneof![3 => text(), 1 => cluster_text()], reference in reference()) {
        parts_cover_the_text(segment_with, &text, reference).map_err(broken)?;
        parts_are_full_but_never_overfull(segment_with, &text, reference).map_err(broken)?;
        count_is_exact(measure_with, &text, reference).map_err(broken)?;
        each_part_stands_alone(segment_with, &text, reference).map_err(broken)?;
    }

    #[test]
    fn s4_encoding(text in text(), extra in any_char(), left_out in any::<usize>()) {
        one_character_decides_the_encoding(Encoding::of, &text, extra, left_out).map_err(broken)?;
    }

    #[test]
    fn s5_suffixes(text in text(), suffix in text(), reference in reference()) {
        a_longer_text_never_needs_fewer_parts(measure_with, &text, &suffix, reference)
            .map_err(broken)?;
    }

    #[test]
    fn s6_s10_counts(text in text(), reference in reference()) {
        count_is_bounded_by_division(measure_with, &text, reference).map_err(broken)?;
        a_wider_reference_never_saves_a_part(measure_with, &text).map_err(broken)?;
    }

    #[test]
    fn s7_septets(septets in septets(), header_octets in 0..14_usize) {
        septets_are_read_back(pack_septets, unpack_septets, &septets, header_octets)
            .map_err(broken)?;
    }

    #[test]
    fn s7_texts(
        (coding, text) in coding().prop_flat_map(|coding| {
            let text = match coding {
                Coding::Gsm7(tables) => text_in(tables).boxed(),
                Coding::Ucs2 => text().boxed(),
            };
            (Just(coding), text)
        }),
        reference in message_reference(),
    ) {
        prop_assert!(pack(&text, coding, reference).is_ok());
        parts_are_read_back(pack, crate::UserData::unpack, &text, coding, reference)
            .map_err(broken)?;
    }

    #[test]
    fn s9_s13_smart_encoding_and_fixes(
        text in prop_oneof![text(), typographic_text(), any_char().prop_map(String::from)]
    ) {
        smart_encoding_is_all_or_nothing(smart_encode, &text).map_err(broken)?;
        a_fix_is_complete(fix, &text).map_err(broken)?;
    }

    #[test]
    fn s11_merges(merge in merge(), more in gsm7_text(), reference in reference()) {
        let (pieces, values) = (merge.pieces(), merge.values());
        prop_assert!(merge.slots.iter().all(|(slot, value)| slot.admits(value)));
        bounds_hold(bounds_with, measure_with, &pieces, &values, reference).map_err(broken)?;
        let value = values.first().copied().unwrap_or_default();
        let around = (merge.texts[0].as_str(), merge.texts.last().map_or("", String::as_str));
        a_longer_value_never_saves_a_part(measure_with, around, (value, &more), reference)
            .map_err(broken)?;
    }

    #[test]
    fn s12_national_tables(
        (allowed, text) in proptest::collection::vec(tables(), 1..4).prop_flat_map(|allowed| {
            let text = text_in(allowed[0]);
            (Just(allowed), text)
        }),
        reference in reference(),
    ) {
        national_tables_are_used_only_to_save_parts(choose, &text, &allowed, reference)
            .map_err(broken)?;
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
    fn forced_by_lists_exactly_the_characters_that_gsm7_lacks(text in text()) {
        let forced = crate::segment(&text).forced_by;
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
}

#[cfg(feature = "graphemes")]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn s8_clusters(text in prop_oneof![cluster_text(), text()], reference in reference()) {
        use unicode_segmentation::UnicodeSegmentation;
        let clusters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
        let whole = |text: &str, reference| crate::segment_graphemes(text, reference).segmentation;
        whole_clusters_never_save_a_part(segment_with, whole, &clusters, &text, reference)
            .map_err(broken)?;
        parts_cover_the_text(whole, &text, reference).map_err(broken)?;
        each_part_stands_alone(whole, &text, reference).map_err(broken)?;
    }
}
