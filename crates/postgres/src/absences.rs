//! Addresses that a channel was said not to know.

mod noting;

pub(crate) use noting::{NewRefusal, note};

use crate::{Postgres, contacts::stored_value, convert::Place, transaction::store_error};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{Channel, ContactId, StoreError, TenantId};
use tidings_messaging::{
    Absence, Absences, Address, Destination, HeldAbsence, NewMessage, Refusal,
};
use tidings_routing::Certainty;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

#[async_trait]
impl Absences for Postgres {
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldAbsence>, StoreError> {
        let held_until = now + lease;
        let mut transaction = self.begin_for_all().await?;
        let rows = sqlx::query!(
            "WITH due AS (
                 SELECT tenant_id, channel, address_kind, address_value FROM absences
                 WHERE check_at <= $1 ORDER BY check_at LIMIT $2 FOR UPDATE SKIP LOCKED)
             UPDATE absences a SET check_at = $3
             FROM due
             WHERE a.tenant_id = due.tenant_id AND a.channel = due.channel
               AND a.address_kind = due.address_kind AND a.address_value = due.address_value
             RETURNING a.tenant_id, a.contact_id, a.channel, a.address_kind, a.address_value",
            now,
            i64::from(limit),
            held_until,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let place = Place::new("absences", row.contact_id);
                Ok(HeldAbsence {
                    tenant: TenantId::from_uuid(row.tenant_id),
                    contact: ContactId::from_uuid(row.contact_id),
                    destination: destination(
                        place,
                        &row.channel,
                        &row.address_kind,
                        &row.address_value,
                    )?,
                    held_until,
                })
            })
            .collect()
    }

    async fn rest(&self, held: &HeldAbsence) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(held.tenant).await?;
        let address = &held.destination.address;
        sqlx::query!(
            "UPDATE absences SET check_at = NULL
             WHERE tenant_id = $1 AND channel = $2 AND address_kind = $3 AND address_value = $4
               AND check_at = $5",
            held.tenant.uuid(),
            held.destination.channel.as_str(),
            address.kind(),
            stored_value(address),
            held.held_until,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn wish(
        &self,
        tenant: TenantId,
        channel: Channel,
        addresses: &[Address],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let kinds: Vec<&str> = addresses.iter().map(Address::kind).collect();
        let values: Vec<String> = addresses.iter().map(stored_value).collect();
        let mut transaction = self.begin_for(tenant).await?;
        sqlx::query!(
            "WITH wanted AS (
                 SELECT a.address_kind, a.address_value FROM absences a
                 JOIN unnest($3::text[], $4::text[]) AS of (kind, value)
                   ON a.address_kind = of.kind AND a.address_value = of.value
                 WHERE a.tenant_id = $1 AND a.channel = $2
                 ORDER BY a.address_kind, a.address_value FOR UPDATE OF a)
             UPDATE absences a SET wished_at = greatest(a.wished_at, $5)
             FROM wanted
             WHERE a.tenant_id = $1 AND a.channel = $2 AND a.address_kind = wanted.address_kind
               AND a.address_value = wanted.address_value",
            tenant.uuid(),
            channel.as_str(),
            &kinds as &[&str],
            &values,
            at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }
}

fn destination(
    place: Place,
    channel: &str,
    kind: &str,
    value: &str,
) -> Result<Destination, StoreError> {
    Ok(Destination {
        channel: place.parse("channel", channel)?,
        address: Address::from_parts(kind, value)
            .ok_or_else(|| place.bad("address_value", "not of its kind"))?,
    })
}

/// The name in the table.
const fn name(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Stated => "stated",
        Certainty::Supposed => "supposed",
    }
}

fn certainty(place: Place, text: &str) -> Result<Certainty, StoreError> {
    [Certainty::Stated, Certainty::Supposed]
        .into_iter()
        .find(|certainty| name(*certainty) == text)
        .ok_or_else(|| place.bad("certainty", text))
}

/// What is known of the addresses of contacts that were refused. Nearly always that is nothing, and found out by
/// two look-ups for each contact.
pub(crate) async fn load(
    connection: &mut PgConnection,
    (tenants, contacts): &(Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<(Uuid, Uuid), Vec<Absence>>, StoreError> {
    // The last sign of life is looked up in what is known of everybody who has the address.
    let rows = sqlx::query!(
        r#"SELECT wanted.tenant_id AS "tenant_id!", wanted.id AS "contact_id!",
               a.channel AS "channel!", a.address_kind AS "address_kind!",
               a.address_value AS "address_value!", a.wished_at AS "wished_at?",
               a.told_at AS "told_at?", life.at AS "alive_at?",
               refusals.at AS "refused_at!", refusals.certainty AS "certainties!"
           FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           JOIN addresses own ON own.tenant_id = wanted.tenant_id AND own.contact_id = wanted.id
           CROSS JOIN LATERAL (
               SELECT * FROM absences
               WHERE tenant_id = own.tenant_id AND channel IN ('sms', 'whatsapp', 'email')
                 AND address_kind = own.kind AND address_value = own.value OFFSET 0) AS a
           CROSS JOIN LATERAL (
               SELECT array_agg(r.at ORDER BY r.attempt_id) AS at,
                   array_agg(r.certainty ORDER BY r.attempt_id) AS certainty
               FROM absence_refusals r
               WHERE r.tenant_id = a.tenant_id AND r.channel = a.channel
                 AND r.address_kind = a.address_kind AND r.address_value = a.address_value) AS refusals
           CROSS JOIN LATERAL (
               SELECT max(sign.at) AS at
               FROM addresses holder
               CROSS JOIN LATERAL (
                   SELECT l.at FROM last_inbound l
                   WHERE l.tenant_id = holder.tenant_id AND l.contact_id = holder.contact_id
                     AND l.channel = a.channel
                   UNION ALL
                   SELECT greatest(m.status_at, (
                       SELECT max(t.started_at) FROM attempts t
                       WHERE t.tenant_id = m.tenant_id AND t.message_id = m.id))
                   FROM messages m
                   WHERE m.tenant_id = holder.tenant_id AND m.contact_id = holder.contact_id
                     AND m.direction = 'outbound' AND m.channel = a.channel
                     AND m.status IN ('delivered', 'read')
                     AND m.address_kind = a.address_kind AND m.address_value = a.address_value
               ) AS sign
               WHERE holder.tenant_id = a.tenant_id AND holder.kind = a.address_kind
                 AND holder.value = a.address_value) AS life
           WHERE refusals.at IS NOT NULL"#,
        tenants,
        contacts,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut found: HashMap<(Uuid, Uuid), Vec<Absence>> = HashMap::new();
    for row in rows {
        let place = Place::new("absences", row.contact_id);
        let mut refusals = Vec::with_capacity(row.refused_at.len());
        for (at, text) in row.refused_at.iter().zip(&row.certainties) {
            refusals.push(Refusal {
                at: *at,
                certainty: certainty(place, text)?,
            });
        }
        let absence = Absence {
            destination: destination(place, &row.channel, &row.address_kind, &row.address_value)?,
            refusals,
            alive_at: row.alive_at,
            wished_at: row.wished_at,
            told_at: row.told_at,
        };
        found
            .entry((row.tenant_id, row.contact_id))
            .or_default()
            .push(absence);
    }
    Ok(found)
}

/// Notes which contacts are told by new messages; one that was told before makes all inconsistent.
pub(crate) async fn note_told(
    connection: &mut PgConnection,
    stored: &[&NewMessage],
) -> Result<(), StoreError> {
    for new in stored {
        let Some(Destination { channel, address }) = &new.tells_of else {
            continue;
        };
        let message = &new.message;
        let told = sqlx::query!(
            "UPDATE absences SET told_at = $5
             WHERE tenant_id = $1 AND channel = $2 AND address_kind = $3 AND address_value = $4
               AND (told_at IS NULL OR wished_at > told_at)",
            message.tenant.uuid(),
            channel.as_str(),
            address.kind(),
            stored_value(address),
            message.created_at,
        )
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        if told.rows_affected() != 1 {
            let context = format!("contact {} was told before", message.contact);
            return Err(StoreError::inconsistent(context));
        }
    }
    Ok(())
}

/// Forgets the addresses that an erased contact is the last to have. Those that others have are theirs from now on.
/// To be called while the contact still has them.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    let (tenant, contact) = (tenant.uuid(), contact.uuid());
    sqlx::query!(
        "DELETE FROM absences a
         WHERE a.tenant_id = $1
           AND (a.contact_id = $2 OR (a.address_kind, a.address_value) IN (
               SELECT kind, value FROM addresses WHERE tenant_id = $1 AND contact_id = $2))
           AND NOT EXISTS (
               SELECT FROM addresses other
               WHERE other.tenant_id = $1 AND other.kind = a.address_kind
                 AND other.value = a.address_value AND other.contact_id <> $2)",
        tenant,
        contact,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    sqlx::query!(
        "UPDATE absences a SET contact_id = (
             SELECT other.contact_id FROM addresses other
             WHERE other.tenant_id = $1 AND other.kind = a.address_kind
               AND other.value = a.address_value AND other.contact_id <> $2
             LIMIT 1)
         WHERE a.tenant_id = $1 AND a.contact_id = $2",
        tenant,
        contact,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
