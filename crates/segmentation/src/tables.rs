mod locking;
mod lookup;
mod single;

use crate::Reference;
use lookup::Table;
use serde::{Deserialize, Serialize};
use std::fmt;

pub(crate) use locking::DEFAULT as DEFAULT_CODES;

/// A language with tables of its own in annex A of 3GPP TS 23.038.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Language {
    /// Identifier 1.
    Turkish = 1,
    /// Identifier 2; it has a single shift table only.
    Spanish = 2,
    /// Identifier 3.
    Portuguese = 3,
    /// Identifier 4.
    Bengali = 4,
    /// Identifier 5.
    Gujarati = 5,
    /// Identifier 6.
    Hindi = 6,
    /// Identifier 7.
    Kannada = 7,
    /// Identifier 8.
    Malayalam = 8,
    /// Identifier 9.
    Oriya = 9,
    /// Identifier 10.
    Punjabi = 10,
    /// Identifier 11.
    Tamil = 11,
    /// Identifier 12.
    Telugu = 12,
    /// Identifier 13.
    Urdu = 13,
}

impl Language {
    /// Every language, by identifier.
    pub const ALL: [Self; 13] = [
        Self::Turkish,
        Self::Spanish,
        Self::Portuguese,
        Self::Bengali,
        Self::Gujarati,
        Self::Hindi,
        Self::Kannada,
        Self::Malayalam,
        Self::Oriya,
        Self::Punjabi,
        Self::Tamil,
        Self::Telugu,
        Self::Urdu,
    ];

    /// The National Language Identifier of TS 23.038, 6.2.1.2.4.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The language of an identifier; `None` for one that this crate does not know.
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.id() == id)
    }
}

/// The tables that a GSM-7 text is coded with: the default ones, unless a national language
/// replaces the alphabet (locking shift), the extension table (single shift) or both.
///
/// Each replacement takes three octets of every part and must be understood by the provider and the
/// handset; [`measure`](crate::measure) and [`segment`](crate::segment) never use one. The field
/// order of the [`Ord`] is the order of preference between tables that cost the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Tables {
    locking: Option<Language>,
    single: Option<Language>,
}

/// The standard has no locking shift table for the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoLockingTable(pub Language);

impl fmt::Display for NoLockingTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} has no locking shift table: use its single shift table",
            self.0
        )
    }
}

impl std::error::Error for NoLockingTable {}

impl Tables {
    /// The default alphabet and its extension table.
    pub const DEFAULT: Self = Self {
        locking: None,
        single: None,
    };

    /// The default alphabet with the extension table of `language`.
    ///
    /// What is not in that table stays readable on a handset that does not know it.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::{Language, Tables};
    ///
    /// let spanish = Tables::single(Language::Spanish);
    /// assert_eq!((spanish.units_of('á'), spanish.units_of('a')), (Some(2), Some(1)));
    /// assert_eq!(spanish.single_capacity(), 155);
    /// ```
    pub const fn single(language: Language) -> Self {
        Self {
            locking: None,
            single: Some(language),
        }
    }

    /// The tables of these languages; `None` leaves the default one in place.
    ///
    /// # Errors
    /// [`NoLockingTable`]: Spanish as `locking`.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::{Language, Reference, Tables};
    ///
    /// let turkish = Tables::new(Some(Language::Turkish), Some(Language::Turkish))?;
    /// assert_eq!(turkish.single_capacity(), 152);
    /// assert_eq!(turkish.part_capacity(Reference::EightBit), 146);
    /// assert_eq!((turkish.units_of('ğ'), turkish.units_of('[')), (Some(1), Some(2)));
    /// assert!(Tables::new(Some(Language::Spanish), None).is_err());
    /// # Ok::<(), tidings_segmentation::NoLockingTable>(())
    /// ```
    pub const fn new(
        locking: Option<Language>,
        single: Option<Language>,
    ) -> Result<Self, NoLockingTable> {
        match locking {
            Some(Language::Spanish) => Err(NoLockingTable(Language::Spanish)),
            _ => Ok(Self { locking, single }),
        }
    }

    /// The language whose table replaces the default alphabet.
    pub const fn locking_language(self) -> Option<Language> {
        self.locking
    }

    /// The language whose table replaces the default extension table.
    pub const fn single_language(self) -> Option<Language> {
        self.single
    }

    /// How many tables are replaced: 0, 1 or 2.
    pub const fn shifts(self) -> u32 {
        self.locking.is_some() as u32 + self.single.is_some() as u32
    }

    /// Septets that fit in a text sent as one part: 160, 155 or 152.
    pub const fn single_capacity(self) -> u32 {
        match self.shifts() {
            0 => 160,
            shifts => septets_after(1 + 3 * shifts),
        }
    }

    /// Septets that fit in each of several parts: 153, 149 or 146 with an 8-bit reference.
    pub const fn part_capacity(self, reference: Reference) -> u32 {
        let concatenation = match reference {
            Reference::EightBit => 5,
            Reference::SixteenBit => 6,
        };
        septets_after(1 + concatenation + 3 * self.shifts())
    }

    /// Septets of `character`: 1, 2 after an escape, `None` when the tables lack it.
    pub fn units_of(self, character: char) -> Option<u32> {
        if self.main().encode(character).is_some() {
            Some(1)
        } else {
            self.extension().encode(character).map(|_| 2)
        }
    }

    pub(crate) fn main(self) -> &'static Table {
        match self.locking {
            // Spanish is refused by the constructor.
            None | Some(Language::Spanish) => &DEFAULT_LOCKING,
            Some(Language::Turkish) => &TURKISH_LOCKING,
            Some(Language::Portuguese) => &PORTUGUESE_LOCKING,
            Some(Language::Bengali) => &BENGALI_LOCKING,
            Some(Language::Gujarati) => &GUJARATI_LOCKING,
            Some(Language::Hindi) => &HINDI_LOCKING,
            Some(Language::Kannada) => &KANNADA_LOCKING,
            Some(Language::Malayalam) => &MALAYALAM_LOCKING,
            Some(Language::Oriya) => &ORIYA_LOCKING,
            Some(Language::Punjabi) => &PUNJABI_LOCKING,
            Some(Language::Tamil) => &TAMIL_LOCKING,
            Some(Language::Telugu) => &TELUGU_LOCKING,
            Some(Language::Urdu) => &URDU_LOCKING,
        }
    }

    pub(crate) fn extension(self) -> &'static Table {
        match self.single {
            None => &DEFAULT_SINGLE,
            Some(Language::Turkish) => &TURKISH_SINGLE,
            Some(Language::Spanish) => &SPANISH_SINGLE,
            Some(Language::Portuguese) => &PORTUGUESE_SINGLE,
            Some(Language::Bengali) => &BENGALI_SINGLE,
            Some(Language::Gujarati) => &GUJARATI_SINGLE,
            Some(Language::Hindi) => &HINDI_SINGLE,
            Some(Language::Kannada) => &KANNADA_SINGLE,
            Some(Language::Malayalam) => &MALAYALAM_SINGLE,
            Some(Language::Oriya) => &ORIYA_SINGLE,
            Some(Language::Punjabi) => &PUNJABI_SINGLE,
            Some(Language::Tamil) => &TAMIL_SINGLE,
            Some(Language::Telugu) => &TELUGU_SINGLE,
            Some(Language::Urdu) => &URDU_SINGLE,
        }
    }
}

/// Whole septets in what 140 octets leave after a header of `octets` (TS 23.040, 9.2.3.24).
const fn septets_after(octets: u32) -> u32 {
    (1120 - 8 * octets) / 7
}

static DEFAULT_LOCKING: Table = Table::new(locking::DEFAULT);
static TURKISH_LOCKING: Table = Table::new(locking::TURKISH);
static PORTUGUESE_LOCKING: Table = Table::new(locking::PORTUGUESE);
static BENGALI_LOCKING: Table = Table::new(locking::BENGALI);
static GUJARATI_LOCKING: Table = Table::new(locking::GUJARATI);
static HINDI_LOCKING: Table = Table::new(locking::HINDI);
static KANNADA_LOCKING: Table = Table::new(locking::KANNADA);
static MALAYALAM_LOCKING: Table = Table::new(locking::MALAYALAM);
static ORIYA_LOCKING: Table = Table::new(locking::ORIYA);
static PUNJABI_LOCKING: Table = Table::new(locking::PUNJABI);
static TAMIL_LOCKING: Table = Table::new(locking::TAMIL);
static TELUGU_LOCKING: Table = Table::new(locking::TELUGU);
static URDU_LOCKING: Table = Table::new(locking::URDU);

static DEFAULT_SINGLE: Table = Table::of_pairs(&[single::DEFAULT]);
static TURKISH_SINGLE: Table = Table::of_pairs(&[single::DEFAULT, single::TURKISH]);
static SPANISH_SINGLE: Table = Table::of_pairs(&[single::DEFAULT, single::SPANISH]);
static PORTUGUESE_SINGLE: Table = Table::of_pairs(&[single::DEFAULT, single::PORTUGUESE]);
static BENGALI_SINGLE: Table = indic(single::BENGALI);
static GUJARATI_SINGLE: Table = indic(single::GUJARATI);
static HINDI_SINGLE: Table = indic(single::HINDI);
static KANNADA_SINGLE: Table = indic(single::KANNADA);
static MALAYALAM_SINGLE: Table = indic(single::MALAYALAM);
static ORIYA_SINGLE: Table = indic(single::ORIYA);
static PUNJABI_SINGLE: Table = indic(single::PUNJABI);
static TAMIL_SINGLE: Table = indic(single::TAMIL);
static TELUGU_SINGLE: Table = indic(single::TELUGU);
static URDU_SINGLE: Table = indic(single::URDU);

const fn indic(own: &single::Shifted) -> Table {
    Table::of_pairs(&[single::DEFAULT, single::INDIC, own])
}

#[cfg(test)]
mod tests;
