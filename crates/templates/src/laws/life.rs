use super::Violation;
use crate::{Category, StandingEvent, StandingEventKind};
use std::fmt::Debug;
use tidings_kernel::Purpose;
use time::OffsetDateTime;

/// **Order-free standing.** What a template's events add up to depends neither on the order in which
/// they arrive nor on repeats.
///
/// # Errors
/// [`Violation`]: another order gave another standing.
pub fn standing_order_free<S: PartialEq + Debug>(
    fold: impl Fn(&[StandingEvent]) -> S,
    events: &[StandingEvent],
) -> Result<(), Violation> {
    let expected = fold(events);
    let mut reversed: Vec<_> = events.to_vec();
    reversed.reverse();
    let repeated = [events, events].concat();
    let mut rotated: Vec<_> = events.to_vec();
    rotated.rotate_left(events.len() / 2);
    for other in [reversed, repeated, rotated] {
        let folded = fold(&other);
        Violation::unless(folded == expected, "order-free standing", || {
            format!("{events:?} gave {expected:?}, and {other:?} gave {folded:?}")
        })?;
    }
    Ok(())
}

/// **L87, L84.** A template is sent only while it is approved: after its latest event was a pause, a
/// rejection or a disabling it is not, and never before any approval or reinstatement.
///
/// # Errors
/// [`Violation`]: it would be sent.
pub fn only_approved_is_sent(
    is_sendable: impl Fn(&[StandingEvent]) -> bool,
    events: &[StandingEvent],
) -> Result<(), Violation> {
    use StandingEventKind as On;
    let stops = |event: &&StandingEvent| {
        matches!(event.kind, On::Paused { .. } | On::Rejected | On::Disabled)
    };
    let starts =
        |event: &&StandingEvent| matches!(event.kind, On::Approved { .. } | On::Reinstated);
    let last_stop = events.iter().filter(stops).map(|event| event.at).max();
    let last_start = events.iter().filter(starts).map(|event| event.at).max();
    let must_rest = last_start.is_none() || last_stop >= last_start;
    let sent = is_sendable(events);
    Violation::unless(!(must_rest && sent), "L87", || {
        format!("{events:?} would be sent")
    })
}

/// **L88.** Once the platform has said a category, that is the one in force; what was asked for no
/// longer matters.
///
/// # Errors
/// [`Violation`]: the category in force depends on the one asked for.
pub fn category_is_the_platforms(
    category: impl Fn(Category, &[StandingEvent], OffsetDateTime) -> Category,
    events: &[StandingEvent],
    said: Category,
    at: OffsetDateTime,
) -> Result<(), Violation> {
    use StandingEventKind as On;
    // What is said last is said after all that is known and after all that was announced.
    let is_older = |event: &StandingEvent| match event.kind {
        On::RecategorizationAnnounced { effective_at, .. } => event.at < at && effective_at < at,
        On::Submitted
        | On::Approved { .. }
        | On::Rejected
        | On::Paused { .. }
        | On::Disabled
        | On::Reinstated
        | On::Recategorized { .. }
        | On::Rated { .. } => event.at < at,
    };
    let mut events: Vec<_> = events.iter().copied().filter(is_older).collect();
    events.push(StandingEvent {
        at,
        kind: On::Recategorized { category: said },
    });
    for asked in Category::ALL {
        let found = category(asked, &events, at);
        Violation::unless(found == said, "L88", || {
            format!("asked for {asked}, told {said}, in force {found} after {events:?}")
        })?;
    }
    Ok(())
}

/// **Never milder.** No category and no text makes marketing anything else, and a marketing template
/// is marketing whatever is declared.
///
/// # Errors
/// [`Violation`]: a milder purpose came out.
pub fn purpose_is_never_milder(
    stricter: impl Fn(Category, Purpose) -> Purpose,
) -> Result<(), Violation> {
    for category in Category::ALL {
        for declared in Purpose::ALL {
            let found = stricter(category, declared);
            let is_marketing = category == Category::Marketing || declared == Purpose::Marketing;
            let holds = (found == Purpose::Marketing) == is_marketing;
            Violation::unless(holds, "never milder", || {
                format!("{declared} in a {category} template was decided as {found}")
            })?;
        }
    }
    Ok(())
}
