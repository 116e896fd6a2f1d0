use super::{EndpointRow, position};
use crate::{
    Postgres,
    convert::{Place, to_json},
    event_log::{self, Noted},
    transaction::store_error,
};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{StoreError, TenantId, WebhookEndpointId};
use tidings_messaging::{
    CALLS_KEPT, DeliveryOutcome, DeliveryShare, DeliveryStatus, EndpointDisabled, Event, Fault,
    Happening, HeldDelivery, WebhookEndpoint,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What was taken, before it is known of what it tells.
struct Taken {
    tenant_id: Uuid,
    endpoint_id: Uuid,
    position: i64,
    failures: i16,
}

impl Postgres {
    pub(super) async fn claim_due(
        &self,
        share: DeliveryShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldDelivery>, StoreError> {
        let except: Vec<Uuid> = share
            .except
            .iter()
            .map(|endpoint| endpoint.uuid())
            .collect();
        let mut transaction = self.begin_for_all().await?;
        // Endpoints that have something to be told are found one after the other, however much each has: one that is
        // away may have much.
        let mut taken = sqlx::query_as!(
            Taken,
            r#"WITH RECURSIVE owners AS (
                   (SELECT tenant_id, endpoint_id FROM webhook_deliveries WHERE due_at IS NOT NULL
                    ORDER BY tenant_id, endpoint_id LIMIT 1)
                   UNION ALL
                   SELECT next.tenant_id, next.endpoint_id FROM owners o CROSS JOIN LATERAL (
                       SELECT w.tenant_id, w.endpoint_id FROM webhook_deliveries w
                       WHERE w.due_at IS NOT NULL
                         AND (w.tenant_id, w.endpoint_id) > (o.tenant_id, o.endpoint_id)
                       ORDER BY w.tenant_id, w.endpoint_id LIMIT 1) AS next
               ), due AS MATERIALIZED (
                   SELECT ready.* FROM owners o
                   JOIN webhook_endpoints e ON e.tenant_id = o.tenant_id AND e.id = o.endpoint_id
                   CROSS JOIN LATERAL (
                       SELECT w.tenant_id, w.endpoint_id, w.position, w.due_at
                       FROM webhook_deliveries w
                       WHERE w.tenant_id = o.tenant_id AND w.endpoint_id = o.endpoint_id
                         AND w.due_at <= $1
                       ORDER BY w.due_at, w.position LIMIT $2
                       FOR UPDATE OF w SKIP LOCKED
                   ) AS ready
                   WHERE e.is_enabled AND o.endpoint_id <> ALL ($3)
                   ORDER BY ready.due_at, ready.position LIMIT $4
               )
               UPDATE webhook_deliveries w SET due_at = $5 FROM due
               WHERE w.tenant_id = due.tenant_id AND w.endpoint_id = due.endpoint_id
                 AND w.position = due.position
               RETURNING w.tenant_id, w.endpoint_id, w.position, w.failures"#,
            now,
            i64::from(share.per_endpoint),
            &except,
            i64::from(share.most),
            now + lease,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        if taken.is_empty() {
            transaction.rollback().await.map_err(store_error)?;
            return Ok(Vec::new());
        }
        taken.sort_unstable_by_key(|taken| (taken.tenant_id, taken.position));
        let held = read(&mut transaction, taken).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(held)
    }

    pub(super) async fn settle_told(
        &self,
        held: &HeldDelivery,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        let HeldDelivery {
            endpoint,
            event,
            failures,
        } = held;
        let failures = match outcome.status {
            DeliveryStatus::Delivered => 0,
            DeliveryStatus::Pending | DeliveryStatus::Failed => failures.saturating_add(1),
        };
        let mut transaction = self.begin_for_all().await?;
        sqlx::query!(
            "UPDATE webhook_deliveries SET status = $4, failures = $5, due_at = $6,
                 calls = CASE WHEN jsonb_array_length(calls) >= $8 THEN calls - 0 ELSE calls END
                     || $7::jsonb
             WHERE tenant_id = $1 AND endpoint_id = $2 AND position = $3",
            endpoint.tenant.uuid(),
            endpoint.id.uuid(),
            position(event.position),
            outcome.status.as_str(),
            i16::try_from(failures).unwrap_or(i16::MAX),
            outcome.retry_at,
            to_json("call", &[&outcome.call])?,
            i32::try_from(CALLS_KEPT).unwrap_or(i32::MAX),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        note_health(&mut transaction, endpoint, outcome).await?;
        let mut noted = 0;
        if let Some(reason) = &outcome.disable {
            noted = disable(&mut transaction, endpoint, reason, outcome.call.at).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(())
    }
}

/// Adds whom and of what is told. What is not there any more is not told.
async fn read(
    connection: &mut PgConnection,
    taken: Vec<Taken>,
) -> Result<Vec<HeldDelivery>, StoreError> {
    let tenants: Vec<Uuid> = taken.iter().map(|taken| taken.tenant_id).collect();
    let ids: Vec<Uuid> = taken.iter().map(|taken| taken.endpoint_id).collect();
    let places: Vec<i64> = taken.iter().map(|taken| taken.position).collect();
    let rows = sqlx::query_as!(
        EndpointRow,
        "SELECT * FROM webhook_endpoints WHERE tenant_id = ANY ($1) AND id = ANY ($2)",
        &tenants,
        &ids,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let mut endpoints: HashMap<WebhookEndpointId, WebhookEndpoint> = HashMap::new();
    for row in rows {
        let endpoint = WebhookEndpoint::try_from(row)?;
        endpoints.insert(endpoint.id, endpoint);
    }
    let events = event_log::at_places(connection, &tenants, &places).await?;
    let events: HashMap<(TenantId, u64), Event> = events
        .into_iter()
        .map(|event| ((event.tenant, event.position), event))
        .collect();
    let mut held = Vec::with_capacity(taken.len());
    let mut gone = Vec::new();
    for taken in &taken {
        let place = Place::new("webhook_deliveries", taken.endpoint_id);
        let key = (
            TenantId::from_uuid(taken.tenant_id),
            place.number("position", taken.position)?,
        );
        let endpoint = endpoints.get(&WebhookEndpointId::from_uuid(taken.endpoint_id));
        match (endpoint, events.get(&key)) {
            (Some(endpoint), Some(event)) => held.push(HeldDelivery {
                endpoint: endpoint.clone(),
                event: event.clone(),
                failures: place.number("failures", taken.failures)?,
            }),
            (Some(_) | None, _) => gone.push(taken),
        }
    }
    forget(connection, &gone).await?;
    Ok(held)
}

/// Forgets deliveries whose events are not kept any more.
async fn forget(connection: &mut PgConnection, gone: &[&Taken]) -> Result<(), StoreError> {
    if gone.is_empty() {
        return Ok(());
    }
    let tenants: Vec<Uuid> = gone.iter().map(|gone| gone.tenant_id).collect();
    let ids: Vec<Uuid> = gone.iter().map(|gone| gone.endpoint_id).collect();
    let places: Vec<i64> = gone.iter().map(|gone| gone.position).collect();
    sqlx::query!(
        "DELETE FROM webhook_deliveries d
         USING unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS gone (tenant_id, endpoint_id, position)
         WHERE d.tenant_id = gone.tenant_id AND d.endpoint_id = gone.endpoint_id
           AND d.position = gone.position",
        &tenants,
        &ids,
        &places,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Notes when an endpoint begins to fail, and when it ends to. Written when it changes alone.
async fn note_health(
    connection: &mut PgConnection,
    endpoint: &WebhookEndpoint,
    outcome: &DeliveryOutcome,
) -> Result<(), StoreError> {
    let failing_since = match outcome.fault {
        Some(Fault::Ours) => return Ok(()),
        Some(Fault::Theirs) => Some(outcome.call.at),
        None => None,
    };
    sqlx::query!(
        "UPDATE webhook_endpoints SET failing_since = $3
         WHERE tenant_id = $1 AND id = $2 AND (failing_since IS NULL) <> ($3::timestamptz IS NULL)",
        endpoint.tenant.uuid(),
        endpoint.id.uuid(),
        failing_since,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Disables an endpoint, and gives how many events were noted.
async fn disable(
    connection: &mut PgConnection,
    endpoint: &WebhookEndpoint,
    reason: &str,
    at: OffsetDateTime,
) -> Result<u64, StoreError> {
    let disabled = sqlx::query!(
        "UPDATE webhook_endpoints SET is_enabled = false, disabled_because = $3
         WHERE tenant_id = $1 AND id = $2 AND is_enabled",
        endpoint.tenant.uuid(),
        endpoint.id.uuid(),
        reason,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if disabled.rows_affected() == 0 {
        return Ok(0);
    }
    let happening = Happening::EndpointDisabled(EndpointDisabled {
        endpoint_id: endpoint.id,
        reason: reason.to_owned(),
    });
    event_log::note(connection, &[Noted::new(endpoint.tenant, at, happening)]).await
}
