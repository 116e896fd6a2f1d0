//! Where tenants' own systems are told of events, and what came of it.

mod replaying;
mod telling;

use crate::{
    Postgres,
    convert::{Place, names},
    event_log::{self, Noted},
    idempotency::write_answer,
    transaction::store_error,
    turnstile::Turnstile,
};
use async_trait::async_trait;
use tidings_kernel::{EventId, StoreError, TenantId, WebhookEndpointId};
use tidings_messaging::{
    Answer, DeliveryOutcome, DeliveryShare, DeliveryStatus, EndpointError, EndpointTested,
    Happening, HeldDelivery, MOST_ENDPOINTS, Page, Paged, ReplayError, ReplaySpan, Sealed,
    WebhookDelivery, WebhookEndpoint, WebhookEndpoints, place_id, place_of,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A row of `webhook_endpoints`.
struct EndpointRow {
    tenant_id: Uuid,
    id: Uuid,
    url: String,
    description: String,
    kinds: Vec<String>,
    is_enabled: bool,
    disabled_because: Option<String>,
    secret: Vec<u8>,
    old_secret: Option<Vec<u8>>,
    old_secret_until: Option<OffsetDateTime>,
    failing_since: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<EndpointRow> for WebhookEndpoint {
    type Error = StoreError;

    fn try_from(row: EndpointRow) -> Result<Self, StoreError> {
        let place = Place::new("webhook_endpoints", row.id);
        Ok(Self {
            id: WebhookEndpointId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            url: row.url,
            description: row.description,
            kinds: place.parse_all("kinds", &row.kinds)?,
            is_enabled: row.is_enabled,
            disabled_because: row.disabled_because,
            secret: Sealed(row.secret),
            old_secret: row.old_secret.map(Sealed).zip(row.old_secret_until),
            failing_since: row.failing_since,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A row of `webhook_deliveries`.
struct DeliveryRow {
    tenant_id: Uuid,
    position: i64,
    logged_at: OffsetDateTime,
    kind: String,
    status: String,
    calls: serde_json::Value,
    due_at: Option<OffsetDateTime>,
}

impl TryFrom<DeliveryRow> for WebhookDelivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let place = Place::new("webhook_deliveries", row.tenant_id);
        let position = place.number("position", row.position)?;
        Ok(Self {
            event: place_id(TenantId::from_uuid(row.tenant_id), position, row.logged_at),
            kind: place.parse("kind", &row.kind)?,
            logged_at: row.logged_at,
            status: place.parse("status", &row.status)?,
            calls: place.json("calls", row.calls)?,
            due_at: row.due_at,
        })
    }
}

/// A place as the database counts them.
fn position(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

#[async_trait]
impl WebhookEndpoints for Postgres {
    async fn create_endpoint(
        &self,
        endpoint: &WebhookEndpoint,
        answer: Option<&Answer>,
    ) -> Result<(), EndpointError> {
        let mut transaction = self.begin_for(endpoint.tenant).await?;
        // Two at the same time are counted one after the other.
        let key = endpoint.tenant.uuid().to_string();
        Turnstile::Endpoints.pass(&mut transaction, &key).await?;
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM webhook_endpoints WHERE tenant_id = $1"#,
            endpoint.tenant.uuid(),
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        if count >= i64::from(MOST_ENDPOINTS) {
            return Err(EndpointError::TooMany);
        }
        let (old, until) = old_secret(endpoint);
        sqlx::query!(
            "INSERT INTO webhook_endpoints (tenant_id, id, url, description, kinds, is_enabled,
                 disabled_because, secret, old_secret, old_secret_until, failing_since, created_at,
                 updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            endpoint.tenant.uuid(),
            endpoint.id.uuid(),
            endpoint.url,
            endpoint.description,
            &names(&endpoint.kinds),
            endpoint.is_enabled,
            endpoint.disabled_because,
            endpoint.secret.0,
            old,
            until,
            endpoint.failing_since,
            endpoint.created_at,
            endpoint.updated_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        if endpoint.is_enabled {
            event_log::keep(&mut transaction, endpoint.tenant, endpoint.updated_at).await?;
        }
        write_answer(&mut transaction, answer).await??;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }

    async fn update_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(endpoint.tenant).await?;
        let (old, until) = old_secret(endpoint);
        let updated = sqlx::query!(
            "UPDATE webhook_endpoints SET url = $3, description = $4, kinds = $5,
                 failing_since = CASE WHEN is_enabled OR NOT $6 THEN failing_since END,
                 disabled_because = CASE WHEN $6 THEN NULL ELSE disabled_because END,
                 is_enabled = $6, secret = $7, old_secret = $8, old_secret_until = $9,
                 updated_at = $10
             WHERE tenant_id = $1 AND id = $2",
            endpoint.tenant.uuid(),
            endpoint.id.uuid(),
            endpoint.url,
            endpoint.description,
            &names(&endpoint.kinds),
            endpoint.is_enabled,
            endpoint.secret.0,
            old,
            until,
            endpoint.updated_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        if endpoint.is_enabled {
            event_log::keep(&mut transaction, endpoint.tenant, endpoint.updated_at).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(updated.rows_affected() == 1)
    }

    async fn endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query_as!(
            EndpointRow,
            "SELECT * FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            endpoint.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(WebhookEndpoint::try_from).transpose()
    }

    async fn endpoints(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<WebhookEndpoint>, StoreError> {
        let mut transaction = self.begin_list(tenant).await?;
        let rows = sqlx::query_as!(
            EndpointRow,
            "SELECT * FROM webhook_endpoints
             WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)
             ORDER BY id DESC LIMIT $3",
            tenant.uuid(),
            page.after,
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let endpoints: Result<Vec<_>, _> =
            rows.into_iter().map(WebhookEndpoint::try_from).collect();
        Ok(Paged::cut(endpoints?, page.limit, |endpoint| {
            endpoint.id.uuid()
        }))
    }

    async fn delete_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let deleted = sqlx::query!(
            "DELETE FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            endpoint.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(deleted.rows_affected() == 1)
    }

    async fn deliveries(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        status: Option<DeliveryStatus>,
        page: Page,
    ) -> Result<Paged<WebhookDelivery>, StoreError> {
        let before = page.after.map(|after| {
            // What is no event of the tenant's has nothing after it.
            let place = place_of(tenant, EventId::from_uuid(after)).unwrap_or(0);
            position(place)
        });
        let mut transaction = self.begin_list(tenant).await?;
        let rows = sqlx::query_as!(
            DeliveryRow,
            "SELECT tenant_id, position, logged_at, kind, status, calls, due_at
             FROM webhook_deliveries
             WHERE tenant_id = $1 AND endpoint_id = $2 AND ($3::bigint IS NULL OR position < $3)
               AND ($4::text IS NULL OR status = $4)
             ORDER BY position DESC LIMIT $5",
            tenant.uuid(),
            endpoint.uuid(),
            before,
            status.map(DeliveryStatus::as_str),
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let deliveries: Result<Vec<_>, _> =
            rows.into_iter().map(WebhookDelivery::try_from).collect();
        Ok(Paged::cut(deliveries?, page.limit, |delivery| {
            delivery.event.uuid()
        }))
    }

    async fn test_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        // Locked, so that it is there when the event gets its place.
        let is_enabled = sqlx::query_scalar!(
            "SELECT is_enabled FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2 FOR SHARE",
            tenant.uuid(),
            endpoint.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        if is_enabled != Some(true) {
            return Ok(false);
        }
        let happening = Happening::EndpointTested(EndpointTested {
            endpoint_id: endpoint,
        });
        let noted = Noted::new(tenant, now, happening).only_for(endpoint);
        let noted = event_log::note(&mut transaction, &[noted]).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(true)
    }

    async fn replay(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        position: u64,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.replay_one(tenant, endpoint, position, now).await
    }

    async fn replay_span(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        span: ReplaySpan,
        now: OffsetDateTime,
    ) -> Result<u64, ReplayError> {
        self.replay_many(tenant, endpoint, span, now).await
    }

    async fn claim_deliveries(
        &self,
        share: DeliveryShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldDelivery>, StoreError> {
        self.claim_due(share, now, lease).await
    }

    async fn settle_delivery(
        &self,
        held: &HeldDelivery,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        self.settle_told(held, outcome).await
    }
}

/// The columns of the secret before.
fn old_secret(endpoint: &WebhookEndpoint) -> (Option<&[u8]>, Option<OffsetDateTime>) {
    let old = endpoint.old_secret.as_ref();
    old.map(|(sealed, until)| (sealed.0.as_slice(), *until))
        .unzip()
}
