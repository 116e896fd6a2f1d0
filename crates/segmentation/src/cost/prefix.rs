use serde::{Deserialize, Serialize};
use std::fmt;
use tidings_kernel::PhoneNumber;

/// The longest number of E.164, in digits.
const MOST_DIGITS: u8 = 15;

/// Calling codes of two digits (ITU-T E.164, list of assigned codes).
/// Zones 1 and 7 have one digit; all others three.
const TWO_DIGITS: [u64; 44] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56,
    57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// The digits that numbers begin with, country code first: `44`, `1204`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallingPrefix {
    length: u8,
    digits: u64,
}

/// The text is no prefix of a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid calling prefix {0:?}: use 1 to 15 digits, country code first, such as 44")]
pub struct InvalidPrefix(pub String);

impl CallingPrefix {
    /// Reads 1 to 15 digits, with or without a leading `+`.
    ///
    /// # Errors
    /// [`InvalidPrefix`]: anything else, and a leading zero, which no country code has.
    pub fn parse(text: &str) -> Result<Self, InvalidPrefix> {
        let refused = || InvalidPrefix(text.to_owned());
        let digits = text.strip_prefix('+').unwrap_or(text);
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        let length = u8::try_from(digits.len())
            .ok()
            .filter(|length| (1..=MOST_DIGITS).contains(length))
            .ok_or_else(refused)?;
        let digits = digits.parse().map_err(|_| refused())?;
        Ok(Self { length, digits })
    }

    /// The prefixes of `number`, the longest (the whole number) first.
    pub(crate) fn all_of(number: PhoneNumber) -> impl Iterator<Item = Self> {
        let whole = Self::parse(&number.digits()).ok();
        std::iter::successors(whole, |prefix| {
            (prefix.length > 1).then_some(Self {
                length: prefix.length - 1,
                digits: prefix.digits / 10,
            })
        })
    }

    /// Whether it says more than a country code does, such as an area.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::CallingPrefix;
    ///
    /// assert!(CallingPrefix::parse("+1204")?.is_finer_than_a_country()); // Manitoba
    /// assert!(!CallingPrefix::parse("+1")?.is_finer_than_a_country());
    /// # Ok::<(), tidings_segmentation::InvalidPrefix>(())
    /// ```
    pub fn is_finer_than_a_country(self) -> bool {
        let lead = |length: u8| match self.length.checked_sub(length) {
            Some(rest) => self.digits / 10_u64.pow(u32::from(rest)),
            None => 0,
        };
        let code = if matches!(lead(1), 1 | 7) {
            1
        } else if TWO_DIGITS.contains(&lead(2)) {
            2
        } else {
            3
        };
        self.length > code
    }
}

impl fmt::Display for CallingPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.digits)
    }
}

impl fmt::Debug for CallingPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.digits)
    }
}

impl TryFrom<String> for CallingPrefix {
    type Error = InvalidPrefix;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<CallingPrefix> for String {
    fn from(prefix: CallingPrefix) -> Self {
        prefix.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_digits_without_a_leading_zero() {
        for text in ["44", "+44", "1", "123456789012345"] {
            let prefix = CallingPrefix::parse(text).unwrap();
            assert_eq!(prefix.to_string(), text.trim_start_matches('+'));
        }
        for text in ["", "+", "0", "044", "++1", "1a", "1234567890123456", "١"] {
            assert!(CallingPrefix::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_area_is_finer_than_a_country() {
        let finer = |text| {
            CallingPrefix::parse(text)
                .unwrap()
                .is_finer_than_a_country()
        };
        for country in ["1", "7", "44", "98", "90", "353", "3", "35"] {
            assert!(!finer(country), "{country}");
        }
        for area in ["1204", "79", "447", "3538"] {
            assert!(finer(area), "{area}");
        }
    }

    #[test]
    fn a_number_has_the_prefixes_it_begins_with() {
        let number = PhoneNumber::from_e164("+12025550123").unwrap();
        let prefixes: Vec<String> = CallingPrefix::all_of(number)
            .map(|prefix| prefix.to_string())
            .collect();
        assert_eq!(prefixes.len(), 11);
        assert_eq!(prefixes.first().map(String::as_str), Some("12025550123"));
        assert_eq!(prefixes.last().map(String::as_str), Some("1"));
    }
}
