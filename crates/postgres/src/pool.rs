use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, sync::Arc, time::Duration};
use tidings_kernel::BoxError;
use time::OffsetDateTime;
use tokio::sync::Notify;

/// Which part of Tidings is connecting; decides what the database lets it see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sees the tenant of its transaction, and nothing outside one.
    Api,
    /// Sees every tenant.
    Worker,
}

impl Role {
    const fn set_role(self) -> &'static str {
        match self {
            Self::Api => "SET ROLE tidings_api",
            Self::Worker => "SET ROLE tidings_worker",
        }
    }
}

/// Every storage port, over one pool of connections.
#[derive(Clone)]
pub struct Postgres {
    pub(crate) pool: PgPool,
    pub(crate) woken: Arc<Notify>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not one of PostgreSQL.
    #[error("the database address cannot be read: use postgres://user@host:port/database")]
    Address(#[source] BoxError),
    /// Nobody answers there, or the login is refused.
    #[error("the database cannot be reached")]
    Unreachable(#[source] BoxError),
}

/// How long a wait lasts at most when nobody says anything.
const POLL: Duration = Duration::from_secs(1);
/// For how long an unused connection is taken to be alive.
const FRESH: Duration = Duration::from_secs(1);

impl Postgres {
    /// Connects with at most `connections` connections, each stepping down to `role`.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        url: &SecretString,
        role: Role,
        connections: u32,
    ) -> Result<Self, ConnectError> {
        let options = PgConnectOptions::from_str(url.expose_secret())
            .map_err(|error| ConnectError::Address(error.into()))?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            // A connection that was used a moment ago is not asked whether it lives: that is a round trip
            // for every transaction.
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(role.set_role()).execute(connection).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(|error| ConnectError::Unreachable(error.into()))?;
        Ok(Self {
            pool,
            woken: Arc::new(Notify::new()),
        })
    }

    /// Whether a connection can be had and answers.
    ///
    /// # Errors
    /// [`ConnectError::Unreachable`].
    pub async fn ping(&self) -> Result<(), ConnectError> {
        sqlx::query("SELECT 1")
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(|error| ConnectError::Unreachable(error.into()))
    }

    /// What the database's clock says, for comparing it with ours.
    ///
    /// # Errors
    /// [`ConnectError::Unreachable`].
    pub async fn now(&self) -> Result<OffsetDateTime, ConnectError> {
        sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&self.pool)
            .await
            .map_err(|error| ConnectError::Unreachable(error.into()))
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Wakes the workers, once what they are to find is committed. Whoever is not woken looks soon anyway,
    /// so this never fails.
    ///
    /// Not inside the transaction: while one that notifies is made durable it holds a lock of the whole
    /// server, so that commits which could share a flush wait for each other instead.
    pub(crate) async fn wake(&self) {
        let called = sqlx::query!("SELECT pg_notify('tidings_queue', '')")
            .execute(&self.pool)
            .await;
        if let Err(error) = called {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the workers were not woken"
            );
        }
    }

    /// Returns when another process has said that there is new work, or after `timeout`, which is never
    /// longer than the poll that is the safety net under NOTIFY.
    pub(crate) async fn wait_for_notice(&self, timeout: time::Duration) {
        let timeout = timeout.try_into().unwrap_or(POLL).min(POLL);
        // Running out of time is as good as being called: both mean to look again.
        let _elapsed = tokio::time::timeout(timeout, self.woken.notified()).await;
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
        listener.listen("tidings_queue").await.map_err(lost)?;
        loop {
            // `None` says that the connection was renewed: something may have been missed.
            listener.try_recv().await.map_err(lost)?;
            self.woken.notify_waiters();
        }
    }
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}
