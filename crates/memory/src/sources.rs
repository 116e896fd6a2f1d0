use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{SourceKey, Sources};
use time::OffsetDateTime;

#[async_trait]
impl Sources for Memory {
    async fn announce(
        &self,
        tenant: TenantId,
        source: &SourceKey,
        version: u64,
        _: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let newest = state
            .sources
            .entry((tenant, source.clone()))
            .or_insert(version);
        *newest = version.max(*newest);
        Ok(*newest)
    }
}
