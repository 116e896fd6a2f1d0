mod accept;
mod row;

pub(crate) use accept::{insert_decisions_of_many, insert_message, money};
pub(crate) use row::{AttemptRow, MessageRow};

use crate::{Postgres, convert::to_json, idempotency::write_answer, transaction::store_error};
use async_trait::async_trait;
use row::{DecisionRow, TimelineRow};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{Channel, MessageId, StoreError, TenantId};
use tidings_messaging::{
    AcceptError, Answer, Attempt, Change, ChangeError, DecisionRecord, Direction, Message,
    MessageFilter, MessageRecord, Messages, NewMessage, Page, Paged, QueueEntry, Status,
    TimelineEntry,
};
use time::OffsetDateTime;
use uuid::Uuid;

#[async_trait]
impl Messages for Postgres {
    async fn accept(&self, new: &NewMessage, answer: Option<&Answer>) -> Result<(), AcceptError> {
        let mut transaction = self.begin_for(new.message.tenant).await?;
        if !accept::insert_new(&mut transaction, new).await? {
            return Err(AcceptError::NoContact);
        }
        write_answer(&mut transaction, answer).await??;
        transaction.commit().await.map_err(store_error)?;
        if new.entry.is_some() {
            self.wake().await;
        }
        Ok(())
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

    async fn list(
        &self,
        tenant: TenantId,
        filter: &MessageFilter,
        page: Page,
    ) -> Result<Paged<MessageRecord>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT m.* FROM messages m
             WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)
               AND ($3::text IS NULL OR status = $3)
               AND ($4::text IS NULL OR direction = $4)
               AND ($5::text IS NULL OR channel = $5)
               AND ($6::uuid IS NULL OR contact_id = $6)
               AND ($7::text IS NULL OR context_type = $7)
               AND ($8::text IS NULL OR context_id = $8)
               AND ($9::timestamptz IS NULL OR created_at >= $9)
               AND ($10::timestamptz IS NULL OR created_at < $10)
               AND ($11::text IS NULL OR strpos(lower(content ->> 'text'), lower($11)) > 0)
             ORDER BY id DESC LIMIT $12",
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
        let rows = sqlx::query_as!(
            DecisionRow,
            "SELECT id, message_id, stage, request, facts, decision, route, others
             FROM decisions
             WHERE tenant_id = $1 AND message_id = $2 ORDER BY id",
            tenant.uuid(),
            message.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(DecisionRecord::try_from).collect()
    }

    async fn cancel(
        &self,
        tenant: TenantId,
        message: MessageId,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let mut transaction = self.begin_for(tenant).await?;
        let status = lock_status(&mut transaction, tenant, message).await?;
        if !status.is_waiting() {
            return Err(ChangeError::WrongStatus(status));
        }
        sqlx::query!("DELETE FROM queue WHERE message_id = $1", message.uuid())
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        set_status(
            &mut transaction,
            tenant,
            message,
            Status::Cancelled,
            now,
            "api",
        )
        .await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }

    async fn change(
        &self,
        tenant: TenantId,
        message: MessageId,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let mut transaction = self.begin_for(tenant).await?;
        let status = lock_status(&mut transaction, tenant, message).await?;
        if !status.is_waiting() {
            return Err(ChangeError::WrongStatus(status));
        }
        let (content, segments) = match &change.content {
            Some((content, segments)) => (Some(to_json("content", content)?), segments.as_ref()),
            None => (None, None),
        };
        let (due_at, scheduled_at) = change.due_at.unzip();
        let priority = change.priority.map(i16::from);
        // A worker that holds it has read the old content; its lease counts as being too late. One
        // whose lease has run out must not begin with the old content either, so its fence falls.
        let queued = sqlx::query!(
            "UPDATE queue SET priority = coalesce($2, priority), due_at = coalesce($3, due_at),
                 fence = fence + 1, held = NULL
             WHERE message_id = $1 AND (held IS NULL OR due_at <= $4)",
            message.uuid(),
            priority,
            due_at,
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        if queued.rows_affected() == 0 {
            return Err(ChangeError::WrongStatus(status));
        }
        sqlx::query!(
            "UPDATE messages SET content = coalesce($3, content),
                 segment_encoding = coalesce($4, segment_encoding),
                 segment_units = coalesce($5, segment_units),
                 segment_count = coalesce($6, segment_count),
                 priority = coalesce($7, priority),
                 send_at = CASE WHEN $8 THEN $9 ELSE send_at END,
                 scheduled_at = CASE WHEN $8 THEN $10 ELSE scheduled_at END
             WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            message.uuid(),
            content,
            segments.map(|segments| segments.encoding.as_str()),
            segments.map(|segments| i32::try_from(segments.units).unwrap_or(i32::MAX)),
            segments.map(|segments| i32::try_from(segments.count).unwrap_or(i32::MAX)),
            priority,
            due_at.is_some(),
            due_at,
            scheduled_at.flatten(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        if let Some(due_at) = due_at {
            let wanted = if due_at > now {
                Status::Deferred
            } else {
                Status::Queued
            };
            if wanted != status {
                set_status(&mut transaction, tenant, message, wanted, now, "api").await?;
            }
        }
        if let Some(decision) = &change.decision {
            accept::insert_decisions(&mut transaction, tenant, &[decision]).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake().await;
        Ok(())
    }

    async fn retry(
        &self,
        tenant: TenantId,
        message: MessageId,
        entry: QueueEntry,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let mut transaction = self.begin_for(tenant).await?;
        let status = lock_status(&mut transaction, tenant, message).await?;
        let may_have_arrived = sqlx::query_scalar!(
            r#"SELECT coalesce(outcome = 'unknown' OR outcome IS NULL, false) AS "open!" FROM attempts
               WHERE tenant_id = $1 AND message_id = $2 ORDER BY id DESC LIMIT 1"#,
            tenant.uuid(),
            message.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        if status != Status::Failed || may_have_arrived == Some(true) {
            return Err(ChangeError::WrongStatus(status));
        }
        accept::insert_entry(&mut transaction, tenant, message, entry).await?;
        // The time for trying begins anew.
        sqlx::query!(
            "UPDATE messages SET send_at = $3 WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            message.uuid(),
            entry.due_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        set_status(
            &mut transaction,
            tenant,
            message,
            Status::Queued,
            now,
            "api",
        )
        .await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake().await;
        Ok(())
    }
}

async fn lock_status(
    connection: &mut PgConnection,
    tenant: TenantId,
    message: MessageId,
) -> Result<Status, ChangeError> {
    let status = sqlx::query_scalar!(
        "SELECT status FROM messages WHERE tenant_id = $1 AND id = $2 AND direction = 'outbound'
         FOR UPDATE",
        tenant.uuid(),
        message.uuid(),
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .ok_or(ChangeError::NotFound)?;
    Ok(crate::convert::Place::new("messages", message.uuid()).parse("status", &status)?)
}

async fn set_status(
    connection: &mut PgConnection,
    tenant: TenantId,
    message: MessageId,
    status: Status,
    now: OffsetDateTime,
    source: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "WITH changed AS (
             UPDATE messages SET status = $3, status_at = $4
             WHERE tenant_id = $1 AND id = $2 RETURNING tenant_id, id
         )
         INSERT INTO timeline (tenant_id, message_id, status, at, source)
         SELECT tenant_id, id, $3, $4, $5 FROM changed",
        tenant.uuid(),
        message.uuid(),
        status.as_str(),
        now,
        source,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Puts attempts and timelines to messages.
async fn with_history(
    connection: &mut PgConnection,
    tenant: TenantId,
    rows: Vec<MessageRow>,
) -> Result<Vec<MessageRecord>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut attempts: HashMap<MessageId, Vec<Attempt>> = HashMap::new();
    let attempt_rows = sqlx::query_as!(
        AttemptRow,
        "SELECT id, message_id, account_id, provider, sender_id, sender_address, started_at, outcome,
             provider_message_id, error, receipt, cost_micros, cost_currency
         FROM attempts WHERE tenant_id = $1 AND message_id = ANY($2) ORDER BY id",
        tenant.uuid(),
        &ids,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    for row in attempt_rows {
        let attempt = Attempt::try_from(row)?;
        attempts.entry(attempt.message).or_default().push(attempt);
    }
    let mut timelines: HashMap<Uuid, Vec<TimelineEntry>> = HashMap::new();
    let timeline_rows = sqlx::query_as!(
        TimelineRow,
        "SELECT message_id, status, at, source FROM timeline
         WHERE tenant_id = $1 AND message_id = ANY($2) ORDER BY number",
        tenant.uuid(),
        &ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    for row in timeline_rows {
        timelines
            .entry(row.message_id)
            .or_default()
            .push(TimelineEntry::try_from(row)?);
    }
    rows.into_iter()
        .map(|row| {
            let timeline = timelines.remove(&row.id).unwrap_or_default();
            let message = Message::try_from(row)?;
            let attempts = attempts.remove(&message.id).unwrap_or_default();
            Ok(MessageRecord {
                message,
                attempts,
                timeline,
            })
        })
        .collect()
}
