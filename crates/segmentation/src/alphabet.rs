//! The GSM 7-bit default alphabet and its default extension table (3GPP TS 23.038, 6.2.1).

use crate::tables::DEFAULT_CODES;

/// Septets of each ASCII character; 0 where the alphabet lacks it.
const ASCII: [u8; 128] = ascii_table();

const fn ascii_table() -> [u8; 128] {
    let mut table = [0_u8; 128];
    // Space to `Z`, then `a` to `z`; `$` and `@` sit elsewhere in the alphabet but cost the same.
    fill(&mut table, 0x20, 0x5A);
    fill(&mut table, 0x61, 0x7A);
    table[0x0A] = 1;
    table[0x0D] = 1;
    table[0x5F] = 1;
    let extension = *b"\x0C^{}\\[~]|";
    let mut at = 0;
    while at < extension.len() {
        table[extension[at] as usize] = 2;
        at += 1;
    }
    table
}

const fn fill(table: &mut [u8; 128], first: usize, last: usize) {
    let mut code = first;
    while code <= last {
        table[code] = 1;
        code += 1;
    }
}

/// Septets of U+0080 to U+03FF, which hold every letter of the alphabet beyond ASCII; 0 for the rest.
const LETTERS: [u8; 0x380] = letters();

const fn letters() -> [u8; 0x380] {
    let mut table = [0_u8; 0x380];
    let mut code = 0;
    while code < 128 {
        let character = DEFAULT_CODES[code] as usize;
        if character >= 0x80 && character < 0x400 {
            table[character - 0x80] = 1;
        }
        code += 1;
    }
    table
}

/// Septets of `character` in GSM-7: 1, 2 for the extension table, `None` when it has no code.
///
/// U+001B is no character of the alphabet: it announces the extension table.
pub(crate) fn septets(character: char) -> Option<u32> {
    let cost = match character {
        '\0'..='\x7F' => ASCII.get(character as usize),
        '\u{80}'..='\u{3FF}' => LETTERS.get(character as usize - 0x80),
        '€' => Some(&2),
        _ => None,
    };
    cost.filter(|&&cost| cost > 0).map(|&cost| u32::from(cost))
}

/// Bytes and septets of the first character of UTF-8 `bytes`; `None` when it has no code.
pub(crate) fn first(bytes: &[u8]) -> Option<(usize, u32)> {
    let (length, cost) = match *bytes {
        [byte @ ..0x80, ..] => (1, ASCII.get(usize::from(byte))),
        [lead @ 0xC2..0xD0, next, ..] => {
            let at = usize::from(lead & 0x1F) << 6 | usize::from(next & 0x3F);
            (2, LETTERS.get(at.wrapping_sub(0x80)))
        }
        [0xE2, 0x82, 0xAC, ..] => (3, Some(&2)),
        _ => (0, None),
    };
    cost.filter(|&&cost| cost > 0)
        .map(|&cost| (length, u32::from(cost)))
}

/// Code points of the default alphabet in code order (0x1B, the escape, left out).
#[cfg(any(test, feature = "strategies"))]
pub(crate) const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                                  ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Characters of the default extension table.
#[cfg(any(test, feature = "strategies"))]
pub(crate) const EXTENSION: &str = "\u{0C}^{}\\[~]|€";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_two_tables_have_a_code() {
        assert_eq!(DEFAULT.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
        for character in '\0'..=char::MAX {
            let expected = match (DEFAULT.contains(character), EXTENSION.contains(character)) {
                (true, _) => Some(1),
                (false, true) => Some(2),
                (false, false) => None,
            };
            assert_eq!(septets(character), expected, "U+{:04X}", character as u32);
        }
    }
}
