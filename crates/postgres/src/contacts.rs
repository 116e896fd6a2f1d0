use crate::{
    Postgres,
    consent_ledger::redact_evidence,
    convert::{Place, to_json},
    idempotency::write_answer,
    transaction::{store_error, violates},
};
use async_trait::async_trait;
use ring::hmac;
use sqlx::PgConnection;
use tidings_kernel::{Channel, ContactId, Locale, Region, StoreError, TenantId};
use tidings_messaging::{
    Address, Answer, Contact, ContactError, ContactFilter, Contacts, Erasure, FactStore,
    FactsQuery, Page, Paged, Preferences, QuietHoursPreference, Tenant, Tenants,
};
use tidings_quiet_hours::Zone;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `contacts` that is not erased.
pub(crate) struct ContactRow {
    pub(crate) tenant_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) whatsapp_phone: Option<String>,
    pub(crate) whatsapp_user: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) attributes: serde_json::Value,
    pub(crate) tags: Vec<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
}

impl TryFrom<ContactRow> for Contact {
    type Error = StoreError;

    fn try_from(row: ContactRow) -> Result<Self, StoreError> {
        let place = Place::new("contacts", row.id);
        Ok(Self {
            id: ContactId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            first_name: row.first_name,
            last_name: row.last_name,
            phone: place.parse_some("phone", row.phone.as_deref())?,
            whatsapp_phone: place.parse_some("whatsapp_phone", row.whatsapp_phone.as_deref())?,
            whatsapp_user: row.whatsapp_user,
            email: row.email,
            region: place.read("region", row.region.as_deref(), Region::parse)?,
            locale: place.read("locale", row.locale.as_deref(), Locale::parse)?,
            time_zone: place.read("time_zone", row.time_zone.as_deref(), Zone::parse)?,
            external_id: row.external_id,
            attributes: place.json("attributes", row.attributes)?,
            tags: row.tags,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A row of `preferences`.
pub(crate) struct PreferencesRow {
    pub(crate) contact_id: Uuid,
    pub(crate) sms_enabled: bool,
    pub(crate) whatsapp_enabled: bool,
    pub(crate) email_enabled: bool,
    pub(crate) preferred_channel: Option<String>,
    pub(crate) topic_channels: serde_json::Value,
    pub(crate) quiet_enabled: bool,
    pub(crate) quiet_start: String,
    pub(crate) quiet_end: String,
    pub(crate) weekend_messages: bool,
    pub(crate) time_zone: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) emergency_notifications: bool,
}

impl TryFrom<PreferencesRow> for Preferences {
    type Error = StoreError;

    fn try_from(row: PreferencesRow) -> Result<Self, StoreError> {
        let place = Place::new("preferences", row.contact_id);
        Ok(Self {
            sms_enabled: row.sms_enabled,
            whatsapp_enabled: row.whatsapp_enabled,
            email_enabled: row.email_enabled,
            preferred_channel: place
                .parse_some("preferred_channel", row.preferred_channel.as_deref())?,
            topic_channels: place.json("topic_channels", row.topic_channels)?,
            quiet_hours: QuietHoursPreference {
                enabled: row.quiet_enabled,
                start: place.parse("quiet_start", &row.quiet_start)?,
                end: place.parse("quiet_end", &row.quiet_end)?,
            },
            weekend_messages: row.weekend_messages,
            time_zone: place.read("time_zone", row.time_zone.as_deref(), Zone::parse)?,
            locale: place.read("locale", row.locale.as_deref(), Locale::parse)?,
            emergency_notifications: row.emergency_notifications,
        })
    }
}

/// Writes a new contact with its addresses.
pub(crate) async fn insert_contact(
    connection: &mut PgConnection,
    contact: &Contact,
) -> Result<(), ContactError> {
    let inserted = sqlx::query!(
        "INSERT INTO contacts (tenant_id, id, first_name, last_name, phone, whatsapp_phone,
             whatsapp_user, email, region, locale, time_zone, external_id, attributes, tags,
             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        contact.tenant.uuid(),
        contact.id.uuid(),
        contact.first_name,
        contact.last_name,
        contact.phone.map(|phone| phone.to_string()),
        contact.whatsapp_phone.map(|phone| phone.to_string()),
        contact.whatsapp_user,
        contact.email,
        contact.region.map(|region| region.to_string()),
        contact
            .locale
            .as_ref()
            .map(|locale| locale.as_str().to_owned()),
        contact.time_zone.as_ref().map(ToString::to_string),
        contact.external_id,
        to_json("contact attributes", &contact.attributes)?,
        &contact.tags,
        contact.created_at,
        contact.updated_at,
    )
    .execute(&mut *connection)
    .await;
    match inserted {
        Err(error) if violates(&error, "contacts_external_id") => {
            return Err(ContactError::ExternalIdTaken);
        }
        Err(error) => return Err(store_error(error).into()),
        Ok(_) => {}
    }
    insert_addresses(connection, contact).await?;
    Ok(())
}

async fn insert_addresses(
    connection: &mut PgConnection,
    contact: &Contact,
) -> Result<(), StoreError> {
    let addresses = contact.addresses();
    let kinds: Vec<String> = addresses
        .iter()
        .map(|address| address.kind().to_owned())
        .collect();
    let values: Vec<String> = addresses.iter().map(stored_value).collect();
    sqlx::query!(
        "INSERT INTO addresses (tenant_id, kind, value, contact_id)
         SELECT $1, a.kind, a.value, $2 FROM unnest($3::text[], $4::text[]) AS a (kind, value)",
        contact.tenant.uuid(),
        contact.id.uuid(),
        &kinds,
        &values,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Addresses are compared as stored; email regardless of case.
pub(crate) fn stored_value(address: &Address) -> String {
    match address {
        Address::Email(email) => email.to_lowercase(),
        Address::Phone(_) | Address::WhatsappUser(_) => address.to_string(),
    }
}

/// What a suppression keeps of an address: a hash that only this tenant's key makes.
pub(crate) fn suppression_hash(key: &[u8], address: &Address) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    context.update(address.kind().as_bytes());
    context.update(b"\0");
    context.update(stored_value(address).as_bytes());
    context.sign().as_ref().to_vec()
}

pub(crate) async fn suppression_key(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<u8>, StoreError> {
    sqlx::query_scalar!(
        "SELECT suppression_key FROM tenants WHERE id = $1",
        tenant.uuid()
    )
    .fetch_one(connection)
    .await
    .map_err(store_error)
}

#[async_trait]
impl Contacts for Postgres {
    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
        Tenants::get(self, tenant).await
    }

    async fn create(&self, contact: &Contact, answer: Option<&Answer>) -> Result<(), ContactError> {
        let mut transaction = self.begin_for(contact.tenant).await?;
        insert_contact(&mut transaction, contact).await?;
        write_answer(&mut transaction, answer).await??;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&self, contact: &Contact) -> Result<bool, ContactError> {
        let mut transaction = self.begin_for(contact.tenant).await?;
        let updated =
            sqlx::query!(
            "UPDATE contacts SET first_name = $3, last_name = $4, phone = $5, whatsapp_phone = $6,
                 whatsapp_user = $7, email = $8, region = $9, locale = $10, time_zone = $11,
                 external_id = $12, attributes = $13, tags = $14, updated_at = $15
             WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL",
            contact.tenant.uuid(),
            contact.id.uuid(),
            contact.first_name,
            contact.last_name,
            contact.phone.map(|phone| phone.to_string()),
            contact.whatsapp_phone.map(|phone| phone.to_string()),
            contact.whatsapp_user,
            contact.email,
            contact.region.map(|region| region.to_string()),
            contact.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            contact.time_zone.as_ref().map(ToString::to_string),
            contact.external_id,
            to_json("contact attributes", &contact.attributes)?,
            &contact.tags,
            contact.updated_at,
        )
            .execute(&mut *transaction)
            .await;
        let updated = match updated {
            Err(error) if violates(&error, "contacts_external_id") => {
                return Err(ContactError::ExternalIdTaken);
            }
            other => other.map_err(store_error)?.rows_affected(),
        };
        if updated == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "DELETE FROM addresses WHERE tenant_id = $1 AND contact_id = $2",
            contact.tenant.uuid(),
            contact.id.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        insert_addresses(&mut transaction, contact).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn get(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<Contact>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query_as!(
            ContactRow,
            "SELECT tenant_id, id, first_name, last_name, phone, whatsapp_phone, whatsapp_user,
                 email, region, locale, time_zone, external_id, attributes, tags, created_at,
                 updated_at
             FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL",
            tenant.uuid(),
            contact.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(Contact::try_from).transpose()
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &ContactFilter,
        page: Page,
    ) -> Result<Paged<Contact>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let address = filter.address.as_ref();
        let rows = sqlx::query_as!(
            ContactRow,
            "SELECT tenant_id, id, first_name, last_name, phone, whatsapp_phone, whatsapp_user,
                 email, region, locale, time_zone, external_id, attributes, tags, created_at,
                 updated_at
             FROM contacts c
             WHERE tenant_id = $1 AND erased_at IS NULL
               AND ($2::uuid IS NULL OR id < $2)
               AND ($3::text IS NULL OR EXISTS (
                   SELECT FROM addresses a
                   WHERE a.tenant_id = $1 AND a.kind = $3 AND a.value = $4 AND a.contact_id = c.id))
               AND ($5::text IS NULL OR external_id = $5)
               AND ($6::text IS NULL OR tags @> ARRAY[$6])
               AND ($7::text IS NULL OR strpos(lower(concat_ws(
                   ' ', first_name, last_name, phone, whatsapp_phone, email)), lower($7)) > 0)
             ORDER BY id DESC LIMIT $8",
            tenant.uuid(),
            page.after,
            address.map(Address::kind),
            address.map(stored_value),
            filter.external_id,
            filter.tag,
            filter.text,
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let contacts: Result<Vec<_>, _> = rows.into_iter().map(Contact::try_from).collect();
        Ok(Paged::cut(contacts?, page.limit, |contact| {
            contact.id.uuid()
        }))
    }

    async fn preferences(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<Preferences>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query_as!(
            PreferencesRow,
            "SELECT contact_id, sms_enabled, whatsapp_enabled, email_enabled, preferred_channel,
                 topic_channels, quiet_enabled, quiet_start, quiet_end, weekend_messages, time_zone,
                 locale, emergency_notifications
             FROM preferences WHERE tenant_id = $1 AND contact_id = $2",
            tenant.uuid(),
            contact.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(Preferences::try_from).transpose()
    }

    async fn set_preferences(
        &self,
        tenant: TenantId,
        contact: ContactId,
        preferences: &Preferences,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let written = sqlx::query!(
            "INSERT INTO preferences (tenant_id, contact_id, sms_enabled, whatsapp_enabled,
                 email_enabled, preferred_channel, topic_channels, quiet_enabled, quiet_start,
                 quiet_end, weekend_messages, time_zone, locale, emergency_notifications)
             SELECT tenant_id, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
             FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL
             ON CONFLICT (tenant_id, contact_id) DO UPDATE SET
                 sms_enabled = excluded.sms_enabled, whatsapp_enabled = excluded.whatsapp_enabled,
                 email_enabled = excluded.email_enabled,
                 preferred_channel = excluded.preferred_channel,
                 topic_channels = excluded.topic_channels, quiet_enabled = excluded.quiet_enabled,
                 quiet_start = excluded.quiet_start, quiet_end = excluded.quiet_end,
                 weekend_messages = excluded.weekend_messages, time_zone = excluded.time_zone,
                 locale = excluded.locale,
                 emergency_notifications = excluded.emergency_notifications",
            tenant.uuid(),
            contact.uuid(),
            preferences.sms_enabled,
            preferences.whatsapp_enabled,
            preferences.email_enabled,
            preferences.preferred_channel.map(Channel::as_str),
            to_json("topic channels", &preferences.topic_channels)?,
            preferences.quiet_hours.enabled,
            preferences.quiet_hours.start.to_string(),
            preferences.quiet_hours.end.to_string(),
            preferences.weekend_messages,
            preferences.time_zone.as_ref().map(ToString::to_string),
            preferences
                .locale
                .as_ref()
                .map(|locale| locale.as_str().to_owned()),
            preferences.emergency_notifications,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(written.rows_affected() == 1)
    }

    async fn erase(
        &self,
        tenant: TenantId,
        contact: ContactId,
        refused: &[(Address, Channel)],
        now: OffsetDateTime,
    ) -> Result<Erasure, StoreError> {
        let query = FactsQuery {
            tenant,
            contact,
            template: None,
        };
        let Some(known) = self.load(&[query]).await?.pop().flatten() else {
            return Ok(Erasure::NotFound);
        };
        let mut stays = known.contact.refusals(&known.consent, now);
        stays.extend_from_slice(refused);
        let mut transaction = self.begin_for(tenant).await?;
        let key = suppression_key(&mut transaction, tenant).await?;
        // Cleared, not deleted: the ledger's events and the messages still belong to it.
        let erased = sqlx::query!(
            "UPDATE contacts SET first_name = NULL, last_name = NULL, phone = NULL,
                 whatsapp_phone = NULL, whatsapp_user = NULL, email = NULL, region = NULL,
                 locale = NULL, time_zone = NULL, external_id = NULL, attributes = '{}', tags = '{}',
                 updated_at = $3, erased_at = $3
             WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL",
            tenant.uuid(),
            contact.uuid(),
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        if erased.rows_affected() == 0 {
            return Ok(Erasure::NotFound);
        }
        for (address, channel) in &stays {
            sqlx::query!(
                "INSERT INTO suppressions (tenant_id, address_hash, channel, since)
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                tenant.uuid(),
                suppression_hash(&key, address),
                channel.as_str(),
                now,
            )
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        }
        forget(&mut transaction, tenant, contact, now).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Erasure::Done)
    }
}

/// Removes what identifies the person from everything that stays.
async fn forget(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    redact_evidence(connection, tenant, contact).await?;
    let (tenant, contact) = (tenant.uuid(), contact.uuid());
    for statement in [
        sqlx::query!(
            "DELETE FROM addresses WHERE tenant_id = $1 AND contact_id = $2",
            tenant,
            contact
        ),
        sqlx::query!(
            "DELETE FROM preferences WHERE tenant_id = $1 AND contact_id = $2",
            tenant,
            contact
        ),
        sqlx::query!(
            "DELETE FROM last_inbound WHERE tenant_id = $1 AND contact_id = $2",
            tenant,
            contact
        ),
        sqlx::query!(
            "DELETE FROM queue USING messages m
             WHERE m.tenant_id = $1 AND m.contact_id = $2 AND queue.message_id = m.id
               AND queue.open_attempt IS NULL",
            tenant,
            contact
        ),
        sqlx::query!(
            "UPDATE decisions d SET facts = facts - 'consent' || '{\"consent\": []}', request = d.request - 'to'
             FROM messages m
             WHERE m.tenant_id = $1 AND m.contact_id = $2 AND d.tenant_id = $1
               AND d.message_id = m.id",
            tenant,
            contact
        ),
        sqlx::query!(
            "DELETE FROM callbacks c USING messages m
             WHERE m.tenant_id = $1 AND m.contact_id = $2 AND m.direction = 'inbound'
               AND c.tenant_id = $1 AND c.account_id = m.account_id AND c.applied_at IS NOT NULL
               AND position(convert_to(m.provider_message_id, 'UTF8') IN c.body) > 0",
            tenant,
            contact
        ),
    ] {
        statement.execute(&mut *connection).await.map_err(store_error)?;
    }
    sqlx::query!(
        "WITH cancelled AS (
             UPDATE messages SET status = 'cancelled', status_at = $3
             WHERE tenant_id = $1 AND contact_id = $2
               AND status IN ('accepted', 'deferred', 'queued')
             RETURNING tenant_id, id
         )
         INSERT INTO timeline (tenant_id, message_id, status, at, source)
         SELECT tenant_id, id, 'cancelled', $3, 'api' FROM cancelled",
        tenant,
        contact,
        now,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    sqlx::query!(
        r#"UPDATE messages SET
             content = '{"text": "", "template": null, "media": [], "subject": null}',
             template_use = NULL, from_address = NULL, to_address = '', address_kind = 'email',
             address_value = '', context_type = NULL, context_id = NULL, tags = '{}'
           WHERE tenant_id = $1 AND contact_id = $2"#,
        tenant,
        contact,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
