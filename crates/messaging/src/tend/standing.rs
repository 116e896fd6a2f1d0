//! Accounts that their providers refuse are left at once, and come back at once when they are put right.

use super::change;
use crate::{Checkup, Dispatch, HealthChange, Healths, ProviderAccount, Way, deliver::BELIEVED};
use std::collections::BTreeMap;
use tidings_kernel::{AccountId, StoreError, TenantId};
use tidings_routing::{Calls, Circuit, Health, Vitals};
use time::{Duration, OffsetDateTime};

/// How often a change is tried that others make at the same moment.
const TRIES: usize = 3;
/// For so long after an account has come back what waits for a way is woken again and again: whoever looked at the
/// account before may put it to sleep after.
const WAKING: Duration = Duration::seconds(5);
/// So many try an account that has just come back,
const TRIAL: u32 = 100;
/// and so many are woken at once when it works.
const ALL: u32 = 10_000;

/// Takes an account out at once; with an event unless it was out before. `began_at` is when the call began that
/// its provider refused.
pub(crate) async fn refuse(
    healths: &dyn Healths,
    (tenant, account): (TenantId, AccountId),
    code: &str,
    began_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<HealthChange>, StoreError> {
    for _ in 0..TRIES {
        let of_tenant = healths.of_tenants(&[tenant], now).await?;
        let found = of_tenant
            .into_iter()
            .find(|checkup| checkup.way.account == account && checkup.way.region.is_none());
        let checkup = found.unwrap_or(Checkup {
            way: Way {
                tenant,
                account,
                region: None,
            },
            health: Health::new(now),
            version: 0,
            recent: Vitals::default(),
            latest: Calls::default(),
        });
        let health = checkup.health.refused(began_at, now);
        if health == checkup.health {
            return Ok(Vec::new());
        }
        let change = change(&checkup, health, now, || {
            format!("the provider refuses the account: {code}")
        });
        let made = healths.change(std::slice::from_ref(&change)).await?;
        if made.contains(&true) {
            return Ok(vec![change]);
        }
    }
    // Whoever changed it saw the same refusals, or the next one takes it out.
    Ok(Vec::new())
}

/// Brings an account back at once, to all its destinations, since its provider has just answered for it, and wakes what
/// waits for a way. What somebody asked for is done whether this works or not: without it the account comes back by
/// the next probe, and the log says so.
pub async fn comes_back(
    healths: &dyn Healths,
    dispatch: &dyn Dispatch,
    account: &ProviderAccount,
    now: OffsetDateTime,
) {
    let back = async {
        readmit(healths, account, "a connection test succeeded", now).await?;
        dispatch.wake(account.tenant, now, TRIAL).await
    };
    if let Err(error) = back.await {
        tracing::warn!(
            account = %account.id,
            error = &error as &dyn std::error::Error,
            "an account did not come back at once"
        );
    }
}

/// Has what waits for a way look again, since an account of the tenant is another by now: once every worker has
/// forgotten what it knew of its limits. Without it, which the log says, it looks when it would have anyway.
pub async fn has_changed(dispatch: &dyn Dispatch, account: &ProviderAccount, now: OffsetDateTime) {
    if let Err(error) = dispatch.wake(account.tenant, now + BELIEVED, ALL).await {
        tracing::warn!(
            account = %account.id,
            error = &error as &dyn std::error::Error,
            "messages that wait for a way were not told of a change"
        );
    }
}

/// Brings an account back to all its destinations.
pub(crate) async fn readmit(
    healths: &dyn Healths,
    account: &ProviderAccount,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let of_tenant = healths.of_tenants(&[account.tenant], now).await?;
        let own = of_tenant.iter().filter(|it| it.way.account == account.id);
        let changes: Vec<HealthChange> = own
            .filter_map(|checkup| {
                let health = checkup.health.probed(true, now);
                let reason = || reason.to_owned();
                (health != checkup.health).then(|| change(checkup, health, now, reason))
            })
            .collect();
        if changes.is_empty() {
            break;
        }
        let made = healths.change(&changes).await?;
        if made.iter().all(|is_made| *is_made) {
            break;
        }
    }
    Ok(())
}

/// How many messages of each tenant are worth waking, where one of these ways of it has come back a moment ago.
pub(super) fn worth_waking<'way>(
    ways: impl Iterator<Item = (TenantId, &'way Health)>,
    now: OffsetDateTime,
) -> BTreeMap<TenantId, u32> {
    let mut worth: BTreeMap<TenantId, u32> = BTreeMap::new();
    for (tenant, health) in ways {
        let most = worth_of(health, now);
        if most > 0 {
            let kept = worth.entry(tenant).or_default();
            *kept = most.max(*kept);
        }
    }
    worth
}

fn worth_of(health: &Health, now: OffsetDateTime) -> u32 {
    let is_back = health.trips > 0 && now - health.since < WAKING;
    match health.circuit {
        Circuit::HalfOpen if is_back => TRIAL,
        Circuit::Closed if is_back => ALL,
        Circuit::Closed | Circuit::HalfOpen | Circuit::Open { .. } | Circuit::Out { .. } => 0,
    }
}
