//! The store in memory, but that some calls of it fail, never answer, or panic.

use async_trait::async_trait;
use std::{
    future,
    sync::{Arc, Mutex},
};
use tidings_kernel::{AttemptId, MessageId, StoreError, TenantId};
use tidings_memory::{ManualClock, Memory};
use tidings_messaging::{
    Address, Claim, Class, Dispatch, FactStore, FactsQuery, Held, Known, Ready, Settlement, Share,
    Start, Suppression,
};
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

/// A call that may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Load,
    Claim,
    ClaimSuspect,
    Begin,
    /// Of anything.
    Settle,
}

/// How it goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    Fails,
    NeverAnswers,
    Panics,
}

/// From which call on a step goes wrong, and for how many calls.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    step: Step,
    after: usize,
    times: usize,
    fault: Fault,
}

pub(crate) struct Faulty {
    store: Arc<Memory>,
    trouble: Mutex<Option<Trouble>>,
    /// How long writing attempts takes, by this clock.
    pub(crate) slow: Mutex<Option<(Arc<ManualClock>, Duration)>>,
    /// What is stored of this message makes no sense to whoever settles it.
    pub(crate) senseless: Mutex<Option<MessageId>>,
    /// Told when a call goes wrong,
    pub(crate) met: Notify,
    /// and when anything was settled.
    pub(crate) settled: Notify,
}

impl Faulty {
    pub(crate) fn over(store: &Arc<Memory>) -> Arc<Self> {
        Arc::new(Self {
            store: store.clone(),
            trouble: Mutex::default(),
            slow: Mutex::default(),
            senseless: Mutex::default(),
            met: Notify::new(),
            settled: Notify::new(),
        })
    }

    /// The step goes wrong until it is repaired, once it has gone right so often.
    pub(crate) fn breaks(&self, step: Step, after: usize, fault: Fault) {
        self.trouble(step, after, usize::MAX, fault);
    }

    /// The step goes wrong one time.
    pub(crate) fn breaks_once(&self, step: Step, fault: Fault) {
        self.trouble(step, 0, 1, fault);
    }

    fn trouble(&self, step: Step, after: usize, times: usize, fault: Fault) {
        *self.trouble.lock().unwrap() = Some(Trouble {
            step,
            after,
            times,
            fault,
        });
    }

    pub(crate) fn is_repaired(&self) {
        *self.trouble.lock().unwrap() = None;
    }

    fn fault_at(&self, step: Step) -> Option<Fault> {
        let mut trouble = self.trouble.lock().unwrap();
        let trouble = trouble.as_mut().filter(|trouble| trouble.step == step)?;
        if trouble.after > 0 {
            trouble.after -= 1;
            return None;
        }
        trouble.times = trouble.times.checked_sub(1)?;
        Some(trouble.fault)
    }

    async fn pass(&self, step: Step) -> Result<(), StoreError> {
        let Some(fault) = self.fault_at(step) else {
            return Ok(());
        };
        self.met.notify_one();
        match fault {
            Fault::Fails => Err(StoreError::unavailable("the store is away")),
            Fault::NeverAnswers => future::pending().await,
            Fault::Panics => panic!("{step:?} panics, as told"),
        }
    }
}

#[async_trait]
impl FactStore for Faulty {
    async fn load(
        &self,
        queries: &[FactsQuery],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<Known>>, StoreError> {
        self.pass(Step::Load).await?;
        self.store.load(queries, now).await
    }

    async fn suppressions(
        &self,
        tenant: TenantId,
        address: &Address,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.store.suppressions(tenant, address).await
    }
}

#[async_trait]
impl Dispatch for Faulty {
    async fn ready(&self, classes: &[Class], now: OffsetDateTime) -> Result<Ready, StoreError> {
        self.store.ready(classes, now).await
    }

    async fn claim(
        &self,
        shares: &[Share],
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        self.pass(Step::Claim).await?;
        Dispatch::claim(&*self.store, shares, now, lease).await
    }

    async fn claim_suspect(
        &self,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        self.pass(Step::ClaimSuspect).await?;
        self.store.claim_suspect(now, lease).await
    }

    async fn begin(&self, starts: &[Start]) -> Result<Vec<AttemptId>, StoreError> {
        self.pass(Step::Begin).await?;
        if let Some((clock, takes)) = &*self.slow.lock().unwrap() {
            clock.advance(*takes);
        }
        Dispatch::begin(&*self.store, starts).await
    }

    async fn settle(
        &self,
        settlements: &[(Held, Settlement)],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if settlements.is_empty() {
            return Ok(());
        }
        self.pass(Step::Settle).await?;
        let senseless = *self.senseless.lock().unwrap();
        if settlements
            .iter()
            .any(|(held, _)| Some(held.message) == senseless)
        {
            return Err(StoreError::inconsistent("attempts.error"));
        }
        self.store.settle(settlements, now).await?;
        self.settled.notify_one();
        Ok(())
    }

    async fn wake(
        &self,
        tenant: TenantId,
        at: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        self.store.wake(tenant, at, most).await
    }

    async fn siblings(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<Vec<String>, StoreError> {
        self.store.siblings(tenant, attempt).await
    }

    async fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        Dispatch::wait(&*self.store, seen, timeout).await
    }
}
