use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{AttemptId, StoreError, TenantId};
use tidings_messaging::{Claim, Dispatch, Held, Settlement, Start};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl Dispatch for Memory {
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        Ok(self.lock().claim(limit, now, lease))
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
        self.work.notify_one();
        Ok(())
    }

    async fn siblings(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<Vec<String>, StoreError> {
        Ok(self.lock().siblings(tenant, attempt))
    }

    async fn wait(&self, timeout: Duration) {
        Self::wait_for(&self.work, timeout).await;
    }
}
