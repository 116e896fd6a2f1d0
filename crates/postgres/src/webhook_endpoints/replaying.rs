use super::position;
use crate::{Postgres, transaction::store_error};
use sqlx::PgConnection;
use tidings_kernel::{StoreError, TenantId, WebhookEndpointId};
use tidings_messaging::{DeliveryStatus, MOST_REPLAYED, ReplayError, ReplaySpan};
use time::OffsetDateTime;

impl Postgres {
    pub(super) async fn replay_one(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        place: u64,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let updated = sqlx::query!(
            "UPDATE webhook_deliveries d SET status = 'pending', failures = 0, due_at = $4
             WHERE tenant_id = $1 AND endpoint_id = $2 AND position = $3
               AND EXISTS (SELECT FROM events e
                   WHERE e.tenant_id = d.tenant_id AND e.position = d.position)",
            tenant.uuid(),
            endpoint.uuid(),
            position(place),
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(updated.rows_affected() == 1)
    }

    pub(super) async fn replay_many(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        span: ReplaySpan,
        now: OffsetDateTime,
    ) -> Result<u64, ReplayError> {
        let mut transaction = self.begin_list(tenant).await?;
        let found = sqlx::query_scalar!(
            "SELECT kinds FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2 FOR SHARE",
            tenant.uuid(),
            endpoint.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        let kinds = found.ok_or(ReplayError::NotFound)?;
        let replayed = match span.status {
            Some(status) => {
                told_with(&mut transaction, tenant, endpoint, span, status, now).await?
            }
            None => all(&mut transaction, tenant, endpoint, span, &kinds, now).await?,
        };
        if replayed > u64::from(MOST_REPLAYED) {
            transaction.rollback().await.map_err(store_error)?;
            return Err(ReplayError::TooMany);
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(replayed)
    }
}

/// Deliveries of this status again; of too many one more than may be.
async fn told_with(
    connection: &mut PgConnection,
    tenant: TenantId,
    endpoint: WebhookEndpointId,
    span: ReplaySpan,
    status: DeliveryStatus,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let updated = sqlx::query!(
        "UPDATE webhook_deliveries d SET status = 'pending', failures = 0, due_at = $6
         WHERE tenant_id = $1 AND endpoint_id = $2 AND position = ANY (ARRAY(
             SELECT w.position FROM webhook_deliveries w
             JOIN events e ON e.tenant_id = w.tenant_id AND e.position = w.position
             WHERE w.tenant_id = $1 AND w.endpoint_id = $2 AND w.logged_at >= $3
               AND w.logged_at < $4 AND w.status = $5
             LIMIT $7))",
        tenant.uuid(),
        endpoint.uuid(),
        span.since,
        span.until,
        status.as_str(),
        now,
        i64::from(MOST_REPLAYED) + 1,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(updated.rows_affected())
}

/// Events of these kinds, whether they were told or not; of too many one more than may be. Tests of other endpoints
/// were for those alone.
async fn all(
    connection: &mut PgConnection,
    tenant: TenantId,
    endpoint: WebhookEndpointId,
    span: ReplaySpan,
    kinds: &[String],
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "INSERT INTO webhook_deliveries (tenant_id, endpoint_id, position, logged_at, kind, due_at)
         SELECT e.tenant_id, $2, e.position, e.logged_at, e.kind, $6
         FROM events e
         WHERE e.tenant_id = $1 AND e.logged_at >= $3 AND e.logged_at < $4
           AND (cardinality($5::text[]) = 0 OR e.kind = ANY ($5))
           AND (e.kind <> 'webhook_endpoint.test' OR EXISTS (SELECT FROM webhook_deliveries w
               WHERE w.tenant_id = e.tenant_id AND w.endpoint_id = $2 AND w.position = e.position))
         ORDER BY e.position LIMIT $7
         ON CONFLICT (tenant_id, endpoint_id, position)
         DO UPDATE SET status = 'pending', failures = 0, due_at = excluded.due_at",
        tenant.uuid(),
        endpoint.uuid(),
        span.since,
        span.until,
        kinds,
        now,
        i64::from(MOST_REPLAYED) + 1,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected())
}
