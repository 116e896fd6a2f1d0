use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A phone number in E.164, and nothing else: never a short code or an alphanumeric sender.
///
/// `Display` gives `+12025550123`; `Debug` shows the last two digits only, since numbers are personal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(u64);

/// Why a text is not a phone number that can be messaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// There is no number in it.
    #[error("this is not a phone number: write it in international form, such as +12025550123")]
    NotANumber,
    /// No country can be told.
    #[error(
        "the country of this number is unknown: start it with + and the country code, or give a region"
    )]
    NoCountry,
    /// Too few digits.
    #[error("the number is too short")]
    TooShort,
    /// Too many digits; E.164 allows 15.
    #[error("the number is too long")]
    TooLong,
    /// The length fits, but no such range is assigned.
    #[error("the number is not in an assigned range")]
    NotAssigned,
}

impl PhoneNumber {
    /// Reads exact E.164: `+`, no leading zero, 2 to 15 digits. For stored and wire values; human
    /// input goes through `parse` of the crate `tidings-phone`.
    ///
    /// # Errors
    /// [`PhoneError`]: any other shape.
    pub fn from_e164(text: &str) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix('+').ok_or(PhoneError::NoCountry)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PhoneError::NotANumber);
        }
        if digits.starts_with('0') {
            return Err(PhoneError::NoCountry);
        }
        match digits.len() {
            0..=1 => Err(PhoneError::TooShort),
            2..=15 => digits.parse().map(Self).map_err(|_| PhoneError::NotANumber),
            _ => Err(PhoneError::TooLong),
        }
    }

    /// The digits without `+`, as WhatsApp writes numbers.
    pub fn digits(self) -> String {
        self.0.to_string()
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+…{:02}", self.0 % 100)
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_e164(text)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_e164(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_reveals_two_digits() {
        let number = PhoneNumber::from_e164("+12025550123").unwrap();
        assert_eq!(format!("{number:?}"), "+…23");
    }

    #[test]
    fn only_exact_e164_is_read() {
        for (text, error) in [
            ("12025550123", PhoneError::NoCountry),
            ("+0125550123", PhoneError::NoCountry),
            ("+", PhoneError::NotANumber),
            ("+1 202 555 0123", PhoneError::NotANumber),
            ("+1", PhoneError::TooShort),
            ("+1234567890123456", PhoneError::TooLong),
        ] {
            assert_eq!(PhoneNumber::from_e164(text), Err(error), "{text}");
        }
    }
}
