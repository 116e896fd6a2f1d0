//! Which receipts are overdue.

use crate::{Postgres, convert::Place, transaction::store_error};
use tidings_kernel::{AccountId, AttemptId, StoreError, TenantId};
use tidings_messaging::{Address, QueryJob, StatusQuery};
use time::OffsetDateTime;

impl Postgres {
    pub(super) async fn overdue_attempts(
        &self,
        limit: u16,
        now: OffsetDateTime,
        next_at: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<QueryJob>, StoreError> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let rows = sqlx::query!(
            r#"WITH due AS (
                   SELECT tenant_id, message_id, id FROM attempts WHERE ask_at <= $1
                   ORDER BY ask_at LIMIT $2 FOR UPDATE SKIP LOCKED
               ), asked AS (
                   UPDATE attempts a SET asked = a.asked + 1,
                       ask_at = CASE WHEN a.asked + 1 < $4 THEN $3::timestamptz END
                   FROM due
                   WHERE a.tenant_id = due.tenant_id AND a.message_id = due.message_id AND a.id = due.id
                   RETURNING a.*
               )
               SELECT asked.tenant_id AS "tenant_id!", asked.id AS "id!",
                   asked.account_id AS "account_id!", asked.provider AS "provider!",
                   asked.sender_address AS "sender_address!", asked.started_at AS "started_at!",
                   asked.provider_message_id, asked.asked AS "asked!", m.channel, m.address_kind,
                   m.address_value, m.content ->> 'text' AS text,
                   ARRAY(
                       SELECT other.provider_message_id
                       FROM (
                           SELECT m.contact_id AS id
                           UNION SELECT contact_id FROM addresses
                           WHERE tenant_id = m.tenant_id AND kind = m.address_kind
                             AND value = m.address_value
                           OFFSET 0) AS holder
                       CROSS JOIN LATERAL (
                           SELECT id FROM messages
                           WHERE tenant_id = m.tenant_id AND contact_id = holder.id
                             AND address_kind = m.address_kind
                             AND address_value = m.address_value OFFSET 0) AS n
                       CROSS JOIN LATERAL (
                           SELECT provider_message_id FROM attempts
                           WHERE tenant_id = m.tenant_id AND message_id = n.id AND id <> asked.id
                             AND account_id = asked.account_id
                             AND started_at > asked.started_at - interval '1 day'
                             AND provider_message_id IS NOT NULL OFFSET 0) AS other
                   ) AS "taken!"
               FROM asked
               JOIN messages m ON m.tenant_id = asked.tenant_id AND m.id = asked.message_id"#,
            now,
            i64::from(limit),
            next_at,
            most,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let place = Place::new("attempts", row.id);
                Ok(QueryJob {
                    tenant: TenantId::from_uuid(row.tenant_id),
                    account: AccountId::from_uuid(row.account_id),
                    provider: row.provider,
                    query: StatusQuery {
                        attempt: AttemptId::from_uuid(row.id),
                        started_at: row.started_at,
                        provider_message_id: row.provider_message_id,
                        channel: place.parse("channel", &row.channel)?,
                        from: row.sender_address,
                        to: Address::from_parts(&row.address_kind, &row.address_value)
                            .ok_or_else(|| place.bad("address_value", "not of its kind"))?,
                        text: row.text.unwrap_or_default(),
                        taken: row.taken,
                    },
                    asked: place.number("asked", row.asked - 1)?,
                })
            })
            .collect()
    }
}
