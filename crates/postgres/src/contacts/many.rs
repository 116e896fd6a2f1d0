//! Contacts by the hundred, in one statement each.

use super::{ContactRow, stored_value};
use crate::{
    convert::to_json,
    transaction::{store_error, violates},
};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{Address, Contact, ContactError};
use time::OffsetDateTime;
use uuid::Uuid;

/// How many contacts with one address are given.
const MOST_HOLDERS: i64 = 200;

/// The columns of new contacts.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    first_names: Vec<Option<String>>,
    last_names: Vec<Option<String>>,
    phones: Vec<Option<String>>,
    whatsapp_phones: Vec<Option<String>>,
    whatsapp_users: Vec<Option<String>>,
    emails: Vec<Option<String>>,
    regions: Vec<Option<String>>,
    locales: Vec<Option<String>>,
    time_zones: Vec<Option<String>>,
    external_ids: Vec<Option<String>>,
    attributes: Vec<serde_json::Value>,
    tags: Vec<serde_json::Value>,
    created: Vec<OffsetDateTime>,
    updated: Vec<OffsetDateTime>,
    also: Vec<serde_json::Value>,
    /// The contact of each address.
    holders: Vec<Uuid>,
    kinds: Vec<String>,
    values: Vec<String>,
}

impl Columns {
    fn of(contacts: &[Contact]) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for contact in contacts {
            columns.ids.push(contact.id.uuid());
            columns.first_names.push(contact.first_name.clone());
            columns.last_names.push(contact.last_name.clone());
            let phone = contact.phone.map(|phone| phone.to_string());
            columns.phones.push(phone);
            let whatsapp_phone = contact.whatsapp_phone.map(|phone| phone.to_string());
            columns.whatsapp_phones.push(whatsapp_phone);
            columns.whatsapp_users.push(contact.whatsapp_user.clone());
            columns.emails.push(contact.email.clone());
            let region = contact.region.map(|region| region.to_string());
            columns.regions.push(region);
            let locale = contact.locale.as_ref();
            columns
                .locales
                .push(locale.map(|locale| locale.as_str().to_owned()));
            let time_zone = contact.time_zone.as_ref().map(ToString::to_string);
            columns.time_zones.push(time_zone);
            columns.external_ids.push(contact.external_id.clone());
            columns
                .attributes
                .push(to_json("contact attributes", &contact.attributes)?);
            // UNNEST takes a list of lists apart, down to its last.
            columns.tags.push(to_json("contact tags", &contact.tags)?);
            columns.created.push(contact.created_at);
            columns.updated.push(contact.updated_at);
            columns
                .also
                .push(to_json("contact addresses", &contact.also)?);
            for address in contact.addresses() {
                columns.holders.push(contact.id.uuid());
                columns.kinds.push(address.kind().to_owned());
                columns.values.push(stored_value(&address));
            }
        }
        Ok(columns)
    }
}

/// Writes new contacts with their addresses.
pub(super) async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    contacts: &[Contact],
) -> Result<(), ContactError> {
    let columns = Columns::of(contacts)?;
    let inserted = sqlx::query!(
        "INSERT INTO contacts (tenant_id, id, first_name, last_name, phone, whatsapp_phone,
             whatsapp_user, email, region, locale, time_zone, external_id, attributes, tags,
             created_at, updated_at, also)
         SELECT $1, id, first_name, last_name, phone, whatsapp_phone, whatsapp_user, email, region,
             locale, time_zone, external_id, attributes,
             ARRAY(SELECT jsonb_array_elements_text(tags)), created_at, updated_at, also
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[],
             $14::jsonb[], $15::timestamptz[], $16::timestamptz[], $17::jsonb[])
             AS c (id, first_name, last_name, phone, whatsapp_phone, whatsapp_user, email, region,
                 locale, time_zone, external_id, attributes, tags, created_at, updated_at, also)",
        tenant.uuid(),
        &columns.ids,
        &columns.first_names as &[Option<String>],
        &columns.last_names as &[Option<String>],
        &columns.phones as &[Option<String>],
        &columns.whatsapp_phones as &[Option<String>],
        &columns.whatsapp_users as &[Option<String>],
        &columns.emails as &[Option<String>],
        &columns.regions as &[Option<String>],
        &columns.locales as &[Option<String>],
        &columns.time_zones as &[Option<String>],
        &columns.external_ids as &[Option<String>],
        &columns.attributes,
        &columns.tags,
        &columns.created,
        &columns.updated,
        &columns.also,
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
    sqlx::query!(
        "INSERT INTO addresses (tenant_id, kind, value, contact_id)
         SELECT $1, a.kind, a.value, a.contact_id
         FROM unnest($2::text[], $3::text[], $4::uuid[]) AS a (kind, value, contact_id)",
        tenant.uuid(),
        &columns.kinds,
        &columns.values,
        &columns.holders,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Who has each address, newest first.
pub(super) async fn holders(
    connection: &mut PgConnection,
    tenant: TenantId,
    addresses: &[Address],
) -> Result<Vec<Vec<Contact>>, StoreError> {
    let kinds: Vec<String> = addresses
        .iter()
        .map(|address| address.kind().to_owned())
        .collect();
    let values: Vec<String> = addresses.iter().map(stored_value).collect();
    let places: Vec<i64> = (0..).take(addresses.len()).collect();
    let rows = sqlx::query!(
        r#"SELECT wanted.place AS "place!", c.tenant_id, c.id, c.first_name, c.last_name, c.phone,
               c.whatsapp_phone, c.whatsapp_user, c.email, c.also, c.region, c.locale, c.time_zone,
               c.external_id, c.attributes, c.tags, c.created_at, c.updated_at
           FROM unnest($2::text[], $3::text[], $4::bigint[]) AS wanted (kind, value, place)
           CROSS JOIN LATERAL (
               SELECT contact_id FROM addresses a
               WHERE a.tenant_id = $1 AND a.kind = wanted.kind AND a.value = wanted.value
               ORDER BY contact_id DESC LIMIT $5) AS holder
           JOIN contacts c ON c.tenant_id = $1 AND c.id = holder.contact_id
           WHERE c.erased_at IS NULL
           ORDER BY wanted.place, c.id DESC"#,
        tenant.uuid(),
        &kinds,
        &values,
        &places,
        MOST_HOLDERS,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut found: HashMap<i64, Vec<Contact>> = HashMap::new();
    for row in rows {
        let contact = Contact::try_from(ContactRow {
            tenant_id: row.tenant_id,
            id: row.id,
            first_name: row.first_name,
            last_name: row.last_name,
            phone: row.phone,
            whatsapp_phone: row.whatsapp_phone,
            whatsapp_user: row.whatsapp_user,
            email: row.email,
            also: row.also,
            region: row.region,
            locale: row.locale,
            time_zone: row.time_zone,
            external_id: row.external_id,
            attributes: row.attributes,
            tags: row.tags,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })?;
        found.entry(row.place).or_default().push(contact);
    }
    Ok(places
        .iter()
        .map(|place| found.remove(place).unwrap_or_default())
        .collect())
}
