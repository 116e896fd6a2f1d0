use std::sync::{Mutex, PoisonError};
use tidings_kernel::{Clock, to_micros};
use time::{Duration, OffsetDateTime};

/// A clock that moves only when it is told to.
///
/// ```rust
/// use tidings_kernel::Clock;
/// use tidings_memory::ManualClock;
/// use time::{Duration, macros::datetime};
///
/// let clock = ManualClock::at(datetime!(2026-07-15 15:00 UTC));
/// clock.advance(Duration::hours(1));
/// assert_eq!(clock.now(), datetime!(2026-07-15 16:00 UTC));
/// ```
#[derive(Debug)]
pub struct ManualClock(Mutex<OffsetDateTime>);

impl ManualClock {
    /// A clock that shows `now`.
    pub const fn at(now: OffsetDateTime) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it on; back, if `by` is negative. Stops at the ends of time.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(by);
    }

    /// Puts it to `now`.
    pub fn set(&self, now: OffsetDateTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        to_micros(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
