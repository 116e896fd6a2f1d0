use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{AccountId, StoreError, TenantId};
use tidings_messaging::{Upkeep, UpkeepState, Upkeeps};
use time::{Duration, OffsetDateTime};

/// What is remembered of one account.
#[derive(Clone)]
pub(crate) struct Kept {
    failures: u16,
    state: UpkeepState,
}

#[async_trait]
impl Upkeeps for Memory {
    async fn take(
        &self,
        providers: &[&str],
        now: OffsetDateTime,
        lease: Duration,
        most: u16,
    ) -> Result<Vec<Upkeep>, StoreError> {
        let mut state = self.lock();
        let accounts = state.accounts.values();
        let fitting = accounts
            .filter(|it| it.is_enabled && providers.contains(&it.provider.as_str()))
            .map(|it| (it.tenant, it.id));
        let due_at = |key: &(TenantId, AccountId)| {
            state.upkeeps.get(key).map_or(now, |kept| kept.state.due_at)
        };
        let mut due: Vec<(OffsetDateTime, (TenantId, AccountId))> = fitting
            .map(|key| (due_at(&key), key))
            .filter(|(due_at, _)| *due_at <= now)
            .collect();
        due.sort_unstable();
        due.truncate(most.into());
        let mut taken = Vec::with_capacity(due.len());
        for (_, key) in due {
            let kept = state.upkeeps.entry(key).or_insert_with(|| Kept {
                failures: 0,
                state: UpkeepState {
                    account: key.1,
                    looked_at: None,
                    problem: None,
                    due_at: now,
                },
            });
            kept.state.due_at = now + lease;
            taken.push(Upkeep {
                tenant: key.0,
                account: key.1,
                failures: kept.failures,
            });
        }
        Ok(taken)
    }

    async fn looked(
        &self,
        whose: (TenantId, AccountId),
        problem: Option<&str>,
        now: OffsetDateTime,
        next: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if let Some(kept) = self.lock().upkeeps.get_mut(&whose) {
            kept.failures = match problem {
                None => 0,
                Some(_) => kept.failures.saturating_add(1),
            };
            if problem.is_none() {
                kept.state.looked_at = Some(now);
            }
            kept.state.problem = problem.map(ToOwned::to_owned);
            kept.state.due_at = next;
        }
        Ok(())
    }

    async fn upkeep(&self, tenant: TenantId) -> Result<Vec<UpkeepState>, StoreError> {
        let state = self.lock();
        let own = state.upkeeps.iter().filter(|((of, _), _)| *of == tenant);
        Ok(own.map(|(_, kept)| kept.state.clone()).collect())
    }
}
