//! Facts and settings at their edges: the gate answers, and answers the same from what is stored.

use super::*;
use crate::{BusinessHours, DecisionRecord, Known, MarketingCap, Monthly, Settings, Tenant, Usage};
use tidings_consent::{Need, SoftOptIn};
use tidings_jurisdictions::Packs;
use tidings_kernel::{DecisionId, Locale, MessageId, Money, TenantId};
use tidings_quiet_hours::{Closed, Interval, Override, Rule, Weekly};
use time::format_description::well_known::Rfc3339;

fn edges() -> Vec<OffsetDateTime> {
    [
        "0000-01-01T00:00:00Z",
        "0000-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00-23:59",
        "1970-01-01T00:00:00Z",
        "2026-07-15T15:00:00.123456789+05:45",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59-23:59",
    ]
    .into_iter()
    .map(|text| OffsetDateTime::parse(text, &Rfc3339).unwrap())
    .collect()
}

fn record(request: GateRequest, facts: Facts, decision: Decision) -> DecisionRecord {
    DecisionRecord {
        id: DecisionId::from_uuid(Uuid::from_u128(1)),
        message: MessageId::from_uuid(Uuid::from_u128(2)),
        stage: Stage::Dispatch,
        request,
        facts,
        decision,
        route: None,
        others: Vec::new(),
    }
}

/// Stores and reads as an adapter does.
fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// Decides, and decides again from what was stored.
fn decides(request: &GateRequest, facts: &Facts, now: OffsetDateTime) -> Decision {
    let decision = decide(request, facts, now);
    let again = record(stored(request), stored(facts), stored(&decision));
    assert_eq!(
        again.reproduce(),
        Reproduction::Same,
        "{request:?} at {now}"
    );
    decision
}

#[test]
fn the_edges_of_the_calendar_are_decided_and_decided_again() {
    let weekly = || Weekly::daily("09:00-18:00".parse::<Interval>().unwrap());
    for now in edges() {
        for other in edges() {
            for purpose in Purpose::ALL {
                for channel in Channel::ALL {
                    let mut facts = facts(vec![
                        agreed(),
                        event(3, Action::OptOut, Purposes::All, other),
                        event(4, Action::OptIn, Purposes::All, other),
                    ]);
                    facts.last_inbound = Some(other);
                    facts.customer_since = Some(other);
                    facts.suppressed_since = Some(other);
                    facts.marketing_sent = vec![other, now];
                    facts.law.hours = vec![Rule::new("test.hours", weekly())];
                    facts.law.need = Need {
                        max_age: Some(Duration::ZERO),
                        soft_opt_in: SoftOptIn::Accepted {
                            max_age: Some(Duration::MAX),
                        },
                        ..Need::default()
                    };
                    facts.law.caps = [(0, 0), (u32::MAX, 0), (2, u16::MAX)]
                        .map(|(most, hours)| Cap {
                            most,
                            hours,
                            rule: None,
                        })
                        .into();
                    let mut request = sms(purpose);
                    request.channel = channel;
                    request.valid_until = Some(other);
                    request.override_by = Override::new("mem_1", "a flood").ok();
                    decides(&request, &facts, now);
                }
            }
        }
    }
}

fn known(settings: Settings) -> Known {
    let id = TenantId::from_uuid(Uuid::from_u128(5));
    Known {
        tenant: Tenant {
            id,
            name: "Example Ltd".into(),
            default_region: None,
            time_zone: Some(Zone::parse("Europe/Berlin").unwrap()),
            locale: Locale::parse("en_US").unwrap(),
            disabled_channels: Vec::new(),
            settings,
            created_at: NOW,
        },
        contact: crate::Contact {
            phone: PhoneNumber::from_e164("+12025550123").ok(),
            ..crate::Contact::blank(person(), id, NOW)
        },
        preferences: None,
        consent: vec![agreed()],
        suppressions: Vec::new(),
        absences: Vec::new(),
        template: None,
        last_inbound: Vec::new(),
        marketing_sent: vec![NOW - Duration::hours(1)],
        source_version: None,
        usage: Usage::default(),
    }
}

fn outcome(settings: Settings, purpose: Purpose) -> (GateOutcome, Vec<String>) {
    let known = known(settings);
    let request = sms(purpose);
    let packs = Packs::bundled().unwrap();
    for at in edges() {
        let facts = Facts::of(&known, &request, &packs, Stage::Accept, at);
        decides(&request, &facts, at);
    }
    let facts = Facts::of(&known, &request, &packs, Stage::Accept, NOW);
    let decision = decides(&request, &facts, NOW);
    let rules = decision
        .decisive()
        .iter()
        .map(|it| it.rule.to_string())
        .collect();
    (decision.outcome, rules)
}

#[test]
fn settings_at_their_edges_send_nothing_they_forbid() {
    let cap = |most, hours| Settings {
        marketing_cap: Some(MarketingCap { most, hours }),
        ..Settings::default()
    };
    let budget = |text: &str, currency| Settings {
        monthly: Monthly {
            messages: None,
            budget: Money::parse(text, currency).ok(),
        },
        ..Settings::default()
    };
    for hours in [0, 1, u16::MAX] {
        let (outcome, rules) = outcome(cap(0, hours), Purpose::Marketing);
        assert_eq!(outcome, GateOutcome::Block);
        assert!(rules.contains(&"frequency.cap".to_owned()), "{rules:?}");
    }
    for text in ["0", "-1", "-9000000"] {
        let found = outcome(budget(text, "USD"), Purpose::Transactional);
        assert_eq!(found, (GateOutcome::Block, vec!["budget.exceeded".into()]));
    }
    let closed = Settings {
        business_hours: Some(BusinessHours {
            windows: Weekly::closed(),
            closed: Closed::default(),
        }),
        ..Settings::default()
    };
    assert_eq!(outcome(closed, Purpose::Reminder).0, GateOutcome::Block);
    let mut fresh = Settings::default();
    fresh.consent.max_age_days = Some(0);
    let (found, rules) = outcome(fresh, Purpose::Marketing);
    assert_eq!(found, GateOutcome::Block);
    assert!(rules.contains(&"consent.too_old".to_owned()), "{rules:?}");
}

#[test]
fn wording_that_nobody_looked_for_is_missing() {
    let mut strict = facts(vec![agreed()]);
    strict.law.brand = Demand::Required;
    let decision = decide(&sms(Purpose::Marketing), &strict, NOW);
    assert_eq!(
        rules(&decision),
        ["content.brand_missing", "consent.granted"]
    );
}

#[test]
fn a_refused_link_is_named_by_where_it_leads() {
    let known = known(Settings {
        link_domains: vec!["example.com".into()],
        ..Settings::default()
    });
    for text in [
        "https://example.com@evil.example/x",
        "https://evil.example\\@example.com/",
        "https://example.com:x@evil.example:443?y",
    ] {
        let content = crate::Content::text(text);
        let facts = ContentFacts::of(&content, Channel::Sms, &known);
        assert!(
            facts.foreign_links[0].starts_with("evil.example"),
            "{facts:?}"
        );
    }
}

#[test]
fn a_megabyte_is_looked_at_in_linear_time() {
    let known = known(Settings {
        brand: Some("Free Deals".into()),
        ..Settings::default()
    });
    for piece in [
        "free deals ",
        "reply stop ",
        "http://a.b/",
        "a\u{301}",
        "% 1",
    ] {
        let content = crate::Content::text(piece.repeat(1_000_000 / piece.len()));
        ContentFacts::of(&content, Channel::Sms, &known);
    }
}
