use super::*;
use tidings_quiet_hours::{Candidates, HORIZON, Next, Zone, allowed, next_allowed, zones_for};
use time::{Date, Duration, UtcOffset, macros::date};

/// Reserved numbers, the hours of their state on a working day, and the offset of their zone in winter.
const ROWS: [(&str, &str, (u8, u8), i8); 34] = [
    ("AL", "+12055550123", (8, 20), -6),
    ("AZ", "+16025550123", (8, 21), -7),
    ("CA", "+14155550123", (8, 21), -8),
    ("CT", "+12035550123", (9, 20), -5),
    ("DC", "+12025550123", (8, 21), -5),
    ("FL", "+13055550123", (8, 20), -5),
    ("GA", "+14045550123", (8, 21), -5),
    ("HI", "+18085550123", (8, 21), -10),
    ("IL", "+13125550123", (8, 21), -6),
    ("IN", "+13175550123", (9, 20), -5),
    ("KY", "+15025550123", (10, 21), -5),
    ("LA", "+15045550123", (8, 20), -6),
    ("MA", "+16175550123", (8, 20), -5),
    ("MD", "+14105550123", (8, 20), -5),
    ("MI", "+13135550123", (9, 21), -5),
    ("MN", "+16125550123", (9, 21), -6),
    ("MS", "+16015550123", (8, 20), -6),
    ("NC", "+13365550123", (8, 21), -5),
    ("NJ", "+12015550123", (8, 21), -5),
    ("NM", "+15055550123", (9, 21), -7),
    ("NV", "+17025550123", (9, 20), -8),
    ("NY", "+12125550123", (8, 21), -5),
    ("OK", "+14055550123", (8, 20), -6),
    ("OR", "+15035550123", (8, 20), -8),
    ("PA", "+12155550123", (9, 19), -5),
    ("RI", "+14015550123", (9, 18), -5),
    ("SC", "+18035550123", (8, 21), -5),
    ("TX", "+12145550123", (9, 21), -6),
    ("UT", "+18015550123", (8, 21), -7),
    ("VA", "+17035550123", (8, 21), -5),
    ("WA", "+12065550123", (8, 20), -8),
    ("WI", "+14145550123", (8, 21), -6),
    ("WY", "+13075550123", (8, 20), -7),
    ("PR", "+17875550123", (8, 21), -4),
];

/// States that are closed on Sundays.
const NO_SUNDAY: [&str; 7] = ["AL", "LA", "MS", "PA", "RI", "UT", "SD"];

fn zones(text: &str) -> Vec<Zone> {
    match zones_for(number(text)) {
        Candidates::Known(zones) => zones,
        Candidates::Unknown => Vec::new(),
    }
}

fn law_of(packs: &Packs, text: &str, at: OffsetDateTime) -> Arc<Applicable> {
    applicable(packs, &of(text), Purpose::Marketing, Channel::Sms, at)
}

fn is_open(packs: &Packs, text: &str, at: OffsetDateTime) -> bool {
    allowed(at, &zones(text), &law_of(packs, text, at).hours)
}

fn local(date: Date, minutes: i64, offset: i8) -> OffsetDateTime {
    let midnight = date
        .midnight()
        .assume_offset(UtcOffset::from_hms(offset, 0, 0).unwrap());
    midnight + Duration::minutes(minutes)
}

fn next(hours: &[Rule], zones: &[&str], at: OffsetDateTime) -> OffsetDateTime {
    let zones: Vec<_> = zones
        .iter()
        .map(|name| Zone::parse(name).unwrap())
        .collect();
    match next_allowed(at, &zones, hours, HORIZON) {
        Next::At(at) => at,
        Next::Never(excluded) => panic!("never: {excluded:?}"),
    }
}

#[test]
fn each_state_opens_and_closes_on_its_minute() {
    let packs = packs();
    let wednesday = date!(2026 - 11 - 18);
    for (state, number, (start, end), offset) in ROWS {
        let expected = place(&format!("US-{state}"));
        assert!(
            of(number).contact().any(|(place, _)| place == expected),
            "{state}"
        );
        let (start, end) = (i64::from(start) * 60, i64::from(end) * 60);
        for (minute, expected) in [
            (start - 1, false),
            (start, true),
            (end - 1, true),
            (end, false),
        ] {
            let at = local(wednesday, minute, offset);
            assert_eq!(is_open(&packs, number, at), expected, "{state} at {at}");
        }
    }
}

#[test]
fn sundays_are_closed_where_the_state_says() {
    let packs = packs();
    for (state, number, _, offset) in ROWS {
        let noon = local(date!(2026 - 11 - 22), 12 * 60, offset);
        let expected = !NO_SUNDAY.contains(&state);
        assert_eq!(is_open(&packs, number, noon), expected, "{state}");
    }
}

#[test]
fn thanksgiving_is_closed_where_the_state_says() {
    let packs = packs();
    for (state, number, _, offset) in ROWS {
        let noon = local(date!(2026 - 11 - 26), 12 * 60, offset);
        let expected = !["AL", "LA", "PA", "RI", "UT"].contains(&state);
        assert_eq!(is_open(&packs, number, noon), expected, "{state}");
    }
}

#[test]
fn pennsylvania_changed_its_hours_on_18_october_2026() {
    let packs = packs();
    let philadelphia = "+12155550123";
    // Saturday evening before the act, and the Saturday after it.
    assert!(is_open(
        &packs,
        philadelphia,
        local(date!(2026 - 10 - 17), 20 * 60 + 59, -4)
    ));
    assert!(!is_open(
        &packs,
        philadelphia,
        local(date!(2026 - 10 - 24), 19 * 60, -4)
    ));
    // The Sunday before, and the Sunday from which it is in force.
    assert!(is_open(
        &packs,
        philadelphia,
        local(date!(2026 - 10 - 11), 8 * 60, -4)
    ));
    assert!(!is_open(
        &packs,
        philadelphia,
        local(date!(2026 - 10 - 18), 12 * 60, -4)
    ));
    let cited = |at| ids(&law_of(&packs, philadelphia, at));
    let act = datetime!(2026-10-18 04:00 UTC);
    assert!(cited(act - Duration::NANOSECOND).contains(&"us.pa.hours@before-act-47".to_owned()));
    assert!(cited(act).contains(&"us.pa.hours@2026".to_owned()));
}

#[test]
fn the_worked_examples_hold_through_packs() {
    let cases = [
        // T15: Texas with El Paso, Sunday noon.
        (
            "US-TX",
            vec!["America/Chicago", "America/Denver"],
            datetime!(2026-07-19 14:00 UTC),
            datetime!(2026-07-19 18:00 UTC),
        ),
        // T16: Rhode Island, Saturday 17:00 before Columbus Day.
        (
            "US-RI",
            vec!["America/New_York"],
            datetime!(2026-10-10 21:00 UTC),
            datetime!(2026-10-13 13:00 UTC),
        ),
        // T17: Pennsylvania, Saturday 19:00.
        (
            "US-PA",
            vec!["America/New_York"],
            datetime!(2026-11-22 00:00 UTC),
            datetime!(2026-11-23 14:00 UTC),
        ),
        // T18: Louisiana, Saturday 20:00 before Labor Day.
        (
            "US-LA",
            vec!["America/Chicago"],
            datetime!(2026-09-06 01:00 UTC),
            datetime!(2026-09-08 13:00 UTC),
        ),
        // T32: Mississippi in summer, local time and fixed Central Standard Time.
        (
            "US-MS",
            vec!["America/Chicago"],
            datetime!(2026-07-15 13:00 UTC),
            datetime!(2026-07-15 14:00 UTC),
        ),
        // T34: unknown state, asked on Friday at 18:00 in four mainland zones.
        (
            "US",
            vec![
                "America/New_York",
                "America/Chicago",
                "America/Denver",
                "America/Los_Angeles",
            ],
            datetime!(2026-11-20 23:00 UTC),
            datetime!(2026-11-21 18:00 UTC),
        ),
    ];
    let packs = packs();
    for (name, zones, at, expected) in cases {
        let places = Places::only(place(name));
        let law = applicable(&packs, &places, Purpose::Marketing, Channel::Sms, at);
        assert_eq!(next(&law.hours, &zones, at), expected, "{name}");
    }
}

#[test]
fn an_unknown_state_has_the_hours_of_all() {
    let packs = packs();
    for text in ["+18005550123", "+12995550123"] {
        for (date, start, end) in [
            (date!(2026 - 11 - 18), 10, 18), // Wednesday
            (date!(2026 - 11 - 21), 10, 17), // Saturday
        ] {
            let law = law_of(&packs, text, local(date, 0, -5));
            let zone = [Zone::parse("America/New_York").unwrap()];
            for (minute, expected) in [
                (start * 60 - 1, false),
                (start * 60, true),
                (end * 60 - 1, true),
                (end * 60, false),
            ] {
                let at = local(date, minute, -5);
                assert_eq!(allowed(at, &zone, &law.hours), expected, "{text} {at}");
            }
            // Sunday, Pioneer Day, Rosa Parks Day and All Saints' Day.
            for closed in [
                date!(2026 - 11 - 22),
                date!(2026 - 07 - 24),
                date!(2026 - 12 - 01),
                date!(2027 - 11 - 01),
            ] {
                assert!(
                    !allowed(local(closed, 13 * 60, -5), &zone, &law.hours),
                    "{closed}"
                );
            }
        }
    }
}

#[test]
fn north_carolina_asks_for_the_clock_of_the_sender_too() {
    let law = marketing("US-NC");
    assert_eq!(law.sender_hours.len(), 1);
    assert_eq!(law.sender_hours[0].id, "us.nc.hours");
    assert!(marketing("US-SC").sender_hours.is_empty());
}

#[test]
fn europe_is_closed_on_sundays_and_holidays() {
    let packs = packs();
    for (text, offset, holiday) in [
        ("+33612345678", 2, date!(2026 - 07 - 14)), // Fête nationale
        ("+491701234567", 1, date!(2026 - 12 - 26)), // Zweiter Weihnachtstag, a Saturday
        ("+447400123456", 1, date!(2026 - 08 - 31)), // Summer bank holiday
        ("+34612345678", 2, date!(2026 - 10 - 12)), // Fiesta Nacional
        ("+31612345678", 2, date!(2026 - 04 - 27)), // Koningsdag
        ("+353861234567", 1, date!(2026 - 03 - 17)), // St Patrick's Day
        ("+48512345678", 1, date!(2026 - 11 - 11)), // Święto Niepodległości
        ("+46701234567", 2, date!(2026 - 06 - 19)), // Midsommarafton
        ("+393123456789", 2, date!(2026 - 06 - 02)), // Festa della Repubblica
    ] {
        let noon = |date: Date, offset| is_open(&packs, text, local(date, 12 * 60, offset));
        assert!(!noon(holiday, offset), "{text} on {holiday}");
        assert!(!noon(date!(2026 - 07 - 19), 2), "{text} on a Sunday");
        assert!(noon(date!(2026 - 07 - 16), 2), "{text} on a Thursday");
    }
    let paris = |minute| {
        is_open(
            &packs,
            "+33612345678",
            local(date!(2026 - 07 - 16), minute, 2),
        )
    };
    assert_eq!(
        [8 * 60 - 1, 8 * 60, 20 * 60 - 1, 20 * 60].map(paris),
        [false, true, true, false]
    );
    let berlin = |minute| {
        is_open(
            &packs,
            "+491701234567",
            local(date!(2026 - 07 - 16), minute, 2),
        )
    };
    assert_eq!(
        [9 * 60 - 1, 9 * 60, 20 * 60 - 1, 20 * 60].map(berlin),
        [false, true, true, false]
    );
}

#[test]
fn hours_bind_solicitations_by_text_and_nothing_else() {
    let packs = packs();
    let places = of("+12155550123");
    for purpose in Purpose::ALL {
        for channel in Channel::ALL {
            let law = applicable(&packs, &places, purpose, channel, NOW);
            let is_bound = matches!(purpose, Purpose::Marketing | Purpose::DoubleOptIn)
                && matches!(channel, Channel::Sms | Channel::Whatsapp);
            assert_eq!(!law.hours.is_empty(), is_bound, "{purpose} by {channel}");
        }
    }
}

#[test]
fn no_country_of_the_european_pack_is_open_on_its_national_holidays() {
    let packs = packs();
    let is_closed = |place: &str, date: Date| {
        let places = Places::only(Place::parse(place).unwrap());
        let law = applicable(&packs, &places, Purpose::Marketing, Channel::Sms, NOW);
        law.hours.iter().any(|rule| rule.closed.is_closed(date))
    };
    for place in EUROPE {
        assert!(is_closed(place, date!(2026 - 12 - 25)), "{place}");
        assert!(is_closed(place, date!(2027 - 01 - 01)), "{place}");
        assert!(!is_closed(place, date!(2026 - 10 - 14)), "{place}");
    }
    for (place, date) in [
        ("GR", date!(2026 - 04 - 13)),
        ("CY", date!(2026 - 02 - 23)),
        ("BG", date!(2026 - 04 - 10)),
        ("RO", date!(2026 - 06 - 01)),
        ("FI", date!(2026 - 06 - 20)),
        ("IS", date!(2026 - 04 - 23)),
        ("NO", date!(2026 - 05 - 25)),
    ] {
        assert!(is_closed(place, date), "{place} on {date}");
    }
}

/// The United Kingdom, the European Union and the European Economic Area.
const EUROPE: [&str; 31] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];
