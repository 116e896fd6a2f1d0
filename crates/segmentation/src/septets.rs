use crate::Tables;
use std::fmt;

/// Announces a code of the extension table.
const ESCAPE: u8 = 0x1B;

/// Zero bits between a header and the first septet, so that septets start on a septet boundary
/// (3GPP TS 23.040, 9.2.3.24). At most six.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FillBits(u8);

impl FillBits {
    /// None: there is no header.
    pub const NONE: Self = Self(0);

    /// The bits after a header of so many octets, its length octet included.
    pub const fn after(header_octets: usize) -> Self {
        // 8 × octets ≡ octets (mod 7). The remainder is below 7.
        #[expect(clippy::cast_possible_truncation, reason = "the value is below 7")]
        Self(((7 - header_octets % 7) % 7) as u8)
    }

    /// How many: 0 to 6.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A text holds a character that the tables lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unencodable {
    /// Position of the character, in characters from 0.
    pub index: usize,
    /// The character.
    pub char: char,
}

impl fmt::Display for Unencodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = u32::from(self.char);
        write!(
            f,
            "character {} (U+{code:04X}) is not in the tables",
            self.index
        )
    }
}

impl std::error::Error for Unencodable {}

/// Codes `text` as septets, one to a byte, escapes included.
///
/// # Errors
/// [`Unencodable`]: the first character that the tables lack.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Tables, to_septets};
///
/// assert_eq!(to_septets("a€", Tables::DEFAULT)?, [0x61, 0x1B, 0x65]);
/// # Ok::<(), tidings_segmentation::Unencodable>(())
/// ```
pub fn to_septets(text: &str, tables: Tables) -> Result<Vec<u8>, Unencodable> {
    let (main, extension) = (tables.main(), tables.extension());
    let mut septets = Vec::with_capacity(text.len());
    for (index, char) in text.chars().enumerate() {
        if let Some(code) = main.encode(char) {
            septets.push(code);
        } else if let Some(code) = extension.encode(char) {
            septets.extend([ESCAPE, code]);
        } else {
            return Err(Unencodable { index, char });
        }
    }
    Ok(septets)
}

/// Reads septets, one to a byte, as a receiver must: it never fails.
///
/// After an escape a code that the extension table lacks is read from the main table, and a second
/// escape is a space (TS 23.038, 6.2.1.1, note 1). A code without any character is a space too, and
/// an escape at the end is nothing. Only seven bits of each byte count.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Tables, from_septets};
///
/// assert_eq!(from_septets(&[0x1B, 0x65, 0x1B, 0x61], Tables::DEFAULT), "€a");
/// ```
pub fn from_septets(septets: &[u8], tables: Tables) -> String {
    let (main, extension) = (tables.main(), tables.extension());
    let mut text = String::with_capacity(septets.len());
    let mut codes = septets.iter().map(|septet| septet & 0x7F);
    while let Some(code) = codes.next() {
        let character = if code == ESCAPE {
            let Some(code) = codes.next() else { break };
            extension.decode(code).or_else(|| main.decode(code))
        } else {
            main.decode(code)
        };
        text.push(character.unwrap_or(' '));
    }
    text
}

/// Packs septets, eight into seven octets, after `fill` zero bits (TS 23.038, 6.1.2.1).
///
/// Only seven bits of each byte count. Bits left over in the last octet are zero.
///
/// # Examples
/// ```
/// use tidings_segmentation::{FillBits, pack_septets, unpack_septets};
///
/// let septets = *b"hellohello";
/// let packed = pack_septets(&septets, FillBits::NONE);
/// assert_eq!(packed, [0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37]);
/// assert_eq!(unpack_septets(&packed, 10, FillBits::NONE), Some(septets.to_vec()));
/// ```
pub fn pack_septets(septets: &[u8], fill: FillBits) -> Vec<u8> {
    let mut octets = Vec::with_capacity(septets.len() - septets.len() / 8 + 1);
    let (mut bits, mut held) = (0_u16, u32::from(fill.0));
    for septet in septets {
        bits |= u16::from(septet & 0x7F) << held;
        held += 7;
        if held >= 8 {
            octets.push(low_octet(bits));
            bits >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        octets.push(low_octet(bits));
    }
    octets
}

/// Unpacks `count` septets, one to a byte, that follow `fill` bits.
///
/// `None` when the octets do not hold so many. The count comes from the length of the user data:
/// octets alone do not tell seven zero bits from `@`.
pub fn unpack_septets(octets: &[u8], count: usize, fill: FillBits) -> Option<Vec<u8>> {
    let bits = count.checked_mul(7)?.checked_add(usize::from(fill.0))?;
    if bits.div_ceil(8) > octets.len() {
        return None;
    }
    let mut septets = Vec::with_capacity(count);
    let mut octets = octets.iter();
    let (mut bits, mut held) = (0_u16, 0_u32);
    let mut skip = u32::from(fill.0);
    while septets.len() < count {
        while held < 7 + skip {
            bits |= u16::from(*octets.next()?) << held;
            held += 8;
        }
        septets.push(low_octet(bits >> skip) & 0x7F);
        bits >>= 7 + skip;
        held -= 7 + skip;
        skip = 0;
    }
    Some(septets)
}

fn low_octet(bits: u16) -> u8 {
    let [low, _] = bits.to_le_bytes();
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn a_receiver_falls_back_to_the_main_table() {
        let read = |septets: &[u8]| from_septets(septets, Tables::DEFAULT);
        assert_eq!(read(&[0x1B, 0x41]), "A"); // not in the extension table
        assert_eq!(read(&[0x1B, 0x1B, 0x41]), " A"); // two escapes are a space
        assert_eq!(read(&[0x41, 0x1B]), "A"); // nothing follows the escape
        assert_eq!(read(&[0x1B, 0x0D]), "\r"); // CR2 is reserved
        assert_eq!(read(&[0xC1]), "A"); // the eighth bit does not count
        let kannada = Tables::new(Some(Language::Kannada), None).unwrap();
        assert_eq!(from_septets(&[0x00, 0x1B, 0x00], kannada), "  "); // void
    }

    #[test]
    fn a_sender_without_the_table_is_told_the_character() {
        let refused = to_septets("Ayşe", Tables::DEFAULT).unwrap_err();
        assert_eq!((refused.index, refused.char), (2, 'ş'));
        assert_eq!(to_septets("\u{1B}", Tables::DEFAULT).unwrap_err().index, 0);
        let turkish = Tables::single(Language::Turkish);
        assert_eq!(to_septets("ş", turkish), Ok(vec![0x1B, 0x73]));
    }

    #[test]
    fn an_eighth_letter_costs_no_octet() {
        // Seven septets leave seven bits free; the eighth fills them.
        for (septets, octets) in [
            (0, 0),
            (1, 1),
            (7, 7),
            (8, 7),
            (9, 8),
            (153, 134),
            (160, 140),
        ] {
            let packed = pack_septets(&vec![0x7F; septets], FillBits::NONE);
            assert_eq!(packed.len(), octets, "{septets}");
        }
        assert_eq!(pack_septets(&[0x7F; 153], FillBits::after(6)).len(), 134);
        assert_eq!(pack_septets(&[0x7F; 152], FillBits::after(7)).len(), 133);
    }

    #[test]
    fn fill_bits_end_at_a_septet() {
        for octets in 0..40 {
            let fill = FillBits::after(octets).get();
            assert!(fill < 7);
            assert_eq!((octets * 8 + usize::from(fill)) % 7, 0);
        }
        assert_eq!(FillBits::after(6).get(), 1);
        assert_eq!(FillBits::after(7).get(), 0);
    }

    #[test]
    fn octets_that_are_too_few_are_refused() {
        assert_eq!(unpack_septets(&[0xFF; 7], 9, FillBits::NONE), None);
        assert_eq!(unpack_septets(&[0xFF; 7], 8, FillBits::after(6)), None);
        assert_eq!(unpack_septets(&[], usize::MAX, FillBits::NONE), None);
        assert_eq!(unpack_septets(&[], 0, FillBits::after(6)), None);
        assert_eq!(unpack_septets(&[], 0, FillBits::NONE), Some(vec![]));
    }
}
