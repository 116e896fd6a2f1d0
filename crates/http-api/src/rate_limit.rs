use crate::api::RateLimit;
use std::{collections::HashMap, sync::Mutex, sync::PoisonError};
use tidings_kernel::ApiKeyId;
use time::OffsetDateTime;

/// How many keys are remembered; far more than use one process at once.
const KEYS: usize = 10_000;

/// A token bucket for each API key, in this process only.
pub(crate) struct Limiter {
    limit: RateLimit,
    buckets: Mutex<HashMap<ApiKeyId, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: OffsetDateTime,
}

/// What a key has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Whether this request may go ahead.
    pub(crate) is_allowed: bool,
    /// The most that can be left.
    pub(crate) limit: u32,
    /// Requests that may still come at once.
    pub(crate) remaining: u32,
    /// Whole seconds until everything is allowed again; when refused, until one is.
    pub(crate) reset: u64,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one request of a key.
    pub(crate) fn take(&self, key: ApiKeyId, now: OffsetDateTime) -> Allowance {
        let burst = f64::from(self.limit.burst.max(1));
        let rate = f64::from(self.limit.per_second.max(1));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEYS && !buckets.contains_key(&key) {
            make_room(&mut buckets, burst, rate, now);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            tokens: burst,
            at: now,
        });
        bucket.tokens = bucket.filled(burst, rate, now);
        bucket.at = now;
        let is_allowed = bucket.tokens >= 1.0;
        if is_allowed {
            bucket.tokens -= 1.0;
        }
        let wanted = if is_allowed { burst } else { 1.0 };
        Allowance {
            is_allowed,
            limit: self.limit.burst.max(1),
            remaining: whole(bucket.tokens),
            reset: u64::from(whole(((wanted - bucket.tokens) / rate).ceil())),
        }
    }
}

impl Bucket {
    fn filled(self, burst: f64, rate: f64, now: OffsetDateTime) -> f64 {
        // A clock that steps back takes nothing away.
        let passed = (now - self.at).as_seconds_f64().max(0.0);
        passed.mul_add(rate, self.tokens).min(burst)
    }
}

/// Forgets keys that are full again, which changes nothing for them; else the one that rested longest.
fn make_room(buckets: &mut HashMap<ApiKeyId, Bucket>, burst: f64, rate: f64, now: OffsetDateTime) {
    buckets.retain(|_, bucket| bucket.filled(burst, rate, now) < burst);
    if buckets.len() >= KEYS {
        let oldest = buckets
            .iter()
            .min_by_key(|(_, bucket)| bucket.at)
            .map(|(key, _)| *key);
        if let Some(key) = oldest {
            buckets.remove(&key);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast of a float saturates, and none here is negative"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

    fn key(n: u128) -> ApiKeyId {
        ApiKeyId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let limiter = Limiter::new(RateLimit {
            per_second: 1,
            burst: 3,
        });
        let left: Vec<u32> = (0..3)
            .map(|_| limiter.take(key(1), NOW).remaining)
            .collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = limiter.take(key(1), NOW);
        assert!(!refused.is_allowed);
        assert_eq!(refused.reset, 1);
        assert!(limiter.take(key(2), NOW).is_allowed);
        assert!(limiter.take(key(1), NOW + Duration::seconds(1)).is_allowed);
        assert!(!limiter.take(key(1), NOW).is_allowed);
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(RateLimit {
            per_second: 1,
            burst: 2,
        });
        for n in 0..(KEYS as u128 + 10) {
            limiter.take(key(n), NOW);
        }
        assert_eq!(limiter.buckets.lock().unwrap().len(), KEYS);
    }
}
