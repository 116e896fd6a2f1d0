//! Who says that there is new work, and who waits for it.

use crate::{ConnectError, Postgres};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::watch;

/// How long a wait lasts at most when nobody says anything.
const POLL: Duration = Duration::from_secs(1);

/// For how long [`Postgres::wake_soon`] waits for more to say the same.
const SOON: Duration = Duration::from_millis(5);

/// What there is new work for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Messages to claim.
    Queue,
    /// Callbacks to apply.
    Inbox,
    /// Events that have no place yet.
    Outbox,
    /// Events to read.
    Events,
}

impl Channel {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queue => "tidings_queue",
            Self::Inbox => "tidings_inbox",
            Self::Outbox => "tidings_outbox",
            Self::Events => "tidings_events",
        }
    }

    const ALL: [Self; 4] = [Self::Queue, Self::Inbox, Self::Outbox, Self::Events];
}

/// The notices that have come so far.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    pub(crate) queue: Count,
    pub(crate) inbox: Count,
    pub(crate) outbox: Count,
    pub(crate) events: Count,
    /// Whether somebody is about to say that there are events without a place.
    is_waking: AtomicBool,
}

impl Notices {
    const fn of(&self, channel: Channel) -> &Count {
        match channel {
            Channel::Queue => &self.queue,
            Channel::Inbox => &self.inbox,
            Channel::Outbox => &self.outbox,
            Channel::Events => &self.events,
        }
    }
}

/// How many notices have come.
#[derive(Debug)]
pub(crate) struct Count(watch::Sender<u64>);

impl Default for Count {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Count {
    /// Returns when there has been a notice since `seen`, or after `timeout`, which is never longer than
    /// the poll that is the safety net under NOTIFY.
    pub(crate) async fn wait(&self, seen: u64, timeout: time::Duration) -> u64 {
        let timeout = timeout.try_into().unwrap_or(Duration::ZERO).min(POLL);
        let mut count = self.0.subscribe();
        // Running out of time is as good as being called: both mean to look again. What comes of it locks the count, and
        // must be gone before the count is read: whoever counts on between the two would wait for this, and this for them.
        drop(tokio::time::timeout(timeout, count.wait_for(|count| *count > seen)).await);
        *self.0.borrow()
    }

    fn add_one(&self) {
        self.0.send_modify(|count| *count += 1);
    }
}

impl Postgres {
    /// Wakes the workers, once what they are to find is committed. Whoever is not woken looks soon anyway,
    /// so this never fails.
    ///
    /// Not inside the transaction: while one that notifies is made durable it holds a lock of the whole
    /// server, so that commits which could share a flush wait for each other instead.
    pub(crate) async fn wake(&self, channel: Channel) {
        let called = sqlx::query!("SELECT pg_notify($1, '')", channel.name())
            .execute(&self.pool)
            .await;
        if let Err(error) = called {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the workers were not woken"
            );
        }
    }

    /// Has the workers woken within some milliseconds, once for all that ask meanwhile, and returns at once.
    pub(crate) fn wake_soon(&self, channel: Channel) {
        if self.notices.is_waking.swap(true, Ordering::AcqRel) {
            return;
        }
        let store = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SOON).await;
            store.notices.is_waking.store(false, Ordering::Release);
            store.wake(channel).await;
        });
    }

    /// Listens for new work until the connection is lost for good; run it beside the worker's loops.
    /// Without it [`Dispatch::wait`](tidings_messaging::Dispatch::wait) only polls.
    ///
    /// # Errors
    /// [`ConnectError::Unreachable`]: listening could not be started, or stopped.
    pub async fn listen(&self) -> Result<(), ConnectError> {
        self.listen_to(&Channel::ALL).await
    }

    /// Listens for events that can be read, and for nothing else: for a program that does no work of the queue.
    ///
    /// # Errors
    /// [`ConnectError::Unreachable`]: listening could not be started, or stopped.
    pub async fn listen_for_events(&self) -> Result<(), ConnectError> {
        self.listen_to(&[Channel::Events]).await
    }

    async fn listen_to(&self, channels: &[Channel]) -> Result<(), ConnectError> {
        let lost = |error: sqlx::Error| ConnectError::Unreachable(error.into());
        let mut listener = sqlx::postgres::PgListener::connect_with(&self.pool)
            .await
            .map_err(lost)?;
        listener
            .listen_all(channels.iter().map(|channel| channel.name()))
            .await
            .map_err(lost)?;
        // What came before it listened may have been missed.
        for channel in channels {
            self.notices.of(*channel).add_one();
        }
        loop {
            let notice = listener.try_recv().await.map_err(lost)?;
            for channel in channels {
                // Without a notice the connection was renewed: something may have been missed.
                let is_meant = notice
                    .as_ref()
                    .is_none_or(|notice| notice.channel() == channel.name());
                if is_meant {
                    self.notices.of(*channel).add_one();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, thread, time::Instant};

    /// Long enough for thousands of waits, each of which a notice may meet at any of its steps.
    const LONG: Duration = Duration::from_secs(1);

    #[test]
    fn who_waits_and_who_counts_do_not_lock_each_other_out() {
        let (done, ended) = mpsc::channel();
        // Threads of their own, which nobody waits for if they do.
        thread::spawn(move || {
            let count = std::sync::Arc::new(Count::default());
            let until = Instant::now() + LONG;
            let waiters: Vec<_> = (0..2)
                .map(|_| {
                    let count = count.clone();
                    thread::spawn(move || {
                        let runtime = tokio::runtime::Builder::new_current_thread()
                            .enable_time()
                            .build()
                            .unwrap();
                        let mut seen = 0;
                        while Instant::now() < until {
                            seen = runtime.block_on(count.wait(seen, time::Duration::MILLISECOND));
                        }
                        seen
                    })
                })
                .collect();
            while Instant::now() < until {
                count.add_one();
            }
            let seen: Vec<u64> = waiters.into_iter().map(|it| it.join().unwrap()).collect();
            done.send(seen).unwrap();
        });
        let seen = ended
            .recv_timeout(20 * LONG)
            .expect("somebody waits for ever");
        assert!(seen.iter().all(|seen| *seen > 0), "{seen:?}");
    }
}
