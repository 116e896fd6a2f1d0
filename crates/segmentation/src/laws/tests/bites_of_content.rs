//! More of them: what parts say and what texts become.

use super::bites::{EIGHT, law, spoiled};
use super::*;
use crate::{
    Choice, Fix, Fixed, Language, Measure, Piece, Reference, Slot, SmartEncoding, Tables, UserData,
};

#[test]
fn s7_bites_on_forgotten_fill_bits_and_lost_parts() {
    let unfilled = |septets: &[u8], _| pack_septets(septets, crate::FillBits::NONE);
    let result = septets_are_read_back(unfilled, unpack_septets, &[1; 153], 6);
    assert_eq!(law(result), "S7");
    // Seven spare bits taken for `@`.
    let one_more = |octets: &[u8], count, fill| unpack_septets(octets, count + 1, fill);
    assert_eq!(
        law(septets_are_read_back(pack_septets, one_more, &[1; 7], 0)),
        "S7"
    );

    let (text, coding) = ("a".repeat(400), Coding::Gsm7(Tables::DEFAULT));
    let reference = crate::MessageReference::EightBit(1);
    let reversed = |text: &str, coding, reference| {
        pack(text, coding, reference).map(|mut parts| {
            parts.reverse();
            parts
        })
    };
    let result = parts_are_read_back(reversed, UserData::unpack, &text, coding, reference);
    assert_eq!(law(result), "S7");
    let wide = |part: &UserData| {
        UserData {
            encoding: Encoding::Ucs2,
            ..part.clone()
        }
        .unpack()
    };
    assert_eq!(
        law(parts_are_read_back(pack, wide, "abc", coding, reference)),
        "S7"
    );
}

#[test]
fn s8_bites_when_clusters_are_cut_or_parts_wasted() {
    let text = "e\u{301}".repeat(70);
    let clusters: Vec<usize> = (0..70).map(|index| index * 3).collect();
    // Cuts anywhere.
    let result =
        whole_clusters_never_save_a_part(segment_with, segment_with, &clusters, &text, EIGHT);
    assert_eq!(law(result), "S8");
    let check = |off: i32| {
        let whole = spoiled(move |s| s.count = s.count.saturating_add_signed(off));
        law(whole_clusters_never_save_a_part(
            segment_with,
            whole,
            &[0],
            "abc",
            EIGHT,
        ))
    };
    assert_eq!(check(-1), "S8");
    assert_eq!(check(1), "S8");
}

#[test]
fn s9_bites_on_half_measures() {
    let check = |smart: fn(&str) -> SmartEncoding, text: &str| {
        law(smart_encoding_is_all_or_nothing(smart, text))
    };
    // Some replaced, an emoji left; more spaces each time; a third part.
    assert_eq!(
        check(
            |text| SmartEncoding {
                text: text.replace('’', "'"),
                substitutions: Vec::new()
            },
            "’🙂"
        ),
        "S9"
    );
    assert_eq!(
        check(
            |text| SmartEncoding {
                text: text.replace(' ', "  "),
                substitutions: Vec::new()
            },
            "a b"
        ),
        "S9"
    );
    let long = "…".repeat(70);
    assert_eq!(
        check(
            |text| SmartEncoding {
                text: text.replace('…', "..."),
                substitutions: Vec::new()
            },
            &long
        ),
        "S9"
    );
    let wrong = |text: &str| SmartEncoding {
        text: text.replace('’', "`"),
        ..smart_encode(text)
    };
    assert_eq!(check(wrong, "a’"), "S9");
    let costly = |text: &str| {
        let Fix::Pointless(fixed) = fix(text) else {
            return smart_encode(text);
        };
        SmartEncoding {
            text: fixed.text,
            substitutions: fixed.substitutions,
        }
    };
    assert_eq!(check(costly, &long), "S9");
}

#[test]
fn s11_bites_when_values_are_not_counted() {
    let texts_only = |pieces: &[Piece<'_>], reference| {
        let texts: Vec<Piece<'_>> = pieces
            .iter()
            .copied()
            .filter(|piece| matches!(piece, Piece::Text(_)))
            .collect();
        bounds_with(&texts, reference)
    };
    let value = "🙂".repeat(40);
    let pieces = [
        Piece::Text("Hi "),
        Piece::Slot(Slot::up_to(40, crate::Class::Any)),
    ];
    let result = bounds_hold(texts_only, measure_with, &pieces, &[&value], EIGHT);
    assert_eq!(law(result), "S11");
    // Foreign characters not foreseen.
    let result = bounds_hold(texts_only, measure_with, &pieces, &["é’"], EIGHT);
    assert_eq!(law(result), "S11");
    let result = bounds_hold(bounds_with, measure_with, &pieces, &[&value], EIGHT);
    assert_eq!(result, Ok(()));

    let capped = |text: &str, reference| {
        let m = measure_with(text, reference);
        Measure {
            count: if m.count > 1 { 1 } else { 2 },
            ..m
        }
    };
    let more = "b".repeat(200);
    let result = a_longer_value_never_saves_a_part(capped, ("Hi ", "!"), ("Ann", &more), EIGHT);
    assert_eq!(law(result), "S11");
}

#[test]
fn s12_bites_when_tables_are_used_for_nothing() {
    let turkish = Tables::single(Language::Turkish);
    let check =
        |choose: fn(&str, &[Tables], Reference) -> Choice, text: &str, allowed: &[Tables]| {
            law(national_tables_are_used_only_to_save_parts(
                choose, text, allowed, EIGHT,
            ))
        };
    let always = |text: &str, allowed: &[Tables], reference| {
        let coding = Coding::Gsm7(allowed[0]);
        crate::measure_as(text, coding, reference).map_or(choose(text, &[], reference), |measure| {
            Choice { coding, measure }
        })
    };
    assert_eq!(check(always, "Ayşe", &[turkish]), "S12"); // saves nothing
    let never = |text: &str, _: &[Tables], reference| choose(text, &[], reference);
    assert_eq!(check(never, &"Ğ".repeat(77), &[turkish]), "S12");
    let locking = Tables::new(Some(Language::Turkish), None).unwrap();
    assert_eq!(check(always, &"Ğ".repeat(77), &[turkish, locking]), "S12"); // order decides
    let forbidden = |text: &str, _: &[Tables], reference| {
        choose(text, &[Tables::single(Language::Turkish)], reference)
    };
    assert_eq!(check(forbidden, &"Ğ".repeat(77), &[]), "S12");
    let cheap = |text: &str, allowed: &[Tables], reference| {
        let choice = choose(text, allowed, reference);
        Choice {
            measure: Measure {
                count: 1,
                ..choice.measure
            },
            ..choice
        }
    };
    assert_eq!(check(cheap, &"a".repeat(161), &[]), "S12");
}

#[test]
fn s13_bites_on_fixes_that_do_not_fix() {
    let check = |fix: fn(&str) -> Fix, text: &str| law(a_fix_is_complete(fix, text));
    assert_eq!(check(|_| Fix::Unneeded, "á"), "S13");
    assert_eq!(check(|_| Fix::Blocked(Vec::new()), "中"), "S13");
    let blames = |text: &str| {
        let mut blockers = crate::segment(text).forced_by;
        for forced in &mut blockers {
            forced.index += 1;
        }
        Fix::Blocked(blockers)
    };
    assert_eq!(check(blames, "中a"), "S13");
    let spoiled = |text: &str, spoil: fn(&mut Fixed)| match fix(text) {
        Fix::Saves(mut fixed) | Fix::Pointless(mut fixed) => {
            spoil(&mut fixed);
            Fix::Pointless(fixed)
        }
        other => other,
    };
    let forgetful = move |text: &str| spoiled(text, |fixed| fixed.substitutions.clear());
    assert_eq!(law(a_fix_is_complete(forgetful, "áé ’")), "S13");
    let wrong = move |text: &str| spoiled(text, |fixed| fixed.text.push('!'));
    assert_eq!(law(a_fix_is_complete(wrong, "á")), "S13");
    let foreign = move |text: &str| spoiled(text, |fixed| fixed.text.push('中'));
    assert_eq!(law(a_fix_is_complete(foreign, "á")), "S13");
    let modest = move |text: &str| spoiled(text, |_| ());
    assert_eq!(law(a_fix_is_complete(modest, &"á".repeat(100))), "S13");
}
