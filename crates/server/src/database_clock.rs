use crate::telemetry;
use std::{
    convert::Infallible,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tidings_kernel::{Clock, to_micros};
use tidings_postgres::{ConnectError, Postgres};
use time::OffsetDateTime;

/// How often the database's clock is read: no machine's own beat is so wrong that it matters sooner.
const AGAIN: Duration = Duration::from_secs(10);
/// A reading that took longer says too little.
const QUICK: Duration = Duration::from_millis(250);

/// The clock of the database, carried on between two readings by the beat of this machine, which does not
/// jump when somebody sets this machine's clock.
///
/// Every program has the same time by it, so that a lease, a deferral or a patience means the same to whom
/// wrote it and to whom reads it. By the clocks of their own machines, a worker whose clock is ahead would take
/// what others are sending at that moment, and what an API took in with such a clock would wait for as long as
/// it is ahead.
pub struct DatabaseClock {
    machine: Arc<dyn Clock>,
    /// What the database's clock said, and when.
    known: RwLock<Option<(OffsetDateTime, Instant)>>,
}

impl DatabaseClock {
    /// A clock that goes by `machine` until it has been [read](Self::read).
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        Self {
            machine,
            known: RwLock::new(None),
        }
    }

    /// The clock of this machine, which may be wrong.
    pub fn machine(&self) -> &dyn Clock {
        &*self.machine
    }

    /// Reads the database's clock.
    ///
    /// # Errors
    /// [`ConnectError`]: it goes on as it did.
    pub async fn read(&self, postgres: &Postgres) -> Result<(), ConnectError> {
        let before = Instant::now();
        let theirs = postgres.now().await?;
        self.note(theirs, before, Instant::now());
        Ok(())
    }

    /// Reads it again and again, for as long as a program runs.
    pub async fn keep_right(&self, postgres: &Postgres) -> Infallible {
        loop {
            tokio::time::sleep(AGAIN).await;
            if let Err(error) = self.read(postgres).await {
                tracing::debug!(
                    error = telemetry::chain(&error),
                    "the database's clock was not read; it is carried on"
                );
            }
        }
    }

    /// The database read its clock between two instants of ours.
    fn note(&self, theirs: OffsetDateTime, before: Instant, after: Instant) {
        let took = after.duration_since(before);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() || took <= QUICK {
            *known = Some((theirs, before + took / 2));
        }
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> OffsetDateTime {
        let known = *self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some((theirs, at)) => to_micros(theirs + at.elapsed()),
            None => self.machine.now(),
        }
    }
}

impl std::fmt::Debug for DatabaseClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseClock")
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const THEIRS: OffsetDateTime = datetime!(2026-11-20 10:00 UTC);

    #[derive(Debug)]
    struct Wrong;

    impl Clock for Wrong {
        fn now(&self) -> OffsetDateTime {
            datetime!(1999-01-01 00:00 UTC)
        }
    }

    #[test]
    fn the_machine_is_asked_only_until_the_database_was() {
        let clock = DatabaseClock::new(Arc::new(Wrong));
        assert_eq!(clock.now(), Wrong.now());
        let now = Instant::now();
        clock.note(THEIRS, now, now);
        let later = clock.now() - THEIRS;
        assert!(
            later >= Duration::ZERO && later < Duration::from_mins(1),
            "{later}"
        );
        assert_eq!(clock.now().nanosecond() % 1_000, 0);
    }

    #[test]
    fn a_slow_reading_does_not_replace_a_better_one() {
        let clock = DatabaseClock::new(Arc::new(Wrong));
        let now = Instant::now();
        clock.note(THEIRS, now, now);
        clock.note(THEIRS + Duration::from_hours(1), now, now + 2 * QUICK);
        assert!(clock.now() - THEIRS < Duration::from_mins(30));
    }
}
