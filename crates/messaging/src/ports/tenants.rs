use crate::{ApiKey, Tenant};
use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId};

/// Remembers tenants and their keys.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Stores a tenant. Storing the same id again replaces it.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn put(&self, tenant: &Tenant) -> Result<(), StoreError>;

    /// Replaces a tenant if the stored one still is as `before`; when it was made stays. `false` if there
    /// is none, or somebody else changed it meanwhile: then nothing is changed, so that a channel which one
    /// person closes is not opened again by another who changes something else.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn change(&self, before: &Tenant, after: &Tenant) -> Result<bool, StoreError>;

    /// The tenant, if it exists.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError>;

    /// Every tenant, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn list(&self) -> Result<Vec<Tenant>, StoreError>;

    /// Stores a key. Storing the same id again replaces it.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn put_key(&self, key: &ApiKey) -> Result<(), StoreError>;

    /// The tenant's keys, newest first; expired and revoked ones too.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn keys(&self, tenant: TenantId) -> Result<Vec<ApiKey>, StoreError>;

    /// The key with this hash, whatever tenant it opens; expired and revoked ones too.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError>;
}
