//! Each law, handed an implementation with a fault that someone's calculator has or had, says so.

use super::*;
use crate::{Measure, Reference, Segmentation};

pub(super) const EIGHT: Reference = Reference::EightBit;

pub(super) fn law(result: Result<(), Violation>) -> &'static str {
    result.expect_err("the law let the fault pass").law
}

/// A correct segmentation, spoiled.
pub(super) fn spoiled(
    spoil: impl Fn(&mut Segmentation),
) -> impl Fn(&str, Reference) -> Segmentation {
    move |text, reference| {
        let mut segmentation = segment_with(text, reference);
        spoil(&mut segmentation);
        segmentation
    }
}

fn units(count: usize) -> u32 {
    u32::try_from(count).unwrap()
}

#[test]
fn s1_bites_when_a_part_is_lost_or_moved() {
    let text = "a".repeat(400);
    let check =
        |spoil: fn(&mut Segmentation)| law(parts_cover_the_text(spoiled(spoil), &text, EIGHT));
    assert_eq!(check(|s| s.count += 1), "S1");
    assert_eq!(check(|s| s.units += 1), "S1");
    assert_eq!(check(|s| s.parts[1].range.start += 1), "S1");
    assert_eq!(check(|s| s.parts[2].range.end -= 1), "S1");
    let none = |text: &str, reference| {
        let mut s = segment_with(text, reference);
        s.parts.clear();
        s.count = 0;
        s.units = 0;
        s
    };
    assert_eq!(law(parts_cover_the_text(none, "", EIGHT)), "S1");
}

#[test]
fn s2_bites_on_154_units_and_on_half_empty_parts() {
    let text = "a".repeat(400);
    let check = |spoil: fn(&mut Segmentation)| {
        law(parts_are_full_but_never_overfull(
            spoiled(spoil),
            &text,
            EIGHT,
        ))
    };
    assert_eq!(check(|s| s.parts[0].units = 154), "S2");
    assert_eq!(check(|s| s.parts[0].units = 151), "S2");
    assert_eq!(check(|s| s.parts[2].units = 0), "S2");
    assert_eq!(check(|s| s.parts.truncate(1)), "S2");
}

/// Dividing, doubling the extension in UCS-2, counting it once in GSM-7, counting emoji once,
/// forgetting form feed, taking U+001B for a character, no part for no text.
#[test]
fn s2_bites_on_the_mistakes_of_other_calculators() {
    type Fault = fn(&str, Reference) -> Measure;
    let faults: [(Fault, String); 7] = [
        (
            |text, reference| {
                let m = measure_with(text, reference);
                let count = m.units.div_ceil(m.encoding.part_capacity(reference));
                Measure { count, ..m }
            },
            "]".repeat(153),
        ),
        (
            |text, reference| {
                let m = measure_with(text, reference);
                let doubled = units(text.matches(['[', ']', '€']).count());
                Measure {
                    units: m.units + doubled,
                    ..m
                }
            },
            "中[]".to_owned(),
        ),
        (
            |text, reference| {
                let m = measure_with(text, reference);
                Measure {
                    units: units(text.chars().count()),
                    ..m
                }
            },
            "5€".to_owned(),
        ),
        (
            |text, reference| {
                let m = measure_with(text, reference);
                Measure {
                    units: units(text.chars().count()),
                    ..m
                }
            },
            "🙂".to_owned(),
        ),
        (
            |text, reference| {
                let m = measure_with(text, reference);
                Measure {
                    units: m.units - units(text.matches('\u{C}').count()),
                    ..m
                }
            },
            "\u{C}".to_owned(),
        ),
        (
            |text, reference| Measure {
                encoding: Encoding::Gsm7,
                ..measure_with(text, reference)
            },
            "\u{1B}".to_owned(),
        ),
        (
            |text, reference| {
                let m = measure_with(text, reference);
                Measure {
                    count: m.units.min(m.count),
                    ..m
                }
            },
            String::new(),
        ),
    ];
    for (fault, text) in faults {
        assert_eq!(law(count_is_exact(fault, &text, EIGHT)), "S2");
    }
}

#[test]
fn s3_bites_when_a_pair_is_cut() {
    // 67 units cut the 34th emoji between its halves: the units say so, and so do the bytes.
    let text = "🙂".repeat(36);
    let by_units = spoiled(|s| {
        s.parts[0].units = 67;
        s.parts[1].units = 5;
    });
    assert_eq!(law(each_part_stands_alone(by_units, &text, EIGHT)), "S3");
    let by_bytes = spoiled(|s| {
        s.parts[0].range.end += 2;
        s.parts[1].range.start += 2;
    });
    assert_eq!(law(each_part_stands_alone(by_bytes, &text, EIGHT)), "S3");
}

#[test]
fn s4_bites_when_a_character_is_misjudged() {
    let check = |encoding_of: fn(&str) -> Encoding, text: &str, extra| {
        law(one_character_decides_the_encoding(
            encoding_of,
            text,
            extra,
            0,
        ))
    };
    // Only ASCII is GSM-7; everything is; a long text is not.
    let ascii = |text: &str| {
        if text.is_ascii() {
            Encoding::Gsm7
        } else {
            Encoding::Ucs2
        }
    };
    assert_eq!(check(ascii, "é", 'a'), "S4");
    assert_eq!(check(ascii, "e", 'é'), "S4");
    assert_eq!(check(|_| Encoding::Gsm7, "’", 'a'), "S4");
    let odd = |text: &str| {
        if text.len() == 1 {
            Encoding::Ucs2
        } else {
            Encoding::Gsm7
        }
    };
    assert_eq!(check(odd, "ab", 'a'), "S4");
}

#[test]
fn s5_bites_when_more_costs_less() {
    let capped = |text: &str, reference| {
        let m = measure_with(text, reference);
        Measure {
            count: if m.count > 2 { 1 } else { m.count },
            ..m
        }
    };
    let (text, suffix) = ("a".repeat(300), "b".repeat(100));
    let result = a_longer_text_never_needs_fewer_parts(capped, &text, &suffix, EIGHT);
    assert_eq!(law(result), "S5");
    let trimmed = |text: &str, reference| measure_with(text.trim(), reference);
    let result = a_longer_text_never_needs_fewer_parts(trimmed, "a", " b", EIGHT);
    assert_eq!(law(result), "S5");
}

#[test]
fn s6_bites_on_too_few_and_too_many_parts() {
    for off in [-1, 1] {
        let wrong = move |text: &str, reference| {
            let m = measure_with(text, reference);
            Measure {
                count: m.count.saturating_add_signed(off),
                ..m
            }
        };
        assert_eq!(
            law(count_is_bounded_by_division(wrong, &"a".repeat(400), EIGHT)),
            "S6"
        );
    }
}

#[test]
fn s10_bites_when_a_wider_reference_is_cheaper() {
    let swapped = |text: &str, reference| {
        measure_with(
            text,
            match reference {
                Reference::EightBit => Reference::SixteenBit,
                Reference::SixteenBit => Reference::EightBit,
            },
        )
    };
    assert_eq!(
        law(a_wider_reference_never_saves_a_part(
            swapped,
            &"a".repeat(306)
        )),
        "S10"
    );
}
