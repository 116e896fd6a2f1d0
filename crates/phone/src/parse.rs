use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, PhoneNumberType};
use serde::{Deserialize, Serialize};
use tidings_kernel::{PhoneError, PhoneNumber, Region};

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

/// Reads a phone number as a person writes it, and checks that such a number can exist.
///
/// A text without `+` is read as dialed in `default_region`. Extensions are refused: a message
/// cannot be addressed to one. Rules of validity come from the metadata of libphonenumber.
///
/// # Errors
/// [`PhoneError`] says which of the ways it fails.
///
/// # Examples
/// ```rust
/// use tidings_kernel::{PhoneError, Region};
/// use tidings_phone::{FictitiousNumbers, NumberKind, parse};
///
/// let germany = Region::parse("DE")?;
/// let parsed = parse("(030) 23125 000", Some(germany), FictitiousNumbers::Refuse)?;
/// assert_eq!(parsed.number.to_string(), "+493023125000");
/// assert_eq!(parsed.kind, NumberKind::FixedLine);
///
/// // Without a region only the international form says where a number is from.
/// let nowhere = parse("030 23125 000", None, FictitiousNumbers::Refuse);
/// assert_eq!(nowhere, Err(PhoneError::NoCountry));
///
/// // Ofcom keeps 07700 900xxx for drama; nobody answers there.
/// let drama = "+447700900123";
/// assert_eq!(parse(drama, None, FictitiousNumbers::Refuse), Err(PhoneError::NotAssigned));
/// assert!(parse(drama, None, FictitiousNumbers::Accept).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(
    input: &str,
    default_region: Option<Region>,
    fictitious: FictitiousNumbers,
) -> Result<ParsedPhone, PhoneError> {
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
    let e164 = PHONE_NUMBER_UTIL.format(&parsed, PhoneNumberFormat::E164);
    let number = PhoneNumber::from_e164(&e164)?;
    let is_valid = PHONE_NUMBER_UTIL.is_valid_number(&parsed);
    let passes_as_fiction = fictitious == FictitiousNumbers::Accept && is_fictitious(&e164);
    if !is_valid && !passes_as_fiction {
        return Err(PhoneError::NotAssigned);
    }
    let kind = kind_of(PHONE_NUMBER_UTIL.get_number_type(&parsed));
    Ok(ParsedPhone {
        number,
        region: region_of(number).or(default_region.filter(|_| !is_valid)),
        kind,
    })
}

/// The region that the numbering plan assigns to a number, where it tells; none for ranges of no
/// country, such as satellite phones, and for numbers that cannot exist.
///
/// ```rust
/// use tidings_kernel::PhoneNumber;
/// use tidings_phone::region_of;
///
/// let number = PhoneNumber::from_e164("+447911123456")?;
/// assert_eq!(region_of(number).map(|region| region.to_string()).as_deref(), Some("GG"));
/// assert_eq!(region_of(PhoneNumber::from_e164("+883510012345678")?), None);
/// # Ok::<(), tidings_kernel::PhoneError>(())
/// ```
pub fn region_of(number: PhoneNumber) -> Option<Region> {
    let parsed = PHONE_NUMBER_UTIL.parse(number.to_string(), None).ok()?;
    let region = PHONE_NUMBER_UTIL.get_region_for_number(&parsed)?;
    Region::parse(&region.to_string()).ok()
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
