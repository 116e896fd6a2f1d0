use crate::{Rule, RuleId, Schedule, Zone};
use time::{Duration, OffsetDateTime};

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
    /// instant. A single rule excludes itself when the zones are too far apart, or when its windows
    /// are not longer than the margin.
    By(Vec<RuleId>),
    /// There is an instant, and it is not before the one at which the message is of no use any more.
    Expired {
        /// The least allowed instant.
        next: OffsetDateTime,
    },
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
    Schedule::new(zones, rules).is_open(at)
}

/// The least instant from `at` to `at + horizon` at which every rule is open in every zone. With a
/// margin before closing, or a deadline: [`Schedule`].
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
    let schedule = Schedule {
        horizon,
        ..Schedule::new(zones, rules)
    };
    schedule.next_open(at)
}

#[cfg(test)]
mod tests;
