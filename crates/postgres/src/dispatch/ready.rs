//! Which lanes have anything ready.

use crate::{Postgres, convert::Place, notices::Channel, transaction::store_error};
use tidings_kernel::{SenderId, StoreError, TenantId};
use tidings_messaging::{Class, Lane, LaneId, Ready};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How many sleeping messages of a class are woken before what is ready is claimed.
const WOKEN: i64 = 1_000;
/// When to look again for sleepers that somebody else is waking.
const AGAIN: Duration = Duration::milliseconds(20);

/// A lane with something ready, or none, with when the next sleeper is due.
struct LaneRow {
    next_due: Option<OffsetDateTime>,
    id: Option<i32>,
    tenant: Option<Uuid>,
    rank: Option<i16>,
    sender: Option<Uuid>,
    weight: Option<i16>,
}

impl LaneRow {
    fn lane(self) -> Option<Result<Lane, StoreError>> {
        let (id, sender, rank) = (self.id?, self.sender?, self.rank?);
        let (tenant, weight) = (self.tenant?, self.weight?);
        let place = Place::new("lanes", sender);
        let class = place
            .number("rank", rank)
            .map(Class::of_rank)
            .and_then(|class| class.ok_or_else(|| place.bad("rank", rank)));
        Some(class.and_then(|class| {
            Ok(Lane {
                id: LaneId(id),
                tenant: TenantId::from_uuid(tenant),
                class,
                sender: (!sender.is_nil()).then(|| SenderId::from_uuid(sender)),
                weight: place.number("weight", weight)?,
            })
        }))
    }
}

impl Postgres {
    pub(super) async fn ready_lanes(
        &self,
        classes: &[Class],
        now: OffsetDateTime,
    ) -> Result<Ready, StoreError> {
        let ranks: Vec<i16> = classes
            .iter()
            .map(|class| i16::from(class.rank()))
            .collect();
        let mut rows = self.look_for_lanes(&ranks).await?;
        let mut next_due = rows.first().and_then(|row| row.next_due);
        if next_due.is_some_and(|next| next <= now) {
            // One portion: what is ready already does not wait until a whole campaign is awake.
            let woken = self.wake_sleepers(&ranks, now).await?;
            rows = self.look_for_lanes(&ranks).await?;
            next_due = rows.first().and_then(|row| row.next_due);
            // Somebody else is at what is left.
            if woken == 0 {
                next_due = next_due.map(|next| next.max(now + AGAIN));
            }
        }
        let lanes = rows.into_iter().filter_map(LaneRow::lane);
        Ok(Ready {
            lanes: lanes.collect::<Result<_, _>>()?,
            next_due,
        })
    }

    /// The lanes in which anything is ready, and when the next sleeper is due, in one row at least.
    async fn look_for_lanes(&self, ranks: &[i16]) -> Result<Vec<LaneRow>, StoreError> {
        // From lane to lane by the index, without a look at what waits in each.
        sqlx::query_as!(
            LaneRow,
            r#"WITH RECURSIVE found AS (
                   (SELECT q.rank, q.lane FROM queue q
                    WHERE q.wake_at IS NULL AND q.crashes < 2
                    ORDER BY q.rank, q.lane LIMIT 1)
                   UNION ALL
                   SELECT next.rank, next.lane FROM found CROSS JOIN LATERAL (
                       SELECT q.rank, q.lane FROM queue q
                       WHERE q.wake_at IS NULL AND q.crashes < 2
                         AND (q.rank, q.lane) > (found.rank, found.lane)
                       ORDER BY q.rank, q.lane LIMIT 1) AS next
               )
               SELECT asleep.next_due, l.id AS "id?", l.tenant_id AS "tenant?", l.rank AS "rank?",
                   l.sender_id AS "sender?", l.weight AS "weight?"
               FROM (
                   SELECT min(first.wake_at) AS next_due FROM unnest($1::smallint[]) AS wanted (rank)
                   CROSS JOIN LATERAL (
                       SELECT q.wake_at FROM queue q
                       WHERE q.rank = wanted.rank AND q.wake_at IS NOT NULL
                       ORDER BY q.wake_at LIMIT 1) AS first
               ) AS asleep
               LEFT JOIN (
                   SELECT l.id, l.tenant_id, l.rank, l.sender_id, t.weight
                   FROM found
                   JOIN lanes l ON l.id = found.lane
                   JOIN tenants t ON t.id = l.tenant_id
                   WHERE l.rank = ANY($1) AND l.paused_at IS NULL AND t.paused_at IS NULL
               ) AS l ON true"#,
            ranks,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)
    }

    /// Has what waits for a way become due at `at`. What somebody is waking already is left to them.
    pub(super) async fn wake_stranded(
        &self,
        tenant: TenantId,
        at: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let woken = sqlx::query!(
            "UPDATE queue SET due_at = $2, wake_at = $2 WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM queue
                 WHERE tenant_id = $1 AND stranded AND wake_at > $2
                 ORDER BY wake_at LIMIT $3 FOR UPDATE SKIP LOCKED))",
            tenant.uuid(),
            at,
            i64::from(most),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        if woken.rows_affected() > 0 {
            self.wake(Channel::Queue).await;
        }
        Ok(woken.rows_affected())
    }

    /// Makes ready a portion of what has become due, and says how many those were.
    async fn wake_sleepers(&self, ranks: &[i16], now: OffsetDateTime) -> Result<u64, StoreError> {
        let woken = sqlx::query!(
            "UPDATE queue SET wake_at = NULL WHERE ctid = ANY (ARRAY(
                 SELECT due.place FROM unnest($1::smallint[]) AS wanted (rank)
                 CROSS JOIN LATERAL (
                     SELECT ctid AS place FROM queue
                     WHERE rank = wanted.rank AND wake_at <= $2
                     ORDER BY wake_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due))",
            ranks,
            now,
            WOKEN,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(woken.rows_affected())
    }
}
