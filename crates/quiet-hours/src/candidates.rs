use crate::Zone;
use tidings_kernel::{PhoneNumber, Region};

/// Region and zones, from the IANA database.
const COUNTRIES: &str = include_str!("../data/countries.txt");
/// Zones and area codes of the United States and Canada.
const AREA_CODES: &str = include_str!("../data/area-codes.txt");

/// Where the clock of a number's holder may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// In one of these, at least one, sorted: what is sent must be right in all of them.
    Known(Vec<Zone>),
    /// Anywhere. Ask for a zone; until then nothing that has hours can be sent.
    Unknown,
}

/// The zones of a phone number. Weak evidence: mobile numbers move with people, so an area code gives
/// every zone that it covers, and a country all of its zones. A zone that the contact declared, or
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
    let names: Vec<&str> = match digits.strip_prefix('1') {
        Some(national) => north_american(number, national),
        None => number.region().map(of_region).unwrap_or_default(),
    };
    known(names)
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
    known(of_region(region))
}

fn known(names: Vec<&str>) -> Candidates {
    let mut zones: Vec<Zone> = names
        .into_iter()
        .filter_map(|name| Zone::parse(name).ok())
        .collect();
    zones.sort_unstable();
    zones.dedup();
    if zones.is_empty() {
        Candidates::Unknown
    } else {
        Candidates::Known(zones)
    }
}

fn north_american(number: PhoneNumber, national: &str) -> Vec<&'static str> {
    let by_code = national.get(..3).and_then(|code| {
        lines(AREA_CODES)
            .filter_map(|line| line.split_once(": "))
            .find(|(_, codes)| codes.split(' ').any(|known| known == code))
            .map(|(zones, _)| zones.split(' ').collect::<Vec<_>>())
    });
    if let Some(zones) = by_code {
        return zones;
    }
    // The islands have a code and a region each; a code that only the metadata knows has at least a
    // country, but which part of it is open.
    let region = number
        .region()
        .filter(|region| !matches!(region.as_str(), "US" | "CA"));
    match region.map(of_region) {
        Some(zones) if !zones.is_empty() => zones,
        Some(_) | None => everywhere(),
    }
}

/// Every zone of the North American numbering plan.
fn everywhere() -> Vec<&'static str> {
    const REGIONS: [&str; 25] = [
        "US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM", "KN", "KY",
        "LC", "MP", "MS", "PR", "SX", "TC", "TT", "VC", "VG", "VI",
    ];
    let by_code = lines(AREA_CODES)
        .filter_map(|line| line.split_once(": "))
        .map(|(zones, _)| zones);
    REGIONS
        .into_iter()
        .filter_map(|code| Region::parse(code).ok())
        .flat_map(of_region)
        .chain(by_code.flat_map(|zones| zones.split(' ')))
        .collect()
}

fn of_region(region: Region) -> Vec<&'static str> {
    lines(COUNTRIES)
        .filter_map(|line| line.split_once(' '))
        .find(|(code, _)| *code == region.as_str())
        .map(|(_, zones)| zones.split(' ').collect())
        .unwrap_or_default()
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests;
