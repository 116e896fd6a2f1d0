//! Which places a phone number may belong to.

mod area_codes;
mod calling_codes;

use crate::Place;
use area_codes::{AREA_CODES, NON_GEOGRAPHIC};
use calling_codes::CALLING_CODES;
use tidings_kernel::PhoneNumber;

/// What a number says about where its holder may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// In one of these.
    Places(&'static [&'static str]),
    /// In the United States or Canada, by a code that is new or unassigned.
    NorthAmerica,
    /// The number is toll-free, personal or premium, and says only +1.
    NonGeographic,
    /// No country has this code.
    Nothing,
}

/// Row of [`AREA_CODES`] by code, one-based; 0 for none.
const BY_AREA_CODE: [u8; 1_000] = by_area_code();
/// Row of [`CALLING_CODES`] by code, one-based; 0 for none.
const BY_CALLING_CODE: [u8; 1_000] = by_calling_code();

#[expect(
    clippy::cast_possible_truncation,
    reason = "fewer than 255 rows; one more does not compile"
)]
const fn by_area_code() -> [u8; 1_000] {
    assert!(AREA_CODES.len() < 255, "a row must fit a byte");
    let mut table = [0; 1_000];
    let mut row = 0;
    while row < AREA_CODES.len() {
        let codes = AREA_CODES[row].1;
        let mut at = 0;
        while at < codes.len() {
            assert!(table[codes[at] as usize] == 0, "a code has one row");
            table[codes[at] as usize] = row as u8 + 1;
            at += 1;
        }
        row += 1;
    }
    table
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "fewer than 255 rows; one more does not compile"
)]
const fn by_calling_code() -> [u8; 1_000] {
    assert!(CALLING_CODES.len() < 255, "a row must fit a byte");
    let mut table = [0; 1_000];
    let mut row = 0;
    while row < CALLING_CODES.len() {
        table[CALLING_CODES[row].0 as usize] = row as u8 + 1;
        row += 1;
    }
    table
}

/// What the numbering plan says about `number`.
pub(crate) fn told_by(number: PhoneNumber) -> Told {
    let digits = number.digits();
    let prefix = |from: usize, to: usize| digits.get(from..to)?.parse::<u16>().ok();
    if digits.starts_with('1') {
        return match prefix(1, 4) {
            Some(code) if NON_GEOGRAPHIC.contains(&code) => Told::NonGeographic,
            Some(code) => match row(&BY_AREA_CODE, code).and_then(|row| AREA_CODES.get(row)) {
                Some((places, _)) => Told::Places(places),
                None => Told::NorthAmerica,
            },
            None => Told::NorthAmerica,
        };
    }
    (1..=3)
        .filter_map(|length| prefix(0, length))
        .find_map(|code| CALLING_CODES.get(row(&BY_CALLING_CODE, code)?))
        .map_or(Told::Nothing, |(_, regions)| Told::Places(regions))
}

fn row(table: &[u8; 1_000], code: u16) -> Option<usize> {
    let row = table.get(usize::from(code)).copied()?;
    usize::from(row).checked_sub(1)
}

/// Whether some number belongs to this country.
pub(crate) fn is_country(place: Place) -> bool {
    place == Place::UNITED_STATES
        || place == Place::CANADA
        || names().any(|name| name.len() == 2 && Place::of_name(name) == place)
}

/// Whether some area code belongs to this state, province or territory.
pub(crate) fn is_part(place: Place) -> bool {
    names().any(|name| name.len() == 5 && Place::literal(name) == place)
}

/// Every place that the tables name.
#[cfg(any(test, feature = "strategies"))]
pub(crate) fn known_places() -> impl Iterator<Item = Place> {
    [Place::UNITED_STATES, Place::CANADA].into_iter().chain(
        names().filter_map(|name| {
            Some(Place::of_name(name)).filter(|place| *place != Place::ANYWHERE)
        }),
    )
}

fn names() -> impl Iterator<Item = &'static str> {
    let parts = AREA_CODES.iter().flat_map(|(names, _)| names.iter());
    let countries = CALLING_CODES.iter().flat_map(|(_, names)| names.iter());
    parts.chain(countries).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Told {
        told_by(PhoneNumber::from_e164(text).unwrap())
    }

    #[test]
    fn an_area_code_tells_the_state() {
        assert_eq!(told("+12155550123"), Told::Places(&["US-PA"]));
        assert_eq!(told("+17875550123"), Told::Places(&["US-PR"]));
        assert_eq!(told("+19025550123"), Told::Places(&["CA-NS", "CA-PE"]));
        assert_eq!(told("+18765550123"), Told::Places(&["JM"]));
        assert_eq!(told("+18005550123"), Told::NonGeographic);
        assert_eq!(told("+12995550123"), Told::NorthAmerica);
        assert_eq!(told("+12"), Told::NorthAmerica);
    }

    #[test]
    fn a_calling_code_tells_every_region_that_shares_it() {
        assert_eq!(
            told("+447911123456"),
            Told::Places(&["GB", "GG", "IM", "JE"])
        );
        assert_eq!(told("+77012345678"), Told::Places(&["RU", "KZ"]));
        assert_eq!(told("+353201234567"), Told::Places(&["IE"]));
        assert_eq!(told("+881612345678"), Told::Nothing);
        assert_eq!(told("+999"), Told::Nothing);
    }

    #[test]
    fn no_calling_code_begins_another() {
        for (code, _) in CALLING_CODES {
            let text = code.to_string();
            for length in 1..text.len() {
                let shorter: u16 = text[..length].parse().unwrap();
                assert_eq!(row(&BY_CALLING_CODE, shorter), None, "{code}");
            }
        }
    }

    #[test]
    fn hours_and_laws_read_a_number_alike() {
        // Both crates read numbers, one for zones and one for laws; their tables must not part.
        for code in 2..1_000_u16 {
            let number = PhoneNumber::from_e164(&format!("+{code}0000000")).unwrap();
            if code.to_string().starts_with('1') {
                continue;
            }
            let ours: Vec<_> = match told_by(number) {
                Told::Places(names) => names.iter().map(|name| Place::of_name(name)).collect(),
                Told::NorthAmerica | Told::NonGeographic | Told::Nothing => Vec::new(),
            };
            // Theirs may tell more, as that +7 701 is Kazakhstan.
            let theirs = tidings_quiet_hours::regions_for(number);
            for region in &theirs {
                assert!(ours.contains(&Place::of(*region)), "+{code}: {region}");
            }
            assert_eq!(ours.is_empty(), theirs.is_empty(), "+{code}: {ours:?}");
        }
    }
}
