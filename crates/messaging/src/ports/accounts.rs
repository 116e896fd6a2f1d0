use super::{Answer, KeyLost};
use crate::{ProviderAccount, Tally};
use async_trait::async_trait;
use tidings_kernel::{AccountId, StoreError, TenantId};
use time::OffsetDateTime;

/// Why an account was not stored.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A later request took the idempotency key over.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Remembers provider accounts with their senders. How these stand with their providers is told with them
/// and changed by [`Ratings`](crate::Ratings) alone; it goes when a sender does or gets another address.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Stores a new account, and the answer that reports it, in one step.
    ///
    /// # Errors
    /// [`AccountError`]: nothing was stored.
    async fn create(
        &self,
        account: &ProviderAccount,
        answer: Option<&Answer>,
    ) -> Result<(), AccountError>;

    /// Replaces an account with its senders. `false` if there is none.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn update(&self, account: &ProviderAccount) -> Result<bool, StoreError>;

    /// The account, if the tenant has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<ProviderAccount>, StoreError>;

    /// The accounts of each tenant, by priority and then age. A tenant without accounts is absent.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn of_tenants(&self, tenants: &[TenantId]) -> Result<Vec<ProviderAccount>, StoreError>;

    /// How many attempts were begun through each account of the tenant at or after `since`, by their ids; accounts
    /// without any are absent. Up to 50,000 attempts are looked at; beyond that the numbers are "at least".
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn begun(
        &self,
        tenant: TenantId,
        since: OffsetDateTime,
    ) -> Result<Vec<(AccountId, Tally)>, StoreError>;

    /// Removes an account. Attempts keep its id. `false` if there was none.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was removed.
    async fn delete(&self, tenant: TenantId, account: AccountId) -> Result<bool, StoreError>;

    /// The account whose callback address ends in this token, whatever tenant it belongs to; how its senders stand is
    /// not told.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn by_callback_token(&self, token: &str) -> Result<Option<ProviderAccount>, StoreError>;
}
