use crate::{
    Postgres,
    convert::{Place, to_json},
    idempotency::{KEPT, write_answer},
    lanes::LaneKey,
    messages::{Inserted, insert_new_many},
    notices::Channel,
    transaction::{is_deadlock, store_error},
};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashSet};
use tidings_kernel::{BatchId, StoreError, TenantId};
use tidings_messaging::{
    Answer, Batches, Chunk, ChunkKey, ChunkReport, FinishError, NewMessage, NotTaken,
};
use time::OffsetDateTime;

#[async_trait]
impl Batches for Postgres {
    async fn accept_many(
        &self,
        tenant: TenantId,
        chunk: &Chunk,
    ) -> Result<ChunkReport, StoreError> {
        match self.store_chunk(tenant, chunk).await {
            Err(error) if is_deadlock(&error) => self.store_chunk(tenant, chunk).await,
            stored => stored,
        }
    }

    async fn recorded(
        &self,
        tenant: TenantId,
        batch: BatchId,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<ChunkKey, ChunkReport>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query!(
            "SELECT number, round, report FROM batch_chunks
             WHERE tenant_id = $1 AND batch_id = $2 AND stored_at > $3",
            tenant.uuid(),
            batch.uuid(),
            now - KEPT,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let place = Place::new("batch_chunks", batch.uuid());
        rows.into_iter()
            .map(|row| {
                let key = ChunkKey {
                    number: place.number("number", row.number)?,
                    round: place.number("round", row.round)?,
                };
                Ok((key, place.json("report", row.report)?))
            })
            .collect()
    }

    async fn finish_batch(
        &self,
        tenant: TenantId,
        batch: BatchId,
        answer: Option<&Answer>,
    ) -> Result<(), FinishError> {
        let mut transaction = self.begin_for(tenant).await?;
        write_answer(&mut transaction, answer).await??;
        sqlx::query!(
            "DELETE FROM batch_chunks WHERE tenant_id = $1 AND batch_id = $2",
            tenant.uuid(),
            batch.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }
}

impl Postgres {
    /// Stores a chunk once, whoever else does at the same time.
    async fn store_chunk(
        &self,
        tenant: TenantId,
        chunk: &Chunk,
    ) -> Result<ChunkReport, StoreError> {
        let new: Vec<&NewMessage> = chunk.messages.iter().map(|(_, new)| new).collect();
        if new.iter().any(|new| new.message.tenant != tenant) {
            return Err(StoreError::inconsistent("a message of another tenant"));
        }
        let keys: HashSet<LaneKey> = new
            .iter()
            .filter_map(|new| Some(LaneKey::of(tenant, new.entry.as_ref()?)))
            .collect();
        let lanes = self.lanes_of(keys).await?;
        let mut transaction = self.begin_intake([tenant], false).await?;
        if let Some(report) = find(&mut transaction, tenant, chunk).await? {
            return Ok(report);
        }
        let (inserted, noted) = insert_new_many(&mut transaction, &new, &lanes).await?;
        let outcomes: Vec<Option<NotTaken>> = inserted
            .iter()
            .map(|inserted| match inserted {
                Inserted::Yes => None,
                Inserted::NoContact => Some(NotTaken::NoContact),
                Inserted::UsedUp => Some(NotTaken::UsedUp),
            })
            .collect();
        let report = chunk.reported(&outcomes);
        if !record(&mut transaction, tenant, chunk, &report).await? {
            // Somebody else has just recorded it, and nothing of this one stays.
            transaction.rollback().await.map_err(store_error)?;
            let mut transaction = self.begin_for(tenant).await?;
            let report = find(&mut transaction, tenant, chunk).await?;
            return report.ok_or_else(|| {
                StoreError::unavailable("a chunk was forgotten while it was recorded")
            });
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        let is_queued = new
            .iter()
            .zip(&outcomes)
            .any(|(new, outcome)| new.entry.is_some() && outcome.is_none());
        if is_queued {
            self.wake(Channel::Queue).await;
        }
        Ok(report)
    }
}

/// The report of a chunk that is recorded.
async fn find(
    connection: &mut PgConnection,
    tenant: TenantId,
    chunk: &Chunk,
) -> Result<Option<ChunkReport>, StoreError> {
    let row = sqlx::query!(
        "SELECT report FROM batch_chunks
         WHERE tenant_id = $1 AND batch_id = $2 AND number = $3 AND round = $4 AND stored_at > $5",
        tenant.uuid(),
        chunk.batch.uuid(),
        number(chunk.key)?,
        i16::from(chunk.key.round),
        chunk.at - KEPT,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?;
    let place = Place::new("batch_chunks", chunk.batch.uuid());
    row.map(|row| place.json("report", row.report)).transpose()
}

/// Records a chunk. `false` if another transaction has recorded it meanwhile.
async fn record(
    connection: &mut PgConnection,
    tenant: TenantId,
    chunk: &Chunk,
    report: &ChunkReport,
) -> Result<bool, StoreError> {
    let recorded = sqlx::query!(
        "INSERT INTO batch_chunks AS c (tenant_id, batch_id, number, round, stored_at, report)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, batch_id, number, round) DO UPDATE
         SET stored_at = excluded.stored_at, report = excluded.report
         WHERE c.stored_at <= $7",
        tenant.uuid(),
        chunk.batch.uuid(),
        number(chunk.key)?,
        i16::from(chunk.key.round),
        chunk.at,
        to_json("chunk report", report)?,
        chunk.at - KEPT,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(recorded.rows_affected() == 1)
}

fn number(key: ChunkKey) -> Result<i32, StoreError> {
    i32::try_from(key.number).map_err(|_| StoreError::inconsistent("a batch of too many chunks"))
}
