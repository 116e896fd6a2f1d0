//! What is counted: marketing, versions of records, and what a tenant has used up.

use super::Key;
use crate::{convert::Place, marketing::LONGEST, transaction::store_error};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use tidings_kernel::StoreError;
use tidings_messaging::{FactsQuery, SourceKey, Tenant, Usage};
use time::OffsetDateTime;
use uuid::Uuid;

/// When each contact, and everybody who shares an address with it, was handed marketing that may have
/// arrived.
pub(super) async fn load_marketing_sent(
    connection: &mut PgConnection,
    (tenants, ids): &(Vec<Uuid>, Vec<Uuid>),
    now: OffsetDateTime,
) -> Result<HashMap<Key, Vec<OffsetDateTime>>, StoreError> {
    let rows = sqlx::query!(
        r#"WITH wanted AS (
               SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           ), related AS (
               SELECT tenant_id, id AS wanted_id, id AS contact_id FROM wanted
               UNION
               SELECT own.tenant_id, own.contact_id, other.contact_id
               FROM wanted
               JOIN addresses own
                 ON own.tenant_id = wanted.tenant_id AND own.contact_id = wanted.id
               JOIN addresses other
                 ON other.tenant_id = own.tenant_id AND other.kind = own.kind
                AND other.value = own.value
           )
           SELECT related.tenant_id AS "tenant_id!", related.wanted_id AS "wanted_id!", s.at
           FROM related
           JOIN marketing_sends s
             ON s.tenant_id = related.tenant_id AND s.contact_id = related.contact_id
            AND s.at > $3"#,
        tenants,
        ids,
        now.saturating_sub(LONGEST),
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut found: HashMap<Key, Vec<OffsetDateTime>> = HashMap::new();
    for row in rows {
        found
            .entry((row.tenant_id, row.wanted_id))
            .or_default()
            .push(row.at);
    }
    Ok(found)
}

/// The newest versions of the records that are asked for, by tenant.
pub(super) async fn load_source_versions(
    connection: &mut PgConnection,
    queries: &[FactsQuery],
) -> Result<HashMap<(Uuid, SourceKey), u64>, StoreError> {
    let wanted: HashSet<(Uuid, &SourceKey)> = queries
        .iter()
        .filter_map(|query| Some((query.tenant.uuid(), query.source.as_ref()?)))
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let tenants: Vec<Uuid> = wanted.iter().map(|(tenant, _)| *tenant).collect();
    let kinds: Vec<String> = wanted.iter().map(|(_, key)| key.kind.clone()).collect();
    let ids: Vec<String> = wanted.iter().map(|(_, key)| key.id.clone()).collect();
    let rows = sqlx::query!(
        "SELECT s.tenant_id, s.type AS kind, s.id, s.version FROM source_versions s
         JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS wanted (tenant_id, type, id)
           ON s.tenant_id = wanted.tenant_id AND s.type = wanted.type AND s.id = wanted.id",
        &tenants,
        &kinds,
        &ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            let place = Place::new("source_versions", row.tenant_id);
            let version = place.number("version", row.version)?;
            let key = SourceKey {
                kind: row.kind,
                id: row.id,
            };
            Ok(((row.tenant_id, key), version))
        })
        .collect()
}

/// What limited tenants have used up in the month; the others are not counted.
pub(super) async fn load_usage(
    connection: &mut PgConnection,
    owners: impl Iterator<Item = &Tenant>,
    now: OffsetDateTime,
) -> Result<HashMap<Uuid, Usage>, StoreError> {
    let (tenants, currencies): (Vec<Uuid>, Vec<Option<String>>) = owners
        .filter(|tenant| !tenant.settings.monthly.is_unlimited())
        .map(|tenant| {
            let budget = tenant.settings.monthly.budget;
            let currency = budget.map(|budget| budget.currency().to_string());
            (tenant.id.uuid(), currency)
        })
        .unzip();
    if tenants.is_empty() {
        return Ok(HashMap::new());
    }
    let month = Usage::month(now).start.date();
    let rows = sqlx::query!(
        r#"SELECT u.tenant_id, u.messages, coalesce(c.micros, 0) AS "cost_micros!"
           FROM unnest($1::uuid[], $2::text[]) AS limited (tenant_id, currency)
           JOIN usage u ON u.tenant_id = limited.tenant_id AND u.month = $3
           LEFT JOIN usage_costs c ON c.tenant_id = u.tenant_id AND c.month = u.month
               AND c.currency = limited.currency"#,
        &tenants,
        &currencies as &[Option<String>],
        month,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            let usage = Usage {
                messages: Place::new("usage", row.tenant_id).number("messages", row.messages)?,
                cost_micros: row.cost_micros,
            };
            Ok((row.tenant_id, usage))
        })
        .collect()
}
