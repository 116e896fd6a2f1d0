use crate::numbering;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tidings_kernel::Region;

/// A place with laws of its own: a country (`DE`), a part of one (`US-PA`), or anywhere (`*`).
///
/// A place stands for all that lies in it, so a contact in `US` may be in any state, and the rules of
/// every state bind. Territories belong to the country whose law reaches them: Puerto Rico is `US-PR`.
///
/// ```rust
/// use tidings_jurisdictions::Place;
///
/// let pennsylvania: Place = "US-PA".parse()?;
/// assert!(Place::parse("US")?.covers(pennsylvania));
/// assert!(Place::ANYWHERE.covers(pennsylvania));
/// assert!(Place::parse("US-XX").is_err() && Place::parse("us").is_err());
/// # Ok::<(), tidings_jurisdictions::UnknownPlace>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    /// Zeros mean anywhere.
    country: [u8; 2],
    /// Zeros mean the whole country.
    part: [u8; 2],
}

/// The text names no place that we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown place {0:?}: use a country such as DE, a state or province such as US-PA or CA-QC, or *"
)]
pub struct UnknownPlace(pub String);

/// Regions with a code of their own where the law of another country applies. That federal law reaches
/// the territories of the United States like a state is unconfirmed and safe (phone reference, 3); so is
/// the same for the overseas departments of France.
const TERRITORIES: [(&[u8; 2], &[u8; 2]); 12] = [
    (b"PR", b"US"),
    (b"VI", b"US"),
    (b"GU", b"US"),
    (b"AS", b"US"),
    (b"MP", b"US"),
    (b"GP", b"FR"),
    (b"RE", b"FR"),
    (b"MQ", b"FR"),
    (b"GF", b"FR"),
    (b"YT", b"FR"),
    (b"BL", b"FR"),
    (b"MF", b"FR"),
];

impl Place {
    /// Nowhere in particular: every rule of every place may bind.
    pub const ANYWHERE: Self = Self {
        country: [0; 2],
        part: [0; 2],
    };
    /// The United States, the state not being known.
    pub const UNITED_STATES: Self = Self::literal("US");
    /// Canada, the province not being known.
    pub const CANADA: Self = Self::literal("CA");

    /// Reads `US`, `US-PA` or `*`, in exactly this form.
    ///
    /// # Errors
    /// [`UnknownPlace`]: no country, state or province of ours has this name.
    pub fn parse(text: &str) -> Result<Self, UnknownPlace> {
        let unknown = || UnknownPlace(text.chars().take(16).collect());
        if text == "*" {
            return Ok(Self::ANYWHERE);
        }
        let is_code = |code: &[u8]| code.len() == 2 && code.iter().all(u8::is_ascii_uppercase);
        let (country, part) = match text.split_once('-') {
            Some((country, part)) if is_code(part.as_bytes()) => (country, Some(part)),
            Some(_) => return Err(unknown()),
            None => (text, None),
        };
        if !is_code(country.as_bytes()) {
            return Err(unknown());
        }
        let place = Self::literal(text);
        let is_known = match part {
            Some(_) => numbering::is_part(place) || is_territory(place),
            None => numbering::is_country(place),
        };
        is_known.then_some(place).ok_or_else(unknown)
    }

    /// The place of a region; [`Place::ANYWHERE`] for a region that no country has.
    pub fn of(region: Region) -> Self {
        let [a, b] = match region.as_str().as_bytes() {
            [a, b] => [*a, *b],
            _ => return Self::ANYWHERE,
        };
        let place = Self::of_code([a, b]);
        if place.part != [0; 2] || numbering::is_country(place) {
            place
        } else {
            Self::ANYWHERE
        }
    }

    /// Reads a name of our own tables, which are tested to hold only good ones.
    pub(crate) const fn literal(text: &str) -> Self {
        match *text.as_bytes() {
            [a, b] => Self {
                country: [a, b],
                part: [0; 2],
            },
            [a, b, b'-', c, d] => Self {
                country: [a, b],
                part: [c, d],
            },
            _ => Self::ANYWHERE,
        }
    }

    /// As [`Place::literal`], territories as parts of their countries.
    pub(crate) fn of_name(name: &str) -> Self {
        match name.as_bytes() {
            [a, b] => Self::of_code([*a, *b]),
            _ => Self::literal(name),
        }
    }

    fn of_code(code: [u8; 2]) -> Self {
        let territory = TERRITORIES.iter().find(|(own, _)| **own == code);
        territory.map_or(
            Self {
                country: code,
                part: [0; 2],
            },
            |(part, country)| Self {
                country: **country,
                part: **part,
            },
        )
    }

    /// The country that it is or lies in; `None` for [`Place::ANYWHERE`].
    pub fn country(self) -> Option<Self> {
        (self != Self::ANYWHERE).then_some(Self {
            country: self.country,
            part: [0; 2],
        })
    }

    /// Whether `other` is this place or lies in it.
    pub fn covers(self, other: Self) -> bool {
        self == Self::ANYWHERE
            || self == other
            || (self.part == [0; 2] && self.country == other.country)
    }

    /// Whether someone can be in both: one covers the other.
    pub fn overlaps(self, other: Self) -> bool {
        self.covers(other) || other.covers(self)
    }
}

fn is_territory(place: Place) -> bool {
    TERRITORIES
        .iter()
        .any(|(code, country)| place.part == **code && place.country == **country)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |code: [u8; 2]| code.map(char::from);
        if *self == Self::ANYWHERE {
            return f.write_str("*");
        }
        let [a, b] = text(self.country);
        write!(f, "{a}{b}")?;
        if self.part == [0; 2] {
            return Ok(());
        }
        let [a, b] = text(self.part);
        write!(f, "-{a}{b}")
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Place {
    type Err = UnknownPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Place {
    type Error = UnknownPlace;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_place_round_trips() {
        for place in numbering::known_places() {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        assert_eq!("*".parse(), Ok(Place::ANYWHERE));
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "", "U", "USA", "ZZ", "US-", "US-ZZ", "US-PAX", "-PA", "us-pa", "PR", "ÄÖ", "U\u{e9}",
        ] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_territory_is_a_part_of_its_country() {
        let region = |code| Region::parse(code).unwrap();
        assert_eq!(Place::of(region("PR")).to_string(), "US-PR");
        assert!(Place::UNITED_STATES.covers(Place::of(region("GU"))));
        assert_eq!(Place::of(region("RE")).country(), Place::parse("FR").ok());
        assert_eq!(Place::of(region("ZZ")), Place::ANYWHERE);
    }
}
