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

    /// The key with this hash, whatever tenant it opens; expired and revoked ones too.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError>;
}
