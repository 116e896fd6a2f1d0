//! One table of 128 codes, read in both directions.

use super::locking::Codes;
use super::single::Shifted;

/// Where a table has no character; U+FFFF is none.
pub(super) const VOID: u16 = 0xFFFF;
/// No code: codes have seven bits.
const NO_CODE: u8 = 0xFF;

/// Codes to characters and back. Where a character stands twice, its lowest code is the one sent.
pub(crate) struct Table {
    characters: [u16; 128],
    ascii: [u8; 128],
    /// Characters beyond ASCII with their codes, by character; the rest is `(VOID, NO_CODE)`.
    others: [(u16, u8); 128],
}

impl Table {
    pub(super) const fn new(characters: Codes) -> Self {
        let mut table = Self {
            characters,
            ascii: [NO_CODE; 128],
            others: [(VOID, NO_CODE); 128],
        };
        let (mut code, mut len) = (0_u8, 0);
        while code < 128 {
            let character = characters[code as usize];
            if character < 128 {
                if table.ascii[character as usize] == NO_CODE {
                    table.ascii[character as usize] = code;
                }
            } else if character != VOID {
                len = table.insert(len, character, code);
            }
            code += 1;
        }
        table
    }

    pub(super) const fn of_pairs(parts: &[&Shifted]) -> Self {
        let mut characters = [VOID; 128];
        let mut part = 0;
        while part < parts.len() {
            let mut at = 0;
            while at < parts[part].len() {
                let (code, character) = parts[part][at];
                characters[code as usize] = character;
                at += 1;
            }
            part += 1;
        }
        Self::new(characters)
    }

    /// Keeps `others` sorted; the first code of a character stays.
    const fn insert(&mut self, len: usize, character: u16, code: u8) -> usize {
        let mut at = len;
        while at > 0 && self.others[at - 1].0 > character {
            at -= 1;
        }
        if at > 0 && self.others[at - 1].0 == character {
            return len;
        }
        let mut end = len;
        while end > at {
            self.others[end] = self.others[end - 1];
            end -= 1;
        }
        self.others[at] = (character, code);
        len + 1
    }

    /// The character at `code`, of which seven bits count.
    pub(crate) fn decode(&self, code: u8) -> Option<char> {
        match self.characters.get(usize::from(code & 0x7F)) {
            None | Some(&VOID) => None,
            Some(&unit) => char::from_u32(u32::from(unit)),
        }
    }

    /// The lowest code of `character`.
    pub(crate) fn encode(&self, character: char) -> Option<u8> {
        if let Some(&code) = self.ascii.get(character as usize) {
            return (code != NO_CODE).then_some(code);
        }
        let unit = u16::try_from(u32::from(character)).ok()?;
        let at = self
            .others
            .binary_search_by_key(&unit, |&(other, _)| other)
            .ok()?;
        self.others
            .get(at)
            .map(|&(_, code)| code)
            .filter(|&code| code != NO_CODE)
    }
}
