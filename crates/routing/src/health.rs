//! How well a way works: a circuit breaker, and a weight that is lost gradually and healed slowly.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// All of a weight: thousandths.
pub const WHOLE: u16 = 1_000;

/// What calls and receipts told of one way in some span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Vitals {
    /// Calls that were answered as they should, refusals of a message included.
    pub answered: u32,
    /// Calls that failed through no fault of the message: the provider could not be reached, had a fault of
    /// its own, or nobody knows what became of them.
    pub faults: u32,
    /// Receipts of delivery.
    pub delivered: u32,
    /// Receipts of failure that do not lie with the recipient or the text.
    pub undelivered: u32,
    /// Receipts that were due and never came.
    pub missing: u32,
    /// From the call to the receipt of delivery, summed up over `delivered`, in milliseconds.
    pub latency_ms: u64,
}

impl Vitals {
    /// Calls in all.
    pub const fn calls(&self) -> u32 {
        self.answered.saturating_add(self.faults)
    }

    /// The thousandths of calls that failed.
    pub fn fault_rate(&self) -> u16 {
        thousandths(self.faults, self.calls())
    }

    /// The thousandths of receipts that told of delivery; `None` before there are enough to say so.
    pub fn delivery_rate(&self) -> Option<u16> {
        let told = self
            .delivered
            .saturating_add(self.undelivered)
            .saturating_add(self.missing);
        (told >= ENOUGH).then(|| thousandths(self.delivered, told))
    }

    /// From the call to the receipt on average.
    pub fn latency(&self) -> Option<Duration> {
        let average = self.latency_ms.checked_div(self.delivered.into())?;
        Some(Duration::milliseconds(i64::try_from(average).ok()?))
    }

    /// Both together.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            answered: self.answered.saturating_add(other.answered),
            faults: self.faults.saturating_add(other.faults),
            delivered: self.delivered.saturating_add(other.delivered),
            undelivered: self.undelivered.saturating_add(other.undelivered),
            missing: self.missing.saturating_add(other.missing),
            latency_ms: self.latency_ms.saturating_add(other.latency_ms),
        }
    }
}

fn thousandths(part: u32, of: u32) -> u16 {
    let share = u64::from(part) * u64::from(WHOLE) / u64::from(of.max(1));
    u16::try_from(share).unwrap_or(WHOLE).min(WHOLE)
}

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

/// From so many calls or receipts on, their rate says something.
const ENOUGH: u32 = 10;
/// So many calls in a row that fail open the circuit, however few they are.
const ALL_FAILED: u32 = 5;
/// From this rate of faults on the circuit opens.
const TRIP: u16 = 500;
/// Up to this rate of faults nothing is lost.
const TOLERATED: u16 = 50;
/// The share of messages that try a way out again.
const TRIAL: u16 = 50;
/// So many calls that are answered close the circuit again.
const RECOVERED: u32 = 5;
/// By how much a weight heals with each judgement.
const HEALING: u16 = 50;
/// How far below the best a rate of delivery may be before weight is lost.
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

    /// What follows from the vitals of the last minute, or since the circuit changed if that is shorter.
    /// `best_delivery` is the rate of delivery of the best of the ways that could stand in for this one: what
    /// is bad everywhere is no reason to leave.
    #[must_use]
    pub fn judge(&self, recent: &Vitals, best_delivery: Option<u16>, now: OffsetDateTime) -> Self {
        match self.circuit {
            Circuit::Closed if has_failed(recent) => self.tripped(now),
            Circuit::Closed => self.weighed(recent, best_delivery),
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

    /// The provider has refused the account itself: credentials, suspension, balance.
    #[must_use]
    pub fn refused(&self, now: OffsetDateTime) -> Self {
        match self.circuit {
            Circuit::Out { .. } => *self,
            Circuit::Closed | Circuit::HalfOpen | Circuit::Open { .. } => Self {
                circuit: Circuit::Out {
                    until: now + OUT_FOR,
                },
                since: now,
                trips: 0,
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

fn has_failed(recent: &Vitals) -> bool {
    let is_all = recent.answered == 0 && recent.faults >= ALL_FAILED;
    is_all || (recent.calls() >= ENOUGH && recent.fault_rate() >= TRIP)
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

    fn calls(answered: u32, faults: u32) -> Vitals {
        Vitals {
            answered,
            faults,
            ..Vitals::default()
        }
    }

    fn receipts(delivered: u32, missing: u32) -> Vitals {
        Vitals {
            answered: 100,
            delivered,
            missing,
            ..Vitals::default()
        }
    }

    #[test]
    fn a_provider_that_dies_is_left_and_tried_again_with_a_few() {
        let well = Health::new(NOON);
        assert_eq!(well.share(), WHOLE);
        let left = well.judge(&calls(0, 5), None, NOON);
        assert_eq!(left.share(), 0);
        assert_eq!(left.probe_at(), Some(NOON + PAUSE));
        // A probe that fails waits twice as long for the next.
        let still = left.probed(false, NOON + PAUSE);
        assert_eq!(still.probe_at(), Some(NOON + PAUSE + 2 * PAUSE));
        let trial = still.probed(true, NOON + Duration::MINUTE);
        assert_eq!((trial.circuit, trial.share()), (Circuit::HalfOpen, TRIAL));
        let back = trial.judge(&calls(RECOVERED, 0), None, NOON + Duration::MINUTE);
        assert_eq!((back.circuit, back.share()), (Circuit::Closed, HEALING));
        let mut healing = back;
        for _ in 0..20 {
            healing = healing.judge(&calls(100, 0), None, NOON);
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
        let again = trial.judge(&calls(0, 1), None, NOON);
        assert_eq!(again.probe_at(), Some(NOON + 4 * PAUSE));
    }

    #[test]
    fn weight_is_lost_gradually() {
        let well = Health::new(NOON);
        assert_eq!(well.judge(&calls(95, 5), None, NOON).weight, WHOLE);
        assert_eq!(well.judge(&calls(80, 20), None, NOON).weight, 700);
        assert_eq!(well.judge(&calls(5, 1), None, NOON).weight, WHOLE);
    }

    #[test]
    fn what_is_bad_everywhere_is_no_reason_to_leave() {
        let well = Health::new(NOON);
        let bad = receipts(60, 40);
        assert_eq!(well.judge(&bad, Some(600), NOON).weight, WHOLE);
        assert_eq!(well.judge(&bad, Some(650), NOON).weight, WHOLE);
        assert_eq!(well.judge(&bad, Some(1_000), NOON).weight, 600);
        assert_eq!(well.judge(&bad, None, NOON).weight, WHOLE);
    }

    #[test]
    fn an_account_that_is_refused_is_out_until_a_probe_succeeds() {
        let out = Health::new(NOON).refused(NOON);
        assert_eq!(out.share(), 0);
        assert_eq!(out.judge(&calls(100, 0), None, NOON), out);
        let still = out.probed(false, NOON + OUT_FOR);
        assert!(matches!(still.circuit, Circuit::Out { .. }));
        assert!(still.probe_at() > out.probe_at());
        assert_eq!(still.probed(true, NOON).circuit, Circuit::HalfOpen);
        assert_eq!(out.refused(NOON + Duration::HOUR), out);
    }

    proptest! {
        #[test]
        fn a_share_is_never_more_than_whole_and_a_closed_way_never_starves(
            steps in prop::collection::vec((0_u32..200, 0_u32..200, 0_u32..50, 0_u32..50, any::<bool>()), 1..60),
        ) {
            let mut health = Health::new(NOON);
            let mut now = NOON;
            for (answered, faults, delivered, missing, probe) in steps {
                now += Duration::SECOND;
                let vitals = Vitals { answered, faults, delivered, missing, ..Vitals::default() };
                health = health.judge(&vitals, Some(WHOLE), now);
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
    }
}
