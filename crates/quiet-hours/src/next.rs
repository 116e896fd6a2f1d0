use crate::{Rule, RuleId, Zone};
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// How far ahead [`next_allowed`] is asked to look by default.
pub const HORIZON: Duration = Duration::days(15);

/// When something may happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// At this instant, in UTC; the asked one itself if it is allowed.
    At(OffsetDateTime),
    /// Not before the horizon. Never to be read as "now".
    Never(Excluded),
}

/// Why there is no allowed instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excluded {
    /// There are rules, and no zone is known to judge them in.
    NoZone,
    /// These rules exclude each other in the zones given; without any one of them there would be an
    /// instant. A single rule excludes itself when the zones are too far apart.
    By(Vec<RuleId>),
}

/// Whether every rule is open at `at` in every zone.
///
/// Judged by wall clocks: both passes of a repeated hour are alike, a skipped time never comes.
/// Without rules everything is allowed; with rules and no zone nothing is.
///
/// ```rust
/// use tidings_quiet_hours::{Rule, Zone, allowed};
/// use time::macros::datetime;
///
/// let zones = [Zone::parse("America/New_York")?, Zone::parse("America/Chicago")?];
/// let rules = [Rule::daytime()];
/// assert!(!allowed(datetime!(2026-07-15 12:00 UTC), &zones, &rules)); // 08:00 and 07:00
/// assert!(allowed(datetime!(2026-07-15 13:00 UTC), &zones, &rules)); // 09:00 and 08:00
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
pub fn allowed(at: OffsetDateTime, zones: &[Zone], rules: &[Rule]) -> bool {
    rules.is_empty()
        || (!zones.is_empty()
            && zones
                .iter()
                .all(|zone| rules.iter().all(|rule| is_open(at, zone, rule))))
}

/// The least instant from `at` to `at + horizon` at which every rule is open in every zone.
///
/// ```rust
/// use tidings_quiet_hours::{HORIZON, Next, Rule, Zone, next_allowed};
/// use time::macros::datetime;
///
/// // 08:00 comes an hour later on the day on which clocks go forward at night.
/// let zones = [Zone::parse("America/New_York")?];
/// let next = next_allowed(datetime!(2026-03-08 04:30 UTC), &zones, &[Rule::daytime()], HORIZON);
/// assert_eq!(next, Next::At(datetime!(2026-03-08 12:00 UTC)));
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
pub fn next_allowed(at: OffsetDateTime, zones: &[Zone], rules: &[Rule], horizon: Duration) -> Next {
    let at = at.to_offset(UtcOffset::UTC);
    if rules.is_empty() {
        return Next::At(at);
    }
    if zones.is_empty() {
        return Next::Never(Excluded::NoZone);
    }
    // Aliases stay; they cost time, and change nothing.
    let mut distinct: Vec<&Zone> = zones.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let rules: Vec<&Rule> = rules.iter().collect();
    match search(at, &distinct, &rules, horizon) {
        Some(next) => Next::At(next),
        None => Next::Never(Excluded::By(conflict(at, &distinct, rules, horizon))),
    }
}

/// Leaps from rule to rule: each moves the instant to where it opens next, until none moves it.
fn search(
    at: OffsetDateTime,
    zones: &[&Zone],
    rules: &[&Rule],
    horizon: Duration,
) -> Option<OffsetDateTime> {
    let limit = at.checked_add(horizon)?;
    let pairs = || {
        zones
            .iter()
            .flat_map(|zone| rules.iter().map(move |rule| (*zone, *rule)))
    };
    let mut next = at;
    loop {
        let before = next;
        for (zone, rule) in pairs() {
            next = opens(next, zone, rule, limit)?;
        }
        if next == before {
            return Some(next);
        }
    }
}

/// The least set of rules that still leaves nothing, found by leaving out one after the other.
fn conflict(
    at: OffsetDateTime,
    zones: &[&Zone],
    mut rules: Vec<&Rule>,
    horizon: Duration,
) -> Vec<RuleId> {
    let mut place = 0;
    while place < rules.len() {
        let left_out = rules.remove(place);
        if search(at, zones, &rules, horizon).is_some() {
            rules.insert(place, left_out);
            place += 1;
        }
    }
    rules.into_iter().map(|rule| rule.id.clone()).collect()
}

pub(crate) fn is_open(at: OffsetDateTime, zone: &Zone, rule: &Rule) -> bool {
    zone.stretch(at)
        .and_then(|stretch| at.checked_to_offset(stretch.offset))
        .is_some_and(|local| rule.is_open(local.date(), minute(local)))
}

/// The least instant from `at` to `limit` at which one rule is open in one zone. Between two changes
/// of the offset the wall clock runs evenly, so the next window can be computed; at a change the
/// search starts anew.
fn opens(
    at: OffsetDateTime,
    zone: &Zone,
    rule: &Rule,
    limit: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let mut at = at;
    while at <= limit {
        let stretch = zone.stretch(at)?;
        let local = at.checked_to_offset(stretch.offset)?;
        if rule.is_open(local.date(), minute(local)) {
            return Some(at);
        }
        let end = zone.end_of(&stretch);
        let last = end
            .map_or(limit, |end| end.min(limit))
            .checked_to_offset(stretch.offset)?;
        // The present minute is closed, and all its seconds are alike.
        let opening = rule
            .opens_from(local.date(), minute(local) + 1, last.date())
            .and_then(|(date, minute)| instant(date, minute, stretch.offset))
            .filter(|opening| *opening <= limit && end.is_none_or(|end| *opening < end));
        if opening.is_some() {
            return opening;
        }
        at = end?;
    }
    None
}

fn minute(local: OffsetDateTime) -> u16 {
    u16::from(local.hour()) * 60 + u16::from(local.minute())
}

fn instant(date: Date, minute: u16, offset: UtcOffset) -> Option<OffsetDateTime> {
    let hour = u8::try_from(minute / 60).ok()?;
    let minute = u8::try_from(minute % 60).ok()?;
    let time = Time::from_hms(hour, minute, 0).ok()?;
    PrimitiveDateTime::new(date, time)
        .assume_offset(offset)
        .checked_to_offset(UtcOffset::UTC)
}

#[cfg(test)]
mod tests;
