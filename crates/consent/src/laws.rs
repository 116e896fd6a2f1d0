//! Laws of the fold as plain functions, so that an embedder can run them over a fold of their own,
//! such as a query that computes the same in a database.
//!
//! ```rust
//! use tidings_consent::{laws, state};
//! use time::macros::datetime;
//!
//! let now = datetime!(2026-03-01 12:00 UTC);
//! laws::order_free(state, &[], now)?;
//! assert!(laws::grants_nothing_from_nothing(|_, _| 1, &2, now).is_err());
//! # Ok::<(), laws::Violation>(())
//! ```

use crate::ConsentEvent;
use time::OffsetDateTime;

/// A law does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fold breaks a law: {law}")]
pub struct Violation {
    /// Which one.
    pub law: &'static str,
}

fn check<S: PartialEq>(law: &'static str, left: &S, right: &S) -> Result<(), Violation> {
    if left == right {
        Ok(())
    } else {
        Err(Violation { law })
    }
}

/// The order of the events does not matter: reversed and every rotation give the same.
///
/// # Errors
/// [`Violation`]: some order gives another state.
pub fn order_free<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let expected = fold(events, now);
    let mut turned = events.to_vec();
    turned.reverse();
    check("order does not matter", &fold(&turned, now), &expected)?;
    for _ in events {
        turned.rotate_left(1);
        check("order does not matter", &fold(&turned, now), &expected)?;
    }
    Ok(())
}

/// The same events twice are the events once.
///
/// # Errors
/// [`Violation`]: repetition changes the state.
pub fn idempotent<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let twice: Vec<ConsentEvent> = events.iter().chain(events).cloned().collect();
    check(
        "repetition changes nothing",
        &fold(&twice, now),
        &fold(events, now),
    )
}

/// What happens after `now` has no influence.
///
/// # Errors
/// [`Violation`]: a future event changes the state.
pub fn future_is_inert<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let past: Vec<ConsentEvent> = events
        .iter()
        .filter(|event| event.occurred_at <= now)
        .cloned()
        .collect();
    check("the future is inert", &fold(events, now), &fold(&past, now))
}

/// When we learned of an event has no influence, only when it happened.
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
    check(
        "lateness changes nothing",
        &fold(events, now),
        &fold(&at_once, now),
    )
}

/// No events give exactly the state that knows nothing.
///
/// # Errors
/// [`Violation`]: something is known of a stranger.
pub fn grants_nothing_from_nothing<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    nothing: &S,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    check("nothing grants nothing", &fold(&[], now), nothing)
}
