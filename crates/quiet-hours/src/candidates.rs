use crate::Zone;
use std::{collections::BTreeMap, sync::LazyLock};
use tidings_kernel::{PhoneNumber, Region};

/// Region and zones, from the IANA database.
const COUNTRIES: &str = include_str!("../data/countries.txt");
/// Zones and area codes of the United States and Canada.
const AREA_CODES: &str = include_str!("../data/area-codes.txt");

/// Calling codes and longer prefixes, with the regions that share them.
const CALLING_CODES: &str = include_str!("../data/calling-codes.txt");
/// How many digits a prefix in [`CALLING_CODES`] has at most.
const LONGEST_PREFIX: usize = 7;

/// Where the clock of a number's holder may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// In one of these, at least one, sorted: what is sent must be right in all of them.
    Known(Vec<Zone>),
    /// Anywhere. Ask for a zone; until then nothing that has hours can be sent.
    Unknown,
}

impl Candidates {
    /// The zones; none if it may be anywhere, which a [`Schedule`](crate::Schedule) reads alike.
    pub fn into_zones(self) -> Vec<Zone> {
        match self {
            Self::Known(zones) => zones,
            Self::Unknown => Vec::new(),
        }
    }
}

/// The zones of a phone number. Weak evidence: mobile numbers move with people, so an area code gives
/// every zone that it covers, and a country all of its zones; regions that share a calling code are
/// joined unless the first digits tell them apart. A zone that the contact declared, or
/// that follows from a postal address, is better.
///
/// North American numbers go by area code; toll-free, personal and unknown codes there may be
/// anywhere from Guam to St John's. Numbers of no country are [`Candidates::Unknown`].
///
/// ```rust
/// use tidings_kernel::PhoneNumber;
/// use tidings_quiet_hours::{Candidates, Zone, zones_for};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let washington = PhoneNumber::from_e164("+12025550123")?;
/// assert_eq!(zones_for(washington), Candidates::Known(vec![Zone::parse("America/New_York")?]));
///
/// let florida_panhandle = PhoneNumber::from_e164("+18502345678")?;
/// let Candidates::Known(zones) = zones_for(florida_panhandle) else { return Err("known".into()) };
/// assert_eq!(zones.len(), 2);
///
/// let satellite = PhoneNumber::from_e164("+881612345678")?;
/// assert_eq!(zones_for(satellite), Candidates::Unknown);
/// # Ok(())
/// # }
/// ```
pub fn zones_for(number: PhoneNumber) -> Candidates {
    let digits = number.digits();
    let by_area = digits
        .strip_prefix('1')
        .and_then(|national| national.get(..3))
        .and_then(|code| tables().areas.get(code));
    if let Some(zones) = by_area {
        return known(zones.iter().copied());
    }
    let regions = regions_of(&digits);
    if regions.is_empty() && digits.starts_with('1') {
        return known(everywhere());
    }
    known(regions.iter().flat_map(|region| of_region(region)).copied())
}

/// The regions in which a number may have been given out: one where the prefix tells, several where
/// regions share a calling code, none for codes of no country. Sorted as in the table, main region
/// first. North American numbers of the mainland are `US` and `CA`.
///
/// ```rust
/// use tidings_kernel::PhoneNumber;
/// use tidings_quiet_hours::regions_for;
///
/// let names = |number| -> Result<Vec<String>, tidings_kernel::PhoneError> {
///     let regions = regions_for(PhoneNumber::from_e164(number)?);
///     Ok(regions.iter().map(ToString::to_string).collect())
/// };
/// assert_eq!(names("+77011234567")?, ["KZ"]);
/// assert_eq!(names("+447400123456")?, ["GB", "GG", "IM", "JE"]);
/// assert_eq!(names("+12025550123")?, ["US", "CA"]);
/// assert!(names("+881612345678")?.is_empty());
/// # Ok::<(), tidings_kernel::PhoneError>(())
/// ```
pub fn regions_for(number: PhoneNumber) -> Vec<Region> {
    let digits = number.digits();
    let codes = match regions_of(&digits) {
        [] if digits.starts_with('1') => &["US", "CA"],
        codes => codes,
    };
    codes
        .iter()
        .filter_map(|code| Region::parse(code).ok())
        .collect()
}

/// Every zone of a region, for contacts of whom no more is known.
///
/// ```rust
/// use tidings_kernel::Region;
/// use tidings_quiet_hours::{Candidates, zones_of};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert!(matches!(zones_of(Region::parse("ID")?), Candidates::Known(zones) if zones.len() == 4));
/// assert_eq!(zones_of(Region::parse("ZZ")?), Candidates::Unknown);
/// # Ok(())
/// # }
/// ```
pub fn zones_of(region: Region) -> Candidates {
    known(of_region(region.as_str()).iter().copied())
}

fn known(names: impl IntoIterator<Item = &'static str>) -> Candidates {
    // A database that lacks a zone of the set cannot tell what is right there: nothing is sure.
    let zones: Result<Vec<Zone>, _> = names.into_iter().map(Zone::parse).collect();
    let mut zones = zones.unwrap_or_default();
    zones.sort_unstable();
    zones.dedup();
    if zones.is_empty() {
        Candidates::Unknown
    } else {
        Candidates::Known(zones)
    }
}

/// Every zone of the North American numbering plan.
fn everywhere() -> impl Iterator<Item = &'static str> {
    const REGIONS: [&str; 25] = [
        "US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM", "KN", "KY",
        "LC", "MP", "MS", "PR", "SX", "TC", "TT", "VC", "VG", "VI",
    ];
    let by_region = REGIONS.into_iter().flat_map(of_region).copied();
    by_region.chain(tables().areas.values().flatten().copied())
}

/// The tables, read once.
struct Tables {
    zones_by_region: BTreeMap<&'static str, Vec<&'static str>>,
    regions_by_prefix: BTreeMap<&'static str, Vec<&'static str>>,
    areas: BTreeMap<&'static str, Vec<&'static str>>,
}

fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| {
        let by_first = |table| {
            lines(table)
                .filter_map(|line| line.split_once(' '))
                .map(|(first, rest)| (first, rest.split(' ').collect()))
                .collect()
        };
        let areas = lines(AREA_CODES)
            .filter_map(|line| line.split_once(": "))
            .flat_map(|(zones, codes)| {
                codes
                    .split(' ')
                    .map(move |code| (code, zones.split(' ').collect()))
            })
            .collect();
        Tables {
            zones_by_region: by_first(COUNTRIES),
            regions_by_prefix: by_first(CALLING_CODES),
            areas,
        }
    });
    &TABLES
}

fn of_region(region: &str) -> &'static [&'static str] {
    tables()
        .zones_by_region
        .get(region)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn regions_of(digits: &str) -> &'static [&'static str] {
    let longest = LONGEST_PREFIX.min(digits.len());
    (1..=longest)
        .rev()
        .filter_map(|length| digits.get(..length))
        .find_map(|prefix| tables().regions_by_prefix.get(prefix))
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests;
