//! Mistakes that other calculators make or made, and what is right instead.

use tidings_segmentation::Encoding::{Gsm7, Ucs2};
use tidings_segmentation::{Measure, Reference, measure, measure_with, segment, smart_encode};

fn told(text: &str) -> (tidings_segmentation::Encoding, u32, u32) {
    let Measure {
        encoding,
        units,
        count,
    } = measure(text);
    (encoding, units, count)
}

#[test]
fn parts_are_filled_not_divided() {
    assert_eq!(told(&"]".repeat(153)), (Gsm7, 306, 3));
    // Two parts lack a unit each, which division would spend on the last `a`.
    let text = format!("{}{}", "]".repeat(228), "a".repeat(156));
    assert_eq!(told(&text), (Gsm7, 612, 5));
}

#[test]
fn an_extension_character_is_two_septets_but_one_unit_of_ucs2() {
    assert_eq!(told("[5€]"), (Gsm7, 7, 1));
    assert_eq!(told("[5€]’"), (Ucs2, 5, 1));
}

#[test]
fn an_emoji_is_two_units() {
    assert_eq!(told("🙂"), (Ucs2, 2, 1));
    let parts = segment(&"🙂".repeat(36)).parts;
    assert_eq!(
        parts.iter().map(|part| part.units).collect::<Vec<_>>(),
        [66, 6]
    );
}

#[test]
fn a_combining_mark_is_counted() {
    assert_eq!(told(&"e\u{301}".repeat(70)), (Ucs2, 140, 3));
}

#[test]
fn a_line_end_of_two_characters_is_two() {
    let text = |end: &str| format!("{}{end}{}", "a".repeat(80), "a".repeat(79));
    assert_eq!(told(&text("\r\n")), (Gsm7, 161, 2));
    assert_eq!(told(&text("\n")), (Gsm7, 160, 1));
}

#[test]
fn a_part_of_several_holds_153_not_154() {
    assert_eq!(told(&"a".repeat(307)), (Gsm7, 307, 3));
}

#[test]
fn a_part_of_ucs2_is_a_whole_number_of_units() {
    assert_eq!(told(&"中".repeat(135)), (Ucs2, 135, 3));
    assert_eq!(
        measure_with(&"中".repeat(133), Reference::SixteenBit).count,
        3
    );
}

#[test]
fn control_characters_are_not_gsm7_but_form_feed_is() {
    for control in ["\0", "\u{1B}", "\t", "\u{7F}"] {
        assert_eq!(told(control), (Ucs2, 1, 1), "{control:?}");
    }
    assert_eq!(told("\u{C}"), (Gsm7, 2, 1));
}

#[test]
fn no_text_is_one_part_of_no_units() {
    assert_eq!(told(""), (Gsm7, 0, 1));
    assert_eq!(segment("").parts.len(), 1);
    assert_eq!(smart_encode("").text, "");
}

#[test]
fn letters_that_look_alike_are_not_the_same() {
    assert_eq!(told("Ç").0, Gsm7);
    for foreign in ["ç", "\u{391}", "\u{2126}", "\u{1E9E}", "`"] {
        assert_eq!(told(foreign).0, Ucs2, "{foreign}");
    }
}

/// What a live send was billed (`message-segment-calculator` issue 66).
#[test]
fn real_sends_were_billed_so() {
    let billed = [
        (format!("{}\r\n{}", "a".repeat(80), "a".repeat(79)), 2),
        (format!("{}\n{}", "a".repeat(80), "a".repeat(79)), 1),
        ("é".repeat(70), 1),
        ("e\u{301}".repeat(70), 3),
        ("a".repeat(161), 2),
        ("中".repeat(71), 2),
        ("]".repeat(153), 3),
    ];
    for (text, count) in billed {
        assert_eq!(measure(&text).count, count);
    }
}

#[test]
fn a_megabyte_is_counted_like_a_line() {
    let million = 1_000_000;
    assert_eq!(told(&"a".repeat(million)), (Gsm7, 1_000_000, 6536));
    assert_eq!(told(&"€".repeat(million)), (Gsm7, 2_000_000, 13_158));
    assert_eq!(told(&"\u{FFFD}".repeat(million)), (Ucs2, 1_000_000, 14_926));
    assert_eq!(told(&"🙂".repeat(million)), (Ucs2, 2_000_000, 30_304));
    // The last character decides.
    let late = format!("{}’", "a".repeat(million - 1));
    assert_eq!(told(&late), (Ucs2, 1_000_000, 14_926));
    let segmentation = segment(&late);
    assert_eq!(segmentation.parts.len(), 14_926);
    assert_eq!(segmentation.forced_by.len(), 1);
    assert_eq!(smart_encode(&late).substitutions[0].index, million - 1);
}
