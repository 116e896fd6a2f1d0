use crate::header::{Concatenation, Header, MessageReference};
use crate::{Coding, Encoding, FillBits, MAX_PARTS, Tables, Unencodable};
use crate::{from_septets, pack_septets, parts_as, to_septets, unpack_septets};
use serde::Serialize;
use std::fmt;

/// One part as it goes on the air: the user data of 3GPP TS 23.040 (TP-UD) and the facts about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserData {
    /// Septets or 16-bit units.
    pub encoding: Encoding,
    /// Whether `octets` begin with a header (TP-UDHI; in SMPP the bit 0x40 of `esm_class`).
    pub has_header: bool,
    /// The length as sent (TP-UDL): septets in GSM-7, the header counted in; octets in UCS-2.
    pub length: u8,
    /// Header and text, at most 140 octets.
    pub octets: Vec<u8>,
}

/// What a part says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The text of the part.
    pub text: String,
    /// Which part of which text it is; `None` for a text of one part.
    pub concatenation: Option<Concatenation>,
    /// The tables that the header selects.
    pub tables: Tables,
}

/// A text cannot be packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackError {
    /// Choose another coding.
    Unencodable(Unencodable),
    /// Shorten the text: no header can count so many parts.
    TooManyParts(u32),
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unencodable(_) => f.write_str("the coding cannot carry the text"),
            Self::TooManyParts(count) => {
                write!(f, "{count} parts: a text has at most {MAX_PARTS}")
            }
        }
    }
}

impl std::error::Error for PackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unencodable(source) => Some(source),
            Self::TooManyParts(_) => None,
        }
    }
}

/// User data that contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnpackError {
    /// The header is longer than the user data, or one of its elements than the header.
    Header,
    /// The octets are fewer than the length says, or more than it needs.
    Length,
    /// UCS-2 text in an odd number of octets.
    OddOctets,
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "the user data header is cut short",
            Self::Length => "the octets do not match the length",
            Self::OddOctets => "UCS-2 text in an odd number of octets",
        })
    }
}

impl std::error::Error for UnpackError {}

/// Packs `text` into the user data of its parts.
///
/// Several parts carry `reference`; one part has a header only for national tables.
///
/// # Errors
/// [`PackError`]: the coding lacks a character, or there would be more than [`MAX_PARTS`] parts.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Encoding, MessageReference, pack};
///
/// let text = "a".repeat(161);
/// let parts = pack(&text, Encoding::of(&text).into(), MessageReference::EightBit(7))?;
/// assert_eq!(parts.len(), 2);
/// assert_eq!((parts[0].length, parts[0].octets.len()), (160, 140));
/// assert_eq!(parts[0].octets[..6], [0x05, 0x00, 0x03, 7, 2, 1]);
/// assert_eq!(parts[1].unpack().map(|part| part.text), Ok("a".repeat(8)));
/// # Ok::<(), tidings_segmentation::PackError>(())
/// ```
pub fn pack(
    text: &str,
    coding: Coding,
    reference: MessageReference,
) -> Result<Vec<UserData>, PackError> {
    let Some(parts) = parts_as(text, coding, reference.width()) else {
        return Err(PackError::Unencodable(obstacle(text, coding)));
    };
    let total = u8::try_from(parts.len())
        .map_err(|_| PackError::TooManyParts(u32::try_from(parts.len()).unwrap_or(u32::MAX)))?;
    let tables = match coding {
        Coding::Gsm7(tables) => tables,
        Coding::Ucs2 => Tables::DEFAULT,
    };
    (1..=total)
        .zip(&parts)
        .map(|(sequence, part)| {
            let concatenation = (total > 1).then_some(Concatenation {
                reference,
                total,
                sequence,
            });
            let header = Header {
                concatenation,
                tables,
            };
            let text = text.get(part.range.clone()).unwrap_or_default();
            one(text, coding, &header.to_octets())
        })
        .collect()
}

fn one(text: &str, coding: Coding, header: &[u8]) -> Result<UserData, PackError> {
    let mut octets = header.to_vec();
    let length = match coding {
        Coding::Gsm7(tables) => {
            let septets = to_septets(text, tables).map_err(PackError::Unencodable)?;
            octets.extend(pack_septets(&septets, FillBits::after(header.len())));
            septets_of(header.len()) + septets.len()
        }
        Coding::Ucs2 => {
            octets.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            octets.len()
        }
    };
    Ok(UserData {
        encoding: coding.encoding(),
        has_header: !header.is_empty(),
        // A part holds 160 septets or 140 octets at most.
        length: u8::try_from(length).unwrap_or(u8::MAX),
        octets,
    })
}

/// The first character that `coding` lacks; asked only when there is one.
fn obstacle(text: &str, coding: Coding) -> Unencodable {
    text.chars()
        .enumerate()
        .find(|(_, char)| coding.units_of(*char).is_none())
        .map_or(
            Unencodable {
                index: 0,
                char: char::REPLACEMENT_CHARACTER,
            },
            |(index, char)| Unencodable { index, char },
        )
}

/// Septets that a header of `octets` takes, fill bits included.
const fn septets_of(octets: usize) -> usize {
    (octets * 8).div_ceil(7)
}

impl UserData {
    /// The data coding of TS 23.038 (TP-DCS, SMPP `data_coding`): 0x00 for GSM-7, 0x08 for UCS-2.
    pub const fn data_coding(&self) -> u8 {
        match self.encoding {
            Encoding::Gsm7 => 0x00,
            Encoding::Ucs2 => 0x08,
        }
    }

    /// Reads the part as a receiver does. Half a surrogate pair is U+FFFD.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::{Encoding, UserData};
    ///
    /// let part = UserData {
    ///     encoding: Encoding::Ucs2,
    ///     has_header: true,
    ///     length: 8,
    ///     octets: vec![0x05, 0x00, 0x03, 0x2A, 2, 1, 0x4E, 0x2D],
    /// };
    /// let received = part.unpack()?;
    /// assert_eq!(received.text, "中");
    /// assert_eq!(received.concatenation.map(|part| (part.sequence, part.total)), Some((1, 2)));
    /// # Ok::<(), tidings_segmentation::UnpackError>(())
    /// ```
    ///
    /// # Errors
    /// [`UnpackError`]: the octets contradict the length or the header.
    pub fn unpack(&self) -> Result<Received, UnpackError> {
        let (header, body) = self.split()?;
        let fields =
            Header::parse(header.get(1..).unwrap_or_default()).ok_or(UnpackError::Header)?;
        let text = match self.encoding {
            Encoding::Gsm7 => from_septets(&self.septets(header, body)?, fields.tables),
            Encoding::Ucs2 => {
                if usize::from(self.length) != self.octets.len() {
                    return Err(UnpackError::Length);
                }
                let (units, odd) = body.as_chunks::<2>();
                if !odd.is_empty() {
                    return Err(UnpackError::OddOctets);
                }
                let units = units.iter().map(|pair| u16::from_be_bytes(*pair));
                char::decode_utf16(units)
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
        };
        Ok(Received {
            text,
            concatenation: fields.concatenation,
            tables: fields.tables,
        })
    }

    /// The part for centers that take GSM-7 unpacked, one septet to an octet after the header, as
    /// most do over SMPP; the same octets for UCS-2.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::{Coding, MessageReference, Tables, pack};
    ///
    /// let parts = pack("5€", Coding::Gsm7(Tables::DEFAULT), MessageReference::EightBit(0))?;
    /// assert_eq!(parts[0].octets.len(), 3);
    /// assert_eq!(parts[0].unpacked()?, [0x35, 0x1B, 0x65]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnpackError`]: the octets contradict the length or the header.
    pub fn unpacked(&self) -> Result<Vec<u8>, UnpackError> {
        match self.encoding {
            Encoding::Gsm7 => {
                let (header, body) = self.split()?;
                Ok([header, &self.septets(header, body)?].concat())
            }
            Encoding::Ucs2 => Ok(self.octets.clone()),
        }
    }

    /// Header, with its length octet, and the rest.
    fn split(&self) -> Result<(&[u8], &[u8]), UnpackError> {
        if !self.has_header {
            return Ok((&[], &self.octets));
        }
        let length = self.octets.first().ok_or(UnpackError::Header)?;
        self.octets
            .split_at_checked(1 + usize::from(*length))
            .ok_or(UnpackError::Header)
    }

    fn septets(&self, header: &[u8], body: &[u8]) -> Result<Vec<u8>, UnpackError> {
        let count = usize::from(self.length)
            .checked_sub(septets_of(header.len()))
            .ok_or(UnpackError::Length)?;
        if count == 0 && body.is_empty() {
            // Senders differ on whether fill bits before nothing take an octet.
            return Ok(Vec::new());
        }
        if (usize::from(self.length) * 7).div_ceil(8) != self.octets.len() {
            return Err(UnpackError::Length);
        }
        unpack_septets(body, count, FillBits::after(header.len())).ok_or(UnpackError::Length)
    }
}

#[cfg(test)]
mod tests;
