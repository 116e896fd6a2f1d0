use super::*;
use std::collections::BTreeSet;

fn names(number: &str) -> Vec<String> {
    match zones_for(PhoneNumber::from_e164(number).unwrap()) {
        Candidates::Known(zones) => zones.iter().map(ToString::to_string).collect(),
        Candidates::Unknown => Vec::new(),
    }
}

#[test]
fn every_line_of_the_tables_is_used_and_names_zones_that_exist() {
    let mut codes = BTreeSet::new();
    for line in lines(AREA_CODES) {
        let (zones, of_zone) = line.split_once(": ").unwrap();
        for name in zones.split(' ') {
            assert_eq!(Zone::parse(name).unwrap().name(), name);
        }
        for code in of_zone.split(' ') {
            assert!(code.len() == 3 && codes.insert(code), "{code} once");
        }
    }
    assert_eq!(codes.len(), 416);
    let mut regions = BTreeSet::new();
    for line in lines(COUNTRIES) {
        let (code, zones) = line.split_once(' ').unwrap();
        let region = Region::parse(code).unwrap();
        assert!(regions.insert(region), "{code} once");
        for name in zones.split(' ') {
            assert_eq!(Zone::parse(name).unwrap().name(), name);
        }
        let Candidates::Known(known) = zones_of(region) else {
            panic!("{code} has zones")
        };
        assert_eq!(known.len(), zones.split(' ').count());
    }
    assert!(regions.len() > 245);
}

#[test]
fn area_codes_give_the_corrected_unions() {
    for (number, expected) in [
        ("+12025550123", &["America/New_York"][..]),
        ("+16892345678", &["America/New_York"]),
        ("+18502345678", &["America/Chicago", "America/New_York"]),
        ("+19282345678", &["America/Denver", "America/Phoenix"]),
        ("+19152345678", &["America/Denver"]),
        ("+19072345678", &["America/Adak", "America/Anchorage"]),
        ("+18082345678", &["Pacific/Honolulu"]),
        ("+12042345678", &["America/Winnipeg"]),
        ("+17092345678", &["America/Halifax", "America/St_Johns"]),
        ("+18092345678", &["America/Santo_Domingo"]),
    ] {
        assert_eq!(names(number), expected, "{number}");
    }
}

#[test]
fn a_toll_free_personal_or_unknown_code_may_be_anywhere_in_north_america() {
    for number in [
        "+18002345678",
        "+15002345678",
        "+15550123456",
        "+19992345678",
    ] {
        let zones = names(number);
        for name in [
            "Pacific/Guam",
            "Pacific/Honolulu",
            "America/New_York",
            "America/St_Johns",
            "America/Puerto_Rico",
        ] {
            assert!(zones.iter().any(|zone| zone == name), "{number} {name}");
        }
    }
}

#[test]
fn other_countries_give_all_their_zones() {
    assert_eq!(names("+447400123456"), ["Europe/London"]);
    assert_eq!(
        names("+4915123456789").first().map(String::as_str),
        Some("Europe/Berlin")
    );
    assert_eq!(names("+919812345678"), ["Asia/Kolkata"]);
    assert_eq!(names("+6281234567890").len(), 4);
    assert!(names("+79161234567").len() > 20);
    assert!(names("+5511961234567").contains(&"America/Noronha".to_owned()));
    assert_eq!(names("+38344123456"), ["Europe/Belgrade"]);
}

#[test]
fn a_number_of_no_country_is_unknown() {
    for number in ["+881612345678", "+99912345678", "+12"] {
        let unknown = zones_for(PhoneNumber::from_e164(number).unwrap()) == Candidates::Unknown;
        assert_eq!(unknown, !number.starts_with("+1"), "{number}");
    }
}

#[test]
fn every_prefix_names_regions_with_zones_and_fits_the_search() {
    for line in lines(CALLING_CODES) {
        let (prefix, regions) = line.split_once(' ').unwrap();
        assert!(
            prefix.len() <= LONGEST_PREFIX && prefix.bytes().all(|b| b.is_ascii_digit()),
            "{prefix}"
        );
        for region in regions.split(' ') {
            assert!(!of_region(region).is_empty(), "{prefix} {region}");
        }
    }
    assert!(tables().regions_by_prefix.len() > 250);
}

#[test]
fn the_longest_prefix_tells_regions_that_share_a_code_apart() {
    for (number, expected) in [
        ("+79161234567", &["RU"][..]),
        ("+77011234567", &["KZ"]),
        ("+390612345678", &["IT", "VA"]),
        ("+390669812345", &["VA"]),
        ("+447911123456", &["GG"]),
        ("+447624123456", &["IM"]),
        ("+447797123456", &["JE"]),
        ("+442079460958", &["GB", "GG", "IM", "JE"]),
        ("+4779123456", &["SJ"]),
        ("+35818123456", &["AX"]),
        ("+262692123456", &["RE"]),
        ("+590690123456", &["GP", "BL", "MF"]),
        ("+61412345678", &["AU", "CC", "CX"]),
        ("+61891621234", &["CC"]),
        ("+61891641234", &["CX"]),
        ("+18765551234", &["JM"]),
        ("+17875551234", &["PR"]),
        ("+16135550123", &["US", "CA"]),
        ("+883510012345678", &[]),
    ] {
        let regions = regions_for(PhoneNumber::from_e164(number).unwrap());
        let names: Vec<_> = regions.iter().map(Region::as_str).collect();
        assert_eq!(names, expected, "{number}");
    }
}

#[test]
fn the_examples_of_the_reference_hold() {
    // phone-numbers.md, section 9, corrected by 7.2 and 8.3; the islands' names are the clock of London.
    for (number, expected) in [
        ("+12025550123", &["America/New_York"][..]),
        ("+18505551234", &["America/Chicago", "America/New_York"]),
        ("+16892340123", &["America/New_York"]),
        ("+12085551234", &["America/Boise", "America/Los_Angeles"]),
        ("+447911123456", &["Europe/London"]),
    ] {
        assert_eq!(names(number), expected, "{number}");
    }
    // Whole countries, which is more than the reference's sets, and so never less safe.
    for (number, some) in [
        ("+79161234567", "Europe/Kaliningrad"),
        ("+79161234567", "Asia/Kamchatka"),
        ("+5581982345678", "America/Recife"),
        ("+6281234567890", "Asia/Jakarta"),
        ("+6281234567890", "Asia/Makassar"),
        ("+6281234567890", "Asia/Jayapura"),
    ] {
        assert!(names(number).iter().any(|name| name == some), "{number}");
    }
}

proptest::proptest! {
    #[test]
    fn p6_a_number_has_sorted_zones_or_none_and_never_an_unknown_one(
        digits in proptest::collection::vec(0_u8..10, 1..15), first in 1_u8..10,
    ) {
        let text: String = std::iter::once(first).chain(digits).map(|d| char::from(b'0' + d)).collect();
        let number = PhoneNumber::from_e164(&format!("+{text}")).unwrap();
        if let Candidates::Known(zones) = zones_for(number) {
            proptest::prop_assert!(!zones.is_empty() && zones.is_sorted());
            proptest::prop_assert!(zones.iter().all(|zone| zone.name() != "Etc/Unknown"));
            proptest::prop_assert!(!regions_for(number).is_empty());
        } else {
            proptest::prop_assert!(regions_for(number).is_empty());
        }
    }
}
