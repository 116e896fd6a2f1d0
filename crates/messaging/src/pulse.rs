//! What was seen of accounts, collected until it is written, and what is known of them, kept for a moment.

use crate::{
    Healths, Hold, Paces, Receipt, ReceiptEffect, ReceiptUpdate, Way, send::destination,
    ways::Conditions,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tidings_kernel::{AccountId, Region, SenderId, StoreError, TenantId};
use tidings_routing::{Class, Vitals};
use time::OffsetDateTime;

/// For how long what is known of a tenant's accounts is taken for true.
const FRESH: Duration = Duration::from_millis(250);
/// How many ways are remembered at most between two writes; what is seen of others is left out.
const MOST_WAYS: usize = 50_000;

/// What one call or receipt tells of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The provider answered as it should.
    Answered,
    /// It did not, through no fault of the message.
    Fault,
    /// A message was delivered, so long after the call.
    Delivered(time::Duration),
    /// A message was not delivered, through no fault of the recipient or the text.
    Undelivered,
    /// No receipt came in time.
    Missing,
}

/// What a worker sees and knows of accounts: shared by everything in it that calls or hears from providers.
pub struct Pulse {
    healths: Arc<dyn Healths>,
    paces: Arc<dyn Paces>,
    seen: Mutex<HashMap<Way, Vitals>>,
    known: Mutex<HashMap<TenantId, (Instant, Known)>>,
}

/// What is known of a tenant's accounts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) conditions: Arc<Conditions>,
    pub(crate) held: Arc<HashMap<SenderId, OffsetDateTime>>,
}

impl Pulse {
    /// Sees and knows nothing yet.
    pub fn new(healths: Arc<dyn Healths>, paces: Arc<dyn Paces>) -> Self {
        Self {
            healths,
            paces,
            seen: Mutex::default(),
            known: Mutex::default(),
        }
    }

    /// Notes what was seen of an account that a message to `region` went through.
    pub fn note(&self, tenant: TenantId, account: AccountId, region: Option<Region>, sign: Sign) {
        let way = Way {
            tenant,
            account,
            region,
        };
        let one = match sign {
            Sign::Answered => Vitals {
                answered: 1,
                ..Vitals::default()
            },
            Sign::Fault => Vitals {
                faults: 1,
                ..Vitals::default()
            },
            Sign::Delivered(after) => Vitals {
                delivered: 1,
                latency_ms: u64::try_from(after.whole_milliseconds()).unwrap_or(0),
                ..Vitals::default()
            },
            Sign::Undelivered => Vitals {
                undelivered: 1,
                ..Vitals::default()
            },
            Sign::Missing => Vitals {
                missing: 1,
                ..Vitals::default()
            },
        };
        let mut seen = lock(&self.seen);
        if seen.len() < MOST_WAYS || seen.contains_key(&way) {
            let sum = seen.entry(way).or_default();
            *sum = sum.plus(&one);
        }
    }

    /// Notes what a receipt tells of its account, where its message went. An attempt counts once, by the first
    /// receipt that ends it; not if it `was_missed` before, which has been counted.
    pub(crate) fn hear(&self, update: &ReceiptUpdate, effect: &ReceiptEffect, was_missed: bool) {
        if was_missed {
            return;
        }
        if let Some(sign) = sign(update, effect) {
            let target = &update.target;
            let region = destination(Some(&effect.to));
            self.note(target.tenant, target.account, region, sign);
        }
    }

    /// Writes what was seen since the last time.
    ///
    /// # Errors
    /// [`StoreError`]: it was not written, and is written the next time.
    pub async fn write(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let seen: Vec<(Way, Vitals)> = std::mem::take(&mut *lock(&self.seen)).into_iter().collect();
        let written = self.healths.note(&seen, now).await;
        if written.is_err() {
            let mut kept = lock(&self.seen);
            for (way, vitals) in seen.into_iter().take(MOST_WAYS) {
                let sum = kept.entry(way).or_default();
                *sum = sum.plus(&vitals);
            }
        }
        written
    }

    /// What is known of the accounts of these tenants, at most a moment old.
    pub(crate) async fn known(
        &self,
        tenants: &[TenantId],
        now: OffsetDateTime,
    ) -> Result<HashMap<TenantId, Known>, StoreError> {
        let mut found = HashMap::with_capacity(tenants.len());
        let mut asked = Vec::new();
        {
            let known = lock(&self.known);
            for tenant in tenants {
                match known.get(tenant) {
                    Some((at, known)) if at.elapsed() < FRESH => {
                        found.insert(*tenant, known.clone());
                    }
                    _ => asked.push(*tenant),
                }
            }
        }
        if asked.is_empty() {
            return Ok(found);
        }
        let checkups = self.healths.of_tenants(&asked, now).await?;
        let holds = self.paces.held(&asked, now).await?;
        let mut known = lock(&self.known);
        known.retain(|_, (at, _)| at.elapsed() < FRESH);
        for tenant in asked {
            let own: Vec<_> = checkups
                .iter()
                .filter(|checkup| checkup.way.tenant == tenant)
                .copied()
                .collect();
            let held = holds
                .iter()
                .filter(|hold| hold.tenant == tenant)
                .map(|hold| (hold.sender, hold.until));
            let one = Known {
                conditions: Arc::new(Conditions::of(&own)),
                held: Arc::new(held.collect()),
            };
            known.insert(tenant, (Instant::now(), one.clone()));
            found.insert(tenant, one);
        }
        Ok(found)
    }

    /// Notes that a provider has asked a sender to wait. Other workers see it a moment later.
    ///
    /// # Errors
    /// [`StoreError`]: it was not noted.
    pub(crate) async fn hold(&self, hold: &Hold) -> Result<(), StoreError> {
        self.forget(hold.tenant);
        self.paces.hold(hold).await
    }

    /// Has what is known of a tenant's accounts read again.
    pub fn forget(&self, tenant: TenantId) {
        lock(&self.known).remove(&tenant);
    }
}

impl std::fmt::Debug for Pulse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pulse").finish_non_exhaustive()
    }
}

/// What the first receipt that ends an attempt tells; nothing for any other.
fn sign(update: &ReceiptUpdate, effect: &ReceiptEffect) -> Option<Sign> {
    if effect.before >= Some(Receipt::Failed) {
        return None;
    }
    match effect.after? {
        Receipt::Sent => None,
        Receipt::Failed => match update.error.as_ref()?.class {
            Class::Transient | Class::Expired | Class::Account | Class::Sender => {
                Some(Sign::Undelivered)
            }
            Class::RateLimited
            | Class::Recipient
            | Class::OptedOut
            | Class::Content
            | Class::WindowClosed => None,
        },
        Receipt::Delivered => {
            let after = update.at - effect.started_at;
            Some(Sign::Delivered(after.max(time::Duration::ZERO)))
        }
        // When somebody looked says nothing of how long it was under way.
        Receipt::Read => Some(Sign::Delivered(time::Duration::ZERO)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panic left is still a sum of what was seen.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
