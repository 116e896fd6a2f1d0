//! One pass over the events, for all cells at once.

use crate::{
    ConsentEvent, Grade, Method, Standing,
    cell::{Cell, Events, Grant, Mark, Micros, Reopens},
    effect::Effect,
    reach::{CELLS, Cells, Openers, Voice, closed_by, covered, ended_by},
};
use std::{cmp::Ordering, num::NonZeroU32};
use tidings_kernel::ConsentEventId;
use time::{Duration, OffsetDateTime};

/// What stands at `now`: each standing with the cells that it is for, every cell being in one of them.
pub(crate) fn fold(
    events: &[ConsentEvent],
    now: OffsetDateTime,
    expiry: Duration,
) -> Vec<(Cells, Standing)> {
    let expiry = expiry.whole_microseconds();
    let longest = if expiry < 0 { Micros::MIN } else { Micros::MAX };
    let expiry = Micros::try_from(expiry).unwrap_or(longest);
    let mut groups = Groups::new();
    // Stores keep events in order; only others need the sort.
    if groups.add(events.iter(), now, expiry).is_some() {
        return groups.finish(micros(now), &InPlace(events));
    }
    let mut sorted: Vec<(Key, &ConsentEvent)> =
        events.iter().map(|event| (Key::of(event), event)).collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    let sorted: Vec<&ConsentEvent> = sorted.into_iter().map(|(_, event)| event).collect();
    groups = Groups::new();
    let added = groups.add(sorted.iter().copied(), now, expiry);
    debug_assert!(added.is_some(), "what is sorted is in order");
    groups.finish(micros(now), &Sorted(&sorted))
}

/// Cells in which the same has happened so far.
struct Group {
    cells: Cells,
    cell: Cell,
}

/// All cells, in as few groups as the events tell apart: what covers every purpose of a channel is
/// folded once and not six times.
struct Groups {
    /// The first `count` are there. In place: to ask for memory costs as much as a short ledger.
    groups: [Option<Group>; CELLS],
    count: usize,
}

impl Groups {
    fn new() -> Self {
        let mut groups = Self {
            groups: [const { None }; CELLS],
            count: 0,
        };
        groups.push(Group {
            cells: Cells::ALL,
            cell: Cell::EMPTY,
        });
        groups
    }

    /// Every group has a cell that no other has, so that there is room for all.
    fn push(&mut self, group: Group) {
        if let Some(place) = self.groups.get_mut(self.count) {
            *place = Some(group);
            self.count += 1;
        }
    }

    /// Folds events that are in order; `None` as soon as one is not.
    fn add<'a>(
        &mut self,
        events: impl Iterator<Item = &'a ConsentEvent>,
        now: OffsetDateTime,
        expiry: Micros,
    ) -> Option<()> {
        let end = micros(now);
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
            if key.at < end || (key.at == end && event.occurred_at <= now) {
                apply(self, event, key, expiry, mark(index));
            }
        }
        Some(())
    }

    /// Changes the cells that an event reaches, after what was due there has expired.
    fn each(&mut self, reached: Cells, at: Micros, mut change: impl FnMut(&mut Cell)) {
        let mut rest = reached;
        let mut place = 0;
        while !rest.is_empty() {
            let Some(Some(group)) = self.groups.get_mut(place) else {
                return;
            };
            place += 1;
            let inside = group.cells.both(rest);
            if inside.is_empty() {
                continue;
            }
            rest = rest.without(inside);
            let outside = group.cells.without(inside);
            let before = (!outside.is_empty()).then_some(group.cell);
            group.cells = inside;
            group.cell.expire(at);
            change(&mut group.cell);
            if let Some(cell) = before {
                let cells = outside;
                self.push(Group { cells, cell });
            }
        }
    }

    fn finish(&self, end: Micros, events: &impl Events) -> Vec<(Cells, Standing)> {
        let mut standings = Vec::with_capacity(self.count);
        for group in self.groups.iter().flatten() {
            standings.push((group.cells, group.cell.finish(end, events)));
        }
        standings
    }
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

fn apply(groups: &mut Groups, event: &ConsentEvent, key: Key, expiry: Micros, mark: Mark) {
    let at = key.at;
    match key.effect {
        Effect::Lift => lift(groups, Voice::of(event), at, mark),
        Effect::Narrow => {
            lift(groups, Voice::of_clarification(event), at, mark);
            if event.purposes.named().is_some() {
                groups.each(covered(event), at, |cell| cell.keep_closed(mark));
            }
        }
        Effect::Grant => {
            let grant = grant(event);
            groups.each(covered(event), at, |cell| cell.grant(grant, mark));
        }
        Effect::Confirm => {
            let grant = grant(event);
            groups.each(covered(event), at, |cell| cell.confirm(grant, at, mark));
        }
        Effect::Request => {
            let deadline = at.saturating_add(expiry);
            groups.each(covered(event), at, |cell| cell.request(at, deadline, mark));
        }
        Effect::Nothing => {}
        Effect::End => groups.each(ended_by(event), at, |cell| cell.end(mark)),
        Effect::Withdraw => {
            let (mut reached, closure) = closed_by(event);
            for (spoken_for, openers) in Voice::of(event).parts() {
                groups.each(reached.both(spoken_for), at, |cell| {
                    cell.withdraw(closure, openers, mark);
                });
                reached = reached.without(spoken_for);
            }
            groups.each(reached, at, |cell| {
                cell.withdraw(closure, Openers::NONE, mark);
            });
        }
    }
}

fn lift(groups: &mut Groups, voice: Voice, at: Micros, mark: Mark) {
    for (spoken_for, openers) in voice.parts() {
        groups.each(spoken_for, at, |cell| cell.lift(openers, mark));
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
    let mut cited = [None; MOST_CITED];
    let mut count = 0;
    for (place, mark) in cited
        .iter_mut()
        .zip(marks.iter().filter(|mark| mark.is_some()))
    {
        *place = *mark;
        count += 1;
    }
    let cited = cited.get_mut(..count).unwrap_or_default();
    cited.sort_unstable();
    let mut ids = Vec::with_capacity(count);
    let mut last = None;
    for mark in cited {
        if *mark != last {
            ids.extend(index(*mark).and_then(&find));
        }
        last = *mark;
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::entangled;
    use proptest::prelude::*;
    use tidings_kernel::ContactId;
    use uuid::Uuid;

    const EXPIRY: Micros = 48 * 3_600 * 1_000_000;

    /// The standing of each cell, the events being folded into `groups`.
    fn folded(
        mut groups: Groups,
        events: &[ConsentEvent],
        now: OffsetDateTime,
    ) -> Vec<(usize, Standing)> {
        groups.add(events.iter(), now, EXPIRY).unwrap();
        let standings = groups.finish(micros(now), &InPlace(events));
        let mut cells: Vec<_> = standings
            .into_iter()
            .flat_map(|(cells, standing)| cells.places().map(move |cell| (cell, standing.clone())))
            .collect();
        cells.sort_by_key(|(cell, _)| *cell);
        cells
    }

    /// Each cell by itself.
    fn one_by_one() -> Groups {
        let mut groups = Groups::new();
        for cell in 0..CELLS {
            groups.each(Cells::one(cell), Micros::MIN, |_| {});
        }
        assert_eq!(groups.count, CELLS);
        groups
    }

    proptest! {
        #[test]
        fn a_voice_speaks_once_for_each_cell(
            events in entangled(ContactId::from_uuid(Uuid::nil())),
        ) {
            for event in &events {
                for voice in [Voice::of(event), Voice::of_clarification(event)] {
                    let mut rest = Cells::ALL;
                    for (cells, _) in voice.parts() {
                        prop_assert_eq!(cells.without(rest), Cells::NONE);
                        rest = rest.without(cells);
                    }
                }
            }
        }

        #[test]
        fn cells_that_are_folded_together_come_out_as_if_alone(
            mut events in entangled(ContactId::from_uuid(Uuid::nil())),
        ) {
            events.sort_unstable_by_key(Key::of);
            let last = events
                .last()
                .map_or(OffsetDateTime::UNIX_EPOCH, |event| event.occurred_at);
            let expiry = Duration::microseconds(EXPIRY);
            for now in [last, last - expiry, last + expiry * 2] {
                let together = folded(Groups::new(), &events, now);
                prop_assert_eq!(together.len(), CELLS);
                prop_assert_eq!(together, folded(one_by_one(), &events, now));
            }
        }
    }
}
