use crate::{
    Postgres,
    convert::{Place, to_json},
    transaction::store_error,
    turnstile::Turnstile,
};
use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use tidings_kernel::{AccountId, StoreError, TemplateId, TenantId};
use tidings_messaging::{Sighting, TemplateListing, TemplateListings};
use time::OffsetDateTime;
use uuid::Uuid;

struct ListingRow {
    tenant_id: Uuid,
    provider: String,
    remote_id: String,
    account_id: Uuid,
    template_id: Option<Uuid>,
    name: String,
    locale: String,
    standing: Value,
    said: Option<Value>,
    same_as: Option<Value>,
    components: Option<Value>,
    seen_at: OffsetDateTime,
    is_gone: bool,
}

impl TryFrom<ListingRow> for TemplateListing {
    type Error = StoreError;

    fn try_from(row: ListingRow) -> Result<Self, StoreError> {
        let place = Place::new("template_listings", row.account_id);
        let said = row.said.map(|said| place.json("said", said)).transpose()?;
        let same_as = row.same_as.map(|body| place.json("same_as", body));
        let components = row
            .components
            .map(|components| place.json("components", components));
        Ok(Self {
            tenant: TenantId::from_uuid(row.tenant_id),
            account: AccountId::from_uuid(row.account_id),
            provider: row.provider,
            id: row.remote_id,
            template: row.template_id.map(TemplateId::from_uuid),
            name: row.name,
            locale: row.locale,
            standing: place.json("standing", row.standing)?,
            said,
            same_as: same_as.transpose()?,
            components: components.transpose()?,
            seen_at: row.seen_at,
            is_gone: row.is_gone,
        })
    }
}

fn all(rows: Vec<ListingRow>) -> Result<Vec<TemplateListing>, StoreError> {
    rows.into_iter().map(TemplateListing::try_from).collect()
}

#[async_trait]
impl TemplateListings for Postgres {
    async fn see(&self, sightings: &[Sighting]) -> Result<Vec<TemplateListing>, StoreError> {
        // In one order everywhere, so that no two that see the same templates wait for each other.
        let mut order: Vec<usize> = (0..sightings.len()).collect();
        order.sort_by_key(|place| {
            sightings
                .get(*place)
                .map(|it| (it.tenant, &it.provider, &it.id))
        });
        let tenants = sightings.iter().map(|sighting| sighting.tenant);
        let mut transaction = self.begin_for_each(tenants).await?;
        let mut seen: Vec<(usize, TemplateListing)> = Vec::with_capacity(sightings.len());
        for place in order {
            let Some(sighting) = sightings.get(place) else {
                continue;
            };
            if let Some(listing) = see_one(&mut transaction, sighting).await? {
                seen.push((place, listing));
            }
        }
        transaction.commit().await.map_err(store_error)?;
        seen.sort_by_key(|(place, _)| *place);
        Ok(seen.into_iter().map(|(_, listing)| listing).collect())
    }

    async fn vanish(
        &self,
        tenant: TenantId,
        account: AccountId,
        before: OffsetDateTime,
    ) -> Result<Vec<TemplateListing>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        sqlx::query!(
            "DELETE FROM template_listings
             WHERE tenant_id = $1 AND account_id = $2 AND seen_at < $3 AND template_id IS NULL",
            tenant.uuid(),
            account.uuid(),
            before,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let rows = sqlx::query_as!(
            ListingRow,
            "UPDATE template_listings SET is_gone = true
             WHERE tenant_id = $1 AND account_id = $2 AND seen_at < $3 AND NOT is_gone
             RETURNING tenant_id, provider, remote_id, account_id, template_id, name, locale, standing, said,
                 same_as, components, seen_at, is_gone",
            tenant.uuid(),
            account.uuid(),
            before,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        all(rows)
    }

    async fn of_template(
        &self,
        tenant: TenantId,
        template: TemplateId,
    ) -> Result<Vec<TemplateListing>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            ListingRow,
            "SELECT tenant_id, provider, remote_id, account_id, template_id, name, locale, standing, said,
                 same_as, components, seen_at, is_gone
             FROM template_listings WHERE tenant_id = $1 AND template_id = $2 ORDER BY provider, remote_id",
            tenant.uuid(),
            template.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        all(rows)
    }

    async fn of_tenant(&self, tenant: TenantId) -> Result<Vec<TemplateListing>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            ListingRow,
            r#"SELECT tenant_id, provider, remote_id, account_id, template_id, name, locale, standing, said,
                 same_as, components, seen_at, is_gone
             FROM template_listings WHERE tenant_id = $1
             ORDER BY name COLLATE "C", locale COLLATE "C", provider, remote_id LIMIT 10000"#,
            tenant.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        all(rows)
    }
}

/// Puts one sighting to what is known; `None` if its account is gone.
async fn see_one(
    connection: &mut PgConnection,
    sighting: &Sighting,
) -> Result<Option<TemplateListing>, StoreError> {
    let tenant = sighting.tenant.uuid();
    // Whoever else sees the same template waits, also where nobody has seen it yet.
    let key = format!("{tenant} {} {}", sighting.provider, sighting.id);
    Turnstile::Listing.pass(connection, &key).await?;
    let known = sqlx::query_as!(
        ListingRow,
        "SELECT tenant_id, provider, remote_id, account_id, template_id, name, locale, standing, said,
             same_as, components, seen_at, is_gone
         FROM template_listings WHERE tenant_id = $1 AND provider = $2 AND remote_id = $3 FOR UPDATE",
        tenant,
        sighting.provider,
        sighting.id,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    let known = known.map(TemplateListing::try_from).transpose()?;
    let listing = TemplateListing::after(known, sighting);
    write(connection, &listing).await
}

/// Writes a listing, without a template that is gone; `None` if its account is.
async fn write(
    connection: &mut PgConnection,
    listing: &TemplateListing,
) -> Result<Option<TemplateListing>, StoreError> {
    let said = listing.said.as_ref().map(|said| to_json("said", said));
    let same_as = listing.same_as.as_ref();
    let same_as = same_as.map(|body| to_json("same_as", body));
    let components = listing.components.as_ref();
    let components = components.map(|components| to_json("components", components));
    let written = sqlx::query_scalar!(
        "INSERT INTO template_listings AS l (tenant_id, provider, remote_id, account_id, template_id, name, locale,
             standing, said, same_as, components, seen_at, is_gone)
         SELECT a.tenant_id, $2, $3, a.id, t.id, $6, $7, $8, $9, $10, $11, $12, $13
         FROM provider_accounts a
         LEFT JOIN templates t ON t.tenant_id = a.tenant_id AND t.id = $5
         WHERE a.tenant_id = $1 AND a.id = $4
         ON CONFLICT (tenant_id, provider, remote_id) DO UPDATE SET account_id = EXCLUDED.account_id,
             template_id = EXCLUDED.template_id, name = EXCLUDED.name, locale = EXCLUDED.locale,
             standing = EXCLUDED.standing, said = EXCLUDED.said, same_as = EXCLUDED.same_as,
             components = EXCLUDED.components, seen_at = EXCLUDED.seen_at, is_gone = EXCLUDED.is_gone
         RETURNING l.template_id",
        listing.tenant.uuid(),
        listing.provider,
        listing.id,
        listing.account.uuid(),
        listing.template.map(TemplateId::uuid),
        listing.name,
        listing.locale,
        to_json("standing", &listing.standing)?,
        said.transpose()?,
        same_as.transpose()?,
        components.transpose()?,
        listing.seen_at,
        listing.is_gone,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    Ok(written.map(|template| TemplateListing {
        template: template.map(TemplateId::from_uuid),
        ..listing.clone()
    }))
}
