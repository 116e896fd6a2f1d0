//! What was seen of a way.

use serde::{Deserialize, Serialize};
use time::Duration;

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

    /// Whether so many failed in a minute that the way should be left.
    pub fn have_failed(&self) -> bool {
        let is_all = self.answered == 0 && self.faults >= ALL_FAILED;
        is_all || (self.calls() >= ENOUGH && self.fault_rate() >= TRIP)
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

/// Calls of the last few seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Calls {
    /// Those that were answered as they should.
    pub answered: u32,
    /// Those that failed through no fault of the message.
    pub faults: u32,
}

impl Calls {
    /// Calls in all.
    pub const fn all(&self) -> u32 {
        self.answered.saturating_add(self.faults)
    }

    /// The thousandths of calls that failed.
    pub fn fault_rate(&self) -> u16 {
        thousandths(self.faults, self.all())
    }

    /// Whether so many failed in a few seconds that it is no accident: of a busy way more than half, by more than
    /// chance makes of a half (two standard deviations).
    pub fn are_failing(&self) -> bool {
        let (all, faults) = (u64::from(self.all()), u64::from(self.faults));
        let beyond_half = (2 * faults).saturating_sub(all);
        self.all() >= BUSY && beyond_half * beyond_half >= 4 * all
    }
}

fn thousandths(part: u32, of: u32) -> u16 {
    let share = u64::from(part) * u64::from(WHOLE) / u64::from(of.max(1));
    u16::try_from(share).unwrap_or(WHOLE).min(WHOLE)
}

/// From so many calls or receipts on, their rate says something.
pub(crate) const ENOUGH: u32 = 10;
/// So many calls in a row that fail open the circuit, however few they are.
const ALL_FAILED: u32 = 5;
/// From this rate of faults on the circuit opens.
pub(crate) const TRIP: u16 = 500;
/// From so many calls in a few seconds on, these few seconds say something.
const BUSY: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_few_seconds_need_many_calls_and_more_than_chance() {
        let calls = |answered, faults| Calls { answered, faults };
        assert!(!calls(0, 19).are_failing());
        assert!(calls(0, 20).are_failing());
        assert!(!calls(45, 55).are_failing());
        assert!(calls(40, 60).are_failing());
        assert_eq!(calls(1, 3).fault_rate(), 750);
    }

    proptest! {
        #[test]
        fn what_answers_half_of_its_calls_is_not_failing(answered in 0_u32..5_000, part in 0.0_f64..=1.0) {
            let faults = (f64::from(answered) * part).floor();
            let faults = (0..=answered).rfind(|count| f64::from(*count) <= faults).unwrap_or(0);
            let is_failing = Calls { answered, faults }.are_failing();
            prop_assert!(!is_failing);
        }

        #[test]
        fn more_faults_never_look_better(answered in 0_u32..500, faults in 0_u32..500) {
            let calls = |faults| Calls { answered, faults };
            prop_assert!(!calls(faults).are_failing() || calls(faults + 1).are_failing());
        }
    }
}
