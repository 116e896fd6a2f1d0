//! Strategies that generate only what the constructors accept.

use crate::{
    Cap, Counts, Evidence, Grade, Place, Places, StopLine, TenantChoice, Wording, numbering,
};
use proptest::{collection, option, prelude::*, sample};
use tidings_kernel::{PhoneNumber, Region};
use time::{Duration, OffsetDateTime};

/// Any country, state, province or territory that a number can belong to, and anywhere.
pub fn place() -> impl Strategy<Value = Place> + Clone {
    let mut all: Vec<_> = numbering::known_places().collect();
    all.push(Place::ANYWHERE);
    all.sort_unstable();
    all.dedup();
    prop_oneof![2 => sample::select(all), 3 => place_with_rules()]
}

/// One of some places with rules of many kinds.
pub fn place_with_rules() -> impl Strategy<Value = Place> + Clone {
    let names = vec![
        "US", "US-PA", "US-FL", "US-MS", "US-NC", "US-RI", "US-TX", "US-LA", "US-PR", "CA",
        "CA-QC", "GB", "DE", "FR", "IT", "IE", "IN", "BR", "AU", "ZA",
    ];
    sample::select(names).prop_filter_map("known", |name| Place::parse(name).ok())
}

/// One to three places of a contact, and in half of the cases one of the sender.
pub fn places() -> impl Strategy<Value = Places> + Clone {
    (collection::vec(place(), 1..4), option::of(place())).prop_map(|(contact, sender)| {
        let declared = contact.into_iter().map(|place| (place, Evidence::Declared));
        Places::new(declared, sender)
    })
}

/// A number of a real or unassigned code. North American ones end in 555 0100 to 0199, which are
/// reserved for fiction; all others are no longer than a calling code and a few zeros.
pub fn number() -> impl Strategy<Value = PhoneNumber> + Clone {
    let american = (200_u16..1_000, 100_u8..200).prop_filter_map("E.164", |(code, line)| {
        PhoneNumber::from_e164(&format!("+1{code}5550{line}")).ok()
    });
    let other = (2_u16..1_000).prop_filter_map("E.164", |code| {
        PhoneNumber::from_e164(&format!("+{code}0000")).ok()
    });
    prop_oneof![american, other]
}

/// Any two letters, whether or not a country has them.
pub fn region() -> impl Strategy<Value = Region> + Clone {
    let letters = sample::select((b'A'..=b'Z').map(char::from).collect::<Vec<_>>());
    (letters.clone(), letters).prop_filter_map("two letters", |(a, b)| {
        Region::parse(&format!("{a}{b}")).ok()
    })
}

/// Any choice of a tenant, of loosenings and of tightenings.
pub fn choice() -> impl Strategy<Value = TenantChoice> + Clone {
    let named = || collection::btree_set(place(), 0..4);
    let cap = (
        1_u32..5,
        1_u16..200,
        sample::select(vec![Counts::SameSubject, Counts::AnySubject]),
    )
        .prop_map(|(most, hours, counts)| Cap {
            most,
            hours,
            counts,
        });
    let wording = sample::select(vec![
        Wording::Brand,
        Wording::Contact,
        Wording::PostalAddress,
        Wording::StopLine(StopLine::FirstAndRegularly),
        Wording::StopLine(StopLine::EachMessage),
    ]);
    let grade = sample::select(vec![
        Grade::Nothing,
        Grade::Express,
        Grade::Written,
        Grade::Confirmed,
    ]);
    (
        (named(), named(), named()),
        grade,
        option::of(1_i64..2_000),
        collection::btree_set(cap, 0..3),
        collection::btree_set(wording, 0..3),
    )
        .prop_map(
            |((soft, single, first), least_consent, days, caps, wording)| TenantChoice {
                soft_opt_in: soft,
                single_opt_in: single,
                first_stop_line: first,
                least_consent,
                consent_max_age: days.map(Duration::days),
                caps,
                wording,
            },
        )
}

/// A second between 2024 and 2028, or near a change of a shipped rule.
pub fn instant() -> impl Strategy<Value = OffsetDateTime> + Clone {
    let changes = vec![
        1_792_296_000_i64,
        1_743_465_600,
        1_767_250_800,
        1_782_828_000,
    ];
    let near = (sample::select(changes), -2_i64..3).prop_map(|(change, seconds)| change + seconds);
    prop_oneof![1_704_067_200_i64..1_830_297_600, near].prop_filter_map("in range", |second| {
        OffsetDateTime::from_unix_timestamp(second).ok()
    })
}

/// The text of a pack with one rule of hours for a place with rules, in one to three versions that follow
/// each other from 2025 on, the last without an end.
pub fn pack() -> impl Strategy<Value = String> + Clone {
    let version = (0_u8..12, 12_u8..=24, 1_i64..400);
    (place_with_rules(), 0_u8..20, collection::vec(version, 1..4)).prop_map(|(place, name, versions)| {
        let mut start = 1_735_689_600_i64;
        let last = versions.len().saturating_sub(1);
        let versions = versions.iter().enumerate().map(|(number, (open, close, days))| {
            let from = instant_text(start);
            start += days * 86_400;
            let until = if number == last {
                String::new()
            } else {
                format!(r#""until": "{}", "#, instant_text(start))
            };
            format!(
                r#"{{ "version": "{number}", "from": "{from}", {until}
                "demands": {{ "hours": {{ "open": {{ "daily": "{open:02}:00-{close:02}:00" }} }} }},
                "source": "generated", "trust": "own", "read_on": "2026-11-20" }}"#
            )
        });
        let versions: Vec<_> = versions.collect();
        format!(
            r#"{{ "about": "generated", "rules": [ {{ "id": "test.{name}.hours", "place": "{place}",
            "concern": "hours", "channels": ["sms"], "purposes": ["marketing"],
            "versions": [ {} ] }} ] }}"#,
            versions.join(", ")
        )
    })
}

fn instant_text(second: i64) -> String {
    OffsetDateTime::from_unix_timestamp(second)
        .ok()
        .and_then(|at| {
            at.format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_default()
}
