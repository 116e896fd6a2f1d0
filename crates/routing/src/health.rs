//! How well a way works: a circuit breaker, and a weight that is lost gradually and healed slowly.

use crate::vitals::{Calls, ENOUGH, TRIP, Vitals, WHOLE};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// Whether messages may go a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Circuit {
    /// They may.
    Closed,
    /// They may not: too many calls failed.
    Open {
        /// When the provider is probed.
        until: OffsetDateTime,
    },
    /// A few may, to see whether it works again.
    HalfOpen,
    /// They may not: the provider has refused the account itself.
    Out {
        /// When the provider is probed.
        until: OffsetDateTime,
    },
}

impl Circuit {
    /// The word in tables and API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half_open",
            Self::Out { .. } => "out",
        }
    }
}

/// What was seen of a way, in two looks: a long one that few calls are enough for, and a short one that sees at once
/// when a busy way dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// The last minute, or since the circuit changed if that is shorter.
    pub recent: Vitals,
    /// The last few seconds, or since the circuit changed.
    pub latest: Calls,
}

/// The ways that could stand in for one: what is as bad everywhere is no reason to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Others {
    /// The best of their rates of delivery, if one is known.
    pub delivery: Option<u16>,
    /// The least of their rates of faults in the last few seconds; `None` if there is no other way.
    pub faults: Option<u16>,
}

impl Others {
    /// Whether one of them is the better way, where this one is failing.
    fn are_better(self, latest: Calls) -> bool {
        let is_worse = |faults: u16| latest.fault_rate() > faults.saturating_add(LAG);
        latest.are_failing() && self.faults.is_some_and(is_worse)
    }
}

/// How well a way works, as all workers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Whether messages may go it.
    pub circuit: Circuit,
    /// Since when.
    pub since: OffsetDateTime,
    /// How often the circuit has opened without closing for good; each makes the next pause longer.
    pub trips: u8,
    /// The thousandths of its messages that it gets while the circuit is closed.
    pub weight: u16,
}

/// Up to this rate of faults nothing is lost.
const TOLERATED: u16 = 50;
/// The share of messages that try a way out again.
const TRIAL: u16 = 50;
/// So many calls that are answered close the circuit again.
const RECOVERED: u32 = 5;
/// By how much a weight heals with each judgement.
const HEALING: u16 = 50;
/// How much worse than the best a rate may be before that is a reason to leave.
const LAG: u16 = 100;
/// The first pause, and the longest.
const PAUSE: Duration = Duration::seconds(10);
const LONGEST_PAUSE: Duration = Duration::minutes(10);
/// How long an account that was refused is left alone before it is probed.
const OUT_FOR: Duration = Duration::MINUTE;

impl Health {
    /// Of a way that nobody has used yet.
    pub const fn new(now: OffsetDateTime) -> Self {
        Self {
            circuit: Circuit::Closed,
            since: now,
            trips: 0,
            weight: WHOLE,
        }
    }

    /// The thousandths of its messages that a way gets now.
    pub const fn share(&self) -> u16 {
        match self.circuit {
            Circuit::Closed => self.weight,
            Circuit::HalfOpen => TRIAL,
            Circuit::Open { .. } | Circuit::Out { .. } => 0,
        }
    }

    /// When the provider should be probed, if messages may not go there.
    pub const fn probe_at(&self) -> Option<OffsetDateTime> {
        match self.circuit {
            Circuit::Open { until } | Circuit::Out { until } => Some(until),
            Circuit::Closed | Circuit::HalfOpen => None,
        }
    }

    /// What follows from what was seen, in view of the ways that could stand in for this one.
    #[must_use]
    pub fn judge(&self, seen: &Seen, others: &Others, now: OffsetDateTime) -> Self {
        let recent = &seen.recent;
        match self.circuit {
            Circuit::Closed if recent.have_failed() || others.are_better(seen.latest) => {
                self.tripped(now)
            }
            Circuit::Closed => self.weighed(recent, others.delivery),
            Circuit::HalfOpen if recent.faults > 0 && recent.fault_rate() >= TRIP => {
                self.tripped(now)
            }
            Circuit::HalfOpen if recent.answered >= RECOVERED => Self {
                circuit: Circuit::Closed,
                since: now,
                trips: self.trips,
                weight: HEALING,
            },
            Circuit::HalfOpen | Circuit::Open { .. } | Circuit::Out { .. } => *self,
        }
    }

    /// What follows from a probe of the provider that costs nothing and sends nothing.
    #[must_use]
    pub fn probed(&self, has_answered: bool, now: OffsetDateTime) -> Self {
        match self.circuit {
            Circuit::Closed | Circuit::HalfOpen => *self,
            Circuit::Open { .. } | Circuit::Out { .. } if has_answered => Self {
                circuit: Circuit::HalfOpen,
                since: now,
                ..*self
            },
            Circuit::Open { .. } => self.tripped(now),
            Circuit::Out { .. } => Self {
                circuit: Circuit::Out {
                    until: now + pause(OUT_FOR, self.trips),
                },
                trips: self.trips.saturating_add(1),
                ..*self
            },
        }
    }

    /// The provider has refused the account itself: credentials, suspension, balance. `began_at` is when the call
    /// began that it refused: one of before the account came back says nothing about it any more, since its
    /// credentials may be others now. Each time that it is refused again it is left alone for longer.
    #[must_use]
    pub fn refused(&self, began_at: OffsetDateTime, now: OffsetDateTime) -> Self {
        match self.circuit {
            Circuit::Out { .. } => *self,
            Circuit::Closed | Circuit::HalfOpen if self.trips > 0 && began_at < self.since => *self,
            Circuit::Closed | Circuit::HalfOpen | Circuit::Open { .. } => Self {
                circuit: Circuit::Out {
                    until: now + pause(OUT_FOR, self.trips),
                },
                since: now,
                trips: self.trips.saturating_add(1),
                weight: self.weight,
            },
        }
    }

    fn tripped(&self, now: OffsetDateTime) -> Self {
        Self {
            circuit: Circuit::Open {
                until: now + pause(PAUSE, self.trips),
            },
            since: now,
            trips: self.trips.saturating_add(1),
            weight: self.weight,
        }
    }

    /// Loses weight at once, and heals slowly.
    fn weighed(&self, recent: &Vitals, best_delivery: Option<u16>) -> Self {
        let by_faults = if recent.calls() >= ENOUGH {
            WHOLE - 2 * recent.fault_rate().saturating_sub(TOLERATED).min(WHOLE / 2)
        } else {
            WHOLE
        };
        let by_delivery = match (recent.delivery_rate(), best_delivery) {
            (Some(own), Some(best)) if own.saturating_add(LAG) < best => {
                let share = u32::from(own) * u32::from(WHOLE) / u32::from(best);
                u16::try_from(share).unwrap_or(WHOLE)
            }
            _ => WHOLE,
        };
        let target = by_faults.min(by_delivery).max(TRIAL);
        let weight = target.min(self.weight.saturating_add(HEALING));
        let is_well = weight == WHOLE;
        Self {
            weight,
            // A way that is whole again starts anew.
            trips: if is_well { 0 } else { self.trips },
            ..*self
        }
    }
}

fn pause(first: Duration, trips: u8) -> Duration {
    let factor = 2_i32.saturating_pow(u32::from(trips.min(10)));
    first
        .checked_mul(factor)
        .unwrap_or(LONGEST_PAUSE)
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-07-15 12:00 UTC);

    fn calls(answered: u32, faults: u32) -> Seen {
        Seen {
            recent: Vitals {
                answered,
                faults,
                ..Vitals::default()
            },
            latest: Calls::default(),
        }
    }

    fn receipts(delivered: u32, missing: u32) -> Seen {
        Seen {
            recent: Vitals {
                answered: 100,
                delivered,
                missing,
                ..Vitals::default()
            },
            latest: Calls::default(),
        }
    }

    const ALONE: Others = Others {
        delivery: None,
        faults: None,
    };

    fn beside(delivery: u16) -> Others {
        Others {
            delivery: Some(delivery),
            faults: Some(0),
        }
    }

    #[test]
    fn a_provider_that_dies_is_left_and_tried_again_with_a_few() {
        let well = Health::new(NOON);
        assert_eq!(well.share(), WHOLE);
        let left = well.judge(&calls(0, 5), &ALONE, NOON);
        assert_eq!(left.share(), 0);
        assert_eq!(left.probe_at(), Some(NOON + PAUSE));
        // A probe that fails waits twice as long for the next.
        let still = left.probed(false, NOON + PAUSE);
        assert_eq!(still.probe_at(), Some(NOON + PAUSE + 2 * PAUSE));
        let trial = still.probed(true, NOON + Duration::MINUTE);
        assert_eq!((trial.circuit, trial.share()), (Circuit::HalfOpen, TRIAL));
        let back = trial.judge(&calls(RECOVERED, 0), &ALONE, NOON + Duration::MINUTE);
        assert_eq!((back.circuit, back.share()), (Circuit::Closed, HEALING));
        let mut healing = back;
        for _ in 0..20 {
            healing = healing.judge(&calls(100, 0), &ALONE, NOON);
        }
        assert_eq!((healing.weight, healing.trips), (WHOLE, 0));
    }

    #[test]
    fn a_trial_that_fails_opens_again_for_longer() {
        let trial = Health {
            circuit: Circuit::HalfOpen,
            trips: 2,
            ..Health::new(NOON)
        };
        let again = trial.judge(&calls(0, 1), &ALONE, NOON);
        assert_eq!(again.probe_at(), Some(NOON + 4 * PAUSE));
    }

    #[test]
    fn weight_is_lost_gradually() {
        let well = Health::new(NOON);
        assert_eq!(well.judge(&calls(95, 5), &ALONE, NOON).weight, WHOLE);
        assert_eq!(well.judge(&calls(80, 20), &ALONE, NOON).weight, 700);
        assert_eq!(well.judge(&calls(5, 1), &ALONE, NOON).weight, WHOLE);
    }

    #[test]
    fn what_is_bad_everywhere_is_no_reason_to_leave() {
        let well = Health::new(NOON);
        let bad = receipts(60, 40);
        assert_eq!(well.judge(&bad, &beside(600), NOON).weight, WHOLE);
        assert_eq!(well.judge(&bad, &beside(650), NOON).weight, WHOLE);
        assert_eq!(well.judge(&bad, &beside(1_000), NOON).weight, 600);
        assert_eq!(well.judge(&bad, &ALONE, NOON).weight, WHOLE);
    }

    #[test]
    fn an_account_that_is_refused_is_out_until_a_probe_succeeds() {
        let out = Health::new(NOON).refused(NOON, NOON);
        assert_eq!((out.share(), out.probe_at()), (0, Some(NOON + OUT_FOR)));
        assert_eq!(out.judge(&calls(100, 0), &ALONE, NOON), out);
        let still = out.probed(false, NOON + OUT_FOR);
        assert!(matches!(still.circuit, Circuit::Out { .. }));
        assert!(still.probe_at() > out.probe_at());
        assert_eq!(still.probed(true, NOON).circuit, Circuit::HalfOpen);
        let later = NOON + Duration::HOUR;
        assert_eq!(out.refused(later, later), out);
    }

    #[test]
    fn what_was_refused_before_an_account_came_back_does_not_take_it_out_again() {
        let back = Health::new(NOON)
            .refused(NOON, NOON)
            .probed(true, NOON + Duration::MINUTE);
        let moment = Duration::SECOND;
        assert_eq!(back.refused(back.since - moment, back.since + moment), back);
        let again = back.refused(back.since, back.since + moment);
        let pause = again.probe_at().unwrap() - (back.since + moment);
        assert!(
            pause > OUT_FOR,
            "refused again it is left for longer: {pause}"
        );
    }

    proptest! {
        #[test]
        fn a_share_is_never_more_than_whole_and_a_closed_way_never_starves(
            steps in prop::collection::vec((0_u32..200, 0_u32..200, 0_u32..50, 0_u32..50, any::<bool>()), 1..60),
            faults in prop::option::of(0_u16..=WHOLE),
        ) {
            let others = Others { delivery: Some(WHOLE), faults };
            let mut health = Health::new(NOON);
            let mut now = NOON;
            for (answered, faults, delivered, missing, probe) in steps {
                now += Duration::SECOND;
                let recent = Vitals { answered, faults, delivered, missing, ..Vitals::default() };
                let latest = Calls { answered: answered / 9, faults: faults / 9 };
                health = health.judge(&Seen { recent, latest }, &others, now);
                if health.probe_at().is_some_and(|at| at <= now) {
                    health = health.probed(probe, now);
                }
                prop_assert!(health.share() <= WHOLE);
                if health.circuit == Circuit::Closed {
                    prop_assert!(health.share() >= HEALING);
                }
                if let Some(at) = health.probe_at() {
                    prop_assert!(at > now && at <= now + LONGEST_PAUSE);
                }
            }
        }

        #[test]
        fn a_busy_way_that_dies_is_left_within_three_seconds(per_second in 7_u32..1_000) {
            let mut health = Health::new(NOON);
            let others = Others { delivery: None, faults: Some(0) };
            let mut left_after = None;
            for second in 0..10_u32 {
                let dead = second.min(3);
                let seen = Seen {
                    recent: Vitals { answered: (60 - second) * per_second, faults: second * per_second, ..Vitals::default() },
                    latest: Calls { answered: (3 - dead) * per_second, faults: dead * per_second },
                };
                health = health.judge(&seen, &others, NOON + Duration::seconds(second.into()));
                if health.share() == 0 {
                    left_after = left_after.or(Some(second));
                }
            }
            prop_assert!(left_after.is_some_and(|seconds| seconds <= 3), "{left_after:?}");
            prop_assert!(per_second < 12 || left_after == Some(2));
        }

        #[test]
        fn single_errors_of_a_way_with_few_calls_are_no_reason_to_leave(answered in 0_u32..20, faults in 0_u32..5) {
            let seen = Seen {
                // All of a quiet minute may have been in its last seconds.
                latest: Calls { answered, faults },
                ..calls(answered.max(faults + 1), faults)
            };
            let judged = Health::new(NOON).judge(&seen, &beside(WHOLE), NOON);
            prop_assert_eq!(judged.circuit, Circuit::Closed);
        }

        #[test]
        fn what_is_as_bad_everywhere_or_stands_alone_is_not_left_by_the_short_look(
            faults in 0_u32..500, of_others in 0_u16..=WHOLE, is_alone in any::<bool>(),
        ) {
            let latest = Calls { answered: 100, faults };
            let bad = latest.fault_rate().saturating_sub(LAG).max(of_others);
            let others = Others { delivery: None, faults: (!is_alone).then_some(bad) };
            let seen = Seen { latest, ..calls(10_000, faults) };
            prop_assert_eq!(Health::new(NOON).judge(&seen, &others, NOON).circuit, Circuit::Closed);
        }
    }
}
