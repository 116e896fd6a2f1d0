//! The substitutions that a well-known calculator publishes, line by line: what each code point
//! becomes, and where this crate does otherwise on purpose.

use tidings_segmentation::{Encoding, smart_encode};

/// Results of this crate and code points, grouped as published.
const PUBLISHED: [(&str, &str); 44] = [
    (
        "",
        "0010 0000 0003 0004 0017 0019 0011 0012 0013 0014 2060 200B 200C FEFF",
    ),
    (" ", "2001"),
    // Published as two spaces, and the tab as seven: one space stays one.
    (
        " ",
        "00A0 2000 2002 2003 2004 2005 2006 2007 2008 2009 200A 202F 205F 3000 008D 009F 0080 0090 009B",
    ),
    (" ", "0009"),
    // Published as a space: a line end stays one.
    ("\n", "2028 2029"),
    ("!", "01C3 FE15 FE57 FF01"),
    ("!!", "203C"),
    (
        "\"",
        "00AB 00BB 201C 201D 02BA 02EE 201F 201E 275D 275E 301D 301E FF02",
    ),
    ("#", "FE5F FF03"),
    ("$", "FE69 FF04"),
    ("%", "FE6A FF05"),
    ("&", "FE60 FF06"),
    (
        "'",
        "2018 2019 02BB 02C8 02BC 02BD 02B9 201B FF07 00B4 02CA 0060 02CB 275B 275C 0313 0314 FE10 FE11",
    ),
    ("(", "2768 276A FE59 FF08 27EE 2985"),
    (")", "2769 276B FE5A FF09 27EF 2986"),
    (
        "*",
        "204E 2217 229B 2722 2723 2724 2725 2731 2732 2733 273A 273B 273C 273D 2743 2749 274A 274B 29C6 FE61 FF0A",
    ),
    ("+", "02D6 FE62 FF0B"),
    (",", "201A 0326 FE50 FE51 FF0C FF64 3001"),
    ("-", "23BC 23BD 2015 FE63 FF0D 2010 2043 2014 2013 2022"),
    (".", "3002 FE52 FF0E FF61"),
    ("...", "2026"),
    ("/", "00F7 29F8 0337 0338 2044 2215 FF0F"),
    ("1/2", "00BD"),
    ("1/4", "00BC"),
    ("3/4", "00BE"),
    (":", "02D0 02F8 2982 A789 FE13 FF1A"),
    (";", "204F FE14 FE54 FF1B"),
    ("<", "FE64 FF1C 2039"),
    ("=", "0347 A78A FE66 FF1D"),
    (">", "FE65 FF1E 203A"),
    ("?", "FE16 FE56 FF1F"),
    ("@", "FE6B FF20"),
    ("[", "FF3B"),
    ("\\", "29F9 29F5 20E5 FE68 FF3C"),
    ("]", "FF3D"),
    ("^", "02C6 0302 FF3E 1DCD"),
    ("_", "0332 FF3F 2017"),
    ("{", "2774 FE5B FF5B"),
    ("|", "20D2 20D3 2223 FF5C 23B8 23B9 23D0 239C 239F"),
    ("}", "2775 FE5C FF5D"),
    ("~", "02DC 02F7 0303 0330 0334 223C FF5E"),
    (
        "0123456789",
        "FF10 FF11 FF12 FF13 FF14 FF15 FF16 FF17 FF18 FF19",
    ),
    (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "FF21 FF22 FF23 FF24 FF25 FF26 FF27 FF28 FF29 FF2A FF2B FF2C FF2D FF2E FF2F FF30 FF31 FF32 \
         FF33 FF34 FF35 FF36 FF37 FF38 FF39 FF3A",
    ),
    (
        "ABCDEFGHIJKLMNOPRSTUVWYZ",
        "1D00 0299 1D04 1D05 1D07 A730 0262 029C 026A 1D0A 1D0B 029F 1D0D 0274 1D0F 1D18 0280 A731 \
         1D1B 1D1C 1D20 1D21 028F 1D22",
    ),
];

fn characters(codes: &str) -> impl Iterator<Item = char> {
    codes
        .split_whitespace()
        .filter_map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?))
}

#[test]
fn every_published_substitution_is_made() {
    let mut known = 0;
    for (result, codes) in PUBLISHED {
        let letters =
            codes.split_whitespace().count() == result.chars().count() && result.len() > 9;
        for (index, character) in characters(codes).enumerate() {
            let to = if letters {
                &result[index..=index]
            } else {
                result
            };
            // At the start of the text, so that a combining mark has no letter to stand on.
            let smart = smart_encode(&format!("{character} a"));
            let code = u32::from(character);
            assert_eq!(smart.text, format!("{to} a"), "U+{code:04X}");
            assert_eq!(smart.substitutions.len(), 1, "U+{code:04X}");
            let made = &smart.substitutions[0];
            assert_eq!((made.index, made.from, made.to), (0, character, to));
            assert_eq!(made.replaces, 0..character.len_utf8());
            known += 1;
        }
    }
    assert_eq!(known, 271);
}

#[test]
fn every_substitution_has_its_position() {
    for (_, codes) in PUBLISHED {
        for character in characters(codes) {
            let text = format!("é€ {character} b");
            let smart = smart_encode(&text);
            let [made] = smart.substitutions.as_slice() else {
                panic!("U+{:04X}", u32::from(character));
            };
            assert_eq!((made.index, made.replaces.start), (3, 6));
        }
    }
}

#[test]
fn the_published_faults_are_left_out() {
    // Decomposed letters are composed, not spelled out.
    assert_eq!(smart_encode("man\u{303}ana").text, "mañana");
    assert_eq!(smart_encode("a\u{302}ne").text, "a\u{302}ne");
    // A fraction does not join the number before it, nor cost a part.
    assert_eq!(smart_encode("2½").text, "2 1/2");
    let half = format!("{}½", "½ ".repeat(34));
    assert_eq!(smart_encode(&half).text.len(), 34 * 4 + 3);
    let full = "½ ".repeat(35);
    assert_eq!(smart_encode(&full).text.len(), 140);
    let too_long = format!("½{}", "…".repeat(60));
    assert_eq!(smart_encode(&too_long).text, too_long);
    // ZWNJ stays where the script needs it; accents are never lost.
    for kept in ["می\u{200C}خواهم", "papá", "garçon", "Ağ"] {
        assert_eq!(smart_encode(kept).text, kept);
        assert_eq!(Encoding::of(kept), Encoding::Ucs2);
    }
}
