use super::{Answer, KeyLost};
use async_trait::async_trait;
use tidings_consent::{ConsentEvent, chain::Link};
use tidings_kernel::{ContactId, StoreError, TenantId};

/// Why an event was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoContact,
    /// A later request took the idempotency key over.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The backend failed; nothing was recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Remembers who agreed to what. Events are only ever added; each contact's events form a hash chain in
/// the order in which they were recorded. The ledger draws the salt of each link from a secure generator.
#[async_trait]
pub trait ConsentLedger: Send + Sync {
    /// Records an event, and the answer that reports it, in one step. Recording the same id twice
    /// changes nothing.
    ///
    /// # Errors
    /// [`RecordError`]: nothing was recorded.
    async fn record(
        &self,
        tenant: TenantId,
        event: &ConsentEvent,
        answer: Option<&Answer>,
    ) -> Result<(), RecordError>;

    /// The contact's chain in the order in which it was recorded; an erased contact's is redacted.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn history(&self, tenant: TenantId, contact: ContactId) -> Result<Vec<Link>, StoreError>;
}
