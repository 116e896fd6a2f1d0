use super::{Page, Paged};
use async_trait::async_trait;
use tidings_kernel::{AccountId, CallbackId, StoreError, TenantId};
use time::OffsetDateTime;

/// A callback that is not applied, as a tenant's people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackEntry {
    /// Its id.
    pub id: CallbackId,
    /// The account that it came to.
    pub account: AccountId,
    /// The provider's name.
    pub provider: String,
    /// When it came in.
    pub received_at: OffsetDateTime,
    /// How far it is.
    pub stage: CallbackStage,
    /// Why it could not be applied, if it was tried.
    pub problem: Option<String>,
}

/// How far a callback is that is not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackStage {
    /// It will be applied, or tried again.
    Waiting,
    /// Nobody tries again before it is replayed.
    GivenUp,
}

/// Callbacks that are not applied, for the tenant that they belong to.
#[async_trait]
pub trait CallbackLog: Send + Sync {
    /// The tenant's callbacks that wait or were given up, newest first by their ids.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn unapplied(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<CallbackEntry>, StoreError>;

    /// Has one that was given up applied anew, as if it had just come in, and wakes whoever applies. `false` if the
    /// tenant has none of this id that was given up.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn replay(
        &self,
        tenant: TenantId,
        callback: CallbackId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;
}
