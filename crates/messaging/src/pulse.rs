//! What was seen of accounts, collected until it is written, and what is known of them, kept for a moment.

use crate::{
    Healths, Hold, Paces, ProviderAccount, Receipt, ReceiptEffect, ReceiptUpdate, Way,
    send::destination,
    tend::{readmit, refuse, tell},
    ways::Conditions,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tidings_kernel::{AccountId, Region, SenderId, StoreError, TenantId};
use tidings_routing::{Class, Vitals};
use time::OffsetDateTime;

/// For how long what is known of a tenant's accounts is taken for true.
const FRESH: Duration = Duration::from_millis(250);
/// A provider that asks for more is asked again after this.
const LONGEST_HOLD: time::Duration = time::Duration::HOUR;
/// The longest wait where the provider names none.
const LONGEST_UNNAMED: time::Duration = time::Duration::MINUTE;
/// A receipt or event that is older says nothing of its account any more.
pub(crate) const NEWS: time::Duration = time::Duration::minutes(15);
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
    waits: Mutex<HashMap<SenderId, Wait>>,
}

/// A sender that is asked to wait, and not for how long.
struct Wait {
    until: OffsetDateTime,
    /// For how long the next time.
    next: time::Duration,
}

/// A receipt that was applied.
pub(crate) struct Heard<'a> {
    pub(crate) update: &'a ReceiptUpdate,
    pub(crate) effect: &'a ReceiptEffect,
    /// Whether it has been counted that none came.
    pub(crate) was_missed: bool,
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
            waits: Mutex::default(),
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

    /// Notes what receipts tell of their accounts, where their messages went. An attempt counts once, by the first
    /// receipt that ends it; not if it was missed before, which has been counted. An account that a receipt says is
    /// refused is out at once.
    pub(crate) async fn hear(&self, heard: impl Iterator<Item = Heard<'_>>, now: OffsetDateTime) {
        let mut refusals: BTreeMap<(TenantId, AccountId), (OffsetDateTime, &str)> = BTreeMap::new();
        for Heard {
            update,
            effect,
            was_missed,
        } in heard
        {
            let target = &update.target;
            if let Some(code) = refusal(update, effect, now) {
                let latest = (effect.started_at, code);
                let kept = refusals
                    .entry((target.tenant, target.account))
                    .or_insert(latest);
                *kept = latest.max(*kept);
            }
            if !was_missed && let Some(sign) = sign(update, effect) {
                let region = destination(Some(&effect.to));
                self.note(target.tenant, target.account, region, sign);
            }
        }
        for (account, (began_at, code)) in refusals {
            self.refused(account, code, began_at, now).await;
        }
    }

    /// Takes an account out that its provider has refused, in a call that began at `began_at`. A store that fails here
    /// costs a few more refusals.
    pub(crate) async fn refused(
        &self,
        account: (TenantId, AccountId),
        code: &str,
        began_at: OffsetDateTime,
        now: OffsetDateTime,
    ) {
        let changes = refuse(&*self.healths, account, code, began_at, now).await;
        self.forget(account.0);
        match changes {
            Ok(changes) => changes.iter().for_each(tell),
            Err(error) => tracing::error!(
                account = %account.1,
                error = &error as &dyn std::error::Error,
                "that a provider refuses an account was not noted"
            ),
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

    /// Brings an account back that its provider says can be used again; what waits for it is woken by whoever judges
    /// next. Without it the account comes back by the next probe.
    pub(crate) async fn restored(&self, account: &ProviderAccount, now: OffsetDateTime) {
        if let Err(error) = readmit(
            &*self.healths,
            account,
            "the provider says that it is restored",
            now,
        )
        .await
        {
            tracing::warn!(
                account = %account.id,
                error = &error as &dyn std::error::Error,
                "an account did not come back at once"
            );
        }
        self.forget(account.tenant);
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

    /// Notes that a provider has asked a sender to wait for so long; without a time, for a second and twice as long each
    /// time, up to a minute, until something is taken again. Other workers see it a moment later.
    ///
    /// # Errors
    /// [`StoreError`]: it was not noted.
    pub(crate) async fn hold(
        &self,
        tenant: TenantId,
        (account, sender): (AccountId, SenderId),
        asked: Option<time::Duration>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let until = match asked {
            Some(asked) => now + asked.clamp(time::Duration::ZERO, LONGEST_HOLD),
            None => self.slower(sender, now),
        };
        self.forget(tenant);
        let hold = Hold {
            tenant,
            account,
            sender,
            until,
        };
        self.paces.hold(&hold).await
    }

    /// The end of a wait that nobody has named. What is refused while one is on belongs to it.
    fn slower(&self, sender: SenderId, now: OffsetDateTime) -> OffsetDateTime {
        let mut waits = lock(&self.waits);
        let wait = waits.entry(sender).or_insert(Wait {
            until: now,
            next: time::Duration::SECOND,
        });
        if wait.until <= now {
            wait.until = now + wait.next;
            let doubled: time::Duration = wait.next * 2;
            wait.next = doubled.min(LONGEST_UNNAMED);
        }
        wait.until
    }

    /// Notes that something was taken from a sender, which may go on.
    pub(crate) fn went(&self, sender: SenderId) {
        lock(&self.waits).remove(&sender);
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

/// The code of a failure that is about the account, if the receipt is the first to tell it, and news.
fn refusal<'a>(
    update: &'a ReceiptUpdate,
    effect: &ReceiptEffect,
    now: OffsetDateTime,
) -> Option<&'a str> {
    let has_just_failed =
        effect.before < Some(Receipt::Failed) && effect.after == Some(Receipt::Failed);
    let error = update.error.as_ref()?;
    let is_refusal = has_just_failed && error.class == Class::Account && now - update.at < NEWS;
    is_refusal.then_some(error.provider_code.as_str())
}

/// What the first receipt that ends an attempt tells; nothing for any other.
fn sign(update: &ReceiptUpdate, effect: &ReceiptEffect) -> Option<Sign> {
    if effect.before >= Some(Receipt::Failed) {
        return None;
    }
    match effect.after? {
        Receipt::Sent => None,
        Receipt::Failed => match update.error.as_ref()?.class {
            Class::Transient | Class::Expired | Class::Sender => Some(Sign::Undelivered),
            // That the account is refused is noted by itself.
            Class::Account
            | Class::RateLimited
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
