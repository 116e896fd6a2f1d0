//! What does not go on.

use super::class;
use crate::{
    Postgres,
    convert::Place,
    lanes::LaneKey,
    messages::{decisions, fence_again},
    notices::Channel,
    transaction::store_error,
};
use std::collections::HashSet;
use tidings_kernel::{CallbackId, MessageId, Purpose, SenderId, StoreError, TenantId};
use tidings_messaging::{
    Ages, Class, DecisionRecord, QueueEntry, Status, Step, Stuck, Subject, Symptom, Walk,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// How many held messages before the first free one are passed by, in each lane and priority.
const PASSED: i64 = 1_000;
/// How many lanes and priorities are looked at.
const FRONTS: i64 = 10_000;
/// How many suspects, sleepers and callbacks are looked at.
const LOOKED_AT: i64 = 1_000;

/// The first message of a lane and priority that nobody holds.
pub(super) struct Front {
    pub(super) rank: i16,
    pub(super) lane: i32,
    pub(super) message: Uuid,
    pub(super) due_at: OffsetDateTime,
    /// When its last hold ran out, if it had one.
    pub(super) held_until: Option<OffsetDateTime>,
    pub(super) tenant: Uuid,
    pub(super) is_paused: bool,
}

impl Postgres {
    /// From lane to lane and priority to priority by the index, without a look at what waits in each.
    pub(super) async fn fronts(&self, now: OffsetDateTime) -> Result<Vec<Front>, StoreError> {
        sqlx::query_as!(
            Front,
            r#"WITH RECURSIVE front AS (
                   (SELECT q.rank, q.lane, q.priority FROM queue q
                    WHERE q.wake_at IS NULL AND q.crashes < 2
                    ORDER BY q.rank, q.lane, q.priority LIMIT 1)
                   UNION ALL
                   SELECT next.rank, next.lane, next.priority FROM front CROSS JOIN LATERAL (
                       SELECT q.rank, q.lane, q.priority FROM queue q
                       WHERE q.wake_at IS NULL AND q.crashes < 2
                         AND (q.rank, q.lane, q.priority) > (front.rank, front.lane, front.priority)
                       ORDER BY q.rank, q.lane, q.priority LIMIT 1) AS next
               )
               SELECT front.rank AS "rank!", front.lane AS "lane!", first.message_id AS "message!",
                   first.due_at AS "due_at!", first.held_until, l.tenant_id AS tenant,
                   l.paused_at IS NOT NULL OR t.paused_at IS NOT NULL AS "is_paused!"
               FROM (SELECT * FROM front LIMIT $3) AS front
               CROSS JOIN LATERAL (
                   SELECT w.message_id, w.due_at, w.held_until
                   FROM (SELECT q.message_id, q.due_at, q.held_until FROM queue q
                         WHERE q.rank = front.rank AND q.lane = front.lane
                           AND q.priority = front.priority AND q.wake_at IS NULL AND q.crashes < 2
                         ORDER BY q.due_at, q.message_id LIMIT $2) AS w
                   WHERE w.held_until IS NULL OR w.held_until <= $1 LIMIT 1) AS first
               JOIN lanes l ON l.id = front.lane
               JOIN tenants t ON t.id = l.tenant_id"#,
            now,
            PASSED,
            FRONTS,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)
    }

    pub(super) async fn what_is_stuck(
        &self,
        ages: &Ages,
        now: OffsetDateTime,
        most: u16,
    ) -> Result<Vec<Stuck>, StoreError> {
        let mut fronts = self.fronts(now).await?;
        fronts.extend(self.suspects(now).await?);
        let mut stuck = Vec::new();
        for front in fronts.into_iter().filter(|front| !front.is_paused) {
            let class = class(&Place::new("queue", front.message), front.rank)?;
            let (symptom, since, may_last) = match front.held_until {
                Some(until) => (Symptom::HoldRanOut, until, ages.hold),
                None => (Symptom::NotClaimed, front.due_at, ages.ready(class)),
            };
            if since.saturating_add(may_last) < now {
                stuck.push(message(front.tenant, front.message, symptom, since));
            }
        }
        stuck.extend(self.not_woken(now.saturating_sub(ages.sleep)).await?);
        stuck.extend(self.not_applied(now.saturating_sub(ages.callback)).await?);
        stuck.sort_by_key(|stuck| stuck.since);
        stuck.truncate(usize::from(most));
        Ok(stuck)
    }

    /// Those that are worked on alone, and that nobody holds.
    async fn suspects(&self, now: OffsetDateTime) -> Result<Vec<Front>, StoreError> {
        sqlx::query_as!(
            Front,
            r#"SELECT q.rank, q.lane, q.message_id AS message, q.due_at, q.held_until,
                   q.tenant_id AS tenant,
                   l.paused_at IS NOT NULL OR t.paused_at IS NOT NULL AS "is_paused!"
               FROM queue q
               JOIN lanes l ON l.id = q.lane
               JOIN tenants t ON t.id = q.tenant_id
               WHERE q.wake_at IS NULL AND q.crashes >= 2
                 AND (q.held_until IS NULL OR q.held_until <= $1)
               ORDER BY q.message_id LIMIT $2"#,
            now,
            LOOKED_AT,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)
    }

    async fn not_woken(&self, before: OffsetDateTime) -> Result<Vec<Stuck>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT tenant_id, message_id, wake_at AS "wake_at!" FROM queue WHERE wake_at < $1
               ORDER BY wake_at LIMIT $2"#,
            before,
            LOOKED_AT,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                message(
                    row.tenant_id,
                    row.message_id,
                    Symptom::NotWoken,
                    row.wake_at,
                )
            })
            .collect())
    }

    async fn not_applied(&self, before: OffsetDateTime) -> Result<Vec<Stuck>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT tenant_id, callback_id AS id, due_at FROM inbox WHERE due_at < $1
               ORDER BY due_at LIMIT $2"#,
            before,
            LOOKED_AT,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| Stuck {
                tenant: TenantId::from_uuid(row.tenant_id),
                subject: Subject::Callback(CallbackId::from_uuid(row.id)),
                symptom: Symptom::NotApplied,
                since: row.due_at,
            })
            .collect())
    }

    pub(super) async fn walk_messages(
        &self,
        after: Option<Step>,
        most: u16,
        before: OffsetDateTime,
    ) -> Result<Walk, StoreError> {
        let (tenant, last) = after.map_or((Uuid::nil(), Uuid::nil()), |step| {
            (step.tenant.uuid(), step.message.uuid())
        });
        // By the primary key, which is in order across the months.
        let rows = sqlx::query!(
            r#"SELECT m.tenant_id, m.id, m.status, m.status_at, a.started_at AS "open_since?",
                   EXISTS (SELECT FROM queue q WHERE q.message_id = m.id) AS "has_place!"
               FROM (SELECT tenant_id, id, status, status_at, direction FROM messages
                     WHERE (tenant_id, id) > ($1, $2) ORDER BY tenant_id, id LIMIT $3) AS m
               LEFT JOIN LATERAL (
                   SELECT started_at FROM attempts
                   WHERE tenant_id = m.tenant_id AND message_id = m.id AND outcome IS NULL
                   ORDER BY id LIMIT 1) AS a ON true
               ORDER BY m.tenant_id, m.id"#,
            tenant,
            last,
            i64::from(most),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let seen = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let next = rows
            .last()
            .filter(|_| rows.len() == usize::from(most))
            .map(|row| Step {
                tenant: TenantId::from_uuid(row.tenant_id),
                message: MessageId::from_uuid(row.id),
            });
        let mut found = Vec::new();
        for row in rows.iter().filter(|row| !row.has_place) {
            let status: Status = Place::new("messages", row.id).parse("status", &row.status)?;
            let (symptom, since) = match row.open_since {
                _ if status.needs_place() => (Symptom::NoPlace, row.status_at),
                Some(since) => (Symptom::LeftOpen, since),
                None => continue,
            };
            if since < before {
                found.push(message(row.tenant_id, row.id, symptom, since));
            }
        }
        Ok(Walk { found, seen, next })
    }

    pub(super) async fn restore_place(
        &self,
        step: Step,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (tenant, id) = (step.tenant.uuid(), step.message.uuid());
        let row = sqlx::query!(
            "SELECT purpose, priority, send_at, sender_id FROM messages
             WHERE tenant_id = $1 AND id = $2 AND direction = 'outbound'",
            tenant,
            id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(store_error)?;
        let Some(row) = row else { return Ok(false) };
        let place = Place::new("messages", id);
        let declared: Purpose = place.parse("purpose", &row.purpose)?;
        let mut connection = self.pool.acquire().await.map_err(store_error)?;
        let decisions = decisions::load(&mut connection, step.tenant, step.message).await?;
        drop(connection);
        let judged_as = decisions
            .first()
            .map_or(declared, DecisionRecord::judged_as);
        let entry = QueueEntry {
            class: Class::of(judged_as),
            priority: place.number("priority", row.priority)?,
            due_at: row.send_at.unwrap_or(now),
            sender: row.sender_id.map(SenderId::from_uuid),
        };
        let key = LaneKey::of(step.tenant, &entry);
        let lanes = self.lanes_of(HashSet::from([key])).await?;
        let Some(lane) = lanes.get(&key) else {
            return Err(place.bad("lane", "it has no number"));
        };
        let mut transaction = self.begin_for_all().await?;
        let is_waiting = sqlx::query_scalar!(
            r#"SELECT true AS "there!" FROM messages
               WHERE tenant_id = $1 AND id = $2 AND status IN ('accepted', 'deferred', 'queued', 'sending')
               FOR NO KEY UPDATE"#,
            tenant,
            id,
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        if is_waiting.is_none() {
            return Ok(false);
        }
        let restored = sqlx::query!(
            "INSERT INTO queue (message_id, tenant_id, lane, rank, priority, due_at, wake_at, fence,
                 failures)
             SELECT $2, $1, $3, $4, $5, $6::timestamptz, CASE WHEN $6 > $7 THEN $6 END, $8,
                 (SELECT least(count(*), 1000) FROM attempts
                  WHERE tenant_id = $1 AND message_id = $2 AND outcome = 'rejected')
             ON CONFLICT (message_id) DO NOTHING",
            tenant,
            id,
            lane.0,
            i16::from(entry.class.rank()),
            i16::from(entry.priority),
            entry.due_at,
            now,
            fence_again(now),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let is_restored = restored.rows_affected() == 1;
        if is_restored {
            self.wake(Channel::Queue).await;
        }
        Ok(is_restored)
    }
}

fn message(tenant: Uuid, message: Uuid, symptom: Symptom, since: OffsetDateTime) -> Stuck {
    Stuck {
        tenant: TenantId::from_uuid(tenant),
        subject: Subject::Message(MessageId::from_uuid(message)),
        symptom,
        since,
    }
}
