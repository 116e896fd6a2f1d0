//! Double opt-in.

use super::{Violation, hold, is_allowed, opens_nothing, questions, until, with};
use crate::{Action, ConsentEvent, Grade, Question, Verdict};
use time::{Duration, OffsetDateTime};

fn asks_for_confirmation(question: &Question) -> bool {
    question.need.grade == Grade::Confirmed
}

/// **L19. Confirmation needs a pair.** What is allowed where confirmation is needed rests on a request
/// and a confirmation that cover it, the later within `expiry` of the other, with no withdrawal of it
/// between.
///
/// # Errors
/// [`Violation`]: it counts as confirmed without such a pair.
pub fn confirmation_needs_a_pair(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    expiry: Duration,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    for question in questions().filter(asks_for_confirmation) {
        if !is_allowed(&decide(events, &question, now)) {
            continue;
        }
        let of = |action| {
            events.iter().filter(move |event| {
                event.action == action && event.covers(question.channel, question.purpose)
            })
        };
        let is_between = |request: &ConsentEvent, confirmed: &ConsentEvent| {
            let withdrawals = of(Action::OptOut).chain(of(Action::ConsentWithdrawn));
            withdrawals.into_iter().any(|event| {
                request.occurred_at <= event.occurred_at
                    && event.occurred_at < confirmed.occurred_at
            })
        };
        let has_pair = of(Action::DoubleOptInConfirmed).any(|confirmed| {
            confirmed.occurred_at <= now
                && of(Action::DoubleOptInRequested).any(|request| {
                    request.occurred_at < confirmed.occurred_at
                        && confirmed.occurred_at - request.occurred_at <= expiry
                        && !is_between(request, confirmed)
                })
        });
        hold("L19: a confirmation answers a request", has_pair)?;
    }
    Ok(())
}

/// **L19, L20. Expiry is sharp.** A confirmation at exactly `expiry` after the request is accepted, a
/// microsecond later or at the same instant as the request it is not. `request` is taken as a request,
/// answered by form.
///
/// # Errors
/// [`Violation`]: the time for an answer is another.
pub fn expiry_is_sharp(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    request: &ConsentEvent,
    expiry: Duration,
) -> Result<(), Violation> {
    let request = ConsentEvent {
        action: Action::DoubleOptInRequested,
        ..request.clone()
    };
    let uuid = uuid::Uuid::from_u128(!request.id.uuid().as_u128());
    let confirmed_after = |wait| ConsentEvent {
        id: tidings_kernel::ConsentEventId::from_uuid(uuid),
        action: Action::DoubleOptInConfirmed,
        method: crate::Method::WebForm,
        occurred_at: request.occurred_at + wait,
        ..request.clone()
    };
    let covered = questions()
        .filter(asks_for_confirmation)
        .filter(|question| request.covers(question.channel, question.purpose));
    for question in covered {
        for (wait, counts) in [
            (Duration::ZERO, false),
            (Duration::MICROSECOND, true),
            (expiry, true),
            (expiry + Duration::MICROSECOND, false),
        ] {
            let confirmed = confirmed_after(wait);
            let events = [request.clone(), confirmed.clone()];
            let verdict = decide(&events, &question, confirmed.occurred_at);
            hold(
                "L20: a confirmation counts until it expires",
                is_allowed(&verdict) == counts,
            )?;
        }
    }
    Ok(())
}

/// **L21. Unconfirmed is not consent.** A request to confirm opens nothing by itself. `request` is
/// taken as a request at `now`.
///
/// # Errors
/// [`Violation`]: asking permits something.
pub fn a_request_permits_nothing(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    request: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let request = ConsentEvent {
        action: Action::DoubleOptInRequested,
        occurred_at: now,
        ..request.clone()
    };
    let events = until(events, now);
    let more = with(&events, &[&request]);
    let law = "L21: a request permits nothing";
    opens_nothing(law, decide, (&events, &more), questions(), now)
}

/// **L21.** However often it is tried, no more than `most` requests for one act are sent. `may_ask`
/// takes when requests were sent so far, and now.
///
/// # Errors
/// [`Violation`]: more are sent.
pub fn asked_no_more_than(
    may_ask: impl Fn(&[OffsetDateTime], OffsetDateTime) -> bool,
    tries: &[OffsetDateTime],
    most: usize,
) -> Result<(), Violation> {
    let mut sent: Vec<OffsetDateTime> = Vec::new();
    for now in tries {
        if may_ask(&sent, *now) {
            sent.push(*now);
        }
    }
    hold("L21: no more requests than configured", sent.len() <= most)
}
