mod accept;
mod change;
pub(crate) mod decisions;
mod history;
mod intake;
mod row;
pub(crate) mod timeline;

pub(crate) use accept::{Inserted, fence_again, insert_inbound, insert_new_many, money};
pub(crate) use history::with_history;
pub(crate) use intake::{NewAnswered, intake};
pub(crate) use row::{AttemptRow, MessageRow};

use crate::{Postgres, transaction::store_error};
use async_trait::async_trait;
use tidings_kernel::{Channel, MessageId, StoreError, TenantId};
use tidings_messaging::{
    AcceptError, Answer, Change, ChangeError, DeadLetter, DecisionRecord, Direction, MessageFilter,
    MessageRecord, Messages, NewMessage, Page, Paged, QueueEntry, Status,
};
use time::OffsetDateTime;
use uuid::Uuid;

#[async_trait]
impl Messages for Postgres {
    async fn accept(&self, new: &NewMessage, answer: Option<&Answer>) -> Result<(), AcceptError> {
        self.take_in(new, answer).await
    }

    async fn get(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Option<MessageRecord>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT m.* FROM messages m WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            message.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let mut records = with_history(&mut transaction, tenant, rows).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(records.pop())
    }

    async fn get_many(
        &self,
        tenant: TenantId,
        messages: &[MessageId],
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let ids: Vec<Uuid> = messages.iter().map(|message| message.uuid()).collect();
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT m.* FROM messages m WHERE tenant_id = $1 AND id = ANY($2)",
            tenant.uuid(),
            &ids,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let records = with_history(&mut transaction, tenant, rows).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(records)
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &MessageFilter,
        page: Page,
    ) -> Result<Paged<MessageRecord>, StoreError> {
        let mut transaction = self.begin_list(tenant).await?;
        let rows = sqlx::query_as!(
            MessageRow,
            r"SELECT m.* FROM messages m
             WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)
               AND ($3::text IS NULL OR CASE WHEN status IN ('accepted', 'deferred', 'queued')
                   AND EXISTS (SELECT FROM attempts a
                       WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id
                         AND (a.outcome IS NULL OR a.outcome = 'unknown'))
                   THEN 'sending' ELSE status END = $3)
               AND ($4::text IS NULL OR direction = $4)
               AND ($5::text IS NULL OR channel = $5)
               AND ($6::uuid IS NULL OR contact_id = $6)
               AND ($7::text IS NULL OR context_type = $7)
               AND ($8::text IS NULL OR context_id = $8)
               AND ($9::timestamptz IS NULL OR created_at >= $9)
               AND ($10::timestamptz IS NULL OR created_at < $10)
               AND ($11::text IS NULL OR strpos(lower(content ->> 'text'), lower($11)) > 0)
               AND ($12::text IS NULL OR to_address = $12)
               AND ($13::text IS NULL OR $13 = CASE WHEN direction = 'inbound' THEN from_address
                   WHEN to_address <> '' THEN coalesce((SELECT a.sender_address FROM attempts a
                       WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id
                       ORDER BY a.id DESC LIMIT 1), from_address) END)
               AND ($14::bigint IS NULL
                   OR substring(timeline FROM '(?:^|\n)(?:sent|delivered|read|received) (-?\d+) ')::bigint >= $14)
               AND ($15::bigint IS NULL
                   OR substring(timeline FROM '(?:^|\n)(?:sent|delivered|read|received) (-?\d+) ')::bigint < $15)
             ORDER BY id DESC LIMIT $16",
            tenant.uuid(),
            page.after,
            filter.status.map(Status::as_str),
            filter.direction.map(Direction::as_str),
            filter.channel.map(Channel::as_str),
            filter.contact.map(tidings_kernel::ContactId::uuid),
            filter.context_type,
            filter.context_id,
            filter.created_after,
            filter.created_before,
            filter.text,
            filter.to,
            filter.from,
            filter.sent_after.map(timeline::micros),
            filter.sent_before.map(timeline::micros),
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let records = with_history(&mut transaction, tenant, rows).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Paged::cut(records, page.limit, |record| {
            record.message.id.uuid()
        }))
    }

    async fn decisions(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let decisions = decisions::load(&mut transaction, tenant, message).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(decisions)
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<DeadLetter>, StoreError> {
        self.failed(tenant, page).await
    }

    async fn cancel(
        &self,
        tenant: TenantId,
        message: MessageId,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        self.cancel_message(tenant, message, now).await
    }

    async fn change(
        &self,
        tenant: TenantId,
        message: MessageId,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        self.change_message(tenant, message, change, now).await
    }

    async fn retry(
        &self,
        tenant: TenantId,
        message: MessageId,
        entry: QueueEntry,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        self.retry_message(tenant, message, entry, now).await
    }
}
