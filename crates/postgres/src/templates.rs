use crate::{
    Postgres,
    convert::{Place, to_json},
    event_log::{self, Noted},
    idempotency::write_answer,
    transaction::{store_error, violates},
};
use async_trait::async_trait;
use tidings_kernel::{Channel, StoreError, TemplateId, TenantId};
use tidings_messaging::{
    Answer, Happening, Page, Paged, StoredTemplate, TemplateError, TemplateLibrary,
    TemplateStanding,
};
use time::OffsetDateTime;
use uuid::Uuid;

const NAME: &str = "templates_tenant_id_name_channel_key";

struct TemplateRow {
    tenant_id: Uuid,
    id: Uuid,
    name: String,
    category: String,
    channel: String,
    purpose: String,
    variants: serde_json::Value,
    fields: serde_json::Value,
    status: String,
    provider_status: serde_json::Value,
    standings: serde_json::Value,
    version: i32,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<TemplateRow> for StoredTemplate {
    type Error = StoreError;

    fn try_from(row: TemplateRow) -> Result<Self, StoreError> {
        let place = Place::new("templates", row.id);
        Ok(Self {
            id: TemplateId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            name: row.name,
            category: row.category,
            channel: place.parse("channel", &row.channel)?,
            purpose: place.parse("purpose", &row.purpose)?,
            variants: place.json("variants", row.variants)?,
            fields: place.json("fields", row.fields)?,
            status: place.json("status", serde_json::Value::String(row.status))?,
            provider_status: place.json("provider_status", row.provider_status)?,
            standings: place.json("standings", row.standings)?,
            version: place.number("version", row.version)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[async_trait]
impl TemplateLibrary for Postgres {
    async fn create(
        &self,
        template: &StoredTemplate,
        answer: Option<&Answer>,
    ) -> Result<(), TemplateError> {
        let mut transaction = self.begin_for(template.tenant).await?;
        let inserted = sqlx::query!(
            "INSERT INTO templates (tenant_id, id, name, category, channel, purpose, variants,
                 fields, status, provider_status, version, created_at, updated_at, standings)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            template.tenant.uuid(),
            template.id.uuid(),
            template.name,
            template.category,
            template.channel.as_str(),
            template.purpose.as_str(),
            to_json("variants", &template.variants)?,
            to_json("fields", &template.fields)?,
            template.status.to_string(),
            to_json("provider status", &template.provider_status)?,
            i32::try_from(template.version).unwrap_or(i32::MAX),
            template.created_at,
            template.updated_at,
            to_json("standings", &template.standings)?,
        )
        .execute(&mut *transaction)
        .await;
        match inserted {
            Err(error) if violates(&error, NAME) => return Err(TemplateError::NameTaken),
            Err(error) => return Err(store_error(error).into()),
            Ok(_) => {}
        }
        write_answer(&mut transaction, answer).await??;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&self, template: &StoredTemplate) -> Result<bool, TemplateError> {
        let mut transaction = self.begin_for(template.tenant).await?;
        let version = i32::try_from(template.version).unwrap_or(i32::MAX);
        let updated = sqlx::query_scalar!(
            r#"WITH old AS (
                   SELECT status, provider_status FROM templates
                   WHERE tenant_id = $1 AND id = $2 AND version = $11 - 1 FOR UPDATE)
               UPDATE templates t SET name = $3, category = $4, channel = $5, purpose = $6,
                   variants = $7, fields = $8, status = $9, provider_status = $10, version = $11,
                   updated_at = $12, standings = $13
               FROM old WHERE t.tenant_id = $1 AND t.id = $2
               RETURNING (t.status, t.provider_status) <> (old.status, old.provider_status)
                   AS "is_news!""#,
            template.tenant.uuid(),
            template.id.uuid(),
            template.name,
            template.category,
            template.channel.as_str(),
            template.purpose.as_str(),
            to_json("variants", &template.variants)?,
            to_json("fields", &template.fields)?,
            template.status.to_string(),
            to_json("provider status", &template.provider_status)?,
            version,
            template.updated_at,
            to_json("standings", &template.standings)?,
        )
        .fetch_optional(&mut *transaction)
        .await;
        let updated = match updated {
            Err(error) if violates(&error, NAME) => return Err(TemplateError::NameTaken),
            other => other.map_err(store_error)?,
        };
        let mut noted = 0;
        if updated == Some(true) {
            let happening = Happening::TemplateStatus(TemplateStanding::from(template));
            let news = Noted::new(template.tenant, template.updated_at, happening);
            noted = event_log::note(&mut transaction, &[news]).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(updated.is_some())
    }

    async fn get(
        &self,
        tenant: TenantId,
        template: TemplateId,
    ) -> Result<Option<StoredTemplate>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query_as!(
            TemplateRow,
            "SELECT tenant_id, id, name, category, channel, purpose, variants, fields, status,
                 provider_status, standings, version, created_at, updated_at
             FROM templates WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            template.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(StoredTemplate::try_from).transpose()
    }

    async fn named(&self, tenant: TenantId, name: &str) -> Result<Vec<StoredTemplate>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            TemplateRow,
            "SELECT tenant_id, id, name, category, channel, purpose, variants, fields, status,
                 provider_status, standings, version, created_at, updated_at
             FROM templates WHERE tenant_id = $1 AND name = $2 ORDER BY id",
            tenant.uuid(),
            name,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(StoredTemplate::try_from).collect()
    }

    async fn known_as(
        &self,
        tenant: TenantId,
        provider: &str,
        id: &str,
    ) -> Result<Vec<StoredTemplate>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        // Templates are by the hundred at most, so they are looked through.
        let rows = sqlx::query_as!(
            TemplateRow,
            "SELECT tenant_id, id, name, category, channel, purpose, variants, fields, status,
                 provider_status, standings, version, created_at, updated_at
             FROM templates WHERE tenant_id = $1 AND provider_status -> $2::text ->> 'id' = $3
             ORDER BY id",
            tenant.uuid(),
            provider,
            id,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(StoredTemplate::try_from).collect()
    }

    async fn list(
        &self,
        tenant: TenantId,
        channel: Option<Channel>,
        page: Page,
    ) -> Result<Paged<StoredTemplate>, StoreError> {
        let mut transaction = self.begin_list(tenant).await?;
        let rows = sqlx::query_as!(
            TemplateRow,
            "SELECT tenant_id, id, name, category, channel, purpose, variants, fields, status,
                 provider_status, standings, version, created_at, updated_at
             FROM templates
             WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)
               AND ($3::text IS NULL OR channel = $3)
             ORDER BY id DESC LIMIT $4",
            tenant.uuid(),
            page.after,
            channel.map(Channel::as_str),
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let templates: Result<Vec<_>, _> = rows.into_iter().map(StoredTemplate::try_from).collect();
        Ok(Paged::cut(templates?, page.limit, |template| {
            template.id.uuid()
        }))
    }

    async fn delete(&self, tenant: TenantId, template: TemplateId) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let deleted = sqlx::query!(
            "DELETE FROM templates WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            template.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(deleted.rows_affected() == 1)
    }
}
