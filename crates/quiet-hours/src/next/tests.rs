use super::*;
use crate::{Interval, QuietHours, TimeOfDay, Weekly, strategies};
use proptest::prelude::*;
use time::{Date, PrimitiveDateTime, Time, UtcOffset};
use time::{Weekday, format_description::well_known::Rfc3339, macros::datetime};

mod examples;

const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

fn interval(text: &str) -> Interval {
    let (start, end) = text.split_once('–').unwrap();
    Interval::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

/// Reads the windows as the reference writes them: `Mon–Sat 09:00–19:00, Sun closed; closed 2026-10-12`.
fn rule(text: &str) -> Rule {
    let (weekly, closed) = text
        .split_once("; closed ")
        .map_or((text, None), |(w, c)| (w, Some(c)));
    let mut windows = Weekly::closed();
    for part in weekly.split(", ") {
        let (days, hours) = part.split_once(' ').unwrap();
        let place = |name: &str| DAYS.iter().position(|(day, _)| *day == name).unwrap();
        let (first, last) = match days {
            "daily" => (0, 6),
            one => one
                .split_once('–')
                .map_or_else(|| (place(one), place(one)), |(a, b)| (place(a), place(b))),
        };
        if hours != "closed" {
            windows = windows.on(
                DAYS[first..=last].iter().map(|(_, day)| *day),
                interval(hours),
            );
        }
    }
    let iso = time::macros::format_description!("[year]-[month]-[day]");
    Rule::new("test", windows).closed_on(closed.map(|date| Date::parse(date, iso).unwrap()))
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn daily(start: u16, end: u16) -> Rule {
    let time = |minutes| TimeOfDay::from_minutes(minutes).unwrap();
    Rule::new(
        "test",
        Weekly::daily(Interval::new(time(start), time(end)).unwrap()),
    )
}

fn next(at: OffsetDateTime, zones: &[Zone], rules: &[Rule]) -> Option<OffsetDateTime> {
    match next_allowed(at, zones, rules, Duration::days(4)) {
        Next::At(next) => Some(next),
        Next::Never(_) => None,
    }
}

/// The same by trying every second that begins a minute: slow, and too simple to be wrong.
fn next_by_search(at: OffsetDateTime, zones: &[Zone], rules: &[Rule]) -> Option<OffsetDateTime> {
    let limit = at + Duration::days(4);
    let to_minute = Duration::seconds(60 - at.unix_timestamp().rem_euclid(60));
    let mut candidate = at;
    let mut minute = at + to_minute;
    while candidate <= limit {
        if allowed(candidate, zones, rules) {
            return Some(candidate);
        }
        candidate = minute;
        minute += Duration::minutes(1);
    }
    None
}

#[test]
fn the_worked_examples_hold() {
    assert_eq!(examples::EXAMPLES.len(), 38);
    for (case, zones, windows, at, expected) in examples::EXAMPLES {
        let zones: Vec<Zone> = zones.split(", ").map(zone).collect();
        let rules: Vec<Rule> = windows.split(" & ").map(rule).collect();
        let at = OffsetDateTime::parse(at, &Rfc3339).unwrap();
        match (next_allowed(at, &zones, &rules, HORIZON), *expected) {
            (Next::At(next), expected) => {
                assert_eq!(next.format(&Rfc3339).unwrap(), expected, "{case}");
            }
            (Next::Never(_), expected) => assert_eq!(expected, "never", "{case}"),
        }
    }
}

#[test]
fn what_an_intersection_leaves_is_what_the_reference_computed() {
    // Honolulu to New York of 08:00 to 21:00 in summer: 18:00 to 01:00 UTC.
    let states = [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "America/Adak",
        "Pacific/Honolulu",
    ]
    .map(zone);
    let rules = [Rule::daytime()];
    let opening = next_allowed(datetime!(2026-07-15 02:00 UTC), &states, &rules, HORIZON);
    assert_eq!(opening, Next::At(datetime!(2026-07-15 18:00 UTC)));
    assert!(allowed(datetime!(2026-07-16 00:59:59 UTC), &states, &rules));
    assert!(!allowed(datetime!(2026-07-16 01:00 UTC), &states, &rules));
}

#[test]
fn the_rules_that_exclude_each_other_are_named() {
    let zones = [zone("America/New_York")];
    let rule = |id: &'static str, start, end| Rule {
        id: id.into(),
        ..daily(start, end)
    };
    let rules = [
        rule("law", 480, 1260),
        rule("shop", 540, 1080),
        rule("wish", 1260, 1380),
    ];
    // The shop alone would exclude the wish as well as the law does; one pair is named.
    assert_eq!(
        next_allowed(datetime!(2026-07-15 12:00 UTC), &zones, &rules, HORIZON),
        Next::Never(Excluded::By(vec!["shop".into(), "wish".into()]))
    );
    let far = [zone("Pacific/Apia"), zone("Pacific/Honolulu")];
    assert_eq!(
        next_allowed(
            datetime!(2026-07-15 12:00 UTC),
            &far,
            &[rule("dawn", 360, 420)],
            HORIZON
        ),
        Next::Never(Excluded::By(vec!["dawn".into()]))
    );
}

#[test]
fn no_zone_is_never_and_no_rule_is_now() {
    let at = datetime!(2026-07-15 12:00 UTC);
    assert_eq!(
        next_allowed(at, &[], &[Rule::daytime()], HORIZON),
        Next::Never(Excluded::NoZone)
    );
    assert!(!allowed(at, &[], &[Rule::daytime()]));
    assert_eq!(next_allowed(at, &[], &[], HORIZON), Next::At(at));
}

#[test]
fn the_ends_of_time_are_never_and_no_panic() {
    let zones = [zone("America/New_York")];
    for at in [
        OffsetDateTime::new_utc(Date::MIN, Time::MIDNIGHT),
        OffsetDateTime::new_utc(Date::MAX, Time::MIDNIGHT),
    ] {
        let next = next_allowed(at, &zones, &[Rule::new("none", Weekly::closed())], HORIZON);
        assert!(matches!(next, Next::Never(_)));
    }
}

#[test]
fn the_tail_that_runs_into_a_closed_day_is_closed() {
    let zones = [zone("UTC")];
    let rules = [daily(22 * 60, 6 * 60).closed_on([time::macros::date!(2026 - 07 - 15)])];
    assert!(allowed(datetime!(2026-07-14 23:59 UTC), &zones, &rules));
    assert!(!allowed(datetime!(2026-07-15 00:00 UTC), &zones, &rules));
    assert!(!allowed(datetime!(2026-07-15 23:00 UTC), &zones, &rules));
    assert!(!allowed(datetime!(2026-07-16 05:00 UTC), &zones, &rules));
    assert_eq!(
        next(datetime!(2026-07-15 00:00 UTC), &zones, &rules),
        Some(datetime!(2026-07-16 22:00 UTC))
    );
}

/// A law with "none" as infinity.
fn at_most(left: Option<OffsetDateTime>, right: Option<OffsetDateTime>) -> bool {
    left.is_some_and(|left| right.is_none_or(|right| left <= right)) || right.is_none()
}

proptest! {
    #[test]
    fn l43_and_l44_the_answer_is_that_of_a_search_by_the_minute(
        at in strategies::instant(),
        zones in strategies::zones(),
        rules in proptest::collection::vec(strategies::rule(), 0..3),
    ) {
        let found = next(at, &zones, &rules);
        prop_assert_eq!(found, next_by_search(at, &zones, &rules));
        if let Some(found) = found {
            prop_assert!(found >= at && allowed(found, &zones, &rules));
        }
    }

    #[test]
    fn l45_allowed_is_the_fixed_point(
        at in strategies::instant(),
        zones in strategies::zones(),
        rules in proptest::collection::vec(strategies::rule(), 0..3),
    ) {
        let found = next(at, &zones, &rules);
        prop_assert_eq!(allowed(at, &zones, &rules), found == Some(at));
        if let Some(found) = found {
            prop_assert_eq!(next(found, &zones, &rules), Some(found));
        }
    }

    #[test]
    fn l46_later_asked_is_not_earlier_allowed(
        at in strategies::instant(),
        later in 0_i64..200_000,
        zones in strategies::zones(),
        rule in strategies::rule(),
    ) {
        let rules = [rule];
        let first = next(at, &zones, &rules);
        let second = next(at + Duration::seconds(later), &zones, &rules);
        // The horizon moves with the question: what the first cannot see, the second may.
        let in_sight = second.is_some_and(|second| second <= at + Duration::days(4));
        prop_assert!(first.is_some() || !in_sight);
        prop_assert!(first.is_none() || at_most(first, second));
    }

    #[test]
    fn l47_to_l49_more_zones_or_rules_are_not_earlier_and_order_does_not_matter(
        at in strategies::instant(),
        mut zones in strategies::zones(),
        mut rules in proptest::collection::vec(strategies::rule(), 1..3),
        zone_more in strategies::zone(),
        rule_more in strategies::rule(),
    ) {
        let before = next(at, &zones, &rules);
        rules.push(rule_more);
        let more_rules = next(at, &zones, &rules);
        prop_assert!(at_most(before, more_rules));
        zones.push(zone_more);
        let more = next(at, &zones, &rules);
        prop_assert!(at_most(more_rules, more));
        zones.reverse();
        rules.reverse();
        prop_assert_eq!(next(at, &zones, &rules), more);
        zones.extend(zones.clone());
        prop_assert_eq!(next(at, &zones, &rules), more);
    }

    #[test]
    fn l49_an_alias_is_the_same_clock(at in strategies::instant(), rule in strategies::rule()) {
        let rules = [rule];
        let calcutta = next(at, &[zone("Asia/Calcutta")], &rules);
        prop_assert_eq!(calcutta, next(at, &[zone("Asia/Kolkata")], &rules));
        prop_assert_eq!(calcutta, next(at, &[zone("Asia/Calcutta"), zone("Asia/Kolkata")], &rules));
    }

    #[test]
    fn l50_windows_are_half_open(start in 0_u16..1_439, length in 1_u16..1_440, day in 1_u8..28) {
        let end = (start + length).min(1_439);
        prop_assume!(start < end);
        let rules = [daily(start, end)];
        let zones = [zone("Asia/Kathmandu")];
        let local = |minute: u16| {
            let date = Date::from_calendar_date(2026, time::Month::June, day).unwrap();
            let midnight = PrimitiveDateTime::new(date, Time::MIDNIGHT);
            midnight.assume_offset(UtcOffset::from_hms(5, 45, 0).unwrap())
                + Duration::minutes(minute.into())
        };
        let second = Duration::seconds(1);
        prop_assert!(allowed(local(start), &zones, &rules));
        prop_assert!(allowed(local(end) - second, &zones, &rules));
        prop_assert!(!allowed(local(end), &zones, &rules));
        prop_assert!(!allowed(local(start) - second, &zones, &rules));
    }

    #[test]
    fn l51_quiet_hours_are_the_complement(
        at in strategies::instant(),
        zone in strategies::zone(),
        quiet in strategies::quiet_hours(),
    ) {
        let local = at.unix_timestamp() + zone.stretch(at.unix_timestamp()).unwrap().offset;
        let now = u16::try_from(local.rem_euclid(86_400) / 60).unwrap();
        let (start, end) = (quiet.start.minutes(), quiet.end.minutes());
        let is_quiet = if start <= end { start <= now && now < end } else { start <= now || now < end };
        prop_assert_eq!(allowed(at, &[zone], &[quiet.rule()]), !is_quiet);
    }

    #[test]
    fn l52_a_skipped_hour_opens_at_its_end(start in 120_u16..180, length in 1_u16..240) {
        // New York, 8 March 2026: 02:00 to 03:00 does not exist.
        let end = start + length;
        let found = next(datetime!(2026-03-08 05:00 UTC), &[zone("America/New_York")], &[daily(start, end)]).unwrap();
        if end > 180 {
            prop_assert_eq!(found, datetime!(2026-03-08 07:00 UTC));
        } else {
            prop_assert!(found > datetime!(2026-03-09 04:00 UTC));
        }
    }

    #[test]
    fn l53_both_passes_of_a_repeated_hour_are_alike(second in 0_i64..3_600, rule in strategies::rule()) {
        // New York, 1 November 2026: 01:00 to 02:00 comes twice.
        let first = datetime!(2026-11-01 05:00 UTC) + Duration::seconds(second);
        let (zones, rules) = ([zone("America/New_York")], [rule]);
        prop_assert_eq!(allowed(first, &zones, &rules), allowed(first + Duration::hours(1), &zones, &rules));
    }

    #[test]
    fn l54_over_midnight_is_two_windows_and_belongs_to_the_first_day(
        at in strategies::instant(),
        zone in strategies::zone(),
        place in 0_usize..7,
        start in 720_u16..1_440,
        end in 1_u16..720,
    ) {
        let time = |minutes| TimeOfDay::from_minutes(minutes).unwrap();
        let on = |day: usize, start, end| {
            Weekly::closed().on([DAYS[day % 7].1], Interval::new(time(start), time(end)).unwrap())
        };
        let both = on(place, start, 1_440)
            .on([DAYS[(place + 1) % 7].1], Interval::new(time(0), time(end)).unwrap());
        let zones = [zone];
        prop_assert_eq!(
            allowed(at, &zones, &[Rule::new("over", on(place, start, end))]),
            allowed(at, &zones, &[Rule::new("two", both)])
        );
    }

    #[test]
    fn l55_the_whole_day_is_always(at in strategies::instant(), zones in strategies::zones()) {
        prop_assert_eq!(next(at, &zones, &[Rule::new("open", Weekly::open())]), Some(at));
    }

    #[test]
    fn l56_an_empty_window_is_never(at in strategies::instant(), zones in strategies::zones()) {
        let rules = [Rule::daytime(), Rule::new("closed", Weekly::closed())];
        prop_assert_eq!(
            next_allowed(at, &zones, &rules, HORIZON),
            Next::Never(Excluded::By(vec!["closed".into()]))
        );
    }

    #[test]
    fn l57_shifting_windows_and_question_shifts_the_answer(
        at in strategies::instant(),
        start in 0_u16..1_440,
        end in 0_u16..1_440,
        shift in 0_u16..1_440,
    ) {
        let zones = [zone("Etc/GMT+6")];
        let moved = daily((start + shift) % 1_440, (end + shift) % 1_440);
        let by = Duration::minutes(i64::from(shift));
        let expected = next(at, &zones, &[daily(start, end)]).map(|next| next + by);
        prop_assert_eq!(next(at + by, &zones, &[moved]), expected);
    }

    #[test]
    fn l61_a_preference_only_narrows(
        at in strategies::instant(),
        zone in strategies::zone(),
        quiet in strategies::quiet_hours(),
        weekend in strategies::weekend(),
    ) {
        let zones = [zone];
        let rules: Vec<Rule> =
            [Some(Rule::daytime()), Some(quiet.rule()), weekend.rule()].into_iter().flatten().collect();
        prop_assert!(!allowed(at, &zones, &rules) || allowed(at, &zones, &rules[..1]));
    }
}

#[test]
fn equal_times_are_no_quiet_hours_and_the_whole_day_is_all() {
    let at = datetime!(2026-07-15 12:00 UTC);
    let zones = [zone("UTC")];
    let hours = |start: &str, end: &str| QuietHours {
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
    };
    assert!(allowed(at, &zones, &[hours("08:00", "08:00").rule()]));
    assert!(matches!(
        next_allowed(at, &zones, &[hours("00:00", "24:00").rule()], HORIZON),
        Next::Never(_)
    ));
}
