use crate::filler::Filler;
use crate::{Encoding, Measure, Part, Reference, Tables};
use serde::Serialize;

/// How a text is coded, national tables included: [`Encoding`] with room for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// Septets, read through these tables.
    Gsm7(Tables),
    /// UCS-2, in practice UTF-16.
    Ucs2,
}

/// The coding chosen for a text, and its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The coding.
    pub coding: Coding,
    /// What the text costs with it.
    pub measure: Measure,
}

impl From<Encoding> for Coding {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Gsm7 => Self::Gsm7(Tables::DEFAULT),
            Encoding::Ucs2 => Self::Ucs2,
        }
    }
}

impl Coding {
    /// The encoding, whichever the tables.
    pub const fn encoding(self) -> Encoding {
        match self {
            Self::Gsm7(_) => Encoding::Gsm7,
            Self::Ucs2 => Encoding::Ucs2,
        }
    }

    /// Units that fit in a text sent as one part.
    pub const fn single_capacity(self) -> u32 {
        match self {
            Self::Gsm7(tables) => tables.single_capacity(),
            Self::Ucs2 => Encoding::Ucs2.single_capacity(),
        }
    }

    /// Units that fit in each of several parts.
    pub const fn part_capacity(self, reference: Reference) -> u32 {
        match self {
            Self::Gsm7(tables) => tables.part_capacity(reference),
            Self::Ucs2 => Encoding::Ucs2.part_capacity(reference),
        }
    }

    /// Units of `character`, 1 or 2; `None` when the tables lack it.
    pub fn units_of(self, character: char) -> Option<u32> {
        match self {
            Self::Gsm7(tables) => tables.units_of(character),
            Self::Ucs2 => Encoding::Ucs2.units_of(character),
        }
    }
}

/// Measures `text` in a coding that the caller prescribes; `None` when it cannot carry the text.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Coding, Language, Reference, Tables, measure, measure_as};
///
/// let text = "Ğ".repeat(77);
/// let turkish = Coding::Gsm7(Tables::single(Language::Turkish));
/// let shifted = measure_as(&text, turkish, Reference::EightBit).ok_or("not Turkish")?;
/// assert_eq!((shifted.units, shifted.count, measure(&text).count), (154, 1, 2));
/// assert_eq!(measure_as("中", turkish, Reference::EightBit), None);
/// # Ok::<(), &str>(())
/// ```
pub fn measure_as(text: &str, coding: Coding, reference: Reference) -> Option<Measure> {
    let mut filler = Filler::new(coding.single_capacity(), coding.part_capacity(reference));
    for character in text.chars() {
        filler.push(coding.units_of(character)?);
    }
    Some(filler.measure(coding.encoding()))
}

/// Cuts `text` in a coding that the caller prescribes; `None` when it cannot carry the text.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Coding, Reference, parts_as};
///
/// // A provider that was told to send Unicode sends even plain letters so.
/// let text = "a".repeat(100);
/// let parts = parts_as(&text, Coding::Ucs2, Reference::EightBit).unwrap_or_default();
/// assert_eq!(parts.iter().map(|part| part.units).collect::<Vec<_>>(), [67, 33]);
/// ```
pub fn parts_as(text: &str, coding: Coding, reference: Reference) -> Option<Vec<Part>> {
    let units = measure_as(text, coding, reference)?.units;
    if units <= coding.single_capacity() {
        return Some(vec![Part {
            range: 0..text.len(),
            units,
        }]);
    }
    let mut parts = Vec::new();
    let mut filler = Filler::new(coding.single_capacity(), coding.part_capacity(reference));
    let mut start = 0;
    for (offset, character) in text.char_indices() {
        if let Some(units) = filler.push(coding.units_of(character)?) {
            parts.push(Part {
                range: start..offset,
                units,
            });
            start = offset;
        }
    }
    parts.push(Part {
        range: start..text.len(),
        units: filler.open(),
    });
    Some(parts)
}

/// The best coding of `text` when the tables in `allowed` may be used beside the default ones.
///
/// The fewest parts win. National tables are chosen only where they save a part over the default
/// path, which every handset reads; among national tables that need as many parts the fewest units
/// win, then the fewest tables, then the order of [`Tables`]. The order of `allowed` changes nothing.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Coding, Language, Reference, Tables, choose};
///
/// let allowed = [Tables::single(Language::Portuguese), Tables::single(Language::Spanish)];
/// let short = choose("Até amanhã", &allowed, Reference::EightBit);
/// assert_eq!(short.coding, Coding::Ucs2); // one part either way
///
/// let long = choose(&"Até amanhã. ".repeat(10), &allowed, Reference::EightBit);
/// assert_eq!(long.coding, Coding::Gsm7(allowed[0]));
/// assert_eq!((long.measure.units, long.measure.count), (130, 1));
/// ```
pub fn choose(text: &str, allowed: &[Tables], reference: Reference) -> Choice {
    let measure = crate::measure_with(text, reference);
    let usual = Choice {
        coding: measure.encoding.into(),
        measure,
    };
    allowed
        .iter()
        .filter(|tables| tables.shifts() > 0)
        .filter_map(|&tables| {
            let measure = measure_as(text, Coding::Gsm7(tables), reference)?;
            (measure.count < usual.measure.count).then_some((tables, measure))
        })
        .min_by_key(|(tables, measure)| (measure.count, measure.units, tables.shifts(), *tables))
        .map_or(usual, |(tables, measure)| Choice {
            coding: Coding::Gsm7(tables),
            measure,
        })
}
