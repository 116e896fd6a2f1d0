mod held;
mod hostile;

use super::*;
use crate::{Preferences, TemplateFacts, UsRegistration};
use proptest::prelude::*;
use std::collections::BTreeMap;
use tidings_consent::{
    Action, Channels, ConsentEvent, Evidence, Method, Purposes, strategies as consent,
};
use tidings_kernel::{ConsentEventId, ContactId, PhoneNumber, Purpose, TemplateId, strategies};
use tidings_quiet_hours::{Urgency, Zone};
use tidings_templates::ApprovalStatus;
use time::{Duration, macros::datetime};
use uuid::Uuid;

/// A Wednesday, 11:00 in New York.
const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

fn person() -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(7))
}

fn event(number: u128, action: Action, purposes: Purposes, at: OffsetDateTime) -> ConsentEvent {
    ConsentEvent {
        id: ConsentEventId::from_uuid(Uuid::from_u128(number)),
        contact: person(),
        action,
        channels: Channels::All,
        purposes,
        method: Method::WebForm,
        occurred_at: at,
        recorded_at: at,
        evidence: Evidence::default(),
    }
}

fn agreed() -> ConsentEvent {
    event(1, Action::OptIn, Purposes::All, NOW - Duration::days(9))
}

fn facts(consent: Vec<ConsentEvent>) -> Facts {
    Facts {
        is_channel_disabled: false,
        preferences: Preferences::default(),
        zones: Zones {
            zones: vec![Zone::parse("America/New_York").unwrap()],
            source: ZoneSource::Contact,
        },
        consent,
        suppressed_since: None,
        absent_since: None,
        template: None,
        last_inbound: None,
        customer_since: None,
        law: Law::default(),
        marketing_sent: Vec::new(),
        source_version: None,
        us_registration: UsRegistration::NotTracked,
        allowance: Allowance::default(),
        is_quality_low: false,
        tzdb: "test".into(),
    }
}

fn sms(purpose: Purpose) -> GateRequest {
    GateRequest {
        channel: Channel::Sms,
        purpose,
        to: Some(crate::Address::Phone(
            PhoneNumber::from_e164("+12025550123").unwrap(),
        )),
        template: None,
        template_locale: None,
        is_waiting: false,
        calls_template: false,
        content: ContentFacts {
            characters: 5,
            segments: Some(1),
            ..ContentFacts::default()
        },
        topic: None,
        valid_until: None,
        urgency: Urgency::Ordinary,
        override_by: None,
        source_version: None,
    }
}

fn rules(decision: &Decision) -> Vec<&str> {
    decision
        .reasons
        .iter()
        .map(|reason| reason.rule.as_ref())
        .collect()
}

#[test]
fn what_was_agreed_to_is_sent_and_cites_the_agreement() {
    let decision = decide(&sms(Purpose::Marketing), &facts(vec![agreed()]), NOW);
    assert_eq!(decision.outcome, GateOutcome::Send);
    assert_eq!(decision.reasons[0].because, [agreed().id]);
}

#[test]
fn a_stop_blocks_marketing_and_transactional_and_is_cited() {
    let stop = event(2, Action::OptOut, Purposes::All, NOW - Duration::days(1));
    for purpose in [
        Purpose::Marketing,
        Purpose::Transactional,
        Purpose::Reminder,
    ] {
        let decision = decide(&sms(purpose), &facts(vec![agreed(), stop.clone()]), NOW);
        assert_eq!(decision.outcome, GateOutcome::Block);
        assert_eq!(decision.reasons[0].rule, "consent.opted_out");
        assert_eq!(decision.reasons[0].because, [stop.id]);
    }
}

#[test]
fn every_reason_is_given_and_not_the_first_alone() {
    let mut all = facts(Vec::new());
    all.is_channel_disabled = true;
    all.preferences.sms_enabled = false;
    let mut request = sms(Purpose::Marketing);
    request.to = None;
    request.content.is_empty = true;
    let decision = decide(&request, &all, NOW);
    for rule in [
        "channel.disabled",
        "contact.unreachable",
        "contact.channel_off",
        "consent.missing",
        "content.empty",
    ] {
        assert!(
            rules(&decision).contains(&rule),
            "{rule} is not among {:?}",
            rules(&decision)
        );
    }
}

#[test]
fn what_decided_is_told_apart_from_what_merely_allowed() {
    let mut full = facts(vec![agreed()]);
    full.is_channel_disabled = true;
    let decision = decide(&sms(Purpose::Marketing), &full, NOW);
    let decisive: Vec<_> = decision
        .decisive()
        .iter()
        .map(|reason| reason.rule.as_ref())
        .collect();
    assert_eq!(decisive, ["channel.disabled"]);
    let sent = decide(&sms(Purpose::Marketing), &facts(vec![agreed()]), NOW);
    assert_eq!(sent.decisive()[0].rule, "consent.granted");
}

#[test]
fn only_hours_defer() {
    let night = datetime!(2026-07-16 03:00 UTC);
    let decision = decide(&sms(Purpose::Marketing), &facts(vec![agreed()]), night);
    assert_eq!(decision.outcome, GateOutcome::Defer);
    assert_eq!(decision.until, Some(datetime!(2026-07-16 12:00 UTC)));
    let urgent = decide(&sms(Purpose::Authentication), &facts(vec![agreed()]), night);
    assert_eq!(urgent.outcome, GateOutcome::Send);
}

#[test]
fn what_would_come_too_late_is_not_sent() {
    let night = datetime!(2026-07-16 03:00 UTC);
    let request = GateRequest {
        valid_until: Some(night + Duration::hours(2)),
        ..sms(Purpose::Marketing)
    };
    let decision = decide(&request, &facts(vec![agreed()]), night);
    assert_eq!(decision.outcome, GateOutcome::Block);
    assert_eq!(decision.reasons[0].rule, EXPIRED);
}

#[test]
fn a_stop_by_a_clock_that_is_ahead_counts_at_once() {
    let soon = NOW + Duration::seconds(3);
    let stop = event(2, Action::OptOut, Purposes::All, soon);
    let rejoined = event(3, Action::OptIn, Purposes::All, soon - Duration::SECOND);
    let heard = facts(vec![agreed(), stop, rejoined]);
    let decision = decide(&sms(Purpose::Transactional), &heard, NOW);
    assert_eq!(decision.outcome, GateOutcome::Block);
    let unheard = facts(vec![event(3, Action::OptIn, Purposes::All, soon)]);
    assert_eq!(
        decide(&sms(Purpose::Marketing), &unheard, NOW).outcome,
        GateOutcome::Block,
        "a grant of the future is none yet"
    );
}

#[test]
fn an_unknown_clock_is_never_taken_for_daytime() {
    let mut unknown = facts(vec![agreed()]);
    unknown.zones = Zones {
        zones: Vec::new(),
        source: ZoneSource::Unknown,
    };
    assert_eq!(
        decide(&sms(Purpose::Marketing), &unknown, NOW).outcome,
        GateOutcome::Block
    );
    assert_eq!(
        decide(&sms(Purpose::Transactional), &unknown, NOW).outcome,
        GateOutcome::Send
    );
}

#[test]
fn whatsapp_takes_free_text_for_a_day_after_the_contact_wrote() {
    let request = GateRequest {
        channel: Channel::Whatsapp,
        ..sms(Purpose::Transactional)
    };
    let with = |last_inbound| Facts {
        last_inbound,
        ..facts(vec![agreed()])
    };
    let outcome = |last_inbound| decide(&request, &with(last_inbound), NOW).outcome;
    assert_eq!(outcome(None), GateOutcome::Block);
    assert_eq!(outcome(Some(NOW - Duration::hours(23))), GateOutcome::Send);
    assert_eq!(outcome(Some(NOW - Duration::hours(24))), GateOutcome::Block);
    let template = GateRequest {
        calls_template: true,
        ..request
    };
    assert_eq!(
        decide(&template, &with(None), NOW).outcome,
        GateOutcome::Send
    );
}

#[test]
fn a_template_that_is_not_approved_or_is_gone_is_not_sent() {
    let id = TemplateId::from_uuid(Uuid::from_u128(3));
    let request = GateRequest {
        channel: Channel::Whatsapp,
        template: Some(id),
        calls_template: true,
        ..sms(Purpose::Transactional)
    };
    let with = |status| Facts {
        template: Some(TemplateFacts {
            id,
            status,
            purpose: Purpose::Transactional,
            version: 1,
            locales: BTreeMap::new(),
        }),
        ..facts(vec![agreed()])
    };
    let outcome = |status| decide(&request, &with(status), NOW).outcome;
    assert_eq!(outcome(ApprovalStatus::Approved), GateOutcome::Send);
    assert_eq!(outcome(ApprovalStatus::Paused), GateOutcome::Block);
    assert_eq!(outcome(ApprovalStatus::Draft), GateOutcome::Block);
    assert_eq!(
        decide(&request, &facts(vec![agreed()]), NOW).outcome,
        GateOutcome::Block
    );
}

#[test]
fn a_template_that_became_marketing_is_judged_as_marketing() {
    let id = TemplateId::from_uuid(Uuid::from_u128(3));
    let request = GateRequest {
        template: Some(id),
        ..sms(Purpose::Transactional)
    };
    let changed = Facts {
        template: Some(TemplateFacts {
            id,
            status: ApprovalStatus::Approved,
            purpose: Purpose::Marketing,
            version: 2,
            locales: BTreeMap::new(),
        }),
        ..facts(vec![agreed()])
    };
    let decision = decide(&request, &changed, NOW);
    assert!(rules(&decision).contains(&"purpose.raised"));
    assert_eq!(
        decision.outcome,
        GateOutcome::Send,
        "marketing was agreed to"
    );
    let transactional_only = vec![event(
        1,
        Action::OptIn,
        Purposes::only([Purpose::Transactional]).unwrap(),
        NOW - Duration::days(9),
    )];
    let unwanted = Facts {
        consent: transactional_only,
        ..changed
    };
    let decision = decide(&request, &unwanted, NOW);
    assert_eq!(decision.outcome, GateOutcome::Block);
    assert_eq!(decision.reasons[0].rule, "consent.missing");
}

#[test]
fn a_suppressed_address_opens_only_by_a_later_act() {
    let since = NOW - Duration::days(3);
    let suppressed = |consent| Facts {
        suppressed_since: Some(since),
        ..facts(consent)
    };
    let before = vec![agreed()];
    let after = vec![event(
        4,
        Action::OptIn,
        Purposes::All,
        NOW - Duration::days(1),
    )];
    let request = sms(Purpose::Transactional);
    assert_eq!(
        decide(&request, &suppressed(before), NOW).outcome,
        GateOutcome::Block
    );
    assert_eq!(
        decide(&request, &suppressed(after), NOW).outcome,
        GateOutcome::Send
    );
}

#[test]
fn another_channel_is_used_only_if_it_may_be() {
    let whatsapp = GateRequest {
        channel: Channel::Whatsapp,
        ..sms(Purpose::Transactional)
    };
    let list = [
        (whatsapp.clone(), facts(vec![agreed()])),
        (sms(Purpose::Transactional), facts(vec![agreed()])),
    ];
    let (channel, decision) = decide_among(&list, NOW).unwrap();
    assert_eq!(
        (channel, decision.outcome),
        (Channel::Sms, GateOutcome::UseChannel)
    );
    assert!(
        rules(&decision).contains(&"whatsapp.window_closed"),
        "why not the first is told"
    );
    let none = [
        (whatsapp, facts(Vec::new())),
        (sms(Purpose::Transactional), facts(Vec::new())),
    ];
    let (_, decision) = decide_among(&none, NOW).unwrap();
    assert_eq!(decision.outcome, GateOutcome::Block);
    assert!(decide_among(&[], NOW).is_none());
}

fn any_facts() -> impl Strategy<Value = Facts> {
    (
        consent::history(person()),
        any::<[bool; 5]>(),
        proptest::option::of(strategies::instant()),
        proptest::option::of(strategies::instant()),
    )
        .prop_map(
            |(consent, [off, sms, weekend, emergency, zoned], inbound, suppressed)| {
                let mut facts = facts(consent);
                facts.is_channel_disabled = off;
                facts.preferences.sms_enabled = sms;
                facts.preferences.weekend_messages = weekend;
                facts.preferences.emergency_notifications = emergency;
                if !zoned {
                    facts.zones = Zones {
                        zones: Vec::new(),
                        source: ZoneSource::Unknown,
                    };
                }
                facts.last_inbound = inbound;
                facts.suppressed_since = suppressed;
                facts
            },
        )
}

fn any_request() -> impl Strategy<Value = GateRequest> {
    (
        strategies::channel(),
        strategies::purpose(),
        any::<[bool; 3]>(),
        0_u32..5_000,
    )
        .prop_map(
            |(channel, purpose, [reachable, template, empty], characters)| {
                let mut request = sms(purpose);
                request.channel = channel;
                request.calls_template = template;
                request.content.is_empty = empty;
                request.content.characters = characters;
                if !reachable {
                    request.to = None;
                }
                request
            },
        )
}

proptest! {
    /// Compliance law L4, and the promise of `explain`.
    #[test]
    fn a_stored_decision_can_be_made_again_bit_for_bit(request in any_request(), facts in any_facts(), now in strategies::instant()) {
        let stored = (serde_json::to_string(&request).unwrap(), serde_json::to_string(&facts).unwrap());
        let first = serde_json::to_string(&decide(&request, &facts, now)).unwrap();
        let request: GateRequest = serde_json::from_str(&stored.0).unwrap();
        let facts: Facts = serde_json::from_str(&stored.1).unwrap();
        prop_assert_eq!(first, serde_json::to_string(&decide(&request, &facts, now)).unwrap());
    }

    /// L94 to L96: total, one outcome, a reason for every refusal, a deferral into the future.
    #[test]
    fn every_refusal_has_a_reason_and_every_deferral_an_end(request in any_request(), facts in any_facts(), now in strategies::instant()) {
        let decision = decide(&request, &facts, now);
        match decision.outcome {
            GateOutcome::Send => prop_assert!(decision.until.is_none()),
            GateOutcome::Defer => prop_assert!(decision.until.is_some_and(|until| until > now)),
            GateOutcome::Block => prop_assert!(!decision.reasons.is_empty()),
            GateOutcome::UseChannel => prop_assert!(false, "one channel cannot be another"),
        }
    }

    /// L12: a withdrawal never makes anything possible.
    #[test]
    fn a_further_stop_never_lets_anything_out(request in any_request(), facts in any_facts(), now in strategies::instant()) {
        let before = decide(&request, &facts, now).outcome;
        let mut stopped = facts;
        stopped.consent.push(event(u128::MAX, Action::OptOut, Purposes::All, now));
        let after = decide(&request, &stopped, now).outcome;
        prop_assert!(before != GateOutcome::Block || after == GateOutcome::Block);
    }

    /// L7: after a stop nothing but what the law exempts goes out on text messages.
    #[test]
    fn nothing_is_sent_after_stop(facts in any_facts(), purpose in strategies::tenant_purpose(), now in strategies::instant()) {
        let mut stopped = facts;
        stopped.last_inbound = None;
        stopped.consent.retain(|event| event.occurred_at <= now);
        stopped.consent.push(event(u128::MAX, Action::OptOut, Purposes::All, now));
        let outcome = decide(&sms(purpose), &stopped, now).outcome;
        prop_assert!(outcome == GateOutcome::Block || purpose == Purpose::Emergency, "{outcome:?} for {purpose:?}");
    }

    /// L62: what must not wait does not wait.
    #[test]
    fn codes_and_emergencies_are_never_deferred(facts in any_facts(), now in strategies::instant()) {
        for purpose in [Purpose::Authentication, Purpose::Emergency, Purpose::OptOutConfirmation] {
            prop_assert_ne!(decide(&sms(purpose), &facts, now).outcome, GateOutcome::Defer);
        }
    }
}
