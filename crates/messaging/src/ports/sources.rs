use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tidings_kernel::{StoreError, TenantId};
use time::OffsetDateTime;

/// A record in the tenant's own system that messages are about, such as a booking.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceKey {
    /// Its kind, such as `booking`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id there.
    pub id: String,
}

/// Remembers which version of a record is the newest, so that nothing goes out about an older one.
#[async_trait]
pub trait Sources: Send + Sync {
    /// Announces that a record is at `version` now. Announcements may come in any order and more than
    /// once: the highest version stays. Gives the version that stands afterwards.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn announce(
        &self,
        tenant: TenantId,
        source: &SourceKey,
        version: u64,
        now: OffsetDateTime,
    ) -> Result<u64, StoreError>;
}
