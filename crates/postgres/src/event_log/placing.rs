use crate::{Postgres, transaction::store_error};
use tidings_kernel::StoreError;
use time::OffsetDateTime;

/// The lock of whoever gives places.
const PLACING: i64 = 0x6576_656e_7473;

impl Postgres {
    /// Gives places to what was noted and committed, by the numbers it was noted with, and notes which endpoints are to
    /// be told of it. What is committed later comes later, whatever its number.
    pub(super) async fn place_noted(
        &self,
        most: u16,
        now: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let is_alone = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock($1) AS "is_alone!""#,
            PLACING
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        if !is_alone {
            transaction.rollback().await.map_err(store_error)?;
            return Ok(0);
        }
        let placed = sqlx::query_scalar!(
            r#"WITH taken AS (
                   DELETE FROM event_outbox WHERE number = ANY (ARRAY(
                       SELECT number FROM event_outbox ORDER BY number LIMIT $1))
                   RETURNING number, tenant_id, at, kind, data, endpoint_id
               ), counts AS (
                   SELECT tenant_id, count(*) AS count FROM taken GROUP BY tenant_id
               ), logs AS (
                   UPDATE event_logs l SET last = l.last + c.count FROM counts c
                   WHERE l.tenant_id = c.tenant_id
                   RETURNING l.tenant_id, l.last - c.count AS before
               ), placed AS (
                   SELECT t.*, l.before
                       + row_number() OVER (PARTITION BY t.tenant_id ORDER BY t.number) AS position
                   FROM taken t JOIN logs l ON l.tenant_id = t.tenant_id
               ), logged AS (
                   INSERT INTO events (tenant_id, position, logged_at, at, kind, data)
                   SELECT tenant_id, position, $2, at, kind, data FROM placed ORDER BY tenant_id, position
                   RETURNING 1
               ), told AS (
                   INSERT INTO webhook_deliveries (tenant_id, endpoint_id, position, logged_at, kind, due_at)
                   SELECT p.tenant_id, e.id, p.position, $2, p.kind, $2
                   FROM placed p JOIN webhook_endpoints e ON e.tenant_id = p.tenant_id
                   WHERE CASE WHEN p.endpoint_id IS NULL
                       THEN e.is_enabled AND (e.kinds = '{}' OR p.kind = ANY (e.kinds))
                       ELSE e.id = p.endpoint_id END
               )
               SELECT count(*) AS "count!" FROM logged"#,
            i64::from(most),
            now,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(u64::try_from(placed).unwrap_or(0))
    }

    pub(super) async fn forget_placed(
        &self,
        before: OffsetDateTime,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        // Endpoints read for as long as they are called.
        sqlx::query!(
            "UPDATE event_logs l SET is_kept = false
             WHERE is_kept AND kept_until < $1 AND NOT EXISTS (
                 SELECT FROM webhook_endpoints e WHERE e.tenant_id = l.tenant_id AND e.is_enabled)",
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let most = i64::from(most);
        // By tenants and endpoints, so that each finds its oldest by an index.
        sqlx::query!(
            "DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
                 SELECT old.ctid FROM webhook_endpoints e CROSS JOIN LATERAL (
                     SELECT d.ctid FROM webhook_deliveries d
                     WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.id AND d.logged_at < $1
                     ORDER BY d.logged_at, d.position LIMIT $2) AS old
                 LIMIT $2))",
            before,
            most,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let forgotten = sqlx::query!(
            "DELETE FROM events WHERE ctid = ANY (ARRAY(
                 SELECT old.ctid FROM event_logs l CROSS JOIN LATERAL (
                     SELECT e.ctid FROM events e WHERE e.tenant_id = l.tenant_id AND e.logged_at < $1
                     ORDER BY e.logged_at, e.position LIMIT $2) AS old
                 LIMIT $2))",
            before,
            most,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(forgotten.rows_affected())
    }
}
