use async_trait::async_trait;
use tidings_kernel::{AccountId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// An account whose turn it is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upkeep {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// How often in a row looking has failed.
    pub failures: u16,
}

/// How the last look at an account went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpkeepState {
    /// The account.
    pub account: AccountId,
    /// When it was last looked at with success.
    pub looked_at: Option<OffsetDateTime>,
    /// Why the last look failed, if it did.
    pub problem: Option<String>,
    /// When it is looked at next.
    pub due_at: OffsetDateTime,
}

/// Remembers when accounts are looked at, so that one worker does at a time.
#[async_trait]
pub trait Upkeeps: Send + Sync {
    /// Takes up to `most` accounts of these providers that are switched on and due, those that are due for longest
    /// first; nobody else gets them before `lease` has passed. One that was never looked at is due at once.
    ///
    /// # Errors
    /// [`StoreError`]: none was taken.
    async fn take(
        &self,
        providers: &[&str],
        now: OffsetDateTime,
        lease: Duration,
        most: u16,
    ) -> Result<Vec<Upkeep>, StoreError>;

    /// A look at `now` came to an end: without a `problem` the failures are forgotten, with one they are one more. The
    /// account is due again at `next`. An account that is gone is left alone.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was noted; it is looked at again when the lease ends.
    async fn looked(
        &self,
        whose: (TenantId, AccountId),
        problem: Option<&str>,
        now: OffsetDateTime,
        next: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// How the last looks at the tenant's accounts went, by account; those that were never looked at are absent.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn upkeep(&self, tenant: TenantId) -> Result<Vec<UpkeepState>, StoreError>;
}
