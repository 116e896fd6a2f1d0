use crate::{gathers::Gathers, lanes::Lanes, notices::Notices, transaction::store_error};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, sync::Arc, time::Duration};
use tidings_kernel::{BoxError, StoreError};
use time::OffsetDateTime;

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
    pub(crate) notices: Arc<Notices>,
    pub(crate) lanes: Arc<Lanes>,
    /// Where concurrent requests become batches; none in the handle that works on a batch.
    pub(crate) gathers: Option<Arc<Gathers>>,
    /// After which time a request without answer is taken for dead.
    pub(crate) taken_over: time::Duration,
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

/// Requests end after 30 seconds.
const TAKEN_OVER: time::Duration = time::Duration::seconds(60);
/// For how long an unused connection is taken to be alive.
const FRESH: Duration = Duration::from_secs(1);

/// Plans are made once for each statement and connection, since making one takes longer than running most; they
/// are made anew when tables have grown, see [`Postgres::refresh_statistics`]. Lists, whose filters come and
/// go, are the exception, see [`Postgres::begin_list`].
const PLANS: [(&str, &str); 2] = [("plan_cache_mode", "force_generic_plan"), ("jit", "off")];

/// Nobody may keep others waiting for ever. A program that goes silent in a transaction, since it is frozen or its
/// machine is gone, loses the transaction with its locks; whoever waits for a lock gives up later than that, so that
/// it gets through; and a statement has as long as a request. What is ended so comes as
/// [`StoreError::Unavailable`] and is done again.
const PATIENCE: [(&str, &str); 3] = [
    ("idle_in_transaction_session_timeout", "10s"),
    ("lock_timeout", "20s"),
    ("statement_timeout", "30s"),
];

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
            .map_err(|error| ConnectError::Address(error.into()))?
            .options(PLANS)
            .options(PATIENCE);
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
        let mut postgres = Self {
            pool,
            notices: Arc::default(),
            lanes: Arc::default(),
            taken_over: TAKEN_OVER,
            gathers: None,
        };
        postgres.gathers = Some(Arc::new(Gathers::over(&postgres)));
        Ok(postgres)
    }

    /// The same, with another time than a minute after which a request without answer is taken for dead,
    /// and its idempotency key may be claimed by a repetition.
    #[must_use]
    pub fn with_take_over(mut self, after: time::Duration) -> Self {
        self.taken_over = after;
        self.gathers = Some(Arc::new(Gathers::over(&self)));
        self
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

    /// Counts the rows of tables that have grown much since they were last counted, and gives how many tables
    /// those were: PostgreSQL then makes the plans of their statements anew. To be called every second while
    /// a program runs; of several callers one at a time does it.
    ///
    /// # Errors
    /// [`ConnectError::Unreachable`].
    pub async fn refresh_statistics(&self) -> Result<u32, ConnectError> {
        let counted = async {
            // Without it plans would be made for empty tables, so it has as long as it takes.
            let mut transaction = self.begin_for_all().await?;
            sqlx::raw_sql("SET LOCAL statement_timeout = 0")
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
            let counted: i32 = sqlx::query_scalar("SELECT refresh_statistics()")
                .fetch_one(&mut *transaction)
                .await
                .map_err(store_error)?;
            transaction.commit().await.map_err(store_error)?;
            Ok::<i32, StoreError>(counted)
        };
        let counted = counted
            .await
            .map_err(|error| ConnectError::Unreachable(error.into()))?;
        Ok(u32::try_from(counted).unwrap_or(0))
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}
