use crate::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A phone number in E.164, and nothing else: never a short code or an alphanumeric sender.
///
/// `Display` gives `+12025550123`; `Debug` shows the last two digits only, since numbers are personal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(u64);

/// What the numbering plan says about a range; a hint, never a fact about the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// A mobile phone.
    Mobile,
    /// A land line; some accept text messages.
    FixedLine,
    /// The plan does not tell the two apart, as in North America.
    FixedLineOrMobile,
    /// Free for the caller.
    TollFree,
    /// Expensive for the caller.
    PremiumRate,
    /// Internet telephony.
    Voip,
    /// Anything else, or unknown.
    Other,
}

/// Human input, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedPhone {
    /// The number.
    pub number: PhoneNumber,
    /// The region that the number belongs to, where the plan tells.
    pub region: Option<Region>,
    /// What kind of range it is in.
    pub kind: NumberKind,
}

/// Whether ranges reserved for fiction and tests pass, though no phone rings there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FictitiousNumbers {
    /// They are invalid, as in production.
    Refuse,
    /// They pass, for development and tests.
    Accept,
}

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
    /// input goes through [`parse_phone`].
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

    /// The region that the numbering plan assigns, where it tells.
    pub fn region(self) -> Option<Region> {
        let parsed = PHONE_NUMBER_UTIL.parse(self.to_string(), None).ok()?;
        let region = PHONE_NUMBER_UTIL.get_region_for_number(&parsed)?;
        Region::parse(&region.to_string()).ok()
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

/// Reads a phone number as a person writes it, and checks that such a number can exist.
///
/// A text without `+` is read as dialed in `default_region`. Extensions are refused: a message
/// cannot be addressed to one. Rules of validity come from the metadata of libphonenumber.
///
/// # Errors
/// [`PhoneError`] says which of the ways it fails.
pub fn parse_phone(
    input: &str,
    default_region: Option<Region>,
    fictitious: FictitiousNumbers,
) -> Result<ParsedPhone, PhoneError> {
    use rlibphonenumber::ParseError;
    // Longer input cannot be a number; the library would still search it.
    if input.len() > 250 {
        return Err(PhoneError::TooLong);
    }
    let region = match default_region {
        Some(region) => Some(library_region(region).ok_or(PhoneError::NoCountry)?),
        None => None,
    };
    let cleaned: String = input.trim().chars().filter(|c| !is_invisible(*c)).collect();
    let parsed = PHONE_NUMBER_UTIL
        .parse(&cleaned, region)
        .map_err(|error| match error {
            ParseError::InvalidCountryCode => PhoneError::NoCountry,
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneError::TooShort,
            ParseError::TooLongNsn => PhoneError::TooLong,
            ParseError::NotANumber(_) => PhoneError::NotANumber,
        })?;
    if parsed
        .extension
        .as_deref()
        .is_some_and(|extension| !extension.is_empty())
    {
        return Err(PhoneError::NotANumber);
    }
    let e164 = PHONE_NUMBER_UTIL.format(&parsed, rlibphonenumber::PhoneNumberFormat::E164);
    let number = PhoneNumber::from_e164(&e164)?;
    let is_valid = PHONE_NUMBER_UTIL.is_valid_number(&parsed);
    let passes_as_fiction = fictitious == FictitiousNumbers::Accept && is_fictitious(&e164);
    if !is_valid && !passes_as_fiction {
        return Err(PhoneError::NotAssigned);
    }
    let kind = kind_of(PHONE_NUMBER_UTIL.get_number_type(&parsed));
    Ok(ParsedPhone {
        number,
        region: number.region().or(default_region.filter(|_| !is_valid)),
        kind,
    })
}

/// Characters that copy and paste leaves behind (reference: phone numbers, pitfalls, "Anywhere").
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Ranges that the regulators keep for drama and tests, and that the metadata calls invalid:
/// Ofcom +44 7700 900xxx; the unassigned North American area code 555; ARCEP +33 6 39 98 xx xx.
fn is_fictitious(e164: &str) -> bool {
    (e164.starts_with("+447700900") && e164.len() == 13)
        || (e164.starts_with("+1555") && e164.len() == 12)
        || (e164.starts_with("+3363998") && e164.len() == 12)
}

fn library_region(region: Region) -> Option<rlibphonenumber::Region> {
    rlibphonenumber::Region::try_from(region.as_str()).ok()
}

const fn kind_of(kind: PhoneNumberType) -> NumberKind {
    match kind {
        PhoneNumberType::Mobile => NumberKind::Mobile,
        PhoneNumberType::FixedLine => NumberKind::FixedLine,
        PhoneNumberType::FixedLineOrMobile => NumberKind::FixedLineOrMobile,
        PhoneNumberType::TollFree => NumberKind::TollFree,
        PhoneNumberType::PremiumRate => NumberKind::PremiumRate,
        PhoneNumberType::VoIP => NumberKind::Voip,
        _ => NumberKind::Other,
    }
}

#[cfg(test)]
mod tests;
