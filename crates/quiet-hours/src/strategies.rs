//! Strategies that generate only what the constructors accept.

use crate::{Interval, QuietHours, Rule, TimeOfDay, Weekend, Weekly, Zone};
use proptest::{collection, prelude::*, sample};
use time::{Date, OffsetDateTime, Weekday};

const NAMES: [&str; 14] = [
    "America/New_York",
    "America/Chicago",
    "America/Phoenix",
    "America/St_Johns",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Calcutta",
    "Asia/Kolkata",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Honolulu",
    "UTC",
];

/// One of fourteen zones with odd offsets, odd changes, or none; two are names of the same clock.
pub fn zone() -> impl Strategy<Value = Zone> + Clone {
    sample::select(NAMES.to_vec()).prop_filter_map("in the database", |name| Zone::parse(name).ok())
}

/// One to three zones.
pub fn zones() -> impl Strategy<Value = Vec<Zone>> + Clone {
    collection::vec(zone(), 1..4)
}

/// Any time of day, 24:00 included.
pub fn time_of_day() -> impl Strategy<Value = TimeOfDay> + Clone {
    (0_u16..=1_440).prop_filter_map("in a day", TimeOfDay::from_minutes)
}

/// Any interval, over midnight about half of the time.
pub fn interval() -> impl Strategy<Value = Interval> + Clone {
    (time_of_day(), time_of_day()).prop_filter_map("starts before 24:00", |(start, end)| {
        Interval::new(start, end).ok()
    })
}

/// Any weekday.
pub fn weekday() -> impl Strategy<Value = Weekday> + Clone {
    sample::select(vec![
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ])
}

/// Up to eight windows a week, or one every day.
pub fn weekly() -> impl Strategy<Value = Weekly> + Clone {
    let some = collection::vec((weekday(), interval()), 0..8).prop_map(|windows| {
        windows
            .into_iter()
            .fold(Weekly::closed(), |weekly, (day, interval)| {
                weekly.on([day], interval)
            })
    });
    prop_oneof![some, interval().prop_map(Weekly::daily)]
}

/// A rule with any windows and up to two closed dates near the instants of [`instant`].
pub fn rule() -> impl Strategy<Value = Rule> + Clone {
    (weekly(), collection::vec(date(), 0..3), 0_u8..4).prop_map(|(windows, closed, id)| {
        Rule::new(format!("test.{id}"), windows).closed_on(closed)
    })
}

/// Quiet hours of any length.
pub fn quiet_hours() -> impl Strategy<Value = QuietHours> + Clone {
    (time_of_day(), time_of_day()).prop_map(|(start, end)| QuietHours { start, end })
}

/// Both kinds of weekend.
pub fn weekend() -> impl Strategy<Value = Weekend> + Clone {
    sample::select(vec![Weekend::Allowed, Weekend::Refused])
}

/// A second within four days of a change of some clock: in March, April, September, October and
/// November 2026, or at the end of 2011, when Samoa lost a day.
pub fn instant() -> impl Strategy<Value = OffsetDateTime> + Clone {
    let changes = vec![
        1_772_953_200_i64, // 2026-03-08, New York
        1_774_746_000,     // 2026-03-29, Berlin
        1_776_981_600,     // 2026-04-23, Cairo
        1_788_667_200,     // 2026-09-06, Santiago
        1_791_041_400,     // 2026-10-03, Lord Howe
        1_793_512_800,     // 2026-11-01, New York
        1_325_239_200,     // 2011-12-30, Apia
    ];
    (sample::select(changes), -345_600_i64..345_600)
        .prop_filter_map("in the range of instants", |(change, seconds)| {
            OffsetDateTime::from_unix_timestamp(change + seconds).ok()
        })
}

/// A date within a week of one of the instants of [`instant`].
pub fn date() -> impl Strategy<Value = Date> + Clone {
    instant().prop_map(OffsetDateTime::date)
}
