//! The way that nearly every message takes: its only attempt was accepted, and no receipt has come yet.

use crate::{
    Postgres,
    convert::Place,
    event_log::{self, Noted},
    status_webhooks::{self, News},
    transaction::store_error,
};
use std::collections::HashSet;
use tidings_kernel::{ContactId, MessageId, StoreError, TenantId};
use tidings_messaging::{Happening, Held, MessageStatus, Settlement, Status};
use time::OffsetDateTime;
use uuid::Uuid;

/// The columns of acceptances.
#[derive(Default)]
struct Columns {
    tenants: Vec<Uuid>,
    messages: Vec<Uuid>,
    fences: Vec<i64>,
    attempts: Vec<Uuid>,
    provider_ids: Vec<String>,
    asks: Vec<Option<OffsetDateTime>>,
}

impl Postgres {
    /// Writes the acceptances of which everything is as expected, and gives the messages that this is
    /// true of. All others are left as they are.
    pub(super) async fn settle_sent(
        &self,
        settlements: &[(Held, Settlement)],
        now: OffsetDateTime,
    ) -> Result<HashSet<Uuid>, StoreError> {
        let mut all: Vec<(&Held, Uuid, &String, Option<OffsetDateTime>)> = settlements
            .iter()
            .filter_map(|(held, settlement)| match settlement {
                Settlement::Accepted {
                    attempt,
                    provider_message_id,
                    ask_at,
                } => Some((held, attempt.uuid(), provider_message_id, *ask_at)),
                Settlement::Retry { .. }
                | Settlement::Failed { .. }
                | Settlement::Unknown { .. }
                | Settlement::SendAgain { .. }
                | Settlement::Deferred { .. }
                | Settlement::Refused { .. }
                | Settlement::Released { .. }
                | Settlement::Stranded { .. } => None,
            })
            .collect();
        if all.is_empty() {
            return Ok(HashSet::new());
        }
        // Locks are taken by id, as everywhere.
        all.sort_unstable_by_key(|(held, ..)| held.message);
        let mut columns = Columns::default();
        for (held, attempt, provider_id, ask_at) in all {
            columns.tenants.push(held.tenant.uuid());
            columns.messages.push(held.message.uuid());
            columns.fences.push(held.fence);
            columns.attempts.push(attempt);
            columns.provider_ids.push(provider_id.clone());
            columns.asks.push(ask_at);
        }
        let mut transaction = self.begin_for_all().await?;
        // Whoever has the message's lock has its attempts: nothing that is looked at here changes before
        // the commit, but for the hold.
        let rows = sqlx::query!(
            r#"UPDATE messages m SET status = 'sent', status_at = $5,
                  timeline = concat_ws(E'\n', nullif(m.timeline, ''),
                      'sending ' || (extract(epoch FROM a.started_at) * 1000000)::bigint || ' worker',
                      'sent ' || (extract(epoch FROM $5::timestamptz) * 1000000)::bigint || ' worker')
              FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[])
                  AS done (tenant_id, message_id, fence, attempt_id)
              JOIN queue q ON q.message_id = done.message_id AND q.fence = done.fence
              JOIN attempts a ON a.tenant_id = done.tenant_id AND a.message_id = done.message_id
                  AND a.id = done.attempt_id
              WHERE m.tenant_id = done.tenant_id AND m.id = done.message_id
                AND m.status IN ('accepted', 'deferred', 'queued')
                AND a.outcome IS NULL AND a.receipt IS NULL
              RETURNING m.id, m.tenant_id, m.contact_id, m.channel, a.started_at, m.status_webhook,
                  (m.tenant_id IN (SELECT tenant_id FROM event_logs WHERE is_kept)) AS "is_kept!""#,
            &columns.tenants,
            &columns.messages,
            &columns.fences,
            &columns.attempts,
            now,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let sent: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        if sent.is_empty() {
            transaction.rollback().await.map_err(store_error)?;
            return Ok(HashSet::new());
        }
        let closed = sqlx::query!(
            "UPDATE attempts a SET outcome = 'accepted', provider_message_id = done.provider_id,
                 ask_at = done.ask_at
             FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
                 AS done (tenant_id, message_id, attempt_id, provider_id, ask_at)
             WHERE a.tenant_id = done.tenant_id AND a.message_id = done.message_id
               AND a.id = done.attempt_id AND a.message_id = ANY($6)",
            &columns.tenants,
            &columns.messages,
            &columns.attempts,
            &columns.provider_ids,
            &columns.asks as &[Option<OffsetDateTime>],
            &sent,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let left = sqlx::query!(
            "DELETE FROM queue q USING unnest($1::uuid[], $2::bigint[]) AS done (message_id, fence)
             WHERE q.message_id = done.message_id AND q.fence = done.fence
               AND q.message_id = ANY($3)",
            &columns.messages,
            &columns.fences,
            &sent,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let expected = u64::try_from(sent.len()).unwrap_or(u64::MAX);
        if (closed.rows_affected(), left.rows_affected()) != (expected, expected) {
            // A hold ran out in this very moment, or two settlements speak of one message: with all locks.
            transaction.rollback().await.map_err(store_error)?;
            return Ok(HashSet::new());
        }
        let (mut news, mut noted) = (Vec::new(), Vec::new());
        for row in rows {
            let changes = [(Status::Sending, row.started_at), (Status::Sent, now)];
            if row.is_kept {
                let channel = Place::new("messages", row.id).parse("channel", &row.channel)?;
                noted.extend(changes.map(|(status, at)| {
                    let happening = Happening::MessageStatus(MessageStatus {
                        message_id: MessageId::from_uuid(row.id),
                        contact_id: ContactId::from_uuid(row.contact_id),
                        channel,
                        status,
                        source: "worker".to_owned(),
                        error: None,
                    });
                    Noted::new(TenantId::from_uuid(row.tenant_id), at, happening)
                }));
            }
            let Some(url) = row.status_webhook else {
                continue;
            };
            for (status, at) in changes {
                news.push(News {
                    tenant: row.tenant_id,
                    message: row.id,
                    url: url.clone(),
                    status,
                    at,
                });
            }
        }
        status_webhooks::note(&mut transaction, &news).await?;
        let noted = event_log::note(&mut transaction, &noted).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(sent.into_iter().collect())
    }
}
