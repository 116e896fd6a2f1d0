//! The GSM 7-bit default alphabet and its default extension table (3GPP TS 23.038, 6.2.1).

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

/// Septets of `character` in GSM-7: 1, 2 for the extension table, `None` when it has no code.
///
/// U+001B is no character of the alphabet: it announces the extension table.
pub(crate) fn septets(character: char) -> Option<u32> {
    if let Some(&cost) = ASCII.get(character as usize) {
        return (cost > 0).then_some(u32::from(cost));
    }
    match character {
        '€' => Some(2),
        '£' | '¥' | '¤' | '§' | '¿' | '¡' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'à' | 'Ç' | 'É' | 'Ø'
        | 'ø' | 'Å' | 'å' | 'Æ' | 'æ' | 'ß' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | 'ä' | 'ö' | 'ñ' | 'ü'
        | 'Δ' | 'Φ' | 'Γ' | 'Λ' | '\u{03A9}' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' => Some(1),
        _ => None,
    }
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
