use crate::Sealed;
use secrecy::SecretBox;
use tidings_kernel::{AccountId, TenantId};

/// Seals secrets so that a stolen database is worthless, and so that a sealed secret moved to another
/// tenant or record does not open.
pub trait Vault: Send + Sync {
    /// Seals `plain` for exactly this tenant and account. Two calls never give the same bytes.
    ///
    /// # Errors
    /// [`VaultError::NoKey`]: there is no key to seal with. [`VaultError::NoRandomness`]: nothing was
    /// sealed.
    fn seal(
        &self,
        tenant: TenantId,
        account: AccountId,
        plain: &SecretBox<[u8]>,
    ) -> Result<Sealed, VaultError>;

    /// Opens what was sealed for this tenant and account, by any key of the ring.
    ///
    /// # Errors
    /// [`VaultError::NoKey`], [`VaultError::Corrupt`].
    fn open(
        &self,
        tenant: TenantId,
        account: AccountId,
        sealed: &Sealed,
    ) -> Result<SecretBox<[u8]>, VaultError>;
}

/// Why a secret cannot be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The key that sealed it is not in the ring.
    #[error("the key {0:?} is not in the key ring: add it to TIDINGS_KEYS")]
    NoKey(String),
    /// It was changed, or sealed for another tenant or record.
    #[error("the sealed secret does not open: it was changed, or belongs to another record")]
    Corrupt,
    /// The system gave no random numbers, without which nothing is sealed.
    #[error("the system gives no random numbers")]
    NoRandomness,
}
