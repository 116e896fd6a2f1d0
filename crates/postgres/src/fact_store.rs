mod counts;

use crate::{
    Postgres, absences,
    consent_ledger::ConsentRow,
    contacts::{ContactRow, PreferencesRow, read_suppression_key, refusing_hashes},
    convert::Place,
    gathers::ask_each,
    tenants::TenantRow,
    transaction::store_error,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use tidings_consent::{ConsentEvent, suppression::SuppressionKey};
use tidings_kernel::{Channel, StoreError, TemplateId, TenantId};
use tidings_messaging::{
    Address, Contact, FactStore, FactsQuery, Known, Preferences, Suppression, TemplateFacts,
    Tenant, Usage, VariantStanding, by_locale,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// A contact or template within its tenant.
type Key = (Uuid, Uuid);

#[async_trait]
impl FactStore for Postgres {
    async fn load(
        &self,
        queries: &[FactsQuery],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<Known>>, StoreError> {
        match (&self.gathers, queries) {
            (_, []) => Ok(Vec::new()),
            (Some(gathers), [query]) => {
                let known = gathers.facts.ask((query.clone(), now)).await?;
                Ok(vec![known])
            }
            (Some(_) | None, queries) => self.facts(queries, now).await,
        }
    }

    async fn suppressions(
        &self,
        tenant: TenantId,
        address: &Address,
    ) -> Result<Vec<Suppression>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let key = crate::contacts::suppression_key(&mut transaction, tenant).await?;
        let rows = sqlx::query!(
            r#"SELECT channel, max(since) AS "since!" FROM suppressions
               WHERE tenant_id = $1 AND address_hash = ANY($2) GROUP BY channel"#,
            tenant.uuid(),
            &refusing_hashes(&key, address),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let place = Place::new("suppressions", tenant.uuid());
        rows.into_iter()
            .map(|row| {
                let channel = place.parse("channel", &row.channel)?;
                Ok(Suppression {
                    channel,
                    since: row.since,
                })
            })
            .collect()
    }
}

/// What is known for each query. Periods end with the latest of the instants, which differ by the length of a
/// batch only; those of two months are asked for by themselves.
pub(crate) async fn load_all(
    store: Postgres,
    queries: Vec<(FactsQuery, OffsetDateTime)>,
) -> Vec<Result<Option<Known>, StoreError>> {
    ask_each(queries, |queries| store.facts_together(queries)).await
}

impl Postgres {
    async fn facts_together(
        &self,
        queries: Vec<(FactsQuery, OffsetDateTime)>,
    ) -> Result<Vec<Option<Known>>, StoreError> {
        let mut months = queries.iter().map(|(_, now)| Usage::month(*now));
        let first = months.next();
        if months.all(|month| Some(month) == first) {
            let now = queries.iter().map(|(_, now)| *now).max();
            let queries: Vec<FactsQuery> = queries.into_iter().map(|(query, _)| query).collect();
            return self
                .facts(&queries, now.unwrap_or(OffsetDateTime::UNIX_EPOCH))
                .await;
        }
        let mut known = Vec::with_capacity(queries.len());
        for (query, now) in queries {
            known.extend(self.facts(&[query], now).await?);
        }
        Ok(known)
    }

    async fn facts(
        &self,
        queries: &[FactsQuery],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<Known>>, StoreError> {
        let tenants = queries.iter().map(|query| query.tenant);
        let mut transaction = self.begin_for_each(tenants).await?;
        let known = load(&mut transaction, queries, now).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(known)
    }
}

/// Reads what is known, inside a transaction.
pub(crate) async fn load(
    connection: &mut PgConnection,
    queries: &[FactsQuery],
    now: OffsetDateTime,
) -> Result<Vec<Option<Known>>, StoreError> {
    let tenants: HashSet<TenantId> = queries.iter().map(|query| query.tenant).collect();
    let contacts = pairs(
        queries
            .iter()
            .map(|query| (query.tenant, query.contact.uuid())),
    );
    let templates = pairs(
        queries
            .iter()
            .filter_map(|query| Some((query.tenant, query.template?.uuid()))),
    );
    let people = load_contacts(connection, &contacts).await?;
    let owners = load_tenants(connection, &tenants).await?;
    let preferences = load_preferences(connection, &contacts).await?;
    let consent = load_consent(connection, &contacts).await?;
    let inbound = load_last_inbound(connection, &contacts).await?;
    let found_templates = load_templates(connection, &templates).await?;
    let suppressed = load_suppressions(connection, &people, &owners).await?;
    let marketing = counts::load_marketing_sent(connection, &contacts, now).await?;
    let absences = absences::load(connection, &contacts).await?;
    let versions = counts::load_source_versions(connection, queries).await?;
    let limited = owners.values().map(|(tenant, _)| tenant);
    let usage = counts::load_usage(connection, limited, now).await?;
    Ok(queries
        .iter()
        .map(|query| {
            let key = (query.tenant.uuid(), query.contact.uuid());
            let contact = people.get(&key)?.clone();
            let (tenant, _) = owners.get(&query.tenant)?.clone();
            let template = query
                .template
                .and_then(|id| found_templates.get(&(key.0, id.uuid())).cloned());
            Some(Known {
                tenant,
                contact,
                preferences: preferences.get(&key).cloned(),
                consent: consent.get(&key).cloned().unwrap_or_default(),
                suppressions: suppressed.get(&key).cloned().unwrap_or_default(),
                template,
                last_inbound: inbound.get(&key).cloned().unwrap_or_default(),
                marketing_sent: marketing.get(&key).cloned().unwrap_or_default(),
                absences: absences.get(&key).cloned().unwrap_or_default(),
                source_version: query
                    .source
                    .as_ref()
                    .and_then(|source| versions.get(&(key.0, source.clone())).copied()),
                usage: usage.get(&key.0).copied().unwrap_or_default(),
            })
        })
        .collect())
}

/// Two columns for UNNEST, without repetition.
fn pairs(keys: impl Iterator<Item = (TenantId, Uuid)>) -> (Vec<Uuid>, Vec<Uuid>) {
    let unique: HashSet<Key> = keys.map(|(tenant, id)| (tenant.uuid(), id)).collect();
    unique.into_iter().unzip()
}

async fn load_contacts(
    connection: &mut PgConnection,
    (tenants, ids): &(Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<Key, Contact>, StoreError> {
    let rows = sqlx::query_as!(
        ContactRow,
        "SELECT c.tenant_id, c.id, c.first_name, c.last_name, c.phone, c.whatsapp_phone,
             c.whatsapp_user, c.email, c.also, c.region, c.locale, c.time_zone, c.external_id, c.attributes,
             c.tags, c.created_at, c.updated_at
         FROM contacts c
         JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           ON c.tenant_id = wanted.tenant_id AND c.id = wanted.id
         WHERE c.erased_at IS NULL",
        tenants,
        ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| Ok(((row.tenant_id, row.id), Contact::try_from(row)?)))
        .collect()
}

async fn load_tenants(
    connection: &mut PgConnection,
    tenants: &HashSet<TenantId>,
) -> Result<HashMap<TenantId, (Tenant, SuppressionKey)>, StoreError> {
    let ids: Vec<Uuid> = tenants.iter().map(|tenant| tenant.uuid()).collect();
    let rows = sqlx::query!(
        "SELECT id, name, default_region, time_zone, locale, disabled_channels, settings,
             created_at, suppression_key
         FROM tenants WHERE id = ANY($1)",
        &ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            let tenant = Tenant::try_from(TenantRow {
                id: row.id,
                name: row.name,
                default_region: row.default_region,
                time_zone: row.time_zone,
                locale: row.locale,
                disabled_channels: row.disabled_channels,
                settings: row.settings,
                created_at: row.created_at,
            })?;
            let key = read_suppression_key(row.id, &row.suppression_key)?;
            Ok((tenant.id, (tenant, key)))
        })
        .collect()
}

async fn load_preferences(
    connection: &mut PgConnection,
    (tenants, ids): &(Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<Key, Preferences>, StoreError> {
    let rows = sqlx::query!(
        "SELECT p.* FROM preferences p
         JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           ON p.tenant_id = wanted.tenant_id AND p.contact_id = wanted.id",
        tenants,
        ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            let key = (row.tenant_id, row.contact_id);
            let preferences = Preferences::try_from(PreferencesRow {
                contact_id: row.contact_id,
                sms_enabled: row.sms_enabled,
                whatsapp_enabled: row.whatsapp_enabled,
                email_enabled: row.email_enabled,
                preferred_channel: row.preferred_channel,
                topic_channels: row.topic_channels,
                quiet_enabled: row.quiet_enabled,
                quiet_start: row.quiet_start,
                quiet_end: row.quiet_end,
                weekend_messages: row.weekend_messages,
                time_zone: row.time_zone,
                locale: row.locale,
                emergency_notifications: row.emergency_notifications,
            })?;
            Ok((key, preferences))
        })
        .collect()
}

/// The events of each contact and of everybody who shares an address with it.
async fn load_consent(
    connection: &mut PgConnection,
    (tenants, ids): &(Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<Key, Vec<ConsentEvent>>, StoreError> {
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
           SELECT related.tenant_id AS "tenant_id!", related.wanted_id AS "wanted_id!",
               e.contact_id, e.id, e.action, e.channels, e.purposes, e.method, e.occurred_at,
               e.recorded_at, e.evidence
           FROM related
           JOIN consent_events e
             ON e.tenant_id = related.tenant_id AND e.contact_id = related.contact_id
           ORDER BY e.id"#,
        tenants,
        ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut found: HashMap<Key, Vec<ConsentEvent>> = HashMap::new();
    for row in rows {
        let event = ConsentEvent::try_from(ConsentRow {
            contact_id: row.contact_id,
            id: row.id,
            action: row.action,
            channels: row.channels,
            purposes: row.purposes,
            method: row.method,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            evidence: row.evidence,
        })?;
        found
            .entry((row.tenant_id, row.wanted_id))
            .or_default()
            .push(event);
    }
    Ok(found)
}

async fn load_last_inbound(
    connection: &mut PgConnection,
    (tenants, ids): &(Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<Key, Vec<(Channel, OffsetDateTime)>>, StoreError> {
    let rows = sqlx::query!(
        "SELECT l.tenant_id, l.contact_id, l.channel, l.at FROM last_inbound l
         JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           ON l.tenant_id = wanted.tenant_id AND l.contact_id = wanted.id",
        tenants,
        ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut found: HashMap<Key, Vec<(Channel, OffsetDateTime)>> = HashMap::new();
    for row in rows {
        let place = Place::new("last_inbound", row.contact_id);
        let channel = place.parse("channel", &row.channel)?;
        found
            .entry((row.tenant_id, row.contact_id))
            .or_default()
            .push((channel, row.at));
    }
    Ok(found)
}

async fn load_templates(
    connection: &mut PgConnection,
    (tenants, ids): &(Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<Key, TemplateFacts>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT t.tenant_id, t.id, t.status, t.purpose, t.version, t.standings FROM templates t
         JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           ON t.tenant_id = wanted.tenant_id AND t.id = wanted.id",
        tenants,
        ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            let place = Place::new("templates", row.id);
            let facts = TemplateFacts {
                id: TemplateId::from_uuid(row.id),
                status: place.json("status", serde_json::Value::String(row.status))?,
                purpose: place.parse("purpose", &row.purpose)?,
                version: place.number("version", row.version)?,
                locales: by_locale(
                    &place.json::<Vec<VariantStanding>>("standings", row.standings)?,
                ),
            };
            Ok(((row.tenant_id, row.id), facts))
        })
        .collect()
}

async fn load_suppressions(
    connection: &mut PgConnection,
    people: &HashMap<Key, Contact>,
    owners: &HashMap<TenantId, (Tenant, SuppressionKey)>,
) -> Result<HashMap<Key, Vec<Suppression>>, StoreError> {
    let mut asked: HashMap<(Uuid, Vec<u8>), HashSet<Key>> = HashMap::new();
    for (key, contact) in people {
        let Some((_, secret)) = owners.get(&contact.tenant) else {
            continue;
        };
        for address in contact.addresses() {
            for hash in refusing_hashes(secret, &address) {
                asked.entry((key.0, hash)).or_default().insert(*key);
            }
        }
    }
    let (tenants, hashes): (Vec<Uuid>, Vec<Vec<u8>>) = asked.keys().cloned().unzip();
    let rows = sqlx::query!(
        "SELECT s.tenant_id, s.address_hash, s.channel, s.since FROM suppressions s
         JOIN unnest($1::uuid[], $2::bytea[]) AS wanted (tenant_id, address_hash)
           ON s.tenant_id = wanted.tenant_id AND s.address_hash = wanted.address_hash",
        &tenants,
        &hashes,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut found: HashMap<Key, Vec<Suppression>> = HashMap::new();
    for row in rows {
        let place = Place::new("suppressions", row.tenant_id);
        let suppression = Suppression {
            channel: place.parse("channel", &row.channel)?,
            since: row.since,
        };
        for key in asked
            .get(&(row.tenant_id, row.address_hash))
            .into_iter()
            .flatten()
        {
            found.entry(*key).or_default().push(suppression);
        }
    }
    Ok(found)
}
