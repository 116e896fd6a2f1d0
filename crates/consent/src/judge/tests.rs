use super::*;
use crate::{Action, Channels, ConsentEvent, Evidence, Method, Purposes, state, strategies};
use proptest::prelude::*;
use tidings_kernel::{ContactId, strategies as kernel};
use time::macros::datetime;
use uuid::Uuid;

mod need;

const NOW: OffsetDateTime = datetime!(2026-03-10 12:00 UTC);

fn event(hours_ago: i64, action: Action, channel: Channel, purposes: Purposes) -> ConsentEvent {
    ConsentEvent {
        id: ConsentEventId::from_uuid(Uuid::from_u128(u128::try_from(hours_ago).unwrap())),
        contact: ContactId::from_uuid(Uuid::from_u128(1)),
        action,
        channels: Channels::one(channel),
        purposes,
        method: Method::WebForm,
        occurred_at: NOW - Duration::hours(hours_ago),
        recorded_at: NOW,
        evidence: Evidence::default(),
    }
}

fn named(purpose: Purpose) -> Purposes {
    Purposes::only([purpose]).unwrap()
}

fn rule(
    events: &[ConsentEvent],
    channel: Channel,
    purpose: Purpose,
    inbound: Option<OffsetDateTime>,
) -> &'static str {
    match judge(channel, purpose, &state(events, NOW), inbound) {
        Verdict::Allowed { rule, .. } | Verdict::Blocked { rule, .. } => rule,
    }
}

#[test]
fn a_stranger_gets_codes_emergencies_and_answers_only() {
    for (purpose, sms, email) in [
        (Purpose::Marketing, "consent.missing", "consent.missing"),
        (
            Purpose::Transactional,
            "consent.missing",
            "consent.not_required",
        ),
        (Purpose::Reminder, "consent.missing", "consent.missing"),
        (
            Purpose::Conversational,
            "consent.missing",
            "consent.missing",
        ),
        (
            Purpose::Authentication,
            "consent.own_request",
            "consent.own_request",
        ),
        (
            Purpose::Emergency,
            "consent.not_required",
            "consent.not_required",
        ),
        (
            Purpose::OptOutConfirmation,
            "consent.not_required",
            "consent.not_required",
        ),
        (Purpose::DoubleOptIn, "consent.missing", "consent.missing"),
    ] {
        assert_eq!(rule(&[], Channel::Sms, purpose, None), sms, "{purpose}");
        assert_eq!(rule(&[], Channel::Email, purpose, None), email, "{purpose}");
    }
    let written = Some(NOW - Duration::hours(1));
    assert_eq!(
        rule(&[], Channel::Sms, Purpose::Conversational, written),
        "consent.inbound"
    );
}

#[test]
fn nothing_but_emergencies_and_the_confirmation_is_sent_after_stop() {
    for channel in [Channel::Sms, Channel::Whatsapp] {
        let events = [
            event(9, Action::OptIn, channel, Purposes::All),
            event(2, Action::OptOut, channel, Purposes::All),
        ];
        for purpose in Purpose::ALL {
            let expected = match purpose {
                Purpose::Emergency | Purpose::OptOutConfirmation => "consent.not_required",
                Purpose::Transactional
                | Purpose::Reminder
                | Purpose::Conversational
                | Purpose::Marketing
                | Purpose::Authentication
                | Purpose::DoubleOptIn => "consent.opted_out",
            };
            assert_eq!(
                rule(&events, channel, purpose, Some(NOW - Duration::hours(2))),
                expected,
                "{purpose}"
            );
        }
    }
}

#[test]
fn what_is_written_after_stop_may_be_answered() {
    let stopped = [event(2, Action::OptOut, Channel::Sms, Purposes::All)];
    let reply = |inbound| {
        rule(
            &stopped,
            Channel::Sms,
            Purpose::Conversational,
            Some(inbound),
        )
    };
    assert_eq!(reply(NOW - Duration::hours(1)), "consent.inbound");
    assert_eq!(reply(NOW - Duration::hours(2)), "consent.opted_out");
    let again = [
        stopped[0].clone(),
        event(1, Action::OptOut, Channel::Sms, Purposes::All),
    ];
    assert_eq!(
        rule(
            &again,
            Channel::Sms,
            Purpose::Conversational,
            Some(NOW - Duration::minutes(90))
        ),
        "consent.opted_out"
    );
    // Both what comes from the future and what is a day old count for nothing.
    assert_eq!(
        rule(
            &[],
            Channel::Sms,
            Purpose::Conversational,
            Some(NOW + Duration::hours(1))
        ),
        "consent.missing"
    );
    assert_eq!(
        rule(
            &[],
            Channel::Sms,
            Purpose::Conversational,
            Some(NOW - INBOUND_LIFE)
        ),
        "consent.missing"
    );
}

#[test]
fn purposes_are_islands() {
    for granted in Purpose::FOR_TENANTS {
        let events = [event(9, Action::OptIn, Channel::Sms, named(granted))];
        for purpose in [
            Purpose::Marketing,
            Purpose::Transactional,
            Purpose::Reminder,
        ] {
            let expected = if purpose == granted {
                "consent.granted"
            } else {
                "consent.missing"
            };
            assert_eq!(
                rule(&events, Channel::Sms, purpose, None),
                expected,
                "{granted} {purpose}"
            );
        }
    }
}

#[test]
fn a_pending_request_permits_only_itself() {
    let events = [event(
        1,
        Action::DoubleOptInRequested,
        Channel::Sms,
        named(Purpose::Marketing),
    )];
    assert_eq!(
        rule(&events, Channel::Sms, Purpose::Marketing, None),
        "consent.pending"
    );
    assert_eq!(
        rule(&events, Channel::Sms, Purpose::Transactional, None),
        "consent.missing"
    );
    assert_eq!(
        rule(&events, Channel::Sms, Purpose::DoubleOptIn, None),
        "consent.own_request"
    );
    let confirmed = [
        events[0].clone(),
        ConsentEvent {
            occurred_at: NOW,
            ..event(
                0,
                Action::DoubleOptInConfirmed,
                Channel::Sms,
                named(Purpose::Marketing),
            )
        },
    ];
    assert_eq!(
        rule(&confirmed, Channel::Sms, Purpose::Marketing, None),
        "consent.confirmed"
    );
}

#[test]
fn nobody_is_asked_to_confirm_after_stop() {
    let asked = event(3, Action::DoubleOptInRequested, Channel::Sms, Purposes::All);
    let ask = |events: &[ConsentEvent]| rule(events, Channel::Sms, Purpose::DoubleOptIn, None);
    assert_eq!(ask(std::slice::from_ref(&asked)), "consent.own_request");
    let stop = event(2, Action::OptOut, Channel::Sms, Purposes::All);
    assert_eq!(ask(&[asked, stop]), "consent.opted_out");
    let emergency = event(
        3,
        Action::DoubleOptInRequested,
        Channel::Sms,
        named(Purpose::Emergency),
    );
    assert_eq!(ask(&[emergency]), "consent.missing");
}

#[test]
fn unsubscribing_ends_no_contract_by_email_but_a_complaint_does() {
    for purpose in [Purpose::Transactional, Purpose::Authentication] {
        let left = [event(2, Action::OptOut, Channel::Email, Purposes::All)];
        assert!(matches!(
            judge(Channel::Email, purpose, &state(&left, NOW), None),
            Verdict::Allowed { .. }
        ));
        for gone in [
            event(1, Action::OptOut, Channel::Email, named(purpose)),
            event(1, Action::Complaint, Channel::Email, Purposes::All),
        ] {
            let events = [left[0].clone(), gone];
            assert_eq!(
                rule(&events, Channel::Email, purpose, None),
                "consent.opted_out"
            );
        }
        assert_eq!(
            rule(&left, Channel::Email, Purpose::Reminder, None),
            "consent.opted_out"
        );
    }
}

#[test]
fn reasons_are_sentences_for_people() {
    let stopped = state(
        &[event(2, Action::OptOut, Channel::Sms, Purposes::All)],
        NOW,
    );
    let Verdict::Blocked {
        detail, because, ..
    } = judge(Channel::Sms, Purpose::Marketing, &stopped, None)
    else {
        panic!("stop blocks marketing");
    };
    assert_eq!(
        detail,
        "The contact opted out of marketing messages by SMS on 2026-03-10."
    );
    assert_eq!(because.len(), 1);
}

proptest! {
    #[test]
    fn every_block_says_why_and_every_consent_cites_it(
        events in strategies::history(ContactId::from_uuid(Uuid::from_u128(1))),
        channel in kernel::channel(),
        purpose in kernel::purpose(),
        now in strategies::hour(),
    ) {
        match judge(channel, purpose, &state(&events, now), None) {
            Verdict::Allowed { rule, because } => {
                let cites = matches!(rule, "consent.granted" | "consent.confirmed");
                prop_assert!(!cites || !because.is_empty());
            }
            Verdict::Blocked { rule, because, detail } => {
                prop_assert!(matches!(rule, "consent.opted_out" | "consent.missing" | "consent.pending"));
                prop_assert!(rule == "consent.missing" || !because.is_empty());
                prop_assert!(detail.ends_with('.'));
            }
        }
    }
}
