//! What the contact has agreed to, and what the address must never get again.

use super::{Case, Word};
use crate::Reason;
use std::borrow::Cow;
use tidings_consent::{self as consent, ConsentEvent, ConsentState, Question};
use tidings_kernel::Purpose;
use time::OffsetDateTime;

/// An address stays refused after its person was erased (compliance reference, L73), until the person
/// opts in again by an act of their own (L76).
pub(super) fn suppression(case: &Case<'_>) -> Word {
    let Some(since) = case.facts.suppressed_since else {
        return Word::Nothing;
    };
    if let Some(word) = overridden(case, "this address is suppressed") {
        return word;
    }
    let state = heard(&case.facts.consent, case.now);
    let standing = state.status(case.request.channel, case.purpose);
    let is_lifted = standing.since.is_some_and(|granted| granted > since)
        && matches!(
            standing.status,
            consent::Status::Granted | consent::Status::Confirmed
        );
    if is_lifted {
        return Word::Nothing;
    }
    super::block(
        "suppression.active",
        "this address must not be messaged: its former holder refused it",
    )
}

pub(super) fn agreement(case: &Case<'_>) -> Word {
    let request = case.request;
    let state = heard(&case.facts.consent, case.now);
    if case.purpose == Purpose::Emergency {
        return emergency(case, &state);
    }
    let question = Question {
        need: case.facts.law.need,
        last_inbound: case.facts.last_inbound,
        customer_since: case.facts.customer_since,
        ..Question::new(request.channel, case.purpose)
    };
    match consent::judge_with(&question, &state) {
        consent::Verdict::Allowed { rule, because } => Word::Allow(Reason {
            rule: Cow::Borrowed(rule),
            because,
            detail: format!(
                "{} messages on {} are allowed",
                case.purpose, request.channel
            ),
        }),
        consent::Verdict::Blocked {
            rule,
            because,
            detail,
        } => Word::Block(Reason {
            rule: Cow::Borrowed(rule),
            because,
            detail,
        }),
    }
}

/// An emergency needs no consent (47 CFR 64.1200(a)(1)), and a STOP does not close it. Who refused
/// emergencies by name gets one only if somebody answers for it (compliance reference, 10.6).
fn emergency(case: &Case<'_>, state: &ConsentState) -> Word {
    let channel = case.request.channel;
    let standing = state.status(channel, Purpose::Emergency);
    if standing.status != consent::Status::Denied {
        return Word::Allow(Reason::new(
            "consent.not_required",
            format!("emergency messages on {channel} are allowed"),
        ));
    }
    overridden(case, "the contact refused emergency messages").unwrap_or_else(|| {
        Word::Block(Reason {
            rule: Cow::Borrowed("consent.opted_out"),
            because: standing.because.clone(),
            detail: "the contact refused emergency messages: say who answers for it, and why"
                .into(),
        })
    })
}

/// The word for an emergency that somebody answers for; `None` for everything else.
fn overridden(case: &Case<'_>, against: &str) -> Option<Word> {
    let by = case.emergency_override()?;
    let detail = format!("{against}; {} overrode it: {}", by.actor(), by.reason());
    Some(Word::Allow(Reason::new("emergency.overridden", detail)))
}

/// What the ledger adds up to. A withdrawal that another process recorded by a clock that is ahead of
/// ours has happened: it counts at once, and not when our clock has caught up.
fn heard(events: &[ConsentEvent], now: OffsetDateTime) -> ConsentState {
    let ahead = events
        .iter()
        .filter(|event| event.occurred_at > now && withdraws(event.action));
    let Some(latest) = ahead.map(|event| event.occurred_at).max() else {
        return consent::state(events, now);
    };
    let counting: Vec<ConsentEvent> = events
        .iter()
        .filter(|event| event.occurred_at <= now || withdraws(event.action))
        .cloned()
        .collect();
    consent::state(&counting, latest)
}

const fn withdraws(action: consent::Action) -> bool {
    use consent::Action;
    match action {
        Action::OptOut
        | Action::ConsentWithdrawn
        | Action::Complaint
        | Action::NumberReassigned
        | Action::Erasure => true,
        Action::OptIn
        | Action::ConsentGiven
        | Action::DoubleOptInRequested
        | Action::DoubleOptInConfirmed
        | Action::DataRequest
        | Action::Clarified => false,
    }
}
