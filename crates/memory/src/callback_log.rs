use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{CallbackId, StoreError, TenantId};
use tidings_messaging::{CallbackEntry, CallbackLog, Page, Paged};
use time::OffsetDateTime;

#[async_trait]
impl CallbackLog for Memory {
    async fn unapplied(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<CallbackEntry>, StoreError> {
        let state = self.lock();
        let own = state.callbacks.values().rev();
        let found = own
            .filter(|callback| callback.tenant() == tenant)
            .filter(|callback| page.after.is_none_or(|after| callback.id().uuid() < after))
            .filter_map(crate::callbacks::Callback::entry)
            .take(usize::from(page.limit) + 1)
            .collect();
        Ok(Paged::cut(found, page.limit, |entry: &CallbackEntry| {
            entry.id.uuid()
        }))
    }

    async fn replay(
        &self,
        tenant: TenantId,
        callback: CallbackId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let is_done = match self.lock().callbacks.get_mut(&callback) {
            Some(callback) if callback.tenant() == tenant => callback.replay(now),
            Some(_) | None => false,
        };
        if is_done {
            Self::notify(&self.arrivals);
        }
        Ok(is_done)
    }
}
