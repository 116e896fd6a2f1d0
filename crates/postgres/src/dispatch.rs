mod begin;
mod claiming;
mod ready;
mod sent;
mod settle;

pub use claiming::Entry;

use crate::{Postgres, progress::Progress, transaction::store_error};
use async_trait::async_trait;
use tidings_kernel::{AttemptId, StoreError, TenantId};
use tidings_messaging::{Claim, Class, Dispatch, Held, Ready, Settlement, Share, Start};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

#[async_trait]
impl Dispatch for Postgres {
    async fn ready(&self, classes: &[Class], now: OffsetDateTime) -> Result<Ready, StoreError> {
        self.ready_lanes(classes, now).await
    }

    async fn claim(
        &self,
        shares: &[Share],
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        let entries = self.claim_entries(shares, now, lease).await?;
        self.claims_or_release(entries).await
    }

    async fn claim_suspect(
        &self,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        // One that cannot be read is held from here on, and the next has its turn.
        while let Some(entry) = self.claim_one_suspect(now, lease).await? {
            let claims = self.claims_or_release(vec![entry]).await?;
            if let Some(claim) = claims.into_iter().next() {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    async fn begin(&self, starts: &[Start]) -> Result<Vec<AttemptId>, StoreError> {
        self.begin_attempts(starts).await
    }

    async fn settle(
        &self,
        settlements: &[(Held, Settlement)],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let sent = self.settle_sent(settlements, now).await?;
        let others: Vec<&(Held, Settlement)> = settlements
            .iter()
            .filter(|(held, _)| !sent.contains(&held.message.uuid()))
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin_for_all().await?;
        let ids: Vec<Uuid> = others.iter().map(|(held, _)| held.message.uuid()).collect();
        let tenants = others.iter().map(|(held, _)| held.tenant);
        let mut progress = Progress::lock(&mut transaction, tenants, &ids).await?;
        for (held, settlement) in others {
            settle::settle_one(&mut progress, *held, settlement, now);
        }
        let noted = progress.store(&mut transaction).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(())
    }

    async fn wake(
        &self,
        tenant: TenantId,
        at: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        self.wake_stranded(tenant, at, most).await
    }

    async fn siblings(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        // Step by step, from the attempt by those who have its address to what was sent to them there: any other
        // order reads all that the tenant ever sent, and would be chosen where a contact has many.
        let ids = sqlx::query_scalar!(
            r#"SELECT other.provider_message_id AS "id!"
               FROM (SELECT * FROM attempts WHERE tenant_id = $1 AND id = $2 OFFSET 0) AS own
               CROSS JOIN LATERAL (
                   SELECT contact_id, address_kind, address_value FROM messages
                   WHERE tenant_id = $1 AND id = own.message_id OFFSET 0) AS m
               CROSS JOIN LATERAL (
                   SELECT m.contact_id AS id
                   UNION SELECT contact_id FROM addresses
                   WHERE tenant_id = $1 AND kind = m.address_kind AND value = m.address_value
                   OFFSET 0) AS holder
               CROSS JOIN LATERAL (
                   SELECT id FROM messages
                   WHERE tenant_id = $1 AND contact_id = holder.id
                     AND address_kind = m.address_kind AND address_value = m.address_value OFFSET 0) AS n
               CROSS JOIN LATERAL (
                   SELECT provider_message_id FROM attempts
                   WHERE tenant_id = $1 AND message_id = n.id AND id <> own.id
                     AND account_id = own.account_id
                     AND started_at > own.started_at - interval '1 day'
                     AND provider_message_id IS NOT NULL OFFSET 0) AS other"#,
            tenant.uuid(),
            attempt.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(ids)
    }

    async fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        self.notices.queue.wait(seen, timeout).await
    }
}
