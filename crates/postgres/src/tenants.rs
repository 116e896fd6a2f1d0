use crate::{
    Postgres,
    convert::{Place, names, to_json},
    gathers::{ask_each, only},
    transaction::store_error,
};
use async_trait::async_trait;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::HashMap;
use tidings_kernel::{ApiKeyId, Locale, Region, StoreError, TenantId};
use tidings_messaging::{ApiKey, Tenant, Tenants};
use tidings_quiet_hours::Zone;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `tenants`.
pub(crate) struct TenantRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) default_region: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) locale: String,
    pub(crate) disabled_channels: Vec<String>,
    pub(crate) settings: serde_json::Value,
    pub(crate) created_at: OffsetDateTime,
}

impl TryFrom<TenantRow> for Tenant {
    type Error = StoreError;

    fn try_from(row: TenantRow) -> Result<Self, StoreError> {
        let place = Place::new("tenants", row.id);
        Ok(Self {
            id: TenantId::from_uuid(row.id),
            name: row.name,
            default_region: place.read(
                "default_region",
                row.default_region.as_deref(),
                Region::parse,
            )?,
            time_zone: place.read("time_zone", row.time_zone.as_deref(), Zone::parse)?,
            locale: Locale::parse(&row.locale).map_err(|error| place.bad("locale", error))?,
            disabled_channels: place.parse_all("disabled_channels", &row.disabled_channels)?,
            settings: place.json("settings", row.settings)?,
            created_at: row.created_at,
        })
    }
}

/// 32 bytes that nobody can guess.
pub(crate) fn random_bytes() -> Result<[u8; 32], StoreError> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| StoreError::unavailable("the system's random generator failed"))?;
    Ok(bytes)
}

#[async_trait]
impl Tenants for Postgres {
    async fn put(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let key = random_bytes()?;
        sqlx::query!(
            "INSERT INTO tenants (id, name, default_region, time_zone, locale, disabled_channels,
                 suppression_key, created_at, settings)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name,
                 default_region = excluded.default_region, time_zone = excluded.time_zone,
                 locale = excluded.locale, disabled_channels = excluded.disabled_channels,
                 settings = excluded.settings",
            tenant.id.uuid(),
            tenant.name,
            tenant.default_region.map(|region| region.to_string()),
            tenant.time_zone.as_ref().map(ToString::to_string),
            tenant.locale.as_str(),
            &names(&tenant.disabled_channels),
            &key[..],
            tenant.created_at,
            to_json("settings", &tenant.settings)?,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn change(&self, before: &Tenant, after: &Tenant) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(before.id).await?;
        // Compared here and not in SQL: settings that a row lacks are those of a new tenant.
        let row = sqlx::query_as!(
            TenantRow,
            "SELECT id, name, default_region, time_zone, locale, disabled_channels, settings,
                 created_at
             FROM tenants WHERE id = $1 FOR UPDATE",
            before.id.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        let stored = row.map(Tenant::try_from).transpose()?;
        if stored.as_ref() != Some(before) {
            return Ok(false);
        }
        sqlx::query!(
            "UPDATE tenants SET name = $2, default_region = $3, time_zone = $4, locale = $5,
                 disabled_channels = $6, settings = $7
             WHERE id = $1",
            before.id.uuid(),
            after.name,
            after.default_region.map(|region| region.to_string()),
            after.time_zone.as_ref().map(ToString::to_string),
            after.locale.as_str(),
            &names(&after.disabled_channels),
            to_json("settings", &after.settings)?,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn get(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query_as!(
            TenantRow,
            "SELECT id, name, default_region, time_zone, locale, disabled_channels, settings,
                 created_at
             FROM tenants WHERE id = $1",
            tenant.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(Tenant::try_from).transpose()
    }

    async fn list(&self) -> Result<Vec<Tenant>, StoreError> {
        let rows = sqlx::query_as!(
            TenantRow,
            "SELECT id, name, default_region, time_zone, locale, disabled_channels, settings,
                 created_at
             FROM tenants ORDER BY created_at, id",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        rows.into_iter().map(Tenant::try_from).collect()
    }

    async fn put_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(key.tenant).await?;
        sqlx::query!(
            "INSERT INTO api_keys (tenant_id, id, name, hash, scope, created_at, expires_at,
                 revoked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, hash = excluded.hash,
                 scope = excluded.scope, expires_at = excluded.expires_at,
                 revoked_at = excluded.revoked_at",
            key.tenant.uuid(),
            key.id.uuid(),
            key.name,
            &key.hash[..],
            key.scope.as_str(),
            key.created_at,
            key.expires_at,
            key.revoked_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn keys(&self, tenant: TenantId) -> Result<Vec<ApiKey>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query!(
            "SELECT id, name, hash, scope, created_at, expires_at, revoked_at
             FROM api_keys WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC",
            tenant.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let keys = rows.into_iter().map(|row| {
            let place = Place::new("api_keys", row.id);
            Ok(ApiKey {
                id: ApiKeyId::from_uuid(row.id),
                tenant,
                name: row.name,
                hash: place.bytes("hash", &row.hash)?,
                scope: place.parse("scope", &row.scope)?,
                created_at: row.created_at,
                expires_at: row.expires_at,
                revoked_at: row.revoked_at,
            })
        });
        keys.collect()
    }

    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        match &self.gathers {
            Some(gathers) => gathers.keys.ask(hash).await,
            None => only(self.keys(vec![hash]).await),
        }
    }
}

/// The keys with these hashes.
pub(crate) async fn find_keys(
    store: Postgres,
    hashes: Vec<[u8; 32]>,
) -> Vec<Result<Option<ApiKey>, StoreError>> {
    ask_each(hashes, |hashes| store.keys(hashes)).await
}

impl Postgres {
    async fn keys(&self, hashes: Vec<[u8; 32]>) -> Result<Vec<Option<ApiKey>>, StoreError> {
        let wanted: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.to_vec()).collect();
        let rows = sqlx::query!(
            r#"SELECT tenant_id AS "tenant_id!", id AS "id!", name AS "name!", hash AS "hash!",
                   scope AS "scope!", created_at AS "created_at!", expires_at, revoked_at
               FROM find_api_keys($1)"#,
            &wanted,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let mut found: HashMap<[u8; 32], ApiKey> = HashMap::with_capacity(rows.len());
        for row in rows {
            let place = Place::new("api_keys", row.id);
            let key = ApiKey {
                id: ApiKeyId::from_uuid(row.id),
                tenant: TenantId::from_uuid(row.tenant_id),
                name: row.name,
                hash: place.bytes("hash", &row.hash)?,
                scope: place.parse("scope", &row.scope)?,
                created_at: row.created_at,
                expires_at: row.expires_at,
                revoked_at: row.revoked_at,
            };
            found.insert(key.hash, key);
        }
        Ok(hashes.iter().map(|hash| found.get(hash).cloned()).collect())
    }
}
