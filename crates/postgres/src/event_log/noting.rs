use crate::{Postgres, convert::to_json, notices::Channel, transaction::store_error};
use sqlx::PgConnection;
use tidings_kernel::{StoreError, TenantId, WebhookEndpointId};
use tidings_messaging::Happening;
use time::OffsetDateTime;
use uuid::Uuid;

/// Something that has just happened.
#[derive(Debug)]
pub(crate) struct Noted {
    tenant: Uuid,
    at: OffsetDateTime,
    happening: Happening,
    /// The only endpoint that is told; none for all.
    only: Option<Uuid>,
}

impl Noted {
    pub(crate) const fn new(tenant: TenantId, at: OffsetDateTime, happening: Happening) -> Self {
        Self {
            tenant: tenant.uuid(),
            at,
            happening,
            only: None,
        }
    }

    /// The same, for one endpoint alone.
    pub(crate) fn only_for(self, endpoint: WebhookEndpointId) -> Self {
        Self {
            only: Some(endpoint.uuid()),
            ..self
        }
    }
}

/// Notes what happened, of one thing the oldest first, in the transaction that makes the change and has the lock of
/// what was changed; gives how much was noted. Nothing is where the tenant's log is not kept: ask before, where a
/// statement would be felt ([`is_kept`]), or let the statement that changes things tell.
///
/// To be followed, once it is committed, by [`Postgres::wake_for_events`].
pub(crate) async fn note(
    connection: &mut PgConnection,
    noted: &[Noted],
) -> Result<u64, StoreError> {
    if noted.is_empty() {
        return Ok(0);
    }
    let (mut tenants, mut instants, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut data, mut endpoints) = (Vec::new(), Vec::new());
    for one in noted {
        tenants.push(one.tenant);
        instants.push(one.at);
        kinds.push(one.happening.kind().as_str());
        data.push(to_json("event", &one.happening)?);
        endpoints.push(one.only);
    }
    let written = sqlx::query!(
        "INSERT INTO event_outbox (tenant_id, at, kind, data, endpoint_id)
         SELECT n.tenant_id, n.at, n.kind, n.data, n.endpoint_id
         FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::jsonb[], $5::uuid[])
             WITH ORDINALITY AS n (tenant_id, at, kind, data, endpoint_id, place)
         JOIN event_logs l ON l.tenant_id = n.tenant_id AND l.is_kept
         ORDER BY n.place",
        &tenants,
        &instants,
        &kinds as &[&str],
        &data,
        &endpoints as &[Option<Uuid>],
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected())
}

/// Whether the log of a tenant is kept.
pub(crate) async fn is_kept(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM event_logs WHERE tenant_id = $1 AND is_kept) AS "is_kept!""#,
        tenant.uuid(),
    )
    .fetch_one(connection)
    .await
    .map_err(store_error)
}

impl Postgres {
    /// Has a worker give places to what was noted, if anything was, within some milliseconds and without waiting for
    /// it: a batch after the other may call this.
    pub(crate) fn wake_for_events(&self, noted: u64) {
        if noted > 0 {
            self.wake_soon(Channel::Outbox);
        }
    }
}
