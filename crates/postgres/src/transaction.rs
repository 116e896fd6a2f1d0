use crate::{Postgres, notices::Channel, turnstile::Turnstile};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres as Db, pool::PoolConnection};
use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
};
use tidings_kernel::{StoreError, TenantId};

/// Reads a database error as a port's: what may pass is `Unavailable`, what will not is
/// `Inconsistent`.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::ColumnDecode { index, .. } => StoreError::Inconsistent {
            context: format!("column {index}"),
            source: Some(error.into()),
        },
        sqlx::Error::Database(problem) if is_our_fault(problem.code().as_deref()) => {
            StoreError::Inconsistent {
                context: problem.message().to_owned(),
                source: Some(error.into()),
            }
        }
        _ => StoreError::unavailable(error),
    }
}

/// Classes 22 (bad data), 23 (constraints), 42 (bad statements) and 54 (limits, such as an index entry
/// that is too long) do not pass by waiting.
fn is_our_fault(code: Option<&str>) -> bool {
    code.is_some_and(|code| {
        ["22", "23", "42", "54"]
            .iter()
            .any(|class| code.starts_with(class))
    })
}

/// Whether an error is the violation of the constraint of this name.
pub(crate) fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error
        .as_database_error()
        .and_then(|problem| problem.constraint())
        == Some(constraint)
}

/// A transaction on a connection of the pool. What ends without a commit is rolled back before anybody else
/// gets the connection, and that holds from the moment in which the connection is taken: also when beginning
/// fails half-way, or nobody waits for it any more.
pub(crate) struct Transaction {
    /// None once it has ended.
    connection: Option<PoolConnection<Db>>,
}

impl Transaction {
    /// Runs the statements that begin it, in one round trip.
    async fn begin(pool: &PgPool, statements: String) -> Result<Self, sqlx::Error> {
        let mut transaction = Self {
            connection: Some(pool.acquire().await?),
        };
        sqlx::raw_sql(AssertSqlSafe(statements))
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.end("COMMIT").await
    }

    pub(crate) async fn rollback(self) -> Result<(), sqlx::Error> {
        self.end("ROLLBACK").await
    }

    async fn end(mut self, how: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(how).execute(&mut *self).await?;
        drop(self.connection.take());
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("who ends a transaction has it no more"),
        }
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("who ends a transaction has it no more"),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return connection.close_on_drop();
        };
        runtime.spawn(async move {
            if sqlx::raw_sql("ROLLBACK")
                .execute(&mut *connection)
                .await
                .is_err()
            {
                connection.close_on_drop();
            }
        });
    }
}

/// Whether PostgreSQL ended a transaction because it and another waited for each other. Nothing of it is
/// done, and it may simply be done again.
pub(crate) fn is_deadlock(error: &StoreError) -> bool {
    let StoreError::Unavailable(source) = error else {
        return false;
    };
    source
        .downcast_ref::<sqlx::Error>()
        .and_then(|error| error.as_database_error()?.code())
        .is_some_and(|code| code == "40P01")
}

impl Postgres {
    /// Begins a transaction that speaks for one tenant.
    pub(crate) async fn begin_for(&self, tenant: TenantId) -> Result<Transaction, StoreError> {
        self.begin_for_each([tenant]).await
    }

    /// Begins a transaction that speaks for one tenant, for a list: its plan follows from the filters that
    /// were given, and which index is best depends on them.
    pub(crate) async fn begin_list(&self, tenant: TenantId) -> Result<Transaction, StoreError> {
        let custom = "; SET LOCAL plan_cache_mode = force_custom_plan";
        self.begin_with(&list([tenant]), custom).await
    }

    /// Begins a transaction that speaks for several tenants: the api's role sees the rows of these and of no
    /// other. One round trip.
    pub(crate) async fn begin_for_each(
        &self,
        tenants: impl IntoIterator<Item = TenantId>,
    ) -> Result<Transaction, StoreError> {
        self.begin_with(&list(tenants), "").await
    }

    /// Begins a transaction that stores messages of these tenants. It keeps erasures of them out until it ends;
    /// whoever stores messages shares the lock. With `is_notice`, workers are told when it is committed: that
    /// is for one that is alone, since commits with notices wait for each other. One round trip.
    pub(crate) async fn begin_intake(
        &self,
        tenants: impl IntoIterator<Item = TenantId>,
        is_notice: bool,
    ) -> Result<Transaction, StoreError> {
        let tenants = list(tenants);
        let notice = if is_notice {
            format!("; SELECT pg_notify('{}', '')", Channel::Queue.name())
        } else {
            String::new()
        };
        // What follows is a statement of its own, so that it sees what was committed while an erasure was
        // waited for.
        let then = format!(
            "; SELECT pg_advisory_xact_lock_shared(hashtextextended(tenant, {}))
             FROM unnest('{{{tenants}}}'::text[]) AS tenant{notice}",
            Turnstile::Erasure.number(),
        );
        self.begin_with(&tenants, &then).await
    }

    /// Begins a transaction that speaks for a list of tenants, and runs what else is to be done first.
    async fn begin_with(&self, tenants: &str, then: &str) -> Result<Transaction, StoreError> {
        let begin = format!("BEGIN; SET LOCAL tidings.tenant = '{tenants}'{then}");
        Transaction::begin(&self.pool, begin)
            .await
            .map_err(store_error)
    }

    /// Begins a transaction that speaks for no tenant: the api's role sees nothing in it.
    pub(crate) async fn begin_for_all(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(&self.pool, "BEGIN".to_owned())
            .await
            .map_err(store_error)
    }
}

/// Tenants, each once, as the database reads them: nothing but hexadecimal digits, hyphens and commas.
fn list(tenants: impl IntoIterator<Item = TenantId>) -> String {
    let tenants: BTreeSet<TenantId> = tenants.into_iter().collect();
    let tenants: Vec<String> = tenants
        .iter()
        .map(|tenant| tenant.uuid().to_string())
        .collect();
    tenants.join(",")
}
