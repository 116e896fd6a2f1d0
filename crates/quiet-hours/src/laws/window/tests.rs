use super::*;
use crate::{Schedule, next_allowed, strategies};
use proptest::prelude::*;
use time::macros::{date, datetime, time};

fn is_open(case: Case<'_>) -> bool {
    crate::allowed(case.at, case.zones, case.rules)
}

fn next(case: Case<'_>) -> Next {
    next_allowed(case.at, case.zones, case.rules, Duration::days(4))
}

fn is_open_with(case: Case<'_>, margin: Duration) -> bool {
    let schedule = Schedule {
        margin,
        ..Schedule::new(case.zones, case.rules)
    };
    schedule.is_open(case.at)
}

fn minute() -> impl Strategy<Value = Time> + Clone {
    (0_u8..24, 0_u8..60).prop_filter_map("of a day", |(hour, minute)| {
        Time::from_hms(hour, minute, 0).ok()
    })
}

#[test]
fn l52_sees_a_window_that_is_open_up_to_the_gap() {
    // A whole day was skipped in Samoa, and an hour at midnight is every year in Egypt.
    for (name, date) in [
        ("Pacific/Apia", date!(2011 - 12 - 30)),
        ("Africa/Cairo", date!(2026 - 04 - 24)),
    ] {
        let zone = Zone::parse(name).unwrap();
        for text in ["00:01-24:00", "00:30-24:00", "00:30-23:59", "00:00-24:00"] {
            let window: Interval = text.parse().unwrap();
            assert_eq!(
                gap_opens_at_its_end(next, date, &zone, window),
                Ok(()),
                "{name} {text}"
            );
        }
    }
}

proptest! {
    #[test]
    fn l50_and_l51_windows_are_half_open_and_quiet_hours_the_complement(
        at in strategies::instant(), zone in strategies::zone(),
        window in strategies::interval(), quiet in strategies::quiet_hours(),
    ) {
        prop_assert_eq!(half_open(is_open, at.date(), &zone, window), Ok(()));
        prop_assert_eq!(quiet_is_the_complement(is_open, at, &zone, quiet), Ok(()));
    }

    #[test]
    fn l52_a_skipped_start_opens_at_the_end_of_the_gap(start in 120_u16..180, length in 1_u16..240) {
        let time = |minutes| TimeOfDay::from_minutes(minutes).unwrap();
        let window = Interval::new(time(start), time(start + length)).unwrap();
        let zone = Zone::parse("America/New_York").unwrap();
        prop_assert_eq!(gap_opens_at_its_end(next, date!(2026 - 03 - 08), &zone, window), Ok(()));
    }

    #[test]
    fn l52_in_any_zone(
        at in strategies::instant(), zone in strategies::zone(), window in strategies::interval(),
    ) {
        prop_assert_eq!(gap_opens_at_its_end(next, at.date(), &zone, window), Ok(()));
    }

    #[test]
    fn l53_both_passes_of_a_repeated_hour_are_alike(
        hour in 1_u8..2, minute in 0_u8..60, rule in strategies::rule(),
    ) {
        let zone = Zone::parse("America/New_York").unwrap();
        let time = Time::from_hms(hour, minute, 0).unwrap();
        prop_assert_eq!(both_passes_alike(is_open, date!(2026 - 11 - 01), time, &zone, &[rule]), Ok(()));
    }

    #[test]
    fn l53_in_any_zone(
        date in strategies::date(), time in minute(), zone in strategies::zone(),
        rule in strategies::rule(),
    ) {
        prop_assert_eq!(both_passes_alike(is_open, date, time, &zone, &[rule]), Ok(()));
    }

    #[test]
    fn l54_over_midnight_is_two_windows_and_belongs_to_the_first_day(
        at in strategies::instant(), zones in strategies::zones(),
        day in strategies::weekday(), window in strategies::interval(),
    ) {
        prop_assert_eq!(over_midnight(is_open, at, &zones, day, window), Ok(()));
    }

    #[test]
    fn l61_a_preference_only_narrows(
        at in strategies::instant(), zones in strategies::zones(), rule in strategies::rule(),
        quiet in strategies::quiet_hours(), weekend in strategies::weekend(),
    ) {
        let case = Case { at, zones: &zones, rules: &[rule] };
        let preferences: Vec<Rule> = weekend.rule().into_iter().chain([quiet.rule()]).collect();
        prop_assert_eq!(preference_only_narrows(is_open, case, &preferences), Ok(()));
    }

    #[test]
    fn l64_a_closed_date_closes_itself_and_what_runs_over_midnight(
        at in strategies::instant(), zone in strategies::zone(), windows in strategies::weekly(),
        after in -1_i64..3,
    ) {
        let date = at.date() + Duration::days(after);
        let zones = [zone];
        prop_assert_eq!(closed_date_closes_it_and_its_tail(is_open, at, &zones, &windows, date), Ok(()));
    }

    #[test]
    fn m1_what_is_open_stays_open_for_the_margin(
        at in strategies::instant(), zones in strategies::zones(), rule in strategies::rule(),
        margin in strategies::margin(), fraction in 0_i64..1_000,
    ) {
        let at = at + Duration::milliseconds(fraction);
        let rules = [rule];
        let case = Case { at, zones: &zones, rules: &rules };
        prop_assert_eq!(margin_is_kept(is_open_with, case, margin), Ok(()));
        // The laws of the search hold with a margin as they do without.
        let next = |case: Case<'_>| {
            let horizon = Duration::days(4);
            Schedule { margin, horizon, zones: case.zones, rules: case.rules }.next_open(case.at)
        };
        let open = |case: Case<'_>| is_open_with(case, margin);
        prop_assert_eq!(crate::laws::least(next, open, case, Duration::days(4)), Ok(()));
        prop_assert_eq!(crate::laws::fixed_point(next, open, case), Ok(()));
        let schedule = Schedule { margin, ..Schedule::new(&zones, &rules) };
        if let Some(closing) = schedule.closes_at(at) {
            prop_assert!(!schedule.is_open(closing));
            prop_assert!(closing == at || schedule.is_open(closing - Duration::nanoseconds(1)));
        }
    }
}

fn bites(law: &'static str, result: Result<(), Violation>) {
    assert_eq!(result.map_err(|violation| violation.law), Err(law));
}

#[test]
fn each_law_bites() {
    let zones = [Zone::parse("America/New_York").unwrap()];
    let [zone] = &zones;
    let (noon, night) = (
        datetime!(2026-07-15 16:00 UTC),
        datetime!(2026-07-16 02:00 UTC),
    );
    let always = |_: Case<'_>| true;
    // A second behind, so that ends are included and starts are not.
    let behind = |case: Case<'_>| {
        let at = case.at - Duration::SECOND;
        is_open(Case { at, ..case })
    };
    bites(
        "L50",
        half_open(behind, date!(2026 - 07 - 15), zone, Interval::DAYTIME),
    );
    bites(
        "L50",
        half_open(always, date!(2026 - 07 - 15), zone, Interval::DAYTIME),
    );
    let quiet = QuietHours {
        start: "21:00".parse().unwrap(),
        end: "08:00".parse().unwrap(),
    };
    bites("L51", quiet_is_the_complement(always, night, zone, quiet));
    // An hour late: what a search does that skips over the gap.
    let over = |case: Case<'_>| match next(case) {
        Next::At(at) => Next::At(at + Duration::minutes(30)),
        found @ Next::Never(_) => found,
    };
    let window: Interval = "02:30-05:00".parse().unwrap();
    let gap = date!(2026 - 03 - 08);
    bites("L52", gap_opens_at_its_end(over, gap, zone, window));
    let inside: Interval = "02:10-02:50".parse().unwrap();
    bites(
        "L52",
        gap_opens_at_its_end(|case| Next::At(case.at), gap, zone, inside),
    );
    let second_pass = datetime!(2026-11-01 06:00 UTC);
    let first_only = |case: Case<'_>| case.at < second_pass && is_open(case);
    let rules = [Rule::new("open", Weekly::open())];
    let fold = date!(2026 - 11 - 01);
    bites(
        "L53",
        both_passes_alike(first_only, fold, time!(01:30), zone, &rules),
    );
    // Forgets what runs in from the evening before.
    let no_tail = |case: Case<'_>| {
        let local = case.zones.first().and_then(|zone| zone.local(case.at));
        local.is_some_and(|local| {
            let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
            case.rules.iter().all(|rule| {
                let mut starting = rule.windows.intervals(local.weekday()).iter();
                starting.any(|one| one.start().minutes() <= minute)
            })
        })
    };
    let over_night: Interval = "22:00-06:00".parse().unwrap();
    let early = datetime!(2026-07-16 08:00 UTC);
    bites(
        "L54",
        over_midnight(no_tail, early, &zones, Weekday::Wednesday, over_night),
    );
    let daytime = [Rule::daytime()];
    let case = |at| Case {
        at,
        zones: &zones,
        rules: &daytime,
    };
    // The last word wins.
    let last = |case: Case<'_>| {
        let rules = case
            .rules
            .last()
            .map(std::slice::from_ref)
            .unwrap_or_default();
        is_open(Case { rules, ..case })
    };
    bites("L61", preference_only_narrows(last, case(night), &rules));
    // Reads holidays by the date in UTC.
    let by_utc = |case: Case<'_>| {
        let closed = case
            .rules
            .iter()
            .any(|rule| rule.closed.is_closed(case.at.date()));
        let open: Vec<Rule> = case
            .rules
            .iter()
            .map(|rule| Rule::new(rule.id.clone(), rule.windows.clone()))
            .collect();
        !closed
            && is_open(Case {
                rules: &open,
                ..case
            })
    };
    let evening = datetime!(2026-07-16 00:30 UTC);
    let windows = Weekly::daily(Interval::DAYTIME);
    for date in [date!(2026 - 07 - 15), date!(2026 - 07 - 16)] {
        bites(
            "L64",
            closed_date_closes_it_and_its_tail(by_utc, evening, &zones, &windows, date),
        );
    }
    let deaf = |case: Case<'_>, _| is_open(case);
    let late = datetime!(2026-07-16 00:59 UTC);
    bites("M1", margin_is_kept(deaf, case(late), Duration::minutes(2)));
    assert_eq!(
        margin_is_kept(deaf, case(noon), Duration::minutes(2)),
        Ok(())
    );
}
