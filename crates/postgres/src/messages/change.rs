//! Changes to messages that wait, and the way back for those that failed.

use super::{
    accept::{fence_again, insert_entries},
    decisions, timeline,
};
use crate::{
    Postgres,
    convert::{Place, to_json},
    event_log::{self, Noted},
    ladders,
    lanes::LaneKey,
    notices::Channel,
    status_webhooks::{self, News},
    transaction::store_error,
    usage,
};
use sqlx::PgConnection;
use std::collections::HashSet;
use tidings_kernel::{ContactId, MessageId, Money, StoreError, TenantId};
use tidings_messaging::{
    Change, ChangeError, Happening, MessageStatus, QueueEntry, Status, TimelineEntry,
};
use time::OffsetDateTime;

/// A message that is locked, and how far it is.
struct Locked {
    status: Status,
    created_at: OffsetDateTime,
    cost_estimated: Option<Money>,
    /// Whether its latest attempt is under way, or of unknown outcome.
    is_open: bool,
}

impl Locked {
    /// Whether no provider has been called yet.
    const fn waits(&self) -> Result<(), ChangeError> {
        if self.is_open {
            return Err(ChangeError::WrongStatus(Status::Sending));
        }
        if self.status.is_waiting() {
            Ok(())
        } else {
            Err(ChangeError::WrongStatus(self.status))
        }
    }
}

impl Postgres {
    pub(super) async fn cancel_message(
        &self,
        tenant: TenantId,
        message: MessageId,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let mut transaction = self.begin_for(tenant).await?;
        let locked = lock(&mut transaction, tenant, message).await?;
        locked.waits()?;
        sqlx::query!("DELETE FROM queue WHERE message_id = $1", message.uuid())
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        let noted = set_status(&mut transaction, tenant, message, Status::Cancelled, now).await?;
        let given = (tenant, locked.created_at, locked.cost_estimated);
        usage::give_back(&mut transaction, std::iter::once(given)).await?;
        ladders::wake(&mut transaction, &[message.uuid()], now).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(())
    }

    pub(super) async fn change_message(
        &self,
        tenant: TenantId,
        message: MessageId,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let mut transaction = self.begin_for(tenant).await?;
        let locked = lock(&mut transaction, tenant, message).await?;
        locked.waits()?;
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
                 wake_at = CASE WHEN $3::timestamptz IS NULL THEN wake_at
                     WHEN $3 > $4 THEN $3 END,
                 stranded = stranded AND $3::timestamptz IS NULL,
                 fence = fence + 1, held_until = NULL
             WHERE message_id = $1 AND (held_until IS NULL OR held_until <= $4)",
            message.uuid(),
            priority,
            due_at,
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        if queued.rows_affected() == 0 {
            return Err(ChangeError::WrongStatus(locked.status));
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
        let mut noted = 0;
        if let Some(due_at) = due_at {
            let wanted = if due_at > now {
                Status::Deferred
            } else {
                Status::Queued
            };
            if wanted != locked.status {
                noted = set_status(&mut transaction, tenant, message, wanted, now).await?;
            }
        }
        if let Some(decision) = &change.decision {
            decisions::insert(&mut transaction, &[(tenant, decision)]).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        self.wake(Channel::Queue).await;
        Ok(())
    }

    pub(super) async fn retry_message(
        &self,
        tenant: TenantId,
        message: MessageId,
        entry: QueueEntry,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let key = LaneKey::of(tenant, &entry);
        let lanes = self.lanes_of(HashSet::from([key])).await?;
        let mut transaction = self.begin_for(tenant).await?;
        let locked = lock(&mut transaction, tenant, message).await?;
        if locked.status != Status::Failed || locked.is_open {
            return Err(ChangeError::WrongStatus(locked.status));
        }
        let entries = [(tenant, message, &entry, now)];
        insert_entries(&mut transaction, &entries, &lanes, fence_again(now)).await?;
        sqlx::query!(
            "DELETE FROM dead_letters WHERE tenant_id = $1 AND message_id = $2",
            tenant.uuid(),
            message.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
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
        let noted = set_status(&mut transaction, tenant, message, Status::Queued, now).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        self.wake(Channel::Queue).await;
        Ok(())
    }
}

/// Locks a message, and its place in the queue so that no worker begins meanwhile, and reads how far it is.
async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
    message: MessageId,
) -> Result<Locked, ChangeError> {
    let row = sqlx::query!(
        "SELECT status, created_at, cost_estimated_micros, cost_estimated_currency
         FROM messages WHERE tenant_id = $1 AND id = $2 AND direction = 'outbound' FOR UPDATE",
        tenant.uuid(),
        message.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?
    .ok_or(ChangeError::NotFound)?;
    sqlx::query!(
        "SELECT fence FROM queue WHERE message_id = $1 FOR UPDATE",
        message.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    // A statement of its own, so that it sees what a worker wrote while its lock was waited for.
    let is_open = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM attempts WHERE tenant_id = $1 AND message_id = $2
               AND (outcome IS NULL OR outcome = 'unknown')) AS "is_open!""#,
        tenant.uuid(),
        message.uuid(),
    )
    .fetch_one(connection)
    .await
    .map_err(store_error)?;
    let place = Place::new("messages", message.uuid());
    Ok(Locked {
        status: place.parse("status", &row.status)?,
        created_at: row.created_at,
        cost_estimated: place.money(
            "cost_estimated",
            row.cost_estimated_micros,
            row.cost_estimated_currency.as_deref(),
        )?,
        is_open,
    })
}

/// Sets a status, tells whoever is told of the message, and gives how many events were noted.
async fn set_status(
    connection: &mut PgConnection,
    tenant: TenantId,
    message: MessageId,
    status: Status,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let entry = TimelineEntry {
        status,
        at: now,
        source: "api".to_owned(),
    };
    let row = sqlx::query!(
        r#"UPDATE messages SET status = $3, status_at = $4,
               timeline = concat_ws(E'\n', nullif(timeline, ''), $5::text)
           WHERE tenant_id = $1 AND id = $2
           RETURNING status_webhook, contact_id, channel"#,
        tenant.uuid(),
        message.uuid(),
        status.as_str(),
        now,
        timeline::write(std::slice::from_ref(&entry)),
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(store_error)?;
    let news = row.status_webhook.map(|url| News {
        tenant: tenant.uuid(),
        message: message.uuid(),
        url,
        status,
        at: now,
    });
    status_webhooks::note(connection, news.as_slice()).await?;
    let happening = Happening::MessageStatus(MessageStatus {
        message_id: message,
        contact_id: ContactId::from_uuid(row.contact_id),
        channel: Place::new("messages", message.uuid()).parse("channel", &row.channel)?,
        status,
        source: entry.source,
        error: None,
    });
    event_log::note(connection, &[Noted::new(tenant, now, happening)]).await
}
