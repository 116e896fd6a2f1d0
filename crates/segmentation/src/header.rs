//! The user data header: information elements before the text (3GPP TS 23.040, 9.2.3.24).

use crate::{Language, Reference, Tables};
use serde::Serialize;

const CONCATENATION_8: u8 = 0x00;
const CONCATENATION_16: u8 = 0x08;
const SINGLE_SHIFT: u8 = 0x24;
const LOCKING_SHIFT: u8 = 0x25;

/// The number that the parts of one text share.
///
/// It should differ from that of the last texts to the same recipient; an 8-bit one comes round
/// after 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageReference {
    /// One octet.
    EightBit(u8),
    /// Two octets; each part holds one unit less.
    SixteenBit(u16),
}

impl MessageReference {
    /// Its width.
    pub const fn width(self) -> Reference {
        match self {
            Self::EightBit(_) => Reference::EightBit,
            Self::SixteenBit(_) => Reference::SixteenBit,
        }
    }
}

/// Which part of which text this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Concatenation {
    /// The text.
    pub reference: MessageReference,
    /// How many parts it has.
    pub total: u8,
    /// Which one this is, from 1.
    pub sequence: u8,
}

/// What a header says that concerns the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Header {
    pub(crate) concatenation: Option<Concatenation>,
    pub(crate) tables: Tables,
}

impl Header {
    /// The header with its length octet; empty when there is nothing to say.
    pub(crate) fn to_octets(self) -> Vec<u8> {
        let mut elements = Vec::new();
        if let Some(Concatenation {
            reference,
            total,
            sequence,
        }) = self.concatenation
        {
            match reference {
                MessageReference::EightBit(number) => {
                    elements.extend([CONCATENATION_8, 3, number]);
                }
                MessageReference::SixteenBit(number) => {
                    elements.extend([CONCATENATION_16, 4]);
                    elements.extend(number.to_be_bytes());
                }
            }
            elements.extend([total, sequence]);
        }
        if let Some(language) = self.tables.single_language() {
            elements.extend([SINGLE_SHIFT, 1, language.id()]);
        }
        if let Some(language) = self.tables.locking_language() {
            elements.extend([LOCKING_SHIFT, 1, language.id()]);
        }
        match u8::try_from(elements.len()) {
            Ok(length) if length > 0 => {
                elements.insert(0, length);
                elements
            }
            // Twelve octets at most.
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    /// Reads the elements after the length octet; `None` when they are cut short.
    ///
    /// What it does not know, and what contradicts itself, is passed over as the standard asks; of
    /// two elements of a kind the last counts.
    pub(crate) fn parse(mut elements: &[u8]) -> Option<Self> {
        let mut concatenation = None;
        let (mut locking, mut single) = (None, None);
        while let [kind, length, rest @ ..] = elements {
            let (data, after) = rest.split_at_checked(usize::from(*length))?;
            elements = after;
            match (*kind, data) {
                (CONCATENATION_8, &[number, total, sequence]) => {
                    let reference = MessageReference::EightBit(number);
                    concatenation = part(reference, total, sequence).or(concatenation);
                }
                (CONCATENATION_16, &[high, low, total, sequence]) => {
                    let reference = MessageReference::SixteenBit(u16::from_be_bytes([high, low]));
                    concatenation = part(reference, total, sequence).or(concatenation);
                }
                (SINGLE_SHIFT, &[id]) => single = Language::from_id(id),
                (LOCKING_SHIFT, &[id]) => locking = Language::from_id(id),
                _ => {}
            }
        }
        // One octet left over is half an element.
        elements.is_empty().then_some(Self {
            concatenation,
            tables: Tables::new(locking, single)
                .or_else(|_| Tables::new(None, single))
                .unwrap_or_default(),
        })
    }
}

fn part(reference: MessageReference, total: u8, sequence: u8) -> Option<Concatenation> {
    (1..=total).contains(&sequence).then_some(Concatenation {
        reference,
        total,
        sequence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_standard() {
        let header = |reference, tables| {
            let concatenation = Some(Concatenation {
                reference,
                total: 3,
                sequence: 2,
            });
            Header {
                concatenation,
                tables,
            }
        };
        let narrow = header(MessageReference::EightBit(0xAB), Tables::DEFAULT);
        assert_eq!(narrow.to_octets(), [5, 0, 3, 0xAB, 3, 2]);
        let wide = header(MessageReference::SixteenBit(0xABCD), Tables::DEFAULT);
        assert_eq!(wide.to_octets(), [6, 8, 4, 0xAB, 0xCD, 3, 2]);
        let both = Tables::new(Some(Language::Turkish), Some(Language::Portuguese)).unwrap();
        let national = header(MessageReference::EightBit(1), both);
        assert_eq!(
            national.to_octets(),
            [11, 0, 3, 1, 3, 2, 0x24, 1, 3, 0x25, 1, 1]
        );
        assert!(Header::default().to_octets().is_empty());
        for header in [narrow, wide, national] {
            let octets = header.to_octets();
            assert_eq!(Header::parse(octets.get(1..).unwrap()), Some(header));
        }
    }

    #[test]
    fn what_is_unknown_or_absurd_is_passed_over() {
        let plain = Some(Header::default());
        assert_eq!(Header::parse(&[]), plain);
        assert_eq!(Header::parse(&[0x70, 2, 9, 9]), plain); // unknown element
        assert_eq!(Header::parse(&[0, 3, 1, 0, 0]), plain); // no parts
        assert_eq!(Header::parse(&[0, 3, 1, 2, 3]), plain); // part 3 of 2
        let first = Header::parse(&[0, 3, 1, 2, 1]);
        assert_eq!(Header::parse(&[0, 3, 1, 2, 1, 0, 3, 1, 0, 0]), first);
        assert_eq!(Header::parse(&[0, 3, 1, 2, 1, 8, 4, 0, 9, 0, 0]), first);
        assert_ne!(first, plain);
        assert_eq!(Header::parse(&[0x24, 1, 99]), plain); // unknown language
        assert_eq!(Header::parse(&[0x25, 1, 2]), plain); // no such table
    }

    #[test]
    fn a_header_cut_short_is_refused() {
        assert_eq!(Header::parse(&[0, 3, 1, 2]), None);
        assert_eq!(Header::parse(&[0]), None);
    }
}
