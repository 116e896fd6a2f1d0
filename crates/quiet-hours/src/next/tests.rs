use super::*;
use crate::{Interval, QuietHours, TimeOfDay, Weekly};
use time::{Date, Time, Weekday, format_description::well_known::Rfc3339, macros::datetime};

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
    // The shop would exclude the wish as well as the law does; one pair is named.
    assert_eq!(
        next_allowed(datetime!(2026-07-15 12:00 UTC), &zones, &rules, HORIZON),
        Next::Never(Excluded::By(vec!["law".into(), "wish".into()]))
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

#[test]
fn hundreds_of_rules_and_zones_are_no_trouble() {
    let zones: Vec<Zone> = (0..200)
        .map(|place| zone(["America/New_York", "America/Chicago"][place % 2]))
        .collect();
    let mut rules: Vec<Rule> = (0..200).map(|_| Rule::daytime()).collect();
    let at = datetime!(2026-07-15 02:00 UTC);
    assert_eq!(
        next_allowed(at, &zones, &rules, HORIZON),
        Next::At(datetime!(2026-07-15 13:00 UTC))
    );
    rules.push(Rule::new("never", Weekly::closed()));
    assert_eq!(
        next_allowed(at, &zones, &rules, HORIZON),
        Next::Never(Excluded::By(vec!["never".into()]))
    );
}
