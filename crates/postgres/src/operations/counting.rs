//! How much waits: counted by index up to a bound, and estimated from a sample beyond.

use super::bounded;
use crate::{Postgres, transaction::store_error};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{
    Class, Depth, InboxDepth, Precision, QueueStats, Tally, TenantDepth, TenantStats,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// How many pages of the queue are a sample: some tens of thousands of rows.
const SAMPLE: i64 = 2_000;

/// What was counted of a lane.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    ready: i64,
    held: i64,
    asleep: i64,
}

/// What was counted of each lane, with its rank. One more than [`Tally::MOST`] of a rank says that there
/// are more.
type Lanes = BTreeMap<(i16, i32), Counted>;

/// What a lane is part of.
#[derive(Debug, Clone, Copy)]
struct Known {
    tenant: Uuid,
    is_paused: bool,
}

const fn most() -> i64 {
    Tally::MOST as i64 + 1
}

impl Postgres {
    pub(super) async fn queue_stats(
        &self,
        now: OffsetDateTime,
        tenants: u16,
    ) -> Result<QueueStats, StoreError> {
        let counted = self.count_by_index(now).await?;
        let sample = if counted.is_complete() {
            None
        } else {
            Some(self.sample(now).await?)
        };
        let oldest = self.oldest_of_lanes(now).await?;
        let lanes: Vec<i32> = counted
            .awake
            .keys()
            .chain(counted.sleeping.keys())
            .chain(sample.iter().flat_map(BTreeMap::keys))
            .chain(oldest.keys())
            .map(|(_, lane)| *lane)
            .collect();
        let known = self.known_lanes(&lanes).await?;
        let mut stats = fold(&counted, sample.as_ref(), &oldest, &known, tenants);
        let rest = sqlx::query!(
            r#"SELECT
                   (SELECT count(*) FROM (SELECT FROM attempts
                        WHERE outcome = 'unknown' AND error IS NULL LIMIT $1) AS a) AS "unknown!",
                   (SELECT count(*) FROM (SELECT FROM queue
                        WHERE wake_at IS NULL AND crashes >= 2 LIMIT $1) AS q) AS "suspects!",
                   (SELECT count(*) FROM (SELECT FROM dead_letters LIMIT $1) AS d) AS "dead!",
                   i.waiting AS "waiting!", i.oldest
               FROM (SELECT count(*) AS waiting, min(due_at) AS oldest
                     FROM (SELECT due_at FROM inbox ORDER BY due_at LIMIT $1) AS c) AS i"#,
            most(),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(store_error)?;
        stats.unknown = bounded(rest.unknown, Tally::MOST);
        stats.suspects = bounded(rest.suspects, Tally::MOST);
        stats.dead_letters = bounded(rest.dead, Tally::MOST);
        stats.inbox = InboxDepth {
            waiting: bounded(rest.waiting, Tally::MOST),
            oldest: rest.oldest,
        };
        Ok(stats)
    }

    pub(super) async fn stats_of(
        &self,
        tenant: TenantId,
        now: OffsetDateTime,
    ) -> Result<Option<TenantStats>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query!("SELECT paused_at FROM tenants WHERE id = $1", tenant.uuid())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let lanes = sqlx::query!(
            r#"SELECT l.rank, l.paused_at IS NOT NULL AS "is_paused!", q.ready AS "ready!",
                   q.held AS "held!", q.oldest
               FROM lanes l
               CROSS JOIN LATERAL (
                   SELECT count(*) FILTER (WHERE held_until IS NULL OR held_until <= $2) AS ready,
                       count(*) FILTER (WHERE held_until > $2) AS held,
                       min(due_at) FILTER (WHERE held_until IS NULL OR held_until <= $2) AS oldest
                   FROM (SELECT held_until, due_at FROM queue
                         WHERE rank = l.rank AND lane = l.id AND wake_at IS NULL AND crashes < 2
                         ORDER BY priority, due_at, message_id LIMIT $3) AS front) AS q
               WHERE l.tenant_id = $1 AND q.ready + q.held > 0"#,
            tenant.uuid(),
            now,
            most(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let asleep = sqlx::query!(
            r#"SELECT r.rank::smallint AS "rank!", q.asleep AS "asleep!"
               FROM generate_series(0, 5) AS r (rank)
               CROSS JOIN LATERAL (
                   SELECT count(*) AS asleep
                   FROM (SELECT FROM queue
                         WHERE tenant_id = $1 AND rank = r.rank::smallint AND wake_at IS NOT NULL
                         LIMIT $2) AS s) AS q"#,
            tenant.uuid(),
            most(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let rest = sqlx::query!(
            r#"SELECT
                   (SELECT count(*) FROM (SELECT FROM attempts
                        WHERE tenant_id = $1 AND outcome = 'unknown' AND error IS NULL
                        LIMIT $2) AS a) AS "unknown!",
                   (SELECT count(*) FROM (SELECT FROM dead_letters
                        WHERE tenant_id = $1 LIMIT $2) AS d) AS "dead!""#,
            tenant.uuid(),
            most(),
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let mut classes = Class::ALL.map(|class| (class, Depth::default()));
        for (class, depth) in &mut classes {
            let rank = i16::from(class.rank());
            for lane in lanes.iter().filter(|lane| lane.rank == rank) {
                let ready = bounded(lane.ready, Tally::MOST);
                if lane.is_paused || row.paused_at.is_some() {
                    depth.paused += ready;
                } else {
                    depth.ready += ready;
                    depth.oldest = earlier(depth.oldest, lane.oldest);
                }
                depth.held += bounded(lane.held, Tally::MOST);
            }
            for sleepers in asleep.iter().filter(|sleepers| sleepers.rank == rank) {
                depth.asleep += bounded(sleepers.asleep, Tally::MOST);
            }
        }
        Ok(Some(TenantStats {
            classes: classes.to_vec(),
            paused_at: row.paused_at,
            unknown: bounded(rest.unknown, Tally::MOST),
            dead_letters: bounded(rest.dead, Tally::MOST),
        }))
    }

    async fn count_by_index(&self, now: OffsetDateTime) -> Result<ByIndex, StoreError> {
        let awake = sqlx::query!(
            r#"SELECT r.rank::smallint AS "rank!", q.lane,
                   count(*) FILTER (WHERE q.held_until IS NULL OR q.held_until <= $1) AS "ready!",
                   count(*) FILTER (WHERE q.held_until > $1) AS "held!"
               FROM generate_series(0, 5) AS r (rank)
               CROSS JOIN LATERAL (
                   SELECT lane, held_until FROM queue
                   WHERE rank = r.rank::smallint AND wake_at IS NULL AND crashes < 2
                   ORDER BY lane, priority, due_at, message_id LIMIT $2) AS q
               GROUP BY 1, 2"#,
            now,
            most(),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let sleeping = sqlx::query!(
            r#"SELECT rank, lane, count(*) FILTER (WHERE wake_at <= $1) AS "due!",
                   count(*) FILTER (WHERE wake_at > $1) AS "asleep!"
               FROM (SELECT rank, lane, wake_at FROM queue WHERE wake_at IS NOT NULL
                     ORDER BY wake_at LIMIT $2) AS s
               GROUP BY 1, 2"#,
            now,
            most(),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(ByIndex {
            awake: awake
                .into_iter()
                .map(|row| {
                    let counted = Counted {
                        ready: row.ready,
                        held: row.held,
                        asleep: 0,
                    };
                    ((row.rank, row.lane), counted)
                })
                .collect(),
            // Who is due by now is woken by the next worker that looks.
            sleeping: sleeping
                .into_iter()
                .map(|row| {
                    let counted = Counted {
                        ready: row.due,
                        held: 0,
                        asleep: row.asleep,
                    };
                    ((row.rank, row.lane), counted)
                })
                .collect(),
        })
    }

    /// What a sample of the queue's pages stands for.
    async fn sample(&self, now: OffsetDateTime) -> Result<Lanes, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT rank, lane, (s.whole * s.ready)::bigint AS "ready!",
                   (s.whole * s.held)::bigint AS "held!", (s.whole * s.asleep)::bigint AS "asleep!"
               FROM (
                   SELECT rank, lane,
                       greatest(1, pg_relation_size('queue')
                           / (current_setting('block_size')::numeric * $2::bigint)) AS whole,
                       count(*) FILTER (WHERE wake_at IS NULL
                           AND (held_until IS NULL OR held_until <= $1)) AS ready,
                       count(*) FILTER (WHERE wake_at IS NULL AND held_until > $1) AS held,
                       count(*) FILTER (WHERE wake_at IS NOT NULL) AS asleep
                   FROM queue TABLESAMPLE SYSTEM (100 / greatest(1, pg_relation_size('queue')
                       / (current_setting('block_size')::numeric * $2::bigint)))
                   WHERE crashes < 2 GROUP BY 1, 2) AS s"#,
            now,
            SAMPLE,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let counted = Counted {
                    ready: row.ready,
                    held: row.held,
                    asleep: row.asleep,
                };
                ((row.rank, row.lane), counted)
            })
            .collect())
    }

    /// Since when the oldest message of each lane waits.
    async fn oldest_of_lanes(
        &self,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<(i16, i32), OffsetDateTime>, StoreError> {
        let mut oldest = BTreeMap::new();
        for front in self.fronts(now).await? {
            let since = oldest
                .entry((front.rank, front.lane))
                .or_insert(front.due_at);
            *since = front.due_at.min(*since);
        }
        Ok(oldest)
    }

    async fn known_lanes(&self, lanes: &[i32]) -> Result<HashMap<i32, Known>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT l.id, l.tenant_id,
                   l.paused_at IS NOT NULL OR t.paused_at IS NOT NULL AS "is_paused!"
               FROM lanes l JOIN tenants t ON t.id = l.tenant_id WHERE l.id = ANY($1)"#,
            lanes,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let known = Known {
                    tenant: row.tenant_id,
                    is_paused: row.is_paused,
                };
                (row.id, known)
            })
            .collect())
    }
}

/// What was counted by index, up to a bound.
#[derive(Debug, Clone, Default)]
struct ByIndex {
    /// Up to the bound for each rank.
    awake: Lanes,
    /// Up to the bound altogether.
    sleeping: Lanes,
}

impl ByIndex {
    fn is_whole(&self, rank: i16) -> bool {
        let seen = self.awake.iter().filter(|((of, _), _)| *of == rank);
        seen.map(|(_, lane)| lane.ready + lane.held).sum::<i64>() < most()
    }

    fn is_asleep_whole(&self) -> bool {
        let seen = self.sleeping.values();
        seen.map(|lane| lane.ready + lane.asleep).sum::<i64>() < most()
    }

    fn is_complete(&self) -> bool {
        let mut ranks = Class::ALL.iter().map(|class| i16::from(class.rank()));
        self.is_asleep_whole() && ranks.all(|rank| self.is_whole(rank))
    }
}

/// Adds lanes up to classes and tenants.
fn fold(
    counted: &ByIndex,
    sample: Option<&Lanes>,
    oldest: &BTreeMap<(i16, i32), OffsetDateTime>,
    known: &HashMap<i32, Known>,
    tenants: u16,
) -> QueueStats {
    let mut by_class = Class::ALL.map(|class| (class, Depth::default()));
    let mut by_tenant: HashMap<Uuid, TenantDepth> = HashMap::new();
    let mut add = |rank: i16, lane: i32, ready: Tally, held: Tally, asleep: Tally| {
        let depth = by_class
            .iter_mut()
            .find(|(class, _)| i16::from(class.rank()) == rank);
        let (Some((_, depth)), Some(known)) = (depth, known.get(&lane)) else {
            return;
        };
        let since = oldest.get(&(rank, lane)).copied();
        if known.is_paused {
            depth.paused += ready;
        } else {
            depth.ready += ready;
            depth.oldest = earlier(depth.oldest, since);
        }
        depth.held += held;
        depth.asleep += asleep;
        let tenant = by_tenant.entry(known.tenant).or_insert(TenantDepth {
            tenant: TenantId::from_uuid(known.tenant),
            waiting: Tally::default(),
            oldest: None,
        });
        tenant.waiting += ready;
        tenant.oldest = earlier(tenant.oldest, since);
    };
    let none = Tally::default();
    let exact = |count: i64| Tally::exact(count.unsigned_abs());
    let at_least = |count: i64| Tally {
        precision: Precision::AtLeast,
        ..exact(count)
    };
    let about = |count: i64| Tally::about(count.unsigned_abs());
    for class in Class::ALL {
        let rank = i16::from(class.rank());
        let sampled = sample
            .map(|sample| of_rank(sample, rank))
            .unwrap_or_default();
        let is_whole = counted.is_whole(rank);
        for (lane, seen) in of_rank(&counted.awake, rank) {
            if is_whole {
                add(rank, lane, exact(seen.ready), exact(seen.held), none);
            } else if !sampled.contains_key(&lane) {
                // Too small for the sample.
                add(rank, lane, at_least(seen.ready), at_least(seen.held), none);
            }
        }
        for (lane, seen) in &sampled {
            if !is_whole {
                add(rank, *lane, about(seen.ready), about(seen.held), none);
            }
            if !counted.is_asleep_whole() {
                add(rank, *lane, none, none, about(seen.asleep));
            }
        }
        if counted.is_asleep_whole() {
            for (lane, seen) in of_rank(&counted.sleeping, rank) {
                add(rank, lane, exact(seen.ready), none, exact(seen.asleep));
            }
        }
    }
    let mut deepest: Vec<TenantDepth> = by_tenant
        .into_values()
        .filter(|tenant| tenant.waiting.count > 0)
        .collect();
    deepest.sort_by_key(|tenant| (Reverse(tenant.waiting.count), tenant.tenant));
    deepest.truncate(usize::from(tenants));
    QueueStats {
        classes: by_class.to_vec(),
        tenants: deepest,
        ..QueueStats::default()
    }
}

fn of_rank(lanes: &Lanes, rank: i16) -> BTreeMap<i32, Counted> {
    let range = lanes.range((rank, i32::MIN)..=(rank, i32::MAX));
    range
        .map(|((_, lane), counted)| (*lane, *counted))
        .collect()
}

fn earlier(one: Option<OffsetDateTime>, other: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
