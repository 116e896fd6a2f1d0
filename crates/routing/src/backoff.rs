use crate::{NextStep, ProviderError};
use time::Duration;

/// By then every worker knows that an account is left alone.
const NOTED: Duration = Duration::milliseconds(300);

/// How retries are spaced: exponential with full jitter, bounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The first wait at most.
    pub base: Duration,
    /// The longest wait.
    pub cap: Duration,
    /// How many calls to providers a message gets in all; at least one.
    pub max_attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::seconds(5),
            cap: Duration::minutes(15),
            max_attempts: 6,
        }
    }
}

impl Backoff {
    /// How long to wait before the next call, or `None` when the message has had its attempts.
    ///
    /// `attempts` is the number of calls already made that count as failures; `jitter` is a random
    /// number from 0 to 1. A wait that the provider asked for is honored even beyond `cap`, up to a
    /// day. Neither a rate limit nor an account that is refused ever uses up an attempt. A fault that the
    /// provider lets be tried again less often than others has no more calls than that.
    pub fn wait(&self, error: &ProviderError, attempts: u32, jitter: f64) -> Option<Duration> {
        let asked = error
            .retry_after()
            .map(|asked| asked.min(Duration::days(1)));
        match error.class.next_step() {
            NextStep::Hold => Some(asked.unwrap_or(self.spread(1, jitter))),
            NextStep::LeaveAccount => Some(NOTED),
            NextStep::RetryElsewhere if attempts < self.max_attempts => Some(Duration::ZERO),
            NextStep::RetrySame if attempts < self.most(error) => Some(
                self.spread(attempts, jitter)
                    .max(asked.unwrap_or(Duration::ZERO)),
            ),
            NextStep::Stop | NextStep::RetryElsewhere | NextStep::RetrySame => None,
        }
    }

    /// How many calls a message gets in all that meets this fault.
    fn most(&self, error: &ProviderError) -> u32 {
        let own = error.most_retries.map(|retries| retries.saturating_add(1));
        own.map_or(self.max_attempts, |own| own.min(self.max_attempts))
    }

    /// A wait between half of the exponential bound and all of it, so that retries do not gather.
    fn spread(&self, attempts: u32, jitter: f64) -> Duration {
        let factor = 2_i32.saturating_pow(attempts.saturating_sub(1).min(20));
        let bound = self
            .base
            .checked_mul(factor)
            .unwrap_or(self.cap)
            .min(self.cap);
        bound / 2 + (bound / 2) * jitter.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, ErrorTable};
    use proptest::prelude::*;

    fn error(class: Class, retry_after_seconds: Option<u32>) -> ProviderError {
        ProviderError {
            retry_after_seconds,
            ..ErrorTable::new(&[]).explain("1", "", class)
        }
    }

    #[test]
    fn a_rate_limit_never_uses_up_an_attempt() {
        let backoff = Backoff::default();
        assert!(
            backoff
                .wait(&error(Class::RateLimited, None), 1_000, 0.5)
                .is_some()
        );
    }

    #[test]
    fn an_account_that_is_refused_never_uses_up_an_attempt() {
        let wait = Backoff::default().wait(&error(Class::Account, None), 1_000, 0.5);
        assert!(wait.is_some_and(|wait| wait < Duration::SECOND));
    }

    #[test]
    fn a_fault_may_have_fewer_retries_than_others() {
        let once = ProviderError {
            most_retries: Some(1),
            ..error(Class::Transient, None)
        };
        let waits = |error: &ProviderError, attempts| {
            let wait = Backoff::default().wait(error, attempts, 0.5);
            wait.is_some()
        };
        assert!(waits(&once, 1));
        assert!(!waits(&once, 2));
        assert!(waits(&error(Class::Transient, None), 2));
        let often = ProviderError {
            most_retries: Some(u32::MAX),
            ..once
        };
        assert!(!waits(&often, 6), "never more than others have");
    }

    #[test]
    fn the_provider_s_wait_is_honored() {
        let wait = Backoff::default().wait(&error(Class::Transient, Some(3_600)), 1, 0.0);
        assert_eq!(wait, Some(Duration::HOUR));
    }

    proptest! {
        #[test]
        fn waits_are_bounded_and_end(attempts in 0_u32..100, jitter in 0.0_f64..=1.0) {
            let backoff = Backoff::default();
            match backoff.wait(&error(Class::Transient, None), attempts, jitter) {
                Some(wait) => {
                    prop_assert!(attempts < backoff.max_attempts);
                    prop_assert!(wait >= Duration::ZERO && wait <= backoff.cap);
                }
                None => prop_assert!(attempts >= backoff.max_attempts),
            }
        }
    }
}
