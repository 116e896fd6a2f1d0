mod erasure;
mod many;
mod merging;
mod row;
mod writing;

pub(crate) use erasure::{
    read_suppression_key, refusing_hashes, suppression_hash, suppression_key,
};
pub(crate) use row::{ContactRow, PreferencesRow};
pub(crate) use writing::insert_contact;

use crate::{
    Postgres,
    event_log::{self, Noted, is_kept},
    idempotency::write_answer,
    transaction::store_error,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_kernel::{Channel, ContactId, StoreError, TenantId};
use tidings_messaging::{
    Address, Answer, Contact, ContactError, ContactFilter, ContactNamed, Contacts, Erasure,
    FactsQuery, Happening, Merge, Merging, Page, Paged, Preferences, Tenant, Tenants,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use writing::{clear, replace, write_preferences};

/// Notes that there is a new contact, and gives how many events were noted.
pub(crate) async fn note_created(
    connection: &mut PgConnection,
    contact: &Contact,
) -> Result<u64, StoreError> {
    event_log::note(connection, &[created(contact)]).await
}

const fn created(contact: &Contact) -> Noted {
    let named = ContactNamed {
        contact_id: contact.id,
    };
    let happening = Happening::ContactCreated(named);
    Noted::new(contact.tenant, contact.created_at, happening)
}

/// Addresses are compared as stored; email regardless of case.
pub(crate) fn stored_value(address: &Address) -> String {
    match address {
        Address::Email(email) => email.to_lowercase(),
        Address::Phone(_) | Address::WhatsappUser(_) => address.to_string(),
    }
}

/// How long an erasure may take between its look for callbacks and its locks, with room to spare.
const MEANWHILE: Duration = Duration::minutes(10);
/// Before anything was stored.
const EVER: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

#[async_trait]
impl Contacts for Postgres {
    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
        Tenants::get(self, tenant).await
    }

    async fn create(&self, contact: &Contact, answer: Option<&Answer>) -> Result<(), ContactError> {
        let mut transaction = self.begin_for(contact.tenant).await?;
        insert_contact(&mut transaction, contact).await?;
        write_answer(&mut transaction, answer).await??;
        let noted = note_created(&mut transaction, contact).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(())
    }

    async fn create_many(
        &self,
        tenant: TenantId,
        contacts: &[Contact],
    ) -> Result<(), ContactError> {
        if contacts.iter().any(|contact| contact.tenant != tenant) {
            return Err(StoreError::inconsistent("a contact of another tenant").into());
        }
        let mut transaction = self.begin_for(tenant).await?;
        many::insert(&mut transaction, tenant, contacts).await?;
        let mut noted = 0;
        if is_kept(&mut transaction, tenant).await? {
            let created: Vec<Noted> = contacts.iter().map(created).collect();
            noted = event_log::note(&mut transaction, &created).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(())
    }

    async fn update(&self, contact: &Contact) -> Result<bool, ContactError> {
        let mut transaction = self.begin_for(contact.tenant).await?;
        if !replace(&mut transaction, contact).await? {
            return Ok(false);
        }
        let named = ContactNamed {
            contact_id: contact.id,
        };
        let happening = Happening::ContactUpdated(named);
        let noted = Noted::new(contact.tenant, contact.updated_at, happening);
        let noted = event_log::note(&mut transaction, &[noted]).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
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
                 email, also, region, locale, time_zone, external_id, attributes, tags, created_at,
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

    async fn get_many(
        &self,
        tenant: TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<Contact>, StoreError> {
        let ids: Vec<Uuid> = contacts.iter().map(|contact| contact.uuid()).collect();
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            ContactRow,
            "SELECT tenant_id, id, first_name, last_name, phone, whatsapp_phone, whatsapp_user,
                 email, also, region, locale, time_zone, external_id, attributes, tags, created_at,
                 updated_at
             FROM contacts WHERE tenant_id = $1 AND id = ANY ($2) AND erased_at IS NULL",
            tenant.uuid(),
            &ids,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(Contact::try_from).collect()
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &ContactFilter,
        page: Page,
    ) -> Result<Paged<Contact>, StoreError> {
        let mut transaction = self.begin_list(tenant).await?;
        let address = filter.address.as_ref();
        let rows = sqlx::query_as!(
            ContactRow,
            "SELECT tenant_id, id, first_name, last_name, phone, whatsapp_phone, whatsapp_user,
                 email, also, region, locale, time_zone, external_id, attributes, tags, created_at,
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
                   ' ', first_name, last_name, phone, whatsapp_phone, email,
                   jsonb_path_query_array(also, '$[*].value'))), lower($7)) > 0)
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

    async fn holders(
        &self,
        tenant: TenantId,
        addresses: &[Address],
    ) -> Result<Vec<Vec<Contact>>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let holders = many::holders(&mut transaction, tenant, addresses).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(holders)
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
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let is_written = write_preferences(&mut transaction, tenant, contact, preferences).await?;
        let mut noted = 0;
        if is_written {
            let named = ContactNamed {
                contact_id: contact,
            };
            let changed = Noted::new(tenant, now, Happening::ContactUpdated(named));
            noted = event_log::note(&mut transaction, &[changed]).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(is_written)
    }

    async fn merge(&self, tenant: TenantId, merge: &Merge) -> Result<Merging, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let (merging, noted) = merging::merge(&mut transaction, tenant, merge).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(merging)
    }

    async fn merged_into(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<ContactId>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let into = merging::into(&mut transaction, tenant, contact).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(into)
    }

    async fn merged_from(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Vec<ContactId>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let ids = sqlx::query_scalar!(
            "SELECT id FROM contacts WHERE tenant_id = $1 AND merged_into = $2 ORDER BY id",
            tenant.uuid(),
            contact.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(ids.into_iter().map(ContactId::from_uuid).collect())
    }

    async fn erase(
        &self,
        tenant: TenantId,
        contact: ContactId,
        refused: &[(Address, Channel)],
        now: OffsetDateTime,
    ) -> Result<Erasure, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        erasure::forget_callbacks(&mut transaction, tenant, contact, EVER).await?;
        transaction.commit().await.map_err(store_error)?;
        let mut transaction = self.begin_for(tenant).await?;
        if !erasure::lock(&mut transaction, tenant, contact).await? {
            return Ok(Erasure::NotFound);
        }
        let query = FactsQuery::of(tenant, contact);
        let known = crate::fact_store::load(&mut transaction, &[query], now).await?;
        let Some(known) = known.into_iter().next().flatten() else {
            return Ok(Erasure::NotFound);
        };
        let mut stays = known.contact.refusals(&known.consent, now);
        stays.extend_from_slice(refused);
        let key = suppression_key(&mut transaction, tenant).await?;
        if !clear(&mut transaction, tenant, contact, None, now).await? {
            return Ok(Erasure::NotFound);
        }
        for (address, channel) in &stays {
            sqlx::query!(
                "INSERT INTO suppressions (tenant_id, address_hash, channel, since)
                 VALUES ($1, $2, $3, $4)
                 ON CONFLICT (tenant_id, address_hash, channel)
                 DO UPDATE SET since = greatest(suppressions.since, excluded.since)",
                tenant.uuid(),
                suppression_hash(&key, address),
                channel.as_str(),
                now,
            )
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        }
        erasure::forget_callbacks(&mut transaction, tenant, contact, now - MEANWHILE).await?;
        let mut noted = erasure::forget(&mut transaction, tenant, contact, now).await?;
        let named = ContactNamed {
            contact_id: contact,
        };
        let erased = Noted::new(tenant, now, Happening::ContactErased(named));
        noted += event_log::note(&mut transaction, &[erased]).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(Erasure::Done)
    }
}
