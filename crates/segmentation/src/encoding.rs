use crate::{alphabet, count};
use serde::Serialize;

/// How a text is coded on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// GSM 7-bit default alphabet with its extension table; a unit is a septet.
    Gsm7,
    /// UCS-2, in practice UTF-16; a unit is a 16-bit code unit.
    Ucs2,
}

/// Width of the reference that ties the parts of one text together.
///
/// The 8-bit one is what providers use; the 16-bit one takes one more octet from each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Six octets of header, `05 00 03 RR TT SS`.
    #[default]
    EightBit,
    /// Seven octets of header, `06 08 04 RR RR TT SS`.
    SixteenBit,
}

impl Encoding {
    /// The name used in tables and API: `gsm7` or `ucs2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }

    /// The cheapest encoding that can carry `text`: GSM-7 if it has every character.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::Encoding;
    ///
    /// assert_eq!(Encoding::of("Señor, 5 €"), Encoding::Gsm7);
    /// assert_eq!(Encoding::of("garçon"), Encoding::Ucs2); // the capital Ç would do
    /// ```
    pub fn of(text: &str) -> Self {
        if count::gsm7(text).is_some() {
            Self::Gsm7
        } else {
            Self::Ucs2
        }
    }

    /// Units that fit in a text sent as one part: 160 or 70 (TS 23.040, 9.2.3.24).
    pub const fn single_capacity(self) -> u32 {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units that fit in each of several parts, after the concatenation header.
    pub const fn part_capacity(self, reference: Reference) -> u32 {
        match (self, reference) {
            (Self::Gsm7, Reference::EightBit) => 153,
            (Self::Gsm7, Reference::SixteenBit) => 152,
            (Self::Ucs2, Reference::EightBit) => 67,
            (Self::Ucs2, Reference::SixteenBit) => 66,
        }
    }

    /// Units of `character`, 1 or 2; `None` when GSM-7 has no code for it.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::Encoding::{Gsm7, Ucs2};
    ///
    /// assert_eq!((Gsm7.units_of('['), Ucs2.units_of('[')), (Some(2), Some(1)));
    /// assert_eq!((Gsm7.units_of('🙂'), Ucs2.units_of('🙂')), (None, Some(2)));
    /// ```
    pub fn units_of(self, character: char) -> Option<u32> {
        match self {
            Self::Gsm7 => alphabet::septets(character),
            Self::Ucs2 => Some(if character as u32 > 0xFFFF { 2 } else { 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_serialize_in_snake_case() {
        let json = |encoding| serde_json::to_string(&encoding).unwrap();
        assert_eq!(json(Encoding::Gsm7), r#""gsm7""#);
        assert_eq!(json(Encoding::Ucs2), r#""ucs2""#);
    }

    #[test]
    fn an_extension_character_costs_one_unit_in_ucs2() {
        assert_eq!(Encoding::Gsm7.units_of('€'), Some(2));
        assert_eq!(Encoding::Ucs2.units_of('€'), Some(1));
        assert_eq!(Encoding::Ucs2.units_of('\u{1F600}'), Some(2));
        assert_eq!(Encoding::Gsm7.units_of('ç'), None);
    }
}
