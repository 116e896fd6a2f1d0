//! Watches over the health of accounts: judges what was seen, probes what is left alone.

mod others;
mod standing;

pub use standing::{comes_back, has_changed};
pub(crate) use standing::{readmit, refuse};

use crate::{
    Accounts, Catalog, Checkup, ConnectError, Dispatch, HealthChange, Healths, Paces, Provider,
    ProviderAccount, Pulse, Vault, deliver::open, salvage,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry},
    sync::Arc,
};
use tidings_kernel::{AccountId, Clock, StoreError, TenantId};
use tidings_routing::{Circuit, Health, Seen};
use time::{Duration, OffsetDateTime};

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Tending {
    /// How well ways work.
    pub healths: Arc<dyn Healths>,
    /// How fast messages leave.
    pub paces: Arc<dyn Paces>,
    /// The queue, where messages may wait for an account to come back.
    pub dispatch: Arc<dyn Dispatch>,
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

/// How many tenants are judged, or ways probed, in one round.
const MOST: u32 = 500;
/// How many limits are forgotten in one statement.
const FORGOTTEN: u32 = 10_000;
/// Whoever probes has so long before somebody else does.
const PROBING: Duration = Duration::seconds(45);

impl Tending {
    /// Judges every way that was used lately or is not well, wakes what waited for those that have come back, and
    /// gives the changes of circuits.
    ///
    /// # Errors
    /// [`StoreError`]: what was not changed is looked at again.
    pub async fn judge(&self) -> Result<Vec<HealthChange>, StoreError> {
        let now = self.clock.now();
        let checkups = self.healths.to_judge(now, MOST).await?;
        let accounts = self.of_failing(&checkups).await?;
        let mut changes = Vec::new();
        for checkup in checkups.iter().filter(|it| !is_due(it, now)) {
            let seen = Seen {
                recent: checkup.recent,
                latest: checkup.latest,
            };
            let others = others::of(checkup, &checkups, &accounts);
            let health = checkup.health.judge(&seen, &others, now);
            if health != checkup.health || checkup.version == 0 {
                changes.push(change(checkup, health, now, || others::told(checkup)));
            }
        }
        let made = self.make(changes).await?;
        let ways = checkups.iter().map(|it| (it.way.tenant, &it.health));
        let worth = standing::worth_waking(ways, now);
        self.note(&made, worth, now).await?;
        Ok(made)
    }

    /// Asks the providers of ways that are left alone, once their time has come, whether they answer again; wakes what
    /// waited for those that do, and gives the changes of circuits. A provider may take long not to answer, so
    /// nothing that is urgent should wait for it.
    ///
    /// # Errors
    /// [`StoreError`]: who was not asked is asked again.
    pub async fn probe(&self) -> Result<Vec<HealthChange>, StoreError> {
        let now = self.clock.now();
        let due = self.healths.to_probe(now, MOST).await?;
        let answered = self.ask_all(due, now).await?;
        self.note(&answered, BTreeMap::new(), now).await?;
        Ok(answered)
    }

    /// Tells of changes, and wakes as many messages of tenants as they are worth, beside those of `worth`.
    async fn note(
        &self,
        changes: &[HealthChange],
        mut worth: BTreeMap<TenantId, u32>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        for change in changes {
            tell(change);
            // What this program knows of it is old now.
            self.pulse.forget(change.way.tenant);
        }
        let new = changes.iter().map(|it| (it.way.tenant, &it.health));
        for (tenant, most) in standing::worth_waking(new, now) {
            let kept = worth.entry(tenant).or_default();
            *kept = most.max(*kept);
        }
        for (tenant, most) in worth {
            self.dispatch.wake(tenant, now, most).await?;
        }
        Ok(())
    }

    /// The accounts of tenants that have a way which is failing: whether it is left depends on what else there is.
    async fn of_failing(&self, checkups: &[Checkup]) -> Result<Vec<ProviderAccount>, StoreError> {
        let failing = checkups.iter().filter(|it| it.latest.are_failing());
        let tenants: BTreeSet<TenantId> = failing.map(|it| it.way.tenant).collect();
        let tenants: Vec<TenantId> = tenants.into_iter().collect();
        if tenants.is_empty() {
            return Ok(Vec::new());
        }
        // Those that cannot be read are no way at the moment.
        let (accounts, _unreadable) = salvage::accounts(&*self.accounts, &tenants).await?;
        Ok(accounts)
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

    /// Asks the providers of these ways.
    async fn ask_all(
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

/// Whether a way is left alone and its provider should be asked by now.
fn is_due(checkup: &Checkup, now: OffsetDateTime) -> bool {
    checkup.health.probe_at().is_some_and(|at| at <= now)
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
