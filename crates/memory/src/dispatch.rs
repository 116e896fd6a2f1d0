use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{AttemptId, StoreError, TenantId};
use tidings_messaging::{Claim, Class, Dispatch, Held, Ready, Settlement, Share, Start};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl Dispatch for Memory {
    async fn ready(&self, classes: &[Class], now: OffsetDateTime) -> Result<Ready, StoreError> {
        Ok(self.lock().ready(classes, now))
    }

    async fn claim(
        &self,
        shares: &[Share],
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        Ok(self.lock().claim(shares, now, lease))
    }

    async fn claim_suspect(
        &self,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        Ok(self.lock().claim_suspect(now, lease))
    }

    async fn begin(&self, starts: &[Start]) -> Result<Vec<AttemptId>, StoreError> {
        let mut state = self.lock();
        Ok(starts
            .iter()
            .filter_map(|start| state.begin(start))
            .collect())
    }

    async fn settle(
        &self,
        settlements: &[(Held, Settlement)],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        for (held, settlement) in settlements {
            crate::settle::check(held, settlement)?;
        }
        for (held, settlement) in settlements {
            state.settle(held, settlement, now);
        }
        drop(state);
        Self::notify(&self.work);
        Ok(())
    }

    async fn wake(
        &self,
        tenant: TenantId,
        at: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        let woken = self.lock().wake(tenant, at, most);
        Self::notify(&self.work);
        Ok(woken)
    }

    async fn siblings(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<Vec<String>, StoreError> {
        Ok(self.lock().siblings(tenant, attempt))
    }

    async fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        Self::wait_for(&self.work, seen, timeout).await
    }
}
