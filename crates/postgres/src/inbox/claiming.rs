//! Which callbacks are worked on, and which are done with.

use crate::{
    Postgres,
    convert::{Place, without_nul},
    transaction::store_error,
};
use bytes::Bytes;
use tidings_kernel::{AccountId, CallbackId, StoreError, TenantId};
use tidings_messaging::{CallbackRequest, PutBack, RawCallback};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How much the bodies of one claim weigh at most, beside the last one.
const HEAVY: i64 = 4 << 20;

/// A callback that is held, with its request.
struct HeldRow {
    id: Uuid,
    failures: i16,
    tenant_id: Uuid,
    account_id: Option<Uuid>,
    provider: Option<String>,
    method: Option<String>,
    url: Option<String>,
    headers: Option<String>,
    body: Option<Vec<u8>>,
    received_at: Option<OffsetDateTime>,
}

impl TryFrom<HeldRow> for RawCallback {
    type Error = StoreError;

    fn try_from(row: HeldRow) -> Result<Self, StoreError> {
        let place = Place::new("callbacks", row.id);
        let (Some(account), Some(provider), Some(received_at)) =
            (row.account_id, row.provider, row.received_at)
        else {
            return Err(place.bad("id", "it waits and is not there"));
        };
        let headers = row.headers.unwrap_or_default();
        Ok(Self {
            id: CallbackId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            account: AccountId::from_uuid(account),
            provider,
            request: CallbackRequest {
                method: row.method.unwrap_or_default(),
                url: row.url.unwrap_or_default(),
                headers: serde_json::from_str(&headers)
                    .map_err(|error| place.bad("headers", error))?,
                body: Bytes::from(row.body.unwrap_or_default()),
                received_at,
            },
            failures: place.number("failures", row.failures)?,
        })
    }
}

impl Postgres {
    /// One that cannot be read is given up with its problem, so that it does not hold up the others.
    pub(super) async fn claim_callbacks(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<RawCallback>, StoreError> {
        let mut rows = self.hold(limit, now, now + lease).await?;
        rows.sort_by_key(|row| (row.received_at, row.id));
        let mut callbacks = Vec::with_capacity(rows.len());
        let mut unreadable = Vec::new();
        for row in rows {
            let id = CallbackId::from_uuid(row.id);
            match RawCallback::try_from(row) {
                Ok(callback) => callbacks.push(callback),
                Err(error) => {
                    tracing::error!(
                        callback = %id,
                        error = &error as &dyn std::error::Error,
                        "a callback cannot be read and is given up"
                    );
                    unreadable.push(PutBack {
                        callback: id,
                        problem: error.to_string(),
                        retry_at: None,
                    });
                }
            }
        }
        self.put_callbacks_back(&unreadable).await?;
        Ok(callbacks)
    }

    async fn hold(
        &self,
        limit: u16,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<HeldRow>, StoreError> {
        // The requests by index, one by one: LIMIT keeps the planner from a join that reads whole months, and
        // the array from one that reads all that waits.
        sqlx::query_as!(
            HeldRow,
            r#"WITH due AS MATERIALIZED (
                   SELECT callback_id, due_at, size FROM inbox
                   WHERE due_at <= $1 AND (held_until IS NULL OR held_until <= $1)
                   ORDER BY due_at, callback_id LIMIT $2
                   FOR UPDATE SKIP LOCKED
               ), bearable AS (
                   SELECT callback_id, sum(size) OVER (ORDER BY due_at, callback_id) - size AS before
                   FROM due
               ), held AS (
                   UPDATE inbox SET held_until = $3
                   WHERE callback_id = ANY (ARRAY(SELECT callback_id FROM bearable WHERE before < $4))
                   RETURNING callback_id, tenant_id, failures
               )
               SELECT held.callback_id AS id, held.tenant_id, held.failures, c.account_id AS "account_id?",
                   c.provider AS "provider?", c.method AS "method?", c.url AS "url?",
                   c.headers::text AS "headers?", c.body AS "body?", c.received_at AS "received_at?"
               FROM held
               LEFT JOIN LATERAL (SELECT * FROM callbacks WHERE id = held.callback_id LIMIT 1) c ON true"#,
            now,
            i64::from(limit),
            until,
            HEAVY,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)
    }

    pub(super) async fn finish_callbacks(
        &self,
        callbacks: &[CallbackId],
    ) -> Result<(), StoreError> {
        if callbacks.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = callbacks.iter().map(|callback| callback.uuid()).collect();
        sqlx::query!("DELETE FROM inbox WHERE callback_id = ANY($1)", &ids)
            .execute(&self.pool)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    /// What somebody else has applied meanwhile is not changed.
    pub(super) async fn put_callbacks_back(&self, callbacks: &[PutBack]) -> Result<(), StoreError> {
        if callbacks.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = callbacks
            .iter()
            .map(|put_back| put_back.callback.uuid())
            .collect();
        let problems: Vec<String> = callbacks
            .iter()
            .map(|put_back| without_nul(&put_back.problem))
            .collect();
        let instants: Vec<Option<OffsetDateTime>> =
            callbacks.iter().map(|put_back| put_back.retry_at).collect();
        sqlx::query!(
            "WITH put_back AS MATERIALIZED (
                 SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
                     AS put_back (id, problem, retry_at)
             ), again AS (
                 UPDATE inbox i SET due_at = p.retry_at, held_until = NULL, problem = p.problem,
                     failures = least(i.failures, 32766) + 1
                 FROM put_back p WHERE i.callback_id = p.id AND p.retry_at IS NOT NULL
             ), given_up AS (
                 DELETE FROM inbox i USING put_back p
                 WHERE i.callback_id = p.id AND p.retry_at IS NULL
                 RETURNING p.id, p.problem
             )
             UPDATE callbacks c SET problem = g.problem FROM given_up g WHERE c.id = g.id",
            &ids,
            &problems,
            &instants as &[Option<OffsetDateTime>],
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(())
    }
}
