use crate::Postgres;
use sqlx::{AssertSqlSafe, Postgres as Db, Transaction};
use std::collections::BTreeSet;
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

impl Postgres {
    /// Begins a transaction that speaks for one tenant.
    pub(crate) async fn begin_for(
        &self,
        tenant: TenantId,
    ) -> Result<Transaction<'static, Db>, StoreError> {
        self.begin_for_each([tenant]).await
    }

    /// Begins a transaction that speaks for several tenants: the api's role sees the rows of these and of no
    /// other. One round trip.
    pub(crate) async fn begin_for_each(
        &self,
        tenants: impl IntoIterator<Item = TenantId>,
    ) -> Result<Transaction<'static, Db>, StoreError> {
        let tenants: BTreeSet<TenantId> = tenants.into_iter().collect();
        let list: Vec<String> = tenants
            .iter()
            .map(|tenant| tenant.uuid().to_string())
            .collect();
        // Nothing but hexadecimal digits, hyphens and commas.
        let begin = format!("BEGIN; SET LOCAL tidings.tenant = '{}'", list.join(","));
        self.pool
            .begin_with(AssertSqlSafe(begin))
            .await
            .map_err(store_error)
    }

    /// Begins a transaction that speaks for no tenant: the api's role sees nothing in it.
    pub(crate) async fn begin_for_all(&self) -> Result<Transaction<'static, Db>, StoreError> {
        self.pool.begin().await.map_err(store_error)
    }
}
