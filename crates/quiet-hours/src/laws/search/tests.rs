use super::*;
use crate::{next_allowed, strategies};
use proptest::{collection, prelude::*};
use time::macros::datetime;

const HORIZON: Duration = Duration::days(4);

fn next(case: Case<'_>) -> Next {
    next_allowed(case.at, case.zones, case.rules, HORIZON)
}

fn is_open(case: Case<'_>) -> bool {
    crate::allowed(case.at, case.zones, case.rules)
}

fn rules() -> impl Strategy<Value = Vec<Rule>> + Clone {
    collection::vec(strategies::rule(), 0..3)
}

proptest! {
    #[test]
    fn l43_to_l45_the_answer_is_open_and_the_least(
        at in strategies::instant(), zones in strategies::zones(), rules in rules(),
    ) {
        let case = Case { at, zones: &zones, rules: &rules };
        prop_assert_eq!(not_earlier_and_inside(next, is_open, case), Ok(()));
        prop_assert_eq!(least(next, is_open, case, HORIZON), Ok(()));
        prop_assert_eq!(fixed_point(next, is_open, case), Ok(()));
    }

    #[test]
    fn l46_later_asked_is_not_earlier_allowed(
        at in strategies::instant(), zones in strategies::zones(), rules in rules(),
        later in 0_i64..200_000,
    ) {
        let case = Case { at, zones: &zones, rules: &rules };
        prop_assert_eq!(monotone(next, case, Duration::seconds(later), HORIZON), Ok(()));
    }

    #[test]
    fn l47_to_l49_more_is_not_earlier_and_order_does_not_matter(
        at in strategies::instant(), zones in strategies::zones(), rules in rules(),
        zone in strategies::zone(), rule in strategies::rule(),
    ) {
        let case = Case { at, zones: &zones, rules: &rules };
        prop_assert_eq!(more_zones_later(next, case, &zone), Ok(()));
        prop_assert_eq!(more_rules_later(next, case, &rule), Ok(()));
        prop_assert_eq!(zone_order_is_irrelevant(next, case), Ok(()));
        let alias = [zone_of("Asia/Calcutta"), zone_of("Asia/Kolkata")];
        prop_assert_eq!(alias_is_the_same_clock(next, case, alias.each_ref()), Ok(()));
    }

    #[test]
    fn l55_to_l58_whole_days_conflicts_shifts_and_versions(
        at in strategies::instant(), zones in strategies::zones(), rules in rules(),
        window in strategies::interval(), minutes in 0_u16..1_440,
    ) {
        let case = Case { at, zones: &zones, rules: &rules };
        prop_assert_eq!(whole_day(next, case), Ok(()));
        prop_assert_eq!(conflict_is_named(next, case), Ok(()));
        prop_assert_eq!(shift(next, at, &zone_of("Etc/GMT+6"), window, minutes), Ok(()));
        let again: Vec<Zone> = zones.iter().map(|zone| zone_of(zone.name())).collect();
        prop_assert_eq!(same_database_same_answer(next, case, &again), Ok(()));
    }
}

fn zone_of(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

/// 22:00 in New York.
const NIGHT: OffsetDateTime = datetime!(2026-07-16 02:00 UTC);

fn bites(law: &'static str, result: Result<(), Violation>) {
    assert_eq!(result.map_err(|violation| violation.law), Err(law));
}

#[test]
fn each_law_bites() {
    let zones = [zone_of("America/New_York")];
    let rules = [Rule::daytime()];
    let case = Case {
        at: NIGHT,
        zones: &zones,
        rules: &rules,
    };
    let now = |case: Case<'_>| Next::At(case.at);
    // An hour late, unless it is now.
    let late = |case: Case<'_>| match next(case) {
        Next::At(at) if at > case.at => Next::At(at + Duration::HOUR),
        found => found,
    };
    bites("L43", not_earlier_and_inside(now, is_open, case));
    bites("L44", least(late, is_open, case, HORIZON));
    bites("L45", fixed_point(now, is_open, case));
    bites(
        "L45",
        fixed_point(|case| Next::At(case.at + Duration::HOUR), |_| false, case),
    );
    // The later it is, the less it waits.
    let hasty =
        |case: Case<'_>| Next::At(case.at + (datetime!(2026-07-17 00:00 UTC) - case.at) * 2);
    bites("L46", monotone(hasty, case, Duration::HOUR, HORIZON));
    // Looks at the last zone and the last rule only.
    let last = |case: Case<'_>| {
        let zones = case
            .zones
            .last()
            .map(std::slice::from_ref)
            .unwrap_or_default();
        let rules = case
            .rules
            .last()
            .map(std::slice::from_ref)
            .unwrap_or_default();
        next(Case {
            zones,
            rules,
            ..case
        })
    };
    bites(
        "L47",
        more_zones_later(last, case, &zone_of("Asia/Kolkata")),
    );
    bites(
        "L48",
        more_rules_later(last, case, &Rule::new("open", Weekly::open())),
    );
    let two = [zone_of("America/New_York"), zone_of("Asia/Kolkata")];
    // The last of the doubled and reversed list is again the last, so only the first is looked at.
    let first = |case: Case<'_>| {
        let rules = case
            .rules
            .first()
            .map(std::slice::from_ref)
            .unwrap_or_default();
        next(Case { rules, ..case })
    };
    let both = [Rule::daytime(), Rule::new("open", Weekly::open())];
    bites(
        "L49",
        zone_order_is_irrelevant(
            first,
            Case {
                zones: &two,
                rules: &both,
                ..case
            },
        ),
    );
    let by_name = |case: Case<'_>| match case.zones.first().map(Zone::name) {
        Some("Asia/Calcutta") => Next::At(case.at),
        _ => next(case),
    };
    let alias = [zone_of("Asia/Calcutta"), zone_of("Asia/Kolkata")];
    let night = Case {
        at: NIGHT - Duration::hours(6),
        ..case
    };
    bites(
        "L49",
        alias_is_the_same_clock(by_name, night, alias.each_ref()),
    );
    bites("L55", whole_day(|_| Next::Never(Excluded::NoZone), case));
    bites("L56", conflict_is_named(now, case));
    let unnamed = |case: Case<'_>| match next(case) {
        Next::Never(_) => Next::Never(Excluded::By(Vec::new())),
        found @ Next::At(_) => found,
    };
    let none = [Rule::daytime(), Rule::new("closed", Weekly::closed())];
    bites(
        "L56",
        conflict_is_named(
            unnamed,
            Case {
                rules: &none,
                ..case
            },
        ),
    );
    let too_many = |case: Case<'_>| match next(case) {
        Next::Never(_) => Next::Never(Excluded::By(
            case.rules.iter().map(|rule| rule.id.clone()).collect(),
        )),
        found @ Next::At(_) => found,
    };
    bites(
        "L56",
        conflict_is_named(
            too_many,
            Case {
                rules: &none,
                ..case
            },
        ),
    );
    let stuck = |_: Case<'_>| Next::At(NIGHT);
    bites(
        "L57",
        shift(stuck, NIGHT, &zone_of("Etc/GMT+6"), Interval::DAYTIME, 60),
    );
    let calls = std::cell::Cell::new(0);
    let moody = |case: Case<'_>| {
        calls.set(calls.get() + 1);
        Next::At(case.at + Duration::hours(calls.get()))
    };
    bites("L58", same_database_same_answer(moody, case, &zones));
}
