//! What the state of a ledger depends on.

use super::{Violation, questions, same, with};
use crate::{Action, ConsentEvent, Question, Verdict};
use tidings_kernel::{ConsentEventId, ContactId};
use time::OffsetDateTime;

/// **L1. Order independence.** The order of the events does not matter: reversed and every rotation
/// give the same.
///
/// # Errors
/// [`Violation`]: some order gives another state.
pub fn order_free<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let law = "L1: order does not matter";
    let expected = fold(events, now);
    let mut turned = events.to_vec();
    turned.reverse();
    same(law, &fold(&turned, now), &expected)?;
    for _ in events {
        turned.rotate_left(1);
        same(law, &fold(&turned, now), &expected)?;
    }
    Ok(())
}

/// **L2. Idempotence.** The same events twice are the events once.
///
/// # Errors
/// [`Violation`]: repetition changes the state.
pub fn idempotent<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let twice: Vec<ConsentEvent> = events.iter().chain(events).cloned().collect();
    let law = "L2: repetition changes nothing";
    same(law, &fold(&twice, now), &fold(events, now))
}

/// **L2.** An event of equal content under another id changes no decision.
///
/// # Errors
/// [`Violation`]: a copy changes a decision.
pub fn copies_are_inert(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    copy: ConsentEventId,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let Some(event) = events.first() else {
        return Ok(());
    };
    let copy = ConsentEvent {
        id: copy,
        ..event.clone()
    };
    let more = with(events, &[&copy]);
    for question in questions() {
        let (once, twice) = (
            decide(events, &question, now),
            decide(&more, &question, now),
        );
        let rules = |verdict: &Verdict| match verdict {
            Verdict::Allowed { rule, .. } | Verdict::Blocked { rule, .. } => *rule,
        };
        same("L2: a copy changes nothing", &rules(&once), &rules(&twice))?;
    }
    Ok(())
}

/// **L3. Merge is a join.** Parts of a ledger may be put together in any grouping and may overlap:
/// the union is what counts. `parts` are put together in both orders and in part twice.
///
/// # Errors
/// [`Violation`]: the grouping matters.
pub fn merge_is_a_join<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    [a, b, c]: [&[ConsentEvent]; 3],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let law = "L3: merging is a join";
    let whole = fold(&[a, b, c].concat(), now);
    same(law, &fold(&[b, c, a].concat(), now), &whole)?;
    same(law, &fold(&[c, a, b, a].concat(), now), &whole)?;
    same(law, &fold(&[a, b, b, c, c, a].concat(), now), &whole)
}

/// **L4. Determinism.** The same events, question and instant give the same answer, to the letter.
///
/// # Errors
/// [`Violation`]: asked again, it answers otherwise.
pub fn deterministic(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    questions().try_for_each(|question| {
        let (first, again) = (
            decide(events, &question, now),
            decide(events, &question, now),
        );
        same("L4: the same facts, the same answer", &first, &again)
    })
}

/// **L5. No consent from nothing.** No events give exactly the state that knows nothing.
///
/// # Errors
/// [`Violation`]: something is known of a stranger.
pub fn grants_nothing_from_nothing<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    nothing: &S,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    same("L5: nothing grants nothing", &fold(&[], now), nothing)
}

/// **L5.** Whatever needs an agreement and is allowed cites one of the ledger that covers it.
///
/// # Errors
/// [`Violation`]: it is allowed on no grounds.
pub fn what_is_allowed_cites_a_grant(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    questions().try_for_each(|question| {
        let Verdict::Allowed { because, .. } = decide(events, &question, now) else {
            return Ok(());
        };
        let cites = events.iter().any(|event| {
            because.contains(&event.id)
                && event.covers(question.channel, question.purpose)
                && event.occurred_at <= now
                && matches!(
                    event.action,
                    Action::OptIn | Action::ConsentGiven | Action::DoubleOptInConfirmed
                )
        });
        super::hold("L5: what is allowed cites a grant", cites)
    })
}

/// **L8. A late-learnt opt-out acts from its own time.** When we learned of an event has no
/// influence, only when it happened.
///
/// # Errors
/// [`Violation`]: the time of recording changes the state.
pub fn lateness_is_inert<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let at_once: Vec<ConsentEvent> = events
        .iter()
        .cloned()
        .map(|event| ConsentEvent {
            recorded_at: event.occurred_at,
            ..event
        })
        .collect();
    let law = "L8: lateness changes nothing";
    same(law, &fold(events, now), &fold(&at_once, now))
}

/// **L11. Future events are inert.** What happens after `now` has no influence.
///
/// # Errors
/// [`Violation`]: a future event changes the state.
pub fn future_is_inert<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let past = super::until(events, now);
    let law = "L11: the future is inert";
    same(law, &fold(events, now), &fold(&past, now))
}

/// **L26. Splitting or renaming.** Which record of a contact the events hang on has no influence.
///
/// # Errors
/// [`Violation`]: another contact's id changes the state.
pub fn renaming_is_inert<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    contact: ContactId,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let renamed: Vec<ConsentEvent> = events
        .iter()
        .cloned()
        .map(|event| ConsentEvent { contact, ..event })
        .collect();
    let law = "L26: renaming changes nothing";
    same(law, &fold(events, now), &fold(&renamed, now))
}
