//! Callbacks: stored raw, held while they are worked on, and what they say written down.
//!
//! A callback's request is written once. What waits is a row of the narrow table `inbox`, which leaves when
//! the callback is applied; only one that is given up is marked.

mod applying;
mod claiming;
mod inbound;
mod overdue;
mod storing;

pub(crate) use storing::{Incoming, store_all, wake_all};

use crate::{
    Postgres, conversations,
    gathers::only,
    messages::{MessageRow, with_history},
    transaction::store_error,
};
use async_trait::async_trait;
use std::sync::Arc;
use tidings_kernel::{AccountId, CallbackId, StoreError, TenantId};
use tidings_messaging::{
    FreeWindowEvent, InboundRecord, Inbox, Message, PutBack, QueryJob, RawCallback, ReceiptEffect,
    ReceiptTarget, ReceiptUpdate, Stored,
};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl Inbox for Postgres {
    async fn store(&self, callback: &RawCallback) -> Result<Stored, StoreError> {
        let incoming = Arc::new(Incoming::of(callback)?);
        match &self.gathers {
            Some(gathers) => gathers.callbacks.ask(incoming).await,
            None => only(self.store_callbacks(vec![incoming]).await),
        }
    }

    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<RawCallback>, StoreError> {
        self.claim_callbacks(limit, now, lease).await
    }

    async fn apply(
        &self,
        updates: &[ReceiptUpdate],
    ) -> Result<Vec<Option<ReceiptEffect>>, StoreError> {
        self.apply_receipts(updates).await
    }

    async fn subject(&self, target: &ReceiptTarget) -> Result<Option<Message>, StoreError> {
        let mut transaction = self.begin_for(target.tenant).await?;
        let found = applying::find_targets(&mut transaction, &[target]).await?;
        let Some(found) = found.into_iter().next().flatten() else {
            return Ok(None);
        };
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT * FROM messages WHERE tenant_id = $1 AND id = $2",
            target.tenant.uuid(),
            found.message,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let records = with_history(&mut transaction, target.tenant, rows).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(records.into_iter().next().map(|record| record.message))
    }

    async fn receive(&self, inbound: &InboundRecord) -> Result<bool, StoreError> {
        self.receive_message(inbound).await
    }

    async fn open_free_window(
        &self,
        tenant: TenantId,
        account: AccountId,
        window: &FreeWindowEvent,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        conversations::free_until(&mut transaction, tenant, account, window).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn finish(&self, callbacks: &[CallbackId], _: OffsetDateTime) -> Result<(), StoreError> {
        self.finish_callbacks(callbacks).await
    }

    async fn put_back(&self, callbacks: &[PutBack]) -> Result<(), StoreError> {
        self.put_callbacks_back(callbacks).await
    }

    async fn overdue(
        &self,
        limit: u16,
        now: OffsetDateTime,
        next_at: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<QueryJob>, StoreError> {
        self.overdue_attempts(limit, now, next_at, most).await
    }

    async fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        self.notices.inbox.wait(seen, timeout).await
    }
}
