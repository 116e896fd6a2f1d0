use crate::{Postgres, convert::Place, transaction::store_error};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_kernel::{AccountId, ConversationId, MessageId, StoreError, TenantId};
use tidings_messaging::{ReadReceipt, ReadReceipts};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Notes what a contact is to be shown: that everything was read after one message and up to another. In the
/// transaction that notes that it was read, which holds the conversation.
pub(crate) async fn note(
    connection: &mut PgConnection,
    (tenant, conversation, contact): (TenantId, ConversationId, Uuid),
    after: Option<Uuid>,
    up_to: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO read_receipts AS r (tenant_id, conversation_id, message_id, account_id, provider_message_id,
             read_at, due_at)
         SELECT DISTINCT ON (m.account_id) m.tenant_id, $2::uuid, m.id, m.account_id, m.provider_message_id,
             $6::timestamptz, $6::timestamptz
         FROM messages m
         WHERE m.tenant_id = $1 AND m.contact_id = $3 AND m.direction = 'inbound' AND m.channel = 'whatsapp'
             AND ($4::uuid IS NULL OR m.id > $4) AND m.id <= $5
             AND m.account_id IS NOT NULL AND m.provider_message_id IS NOT NULL
         ORDER BY m.account_id, m.id DESC
         ON CONFLICT (tenant_id, conversation_id, account_id) DO UPDATE SET message_id = EXCLUDED.message_id,
             provider_message_id = EXCLUDED.provider_message_id, read_at = EXCLUDED.read_at,
             due_at = EXCLUDED.due_at, failures = 0
         WHERE r.message_id < EXCLUDED.message_id",
        tenant.uuid(),
        conversation.uuid(),
        contact,
        after,
        up_to,
        now,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl ReadReceipts for Postgres {
    async fn take(
        &self,
        now: OffsetDateTime,
        lease: Duration,
        most: u16,
    ) -> Result<Vec<ReadReceipt>, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let rows = sqlx::query!(
            r#"UPDATE read_receipts r SET due_at = $2
             FROM (SELECT tenant_id, conversation_id, account_id, due_at FROM read_receipts WHERE due_at <= $1
                   ORDER BY due_at, conversation_id, account_id LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
             WHERE r.tenant_id = due.tenant_id AND r.conversation_id = due.conversation_id
                 AND r.account_id = due.account_id
             RETURNING r.tenant_id, r.conversation_id, r.message_id, r.account_id, r.provider_message_id, r.read_at,
                 r.failures, due.due_at AS "was_due_at!""#,
            now,
            now + lease,
            i64::from(most),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            let place = Place::new("read_receipts", row.message_id);
            let receipt = ReadReceipt {
                tenant: TenantId::from_uuid(row.tenant_id),
                conversation: ConversationId::from_uuid(row.conversation_id),
                message: MessageId::from_uuid(row.message_id),
                account: AccountId::from_uuid(row.account_id),
                provider_message_id: row.provider_message_id,
                read_at: row.read_at,
                failures: place.number("failures", row.failures)?,
            };
            taken.push((row.was_due_at, receipt));
        }
        taken.sort_by_key(|(due_at, receipt)| (*due_at, receipt.conversation, receipt.account));
        Ok(taken.into_iter().map(|(_, receipt)| receipt).collect())
    }

    async fn ended(
        &self,
        receipt: &ReadReceipt,
        again: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(receipt.tenant).await?;
        let (tenant, conversation) = (receipt.tenant.uuid(), receipt.conversation.uuid());
        let (account, message) = (receipt.account.uuid(), receipt.message.uuid());
        let ended = match again {
            Some(again) => sqlx::query!(
                "UPDATE read_receipts SET due_at = $5, failures = least(failures + 1, 30000)
                 WHERE tenant_id = $1 AND conversation_id = $2 AND account_id = $3 AND message_id = $4",
                tenant,
                conversation,
                account,
                message,
                again,
            ),
            None => sqlx::query!(
                "DELETE FROM read_receipts
                 WHERE tenant_id = $1 AND conversation_id = $2 AND account_id = $3 AND message_id = $4",
                tenant,
                conversation,
                account,
                message,
            ),
        };
        ended
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }
}
