//! How fast messages may leave: limits of senders and accounts, kept exactly.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use time::{Duration, OffsetDateTime};

/// How late after its slot a call may begin. Slots are spaced so that a limit holds for calls that are so late.
pub const LATENESS: Duration = Duration::milliseconds(100);

/// Into how many parts the time of a [`Limit::Window`] is cut.
const PARTS: i64 = 60;
/// How often limits are asked in turn for an instant that suits all of them.
const ROUNDS: usize = 8;

/// A limit on what may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Evenly: `most` in each `within`, one after the other, but `burst` of them at once after a pause (GCRA,
    /// ITU-T I.371). For limits per second, and for those that lend: a pair of WhatsApp addresses.
    Rate {
        /// At most so many
        most: u32,
        /// in each of these spans.
        within: Duration,
        /// So many at once after a pause; 1 is strictly one after the other.
        burst: u32,
    },
    /// At most `most` in any span of `within`, whenever it begins. For limits per minute and day.
    Window {
        /// At most so many
        most: u32,
        /// in any of these spans.
        within: Duration,
    },
}

impl Limit {
    /// So many a second, evenly.
    pub const fn per_second(most: u32) -> Self {
        Self::Rate {
            most,
            within: Duration::SECOND,
            burst: 1,
        }
    }

    /// So many in any minute.
    pub const fn per_minute(most: u32) -> Self {
        Self::Window {
            most,
            within: Duration::MINUTE,
        }
    }

    /// So many in any 24 hours.
    pub const fn per_day(most: u32) -> Self {
        Self::Window {
            most,
            within: Duration::DAY,
        }
    }

    /// The limit of a part of what leaves: so many percent of it, 1 to 100; what is outside counts as the nearest of
    /// these. At least one may leave.
    ///
    /// ```rust
    /// use tidings_routing::Limit;
    ///
    /// assert_eq!(Limit::per_day(1_000).slowed(50), Limit::per_day(500));
    /// assert_eq!(Limit::per_day(1).slowed(50), Limit::per_day(1));
    /// ```
    #[must_use]
    pub fn slowed(self, percent: u8) -> Self {
        let percent = u32::from(percent.clamp(1, 100));
        match self {
            // Evenly is evenly: each waits for longer.
            Self::Rate {
                most,
                within,
                burst,
            } => Self::Rate {
                most,
                within: within * 100_u32 / percent,
                burst,
            },
            Self::Window { most, within } => {
                let part = u64::from(most) * u64::from(percent) / 100;
                Self::Window {
                    most: u32::try_from(part).unwrap_or(most).max(1),
                    within,
                }
            }
        }
    }
}

/// What has left under one limit, as far as the limit needs to know.
///
/// ```rust
/// use tidings_routing::{Limit, Pace};
/// use time::{Duration, macros::datetime};
///
/// let now = datetime!(2026-07-15 12:00 UTC);
/// let limit = Limit::per_second(2);
/// let mut pace = Pace::default();
/// assert_eq!(pace.earliest(limit, 1, now), now);
/// pace.take(limit, 1, now);
/// // Half a second, and a half of what calls may be late.
/// let wait = pace.earliest(limit, 1, now) - now;
/// assert_eq!(wait.whole_milliseconds(), 550);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// The theoretical arrival time of the next one, of a rate.
    pub next_at: Option<OffsetDateTime>,
    /// The number of the window's first part.
    pub first: i64,
    /// How much left in each part since.
    pub parts: VecDeque<u32>,
}

impl Pace {
    /// The first instant from `now` on at which something of this weight may leave.
    ///
    /// What is heavier than all that the limit allows at once may leave when nothing else has.
    pub fn earliest(&self, limit: Limit, weight: u32, now: OffsetDateTime) -> OffsetDateTime {
        match limit {
            Limit::Rate {
                most,
                within,
                burst,
            } => {
                let interval = interval(most, within);
                let ahead = interval * burst.saturating_sub(1);
                // What is heavy needs as much room before it as it leaves behind; alone it has that after the span.
                let room = interval * weight.saturating_sub(1).min(most);
                self.next_at.map_or(now, |next| {
                    now.max(next.saturating_sub(ahead).saturating_add(room))
                })
            }
            Limit::Window { most, within } => self.earliest_of_window(most, within, weight, now),
        }
    }

    fn earliest_of_window(
        &self,
        most: u32,
        within: Duration,
        weight: u32,
        now: OffsetDateTime,
    ) -> OffsetDateTime {
        let part = part_of(now, within);
        // Never before what was taken last, or a span that ends later could hold too much.
        let taken = self.counts().filter(|(_, count)| *count > 0).last();
        let from = taken.map_or(part, |(number, _)| part.max(number));
        // All that any span which ends in this part can hold.
        let held = |last: i64| -> u64 {
            self.counts()
                .filter(|(number, _)| (last - PARTS..=last).contains(number))
                .map(|(_, count)| u64::from(count))
                .sum()
        };
        let fits = |last: i64| {
            let sum = held(last);
            sum == 0 || sum + u64::from(weight) <= u64::from(most)
        };
        match (from..=from + PARTS).find(|last| fits(*last)) {
            Some(found) if found == part => now,
            Some(found) => start_of(found, within),
            // Nothing that was taken counts for so long.
            None => start_of(from + PARTS + 1, within),
        }
    }

    /// Notes that something of this weight leaves at `at`.
    pub fn take(&mut self, limit: Limit, weight: u32, at: OffsetDateTime) {
        match limit {
            Limit::Rate { most, within, .. } => {
                let next = self.next_at.map_or(at, |next| next.max(at));
                self.next_at = Some(next.saturating_add(interval(most, within) * weight.max(1)));
            }
            Limit::Window { within, .. } => {
                let part = part_of(at, within);
                if self.parts.is_empty() {
                    self.first = part;
                }
                // A clock that went back does not give anything back.
                let place = usize::try_from(part - self.first).unwrap_or(0);
                while self.parts.len() <= place.min(3 * 60) {
                    self.parts.push_back(0);
                }
                if let Some(count) = self.parts.get_mut(place) {
                    *count = count.saturating_add(weight);
                } else {
                    // After a long pause nothing of before counts.
                    self.first = part;
                    self.parts = VecDeque::from([weight]);
                }
                while self.parts.len() > usize::try_from(2 * PARTS).unwrap_or(0) {
                    self.parts.pop_front();
                    self.first += 1;
                }
            }
        }
    }

    /// Takes back what was noted: nothing of this weight leaves at `at` after all.
    ///
    /// Of a window it is as if it had never been noted, so that no part of a day is used up by what did not leave. Of
    /// a rate, which goes on by itself, only what was taken last is free again: what was taken later stands as close to
    /// its neighbors as it may.
    pub fn give_back(&mut self, limit: Limit, weight: u32, at: OffsetDateTime) {
        match limit {
            Limit::Rate { most, within, .. } => {
                let next = at.saturating_add(interval(most, within) * weight.max(1));
                if self.next_at == Some(next) {
                    self.next_at = Some(at);
                }
            }
            Limit::Window { within, .. } => {
                let place = usize::try_from(part_of(at, within) - self.first).ok();
                if let Some(count) = place.and_then(|place| self.parts.get_mut(place)) {
                    *count = count.saturating_sub(weight);
                }
            }
        }
    }

    /// From when on it is as if nothing had ever left; `None` if that is so already.
    pub fn forget_at(&self, limit: Limit) -> Option<OffsetDateTime> {
        match limit {
            Limit::Rate { most, within, .. } => {
                let room = interval(most, within) * most;
                self.next_at.map(|next| next.saturating_add(room))
            }
            Limit::Window { within, .. } => {
                let taken = self.counts().filter(|(_, count)| *count > 0).last();
                taken.map(|(part, _)| start_of(part + PARTS + 1, within))
            }
        }
    }

    fn counts(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        (self.first..).zip(self.parts.iter().copied())
    }
}

/// A slot for a message under all its limits, and what each pace is then.
///
/// Gives the instant, if there is one up to `latest`, and notes it in every pace; otherwise nothing is
/// noted, and it is `Err` with the instant from which on it is worth asking again.
///
/// # Errors
/// The instant that would suit, when it is later than `latest`.
pub fn reserve(
    paces: &mut [(Limit, &mut Pace)],
    weight: u32,
    now: OffsetDateTime,
    latest: OffsetDateTime,
) -> Result<OffsetDateTime, OffsetDateTime> {
    let mut at = now;
    for _ in 0..ROUNDS {
        let suitable = paces
            .iter()
            .map(|(limit, pace)| pace.earliest(*limit, weight, at));
        let common = suitable.fold(at, OffsetDateTime::max);
        if common == at {
            break;
        }
        at = common;
    }
    let has_room = |(limit, pace): &(Limit, &mut Pace)| pace.earliest(*limit, weight, at) <= at;
    if at > latest || !paces.iter().all(has_room) {
        return Err(at.max(latest));
    }
    for (limit, pace) in paces {
        pace.take(*limit, weight, at);
    }
    Ok(at)
}

/// From one slot to the next. Rounded up, so that the slots of a span never add up to less than it, also where a
/// store keeps microseconds only.
fn interval(most: u32, within: Duration) -> Duration {
    let exact = (within + LATENESS) / most.max(1);
    exact + Duration::microseconds(2)
        - Duration::nanoseconds((exact.subsec_nanoseconds() % 1_000).into())
}

/// How long one part of a window is. A call may be late, so a window is a little longer than its name says.
fn part_length(within: Duration) -> i64 {
    let milliseconds = i64::try_from((within + LATENESS).whole_milliseconds()).unwrap_or(i64::MAX);
    (milliseconds.max(PARTS) + PARTS - 1) / PARTS
}

fn part_of(at: OffsetDateTime, within: Duration) -> i64 {
    let milliseconds = at.unix_timestamp_nanos() / 1_000_000;
    i64::try_from(milliseconds)
        .unwrap_or(i64::MAX)
        .div_euclid(part_length(within))
}

fn start_of(part: i64, within: Duration) -> OffsetDateTime {
    let milliseconds = i128::from(part) * i128::from(part_length(within));
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
