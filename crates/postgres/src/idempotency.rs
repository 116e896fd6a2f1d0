use crate::{
    Postgres,
    gathers::{ask_each, only},
    transaction::store_error,
};
use async_trait::async_trait;
use sqlx::{PgConnection, postgres::types::PgInterval};
use std::collections::{BTreeMap, HashMap, HashSet};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{Answer, Begun, Idempotency, IdempotencyKey, KeyLost, StoredAnswer};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// For how long answers are kept.
pub(crate) const KEPT: Duration = Duration::hours(24);

#[async_trait]
impl Idempotency for Postgres {
    async fn begin(
        &self,
        key: &IdempotencyKey,
        body_hash: [u8; 32],
        claim: Uuid,
        now: OffsetDateTime,
    ) -> Result<Begun, StoreError> {
        let beginning = Beginning {
            key: key.clone(),
            body_hash,
            claim,
            now,
        };
        match &self.gathers {
            Some(gathers) => gathers.begins.ask(beginning).await,
            None => only(self.begin_together(vec![beginning]).await),
        }
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
        let chunks = sqlx::query!(
            "DELETE FROM batch_chunks WHERE ctid IN (
                 SELECT ctid FROM batch_chunks WHERE stored_at <= $1 LIMIT 5000)",
            now - KEPT,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        self.forget_fingerprints(now).await;
        Ok(swept.rows_affected() + chunks.rows_affected())
    }
}

/// A request that begins.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    key: IdempotencyKey,
    body_hash: [u8; 32],
    claim: Uuid,
    now: OffsetDateTime,
}

/// What is stored of a key.
struct Known {
    body_hash: Vec<u8>,
    answer: Option<StoredAnswer>,
}

impl Known {
    fn to(&self, beginning: &Beginning) -> Begun {
        match &self.answer {
            _ if self.body_hash != beginning.body_hash => Begun::Reused,
            Some(answer) => Begun::Answered(answer.clone()),
            None => Begun::InProgress,
        }
    }
}

/// Begins requests that came at the same time.
pub(crate) async fn begin_all(
    store: Postgres,
    beginnings: Vec<Beginning>,
) -> Vec<Result<Begun, StoreError>> {
    ask_each(beginnings, |beginnings| store.begin_together(beginnings)).await
}

impl Postgres {
    async fn begin_together(&self, beginnings: Vec<Beginning>) -> Result<Vec<Begun>, StoreError> {
        // The first of several with one key is the one that may claim it. In the order of keys, so that
        // two batches never wait for each other in a circle.
        let mut first: BTreeMap<(TenantId, &str, &str), &Beginning> = BTreeMap::new();
        for beginning in &beginnings {
            let key = &beginning.key;
            first
                .entry((key.tenant, &key.endpoint, &key.key))
                .or_insert(beginning);
        }
        let first: Vec<&Beginning> = first.into_values().collect();
        let tenants = first.iter().map(|beginning| beginning.key.tenant);
        let mut transaction = self.begin_for_each(tenants).await?;
        let claimed = claim_keys(&mut transaction, &first, self.taken_over).await?;
        let others: Vec<&Beginning> = first
            .iter()
            .filter(|beginning| !claimed.contains(&beginning.claim))
            .copied()
            .collect();
        let mut known = read_keys(&mut transaction, &others).await?;
        transaction.commit().await.map_err(store_error)?;
        for beginning in first {
            if claimed.contains(&beginning.claim) {
                let begun = Known {
                    body_hash: beginning.body_hash.to_vec(),
                    answer: None,
                };
                known.insert(beginning.key.clone(), begun);
            }
        }
        Ok(beginnings
            .iter()
            .map(|beginning| {
                if claimed.contains(&beginning.claim) {
                    return Begun::Fresh {
                        claim: beginning.claim,
                    };
                }
                // Abandoned between the two statements: the client may simply try again.
                known
                    .get(&beginning.key)
                    .map_or(Begun::InProgress, |known| known.to(beginning))
            })
            .collect())
    }
}

/// Claims keys that are new, outdated or abandoned, and gives the claims that were made.
async fn claim_keys(
    connection: &mut PgConnection,
    beginnings: &[&Beginning],
    taken_over: Duration,
) -> Result<HashSet<Uuid>, StoreError> {
    let claimed = sqlx::query_scalar!(
        "INSERT INTO idempotency AS i (tenant_id, endpoint, key, body_hash, claim, begun_at)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::uuid[],
             $6::timestamptz[])
         ON CONFLICT (tenant_id, endpoint, key) DO UPDATE
         SET body_hash = excluded.body_hash, claim = excluded.claim,
             begun_at = excluded.begun_at, status = NULL, location = NULL, body = NULL
         WHERE i.begun_at <= excluded.begun_at - $7::interval
            OR (i.status IS NULL AND i.begun_at <= excluded.begun_at - $8::interval
                AND i.body_hash = excluded.body_hash)
         RETURNING claim",
        &column(beginnings, |it| it.key.tenant.uuid()),
        &column(beginnings, |it| it.key.endpoint.clone()),
        &column(beginnings, |it| it.key.key.clone()),
        &column(beginnings, |it| it.body_hash.to_vec()),
        &column(beginnings, |it| it.claim),
        &column(beginnings, |it| it.now),
        interval(KEPT),
        interval(taken_over),
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(claimed.into_iter().collect())
}

/// What is stored of keys that were not claimed.
async fn read_keys(
    connection: &mut PgConnection,
    beginnings: &[&Beginning],
) -> Result<HashMap<IdempotencyKey, Known>, StoreError> {
    if beginnings.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT i.tenant_id, i.endpoint, i.key, i.body_hash, i.status, i.location, i.body
         FROM unnest($1::uuid[], $2::text[], $3::text[]) AS wanted (tenant_id, endpoint, key)
         JOIN idempotency i ON i.tenant_id = wanted.tenant_id AND i.endpoint = wanted.endpoint
             AND i.key = wanted.key",
        &column(beginnings, |it| it.key.tenant.uuid()),
        &column(beginnings, |it| it.key.endpoint.clone()),
        &column(beginnings, |it| it.key.key.clone()),
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let key = IdempotencyKey {
                tenant: TenantId::from_uuid(row.tenant_id),
                endpoint: row.endpoint,
                key: row.key,
            };
            let answer = row.status.zip(row.body).map(|(status, body)| StoredAnswer {
                status: u16::try_from(status).unwrap_or(500),
                location: row.location,
                body,
            });
            let known = Known {
                body_hash: row.body_hash,
                answer,
            };
            (key, known)
        })
        .collect())
}

fn column<T>(beginnings: &[&Beginning], value: fn(&Beginning) -> T) -> Vec<T> {
    beginnings
        .iter()
        .map(|beginning| value(beginning))
        .collect()
}

fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.whole_microseconds()).unwrap_or(i64::MAX),
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

/// Stores the answers of several requests inside the transaction of their effects, and gives the claims of
/// those whose keys were taken over: their effects must be left out.
pub(crate) async fn write_answers(
    connection: &mut PgConnection,
    answers: &[&Answer],
) -> Result<HashSet<Uuid>, StoreError> {
    if answers.is_empty() {
        return Ok(HashSet::new());
    }
    let text = |value: fn(&Answer) -> &String| -> Vec<String> {
        answers.iter().map(|answer| value(answer).clone()).collect()
    };
    let claims: Vec<Uuid> = answers.iter().map(|answer| answer.claim).collect();
    let statuses: Vec<i16> = answers
        .iter()
        .map(|answer| i16::try_from(answer.answer.status).unwrap_or(i16::MAX))
        .collect();
    let locations: Vec<Option<String>> = answers
        .iter()
        .map(|answer| answer.answer.location.clone())
        .collect();
    let bodies: Vec<Vec<u8>> = answers
        .iter()
        .map(|answer| answer.answer.body.clone())
        .collect();
    let written = sqlx::query_scalar!(
        "UPDATE idempotency i SET status = a.status, location = a.location, body = a.body
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::smallint[], $6::text[],
             $7::bytea[]) AS a (tenant_id, endpoint, key, claim, status, location, body)
         WHERE i.tenant_id = a.tenant_id AND i.endpoint = a.endpoint AND i.key = a.key
           AND i.claim = a.claim AND i.status IS NULL
         RETURNING i.claim",
        &tenants(answers),
        &text(|answer| &answer.key.endpoint),
        &text(|answer| &answer.key.key),
        &claims,
        &statuses,
        &locations as &[Option<String>],
        &bodies,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut lost: HashSet<Uuid> = claims.into_iter().collect();
    for claim in written {
        lost.remove(&claim);
    }
    Ok(lost)
}

/// Takes back answers that were written in this transaction for effects that did not come about: their
/// requests are still being worked on.
pub(crate) async fn take_back_answers(
    connection: &mut PgConnection,
    answers: &[&Answer],
) -> Result<(), StoreError> {
    if answers.is_empty() {
        return Ok(());
    }
    let claims: Vec<Uuid> = answers.iter().map(|answer| answer.claim).collect();
    let endpoints: Vec<String> = answers.iter().map(|it| it.key.endpoint.clone()).collect();
    let keys: Vec<String> = answers.iter().map(|it| it.key.key.clone()).collect();
    sqlx::query!(
        "UPDATE idempotency i SET status = NULL, location = NULL, body = NULL
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])
             AS a (tenant_id, endpoint, key, claim)
         WHERE i.tenant_id = a.tenant_id AND i.endpoint = a.endpoint AND i.key = a.key
           AND i.claim = a.claim",
        &tenants(answers),
        &endpoints,
        &keys,
        &claims,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

fn tenants(answers: &[&Answer]) -> Vec<Uuid> {
    answers
        .iter()
        .map(|answer| answer.key.tenant.uuid())
        .collect()
}
