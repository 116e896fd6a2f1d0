//! Laws of where and when a contact is.

use super::{Violation, keep};
use crate::{Evidence, Resolved, Which, Zone};
use std::collections::BTreeSet;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

/// **L63. Scheduling in the recipient's zone.** The wall clock reads the requested time at the planned
/// instant, and at no earlier one for a start, no later one for a deadline; in a gap the instant is the
/// first after it.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn local_time_is_kept(
    instant_of: impl Fn(Date, Time, &Zone, Which) -> Option<OffsetDateTime>,
    date: Date,
    time: Time,
    zone: &Zone,
    which: Which,
) -> Result<(), Violation> {
    let wanted = PrimitiveDateTime::new(date, time);
    let Some(planned) = instant_of(date, time, zone, which) else {
        return keep("L63", zone.local(wanted.assume_utc()).is_none(), || {
            format!("{wanted} in {zone} has no instant")
        });
    };
    let shown = zone.local(planned);
    let is_kept = if shown == Some(wanted) {
        // Another pass, if there is one, is at most a day away, and a multiple of 15 minutes.
        let mut others = (1..=96).map(|quarter| Duration::minutes(15 * quarter));
        !others.any(|by| {
            let other = match which {
                Which::NotBefore => planned.checked_sub(by),
                Which::NotAfter => planned.checked_add(by),
            };
            other.is_some_and(|other| zone.local(other) == Some(wanted))
        })
    } else {
        // A second before, the clock had not come to it; now it is past it.
        let before = planned
            .checked_sub(Duration::SECOND)
            .and_then(|before| zone.local(before));
        shown > Some(wanted) && before < Some(wanted)
    };
    keep("L63", is_kept, || {
        format!("{wanted} in {zone}, {which:?}, is {planned}, where the clock shows {shown:?}")
    })
}

/// **P6. Evidence only narrows or replaces.** There are zones as soon as some evidence has one, and
/// only such as some evidence has. One more piece leaves the set, or makes it smaller, or replaces it
/// by what at least as strong and as late a piece says; equally strong and late ones are joined. The
/// order is irrelevant.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn evidence_only_narrows_or_replaces(
    resolve: impl Fn(&[Evidence]) -> Resolved,
    evidence: &[Evidence],
    more: &Evidence,
) -> Result<(), Violation> {
    let set = |resolved: &Resolved| -> BTreeSet<Zone> { resolved.zones.iter().cloned().collect() };
    let mut all = evidence.to_vec();
    let before = resolve(&all);
    all.push(more.clone());
    let after = resolve(&all);
    let told: BTreeSet<Zone> = all.iter().flat_map(|one| one.zones.clone()).collect();
    let report = || format!("{evidence:?} gives {before:?}, and {more:?} makes it {after:?}");
    keep(
        "P6",
        after.zones.is_empty() == told.is_empty() && set(&after).is_subset(&told),
        report,
    )?;
    let rank = |resolved: &Resolved| resolved.source.zip(resolved.as_of);
    let new = Some((more.source, more.as_of));
    let said: BTreeSet<Zone> = more.zones.iter().cloned().collect();
    let is_kept = set(&after).is_subset(&set(&before))
        || (rank(&before) < new && set(&after) == said)
        || (rank(&before) == new && set(&after) == &set(&before) | &said);
    keep("P6", is_kept && rank(&after) >= rank(&before), report)?;
    all.reverse();
    keep("P6", resolve(&all) == after, report)
}

#[cfg(test)]
mod tests;
