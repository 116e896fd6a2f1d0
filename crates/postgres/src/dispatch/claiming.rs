//! Takes messages out of the line, and reads what was taken.

use crate::{
    Postgres,
    messages::{AttemptRow, MessageRow},
    transaction::store_error,
};
use std::collections::HashMap;
use tidings_kernel::{MessageId, SenderId, StoreError, TenantId};
use tidings_messaging::{Attempt, Claim, Class, Held, LaneId, Message, Share};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A place in the queue that was taken: all that the queue itself knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The hold.
    pub held: Held,
    /// The lane that it waited in.
    pub lane: LaneId,
    rank: i16,
    priority: i16,
    due_at: OffsetDateTime,
    failures: i16,
    crashes: i16,
    exhausted: Option<Vec<Uuid>>,
}

impl Postgres {
    /// Takes places of the queue under a lease, and reads nothing else: what
    /// [`claim`](tidings_messaging::Dispatch::claim) begins with.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    pub async fn claim_entries(
        &self,
        shares: &[Share],
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Entry>, StoreError> {
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let ranks: Vec<i16> = shares
            .iter()
            .map(|share| i16::from(share.class.rank()))
            .collect();
        let lanes: Vec<i32> = shares.iter().map(|share| share.lane.0).collect();
        let most: Vec<i64> = shares.iter().map(|share| share.most.into()).collect();
        // What is held stays in its place in the index and is passed by, so that taking it and giving it
        // back write to no index. Nor does a claim wait for the disk: nothing has happened yet, and what
        // follows from it, an attempt, is on the disk only after the claim. A claim that a crash of the
        // database undoes may be made again with the same fence; of its two holders only one can begin an
        // attempt, since that looks for an open one.
        let rows = sqlx::query!(
            r#"UPDATE queue SET fence = fence + 1, held_until = $5,
                   crashes = crashes + (held_until IS NOT NULL)::integer::smallint
               WHERE ctid = ANY (ARRAY(
                   SELECT picked.place
                   FROM unnest($1::smallint[], $2::integer[], $3::bigint[]) AS share (rank, lane, most)
                   CROSS JOIN LATERAL (
                       SELECT q.ctid AS place FROM queue q
                       WHERE q.rank = share.rank AND q.lane = share.lane AND q.wake_at IS NULL
                         AND q.crashes < 2 AND (q.held_until IS NULL OR q.held_until <= $4)
                       ORDER BY q.priority, q.due_at, q.message_id LIMIT share.most
                       FOR UPDATE SKIP LOCKED) AS picked))
                 AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
               RETURNING message_id, tenant_id, lane, rank, priority, due_at, fence, failures, crashes,
                   exhausted"#,
            &ranks,
            &lanes,
            &most,
            now,
            now + lease,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let mut entries: Vec<Entry> = rows
            .into_iter()
            .map(|row| Entry {
                held: Held {
                    tenant: TenantId::from_uuid(row.tenant_id),
                    message: MessageId::from_uuid(row.message_id),
                    fence: row.fence,
                },
                lane: LaneId(row.lane),
                rank: row.rank,
                priority: row.priority,
                due_at: row.due_at,
                failures: row.failures,
                crashes: row.crashes,
                exhausted: row.exhausted,
            })
            .collect();
        // UPDATE gives rows in any order.
        entries.sort_unstable_by_key(|it| (it.rank, it.priority, it.due_at, it.held.message));
        Ok(entries)
    }

    /// Takes places out of the queue for good: what settling ends with. Gives how many of the holds
    /// still stood.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was removed.
    pub async fn leave_entries(&self, held: &[Held]) -> Result<u64, StoreError> {
        let (messages, fences) = columns(held);
        let left = sqlx::query!(
            "DELETE FROM queue q USING unnest($1::uuid[], $2::bigint[]) AS done (message_id, fence)
             WHERE q.message_id = done.message_id AND q.fence = done.fence",
            &messages,
            &fences,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(left.rows_affected())
    }

    pub(super) async fn claim_one_suspect(
        &self,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        // One that cannot be read comes up again and again, longer than its crashes can be counted.
        let row = sqlx::query!(
            r#"UPDATE queue SET fence = fence + 1, held_until = $2,
                   crashes = least(crashes, 32766) + (held_until IS NOT NULL)::integer::smallint
               WHERE ctid = ANY (ARRAY(
                   SELECT q.ctid FROM queue q
                   JOIN lanes l ON l.id = q.lane
                   JOIN tenants t ON t.id = q.tenant_id
                   WHERE q.wake_at IS NULL AND q.crashes >= 2
                     AND (q.held_until IS NULL OR q.held_until <= $1)
                     AND l.paused_at IS NULL AND t.paused_at IS NULL
                   ORDER BY q.rank, coalesce(q.held_until, q.due_at), q.message_id LIMIT 1
                   FOR UPDATE OF q SKIP LOCKED))
               RETURNING message_id, tenant_id, lane, rank, priority, due_at, fence, failures, crashes,
                   exhausted"#,
            now,
            now + lease,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(row.map(|row| Entry {
            held: Held {
                tenant: TenantId::from_uuid(row.tenant_id),
                message: MessageId::from_uuid(row.message_id),
                fence: row.fence,
            },
            lane: LaneId(row.lane),
            rank: row.rank,
            priority: row.priority,
            due_at: row.due_at,
            failures: row.failures,
            crashes: row.crashes,
            exhausted: row.exhausted,
        }))
    }

    /// Reads what was claimed, or gives it up: a hold that runs out would count as if its holder had died.
    pub(super) async fn claims_or_release(
        &self,
        entries: Vec<Entry>,
    ) -> Result<Vec<Claim>, StoreError> {
        let held: Vec<Held> = entries.iter().map(|entry| entry.held).collect();
        match self.claims(entries).await {
            Ok(claims) => Ok(claims),
            Err(error) => {
                // Without the database they come back when their holds run out.
                let _unreached = self.release_entries(&held).await;
                Err(error)
            }
        }
    }

    async fn release_entries(&self, held: &[Held]) -> Result<(), StoreError> {
        let (messages, fences) = columns(held);
        sqlx::query!(
            "UPDATE queue q SET held_until = NULL
             FROM unnest($1::uuid[], $2::bigint[]) AS done (message_id, fence)
             WHERE q.message_id = done.message_id AND q.fence = done.fence",
            &messages,
            &fences,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    /// Reads what was claimed. An attempt that an earlier hold left without outcome becomes unknown.
    async fn claims(&self, entries: Vec<Entry>) -> Result<Vec<Claim>, StoreError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let tenants: Vec<Uuid> = entries.iter().map(|it| it.held.tenant.uuid()).collect();
        let ids: Vec<Uuid> = entries.iter().map(|it| it.held.message.uuid()).collect();
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT m.* FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
             JOIN messages m ON m.tenant_id = wanted.tenant_id AND m.id = wanted.id",
            &tenants,
            &ids,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let mut messages: HashMap<Uuid, Message> = HashMap::with_capacity(rows.len());
        for row in rows {
            let id = row.id;
            // One row that makes no sense must not hold up the others of its batch.
            match Message::try_from(row) {
                Ok(message) => {
                    messages.insert(id, message);
                }
                Err(error) => unreadable(id, &error),
            }
        }
        let mut open = self.open_attempts(&entries).await?;
        Ok(entries
            .into_iter()
            .filter_map(|entry| {
                let id = entry.held.message.uuid();
                let open_attempt = match open.remove(&id) {
                    None => None,
                    // Without its attempt nobody could tell whether it was sent.
                    Some(attempt) => Some(attempt?),
                };
                Some(Claim {
                    held: entry.held,
                    lane: entry.lane,
                    class: Class::of_rank(u8::try_from(entry.rank).ok()?)?,
                    message: messages.remove(&id)?,
                    failures: u32::try_from(entry.failures).unwrap_or(0),
                    crashes: u32::try_from(entry.crashes).unwrap_or(0),
                    exhausted: entry
                        .exhausted
                        .unwrap_or_default()
                        .into_iter()
                        .map(SenderId::from_uuid)
                        .collect(),
                    open_attempt,
                })
            })
            .collect())
    }

    /// The attempts that earlier holds have left open, by message; `None` for one that makes no sense. A
    /// message that was never held before has none.
    async fn open_attempts(
        &self,
        entries: &[Entry],
    ) -> Result<HashMap<Uuid, Option<Attempt>>, StoreError> {
        let again = entries.iter().filter(|entry| entry.held.fence > 1);
        let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) = again
            .map(|entry| (entry.held.tenant.uuid(), entry.held.message.uuid()))
            .unzip();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut transaction = self.begin_for_all().await?;
        // The message's lock is its attempts' too.
        sqlx::query!(
            "SELECT m.id FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
             JOIN messages m ON m.tenant_id = wanted.tenant_id AND m.id = wanted.id
             ORDER BY m.id FOR NO KEY UPDATE OF m",
            &tenants,
            &ids,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let mut rows = sqlx::query_as!(
            AttemptRow,
            // What was accepted is open too, until it has left the queue; but for one that failed on its
            // way, whose message was sent again.
            "UPDATE attempts a SET outcome = coalesce(a.outcome, 'unknown')
             FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
             WHERE a.tenant_id = wanted.tenant_id AND a.message_id = wanted.id
               AND (a.outcome IS NULL OR a.outcome = 'unknown'
                   OR (a.outcome = 'accepted' AND a.receipt IS DISTINCT FROM 'failed'))
             RETURNING a.id, a.message_id, a.account_id, a.provider, a.sender_id, a.sender_address,
                 a.started_at, a.outcome, a.provider_message_id, a.error, a.receipt, a.cost_micros,
                 a.cost_currency",
            &tenants,
            &ids,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        // Of several the latest that nobody knows the outcome of; it is the one to be asked about.
        rows.sort_unstable_by_key(|row| {
            let is_accepted = row.outcome.as_deref() == Some("accepted");
            (!is_accepted, row.id)
        });
        let mut attempts = HashMap::with_capacity(rows.len());
        for row in rows {
            let message = row.message_id;
            let attempt = Attempt::try_from(row);
            if let Err(error) = &attempt {
                unreadable(message, error);
            }
            attempts.insert(message, attempt.ok());
        }
        Ok(attempts)
    }
}

/// Messages with the fences of their holds.
pub(super) fn columns<'held>(held: impl IntoIterator<Item = &'held Held>) -> (Vec<Uuid>, Vec<i64>) {
    held.into_iter()
        .map(|held| (held.message.uuid(), held.fence))
        .unzip()
}

/// Says that a message is left alone: it comes up again when its lease ends, until somebody has
/// repaired what is stored.
fn unreadable(message: Uuid, error: &StoreError) {
    tracing::error!(%message, error = error as &dyn std::error::Error,
        "a message in the queue cannot be read: it is left alone");
}
