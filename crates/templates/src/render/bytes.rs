//! Looking at short texts eight bytes at a time. Values and names are so short that a call of the
//! C library for each costs more than its work.

/// True without control characters other than a line feed.
#[expect(
    clippy::inline_always,
    reason = "a call costs as much as what it does; measured"
)]
#[inline(always)]
pub(crate) fn is_clean(text: &str) -> bool {
    !may_control(text.as_bytes()) || !controls(text)
}

/// True with control characters other than a line feed: C0, delete, and C1.
#[cold]
fn controls(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n')
}

/// False when no byte can belong to a control character.
#[inline]
fn may_control(text: &[u8]) -> bool {
    if let Some(last) = text.last_chunk() {
        // The last word may repeat bytes of the one before.
        let words = text.as_chunks().0;
        words.iter().any(|word| has_suspect(*word)) || has_suspect(*last)
    } else if let Some(word) = halves(text) {
        has_suspect(word)
    } else {
        text.iter().any(|byte| is_suspect(*byte))
    }
}

/// Whether two names are the same.
#[expect(
    clippy::inline_always,
    reason = "a call costs as much as what it does; measured"
)]
#[inline(always)]
pub(crate) fn are_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    if one.len() >= 8 {
        one.last_chunk::<8>() == other.last_chunk() && one.as_chunks::<8>().0 == other.as_chunks().0
    } else if one.len() >= 4 {
        halves(one) == halves(other)
    } else {
        one.iter().eq(other)
    }
}

/// The first and the last four bytes, which may overlap.
#[inline]
fn halves(text: &[u8]) -> Option<[u8; 8]> {
    let (first, last) = (text.first_chunk::<4>()?, text.last_chunk::<4>()?);
    let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
    Some((u64::from(first) << 32 | u64::from(last)).to_le_bytes())
}

/// C0 with the line feed, delete, and the first byte of C1.
const fn is_suspect(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7F || byte == 0xC2
}

/// [`is_suspect`] of any byte (Warren, Hacker's Delight, 6-1: finding the first zero byte).
const fn has_suspect(word: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const fn below(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(ONES * limit) & !word
    }
    let word = u64::from_le_bytes(word);
    let found = below(word, 0x20) | below(word ^ (ONES * 0x7F), 1) | below(word ^ (ONES * 0xC2), 1);
    found & (ONES << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_character_is_found_wherever_it_stands() {
        for c in (0..=0x17F).filter_map(char::from_u32) {
            for length in 0..20 {
                for at in 0..=length {
                    let text = format!("{}{c}{}", "x".repeat(at), "x".repeat(length - at));
                    assert_eq!(!is_clean(&text), c.is_control() && c != '\n', "{text:?}");
                }
            }
        }
    }

    #[test]
    fn names_are_the_same_only_when_every_byte_is() {
        for length in 0..40 {
            let name = "a".repeat(length);
            assert!(are_same(&name, &"a".repeat(length)));
            assert!(!are_same(&name, &"a".repeat(length + 1)));
            for at in 0..length {
                let other = format!("{}b{}", "a".repeat(at), "a".repeat(length - at - 1));
                assert!(!are_same(&name, &other));
            }
        }
    }
}
