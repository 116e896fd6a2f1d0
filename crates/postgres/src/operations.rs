mod counting;
mod months;
mod stuck;

use crate::{Postgres, convert::Place, notices::Channel, transaction::store_error};
use async_trait::async_trait;
use tidings_kernel::{SenderId, StoreError, TenantId};
use tidings_messaging::{
    Ages, Class, Lane, LaneId, LaneStats, Line, Months, Operations, QueueStats, Step, Stuck, Tally,
    TenantStats, Walk,
};
use time::OffsetDateTime;

/// How far a lane is counted.
const LANE_MOST: u32 = 1_000;

#[async_trait]
impl Operations for Postgres {
    async fn stats(&self, now: OffsetDateTime, tenants: u16) -> Result<QueueStats, StoreError> {
        self.queue_stats(now, tenants).await
    }

    async fn tenant_stats(
        &self,
        tenant: TenantId,
        now: OffsetDateTime,
    ) -> Result<Option<TenantStats>, StoreError> {
        self.stats_of(tenant, now).await
    }

    async fn lanes(&self, now: OffsetDateTime, most: u16) -> Result<Vec<LaneStats>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT l.id, l.tenant_id, l.rank, l.sender_id, t.weight, l.paused_at,
                   t.paused_at AS tenant_paused_at, q.waiting AS "waiting!", q.held AS "held!"
               FROM lanes l
               JOIN tenants t ON t.id = l.tenant_id
               CROSS JOIN LATERAL (
                   SELECT count(*) FILTER (WHERE held_until IS NULL OR held_until <= $1) AS waiting,
                       count(*) FILTER (WHERE held_until > $1) AS held
                   FROM (SELECT held_until FROM queue
                         WHERE rank = l.rank AND lane = l.id AND wake_at IS NULL AND crashes < 2
                         ORDER BY priority, due_at, message_id LIMIT $2) AS front) AS q
               WHERE q.waiting + q.held > 0 OR l.paused_at IS NOT NULL
               ORDER BY q.waiting DESC, q.held DESC, l.id LIMIT $3"#,
            now,
            i64::from(LANE_MOST) + 1,
            i64::from(most),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let place = Place::new("lanes", row.sender_id);
                let class = class(&place, row.rank)?;
                let sender = (!row.sender_id.is_nil()).then(|| SenderId::from_uuid(row.sender_id));
                Ok(LaneStats {
                    lane: Lane {
                        id: LaneId(row.id),
                        tenant: TenantId::from_uuid(row.tenant_id),
                        class,
                        sender,
                        weight: place.number("weight", row.weight)?,
                    },
                    waiting: bounded(row.waiting, LANE_MOST),
                    held: bounded(row.held, LANE_MOST),
                    paused_at: row.paused_at,
                    tenant_paused_at: row.tenant_paused_at,
                })
            })
            .collect()
    }

    async fn pause(&self, line: Line, now: OffsetDateTime) -> Result<bool, StoreError> {
        let paused = match line {
            Line::Lane(number) => {
                sqlx::query!(
                    "UPDATE lanes SET paused_at = coalesce(paused_at, $2) WHERE id = $1",
                    number.0,
                    now,
                )
                .execute(&self.pool)
                .await
            }
            Line::Tenant(tenant) => {
                sqlx::query!(
                    "UPDATE tenants SET paused_at = coalesce(paused_at, $2) WHERE id = $1",
                    tenant.uuid(),
                    now,
                )
                .execute(&self.pool)
                .await
            }
        };
        Ok(paused.map_err(store_error)?.rows_affected() == 1)
    }

    async fn resume(&self, line: Line) -> Result<bool, StoreError> {
        let resumed = match line {
            Line::Lane(number) => {
                sqlx::query!("UPDATE lanes SET paused_at = NULL WHERE id = $1", number.0)
                    .execute(&self.pool)
                    .await
            }
            Line::Tenant(tenant) => {
                sqlx::query!(
                    "UPDATE tenants SET paused_at = NULL WHERE id = $1",
                    tenant.uuid()
                )
                .execute(&self.pool)
                .await
            }
        };
        let is_there = resumed.map_err(store_error)?.rows_affected() == 1;
        if is_there {
            self.wake(Channel::Queue).await;
        }
        Ok(is_there)
    }

    async fn set_weight(&self, tenant: TenantId, weight: u16) -> Result<bool, StoreError> {
        // What does not fit is out of range, as the table says of all others that are.
        let weight = i16::try_from(weight).unwrap_or(i16::MAX);
        let set = sqlx::query!(
            "UPDATE tenants SET weight = $2 WHERE id = $1",
            tenant.uuid(),
            weight,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(set.rows_affected() == 1)
    }

    async fn stuck(
        &self,
        ages: &Ages,
        now: OffsetDateTime,
        most: u16,
    ) -> Result<Vec<Stuck>, StoreError> {
        self.what_is_stuck(ages, now, most).await
    }

    async fn walk(
        &self,
        after: Option<Step>,
        most: u16,
        before: OffsetDateTime,
    ) -> Result<Walk, StoreError> {
        self.walk_messages(after, most, before).await
    }

    async fn restore(&self, message: Step, now: OffsetDateTime) -> Result<bool, StoreError> {
        self.restore_place(message, now).await
    }

    async fn keep_months(
        &self,
        now: OffsetDateTime,
        ahead: u8,
        keep: Option<u16>,
    ) -> Result<Months, StoreError> {
        self.make_and_detach(now, ahead, keep).await
    }
}

/// The class of a rank.
fn class(place: &Place, rank: i16) -> Result<Class, StoreError> {
    place
        .number("rank", rank)
        .map(Class::of_rank)?
        .ok_or_else(|| place.bad("rank", rank))
}

/// A count up to `most`, of one more at most.
fn bounded(count: i64, most: u32) -> Tally {
    Tally::bounded(count.unsigned_abs(), most.into())
}
