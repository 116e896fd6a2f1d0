use super::*;
use time::macros::date;

fn bundled(id: &str) -> Calendar {
    Calendar::bundled(id).unwrap()
}

#[test]
fn every_table_is_read_and_every_holiday_has_a_name() {
    let mut count = 0;
    for table in TABLES {
        for (id, definition) in read::read(table).unwrap() {
            assert!(definition.holidays().iter().all(|one| !one.name.is_empty()));
            assert!(Calendar::bundled(&id).is_ok(), "{id}");
            count += 1;
        }
    }
    assert_eq!(Calendar::bundled_ids().count(), count);
}

#[test]
fn easter_is_where_the_almanac_has_it() {
    for expected in [
        date!(1970 - 03 - 29),
        date!(2000 - 04 - 23),
        date!(2008 - 03 - 23),
        date!(2011 - 04 - 24),
        date!(2024 - 03 - 31),
        date!(2025 - 04 - 20),
        date!(2026 - 04 - 05),
        date!(2038 - 04 - 25),
        date!(2076 - 04 - 19),
    ] {
        assert_eq!(definition::easter(expected.year()), Some(expected));
    }
}

#[test]
fn orthodox_easter_is_where_the_almanac_has_it() {
    for expected in [
        date!(1970 - 04 - 26),
        date!(2000 - 04 - 30),
        date!(2010 - 04 - 04),
        date!(2021 - 05 - 02),
        date!(2024 - 05 - 05),
        date!(2025 - 04 - 20),
        date!(2026 - 04 - 12),
        date!(2027 - 05 - 02),
        date!(2036 - 04 - 20),
        date!(2100 - 05 - 02),
    ] {
        let found = definition::orthodox_easter(expected.year());
        assert_eq!(found, Some(expected));
    }
}

#[test]
fn federal_days_of_2026_and_2027_are_those_of_the_statute() {
    let days: Vec<Date> = bundled("US")
        .closed_between(date!(2026 - 01 - 01), date!(2027 - 12 - 31))
        .map(|(date, _)| date)
        .collect();
    let expected = [
        date!(2026 - 01 - 01),
        date!(2026 - 01 - 19),
        date!(2026 - 02 - 16),
        date!(2026 - 05 - 25),
        date!(2026 - 06 - 19),
        date!(2026 - 07 - 03),
        date!(2026 - 07 - 04),
        date!(2026 - 09 - 07),
        date!(2026 - 10 - 12),
        date!(2026 - 11 - 11),
        date!(2026 - 11 - 26),
        date!(2026 - 12 - 25),
        date!(2027 - 01 - 01),
        date!(2027 - 01 - 18),
        date!(2027 - 02 - 15),
        date!(2027 - 05 - 31),
        date!(2027 - 06 - 18),
        date!(2027 - 06 - 19),
        date!(2027 - 07 - 04),
        date!(2027 - 07 - 05),
        date!(2027 - 09 - 06),
        date!(2027 - 10 - 11),
        date!(2027 - 11 - 11),
        date!(2027 - 11 - 25),
        date!(2027 - 12 - 24),
        date!(2027 - 12 - 25),
        // New Year 2028 is a Saturday.
        date!(2027 - 12 - 31),
    ];
    assert_eq!(days, expected);
}

#[test]
fn substitute_days_step_over_each_other() {
    // In 2021 Christmas was a Saturday, in 2022 a Sunday.
    for (id, date, name) in [
        ("GB-ENG", date!(2021 - 12 - 27), "Christmas Day"),
        ("GB-ENG", date!(2021 - 12 - 28), "Boxing Day"),
        ("GB-ENG", date!(2022 - 12 - 26), "Boxing Day"),
        ("GB-ENG", date!(2022 - 12 - 27), "Christmas Day"),
        (
            "GB-ENG",
            date!(2023 - 05 - 08),
            "Coronation of King Charles III",
        ),
        ("GB-SCT", date!(2022 - 01 - 03), "New Year's Day"),
        ("GB-SCT", date!(2022 - 01 - 04), "2 January"),
        ("GB-NIR", date!(2026 - 07 - 13), "Battle of the Boyne"),
    ] {
        assert_eq!(bundled(id).closed(date), Some(name), "{id} {date}");
    }
    assert_eq!(bundled("GB-ENG").closed(date!(2020 - 05 - 04)), None);
    assert_eq!(bundled("GB-SCT").closed(date!(2026 - 04 - 06)), None);
}

#[test]
fn states_and_countries_keep_their_own_days() {
    for (id, date, name) in [
        ("US-AL", date!(2026 - 04 - 27), "Confederate Memorial Day"),
        ("US-LA", date!(2026 - 02 - 17), "Mardi Gras"),
        ("US-LA", date!(2026 - 11 - 27), "Day after Thanksgiving"),
        ("US-PA", date!(2026 - 11 - 03), "Election Day"),
        ("US-RI", date!(2026 - 08 - 10), "Victory Day"),
        ("US-UT", date!(2027 - 07 - 23), "Pioneer Day"),
        ("FR", date!(2026 - 05 - 14), "Ascension"),
        ("DE", date!(2026 - 05 - 25), "Pfingstmontag"),
        ("DE-BY", date!(2026 - 06 - 04), "Fronleichnam"),
        ("DE-SN", date!(2026 - 11 - 18), "Buß- und Bettag"),
        ("ES", date!(2026 - 12 - 08), "Inmaculada Concepción"),
        ("IT", date!(2026 - 04 - 06), "Lunedì dell'Angelo"),
        ("CA", date!(2026 - 05 - 18), "Victoria Day"),
        ("AU", date!(2026 - 04 - 25), "Anzac Day"),
        ("IN", date!(2026 - 10 - 02), "Gandhi Jayanti"),
        ("BR", date!(2026 - 11 - 20), "Dia da Consciência Negra"),
    ] {
        assert_eq!(bundled(id).closed(date), Some(name), "{id} {date}");
    }
    assert_eq!(bundled("DE").closed(date!(2026 - 06 - 04)), None);
    assert_eq!(bundled("BR").closed(date!(2023 - 11 - 20)), None);
}

#[test]
fn where_the_part_is_not_known_every_list_is_closed() {
    for (any, prefix) in [("US-ANY", "US-"), ("GB", "GB-")] {
        for id in Calendar::bundled_ids().filter(|id| id.starts_with(prefix)) {
            let one = bundled(id);
            for (date, name) in one.closed_between(date!(2024 - 01 - 01), date!(2035 - 12 - 31)) {
                assert!(bundled(any).closed(date).is_some(), "{id} {date} {name}");
            }
        }
    }
}

#[test]
fn any_year_has_an_answer() {
    for id in Calendar::bundled_ids() {
        let calendar = bundled(id);
        for year in [-9_999, -1, 0, 1_969, 1_970, 2_100, 2_200, 2_201, 9_999] {
            let from = Date::from_ordinal_date(year, 1).unwrap();
            // Years that are not kept are computed for each date.
            let is_kept = (1_970..2_201).contains(&year);
            let last = if is_kept { 365 } else { 10 };
            let to = Date::from_ordinal_date(year, last).unwrap();
            let days = calendar.closed_between(from, to).count();
            if is_kept && id != "IN" {
                assert!((7..40).contains(&days), "{id} {year}: {days}");
            }
        }
    }
}

#[test]
fn a_calendar_of_ones_own_is_not_read_back_by_its_id() {
    struct Sundays;
    impl Holidays for Sundays {
        fn closed(&self, date: Date) -> Option<&str> {
            (date.weekday() == time::Weekday::Sunday).then_some("Sunday")
        }
    }
    let own = Calendar::new("own", Arc::new(Sundays));
    assert_eq!(own.closed(date!(2026 - 11 - 22)), Some("Sunday"));
    assert_eq!(serde_json::to_string(&own).unwrap(), r#""own""#);
    assert!(serde_json::from_str::<Calendar>(r#""own""#).is_err());
    assert_eq!(
        serde_json::from_str::<Calendar>(r#""US""#).unwrap(),
        bundled("US")
    );
}

#[test]
fn malformed_tables_are_refused_with_the_line() {
    for (text, line) in [
        ("01-01: too early", 1),
        ("calendar A\n01-01", 2),
        ("calendar A\n02-30: none", 2),
        ("calendar A\n13-01: none", 2),
        ("calendar A\nsixth monday 01: none", 2),
        ("calendar A\nfirst someday 01: none", 2),
        ("calendar A\neaster: none", 2),
        ("calendar A\neaster 400: of another year", 2),
        ("calendar A\northodox easter: none", 2),
        ("calendar A\n01-01, maybe: none", 2),
        ("calendar A\n01-01, from never: none", 2),
        ("calendar A\n2026-02-30: none", 2),
        ("calendar A\ninclude B", 2),
        ("calendar A\ncalendar A", 2),
        ("calendar A\n01-01: one\ninclude A", 3),
    ] {
        let Err(error) = Calendar::read(text) else {
            panic!("{text} is refused")
        };
        assert_eq!(error.line, line, "{text}");
    }
}

#[test]
fn a_text_that_grows_by_itself_is_refused() {
    let doubled = (1..40).map(|step| {
        let before = step - 1;
        format!("calendar C{step}\ninclude C{before}\ninclude C{before}")
    });
    let first = "calendar C0\n01-01: one".to_owned();
    let text: Vec<String> = std::iter::once(first).chain(doubled).collect();
    assert!(Calendar::read(&text.join("\n")).is_err());
    let many: Vec<String> = (0..1_001)
        .map(|place| format!("calendar C{place}"))
        .collect();
    assert!(matches!(
        Calendar::read(&many.join("\n")),
        Err(InvalidCalendar { line: 1_001, .. })
    ));
}
