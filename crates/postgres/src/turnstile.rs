//! What is done by one transaction after the other, also where there is no row yet that it could lock.

use crate::transaction::store_error;
use sqlx::PgConnection;
use tidings_kernel::StoreError;

/// What is done so. Each has keys of its own; the numbers stay as they are, since programs of two versions may run
/// beside each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turnstile {
    /// The same message from a contact is stored.
    Inbound = 8,
    /// Somebody of a tenant is erased. Whoever stores messages of the tenant shares it.
    Erasure = 11,
    /// The webhook endpoints of a tenant are counted.
    Endpoints = 12,
    /// What a provider says of a template is noted.
    Listing = 18,
    /// What a provider says of a sender is noted.
    Rating = 19,
    /// The quick replies of a tenant are counted.
    QuickReplies = 21,
}

impl Turnstile {
    /// Its number.
    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    /// Waits until no other transaction is past it with this key; nobody else gets past it until this one ends. What
    /// they have committed is seen by the next statement.
    pub(crate) async fn pass(
        self,
        connection: &mut PgConnection,
        key: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))",
            key,
            self.number(),
        )
        .execute(connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }
}
