//! One pass over the events, for all cells at once.

use crate::{
    ConsentEvent, Grade, Method, Standing,
    cell::{Cell, Events, Grant, Mark, Micros, Reopens},
    effect::Effect,
    reach::{CELLS, Cells, Voice, closed_by, covered, ended_by},
};
use std::{cmp::Ordering, num::NonZeroU32};
use tidings_kernel::ConsentEventId;
use time::{Duration, OffsetDateTime};

/// What stands in each cell at `now`.
pub(crate) fn fold(
    events: &[ConsentEvent],
    now: OffsetDateTime,
    expiry: Duration,
) -> [Standing; CELLS] {
    let end = micros(now);
    let expiry = expiry.whole_microseconds();
    let longest = if expiry < 0 { Micros::MIN } else { Micros::MAX };
    let expiry = Micros::try_from(expiry).unwrap_or(longest);
    // Stores keep events in order; only others need the sort.
    if let Some(cells) = in_order(events.iter(), now, expiry) {
        return finish(&cells, end, &InPlace(events));
    }
    let mut sorted: Vec<(Key, &ConsentEvent)> =
        events.iter().map(|event| (Key::of(event), event)).collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    let sorted: Vec<&ConsentEvent> = sorted.into_iter().map(|(_, event)| event).collect();
    // What is sorted is in order.
    let cells = in_order(sorted.iter().copied(), now, expiry).unwrap_or([Cell::EMPTY; CELLS]);
    finish(&cells, end, &Sorted(&sorted))
}

fn finish(cells: &[Cell; CELLS], end: Micros, events: &impl Events) -> [Standing; CELLS] {
    cells.each_ref().map(|cell| cell.finish(end, events))
}

/// The order of the fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    at: Micros,
    effect: Effect,
    id: ConsentEventId,
}

impl Key {
    fn of(event: &ConsentEvent) -> Self {
        Self {
            at: micros(event.occurred_at),
            effect: Effect::of(event),
            id: event.id,
        }
    }
}

/// The whole microseconds of an instant: what a store keeps of it, and so what a tie is (L6).
fn micros(at: OffsetDateTime) -> Micros {
    // No year that an instant can have comes near the ends of 64 bits.
    at.unix_timestamp()
        .saturating_mul(1_000_000)
        .saturating_add(i64::from(at.microsecond()))
}

/// Folds events that are in order; `None` as soon as one is not.
fn in_order<'a>(
    events: impl Iterator<Item = &'a ConsentEvent>,
    now: OffsetDateTime,
    expiry: Micros,
) -> Option<[Cell; CELLS]> {
    let end = micros(now);
    let mut cells = [Cell::EMPTY; CELLS];
    let mut last: Option<(Key, &ConsentEvent)> = None;
    for (index, event) in events.enumerate() {
        let key = Key::of(event);
        match last.map_or(Ordering::Less, |(last, _)| last.cmp(&key)) {
            // The same event again. One that only bears its id is another, and no stop is lost to it.
            Ordering::Equal if last.is_some_and(|(_, last)| last == event) => continue,
            Ordering::Less | Ordering::Equal => {}
            Ordering::Greater => return None,
        }
        last = Some((key, event));
        if key.at > end || (key.at == end && event.occurred_at > now) {
            continue;
        }
        apply(&mut cells, event, key, expiry, mark(index));
    }
    Some(cells)
}

fn apply(cells: &mut [Cell; CELLS], event: &ConsentEvent, key: Key, expiry: Micros, mark: Mark) {
    let at = key.at;
    match key.effect {
        Effect::Lift => {
            let voice = Voice::of(event);
            each(cells, voice.cells(), at, |cell, place| {
                cell.lift(voice.openers(place), mark);
            });
        }
        Effect::Narrow => {
            let voice = Voice::of_clarification(event);
            each(cells, voice.cells(), at, |cell, place| {
                cell.lift(voice.openers(place), mark);
            });
            if event.purposes.named().is_some() {
                each(cells, covered(event), at, |cell, _| cell.keep_closed(mark));
            }
        }
        Effect::Grant => {
            let grant = grant(event);
            each(cells, covered(event), at, |cell, _| cell.grant(grant, mark));
        }
        Effect::Confirm => {
            let grant = grant(event);
            each(cells, covered(event), at, |cell, _| {
                cell.confirm(grant, at, mark);
            });
        }
        Effect::Request => {
            let deadline = at.saturating_add(expiry);
            each(cells, covered(event), at, |cell, _| {
                cell.request(at, deadline, mark);
            });
        }
        Effect::Nothing => {}
        Effect::End => each(cells, ended_by(event), at, |cell, _| cell.end(mark)),
        Effect::Withdraw => {
            let (reached, closure) = closed_by(event);
            let voice = Voice::of(event);
            each(cells, reached, at, |cell, place| {
                cell.withdraw(closure, voice.openers(place), mark);
            });
        }
    }
}

/// Changes the cells that an event reaches, after what was due there has expired.
fn each(
    cells: &mut [Cell; CELLS],
    reached: Cells,
    at: Micros,
    mut change: impl FnMut(&mut Cell, usize),
) {
    for place in reached.places() {
        if let Some(cell) = cells.get_mut(place) {
            cell.expire(at);
            change(cell, place);
        }
    }
}

fn grant(event: &ConsentEvent) -> Grant {
    let grade = Grade::of(event).unwrap_or(Grade::Express);
    let reopens = match (grade, event.method) {
        (Grade::Written | Grade::Confirmed, _) => Reopens::Everything,
        (Grade::Express, Method::Import | Method::Manual) => Reopens::Nothing,
        (
            Grade::Express,
            Method::WebForm
            | Method::ReplyMessage
            | Method::PhoneCall
            | Method::Email
            | Method::Provider,
        ) => Reopens::Stops,
    };
    Grant { grade, reopens }
}

/// The mark of the event at `index`. Beyond 4 billion events of one contact all have the same.
fn mark(index: usize) -> Mark {
    let index = u32::try_from(index).unwrap_or(u32::MAX - 1);
    NonZeroU32::MIN.checked_add(index)
}

fn index(mark: Mark) -> Option<usize> {
    usize::try_from(mark?.get() - 1).ok()
}

struct InPlace<'a>(&'a [ConsentEvent]);

struct Sorted<'a>(&'a [&'a ConsentEvent]);

impl Events for InPlace<'_> {
    fn at(&self, mark: Mark) -> Option<OffsetDateTime> {
        Some(self.0.get(index(mark)?)?.occurred_at)
    }

    fn ids(&self, marks: &[Mark]) -> Vec<ConsentEventId> {
        ids(marks, |index| self.0.get(index).map(|event| event.id))
    }
}

impl Events for Sorted<'_> {
    fn at(&self, mark: Mark) -> Option<OffsetDateTime> {
        Some(self.0.get(index(mark)?)?.occurred_at)
    }

    fn ids(&self, marks: &[Mark]) -> Vec<ConsentEventId> {
        ids(marks, |index| self.0.get(index).map(|event| event.id))
    }
}

/// The most events that a standing cites.
const MOST_CITED: usize = 8;

fn ids(marks: &[Mark], find: impl Fn(usize) -> Option<ConsentEventId>) -> Vec<ConsentEventId> {
    let mut given = [None; MOST_CITED];
    for (place, mark) in given.iter_mut().zip(marks) {
        *place = *mark;
    }
    given.sort_unstable();
    let mut ids = Vec::new();
    let mut last = None;
    for mark in given {
        if mark != last {
            ids.extend(index(mark).and_then(&find));
        }
        last = mark;
    }
    ids
}
