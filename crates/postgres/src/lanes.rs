//! The numbers of lanes.

use crate::{Postgres, transaction::store_error};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{LaneId, QueueEntry};
use uuid::Uuid;

/// How many lanes are remembered; beyond that all are looked up again.
const REMEMBERED: usize = 100_000;

/// What makes a lane: tenant, rank of the class, and sender; zeros stand for no sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LaneKey {
    tenant: TenantId,
    rank: i16,
    sender: Uuid,
}

impl LaneKey {
    pub(crate) fn of(tenant: TenantId, entry: &QueueEntry) -> Self {
        Self {
            tenant,
            rank: i16::from(entry.class.rank()),
            sender: entry
                .sender
                .map_or(Uuid::nil(), tidings_kernel::SenderId::uuid),
        }
    }
}

/// The numbers that are known. Lanes are never removed, so a number stays right.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<LaneKey, LaneId>>);

impl Lanes {
    fn known(&self, keys: &HashSet<LaneKey>) -> HashMap<LaneKey, LaneId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .filter_map(|key| Some((*key, *known.get(key)?)))
            .collect()
    }

    fn remember(&self, found: &HashMap<LaneKey, LaneId>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + found.len() > REMEMBERED {
            known.clear();
        }
        known.extend(found);
    }
}

impl Postgres {
    /// The numbers of these lanes; new ones are made. In a transaction of its own, so that what is
    /// remembered is committed.
    pub(crate) async fn lanes_of(
        &self,
        keys: HashSet<LaneKey>,
    ) -> Result<HashMap<LaneKey, LaneId>, StoreError> {
        let mut found = self.lanes.known(&keys);
        let missing: Vec<LaneKey> = keys
            .into_iter()
            .filter(|key| !found.contains_key(key))
            .collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let made = self.make_lanes(missing).await?;
        self.lanes.remember(&made);
        found.extend(made);
        Ok(found)
    }

    async fn make_lanes(
        &self,
        mut keys: Vec<LaneKey>,
    ) -> Result<HashMap<LaneKey, LaneId>, StoreError> {
        // In one order, so that two who make the same lanes never wait in a circle.
        keys.sort_unstable();
        let tenants: Vec<Uuid> = keys.iter().map(|key| key.tenant.uuid()).collect();
        let ranks: Vec<i16> = keys.iter().map(|key| key.rank).collect();
        let senders: Vec<Uuid> = keys.iter().map(|key| key.sender).collect();
        let mut transaction = self
            .begin_for_each(keys.iter().map(|key| key.tenant))
            .await?;
        sqlx::query!(
            "INSERT INTO lanes (tenant_id, rank, sender_id)
             SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::uuid[])
             ON CONFLICT (tenant_id, rank, sender_id) DO NOTHING",
            &tenants,
            &ranks,
            &senders,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let rows = sqlx::query!(
            "SELECT l.tenant_id, l.rank, l.sender_id, l.id
             FROM unnest($1::uuid[], $2::smallint[], $3::uuid[])
                 AS wanted (tenant_id, rank, sender_id)
             JOIN lanes l ON l.tenant_id = wanted.tenant_id AND l.rank = wanted.rank
                 AND l.sender_id = wanted.sender_id",
            &tenants,
            &ranks,
            &senders,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let key = LaneKey {
                    tenant: TenantId::from_uuid(row.tenant_id),
                    rank: row.rank,
                    sender: row.sender_id,
                };
                (key, LaneId(row.id))
            })
            .collect())
    }
}
