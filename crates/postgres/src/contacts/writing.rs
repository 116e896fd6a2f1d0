//! Writes and clears contacts.

use super::stored_value;
use crate::{
    conversations,
    convert::to_json,
    transaction::{store_error, violates},
};
use sqlx::PgConnection;
use tidings_kernel::{Channel, ContactId, StoreError, TenantId};
use tidings_messaging::{Contact, ContactError, Preferences};
use time::OffsetDateTime;

/// Writes a new contact with its addresses.
pub(crate) async fn insert_contact(
    connection: &mut PgConnection,
    contact: &Contact,
) -> Result<(), ContactError> {
    let inserted = sqlx::query!(
        "INSERT INTO contacts (tenant_id, id, first_name, last_name, phone, whatsapp_phone,
             whatsapp_user, email, region, locale, time_zone, external_id, attributes, tags,
             created_at, updated_at, also)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
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
        to_json("contact addresses", &contact.also)?,
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

/// Replaces a contact with its addresses; `false` if there is none.
pub(super) async fn replace(
    connection: &mut PgConnection,
    contact: &Contact,
) -> Result<bool, ContactError> {
    let updated = sqlx::query!(
        "UPDATE contacts SET first_name = $3, last_name = $4, phone = $5, whatsapp_phone = $6,
             whatsapp_user = $7, email = $8, region = $9, locale = $10, time_zone = $11,
             external_id = $12, attributes = $13, tags = $14, updated_at = $15, also = $16
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
        contact
            .locale
            .as_ref()
            .map(|locale| locale.as_str().to_owned()),
        contact.time_zone.as_ref().map(ToString::to_string),
        contact.external_id,
        to_json("contact attributes", &contact.attributes)?,
        &contact.tags,
        contact.updated_at,
        to_json("contact addresses", &contact.also)?,
    )
    .execute(&mut *connection)
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
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    insert_addresses(connection, contact).await?;
    conversations::renamed(connection, contact).await?;
    Ok(true)
}

/// Takes everything personal out of a contact, which is none any more; `false` if there is none. Cleared, not deleted:
/// the ledger's events, and what an erasure leaves of messages, still belong to it.
pub(super) async fn clear(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
    merged_into: Option<ContactId>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let cleared = sqlx::query!(
        "UPDATE contacts SET first_name = NULL, last_name = NULL, phone = NULL,
             whatsapp_phone = NULL, whatsapp_user = NULL, email = NULL, also = '[]', region = NULL,
             locale = NULL, time_zone = NULL, external_id = NULL, attributes = '{}', tags = '{}',
             updated_at = $3, erased_at = $3, merged_into = $4
         WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL",
        tenant.uuid(),
        contact.uuid(),
        now,
        merged_into.map(ContactId::uuid),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(cleared.rows_affected() == 1)
}

/// Replaces a contact's preferences; `false` if there is no such contact.
pub(super) async fn write_preferences(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
    preferences: &Preferences,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "INSERT INTO preferences (tenant_id, contact_id, sms_enabled, whatsapp_enabled,
             email_enabled, preferred_channel, topic_channels, quiet_enabled, quiet_start,
             quiet_end, weekend_messages, time_zone, locale, emergency_notifications)
         SELECT tenant_id, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
         FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL
         FOR KEY SHARE
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
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}
