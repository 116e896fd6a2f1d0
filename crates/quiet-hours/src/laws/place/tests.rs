use super::*;
use crate::{ZoneEvidence, instant_of, resolve, strategies};
use proptest::{collection, prelude::*};
use time::macros::{date, datetime, time};

proptest! {
    #[test]
    fn l63_the_clock_shows_what_was_asked_for(
        date in strategies::date(), seconds in 0_i64..86_400, zone in strategies::zone(),
    ) {
        let time = Time::MIDNIGHT + Duration::seconds(seconds);
        for which in [Which::NotBefore, Which::NotAfter] {
            prop_assert_eq!(local_time_is_kept(instant_of, date, time, &zone, which), Ok(()));
        }
    }

    #[test]
    fn p6_evidence_narrows_or_replaces(
        evidence in collection::vec(strategies::evidence(), 0..5), more in strategies::evidence(),
    ) {
        prop_assert_eq!(evidence_only_narrows_or_replaces(resolve, &evidence, &more), Ok(()));
    }
}

fn bites(law: &'static str, result: Result<(), Violation>) {
    assert_eq!(result.map_err(|violation| violation.law), Err(law));
}

#[test]
fn each_law_bites() {
    let zone = Zone::parse("America/New_York").unwrap();
    // What jiff calls "later": 03:30 for a skipped 02:30.
    let later = |_: Date, _: Time, _: &Zone, _: Which| Some(datetime!(2026-03-08 07:30 UTC));
    let gap = date!(2026 - 03 - 08);
    bites(
        "L63",
        local_time_is_kept(later, gap, time!(02:30), &zone, Which::NotBefore),
    );
    // Always the first pass.
    let first = |date, time, zone: &Zone, _| instant_of(date, time, zone, Which::NotBefore);
    let fold = date!(2026 - 11 - 01);
    bites(
        "L63",
        local_time_is_kept(first, fold, time!(01:30), &zone, Which::NotAfter),
    );
    let never = |_: Date, _: Time, _: &Zone, _: Which| None;
    bites(
        "L63",
        local_time_is_kept(never, gap, time!(12:00), &zone, Which::NotBefore),
    );

    let piece = |source, name: &str| Evidence {
        source,
        zones: vec![Zone::parse(name).unwrap()],
        as_of: datetime!(2026-07-15 12:00 UTC),
    };
    let declared = [piece(ZoneEvidence::Declared, "Europe/Berlin")];
    let tenant = piece(ZoneEvidence::Tenant, "America/New_York");
    // The last word wins, however weak.
    let last = |all: &[Evidence]| resolve(all.last().map(std::slice::from_ref).unwrap_or_default());
    bites(
        "P6",
        evidence_only_narrows_or_replaces(last, &declared, &tenant),
    );
    // Everything at once.
    let union = |all: &[Evidence]| Resolved {
        zones: all.iter().flat_map(|one| one.zones.clone()).collect(),
        ..resolve(all)
    };
    bites(
        "P6",
        evidence_only_narrows_or_replaces(union, &declared, &tenant),
    );
    let nothing = |_: &[Evidence]| resolve(&[]);
    bites(
        "P6",
        evidence_only_narrows_or_replaces(nothing, &declared, &tenant),
    );
}
