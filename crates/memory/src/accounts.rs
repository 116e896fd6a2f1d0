use crate::{Memory, ratings::standing_as};
use async_trait::async_trait;
use std::collections::{BTreeMap, btree_map::Entry};
use tidings_kernel::{AccountId, StoreError, TenantId};
use tidings_messaging::{AccountError, Accounts, Answer, ProviderAccount, Tally};
use time::OffsetDateTime;

#[async_trait]
impl Accounts for Memory {
    async fn create(
        &self,
        account: &ProviderAccount,
        answer: Option<&Answer>,
    ) -> Result<(), AccountError> {
        let mut state = self.lock();
        state.check_key(answer)?;
        state
            .accounts
            .insert((account.tenant, account.id), standing_as(account, None));
        state.keep_answer(answer);
        Ok(())
    }

    async fn update(&self, account: &ProviderAccount) -> Result<bool, StoreError> {
        match self.lock().accounts.entry((account.tenant, account.id)) {
            Entry::Vacant(_) => Ok(false),
            Entry::Occupied(mut stored) => {
                let kept = standing_as(account, Some(stored.get()));
                stored.insert(kept);
                Ok(true)
            }
        }
    }

    async fn get(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<ProviderAccount>, StoreError> {
        Ok(self.lock().accounts.get(&(tenant, account)).cloned())
    }

    async fn of_tenants(&self, tenants: &[TenantId]) -> Result<Vec<ProviderAccount>, StoreError> {
        let state = self.lock();
        let wanted = state
            .accounts
            .values()
            .filter(|account| tenants.contains(&account.tenant));
        let mut found: Vec<ProviderAccount> = wanted.cloned().collect();
        found.sort_by_key(|account| {
            (
                account.tenant,
                account.priority,
                account.created_at,
                account.id,
            )
        });
        Ok(found)
    }

    async fn begun(
        &self,
        tenant: TenantId,
        since: OffsetDateTime,
    ) -> Result<Vec<(AccountId, Tally)>, StoreError> {
        let state = self.lock();
        let own = state
            .messages
            .iter()
            .filter(|((owner, _), _)| *owner == tenant);
        let mut counts: BTreeMap<AccountId, u64> = BTreeMap::new();
        for attempt in own.flat_map(|(_, kept)| &kept.attempts) {
            if attempt.attempt.id.made_at() >= since {
                *counts.entry(attempt.attempt.account).or_default() += 1;
            }
        }
        Ok(counts
            .into_iter()
            .map(|(account, count)| (account, Tally::exact(count)))
            .collect())
    }

    async fn delete(&self, tenant: TenantId, account: AccountId) -> Result<bool, StoreError> {
        let mut state = self.lock();
        state
            .listings
            .retain(|_, listing| (listing.tenant, listing.account) != (tenant, account));
        state.upkeeps.remove(&(tenant, account));
        Ok(state.accounts.remove(&(tenant, account)).is_some())
    }

    async fn by_callback_token(&self, token: &str) -> Result<Option<ProviderAccount>, StoreError> {
        let state = self.lock();
        let mut accounts = state.accounts.values();
        let found = accounts.find(|account| account.callback_token == token);
        Ok(found.map(|account| standing_as(account, None)))
    }
}
