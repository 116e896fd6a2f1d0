use tidings_kernel::{Channel, Purpose};
use tidings_quiet_hours::{Ask, Verdict, Zone, judge};
use time::{Duration, OffsetDateTime};

/// How much of the day must be left for a contact to keep its zone.
const ENOUGH: Duration = Duration::hours(3);

/// The zone of demonstration contacts: one in which the day has just begun, so that nothing is deferred
/// to the next morning for as long as possible, whenever somebody tries. It is one of the fixed zones
/// `Etc/GMT+12` to `Etc/GMT-14`; they know no summer time, and among them there is always one where it is
/// between 8 and 9 in the morning.
///
/// `None` only if the tz database has no such zones.
pub(crate) fn zone(now: OffsetDateTime) -> Option<Zone> {
    (-14..=12)
        .filter_map(|west| Zone::parse(&format!("Etc/GMT{west:+}")).ok())
        .max_by_key(|zone| open_for(now, zone))
}

/// Whether a contact may keep its zone.
pub(crate) fn is_daytime(now: OffsetDateTime, zone: &Zone) -> bool {
    is_open(now, zone) && is_open(now + ENOUGH, zone)
}

/// Whole quarters of an hour from now on during which marketing may be sent.
fn open_for(now: OffsetDateTime, zone: &Zone) -> usize {
    (0..96)
        .take_while(|quarter| is_open(now + Duration::minutes(15 * quarter), zone))
        .count()
}

/// Marketing by SMS has the narrowest hours; the rule itself is asked, so that this never disagrees.
fn is_open(at: OffsetDateTime, zone: &Zone) -> bool {
    let ask = Ask {
        margin: Duration::ZERO,
        ..Ask::new(
            Purpose::Marketing,
            Channel::Sms,
            at,
            std::slice::from_ref(zone),
        )
    };
    judge(&ask) == Verdict::Open
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn whatever_the_hour_most_of_a_day_is_left() {
        for quarter in 0..96 {
            let now = datetime!(2026-07-15 00:07 UTC) + Duration::minutes(15 * quarter);
            let zone = zone(now).unwrap();
            assert!(is_daytime(now, &zone), "{now}");
            assert!(open_for(now, &zone) >= 48, "{now}");
        }
    }

    #[test]
    fn a_zone_is_kept_until_its_evening() {
        let utc = Zone::parse("Etc/UTC").unwrap();
        assert!(is_daytime(datetime!(2026-07-15 08:00 UTC), &utc));
        assert!(is_daytime(datetime!(2026-07-15 17:59 UTC), &utc));
        assert!(!is_daytime(datetime!(2026-07-15 18:00 UTC), &utc));
        assert!(!is_daytime(datetime!(2026-07-15 03:00 UTC), &utc));
    }
}
