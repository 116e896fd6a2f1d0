//! Who says that there is new work, and who waits for it.

use crate::{ConnectError, Postgres};
use std::time::Duration;
use tokio::sync::watch;

/// How long a wait lasts at most when nobody says anything.
const POLL: Duration = Duration::from_secs(1);

/// What there is new work for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Messages to claim.
    Queue,
    /// Callbacks to apply.
    Inbox,
}

impl Channel {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queue => "tidings_queue",
            Self::Inbox => "tidings_inbox",
        }
    }
}

/// The notices that have come so far.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    pub(crate) queue: Count,
    pub(crate) inbox: Count,
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
        // Running out of time is as good as being called: both mean to look again.
        let _elapsed = tokio::time::timeout(timeout, count.wait_for(|count| *count > seen)).await;
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

    /// Listens for new work until the connection is lost for good; run it beside the worker's loops.
    /// Without it [`Dispatch::wait`](tidings_messaging::Dispatch::wait) only polls.
    ///
    /// # Errors
    /// [`ConnectError::Unreachable`]: listening could not be started, or stopped.
    pub async fn listen(&self) -> Result<(), ConnectError> {
        let lost = |error: sqlx::Error| ConnectError::Unreachable(error.into());
        let mut listener = sqlx::postgres::PgListener::connect_with(&self.pool)
            .await
            .map_err(lost)?;
        listener
            .listen_all([Channel::Queue.name(), Channel::Inbox.name()])
            .await
            .map_err(lost)?;
        loop {
            match listener.try_recv().await.map_err(lost)? {
                Some(notice) if notice.channel() == Channel::Queue.name() => {
                    self.notices.queue.add_one();
                }
                Some(_) => self.notices.inbox.add_one(),
                // The connection was renewed: something may have been missed.
                None => {
                    self.notices.queue.add_one();
                    self.notices.inbox.add_one();
                }
            }
        }
    }
}
