//! Numbers that look alike, contacts that are merged, people who were erased.

use super::{Violation, hold, is_allowed, questions, same, until, with, written};
use crate::{
    Action, Channels, ConsentEvent, Evidence, Method, Purposes, Question, Status, Verdict,
};
use tidings_kernel::{Channel, Purpose};
use time::{Duration, OffsetDateTime};

/// **L23, P8. Suppression matches look-alikes.** To be refused together is reflexive, symmetric and
/// transitive over `numbers`; and each number's class is the set of those it is refused with.
///
/// # Errors
/// [`Violation`]: it is no equivalence.
pub fn refusal_is_an_equivalence(
    is_refused_with: impl Fn(&str, &str) -> bool,
    class: impl Fn(&str) -> Vec<String>,
    numbers: &[String],
) -> Result<(), Violation> {
    for a in numbers {
        hold("P8: a refused number refuses itself", is_refused_with(a, a))?;
        let members = class(a);
        let refused = members.iter().all(|member| is_refused_with(a, member));
        hold("L23: refusing one refuses its class", refused)?;
        for b in numbers {
            let together = is_refused_with(a, b);
            hold(
                "P8: refusal is symmetric",
                together == is_refused_with(b, a),
            )?;
            hold(
                "P8: a class holds all that are refused",
                together == members.contains(b),
            )?;
            let is_shared = !together || class(b) == members;
            hold("P8: refusal is transitive", is_shared)?;
        }
    }
    Ok(())
}

/// **L25. Merging contacts keeps every stop.** Whatever is denied to one of two contacts is denied to
/// both once they are merged, and nothing is agreed that the first did not agree to. `merged` takes
/// the ledgers of both and gives the status for the first.
///
/// # Errors
/// [`Violation`]: a stop is lost, or an agreement wanders.
pub fn merging_keeps_stops(
    status: impl Fn(&[ConsentEvent], Channel, Purpose, OffsetDateTime) -> Status,
    merged: impl Fn([&[ConsentEvent]; 2], Channel, Purpose, OffsetDateTime) -> Status,
    [a, b]: [&[ConsentEvent]; 2],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    for question in questions() {
        let (channel, purpose) = (question.channel, question.purpose);
        let own = status(a, channel, purpose, now);
        let theirs = status(b, channel, purpose, now);
        let both = merged([a, b], channel, purpose, now);
        let is_stopped = own == Status::Denied || theirs == Status::Denied;
        let expected = if is_stopped { Status::Denied } else { own };
        same(
            "L25: merging keeps every stop and no other's consent",
            &both,
            &expected,
        )?;
    }
    Ok(())
}

/// `event` as an erasure.
fn erasure(event: &ConsentEvent, at: OffsetDateTime) -> ConsentEvent {
    ConsentEvent {
        action: Action::Erasure,
        channels: Channels::All,
        purposes: Purposes::All,
        occurred_at: at,
        ..event.clone()
    }
}

/// **L73. Erasure keeps the suppression.** Nothing that needs an agreement is allowed after it, and a
/// bare START does not lift it. `event` is taken as the erasure at `now`, `start` as START later.
///
/// # Errors
/// [`Violation`]: something is allowed.
pub fn erasure_closes_everything(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (event, start): (&ConsentEvent, &ConsentEvent),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let later = now + Duration::SECOND;
    let start = ConsentEvent {
        action: Action::OptIn,
        channels: Channels::All,
        purposes: Purposes::All,
        method: Method::ReplyMessage,
        occurred_at: later,
        ..start.clone()
    };
    let erased = with(&until(events, now), &[&erasure(event, now)]);
    let restarted = with(&erased, &[&start]);
    let closed = questions().all(|question| {
        !is_allowed(&decide(&erased, &question, now))
            && !is_allowed(&decide(&restarted, &question, later))
    });
    hold("L73: erasure keeps the suppression", closed)
}

/// **L75. Erasing twice = erasing once.** A second erasure changes no decision. Both are taken as
/// erasures at `now`.
///
/// # Errors
/// [`Violation`]: the second changes something.
pub fn erasing_twice_is_erasing_once(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (first, second): (&ConsentEvent, &ConsentEvent),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let once = with(&until(events, now), &[&erasure(first, now)]);
    let twice = with(&once, &[&erasure(second, now)]);
    questions().try_for_each(|question| {
        let [once, twice] = [&once, &twice].map(|all| is_allowed(&decide(all, &question, now)));
        same("L75: erasing twice is erasing once", &once, &twice)
    })
}

/// **L76. An erased identity that signs up again.** After an erasure only an act of the person's own
/// opens anything: no list, no call, but a form. `event` is taken as the erasure at `now`, `grant` as
/// each of these later.
///
/// # Errors
/// [`Violation`]: something else opens it, or the act does not.
pub fn only_an_own_act_follows_erasure(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (event, grant): (&ConsentEvent, &ConsentEvent),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let later = now + Duration::SECOND;
    let erased = with(&until(events, now), &[&erasure(event, now)]);
    let covered = || {
        let covers = |question: &Question| grant.covers(question.channel, question.purpose);
        questions().filter(covers)
    };
    for method in [Method::Import, Method::Manual, Method::PhoneCall] {
        let said = ConsentEvent {
            method,
            evidence: Evidence::default(),
            ..written(grant, later)
        };
        let all = with(&erased, &[&said]);
        let closed = covered().all(|question| !is_allowed(&decide(&all, &question, later)));
        hold("L76: hearsay does not follow erasure", closed)?;
    }
    // With nothing asked before, so that no double opt-in is pending.
    let anew = [erasure(event, now), written(grant, later)];
    let opens = covered()
        .filter(|question| question.need.grade != crate::Grade::Confirmed)
        .all(|question| is_allowed(&decide(&anew, &question, later)));
    hold("L76: an own act does", opens)
}
