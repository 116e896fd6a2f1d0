use crate::{Zone, clock::Stretch};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

/// What a local time means where clocks show it twice, and across zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// A start: the first pass of a repeated time, the last of several zones.
    NotBefore,
    /// A deadline: the last pass of a repeated time, the first of several zones.
    NotAfter,
}

/// The instant at which a zone's clock shows `time` on `date`. In a skipped hour the end of the gap,
/// which is the first instant after it. `None` only outside the years that the database can tell.
///
/// ```rust
/// use tidings_quiet_hours::{Which, Zone, instant_of};
/// use time::macros::{date, datetime, time};
///
/// let zone = Zone::parse("America/New_York")?;
/// let skipped = instant_of(date!(2026-03-08), time!(02:30), &zone, Which::NotBefore);
/// assert_eq!(skipped, Some(datetime!(2026-03-08 07:00 UTC))); // 03:00, not 03:30
/// let first = instant_of(date!(2026-11-01), time!(01:30), &zone, Which::NotBefore);
/// assert_eq!(first, Some(datetime!(2026-11-01 05:30 UTC)));
/// let last = instant_of(date!(2026-11-01), time!(01:30), &zone, Which::NotAfter);
/// assert_eq!(last, Some(datetime!(2026-11-01 06:30 UTC)));
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
pub fn instant_of(date: Date, time: Time, zone: &Zone, which: Which) -> Option<OffsetDateTime> {
    let local = PrimitiveDateTime::new(date, time).assume_utc();
    let second = find(local.unix_timestamp(), zone, which)?;
    let nanos = i128::from(local.nanosecond());
    match second {
        Found::Shown(second) => {
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(second) * 1_000_000_000 + nanos)
                .ok()
        }
        Found::Gap(end) => OffsetDateTime::from_unix_timestamp(end).ok(),
    }
}

/// The same for a contact who may be in any of these zones: a start is not before `time` in any of
/// them, a deadline not after it. `None` if there is no zone.
///
/// ```rust
/// use tidings_quiet_hours::{Which, Zone, instant_in_all};
/// use time::macros::{date, datetime, time};
///
/// let zones = [Zone::parse("America/New_York")?, Zone::parse("America/Chicago")?];
/// let (date, nine) = (date!(2026-07-15), time!(09:00));
/// let start = instant_in_all(date, nine, &zones, Which::NotBefore);
/// assert_eq!(start, Some(datetime!(2026-07-15 14:00 UTC))); // 09:00 in Chicago
/// let deadline = instant_in_all(date, nine, &zones, Which::NotAfter);
/// assert_eq!(deadline, Some(datetime!(2026-07-15 13:00 UTC))); // 09:00 in New York
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
pub fn instant_in_all(
    date: Date,
    time: Time,
    zones: &[Zone],
    which: Which,
) -> Option<OffsetDateTime> {
    let mut all = zones.iter().map(|zone| instant_of(date, time, zone, which));
    let first = all.next()??;
    all.try_fold(first, |found, next| {
        next.map(|next| match which {
            Which::NotBefore => found.max(next),
            Which::NotAfter => found.min(next),
        })
    })
}

enum Found {
    Shown(i64),
    Gap(i64),
}

/// No clock is further from UTC, and no change is greater.
const REACH: i64 = 36 * 3_600;

fn find(local: i64, zone: &Zone, which: Which) -> Option<Found> {
    let mut at = local.checked_sub(REACH)?;
    let until = local.checked_add(REACH)?;
    let mut shown = None;
    let mut gap = None;
    while at <= until {
        let Stretch { offset, end } = zone.stretch(at)?;
        let candidate = local - offset;
        if candidate >= at && candidate < end {
            match which {
                Which::NotBefore => return Some(Found::Shown(candidate)),
                Which::NotAfter => shown = Some(Found::Shown(candidate)),
            }
        } else if candidate < at && gap.is_none() {
            // The clock jumped over it when this stretch began.
            gap = Some(Found::Gap(at));
        }
        at = end;
    }
    shown.or(gap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime, time};

    #[test]
    fn a_day_that_never_was_begins_with_the_next() {
        let apia = Zone::parse("Pacific/Apia").unwrap();
        for which in [Which::NotBefore, Which::NotAfter] {
            assert_eq!(
                instant_of(date!(2011 - 12 - 30), time!(12:00), &apia, which),
                Some(datetime!(2011-12-30 10:00 UTC))
            );
        }
    }

    #[test]
    fn fractions_are_kept_where_the_time_exists() {
        let zone = Zone::parse("Asia/Kathmandu").unwrap();
        assert_eq!(
            instant_of(
                date!(2026 - 01 - 10),
                time!(08:00:00.5),
                &zone,
                Which::NotBefore
            ),
            Some(datetime!(2026-01-10 02:15:00.5 UTC))
        );
    }

    #[test]
    fn the_ends_of_time_and_no_zone_have_no_instant() {
        let zone = Zone::parse("UTC").unwrap();
        assert_eq!(
            instant_of(Date::MIN, Time::MIDNIGHT, &zone, Which::NotBefore),
            None
        );
        let last = instant_of(Date::MAX, Time::MIDNIGHT, &zone, Which::NotAfter);
        assert_eq!(last, Some(datetime!(9999-12-31 0:00 UTC)));
        let honolulu = Zone::parse("Pacific/Honolulu").unwrap();
        assert_eq!(
            instant_of(Date::MAX, time!(23:00), &honolulu, Which::NotAfter),
            None
        );
        let date = date!(2026 - 01 - 10);
        assert_eq!(
            instant_in_all(date, Time::MIDNIGHT, &[], Which::NotAfter),
            None
        );
    }
}
