//! How often somebody may try to log in. In this process only: each process lets that many through.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use time::{Duration, OffsetDateTime};

/// Attempts on one address that may come at once, and how long until there is one more.
const AT_ONCE: f64 = 6.0;
const ONE_MORE: Duration = Duration::seconds(30);
/// The same for all addresses together: each attempt costs a slow hash.
const ALL_AT_ONCE: f64 = 60.0;
const ALL_ONE_MORE: Duration = Duration::milliseconds(200);
/// How many addresses are remembered.
const ADDRESSES: usize = 10_000;

/// Counts attempts to log in.
pub(crate) struct Limiter(Mutex<Counts>);

struct Counts {
    all: Option<Bucket>,
    by_address: HashMap<String, Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: OffsetDateTime,
}

impl Limiter {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Counts {
            all: None,
            by_address: HashMap::new(),
        }))
    }

    /// Takes one attempt on an address; else how long to wait.
    pub(crate) fn take(&self, address: &str, now: OffsetDateTime) -> Result<(), Duration> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = &mut *counts;
        if counts.by_address.len() >= ADDRESSES && !counts.by_address.contains_key(address) {
            make_room(&mut counts.by_address, now);
        }
        let full = |most| Bucket {
            left: most,
            at: now,
        };
        let bucket = counts
            .by_address
            .entry(address.to_owned())
            .or_insert(full(AT_ONCE));
        bucket.take(AT_ONCE, ONE_MORE, now)?;
        let all = counts.all.get_or_insert(full(ALL_AT_ONCE));
        all.take(ALL_AT_ONCE, ALL_ONE_MORE, now)
    }

    /// Forgets the attempts on an address whose owner has come in.
    pub(crate) fn forgive(&self, address: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.by_address.remove(address);
    }
}

impl Bucket {
    fn filled(self, most: f64, one_more: Duration, now: OffsetDateTime) -> f64 {
        // A clock that steps back takes nothing away.
        let passed = (now - self.at).as_seconds_f64().max(0.0);
        (self.left + passed / one_more.as_seconds_f64()).min(most)
    }

    fn take(&mut self, most: f64, one_more: Duration, now: OffsetDateTime) -> Result<(), Duration> {
        self.left = self.filled(most, one_more, now);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            Ok(())
        } else {
            Err(Duration::seconds_f64(
                (1.0 - self.left) * one_more.as_seconds_f64(),
            ))
        }
    }
}

/// Forgets who is full again, which changes nothing for them; else the one that rested longest.
fn make_room(buckets: &mut HashMap<String, Bucket>, now: OffsetDateTime) {
    buckets.retain(|_, bucket| bucket.filled(AT_ONCE, ONE_MORE, now) < AT_ONCE);
    if buckets.len() >= ADDRESSES {
        let oldest = buckets.iter().min_by_key(|(_, bucket)| bucket.at);
        if let Some(oldest) = oldest.map(|(address, _)| address.clone()) {
            buckets.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

    fn attempts(limiter: &Limiter, address: &str, now: OffsetDateTime) -> usize {
        (0..100)
            .take_while(|_| limiter.take(address, now).is_ok())
            .count()
    }

    #[test]
    fn one_address_has_few_attempts_and_others_have_theirs() {
        let limiter = Limiter::new();
        assert_eq!(attempts(&limiter, "a", NOW), 6);
        assert_eq!(limiter.take("a", NOW), Err(ONE_MORE));
        assert!(limiter.take("b", NOW).is_ok());
        assert_eq!(attempts(&limiter, "a", NOW + ONE_MORE), 1);
        limiter.forgive("a");
        assert_eq!(attempts(&limiter, "a", NOW + ONE_MORE), 6);
    }

    #[test]
    fn all_addresses_together_have_a_limit_and_memory_is_bounded() {
        let limiter = Limiter::new();
        let one_each = |number: usize| limiter.take(&number.to_string(), NOW).is_ok();
        assert_eq!((0..200).filter(|number| one_each(*number)).count(), 60);
        for number in 0..ADDRESSES + 10 {
            one_each(number);
        }
        assert!(limiter.0.lock().unwrap().by_address.len() <= ADDRESSES);
    }
}
