//! Notes refusals that say that nobody is there.

use super::name;
use crate::transaction::store_error;
use sqlx::PgConnection;
use tidings_kernel::{Channel, StoreError};
use tidings_messaging::Absence;
use tidings_routing::Certainty;
use time::OffsetDateTime;
use uuid::Uuid;

/// A refusal that says so, of an attempt that may be noted already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NewRefusal {
    pub(crate) tenant: Uuid,
    pub(crate) channel: Channel,
    pub(crate) address_kind: &'static str,
    pub(crate) address_value: String,
    pub(crate) attempt: Uuid,
    pub(crate) contact: Uuid,
    pub(crate) at: OffsetDateTime,
    pub(crate) certainty: Certainty,
}

/// Refusals as columns.
#[derive(Default)]
struct Columns<'all> {
    tenants: Vec<Uuid>,
    channels: Vec<&'static str>,
    kinds: Vec<&'static str>,
    values: Vec<&'all str>,
    attempts: Vec<Uuid>,
    contacts: Vec<Uuid>,
    instants: Vec<OffsetDateTime>,
    certainties: Vec<&'static str>,
}

/// Notes refusals, each once for its attempt, and has their addresses looked at.
pub(crate) async fn note(
    connection: &mut PgConnection,
    mut refusals: Vec<NewRefusal>,
) -> Result<(), StoreError> {
    if refusals.is_empty() {
        return Ok(());
    }
    // In one order everywhere, so that no two workers wait for each other.
    refusals.sort_unstable();
    let mut columns = Columns::default();
    for refusal in &refusals {
        columns.tenants.push(refusal.tenant);
        columns.channels.push(refusal.channel.as_str());
        columns.kinds.push(refusal.address_kind);
        columns.values.push(&refusal.address_value);
        columns.attempts.push(refusal.attempt);
        columns.contacts.push(refusal.contact);
        columns.instants.push(refusal.at);
        columns.certainties.push(name(refusal.certainty));
    }
    lock(connection, &columns).await?;
    insert(connection, &columns).await?;
    prune(connection, &columns).await
}

/// Makes the rows of the addresses where there are none, and locks all of them.
async fn lock(connection: &mut PgConnection, columns: &Columns<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO absences AS a (tenant_id, channel, address_kind, address_value, contact_id)
         SELECT DISTINCT ON (tenant_id, channel, kind, value) tenant_id, channel, kind, value, contact_id
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[])
             AS new (tenant_id, channel, kind, value, contact_id)
         ORDER BY tenant_id, channel, kind, value
         ON CONFLICT (tenant_id, channel, address_kind, address_value)
         DO UPDATE SET contact_id = a.contact_id",
        &columns.tenants,
        &columns.channels as &[&str],
        &columns.kinds as &[&str],
        &columns.values as &[&str],
        &columns.contacts,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Notes what was not noted before. The addresses are due at once, whoever holds them.
async fn insert(connection: &mut PgConnection, columns: &Columns<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "WITH new AS (
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[],
                 $7::timestamptz[], $8::text[])
                 AS new (tenant_id, channel, kind, value, attempt_id, contact_id, at, certainty)
         ), noted AS (
             INSERT INTO absence_refusals (tenant_id, channel, address_kind, address_value, attempt_id,
                 at, certainty)
             SELECT tenant_id, channel, kind, value, attempt_id, at, certainty FROM new
             ON CONFLICT DO NOTHING
             RETURNING attempt_id
         ), latest AS (
             SELECT DISTINCT ON (tenant_id, channel, kind, value) new.*
             FROM new JOIN noted ON noted.attempt_id = new.attempt_id
             ORDER BY tenant_id, channel, kind, value, at DESC
         )
         UPDATE absences a SET contact_id = latest.contact_id, check_at = latest.at
         FROM latest
         WHERE a.tenant_id = latest.tenant_id AND a.channel = latest.channel
           AND a.address_kind = latest.kind AND a.address_value = latest.value",
        &columns.tenants,
        &columns.channels as &[&str],
        &columns.kinds as &[&str],
        &columns.values as &[&str],
        &columns.attempts,
        &columns.contacts,
        &columns.instants,
        &columns.certainties as &[&str],
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Forgets all but the newest refusals of these addresses.
async fn prune(connection: &mut PgConnection, columns: &Columns<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM absence_refusals r
         USING (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
                    AS own (tenant_id, channel, kind, value)) AS own
         CROSS JOIN LATERAL (
             SELECT old.attempt_id FROM absence_refusals old
             WHERE old.tenant_id = own.tenant_id AND old.channel = own.channel
               AND old.address_kind = own.kind AND old.address_value = own.value
             ORDER BY old.at DESC, old.attempt_id DESC OFFSET $5) AS old
         WHERE r.tenant_id = own.tenant_id AND r.channel = own.channel AND r.address_kind = own.kind
           AND r.address_value = own.value AND r.attempt_id = old.attempt_id",
        &columns.tenants,
        &columns.channels as &[&str],
        &columns.kinds as &[&str],
        &columns.values as &[&str],
        i64::from(Absence::REMEMBERED),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
