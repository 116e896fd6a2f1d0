use crate::{Postgres, transaction::store_error};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_kernel::StoreError;
use tidings_messaging::{Answer, Begun, Idempotency, IdempotencyKey, KeyLost, StoredAnswer};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// For how long answers are kept.
const KEPT: Duration = Duration::hours(24);
/// After which time a request without answer is taken for dead; requests end after 30 seconds.
const TAKEN_OVER: Duration = Duration::seconds(60);

#[async_trait]
impl Idempotency for Postgres {
    async fn begin(
        &self,
        key: &IdempotencyKey,
        body_hash: [u8; 32],
        claim: Uuid,
        now: OffsetDateTime,
    ) -> Result<Begun, StoreError> {
        let mut transaction = self.begin_for(key.tenant).await?;
        // One statement decides: a new key, an outdated one and an abandoned one are all claimed.
        let claimed = sqlx::query!(
            "INSERT INTO idempotency AS i (tenant_id, endpoint, key, body_hash, claim, begun_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant_id, endpoint, key) DO UPDATE
             SET body_hash = excluded.body_hash, claim = excluded.claim,
                 begun_at = excluded.begun_at, status = NULL, location = NULL, body = NULL
             WHERE i.begun_at <= $7
                OR (i.status IS NULL AND i.begun_at <= $8 AND i.body_hash = excluded.body_hash)
             RETURNING claim",
            key.tenant.uuid(),
            key.endpoint,
            key.key,
            &body_hash[..],
            claim,
            now,
            now - KEPT,
            now - TAKEN_OVER,
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        if claimed.is_some() {
            transaction.commit().await.map_err(store_error)?;
            return Ok(Begun::Fresh { claim });
        }
        let row = sqlx::query!(
            "SELECT body_hash, status, location, body FROM idempotency
             WHERE tenant_id = $1 AND endpoint = $2 AND key = $3",
            key.tenant.uuid(),
            key.endpoint,
            key.key,
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        // Abandoned between the two statements: the client may simply try again.
        let Some(row) = row else {
            return Ok(Begun::InProgress);
        };
        if row.body_hash != body_hash {
            return Ok(Begun::Reused);
        }
        Ok(match (row.status, row.body) {
            (Some(status), Some(body)) => Begun::Answered(StoredAnswer {
                status: u16::try_from(status).unwrap_or(500),
                location: row.location,
                body,
            }),
            (Some(_) | None, _) => Begun::InProgress,
        })
    }

    async fn finish(&self, answer: &Answer) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(answer.key.tenant).await?;
        // Losing the key is fine here: there was no effect to undo.
        let _lost = write_answer(&mut transaction, Some(answer)).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn abandon(&self, key: &IdempotencyKey, claim: Uuid) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(key.tenant).await?;
        sqlx::query!(
            "DELETE FROM idempotency
             WHERE tenant_id = $1 AND endpoint = $2 AND key = $3 AND claim = $4 AND status IS NULL",
            key.tenant.uuid(),
            key.endpoint,
            key.key,
            claim,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn sweep(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let swept = sqlx::query!(
            "DELETE FROM idempotency WHERE ctid IN (
                 SELECT ctid FROM idempotency WHERE begun_at <= $1 LIMIT 5000)",
            now - KEPT,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(swept.rows_affected())
    }
}

/// Stores an answer inside the transaction of its effect. When the key was taken over, the caller must
/// roll back.
pub(crate) async fn write_answer(
    connection: &mut PgConnection,
    answer: Option<&Answer>,
) -> Result<Result<(), KeyLost>, StoreError> {
    let Some(Answer { key, claim, answer }) = answer else {
        return Ok(Ok(()));
    };
    let written = sqlx::query!(
        "UPDATE idempotency SET status = $5, location = $6, body = $7
         WHERE tenant_id = $1 AND endpoint = $2 AND key = $3 AND claim = $4 AND status IS NULL",
        key.tenant.uuid(),
        key.endpoint,
        key.key,
        claim,
        i16::try_from(answer.status).unwrap_or(i16::MAX),
        answer.location,
        answer.body,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(if written.rows_affected() == 1 {
        Ok(())
    } else {
        Err(KeyLost)
    })
}
