//! Laws of a single instant.

use super::{Case, Violation, keep};
use crate::{Interval, Next, QuietHours, Rule, TimeOfDay, Weekly, Which, Zone, instant_of};
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, Weekday};

/// **L50. Half-open.** A daily window that ends on its day is open at its start and a second before
/// its end, closed at its end and a second before its start, where clocks show these once.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn half_open(
    is_open: impl Fn(Case<'_>) -> bool,
    date: Date,
    zone: &Zone,
    window: Interval,
) -> Result<(), Violation> {
    let second = Duration::SECOND;
    let ends = [(window.start(), true), (window.end(), false)];
    if window.end() <= window.start() || window == Interval::WHOLE_DAY {
        return Ok(());
    }
    let rules = [Rule::new("law.half_open", Weekly::daily(window))];
    for (end, is_start) in ends {
        let Some(at) = shown_once(date, end, zone) else {
            continue;
        };
        // 24:00 touches nothing only if nothing starts at 00:00, and the other way round.
        let touches =
            window.start() == TimeOfDay::MIDNIGHT && window.end() == TimeOfDay::END_OF_DAY;
        for (at, expected) in [(at, is_start), (at - second, !is_start)] {
            let case = Case {
                at,
                zones: std::slice::from_ref(zone),
                rules: &rules,
            };
            keep("L50", touches || is_open(case) == expected, || {
                format!("{window} in {zone} at {at}: open is not {expected}")
            })?;
        }
    }
    Ok(())
}

/// The instant of a local time that clocks show exactly once, with no change within a minute before.
fn shown_once(date: Date, time: TimeOfDay, zone: &Zone) -> Option<OffsetDateTime> {
    let (date, time) = match time {
        TimeOfDay::END_OF_DAY => (date.next_day()?, Time::MIDNIGHT),
        other => (date, wall(other)?),
    };
    let first = instant_of(date, time, zone, Which::NotBefore)?;
    let last = instant_of(date, time, zone, Which::NotAfter)?;
    let before = first - Duration::SECOND;
    let local = PrimitiveDateTime::new(date, time);
    (first == last
        && zone.local(first) == Some(local)
        && zone.local(before) == local.checked_sub(Duration::SECOND))
    .then_some(first)
}

fn wall(time: TimeOfDay) -> Option<Time> {
    let hour = u8::try_from(time.minutes() / 60).ok()?;
    let minute = u8::try_from(time.minutes() % 60).ok()?;
    Time::from_hms(hour, minute, 0).ok()
}

/// **L51. Complement.** At every instant exactly one holds: quiet hours are open, or the wall clock is
/// within them.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn quiet_is_the_complement(
    is_open: impl Fn(Case<'_>) -> bool,
    at: OffsetDateTime,
    zone: &Zone,
    quiet: QuietHours,
) -> Result<(), Violation> {
    let Some(local) = zone.local(at) else {
        return Ok(());
    };
    let now = u16::from(local.hour()) * 60 + u16::from(local.minute());
    let (start, end) = (quiet.start.minutes(), quiet.end.minutes());
    let is_quiet = if start <= end {
        (start..end).contains(&now)
    } else {
        now >= start || now < end
    };
    let rules = [quiet.rule()];
    let case = Case {
        at,
        zones: std::slice::from_ref(zone),
        rules: &rules,
    };
    keep("L51", is_open(case) != is_quiet, || {
        format!("quiet from {start} to {end}, minute {now} in {zone} at {at}")
    })
}

/// **L52. Gap.** A daily window whose start is skipped opens at the first instant after the gap if it
/// reaches beyond it, else not on that date.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn gap_opens_at_its_end(
    next: impl Fn(Case<'_>) -> Next,
    date: Date,
    zone: &Zone,
    window: Interval,
) -> Result<(), Violation> {
    let gap = wall(window.start())
        .and_then(|start| Some((start, instant_of(date, start, zone, Which::NotBefore)?)));
    let Some((start, end_of_gap)) = gap else {
        return Ok(());
    };
    let Some(shown) = zone.local(end_of_gap) else {
        return Ok(());
    };
    let minutes =
        |shown: PrimitiveDateTime| u16::from(shown.hour()) * 60 + u16::from(shown.minute());
    // The window of the day before may reach up to the gap: then nothing opens at its end.
    let is_open_before = zone
        .local(end_of_gap - Duration::SECOND)
        .is_some_and(|before| {
            (window.start().minutes()..window.end().minutes()).contains(&minutes(before))
        });
    if shown == PrimitiveDateTime::new(date, start)
        || window.end() <= window.start()
        || is_open_before
    {
        return Ok(());
    }
    let reaches = shown.date() == date && minutes(shown) < window.end().minutes();
    let rules = [Rule::new("law.gap", Weekly::daily(window))];
    let found = next(Case {
        at: end_of_gap - Duration::SECOND,
        zones: std::slice::from_ref(zone),
        rules: &rules,
    });
    let is_kept = match &found {
        Next::At(found) if reaches => *found == end_of_gap,
        Next::At(found) => zone.local(*found).is_some_and(|local| local.date() > date),
        Next::Never(_) => false,
    };
    keep("L52", is_kept, || {
        format!("{window} in {zone} on {date}, where clocks jump to {shown}: {found:?}")
    })
}

/// **L53. Fold.** Both passes of a repeated local time give the same answer.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn both_passes_alike(
    is_open: impl Fn(Case<'_>) -> bool,
    date: Date,
    time: Time,
    zone: &Zone,
    rules: &[Rule],
) -> Result<(), Violation> {
    // A rule with a clock of its own goes on while this one repeats.
    if rules.iter().any(|rule| rule.zone.is_some()) {
        return Ok(());
    }
    let zones = std::slice::from_ref(zone);
    let pass = |which| {
        let at = instant_of(date, time, zone, which)?;
        Some(is_open(Case { at, zones, rules }))
    };
    let (first, last) = (pass(Which::NotBefore), pass(Which::NotAfter));
    keep("L53", first == last, || {
        format!("{date} {time} in {zone}: first {first:?}, last {last:?} by {rules:?}")
    })
}

/// **L54. Over midnight.** A window over midnight is the union of its evening on its weekday and its
/// morning on the next.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn over_midnight(
    is_open: impl Fn(Case<'_>) -> bool,
    at: OffsetDateTime,
    zones: &[Zone],
    weekday: Weekday,
    window: Interval,
) -> Result<(), Violation> {
    let ends = (
        Interval::new(window.start(), TimeOfDay::END_OF_DAY),
        Interval::new(TimeOfDay::MIDNIGHT, window.end()),
    );
    let (Ok(evening), Ok(morning)) = ends else {
        return Ok(());
    };
    if window.end() > window.start() || window.end() == TimeOfDay::MIDNIGHT {
        return Ok(());
    }
    let over = [Rule::new(
        "law.over",
        Weekly::closed().on([weekday], window),
    )];
    let both = Weekly::closed()
        .on([weekday], evening)
        .on([weekday.next()], morning);
    let two = [Rule::new("law.two", both)];
    let ask = |rules| is_open(Case { at, zones, rules });
    keep("L54", ask(&over) == ask(&two), || {
        format!("{window} on {weekday} at {at} in {zones:?}")
    })
}

/// **L61. Preference only narrows.** What is open with the contact's or the tenant's hours is open by
/// the law's alone.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn preference_only_narrows(
    is_open: impl Fn(Case<'_>) -> bool,
    lawful: Case<'_>,
    preferences: &[Rule],
) -> Result<(), Violation> {
    let narrowed = is_open(Case {
        rules: &[lawful.rules, preferences].concat(),
        ..lawful
    });
    keep("L61", !narrowed || is_open(lawful), || {
        format!("{lawful:?} is open only with {preferences:?}")
    })
}

/// **L64. Local holidays.** Closing a date closes exactly the instants whose local date it is in some
/// zone, and what runs over midnight from it or into it.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn closed_date_closes_it_and_its_tail(
    is_open: impl Fn(Case<'_>) -> bool,
    at: OffsetDateTime,
    zones: &[Zone],
    windows: &Weekly,
    date: Date,
) -> Result<(), Violation> {
    let ask = |rule: Rule| {
        let rules = &[rule];
        is_open(Case { at, zones, rules })
    };
    let before = ask(Rule::new("law.closed_date", windows.clone()));
    let after = ask(Rule::new("law.closed_date", windows.clone()).closed_on([date]));
    let is_touched = zones.iter().filter_map(|zone| zone.local(at)).any(|local| {
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        let starts_here = |one: &Interval| {
            let end = if one.end() > one.start() {
                one.end()
            } else {
                TimeOfDay::END_OF_DAY
            };
            (one.start().minutes()..end.minutes()).contains(&minute)
        };
        let day_after = date.next_day() == Some(local.date());
        local.date() == date
            || (day_after && !windows.intervals(local.weekday()).iter().any(starts_here))
    });
    keep("L64", after == (before && !is_touched), || {
        format!("{windows:?} without {date} at {at} in {zones:?}: {before}, then {after}")
    })
}

/// **M1. Margin.** What is open with a margin stays open without one until the margin is over.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn margin_is_kept(
    is_open_with: impl Fn(Case<'_>, Duration) -> bool,
    case: Case<'_>,
    margin: Duration,
) -> Result<(), Violation> {
    if !is_open_with(case, margin) {
        return Ok(());
    }
    let halves = [Duration::ZERO, margin / 2, margin];
    let closed = halves.into_iter().find(|after| {
        let at = case.at + *after;
        !is_open_with(Case { at, ..case }, Duration::ZERO)
    });
    keep("M1", closed.is_none(), || {
        format!("{case:?} is open with a margin of {margin}, and closed {closed:?} later")
    })
}

#[cfg(test)]
mod tests;
