//! Template texts and data for property tests.

use crate::{
    Category, Data, FieldName, PauseRung, Quality, StandingEvent, StandingEventKind, Value,
    Variant, VariantBody,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use time::{Duration, OffsetDateTime};

/// A valid field name by word, up to 64 characters, or by number.
pub fn field_name() -> impl Strategy<Value = FieldName> {
    prop_oneof![8 => "[a-z][a-z0-9_]{0,63}", 1 => "[1-9][0-9]{0,2}"]
        .prop_filter_map("a valid name", |name| FieldName::new(&name).ok())
}

/// A value without control characters; text values have something to read.
pub fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,12}[a-z{}|\\\\]\\PC{0,12}".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
}

/// Data of up to eight fields, which need not belong to any template.
pub fn data() -> impl Strategy<Value = Data> {
    btree_map(field_name().prop_map(String::from), value(), 0..8)
}

/// A text without any field: no `{{`, else anything, up to 80 characters.
pub fn plain_text() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            any::<char>(),
            "[{}|\\\\a ]".prop_map(|s| s.chars().next().unwrap_or(' '))
        ],
        0..80,
    )
    .prop_map(String::from_iter)
    .prop_filter("no field opens", |text| !text.contains("{{"))
}

/// Any text, rich in braces, well formed or not.
pub fn brace_soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        "[{}|\\\\ \n]",
        "[a-z0-9_]{1,4}",
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A well-formed text that uses each of `names` once or more, without defaults.
pub fn text_with(names: Vec<FieldName>) -> impl Strategy<Value = String> {
    let pieces: Vec<_> = names
        .into_iter()
        .map(|name| {
            ("[a-zA-Z,. é]{0,8}", "[ ]{0,2}", 1_usize..3).prop_map(move |(before, blank, times)| {
                format!("{before}{{{{{blank}{name}{blank}}}}}").repeat(times)
            })
        })
        .collect();
    pieces.prop_map(|pieces| pieces.concat())
}

/// Up to six variants in distinct locales of four languages, with and without a region.
pub fn variants() -> impl Strategy<Value = Vec<Variant>> {
    proptest::sample::subsequence(LOCALES, 0..=6)
        .prop_shuffle()
        .prop_map(|locales| {
            let variant = |locale: &str| Variant {
                locale: locale.to_owned(),
                body: VariantBody::Text(format!("in {locale}")),
            };
            locales.into_iter().map(variant).collect()
        })
}

/// A locale out of ten; `en_US` and `en-GB` are two spellings of the separator.
pub fn locale() -> impl Strategy<Value = &'static str> {
    select(LOCALES)
}

const LOCALES: &[&str] = &[
    "en", "en_US", "en-GB", "pt_BR", "pt_PT", "de", "de_AT", "fr", "fr_CA", "sv",
];

/// Any category of WhatsApp.
pub fn category() -> impl Strategy<Value = Category> {
    select(&Category::ALL[..])
}

/// Up to eight events of a template within two days, some at the same time, in any order.
pub fn standing_events() -> impl Strategy<Value = Vec<StandingEvent>> {
    vec(standing_event(), 0..8)
}

/// One event of a template, at a full hour of two days from 2026-01-01 on.
pub fn standing_event() -> impl Strategy<Value = StandingEvent> {
    use StandingEventKind as On;
    let start = OffsetDateTime::UNIX_EPOCH + Duration::days(20_454);
    let at = (0_i64..48).prop_map(move |hours| start + Duration::hours(hours));
    let kind = prop_oneof![
        Just(On::Submitted),
        proptest::option::of(category()).prop_map(|category| On::Approved { category }),
        Just(On::Rejected),
        select(&[PauseRung::First, PauseRung::Second, PauseRung::RateLimiting][..])
            .prop_map(|rung| On::Paused { rung }),
        Just(On::Disabled),
        Just(On::Reinstated),
        (category(), 0_i64..72).prop_map(move |(category, hours)| {
            On::RecategorizationAnnounced {
                category,
                effective_at: start + Duration::hours(hours),
            }
        }),
        category().prop_map(|category| On::Recategorized { category }),
        select(
            &[
                Quality::Green,
                Quality::Yellow,
                Quality::Red,
                Quality::Unknown
            ][..]
        )
        .prop_map(|quality| On::Rated { quality }),
    ];
    (at, kind).prop_map(|(at, kind)| StandingEvent { at, kind })
}
