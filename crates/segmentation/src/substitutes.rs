//! What can stand for a character that GSM-7 lacks.
//!
//! After the map that `TwilioDevEd/message-segment-calculator` 1.3.0 publishes, with its faults left
//! out: one space stays one space, combining marks are composed rather than spelled out, control
//! characters are not hidden, `2½` does not become `21/2`.

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
        // Seen by nobody once the text holds no script that joins or turns.
        '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FE0E}'
        | '\u{FE0F}'
        | '\u{FEFF}' => "",
        '\t' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => " ",
        '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{2B9}' | '\u{2BB}' | '\u{2BC}'
        | '\u{2BD}' | '\u{2C8}' | '\u{2CA}' | '\u{2CB}' | '\u{275B}' | '\u{275C}' | '\u{B4}'
        | '`' | '\u{FE10}' | '\u{FE11}' => "'",
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
        '\u{FE15}' | '\u{FE57}' => "!",
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
        _ => return None,
    })
}

/// The GSM-7 letter that `base` and a combining `mark` make together.
pub(crate) fn composed(base: char, mark: char) -> Option<&'static str> {
    Some(match (base, mark) {
        ('a', '\u{300}') => "à",
        ('e', '\u{300}') => "è",
        ('i', '\u{300}') => "ì",
        ('o', '\u{300}') => "ò",
        ('u', '\u{300}') => "ù",
        ('e', '\u{301}') => "é",
        ('E', '\u{301}') => "É",
        ('n', '\u{303}') => "ñ",
        ('N', '\u{303}') => "Ñ",
        ('a', '\u{308}') => "ä",
        ('A', '\u{308}') => "Ä",
        ('o', '\u{308}') => "ö",
        ('O', '\u{308}') => "Ö",
        ('u', '\u{308}') => "ü",
        ('U', '\u{308}') => "Ü",
        ('a', '\u{30A}') => "å",
        ('A', '\u{30A}') => "Å",
        ('C', '\u{327}') => "Ç",
        _ => return None,
    })
}

/// The nearest GSM-7 letters of a Latin letter, accent lost: for an author to judge.
pub(crate) fn unaccented(letter: char) -> Option<&'static str> {
    Some(match letter {
        'á' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ª' => "a",
        'Á' | 'À' | 'Â' | 'Ã' | 'Ā' | 'Ă' | 'Ą' => "A",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'Ć' | 'Č' | 'Ĉ' | 'Ċ' => "C",
        'ď' | 'đ' => "d",
        'Ď' | 'Đ' => "D",
        'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'È' | 'Ê' | 'Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => "E",
        'ğ' | 'ģ' | 'ĝ' | 'ġ' => "g",
        'Ğ' | 'Ģ' | 'Ĝ' | 'Ġ' => "G",
        'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'Í' | 'Ì' | 'Î' | 'Ï' | 'Ī' | 'Į' | 'İ' => "I",
        'ķ' => "k",
        'Ķ' => "K",
        'ł' | 'ļ' | 'ľ' | 'ĺ' => "l",
        'Ł' | 'Ļ' | 'Ľ' | 'Ĺ' => "L",
        'ń' | 'ň' | 'ņ' => "n",
        'Ń' | 'Ň' | 'Ņ' => "N",
        'ó' | 'ô' | 'õ' | 'ō' | 'ő' | 'º' => "o",
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ō' | 'Ő' => "O",
        'œ' => "oe",
        'Œ' => "OE",
        'ŕ' | 'ř' => "r",
        'Ŕ' | 'Ř' => "R",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'Ś' | 'Š' | 'Ş' | 'Ș' => "S",
        'ẞ' => "SS",
        'ť' | 'ţ' | 'ț' => "t",
        'Ť' | 'Ţ' | 'Ț' => "T",
        'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'Ú' | 'Ù' | 'Û' | 'Ū' | 'Ů' | 'Ű' | 'Ų' => "U",
        'ý' | 'ÿ' => "y",
        'Ý' | 'Ÿ' => "Y",
        'ź' | 'ż' | 'ž' => "z",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn control_characters_are_not_hidden() {
        for control in ['\0', '\u{1B}', '\u{7F}', '\u{9F}'] {
            assert_eq!(typographic(control), None);
        }
    }
}
