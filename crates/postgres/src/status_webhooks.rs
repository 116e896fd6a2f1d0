//! Changes of status that tenants' own systems are told of.

use crate::{Postgres, convert::Place, transaction::store_error};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_messaging::{Status, StatusWebhook, StatusWebhooks, WebhookShare};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A change of a message that somebody is told of.
pub(crate) struct News {
    pub(crate) tenant: Uuid,
    pub(crate) message: Uuid,
    pub(crate) url: String,
    pub(crate) status: Status,
    pub(crate) at: OffsetDateTime,
}

/// Notes changes, of each message the oldest first, in the transaction that makes them and has the locks of their
/// messages. Without any there is nothing to do.
pub(crate) async fn note(connection: &mut PgConnection, news: &[News]) -> Result<(), StoreError> {
    if news.is_empty() {
        return Ok(());
    }
    let (mut tenants, mut messages, mut urls) = (Vec::new(), Vec::new(), Vec::new());
    let (mut statuses, mut instants) = (Vec::new(), Vec::new());
    for one in news {
        tenants.push(one.tenant);
        messages.push(one.message);
        urls.push(one.url.as_str());
        statuses.push(one.status.as_str());
        instants.push(one.at);
    }
    sqlx::query!(
        "INSERT INTO status_webhooks (tenant_id, message_id, url, status, at)
         SELECT tenant_id, message_id, url, status, at
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
             WITH ORDINALITY AS n (tenant_id, message_id, url, status, at, place)
         ORDER BY place",
        &tenants,
        &messages,
        &urls as &[&str],
        &statuses as &[&str],
        &instants,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl StatusWebhooks for Postgres {
    async fn claim(
        &self,
        share: WebhookShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<StatusWebhook>, StoreError> {
        let except: Vec<Uuid> = share.except.iter().map(|tenant| tenant.uuid()).collect();
        // Tenants that have something to tell are found one after the other, whatever each has: one whose system
        // is away may have much.
        let rows = sqlx::query!(
            r#"WITH RECURSIVE owners AS (
                   (SELECT tenant_id FROM status_webhooks ORDER BY tenant_id LIMIT 1)
                   UNION ALL
                   SELECT (SELECT w.tenant_id FROM status_webhooks w WHERE w.tenant_id > o.tenant_id
                           ORDER BY w.tenant_id LIMIT 1)
                   FROM owners o WHERE o.tenant_id IS NOT NULL
               ), due AS MATERIALIZED (
                   SELECT ready.* FROM owners o CROSS JOIN LATERAL (
                       SELECT w.tenant_id, w.message_id, w.number FROM status_webhooks w
                       WHERE w.tenant_id = o.tenant_id AND w.due_at <= $1
                         AND (w.held_until IS NULL OR w.held_until <= $1)
                         AND NOT EXISTS (SELECT FROM status_webhooks earlier
                             WHERE earlier.tenant_id = w.tenant_id
                               AND earlier.message_id = w.message_id AND earlier.number < w.number)
                       ORDER BY w.due_at, w.number LIMIT $2
                       FOR UPDATE OF w SKIP LOCKED
                   ) AS ready
                   WHERE o.tenant_id <> ALL ($3)
                   ORDER BY ready.number LIMIT $4
               )
               UPDATE status_webhooks w SET held_until = $5 FROM due
               WHERE w.tenant_id = due.tenant_id AND w.message_id = due.message_id
                 AND w.number = due.number
               RETURNING w.tenant_id, w.message_id, w.number, w.status, w.at, w.url, w.failures"#,
            now,
            i64::from(share.per_tenant),
            &except,
            i64::from(share.most),
            now + lease,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let mut webhooks = Vec::with_capacity(rows.len());
        for row in rows {
            let place = Place::new("status_webhooks", row.message_id);
            webhooks.push(StatusWebhook {
                tenant: TenantId::from_uuid(row.tenant_id),
                message: MessageId::from_uuid(row.message_id),
                number: row.number,
                status: place.parse("status", &row.status)?,
                at: row.at,
                url: row.url,
                failures: place.number("failures", row.failures)?,
            });
        }
        webhooks.sort_unstable_by_key(|webhook| webhook.number);
        Ok(webhooks)
    }

    async fn finish(&self, webhook: &StatusWebhook) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM status_webhooks WHERE tenant_id = $1 AND message_id = $2 AND number = $3",
            webhook.tenant.uuid(),
            webhook.message.uuid(),
            webhook.number,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn put_back(
        &self,
        webhook: &StatusWebhook,
        retry_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let failures = i16::try_from(webhook.failures.saturating_add(1)).unwrap_or(i16::MAX);
        // What waits behind it is due with it, so that nobody looks at it before.
        sqlx::query!(
            "UPDATE status_webhooks SET due_at = $4,
                 failures = CASE number WHEN $3 THEN $5 ELSE failures END,
                 held_until = CASE number WHEN $3 THEN NULL ELSE held_until END
             WHERE tenant_id = $1 AND message_id = $2 AND number >= $3",
            webhook.tenant.uuid(),
            webhook.message.uuid(),
            webhook.number,
            retry_at,
            failures,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn forget(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        // All of it is read: what is told leaves at once, so that there is much only while systems are away.
        let forgotten = sqlx::query!("DELETE FROM status_webhooks WHERE at < $1", before)
            .execute(&self.pool)
            .await
            .map_err(store_error)?;
        Ok(forgotten.rows_affected())
    }
}
