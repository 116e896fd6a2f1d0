//! How many parts the simulated carrier bills, after GSM 03.38 (3GPP TS 23.038).
//!
//! Written anew on purpose: sharing our own counter would hide its bugs.

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Number of SMS parts of `text`; an empty text is one part.
pub(crate) fn count(text: &str) -> usize {
    let widths: Option<Vec<usize>> = text.chars().map(gsm_width).collect();
    if let Some(widths) = widths {
        parts(&widths, 160, 153)
    } else {
        let widths: Vec<usize> = text.chars().map(char::len_utf16).collect();
        parts(&widths, 70, 67)
    }
}

/// True if the text does not fit into the basic alphabet.
pub(crate) fn is_unicode(text: &str) -> bool {
    text.chars().any(|character| gsm_width(character).is_none())
}

fn gsm_width(character: char) -> Option<usize> {
    if BASIC.contains(character) {
        Some(1)
    } else if EXTENDED.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// Fills parts from the left; a character of two units is never divided.
fn parts(widths: &[usize], single: usize, each: usize) -> usize {
    if widths.iter().sum::<usize>() <= single {
        return 1;
    }
    let (mut count, mut used) = (1, 0);
    for width in widths {
        if used + width > each {
            count += 1;
            used = 0;
        }
        used += width;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn parts_have_the_documented_lengths() {
        for (text, expected) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("é".repeat(160), 1),
            ("ё".repeat(70), 1),
            ("ё".repeat(71), 2),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
        ] {
            assert_eq!(
                count(&text),
                expected,
                "{} characters",
                text.chars().count()
            );
        }
    }

    #[test]
    fn a_pair_is_never_divided_between_parts() {
        // 66 units, then a pair that does not fit into the 67th.
        let text = format!("{}😀{}", "ё".repeat(66), "ё".repeat(10));
        assert_eq!(count(&text), 2);
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(count(&text), 3);
    }
}
