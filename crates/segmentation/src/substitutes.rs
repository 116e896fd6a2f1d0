//! What can stand for a character that GSM-7 lacks.
//!
//! After the map that `TwilioDevEd/message-segment-calculator` 1.3.0 publishes, with its faults left
//! out: one space stays one space, a line separator stays a line end, a combining mark is composed with
//! its letter rather than spelled out, `2½` does not become `21/2`.

/// ASCII from `!`, in the order of the full-width forms from U+FF01.
const FULL_WIDTH: &str = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_'\
                          abcdefghijklmnopqrstuvwxyz{|}~";

/// The text that reads the same as `character`; empty for an invisible one.
pub(crate) fn typographic(character: char) -> Option<&'static str> {
    if let '\u{FF01}'..='\u{FF5E}' = character {
        let at = character as usize - 0xFF01;
        return FULL_WIDTH.get(at..=at);
    }
    Some(match character {
        // Seen by nobody once the text holds no script that joins or turns; the control characters
        // are what is left of typography cut to one byte (U+2019 to 0x19, U+2013 to 0x13).
        '\u{0}'
        | '\u{3}'
        | '\u{4}'
        | '\u{10}'..='\u{14}'
        | '\u{17}'
        | '\u{19}'
        | '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FE0E}'
        | '\u{FE0F}'
        | '\u{FEFF}' => "",
        '\t'
        | '\u{80}'
        | '\u{8D}'
        | '\u{90}'
        | '\u{9B}'
        | '\u{9F}'
        | '\u{A0}'
        | '\u{2000}'..='\u{200A}'
        | '\u{202F}'
        | '\u{205F}'
        | '\u{3000}' => " ",
        '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{2B9}' | '\u{2BB}' | '\u{2BC}'
        | '\u{2BD}' | '\u{2C8}' | '\u{2CA}' | '\u{2CB}' | '\u{275B}' | '\u{275C}' | '\u{B4}'
        | '`' | '\u{1FEF}' | '\u{1FFD}' | '\u{FE10}' | '\u{FE11}' => "'",
        '«'
        | '»'
        | '\u{201C}'..='\u{201F}'
        | '\u{2033}'
        | '\u{2BA}'
        | '\u{2EE}'
        | '\u{275D}'
        | '\u{275E}'
        | '\u{301D}'
        | '\u{301E}' => "\"",
        '\u{2010}'..='\u{2015}'
        | '\u{2022}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{23BC}'
        | '\u{23BD}'
        | '\u{FE63}' => "-",
        '\u{2026}' => "...",
        '\u{201A}' | '\u{3001}' | '\u{FE50}' | '\u{FE51}' | '\u{FF64}' => ",",
        '\u{3002}' | '\u{FE52}' | '\u{FF61}' | '\u{2024}' => ".",
        '\u{2025}' => "..",
        '\u{2D0}' | '\u{2F8}' | '\u{2982}' | '\u{A789}' | '\u{FE13}' | '\u{2236}' => ":",
        '\u{37E}' | '\u{204F}' | '\u{FE14}' | '\u{FE54}' => ";",
        '\u{1C3}' | '\u{FE15}' | '\u{FE57}' => "!",
        '\u{203C}' => "!!",
        '\u{FE16}' | '\u{FE56}' => "?",
        '\u{2039}' | '\u{FE64}' => "<",
        '\u{203A}' | '\u{FE65}' => ">",
        '\u{2264}' => "<=",
        '\u{2265}' => ">=",
        '\u{2190}' => "<-",
        '\u{2192}' => "->",
        '\u{D7}' => "x",
        '\u{F7}' | '\u{2044}' | '\u{2215}' | '\u{29F8}' => "/",
        '\u{A9}' => "(c)",
        '\u{AE}' => "(R)",
        '\u{2122}' => "(TM)",
        '\u{2768}' | '\u{276A}' | '\u{27EE}' | '\u{2985}' | '\u{FE59}' => "(",
        '\u{2769}' | '\u{276B}' | '\u{27EF}' | '\u{2986}' | '\u{FE5A}' => ")",
        '\u{204E}'
        | '\u{2217}'
        | '\u{229B}'
        | '\u{2722}'..='\u{2725}'
        | '\u{2731}'..='\u{2733}'
        | '\u{273A}'..='\u{273D}'
        | '\u{2743}'
        | '\u{2749}'..='\u{274B}'
        | '\u{29C6}'
        | '\u{FE61}' => "*",
        '\u{2D6}' | '\u{FE62}' => "+",
        '\u{A78A}' | '\u{FE66}' => "=",
        '\u{FE5F}' => "#",
        '\u{FE69}' => "$",
        '\u{FE6A}' => "%",
        '\u{FE60}' => "&",
        '\u{FE6B}' => "@",
        '\u{29F5}' | '\u{29F9}' | '\u{FE68}' => "\\",
        '\u{2C6}' => "^",
        '\u{2017}' => "_",
        '\u{2774}' | '\u{FE5B}' => "{",
        '\u{2775}' | '\u{FE5C}' => "}",
        '\u{2223}' | '\u{23B8}' | '\u{23B9}' | '\u{23D0}' | '\u{239C}' | '\u{239F}' => "|",
        '\u{2DC}' | '\u{2F7}' | '\u{223C}' => "~",
        // Canonically the same character; the Kelvin sign stands with K below.
        '\u{2126}' => "\u{3A9}",
        '\u{212B}' => "Å",
        // Greek capitals that look like Latin ones and are sent so by handsets.
        '\u{391}' => "A",
        '\u{392}' => "B",
        '\u{395}' => "E",
        '\u{396}' => "Z",
        '\u{397}' => "H",
        '\u{399}' => "I",
        '\u{212A}' | '\u{39A}' => "K",
        '\u{39C}' => "M",
        '\u{39D}' => "N",
        '\u{39F}' => "O",
        '\u{3A1}' => "P",
        '\u{3A4}' => "T",
        '\u{3A5}' => "Y",
        '\u{3A7}' => "X",
        _ => return small_capital(character),
    })
}

/// A small capital as the capital.
fn small_capital(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{1D00}' => "A",
        '\u{299}' => "B",
        '\u{1D04}' => "C",
        '\u{1D05}' => "D",
        '\u{1D07}' => "E",
        '\u{A730}' => "F",
        '\u{262}' => "G",
        '\u{29C}' => "H",
        '\u{26A}' => "I",
        '\u{1D0A}' => "J",
        '\u{1D0B}' => "K",
        '\u{29F}' => "L",
        '\u{1D0D}' => "M",
        '\u{274}' => "N",
        '\u{1D0F}' => "O",
        '\u{1D18}' => "P",
        '\u{280}' => "R",
        '\u{A731}' => "S",
        '\u{1D1B}' => "T",
        '\u{1D1C}' => "U",
        '\u{1D20}' => "V",
        '\u{1D21}' => "W",
        '\u{28F}' => "Y",
        '\u{1D22}' => "Z",
        _ => return None,
    })
}

/// The text that reads the same as `character` between these two, where it depends on them.
pub(crate) fn contextual(
    before: Option<char>,
    character: char,
    after: Option<char>,
) -> Option<&'static str> {
    match character {
        '\u{BC}'..='\u{BE}' => fraction(before, character, after),
        _ if before.is_none_or(char::is_whitespace) => isolated(character),
        _ => None,
    }
}

/// A fraction in digits, kept apart from the digits of a whole number; none before a digit.
fn fraction(before: Option<char>, character: char, after: Option<char>) -> Option<&'static str> {
    if after.is_some_and(char::is_numeric) {
        return None;
    }
    let joined = before.is_some_and(char::is_numeric);
    Some(match (character, joined) {
        ('\u{BC}', false) => "1/4",
        ('\u{BC}', true) => " 1/4",
        ('\u{BD}', false) => "1/2",
        ('\u{BD}', true) => " 1/2",
        ('\u{BE}', false) => "3/4",
        ('\u{BE}', true) => " 3/4",
        _ => return None,
    })
}

/// The sign for a combining mark that has no letter to stand on. On a letter it is part of the
/// letter, and is never spelled out.
fn isolated(mark: char) -> Option<&'static str> {
    Some(match mark {
        '\u{313}' | '\u{314}' => "'",
        '\u{326}' => ",",
        '\u{337}' | '\u{338}' => "/",
        '\u{347}' => "=",
        '\u{20E5}' => "\\",
        '\u{302}' | '\u{1DCD}' => "^",
        '\u{332}' => "_",
        '\u{20D2}' | '\u{20D3}' => "|",
        '\u{303}' | '\u{330}' | '\u{334}' => "~",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::unaccented;
    use crate::{Encoding, alphabet};

    #[test]
    fn every_substitute_is_gsm7_and_stands_for_what_gsm7_lacks() {
        let mut known = 0;
        for character in '\0'..=char::MAX {
            for to in [typographic(character), unaccented(character)]
                .into_iter()
                .flatten()
            {
                known += 1;
                assert_eq!(Encoding::of(to), Encoding::Gsm7, "{character:?}");
                assert_eq!(alphabet::septets(character), None, "{character:?}");
            }
        }
        assert!(known > 300, "{known}");
    }

    #[test]
    fn full_width_forms_are_their_ascii_characters() {
        assert_eq!(typographic('！'), Some("!"));
        assert_eq!(typographic('Ａ'), Some("A"));
        assert_eq!(typographic('～'), Some("~"));
        assert_eq!(typographic('｀'), Some("'"));
    }

    #[test]
    fn other_control_characters_are_not_hidden() {
        for control in ['\u{1}', '\u{1B}', '\u{7F}', '\u{9E}'] {
            assert_eq!(typographic(control), None);
        }
    }

    #[test]
    fn a_fraction_does_not_change_the_number_before_it() {
        assert_eq!(contextual(None, '½', None), Some("1/2"));
        assert_eq!(contextual(Some('2'), '½', Some(' ')), Some(" 1/2"));
        assert_eq!(contextual(Some('½'), '¼', None), Some(" 1/4"));
        assert_eq!(contextual(None, '¾', Some('5')), None);
    }

    #[test]
    fn a_mark_is_spelled_out_only_without_a_letter() {
        assert_eq!(contextual(Some(' '), '\u{302}', None), Some("^"));
        assert_eq!(contextual(None, '\u{303}', None), Some("~"));
        for base in ['n', 'x', '=', '\u{301}'] {
            assert_eq!(contextual(Some(base), '\u{303}', None), None);
        }
    }
}
