//! Watches over the health of accounts: judges what was seen, probes what is left alone.

use crate::{
    Accounts, Catalog, Checkup, ConnectError, HealthChange, Healths, Paces, Provider, Pulse, Vault,
    deliver::open,
};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};
use tidings_kernel::{AccountId, Clock, Region, StoreError, TenantId};
use tidings_routing::{Circuit, Health};
use time::{Duration, OffsetDateTime};

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Tending {
    /// How well ways work.
    pub healths: Arc<dyn Healths>,
    /// How fast messages leave.
    pub paces: Arc<dyn Paces>,
    /// What this program sees of accounts.
    pub pulse: Arc<Pulse>,
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// The providers.
    pub providers: Catalog,
    /// Opens credentials.
    pub vault: Arc<dyn Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Our address as the public sees it.
    pub public_url: String,
}

/// How many tenants are looked at in one round.
const MOST: u32 = 500;
/// How many limits are forgotten in one statement.
const FORGOTTEN: u32 = 10_000;
/// Whoever probes has so long before somebody else does.
const PROBING: Duration = Duration::seconds(45);

impl Tending {
    /// Judges every way that was used lately or is not well, probes those whose time has come, and gives the
    /// changes of circuits.
    ///
    /// # Errors
    /// [`StoreError`]: what was not changed is looked at again.
    pub async fn tend(&self) -> Result<Vec<HealthChange>, StoreError> {
        let now = self.clock.now();
        let checkups = self.healths.to_judge(now, MOST).await?;
        let mut changes = Vec::new();
        let mut probes = Vec::new();
        for checkup in &checkups {
            if checkup.health.probe_at().is_some_and(|at| at <= now) {
                probes.push(*checkup);
                continue;
            }
            let best = best_of_others(&checkups, checkup);
            let health = checkup.health.judge(&checkup.recent, best, now);
            if health != checkup.health || checkup.version == 0 {
                changes.push(change(checkup, health, now, || seen(checkup)));
            }
        }
        let made = self.make(changes).await?;
        let answered = self.probe(probes, now).await?;
        let events: Vec<HealthChange> = made.into_iter().chain(answered).collect();
        for event in &events {
            tell(event);
            // What this program knows of it is old now.
            self.pulse.forget(event.way.tenant);
        }
        Ok(events)
    }

    /// Writes what this program has seen since the last time.
    ///
    /// # Errors
    /// [`StoreError`]: it is written the next time.
    pub async fn write(&self) -> Result<(), StoreError> {
        self.pulse.write(self.clock.now()).await
    }

    /// Forgets what counts no more.
    ///
    /// # Errors
    /// [`StoreError`]: it is forgotten the next time.
    pub async fn forget(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.healths.forget(now).await?;
        while self.paces.forget(now, FORGOTTEN).await? >= FORGOTTEN.into() {}
        Ok(())
    }

    async fn make(&self, changes: Vec<HealthChange>) -> Result<Vec<HealthChange>, StoreError> {
        if changes.is_empty() {
            return Ok(changes);
        }
        let made = self.healths.change(&changes).await?;
        let events = changes.into_iter().zip(made);
        Ok(events
            .filter(|(change, is_made)| *is_made && change.reason.is_some())
            .map(|(change, _)| change)
            .collect())
    }

    /// Asks the providers of ways that are left alone whether they answer again.
    async fn probe(
        &self,
        due: Vec<Checkup>,
        now: OffsetDateTime,
    ) -> Result<Vec<HealthChange>, StoreError> {
        // First claimed, so that not every worker asks.
        let claims: Vec<HealthChange> = due
            .iter()
            .map(|checkup| HealthChange {
                way: checkup.way,
                version: checkup.version,
                health: Health {
                    circuit: match checkup.health.circuit {
                        Circuit::Out { .. } => Circuit::Out {
                            until: now + PROBING,
                        },
                        Circuit::Closed | Circuit::HalfOpen | Circuit::Open { .. } => {
                            Circuit::Open {
                                until: now + PROBING,
                            }
                        }
                    },
                    ..checkup.health
                },
                at: now,
                reason: None,
            })
            .collect();
        if claims.is_empty() {
            return Ok(claims);
        }
        let is_ours = self.healths.change(&claims).await?;
        let ours: Vec<Checkup> = due
            .into_iter()
            .zip(is_ours)
            .filter(|(_, is_ours)| *is_ours)
            .map(|(checkup, _)| checkup)
            .collect();
        let mut answers: HashMap<AccountId, Result<(), String>> = HashMap::new();
        let mut changes = Vec::with_capacity(ours.len());
        for checkup in ours {
            let account = checkup.way.account;
            // Asked once, however many of its destinations are left alone.
            let answer = match answers.entry(account) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    unknown.insert(self.ask(checkup.way.tenant, account).await?)
                }
            };
            let now = self.clock.now();
            let health = checkup.health.probed(answer.is_ok(), now);
            let ours = Checkup {
                version: checkup.version + 1,
                ..checkup
            };
            let reason = || match answer {
                Ok(()) => "the provider answers a probe".to_owned(),
                Err(problem) => problem.clone(),
            };
            changes.push(change(&ours, health, now, reason));
        }
        self.make(changes).await
    }

    /// Whether the provider answers for this account.
    async fn ask(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Result<(), String>, StoreError> {
        let Some(account) = self.accounts.get(tenant, account).await? else {
            return Ok(Err("the account is gone".to_owned()));
        };
        let Some(provider) = self.providers.get(&account.provider) else {
            return Ok(Err("this program does not know the provider".to_owned()));
        };
        let Ok(access) = open(&*self.vault, &account, &self.public_url) else {
            return Ok(Err("the credentials do not open".to_owned()));
        };
        Ok(answer_of(&**provider, &access).await)
    }
}

async fn answer_of(provider: &dyn Provider, access: &crate::Access) -> Result<(), String> {
    match provider.connect(access).await {
        Ok(_) => Ok(()),
        Err(ConnectError::Refused(error)) => Err(format!("a probe was refused: {}", error.detail)),
        Err(ConnectError::Credential { field, problem }) => {
            Err(format!("credential {field}: {problem}"))
        }
        Err(ConnectError::Unreachable(_)) => Err("a probe was not answered".to_owned()),
    }
}

/// Logs a change of a circuit, so that an operator sees it where they look first.
pub(crate) fn tell(change: &HealthChange) {
    let account = change.way.account;
    let region = change.way.region.map(|region| region.to_string());
    let state = change.health.circuit.as_str();
    let reason = change.reason.as_deref();
    match change.health.circuit {
        Circuit::Open { .. } | Circuit::Out { .. } => {
            tracing::warn!(%account, region, state, reason, "an account is left alone");
        }
        Circuit::HalfOpen | Circuit::Closed => {
            tracing::info!(%account, region, state, reason, "an account comes back");
        }
    }
}

/// Takes an account out at once; with an event unless it was out before.
pub(crate) async fn refuse(
    healths: &dyn Healths,
    tenant: TenantId,
    account: AccountId,
    reason: &str,
    now: OffsetDateTime,
) -> Result<Vec<HealthChange>, StoreError> {
    let of_tenant = healths.of_tenants(&[tenant], now).await?;
    let found = of_tenant
        .into_iter()
        .find(|checkup| checkup.way.account == account && checkup.way.region.is_none());
    let checkup = found.unwrap_or(Checkup {
        way: crate::Way {
            tenant,
            account,
            region: None,
        },
        health: Health::new(now),
        version: 0,
        recent: tidings_routing::Vitals::default(),
    });
    let health = checkup.health.refused(now);
    if health == checkup.health {
        return Ok(Vec::new());
    }
    let change = change(&checkup, health, now, || {
        format!("the provider refuses the account: {reason}")
    });
    let made = healths.change(std::slice::from_ref(&change)).await?;
    Ok(made
        .first()
        .copied()
        .unwrap_or(false)
        .then_some(change)
        .into_iter()
        .collect())
}

/// The best rate of delivery of the tenant's other accounts to the same destination.
fn best_of_others(all: &[Checkup], one: &Checkup) -> Option<u16> {
    let region: Option<Region> = one.way.region;
    all.iter()
        .filter(|other| {
            other.way.tenant == one.way.tenant
                && other.way.region == region
                && other.way.account != one.way.account
                && other.health.circuit == Circuit::Closed
        })
        .filter_map(|other| other.recent.delivery_rate())
        .max()
}

fn change(
    checkup: &Checkup,
    health: Health,
    now: OffsetDateTime,
    reason: impl FnOnce() -> String,
) -> HealthChange {
    let is_event = health.circuit.as_str() != checkup.health.circuit.as_str();
    HealthChange {
        way: checkup.way,
        version: checkup.version,
        health,
        at: now,
        reason: is_event.then(reason),
    }
}

/// What was seen of a way, for people.
fn seen(checkup: &Checkup) -> String {
    let recent = &checkup.recent;
    format!(
        "{} of {} calls failed in the last minute",
        recent.faults,
        recent.calls()
    )
}
