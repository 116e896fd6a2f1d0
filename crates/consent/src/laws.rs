//! Laws of consent as plain functions, so that an embedder can run them over an implementation of
//! their own, such as a query that computes the same in a database. Their numbers are those of the
//! compliance reference, section 11, and of the phone-numbers reference, section 10.
//!
//! Laws of the fold take any function from events to something that can be compared; laws of decisions
//! take a function with the signature of [`decide`], the crate's own. A law that asks for events of a
//! certain kind, such as a stop, makes them so from what it is given.
//!
//! ```rust
//! use tidings_consent::{laws, state};
//! use time::macros::datetime;
//!
//! let now = datetime!(2026-03-01 12:00 UTC);
//! laws::order_free(state, &[], now)?;
//! laws::monotone_need(laws::decide, &[], now)?;
//! assert!(laws::grants_nothing_from_nothing(|_, _| 1, &2, now).is_err());
//! # Ok::<(), laws::Violation>(())
//! ```

mod answers;
mod confirmed;
#[cfg(feature = "evidence")]
mod evidence;
mod fold;
mod grants;
mod identity;
mod replies;
mod stops;

pub use answers::*;
pub use confirmed::*;
#[cfg(feature = "evidence")]
pub use evidence::*;
pub use fold::*;
pub use grants::*;
pub use identity::*;
pub use replies::*;
pub use stops::*;

use crate::{
    Action, ConsentEvent, Evidence, Grade, Method, Need, Question, Verdict, judge_with, state,
};
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

/// A law does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a law is broken: {law}")]
pub struct Violation {
    /// Which one.
    pub law: &'static str,
}

/// The crate's own decision, as the laws take it: [`judge_with`] over
/// [`state`](crate::state()).
pub fn decide(events: &[ConsentEvent], question: &Question, now: OffsetDateTime) -> Verdict {
    judge_with(question, &state(events, now))
}

fn hold(law: &'static str, holds: bool) -> Result<(), Violation> {
    if holds {
        Ok(())
    } else {
        Err(Violation { law })
    }
}

fn same<S: PartialEq>(law: &'static str, left: &S, right: &S) -> Result<(), Violation> {
    hold(law, left == right)
}

/// Every question that only an agreement can answer with yes: no email of a contract, no code that was
/// asked for, no emergency. By channel, purpose and grade.
fn questions() -> impl Iterator<Item = Question> {
    let purposes = [
        Purpose::Marketing,
        Purpose::Reminder,
        Purpose::Conversational,
        Purpose::Transactional,
    ];
    let cells = Channel::ALL
        .into_iter()
        .flat_map(move |channel| purposes.map(|purpose| (channel, purpose)));
    cells
        .filter(|cell| *cell != (Channel::Email, Purpose::Transactional))
        .flat_map(|(channel, purpose)| {
            Grade::ALL.map(|grade| Question {
                need: Need {
                    grade,
                    ..Need::default()
                },
                ..Question::new(channel, purpose)
            })
        })
}

fn is_allowed(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Allowed { .. } => true,
        Verdict::Blocked { .. } => false,
    }
}

/// What happened until `at`.
fn until(events: &[ConsentEvent], at: OffsetDateTime) -> Vec<ConsentEvent> {
    let past = events.iter().filter(|event| event.occurred_at <= at);
    past.cloned().collect()
}

fn with(events: &[ConsentEvent], more: &[&ConsentEvent]) -> Vec<ConsentEvent> {
    let more = more.iter().map(|event| (*event).clone());
    events.iter().cloned().chain(more).collect()
}

/// `event` as an agreement by an act of the person, recorded at `at`.
fn written(event: &ConsentEvent, at: OffsetDateTime) -> ConsentEvent {
    ConsentEvent {
        action: Action::ConsentGiven,
        method: Method::WebForm,
        occurred_at: at,
        ..event.clone()
    }
}

/// `event` as what a list says, without any evidence.
fn bare(event: &ConsentEvent, at: OffsetDateTime) -> ConsentEvent {
    ConsentEvent {
        action: Action::OptIn,
        method: Method::Import,
        occurred_at: at,
        evidence: Evidence::default(),
        ..event.clone()
    }
}

/// No decision that was no becomes yes from `before` to `after`.
fn opens_nothing(
    law: &'static str,
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    (before, after): (&[ConsentEvent], &[ConsentEvent]),
    mut questions: impl Iterator<Item = Question>,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let holds = questions.all(|question| {
        !is_allowed(&decide(after, &question, now)) || is_allowed(&decide(before, &question, now))
    });
    hold(law, holds)
}

#[cfg(test)]
mod tests;
