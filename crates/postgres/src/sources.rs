use crate::{Postgres, convert::Place, transaction::store_error};
use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{SourceKey, Sources};
use time::OffsetDateTime;

/// The column's value. Versions end at 9 223 372 036 854 775 807 here; a greater one is refused, since
/// taking it for smaller would let old messages out.
pub(crate) fn version_column(version: u64) -> Result<i64, StoreError> {
    i64::try_from(version)
        .map_err(|_| StoreError::inconsistent(format!("version {version} is too large to keep")))
}

#[async_trait]
impl Sources for Postgres {
    async fn announce(
        &self,
        tenant: TenantId,
        source: &SourceKey,
        version: u64,
        now: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let newest = sqlx::query_scalar!(
            "INSERT INTO source_versions AS s (tenant_id, type, id, version, announced_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, type, id) DO UPDATE SET
                 announced_at = CASE WHEN excluded.version > s.version
                     THEN excluded.announced_at ELSE s.announced_at END,
                 version = greatest(s.version, excluded.version)
             RETURNING version",
            tenant.uuid(),
            source.kind,
            source.id,
            version_column(version)?,
            now,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Place::new("source_versions", tenant.uuid()).number("version", newest)
    }
}
