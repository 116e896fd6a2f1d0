use super::{Gate, Violation, holds, permits};
use crate::GateOutcome;
use crate::gate::{Facts, GateRequest};
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose};
use time::{Duration, OffsetDateTime};

/// An event of a law's own making; its id is above all that stores give.
fn event(action: Action, contact: ContactId, at: OffsetDateTime) -> ConsentEvent {
    ConsentEvent {
        id: ConsentEventId::from_uuid(uuid::Uuid::from_u128(u128::MAX)),
        contact,
        action,
        channels: Channels::All,
        purposes: Purposes::All,
        method: Method::WebForm,
        occurred_at: at,
        recorded_at: at,
        evidence: Evidence::default(),
    }
}

fn person(facts: &Facts) -> ContactId {
    facts
        .consent
        .first()
        .map_or(ContactId::from_uuid(uuid::Uuid::nil()), |event| {
            event.contact
        })
}

fn with(facts: &Facts, event: ConsentEvent) -> Facts {
    let mut more = facts.clone();
    more.consent.push(event);
    more
}

/// **L5.** No consent from nothing. What is sent for a purpose that needs consent cites an event of the
/// ledger, and only such as are there; a soft opt-in, which rests on a sale, is left out.
///
/// # Errors
/// [`Violation`]: it was sent without one, or cites what nobody recorded.
pub fn sending_cites_the_ledger(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let decision = gate(request, facts, now);
    let cited = || decision.reasons.iter().flat_map(|reason| &reason.because);
    holds(
        "a decision cites events that are there",
        cited().all(|id| facts.consent.iter().any(|event| event.id == *id)),
    )?;
    let needs_consent = match request.judged_as(facts.template.as_ref()) {
        Purpose::Marketing | Purpose::Reminder => true,
        Purpose::Transactional => request.channel != Channel::Email,
        Purpose::Conversational
        | Purpose::Authentication
        | Purpose::Emergency
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => false,
    };
    let is_sale = facts.customer_since.is_some();
    holds(
        "what is sent with consent cites it",
        decision.outcome == GateOutcome::Block || !needs_consent || is_sale || cited().count() > 0,
    )
}

/// **L7, L8.** An opt-out is effective at once, however late it is learnt. After it nothing but an
/// emergency and the confirmation of the opt-out itself goes out by text message or WhatsApp.
///
/// # Errors
/// [`Violation`]: something got out.
pub fn nothing_after_stop(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let exempt = match request.judged_as(facts.template.as_ref()) {
        Purpose::Emergency | Purpose::OptOutConfirmation => true,
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Marketing
        | Purpose::Authentication
        | Purpose::DoubleOptIn => false,
    };
    if exempt || request.channel == Channel::Email {
        return Ok(());
    }
    let mut before = facts.clone();
    before.consent.retain(|event| event.occurred_at <= now);
    // What was written after the opt-out may be answered.
    before.last_inbound = before.last_inbound.filter(|at| *at < now);
    let stop = event(Action::OptOut, person(facts), now);
    let late = ConsentEvent {
        recorded_at: now + Duration::days(3),
        ..stop.clone()
    };
    let at_once = gate(request, &with(&before, stop), now);
    holds(
        "nothing is sent after stop",
        at_once.outcome == GateOutcome::Block,
    )?;
    let late = gate(request, &with(&before, late), now);
    holds(
        "an opt-out that is learnt late counts from its own time",
        late.reasons == at_once.reasons,
    )
}

/// **L12.** Monotone blocking. A further opt-out never lets anything out.
///
/// # Errors
/// [`Violation`]: it did.
pub fn stop_never_opens(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let before = gate(request, facts, now).outcome;
    let stop = event(Action::OptOut, person(facts), now);
    let after = gate(request, &with(facts, stop), now).outcome;
    holds(
        "a further stop never lets anything out",
        permits(after) <= permits(before) || request.purpose == Purpose::OptOutConfirmation,
    )
}

/// **L13.** Monotone granting. A further agreement never refuses anything.
///
/// # Errors
/// [`Violation`]: it did.
pub fn agreement_never_closes(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let before = gate(request, facts, now).outcome;
    let agreement = event(Action::ConsentGiven, person(facts), now);
    let after = gate(request, &with(facts, agreement), now).outcome;
    holds(
        "a further agreement never refuses anything",
        permits(after) >= permits(before),
    )
}

/// **L106.** Tenants are independent. What another tenant knows of the same person is not in the facts,
/// so the gate that is handed only one tenant's facts answers alike whatever the others do: it keeps no
/// memory between two questions.
///
/// # Errors
/// [`Violation`]: another question changed the answer.
pub fn no_memory_of_others(
    gate: impl Gate,
    ours: (&GateRequest, &Facts),
    theirs: (&GateRequest, &Facts),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let first = gate(ours.0, ours.1, now);
    let _ = gate(theirs.0, theirs.1, now);
    holds(
        "the answer does not depend on what was asked before",
        gate(ours.0, ours.1, now) == first,
    )
}
