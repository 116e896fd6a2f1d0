use crate::{Postgres, convert::Place, transaction::store_error};
use async_trait::async_trait;
use tidings_kernel::{AccountId, StoreError, TenantId};
use tidings_messaging::{Upkeep, UpkeepState, Upkeeps};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl Upkeeps for Postgres {
    async fn take(
        &self,
        providers: &[&str],
        now: OffsetDateTime,
        lease: Duration,
        most: u16,
    ) -> Result<Vec<Upkeep>, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        sqlx::query!(
            "INSERT INTO upkeeps (tenant_id, account_id, due_at)
             SELECT a.tenant_id, a.id, $2 FROM provider_accounts a
             WHERE a.provider = ANY($1) AND a.is_enabled
               AND NOT EXISTS (SELECT FROM upkeeps u WHERE u.tenant_id = a.tenant_id AND u.account_id = a.id)
             ON CONFLICT DO NOTHING",
            providers as &[&str],
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let rows = sqlx::query!(
            r#"UPDATE upkeeps u SET due_at = $3
             FROM (SELECT u.tenant_id, u.account_id, u.due_at FROM upkeeps u
                   JOIN provider_accounts a ON a.tenant_id = u.tenant_id AND a.id = u.account_id
                   WHERE u.due_at <= $2 AND a.provider = ANY($1) AND a.is_enabled
                   ORDER BY u.due_at, u.tenant_id, u.account_id LIMIT $4 FOR UPDATE OF u SKIP LOCKED) AS due
             WHERE u.tenant_id = due.tenant_id AND u.account_id = due.account_id
             RETURNING u.tenant_id, u.account_id, u.failures, due.due_at AS "was_due_at!""#,
            providers as &[&str],
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
            let place = Place::new("upkeeps", row.account_id);
            let upkeep = Upkeep {
                tenant: TenantId::from_uuid(row.tenant_id),
                account: AccountId::from_uuid(row.account_id),
                failures: place.number("failures", row.failures)?,
            };
            taken.push((row.was_due_at, upkeep));
        }
        taken.sort_by_key(|(due_at, upkeep)| (*due_at, upkeep.tenant, upkeep.account));
        Ok(taken.into_iter().map(|(_, upkeep)| upkeep).collect())
    }

    async fn looked(
        &self,
        (tenant, account): (TenantId, AccountId),
        problem: Option<&str>,
        now: OffsetDateTime,
        next: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        sqlx::query!(
            "UPDATE upkeeps SET due_at = $5, problem = $3,
                 failures = CASE WHEN $3::text IS NULL THEN 0 ELSE least(failures, 30000) + 1 END,
                 looked_at = CASE WHEN $3::text IS NULL THEN $4 ELSE looked_at END
             WHERE tenant_id = $1 AND account_id = $2",
            tenant.uuid(),
            account.uuid(),
            problem,
            now,
            next,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn upkeep(&self, tenant: TenantId) -> Result<Vec<UpkeepState>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query!(
            "SELECT account_id, due_at, problem, looked_at FROM upkeeps
             WHERE tenant_id = $1 ORDER BY account_id",
            tenant.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let states = rows.into_iter().map(|row| UpkeepState {
            account: AccountId::from_uuid(row.account_id),
            looked_at: row.looked_at,
            problem: row.problem,
            due_at: row.due_at,
        });
        Ok(states.collect())
    }
}
