use crate::Sealed;
use async_trait::async_trait;
use tidings_kernel::{AccountId, ApiKeyId, StoreError, TenantId};
use time::OffsetDateTime;

/// A secret that a tenant shares with us: its programs show it, and check with it what we send to them.
///
/// An API key cannot do the second, since only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthToken {
    /// The tenant; it has one at a time.
    pub tenant: TenantId,
    /// Names it where API keys are named, in limits and decisions.
    pub key: ApiKeyId,
    /// SHA-256 of its text, by which it is recognized; the text has 128 random bits.
    pub hash: [u8; 32],
    /// Its text, sealed for the tenant and [`AuthToken::seat`].
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl AuthToken {
    /// What a token is sealed for in place of a provider account: the tenant itself, whose id no account has.
    pub const fn seat(tenant: TenantId) -> AccountId {
        AccountId::from_uuid(tenant.uuid())
    }
}

/// Remembers the auth token of each tenant.
#[async_trait]
pub trait AuthTokens: Send + Sync {
    /// Stores a tenant's token; the one before works no more.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn put(&self, token: &AuthToken) -> Result<(), StoreError>;

    /// The tenant's token, if it has one.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(&self, tenant: TenantId) -> Result<Option<AuthToken>, StoreError>;
}
