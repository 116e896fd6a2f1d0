//! Generators of what the gate looks at, for tests of this gate and of others. They generate only what
//! the constructors accept; numbers are those reserved for fiction.

use super::{
    Allowance, Cap, ContentFacts, Demand, Facts, GateRequest, Law, Presence, ZoneSource, Zones,
};
use crate::{Address, LocaleStanding, Preferences, TemplateFacts, UsRegistration, Usage};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
};
use tidings_consent::{Grade, Need, strategies as consent};
use tidings_kernel::{ContactId, Purpose, TemplateId, strategies};
use tidings_quiet_hours::{Interval, Override, Rule, Urgency, Weekly, Zone};
use tidings_templates::{ApprovalStatus, Category};
use time::OffsetDateTime;
use uuid::Uuid;

/// Any message: each channel and purpose, with and without address, template, deadline and override.
pub fn request() -> impl Strategy<Value = GateRequest> {
    let where_to = (strategies::channel(), strategies::purpose(), address());
    let what = (
        content(),
        option::of(any::<u128>()),
        option::of(locale()),
        any::<bool>(),
        any::<bool>(),
    );
    let limits = (
        option::of(strategies::instant()),
        option::of(0_u64..5),
        option::of(overriding()),
        select(vec![Urgency::Ordinary, Urgency::TimeCritical]),
    );
    (where_to, what, limits).prop_map(
        |(
            (channel, purpose, to),
            (content, template, template_locale, calls_template, is_waiting),
            (valid_until, source_version, override_by, urgency),
        )| GateRequest {
            channel,
            purpose,
            to,
            template: template.map(|bits| TemplateId::from_uuid(Uuid::from_u128(bits))),
            template_locale,
            is_waiting,
            calls_template,
            content,
            topic: None,
            valid_until,
            urgency,
            override_by,
            source_version,
        },
    )
}

/// Anything that may be known of one person: a history of consent, up to three zones, a law of the
/// place, sends of the last days, and a tenant with or without limits.
pub fn facts() -> impl Strategy<Value = Facts> {
    let person = ContactId::from_uuid(Uuid::from_u128(7));
    let contact = (consent::history(person), preferences(), zones());
    let instants = (
        option::of(strategies::instant()),
        option::of(strategies::instant()),
        vec(strategies::instant(), 0..4),
        option::weighted(0.1, strategies::instant()),
        option::weighted(0.1, strategies::instant()),
    );
    let tenant = (
        any::<bool>(),
        law(),
        registration(),
        option::of(0_u64..4),
        0_u64..4,
        option::of(0_u64..5),
        option::of(template()),
        prop::bool::weighted(0.2),
    );
    (contact, instants, tenant).prop_map(
        |(
            (consent, preferences, zones),
            (last_inbound, suppressed_since, marketing_sent, customer_since, absent_since),
            (is_on, law, us_registration, messages, used, source_version, template, is_quality_low),
        )| Facts {
            is_channel_disabled: !is_on,
            preferences,
            zones,
            consent,
            suppressed_since,
            absent_since,
            template,
            last_inbound,
            customer_since,
            law,
            marketing_sent,
            source_version,
            us_registration,
            is_quality_low,
            allowance: Allowance {
                messages,
                budget: None,
                used: Usage {
                    messages: used,
                    cost_micros: 0,
                },
            },
            tzdb: "test".into(),
        },
    )
}

fn locale() -> impl Strategy<Value = String> {
    select(vec!["de", "en_US"]).prop_map(ToOwned::to_owned)
}

fn approval() -> impl Strategy<Value = ApprovalStatus> {
    select(vec![
        ApprovalStatus::Draft,
        ApprovalStatus::Pending,
        ApprovalStatus::Approved,
        ApprovalStatus::Rejected,
        ApprovalStatus::Paused,
        ApprovalStatus::Disabled,
    ])
}

/// A template in any state, for any purpose, that providers list or do not.
pub fn template() -> impl Strategy<Value = TemplateFacts> {
    let standing = (approval(), select(Category::ALL.to_vec()))
        .prop_map(|(status, category)| LocaleStanding { status, category });
    (
        any::<u128>(),
        approval(),
        strategies::tenant_purpose(),
        1_u32..9,
        btree_map(locale(), standing, 0..3),
    )
        .prop_map(|(id, status, purpose, version, locales)| TemplateFacts {
            id: TemplateId::from_uuid(Uuid::from_u128(id)),
            status,
            purpose,
            version,
            locales,
        })
}

/// A cap of 1 to 4 messages in 1 to 48 hours.
pub fn cap() -> impl Strategy<Value = Cap> {
    (1_u32..5, 1_u16..49).prop_map(|(most, hours)| Cap {
        most,
        hours,
        rule: Some("test.cap".into()),
    })
}

/// Somebody who answers for an emergency.
pub fn overriding() -> impl Strategy<Value = Override> {
    ("[a-z]{3,8}", "[a-z]{3,12}").prop_filter_map("both are given", |(actor, reason)| {
        Override::new(&format!("mem_{actor}"), &reason).ok()
    })
}

/// Facts in which everything speaks for a message at every hour: what only a rule under test can change.
pub fn permissive() -> impl Strategy<Value = Facts> {
    facts().prop_map(|facts| Facts {
        is_channel_disabled: false,
        preferences: Preferences::default(),
        suppressed_since: None,
        absent_since: None,
        template: None,
        law: Law::default(),
        source_version: None,
        us_registration: UsRegistration::NotTracked,
        is_quality_low: false,
        allowance: Allowance::default(),
        zones: Zones {
            zones: Zone::parse("Etc/UTC").into_iter().collect(),
            source: ZoneSource::Contact,
        },
        ..facts
    })
}

fn address() -> impl Strategy<Value = Option<Address>> {
    option::weighted(
        0.8,
        prop_oneof![
            4 => strategies::phone().prop_map(Address::Phone),
            1 => Just(Address::WhatsappUser("US.0000000000000000".into())),
            1 => Just(Address::Email("person@example.com".into())),
        ],
    )
}

fn content() -> impl Strategy<Value = ContentFacts> {
    let presence = || select(vec![Presence::Present, Presence::Absent]);
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (
        flags,
        1_u32..2_000,
        presence(),
        presence(),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |((is_empty, has_control_character), characters, brand, stop_line, promotes)| {
                ContentFacts {
                    is_empty,
                    characters,
                    has_control_character,
                    segments: Some(characters.div_ceil(153)),
                    promotes: promotes.then(|| "sale".to_owned()).into_iter().collect(),
                    brand,
                    stop_line,
                    ..ContentFacts::default()
                }
            },
        )
}

fn preferences() -> impl Strategy<Value = Preferences> {
    any::<[bool; 5]>().prop_map(|[sms, whatsapp, email, weekend, emergency]| Preferences {
        sms_enabled: sms,
        whatsapp_enabled: whatsapp,
        email_enabled: email,
        weekend_messages: weekend,
        emergency_notifications: emergency,
        ..Preferences::default()
    })
}

fn zones() -> impl Strategy<Value = Zones> {
    let names = select(vec![
        "America/New_York",
        "Europe/London",
        "Asia/Kolkata",
        "Etc/UTC",
    ]);
    vec(names, 0..4).prop_map(|names| Zones {
        zones: names
            .into_iter()
            .filter_map(|name| Zone::parse(name).ok())
            .collect(),
        source: ZoneSource::Contact,
    })
}

fn law() -> impl Strategy<Value = Law> {
    let demand = || select(vec![Demand::Free, Demand::Required]);
    let grade = select(Grade::ALL.to_vec());
    let hours = option::of(select(vec![9_u16, 10, 12]));
    (demand(), demand(), grade, vec(cap(), 0..2), hours).prop_map(
        |(brand, stop_line, grade, caps, hours)| Law {
            hours: hours.and_then(hours_from).into_iter().collect(),
            need: Need {
                grade,
                ..Need::default()
            },
            caps,
            brand,
            stop_line,
            ..Law::default()
        },
    )
}

fn hours_from(start: u16) -> Option<Rule> {
    let interval: Interval = format!("{start:02}:00-18:00").parse().ok()?;
    Some(Rule::new("test.hours", Weekly::daily(interval)))
}

fn registration() -> impl Strategy<Value = UsRegistration> {
    select(vec![
        UsRegistration::NotTracked,
        UsRegistration::Missing,
        UsRegistration::Pending,
        UsRegistration::Approved,
        UsRegistration::Rejected,
    ])
}

/// A message that is judged as marketing by text message, in order in every respect that the text has.
pub fn marketing() -> impl Strategy<Value = GateRequest> {
    request().prop_map(|request| GateRequest {
        channel: tidings_kernel::Channel::Sms,
        purpose: Purpose::Marketing,
        template: None,
        valid_until: None,
        source_version: None,
        to: tidings_kernel::PhoneNumber::from_e164("+12025550123")
            .ok()
            .map(Address::Phone),
        content: ContentFacts {
            characters: 5,
            segments: Some(1),
            brand: Presence::Present,
            stop_line: Presence::Present,
            ..ContentFacts::default()
        },
        ..request
    })
}

/// Midnight UTC of a day between 2020 and 2039, for laws that walk through a day.
pub fn midnight() -> impl Strategy<Value = OffsetDateTime> {
    strategies::instant().prop_map(|at| at.replace_time(time::Time::MIDNIGHT))
}
