//! What an erasure removes, and what it keeps.

use super::stored_value;
use crate::{
    absences,
    consent_ledger::redact_evidence,
    conversations,
    convert::{Place, to_json},
    event_log::{self, Noted},
    marketing, media,
    messages::timeline,
    transaction::store_error,
    turnstile::Turnstile,
    usage,
};
use sqlx::PgConnection;
use tidings_consent::suppression::SuppressionKey;
use tidings_kernel::{ContactId, MessageId, StoreError, TenantId};
use tidings_messaging::{Address, Happening, MessageStatus, Preferences, Status, TimelineEntry};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a suppression keeps of an address: a hash that only this tenant's key makes.
pub(crate) fn suppression_hash(key: &SuppressionKey, address: &Address) -> Vec<u8> {
    let hash = key.hash(address.kind(), &stored_value(address));
    hash.as_bytes().to_vec()
}

/// What refuses an address if it is kept: its own hash, and those of numbers that may reach the same
/// handset.
pub(crate) fn refusing_hashes(key: &SuppressionKey, address: &Address) -> Vec<Vec<u8>> {
    match address {
        Address::Phone(_) => key
            .hashes(address.kind(), &stored_value(address))
            .iter()
            .map(|hash| hash.as_bytes().to_vec())
            .collect(),
        Address::WhatsappUser(_) | Address::Email(_) => vec![suppression_hash(key, address)],
    }
}

pub(crate) async fn suppression_key(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<SuppressionKey, StoreError> {
    let bytes = sqlx::query_scalar!(
        "SELECT suppression_key FROM tenants WHERE id = $1",
        tenant.uuid()
    )
    .fetch_one(connection)
    .await
    .map_err(store_error)?;
    read_suppression_key(tenant.uuid(), &bytes)
}

/// Reads the column of that name.
pub(crate) fn read_suppression_key(
    tenant: Uuid,
    bytes: &[u8],
) -> Result<SuppressionKey, StoreError> {
    let place = Place::new("tenants", tenant);
    Ok(SuppressionKey::new(place.bytes("suppression_key", bytes)?))
}

/// Locks the contact, and then its messages in the order in which workers lock them. Whoever adds to
/// the contact waits, or is waited for: nothing slips in between what is read and what is removed.
/// `false` if there is no such contact.
pub(super) async fn lock(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<bool, StoreError> {
    // Whoever takes messages in for the tenant shares this lock.
    let key = tenant.uuid().to_string();
    Turnstile::Erasure.pass(connection, &key).await?;
    let found = sqlx::query_scalar!(
        "SELECT id FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL FOR UPDATE",
        tenant.uuid(),
        contact.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    if found.is_none() {
        return Ok(false);
    }
    sqlx::query!(
        "SELECT id FROM messages WHERE tenant_id = $1 AND contact_id = $2
         ORDER BY id FOR NO KEY UPDATE",
        tenant.uuid(),
        contact.uuid(),
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(true)
}

/// Removes the callbacks that brought what the person wrote, of those that were received since an instant.
///
/// A callback is applied within three days, or given up. A provider may repeat it for a week, and a repeat is
/// stored again after a day. To find them many are read, which takes a while: do it once without the locks of
/// an erasure, and under them only for what has come meanwhile.
pub(super) async fn forget_callbacks(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
    since: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM callbacks c USING messages m
         WHERE m.tenant_id = $1 AND m.contact_id = $2 AND m.direction = 'inbound'
           AND c.tenant_id = $1 AND c.account_id = m.account_id
           AND c.received_at >= greatest($3, m.created_at - interval '4 days')
           AND c.received_at <= m.created_at + interval '30 days'
           AND NOT EXISTS (
               SELECT FROM inbox i WHERE i.tenant_id = $1 AND i.callback_id = c.id)
           AND position(convert_to(m.provider_message_id, 'UTF8') IN c.body) > 0",
        tenant.uuid(),
        contact.uuid(),
        since,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Removes what identifies the person from everything that stays, and gives how many events were noted.
pub(super) async fn forget(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    forget_merged(connection, tenant, contact).await?;
    redact_evidence(connection, tenant, contact).await?;
    marketing::forget(connection, tenant, contact).await?;
    conversations::forget(connection, tenant, contact).await?;
    absences::forget(connection, tenant, contact).await?;
    media::forget(connection, tenant, contact, now).await?;
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
            "DELETE FROM status_webhooks w USING messages m
             WHERE m.tenant_id = $1 AND m.contact_id = $2 AND w.tenant_id = $1
               AND w.message_id = m.id",
            tenant,
            contact
        ),
        sqlx::query!(
            "UPDATE dead_letters d SET detail = '' FROM messages m
             WHERE m.tenant_id = $1 AND m.contact_id = $2 AND d.tenant_id = $1
               AND d.message_id = m.id",
            tenant,
            contact
        ),
        // Providers like to repeat the number in their complaints.
        sqlx::query!(
            "UPDATE attempts a SET error = a.error || '{\"detail\": \"\"}'
             FROM messages m
             WHERE m.tenant_id = $1 AND m.contact_id = $2 AND a.tenant_id = $1
               AND a.message_id = m.id AND a.error IS NOT NULL",
            tenant,
            contact
        ),
    ] {
        statement
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
    }
    sqlx::query!(
        "UPDATE decisions d
         SET facts = (d.facts::jsonb
                 || jsonb_build_object('consent', '[]'::jsonb, 'preferences', $3::jsonb))::json,
             request = (d.request::jsonb - 'to')::json, others = '[]'
         FROM messages m
         WHERE m.tenant_id = $1 AND m.contact_id = $2 AND d.tenant_id = $1
           AND d.message_id = m.id",
        tenant,
        contact,
        to_json("preferences", &Preferences::default())?,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    let noted = cancel_waiting(connection, tenant, contact, now).await?;
    sqlx::query!(
        r#"UPDATE messages SET
             content = '{"text": "", "template": null, "media": [], "subject": null}',
             template_use = NULL, from_address = NULL, to_address = '', address_kind = 'email',
             address_value = '', context_type = NULL, context_id = NULL,
             context_version = NULL, tags = '{}',
             status_webhook = NULL
           WHERE tenant_id = $1 AND contact_id = $2"#,
        tenant,
        contact,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    Ok(noted)
}

/// The same for what is left of the contacts that were merged into this one.
async fn forget_merged(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    let gone = sqlx::query_scalar!(
        "SELECT id FROM contacts WHERE tenant_id = $1 AND merged_into = $2",
        tenant.uuid(),
        contact.uuid(),
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    for id in &gone {
        redact_evidence(connection, tenant, ContactId::from_uuid(*id)).await?;
    }
    sqlx::query!(
        "DELETE FROM addresses WHERE tenant_id = $1 AND contact_id = ANY ($2)",
        tenant.uuid(),
        &gone,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Cancels what waits and no provider was called for, gives back what it had used up, and says how many events were
/// noted.
async fn cancel_waiting(
    connection: &mut PgConnection,
    tenant: Uuid,
    contact: Uuid,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let cancelled = [TimelineEntry {
        status: Status::Cancelled,
        at: now,
        source: "api".to_owned(),
    }];
    // A call that is about to begin has these locks; whether it did begin is then seen by the next statement.
    sqlx::query!(
        "SELECT q.message_id FROM messages m JOIN queue q ON q.message_id = m.id
         WHERE m.tenant_id = $1 AND m.contact_id = $2
         ORDER BY q.message_id FOR UPDATE OF q",
        tenant,
        contact,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let rows = sqlx::query!(
        r"WITH cancelled AS (
              DELETE FROM queue q USING messages m
              WHERE m.tenant_id = $1 AND m.contact_id = $2 AND q.message_id = m.id
                AND NOT EXISTS (SELECT FROM attempts a
                    WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id
                      AND (a.outcome IS NULL OR a.outcome = 'unknown'))
              RETURNING q.message_id
          )
          UPDATE messages m SET status = 'cancelled', status_at = $3,
              timeline = concat_ws(E'\n', nullif(m.timeline, ''), $4::text)
          FROM cancelled
          WHERE m.tenant_id = $1 AND m.id = cancelled.message_id
            AND m.status IN ('accepted', 'deferred', 'queued')
          RETURNING m.id, m.channel, m.created_at, m.cost_estimated_micros, m.cost_estimated_currency",
        tenant,
        contact,
        now,
        timeline::write(&cancelled),
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let mut refunds = Vec::with_capacity(rows.len());
    let mut noted = Vec::with_capacity(rows.len());
    for row in rows {
        let place = Place::new("messages", row.id);
        let happening = Happening::MessageStatus(MessageStatus {
            message_id: MessageId::from_uuid(row.id),
            contact_id: ContactId::from_uuid(contact),
            channel: place.parse("channel", &row.channel)?,
            status: Status::Cancelled,
            source: "api".to_owned(),
            error: None,
        });
        noted.push(Noted::new(TenantId::from_uuid(tenant), now, happening));
        let cost = place.money(
            "cost_estimated",
            row.cost_estimated_micros,
            row.cost_estimated_currency.as_deref(),
        )?;
        refunds.push((TenantId::from_uuid(tenant), row.created_at, cost));
    }
    usage::give_back(connection, refunds.into_iter()).await?;
    event_log::note(connection, &noted).await
}
