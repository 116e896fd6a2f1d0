//! Strategies that generate only what the constructors accept.

use crate::{
    Calendar, Evidence, Interval, Override, QuietHours, Rule, TimeOfDay, Weekend, Weekly, Zone,
    ZoneEvidence,
};
use proptest::{collection, prelude::*, sample};
use time::{Date, Duration, OffsetDateTime, Weekday};

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

/// Any time of day, 24:00 included; half of them one of ten at which days begin and end, windows touch,
/// and clocks are changed.
pub fn time_of_day() -> impl Strategy<Value = TimeOfDay> + Clone {
    let edges = vec![0_u16, 1, 60, 90, 120, 150, 180, 1_380, 1_439, 1_440];
    prop_oneof![0_u16..=1_440, sample::select(edges)]
        .prop_filter_map("in a day", TimeOfDay::from_minutes)
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

/// A rule named `test.0` to `test.3` with any windows, up to two closed dates near the instants of
/// [`instant`], sometimes a bundled calendar, and sometimes a clock of its own.
pub fn rule() -> impl Strategy<Value = Rule> + Clone {
    let own = prop_oneof![4 => Just(None), 1 => zone().prop_map(Some)];
    let of = |(windows, closed, calendar, own, id): (_, _, Option<_>, _, u8)| {
        let rule = Rule::new(format!("test.{id}"), windows).closed_on(closed);
        let rule = calendar.into_iter().fold(rule, Rule::closed_by);
        Rule { zone: own, ..rule }
    };
    let calendar = prop_oneof![4 => Just(None), 1 => calendar().prop_map(Some)];
    (
        weekly(),
        collection::vec(date(), 0..3),
        calendar,
        own,
        0_u8..4,
    )
        .prop_map(of)
}

/// Any bundled calendar.
pub fn calendar() -> impl Strategy<Value = Calendar> + Clone {
    sample::select(Calendar::bundled_ids().collect::<Vec<_>>())
        .prop_filter_map("bundled", |id| Calendar::bundled(id).ok())
}

/// None to four minutes.
pub fn margin() -> impl Strategy<Value = Duration> + Clone {
    (0_i64..=240).prop_map(Duration::seconds)
}

/// Any kind of evidence, of one of three instants, with up to two zones.
pub fn evidence() -> impl Strategy<Value = Evidence> + Clone {
    let source = sample::select(vec![
        ZoneEvidence::Tenant,
        ZoneEvidence::Country,
        ZoneEvidence::Number,
        ZoneEvidence::Observed,
        ZoneEvidence::Postal,
        ZoneEvidence::Declared,
    ]);
    let as_of = (0_i64..3).prop_filter_map("a day", |day| {
        OffsetDateTime::from_unix_timestamp(day * 86_400).ok()
    });
    (source, collection::vec(zone(), 0..3), as_of).prop_map(|(source, zones, as_of)| Evidence {
        source,
        zones,
        as_of,
    })
}

/// An override by a made-up member, with a reason of one to twenty letters.
pub fn overriding() -> impl Strategy<Value = Override> + Clone {
    let letters =
        || collection::vec(prop::char::range('a', 'z'), 1..20).prop_map(String::from_iter);
    (letters(), letters()).prop_filter_map("not empty", |(actor, reason)| {
        Override::new(&actor, &reason).ok()
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
