use crate::{Postgres, notices::Channel, transaction::store_error};
use async_trait::async_trait;
use tidings_kernel::{AccountId, CallbackId, StoreError, TenantId};
use tidings_messaging::{CallbackEntry, CallbackLog, CallbackStage, Page, Paged};
use time::OffsetDateTime;

#[async_trait]
impl CallbackLog for Postgres {
    async fn unapplied(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<CallbackEntry>, StoreError> {
        let mut transaction = self.begin_list(tenant).await?;
        let rows = sqlx::query!(
            r#"(SELECT id AS "id!", account_id AS "account_id!", provider AS "provider!",
                    received_at AS "received_at!", problem, true AS "is_given_up!"
                FROM callbacks
                WHERE tenant_id = $1 AND problem IS NOT NULL AND ($2::uuid IS NULL OR id < $2)
                ORDER BY id DESC LIMIT $3)
               UNION ALL
               (SELECT c.id, c.account_id, c.provider, c.received_at, i.problem, false
                FROM inbox i JOIN callbacks c ON c.id = i.callback_id AND c.tenant_id = i.tenant_id
                WHERE i.tenant_id = $1 AND c.problem IS NULL AND ($2::uuid IS NULL OR i.callback_id < $2)
                ORDER BY i.callback_id DESC LIMIT $3)
               ORDER BY 1 DESC LIMIT $3"#,
            tenant.uuid(),
            page.after,
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let entries = rows.into_iter().map(|row| CallbackEntry {
            id: CallbackId::from_uuid(row.id),
            account: AccountId::from_uuid(row.account_id),
            provider: row.provider,
            received_at: row.received_at,
            stage: if row.is_given_up {
                CallbackStage::GivenUp
            } else {
                CallbackStage::Waiting
            },
            problem: row.problem,
        });
        Ok(Paged::cut(entries.collect(), page.limit, |entry| {
            entry.id.uuid()
        }))
    }

    async fn replay(
        &self,
        tenant: TenantId,
        callback: CallbackId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let size = sqlx::query_scalar!(
            r#"UPDATE callbacks SET problem = NULL
               WHERE tenant_id = $1 AND id = $2 AND problem IS NOT NULL
               RETURNING octet_length(body) AS "size!""#,
            tenant.uuid(),
            callback.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        let Some(size) = size else {
            return Ok(false);
        };
        sqlx::query!(
            "INSERT INTO inbox (callback_id, tenant_id, size, due_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (callback_id) DO NOTHING",
            callback.uuid(),
            tenant.uuid(),
            size,
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        self.wake(Channel::Inbox).await;
        Ok(true)
    }
}
