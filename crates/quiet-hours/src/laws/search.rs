//! Laws of the next allowed instant.

use super::{Case, Violation, at_most, instant, keep};
use crate::{Excluded, Interval, Next, Rule, TimeOfDay, Weekly, Zone};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// **L43. Not earlier, inside.** The answer is not before the question, and everything is open then.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn not_earlier_and_inside(
    next: impl Fn(Case<'_>) -> Next,
    is_open: impl Fn(Case<'_>) -> bool,
    case: Case<'_>,
) -> Result<(), Violation> {
    let found = next(case);
    let is_kept = instant(&found).is_none_or(|at| at >= case.at && is_open(Case { at, ..case }));
    keep("L43", is_kept, || format!("{case:?} gives {found:?}"))
}

/// **L44. Least.** No instant between the question and the answer is open: looked at are the question
/// itself and every whole minute up to the answer, or up to `horizon` if there is none.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn least(
    next: impl Fn(Case<'_>) -> Next,
    is_open: impl Fn(Case<'_>) -> bool,
    case: Case<'_>,
    horizon: Duration,
) -> Result<(), Violation> {
    let found = next(case);
    let end = instant(&found).unwrap_or(case.at + horizon);
    let missed = minutes(case.at, end).find(|at| is_open(Case { at: *at, ..case }));
    keep("L44", missed.is_none(), || {
        format!("{case:?} gives {found:?}, and {missed:?} is open")
    })
}

/// An instant, and the whole minutes after it, before `end`.
fn minutes(at: OffsetDateTime, end: OffsetDateTime) -> impl Iterator<Item = OffsetDateTime> {
    let into = i64::from(at.second()) * 1_000_000_000 + i64::from(at.nanosecond());
    let first = at + Duration::minutes(1) - Duration::nanoseconds(into);
    let whole = std::iter::successors(Some(first), |minute| {
        minute.checked_add(Duration::minutes(1))
    });
    std::iter::once(at)
        .chain(whole)
        .take_while(move |minute| *minute < end)
}

/// **L45. Fixed point.** Open now is the same as next allowed now, and asking at the answer gives the
/// answer.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn fixed_point(
    next: impl Fn(Case<'_>) -> Next,
    is_open: impl Fn(Case<'_>) -> bool,
    case: Case<'_>,
) -> Result<(), Violation> {
    let found = next(case);
    keep(
        "L45",
        is_open(case) == (instant(&found) == Some(case.at)),
        || {
            format!(
                "{case:?} gives {found:?}, and open now is {}",
                is_open(case)
            )
        },
    )?;
    let Some(at) = instant(&found) else {
        return Ok(());
    };
    let again = next(Case { at, ..case });
    keep("L45", again == found, || {
        format!("{case:?} gives {found:?}, and asked then {again:?}")
    })
}

/// **L46. Monotone.** Who asks later is not allowed earlier. The horizon moves with the question, so
/// an answer that the earlier question could not see, beyond `horizon`, does not count.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn monotone(
    next: impl Fn(Case<'_>) -> Next,
    case: Case<'_>,
    later: Duration,
    horizon: Duration,
) -> Result<(), Violation> {
    let asked = case.at + later.max(Duration::ZERO);
    let first = next(case);
    let second = next(Case { at: asked, ..case });
    let in_sight = instant(&second).filter(|second| *second <= case.at + horizon);
    let is_kept = match instant(&first) {
        Some(_) => at_most(instant(&first), instant(&second)),
        None => in_sight.is_none(),
    };
    keep("L46", is_kept, || {
        format!("{case:?} gives {first:?}, and {later} later {second:?}")
    })
}

/// **L47. More zones, later.** A further zone never makes it earlier.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn more_zones_later(
    next: impl Fn(Case<'_>) -> Next,
    case: Case<'_>,
    more: &Zone,
) -> Result<(), Violation> {
    // No zone at all is no smaller set: nothing is known then.
    if case.zones.is_empty() {
        return Ok(());
    }
    let zones: Vec<Zone> = case.zones.iter().chain([more]).cloned().collect();
    let before = next(case);
    let after = next(Case {
        zones: &zones,
        ..case
    });
    keep("L47", at_most(instant(&before), instant(&after)), || {
        format!("{case:?} gives {before:?}, and with {more} {after:?}")
    })
}

/// **L48. More rules, later.** A further rule, a closed day or a preference never makes it earlier.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn more_rules_later(
    next: impl Fn(Case<'_>) -> Next,
    case: Case<'_>,
    more: &Rule,
) -> Result<(), Violation> {
    let rules: Vec<Rule> = case.rules.iter().chain([more]).cloned().collect();
    let before = next(case);
    let after = next(Case {
        rules: &rules,
        ..case
    });
    keep("L48", at_most(instant(&before), instant(&after)), || {
        format!("{case:?} gives {before:?}, and with {more:?} {after:?}")
    })
}

/// **L49. Zone order irrelevant.** The order of zones and rules, and naming a zone twice, changes
/// nothing.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn zone_order_is_irrelevant(
    next: impl Fn(Case<'_>) -> Next,
    case: Case<'_>,
) -> Result<(), Violation> {
    let found = instant(&next(case));
    let zones: Vec<Zone> = case.zones.iter().rev().chain(case.zones).cloned().collect();
    let rules: Vec<Rule> = case.rules.iter().rev().cloned().collect();
    let turned = instant(&next(Case {
        at: case.at,
        zones: &zones,
        rules: &rules,
    }));
    keep("L49", found == turned, || {
        format!("{case:?} gives {found:?}, turned around {turned:?}")
    })
}

/// **L49. Aliases are irrelevant.** Two names of one clock give the same answer, alone and together.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn alias_is_the_same_clock(
    next: impl Fn(Case<'_>) -> Next,
    case: Case<'_>,
    alias: [&Zone; 2],
) -> Result<(), Violation> {
    let names = alias.map(Zone::name).join(" and ");
    let [one, other] = alias.map(|zone| vec![zone.clone()]);
    let both = [one.clone(), other.clone()].concat();
    let [one, other, both] = [one, other, both].map(|zones| {
        let zones = &zones;
        next(Case { zones, ..case })
    });
    keep("L49", one == other && one == both, || {
        format!("{names}: {case:?} gives {one:?}, {other:?}, and {both:?} as both")
    })
}

/// **L55. Whole day.** Open from 00:00 to 24:00 every day is open at every instant in every zone.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn whole_day(next: impl Fn(Case<'_>) -> Next, case: Case<'_>) -> Result<(), Violation> {
    let rules = [Rule::new("law.whole_day", Weekly::open())];
    let found = next(Case {
        rules: &rules,
        ..case
    });
    let is_kept = case.zones.is_empty() || instant(&found) == Some(case.at);
    keep("L55", is_kept, || format!("{case:?} gives {found:?}"))
}

/// **L56. Empty.** What is never open is never "now", and the rules that exclude each other are named:
/// they alone leave nothing, and without any one of them there is an instant.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn conflict_is_named(next: impl Fn(Case<'_>) -> Next, case: Case<'_>) -> Result<(), Violation> {
    let closed = Rule::new("law.closed", Weekly::closed());
    let found = next(Case {
        rules: &[case.rules, &[closed]].concat(),
        ..case
    });
    keep("L56", instant(&found).is_none(), || {
        format!("{case:?} with a rule that is never open gives {found:?}")
    })?;
    let found = next(case);
    let Next::Never(Excluded::By(ids)) = &found else {
        return Ok(());
    };
    let named: BTreeSet<&str> = ids.iter().map(AsRef::as_ref).collect();
    let of = |left_out: Option<&str>| -> Vec<Rule> {
        let rules = case.rules.iter();
        rules
            .filter(|rule| named.contains(rule.id.as_ref()) && Some(rule.id.as_ref()) != left_out)
            .cloned()
            .collect()
    };
    let is_never = |rules: Vec<Rule>| {
        let rules = &rules;
        instant(&next(Case { rules, ..case })).is_none()
    };
    let is_kept = !named.is_empty()
        && is_never(of(None))
        // Rules of one name cannot be told apart.
        && (named.len() < ids.len() || !named.iter().any(|id| is_never(of(Some(id)))));
    keep("L56", is_kept, || format!("{case:?} gives {found:?}"))
}

/// **L57. Shift.** In a zone without changes, moving a daily window and the question by the same
/// minutes moves the answer by as much.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn shift(
    next: impl Fn(Case<'_>) -> Next,
    at: OffsetDateTime,
    fixed: &Zone,
    window: Interval,
    minutes: u16,
) -> Result<(), Violation> {
    let moved = |time: TimeOfDay| {
        let minutes = (u32::from(time.minutes()) + u32::from(minutes)) % 1_440;
        u16::try_from(minutes)
            .ok()
            .and_then(TimeOfDay::from_minutes)
    };
    let (Some(start), Some(end)) = (moved(window.start()), moved(window.end())) else {
        return Ok(());
    };
    let Ok(there) = Interval::new(start, end) else {
        return Ok(());
    };
    let ask = |at, window| {
        let rules = [Rule::new("law.shift", Weekly::daily(window))];
        let zones = std::slice::from_ref(fixed);
        instant(&next(Case {
            at,
            zones,
            rules: &rules,
        }))
    };
    let by = Duration::minutes(i64::from(minutes));
    let (here, shifted) = (ask(at, window), ask(at + by, there));
    keep("L57", here.map(|here| here + by) == shifted, || {
        format!("{window} at {at} in {fixed} gives {here:?}, {minutes} minutes later {shifted:?}")
    })
}

/// **L58. Database honesty.** Every zone names the version of its database, and zones of one version
/// give one answer. `again` are the same zones, looked up once more.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn same_database_same_answer(
    next: impl Fn(Case<'_>) -> Next,
    case: Case<'_>,
    again: &[Zone],
) -> Result<(), Violation> {
    let versions = |zones: &[Zone]| -> Vec<String> {
        let each = zones.iter();
        each.map(|zone| format!("{zone} {}", zone.tzdb_version()))
            .collect()
    };
    keep(
        "L58",
        case.zones
            .iter()
            .all(|zone| !zone.tzdb_version().is_empty()),
        || format!("{case:?} has a zone of no version"),
    )?;
    if versions(case.zones) != versions(again) {
        return Ok(());
    }
    let first = next(case);
    let second = next(Case {
        zones: again,
        ..case
    });
    keep("L58", first == second, || {
        format!("{case:?} gives {first:?}, asked again {second:?}")
    })
}

#[cfg(test)]
mod tests;
