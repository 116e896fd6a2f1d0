//! What the machine gives: time, identities, randomness. The only place that asks for them.

use ring::rand::{SecureRandom, SystemRandom};
use tidings_console::Randomness;
use tidings_http_api::Secrets;
use tidings_kernel::{Clock, Ids, to_micros};
use time::OffsetDateTime;
use uuid::Uuid;

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others are told to ask"
    )]
    fn now(&self) -> OffsetDateTime {
        to_micros(OffsetDateTime::now_utc())
    }
}

/// Random identities that sort by the time at which they were made.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the maker that all others are told to ask"
    )]
    fn next(&self) -> Uuid {
        // The library keeps one counter for the process: later calls sort later within a millisecond
        // too, and also when the clock steps back.
        Uuid::now_v7()
    }
}

/// The secure generator of this machine.
#[derive(Debug, Clone)]
pub struct SystemSecrets(SystemRandom);

/// The machine gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes: see that /dev/urandom or getrandom works here")]
pub struct NoRandomness;

impl SystemSecrets {
    /// The generator, once it has been seen to work.
    ///
    /// # Errors
    /// [`NoRandomness`]: it does not.
    pub fn new() -> Result<Self, NoRandomness> {
        let generator = Self(SystemRandom::new());
        generator.fill().map(|_| generator)
    }

    fn fill(&self) -> Result<[u8; 32], NoRandomness> {
        let mut bytes = [0; 32];
        self.0.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(bytes)
    }
}

impl Secrets for SystemSecrets {
    fn random(&self) -> [u8; 32] {
        // It worked when the program started, and no system takes that back. Should one do so, ending
        // at once is right: every lease and callback is safe in the database, a guessable key is not.
        self.fill().unwrap_or_else(|error| {
            tracing::error!(%error, "ending at once");
            std::process::abort()
        })
    }
}

impl Randomness for SystemSecrets {
    fn bytes(&self) -> [u8; 32] {
        self.random()
    }
}

/// A number from 0 up to and without 1, for spreading retries. Good enough for nothing secret.
pub fn jitter() -> f64 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        // Without spread a retry is still right.
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_in_which_they_were_made() {
        let made: Vec<Uuid> = (0..10_000).map(|_| SystemIds.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_clock_is_in_utc_and_whole_microseconds() {
        let now = SystemClock.now();
        assert!(now.offset().is_utc());
        assert_eq!(now.nanosecond() % 1_000, 0);
    }

    #[test]
    fn secrets_differ_and_jitter_keeps_its_range() {
        let secrets = SystemSecrets::new().unwrap();
        assert_ne!(secrets.random(), secrets.random());
        for _ in 0..1_000 {
            assert!((0.0..1.0).contains(&jitter()));
        }
    }
}
