use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// When automatic opt-outs of one source are too many to be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Thresholds {
    /// Over how long they are counted; whole minutes, at least one.
    pub window: Duration,
    /// So many are always applied.
    pub floor: u32,
    /// Beyond the floor, so many of a thousand sends of the same window.
    pub per_thousand: u32,
}

impl Default for Thresholds {
    /// More than 20, and more than 2 % of the sends, in one hour. A campaign that people dislike loses
    /// well under 2 % in an hour; a code that is misread loses everybody.
    fn default() -> Self {
        Self {
            window: Duration::hours(1),
            floor: 20,
            per_thousand: 20,
        }
    }
}

impl Thresholds {
    /// The most opt-outs that are applied without a person, for so many sends.
    ///
    /// ```rust
    /// use tidings_consent::Thresholds;
    ///
    /// assert_eq!(Thresholds::default().most(100), 20);
    /// assert_eq!(Thresholds::default().most(10_000), 200);
    /// ```
    pub fn most(&self, sends: u64) -> u64 {
        let share = sends.saturating_mul(u64::from(self.per_thousand)) / 1_000;
        share.max(u64::from(self.floor))
    }
}

/// Where an opt-out comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OptOutSource {
    /// The contact's own words or act. Never held.
    Contact,
    /// A provider's code or report.
    Provider,
}

/// What to do with an opt-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Record it.
    Apply,
    /// Keep it for a person, who [releases](Breaker::release) the source or corrects the code. Until
    /// then do not message the contact either: doubt about a stop is no permission.
    Hold {
        /// How many there were in the window, with this one.
        opt_outs: u64,
        /// How many would have been applied.
        most: u64,
    },
}

/// Watches the automatic opt-outs of one source, such as one error code of one provider account, so
/// that one wrong code does not opt out a whole list. It does not reset itself: once it holds, it
/// holds until a person has looked.
///
/// Counts are by the minute; what it keeps is as much as the window has minutes. An adapter stores it
/// as JSON.
///
/// ```rust
/// use tidings_consent::{Breaker, OptOutSource, Ruling, Thresholds};
/// use time::macros::datetime;
///
/// let now = datetime!(2026-03-01 12:00 UTC);
/// let mut code_21610 = Breaker::new(Thresholds::default());
/// code_21610.note_sends(100, now);
/// for _ in 0..20 {
///     assert_eq!(code_21610.ask(OptOutSource::Provider, now), Ruling::Apply);
/// }
/// assert!(matches!(code_21610.ask(OptOutSource::Provider, now), Ruling::Hold { opt_outs: 21, most: 20 }));
/// assert_eq!(code_21610.ask(OptOutSource::Contact, now), Ruling::Apply);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    thresholds: Thresholds,
    /// By minute since 1970.
    minutes: BTreeMap<i64, Counts>,
    holds: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    sends: u64,
    opt_outs: u64,
}

impl Breaker {
    /// One that has seen nothing.
    pub const fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            minutes: BTreeMap::new(),
            holds: false,
        }
    }

    /// Notes messages that went out through the source.
    pub fn note_sends(&mut self, sends: u64, now: OffsetDateTime) {
        let counts = self.at(now);
        counts.sends = counts.sends.saturating_add(sends);
    }

    /// Counts an opt-out and says what to do with it. Those of [`OptOutSource::Contact`] are not
    /// counted and always applied.
    #[must_use]
    pub fn ask(&mut self, source: OptOutSource, now: OffsetDateTime) -> Ruling {
        match source {
            OptOutSource::Contact => return Ruling::Apply,
            OptOutSource::Provider => {}
        }
        let counts = self.at(now);
        counts.opt_outs = counts.opt_outs.saturating_add(1);
        let (mut sends, mut opt_outs) = (0_u64, 0_u64);
        for counts in self.minutes.values() {
            sends = sends.saturating_add(counts.sends);
            opt_outs = opt_outs.saturating_add(counts.opt_outs);
        }
        let most = self.thresholds.most(sends);
        if opt_outs > most {
            self.holds = true;
        }
        if self.holds {
            Ruling::Hold { opt_outs, most }
        } else {
            Ruling::Apply
        }
    }

    /// Whether it holds what comes.
    pub const fn is_holding(&self) -> bool {
        self.holds
    }

    /// A person has looked: it starts anew, and what is held may be applied or dropped.
    pub fn release(&mut self) {
        self.holds = false;
        self.minutes.clear();
    }

    /// The counts of a minute, after what left the window is forgotten. The window ends with the latest
    /// minute seen: a clock that goes back reopens nothing, and what it counts behind the window counts
    /// in its first minute, so that one wrong leap ahead does not switch the watch off.
    fn at(&mut self, now: OffsetDateTime) -> &mut Counts {
        let minute = now.unix_timestamp().div_euclid(60);
        let latest = self
            .minutes
            .last_key_value()
            .map_or(minute, |(last, _)| minute.max(*last));
        let first = latest.saturating_sub(self.thresholds.window.whole_minutes().max(1) - 1);
        if self
            .minutes
            .first_key_value()
            .is_some_and(|(oldest, _)| *oldest < first)
        {
            self.minutes = self.minutes.split_off(&first);
        }
        self.minutes.entry(minute.max(first)).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    fn holds(breaker: &mut Breaker, now: OffsetDateTime) -> bool {
        matches!(
            breaker.ask(OptOutSource::Provider, now),
            Ruling::Hold { .. }
        )
    }

    #[test]
    fn what_left_the_window_does_not_count() {
        let mut breaker = Breaker::new(Thresholds::default());
        for _ in 0..20 {
            assert!(!holds(&mut breaker, NOON));
        }
        assert!(!holds(&mut breaker, NOON + Duration::minutes(60)));
        let mut within = Breaker::new(Thresholds::default());
        for _ in 0..20 {
            assert!(!holds(&mut within, NOON));
        }
        assert!(holds(&mut within, NOON + Duration::minutes(59)));
    }

    #[test]
    fn it_holds_until_a_person_has_looked() {
        let mut breaker = Breaker::new(Thresholds {
            floor: 0,
            ..Thresholds::default()
        });
        assert!(holds(&mut breaker, NOON));
        assert!(holds(&mut breaker, NOON + Duration::days(1)) && breaker.is_holding());
        breaker.release();
        assert!(!breaker.is_holding());
        breaker.note_sends(1_000, NOON);
        assert!(!holds(&mut breaker, NOON));
    }

    #[test]
    fn one_leap_of_the_clock_does_not_switch_the_watch_off() {
        let mut breaker = Breaker::new(Thresholds::default());
        assert!(!holds(&mut breaker, NOON + Duration::days(3_000)));
        for _ in 0..19 {
            assert!(!holds(&mut breaker, NOON));
        }
        assert!(holds(&mut breaker, NOON));
    }

    #[test]
    fn it_survives_storage() {
        let mut breaker = Breaker::new(Thresholds::default());
        breaker.note_sends(7, NOON);
        assert!(!holds(&mut breaker, NOON));
        let json = serde_json::to_string(&breaker).unwrap();
        assert_eq!(serde_json::from_str::<Breaker>(&json).unwrap(), breaker);
    }

    proptest! {
        #[test]
        fn a_contact_s_own_words_are_never_held_and_change_nothing(asks in 0..100_usize, minutes in 0_i64..200) {
            let mut breaker = Breaker::new(Thresholds { floor: 3, ..Thresholds::default() });
            for _ in 0..asks {
                let _ = breaker.ask(OptOutSource::Provider, NOON);
            }
            let before = breaker.clone();
            prop_assert_eq!(breaker.ask(OptOutSource::Contact, NOON + Duration::minutes(minutes)), Ruling::Apply);
            prop_assert_eq!(breaker, before);
        }

        #[test]
        fn no_more_than_the_threshold_is_applied(sends in 0_u64..5_000, asks in 0..300_u64) {
            let thresholds = Thresholds::default();
            let mut breaker = Breaker::new(thresholds);
            breaker.note_sends(sends, NOON);
            let applied = (0..asks).filter(|_| !holds(&mut breaker, NOON)).count() as u64;
            prop_assert_eq!(applied, asks.min(thresholds.most(sends)));
        }

        #[test]
        fn its_size_is_bounded_whatever_the_clock_does(minutes in proptest::collection::vec(-5_000_i64..5_000, 0..300)) {
            let mut breaker = Breaker::new(Thresholds::default());
            for minute in minutes {
                let _ = breaker.ask(OptOutSource::Provider, NOON + Duration::minutes(minute));
                prop_assert!(breaker.minutes.len() <= 60);
            }
        }
    }
}
