//! Counting over bytes, in blocks that the compiler turns into vector instructions.
//!
//! The units of a character are counted at its first byte; continuation bytes cost nothing. So
//! nothing is decoded but the letters beyond ASCII that GSM-7 may hold.

use crate::alphabet;

/// Bytes surveyed together; sums of what one costs fit in a byte.
const BLOCK: usize = 64;
/// Bytes put into a part together, while it has room for the dearest of them.
const STRIDE: usize = 16;
/// What the dearest of them cost.
const STRIDE_COST: u32 = 32;

/// Septets of `text`, and how many characters cost two; `None` when GSM-7 lacks one of them.
pub(crate) fn gsm7(text: &str) -> Option<Total> {
    let bytes = text.as_bytes();
    let (mut units, mut pairs, mut at) = (0_u64, 0_u64, 0);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(block) = rest.first_chunk::<BLOCK>()
            && let Some(extended) = survey(block)
        {
            units += BLOCK as u64 + u64::from(extended);
            pairs += u64::from(extended);
            at += BLOCK;
            continue;
        }
        let end = at + BLOCK.min(rest.len());
        while at < end {
            let (length, cost) = alphabet::first(bytes.get(at..)?)?;
            units += u64::from(cost);
            pairs += u64::from(cost / 2);
            at += length;
        }
    }
    Some(Total { units, pairs })
}

/// UTF-16 code units of `text`, and how many characters cost two.
pub(crate) fn ucs2(text: &str) -> Total {
    let (mut units, mut pairs) = (0_u64, 0_u64);
    for block in text.as_bytes().chunks(BLOCK) {
        let (mut firsts, mut long) = (0_u8, 0_u8);
        for &byte in block {
            firsts += u8::from(!is_continuation(byte));
            long += u8::from(byte >= 0xF0);
        }
        units += u64::from(firsts) + u64::from(long);
        pairs += u64::from(long);
    }
    Total { units, pairs }
}

/// What a whole text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) units: u64,
    /// Characters of two units. Without any, parts are filled by division.
    pub(crate) pairs: u64,
}

impl Total {
    /// Parts of `capacity` units, `single` if it is only one; `cost` is that of a byte.
    pub(crate) fn parts(
        self,
        text: &str,
        (single, capacity): (u32, u32),
        cost: impl Fn(u8) -> u8,
    ) -> u64 {
        if self.units <= u64::from(single) {
            1
        } else if self.pairs == 0 {
            self.units.div_ceil(u64::from(capacity))
        } else {
            let mut parts = 1;
            fill(text.as_bytes(), capacity, cost, |_, _| parts += 1);
            parts
        }
    }
}

/// Septets counted at `byte` of a text that is GSM-7. The only character of three bytes is `€`.
pub(crate) const fn gsm7_cost(byte: u8) -> u8 {
    !is_continuation(byte) as u8 + (is_extended(byte) || byte == 0xE2) as u8
}

/// UTF-16 code units counted at `byte`.
pub(crate) const fn ucs2_cost(byte: u8) -> u8 {
    !is_continuation(byte) as u8 + (byte >= 0xF0) as u8
}

/// Fills parts from the left, each as full as its characters allow; tells for each that is closed
/// the byte where it ends and its units, and returns the units of the last.
pub(crate) fn fill(
    bytes: &[u8],
    capacity: u32,
    cost: impl Fn(u8) -> u8,
    mut close: impl FnMut(usize, u32),
) -> u32 {
    let (mut room, mut rest) = (capacity, bytes);
    loop {
        while room >= STRIDE_COST
            && let Some((stride, after)) = rest.split_first_chunk::<STRIDE>()
        {
            room -= u32::from(stride.iter().map(|&byte| cost(byte)).sum::<u8>());
            rest = after;
        }
        let Some((&byte, after)) = rest.split_first() else {
            return capacity - room;
        };
        let units = u32::from(cost(byte));
        // Continuation bytes cost nothing, so a part ends before a first byte.
        if units > room {
            close(bytes.len() - rest.len(), capacity - room);
            room = capacity;
        }
        room -= units;
        rest = after;
    }
}

/// How many of the extension table there are; `None` unless all are ASCII in GSM-7.
fn survey(block: &[u8; BLOCK]) -> Option<u8> {
    let (mut extended, mut foreign) = (0_u8, 0_u8);
    for &byte in block {
        extended += u8::from(is_extended(byte));
        foreign |= u8::from(is_foreign(byte));
    }
    (foreign == 0).then_some(extended)
}

/// Whether `byte` is of the extension table: form feed, `[ \ ] ^` or, one bit apart, `{ | } ~`.
const fn is_extended(byte: u8) -> bool {
    (byte & 0xDF).wrapping_sub(0x5B) < 4 || byte == 0x0C
}

/// Whether `byte` is no ASCII character of GSM-7.
const fn is_foreign(byte: u8) -> bool {
    let control = byte < 0x20 && byte != 0x0A && byte != 0x0D && byte != 0x0C;
    control || byte == b'`' || byte >= 0x7F
}

const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Encoding;

    #[test]
    fn the_rules_for_bytes_are_those_of_the_table() {
        for byte in 0..=0x7F_u8 {
            let cost = alphabet::septets(char::from(byte));
            assert_eq!(is_foreign(byte), cost.is_none(), "{byte:#04x}");
            if let Some(cost) = cost {
                assert_eq!(u32::from(gsm7_cost(byte)), cost, "{byte:#04x}");
            }
        }
        assert!((0x80..=0xFF).all(is_foreign));
    }

    #[test]
    fn the_bytes_of_a_character_cost_what_the_character_costs() {
        let mut buffer = [0; 4];
        for character in '\0'..=char::MAX {
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            let sum = |cost: fn(u8) -> u8| bytes.iter().map(|b| u32::from(cost(*b))).sum::<u32>();
            assert_eq!(Some(sum(ucs2_cost)), Encoding::Ucs2.units_of(character));
            let septets = alphabet::septets(character);
            if septets.is_some() {
                assert_eq!(Some(sum(gsm7_cost)), septets, "{character:?}");
            }
            let first = alphabet::first(bytes);
            assert_eq!(first.map(|(_, cost)| cost), septets, "{character:?}");
            assert!(first.is_none_or(|(length, _)| length == bytes.len()));
        }
    }
}
