mod tokens;

pub(crate) use tokens::by_tokens;

use crate::{
    Postgres,
    convert::{Place, names, to_json},
    gathers::ask_each,
    idempotency::write_answer,
    transaction::store_error,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};
use tidings_kernel::{AccountId, Region, SenderId, StoreError, TenantId};
use tidings_messaging::{
    AccountError, Accounts, Answer, Precision, ProviderAccount, Sealed, Sender, Tally,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// How many attempts are looked at to count them.
const LOOKED_AT: i64 = 50_000;

struct AccountRow {
    tenant_id: Uuid,
    id: Uuid,
    provider: String,
    name: String,
    sealed_credentials: Vec<u8>,
    callback_token: String,
    is_enabled: bool,
    priority: i16,
    daily_limit: Option<i64>,
    rate_per_second: Option<i64>,
    prices: serde_json::Value,
    created_at: OffsetDateTime,
}

impl AccountRow {
    fn with(self, senders: Vec<Sender>) -> Result<ProviderAccount, StoreError> {
        let place = Place::new("provider_accounts", self.id);
        let limit = |column, limit: Option<i64>| limit.map(|n| place.number(column, n)).transpose();
        Ok(ProviderAccount {
            id: AccountId::from_uuid(self.id),
            tenant: TenantId::from_uuid(self.tenant_id),
            provider: self.provider,
            name: self.name,
            sealed_credentials: Sealed(self.sealed_credentials),
            callback_token: self.callback_token,
            is_enabled: self.is_enabled,
            priority: place.number("priority", self.priority)?,
            daily_limit: limit("daily_limit", self.daily_limit)?,
            rate_per_second: limit("rate_per_second", self.rate_per_second)?,
            prices: place.json("prices", self.prices)?,
            senders,
            created_at: self.created_at,
        })
    }
}

/// Puts senders to accounts.
async fn with_senders(
    connection: &mut PgConnection,
    accounts: Vec<AccountRow>,
) -> Result<Vec<ProviderAccount>, StoreError> {
    let tenants: Vec<Uuid> = accounts.iter().map(|account| account.tenant_id).collect();
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let rows = sqlx::query!(
        r#"SELECT s.account_id, s.id, s.address, s.channels, s.region, s.limits, r.standing AS "standing?"
           FROM senders s
           LEFT JOIN sender_ratings r ON r.tenant_id = s.tenant_id AND r.account_id = s.account_id
               AND r.sender_id = s.id AND r.address = s.address
           WHERE s.tenant_id = ANY($1) AND s.account_id = ANY($2) ORDER BY s.id"#,
        &tenants,
        &ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut senders: HashMap<Uuid, Vec<Sender>> = HashMap::new();
    for row in rows {
        let sender = SenderRow {
            id: row.id,
            address: row.address,
            channels: row.channels,
            region: row.region,
            limits: row.limits,
            standing: row.standing,
        };
        let sender = sender.sender()?;
        senders.entry(row.account_id).or_default().push(sender);
    }
    accounts
        .into_iter()
        .map(|account| {
            let own = senders.remove(&account.id).unwrap_or_default();
            account.with(own)
        })
        .collect()
}

struct SenderRow {
    id: Uuid,
    address: String,
    channels: Vec<String>,
    region: Option<String>,
    limits: serde_json::Value,
    standing: Option<serde_json::Value>,
}

impl SenderRow {
    fn sender(self) -> Result<Sender, StoreError> {
        let place = Place::new("senders", self.id);
        let standing = self.standing.map(|told| place.json("standing", told));
        Ok(Sender {
            id: SenderId::from_uuid(self.id),
            address: self.address,
            channels: place.parse_all("channels", &self.channels)?,
            region: place.read("region", self.region.as_deref(), Region::parse)?,
            limits: place.json("limits", self.limits)?,
            standing: standing.transpose()?.unwrap_or_default(),
        })
    }
}

async fn insert_senders(
    connection: &mut PgConnection,
    account: &ProviderAccount,
) -> Result<(), StoreError> {
    for sender in &account.senders {
        sqlx::query!(
            "INSERT INTO senders (tenant_id, account_id, id, address, channels, region, limits)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            account.tenant.uuid(),
            account.id.uuid(),
            sender.id.uuid(),
            sender.address,
            &names(&sender.channels),
            sender.region.map(|region| region.to_string()),
            to_json("limits", &sender.limits)?,
        )
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
    }
    Ok(())
}

fn small(priority: u16) -> i16 {
    i16::try_from(priority).unwrap_or(i16::MAX)
}

#[async_trait]
impl Accounts for Postgres {
    async fn create(
        &self,
        account: &ProviderAccount,
        answer: Option<&Answer>,
    ) -> Result<(), AccountError> {
        let mut transaction = self.begin_for(account.tenant).await?;
        sqlx::query!(
            "INSERT INTO provider_accounts (tenant_id, id, provider, name, sealed_credentials,
                 callback_token, is_enabled, priority, daily_limit, rate_per_second, prices,
                 created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            account.tenant.uuid(),
            account.id.uuid(),
            account.provider,
            account.name,
            account.sealed_credentials.0,
            account.callback_token,
            account.is_enabled,
            small(account.priority),
            account.daily_limit.map(i64::from),
            account.rate_per_second.map(i64::from),
            to_json("prices", &account.prices)?,
            account.created_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        insert_senders(&mut transaction, account).await?;
        write_answer(&mut transaction, answer).await??;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&self, account: &ProviderAccount) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(account.tenant).await?;
        let updated = sqlx::query!(
            "UPDATE provider_accounts SET provider = $3, name = $4, sealed_credentials = $5,
                 callback_token = $6, is_enabled = $7, priority = $8, daily_limit = $9,
                 rate_per_second = $10, prices = $11
             WHERE tenant_id = $1 AND id = $2",
            account.tenant.uuid(),
            account.id.uuid(),
            account.provider,
            account.name,
            account.sealed_credentials.0,
            account.callback_token,
            account.is_enabled,
            small(account.priority),
            account.daily_limit.map(i64::from),
            account.rate_per_second.map(i64::from),
            to_json("prices", &account.prices)?,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "DELETE FROM senders WHERE tenant_id = $1 AND account_id = $2",
            account.tenant.uuid(),
            account.id.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        insert_senders(&mut transaction, account).await?;
        // What was said of a number that is none of the account's any more.
        sqlx::query!(
            "DELETE FROM sender_ratings r WHERE r.tenant_id = $1 AND r.account_id = $2
             AND NOT EXISTS (SELECT FROM senders s WHERE s.tenant_id = r.tenant_id AND s.account_id = r.account_id
                 AND s.id = r.sender_id AND s.address = r.address)",
            account.tenant.uuid(),
            account.id.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn get(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<ProviderAccount>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            AccountRow,
            "SELECT tenant_id, id, provider, name, sealed_credentials, callback_token, is_enabled,
                 priority, daily_limit, rate_per_second, prices, created_at
             FROM provider_accounts WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            account.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let mut accounts = with_senders(&mut transaction, rows).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(accounts.pop())
    }

    async fn of_tenants(&self, tenants: &[TenantId]) -> Result<Vec<ProviderAccount>, StoreError> {
        match (&self.gathers, tenants) {
            (Some(gathers), [tenant]) => gathers.accounts.ask(*tenant).await,
            (Some(_) | None, _) => self.accounts_of(tenants).await,
        }
    }

    async fn begun(
        &self,
        tenant: TenantId,
        since: OffsetDateTime,
    ) -> Result<Vec<(AccountId, Tally)>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query!(
            r#"SELECT account_id, count(*) AS "count!" FROM (
                   SELECT account_id FROM attempts WHERE tenant_id = $1 AND id >= first_id($2)
                   ORDER BY id LIMIT $3) AS looked_at
               GROUP BY account_id ORDER BY account_id"#,
            tenant.uuid(),
            since,
            LOOKED_AT,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let all: i64 = rows.iter().map(|row| row.count).sum();
        let precision = if all < LOOKED_AT {
            Precision::Exact
        } else {
            Precision::AtLeast
        };
        rows.into_iter()
            .map(|row| {
                let account = AccountId::from_uuid(row.account_id);
                let place = Place::new("attempts", row.account_id);
                let count = place.number("account_id", row.count)?;
                Ok((account, Tally { count, precision }))
            })
            .collect()
    }

    async fn delete(&self, tenant: TenantId, account: AccountId) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let deleted = sqlx::query!(
            "DELETE FROM provider_accounts WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            account.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(deleted.rows_affected() == 1)
    }

    async fn by_callback_token(&self, token: &str) -> Result<Option<ProviderAccount>, StoreError> {
        if let Some(gathers) = &self.gathers {
            return gathers.tokens.ask(token.to_owned()).await;
        }
        let found = by_tokens(self.clone(), vec![token.to_owned()]).await;
        found.into_iter().next().transpose().map(Option::flatten)
    }
}

/// The accounts of each of these tenants.
pub(crate) async fn of_each(
    store: Postgres,
    tenants: Vec<TenantId>,
) -> Vec<Result<Vec<ProviderAccount>, StoreError>> {
    ask_each(tenants, |tenants| store.accounts_of_each(tenants)).await
}

impl Postgres {
    async fn accounts_of_each(
        &self,
        tenants: Vec<TenantId>,
    ) -> Result<Vec<Vec<ProviderAccount>>, StoreError> {
        let unique: BTreeSet<TenantId> = tenants.iter().copied().collect();
        let unique: Vec<TenantId> = unique.into_iter().collect();
        let mut by_tenant: HashMap<TenantId, Vec<ProviderAccount>> = HashMap::new();
        for account in self.accounts_of(&unique).await? {
            by_tenant.entry(account.tenant).or_default().push(account);
        }
        Ok(tenants
            .iter()
            .map(|tenant| by_tenant.get(tenant).cloned().unwrap_or_default())
            .collect())
    }

    async fn accounts_of(&self, tenants: &[TenantId]) -> Result<Vec<ProviderAccount>, StoreError> {
        let mut transaction = self.begin_for_each(tenants.iter().copied()).await?;
        let tenants: Vec<Uuid> = tenants.iter().map(|tenant| tenant.uuid()).collect();
        let rows = sqlx::query_as!(
            AccountRow,
            "SELECT tenant_id, id, provider, name, sealed_credentials, callback_token, is_enabled,
                 priority, daily_limit, rate_per_second, prices, created_at
             FROM provider_accounts WHERE tenant_id = ANY($1) ORDER BY tenant_id, priority, created_at, id",
            &tenants,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let accounts = with_senders(&mut transaction, rows).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(accounts)
    }
}
