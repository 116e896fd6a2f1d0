use crate::{
    Settings, automations, callbacks, dispatch, events, health, housekeeping, ladders, media,
    notify, questions, receipts, settling, switches, syncs, watch, webhooks,
};
use std::sync::{Arc, Mutex};
use tidings_conversations::Automating;
use tidings_kernel::StoreError;
use tidings_messaging::{
    Class, DeliveryShare, Idempotency, KeepingLog, WebhookShare,
    ask::Asking,
    climb::Climbing,
    deliver::{Delivering, FairShares},
    media::Keeping,
    notify::Notifying,
    reading::Reading,
    receive::Receiving,
    switch::Switching,
    sync::Syncing,
    tell::Telling,
    tend::Tending,
    watch::Watching,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Moves messages until it is told to stop.
#[derive(Clone)]
pub struct Worker {
    /// From the queue to providers.
    pub delivering: Delivering,
    /// From callbacks to what they mean.
    pub receiving: Receiving,
    /// Questions about lost receipts.
    pub asking: Asking,
    /// Goes on with cross-channel chains.
    pub climbing: Climbing,
    /// Tells contacts that a channel does not know them.
    pub switching: Switching,
    /// Looks at what providers have of templates.
    pub syncing: Syncing,
    /// Watches over the health of accounts.
    pub tending: Tending,
    /// What a machine does with what contacts write.
    pub automating: Automating,
    /// Files: what contacts sent, and what was removed.
    pub keeping: Keeping,
    /// Shows contacts that they were read.
    pub reading: Reading,
    /// What tenants' own systems are told.
    pub telling: Telling,
    /// What happens, in order.
    pub log: KeepingLog,
    /// Who is told of it.
    pub notifying: Notifying,
    /// Where answers older than a day are forgotten.
    pub idempotency: Arc<dyn Idempotency>,
    /// Watches over the queue.
    pub watching: Watching,
    /// How much at once.
    pub settings: Settings,
}

impl Worker {
    /// Runs every loop until `stop` is cancelled, then finishes what is under way: no new work is
    /// taken, calls in flight end within [`Settings::drain`] or are handed back, and outcomes are written.
    pub async fn run(&self, stop: CancellationToken) {
        // As many places as calls: a full queue of outcomes holds the calls back, and so the claims.
        let (outcomes, settled) = mpsc::channel(usize::from(self.settings.concurrency));
        tokio::join!(
            dispatch::run(
                self.delivering.clone(),
                self.settings,
                outcomes,
                stop.clone()
            ),
            settling::run(
                self.delivering.clone(),
                self.settings,
                settled,
                stop.clone()
            ),
            callbacks::run(self.receiving.clone(), self.settings, stop.clone()),
            questions::run(self.asking.clone(), self.settings, stop.clone()),
            health::run(self.tending.clone(), stop.clone()),
            switches::run(self.switching.clone(), self.settings, stop.clone()),
            syncs::run(self.syncing.clone(), self.settings, stop.clone()),
            ladders::run(self.climbing.clone(), self.settings, stop.clone()),
            automations::run(self.automating.clone(), self.settings, stop.clone()),
            media::run(self.keeping.clone(), self.settings, stop.clone()),
            receipts::run(self.reading.clone(), self.settings, stop.clone()),
            webhooks::run(self.telling.clone(), self.settings, stop.clone()),
            events::run(self.log.clone(), self.settings, stop.clone()),
            notify::run(self.notifying.clone(), self.settings, stop.clone()),
            watch::run(
                self.watching.clone(),
                self.settings.watch_every,
                stop.clone()
            ),
            housekeeping::run(
                self.idempotency.clone(),
                self.watching.clone(),
                self.settings,
                stop
            ),
        );
    }

    /// Does everything that is due now, one thing after the other, and returns when nothing is left.
    /// For tests and embedding, where a clock is moved by hand.
    ///
    /// # Errors
    /// [`StoreError`]: a store failed.
    pub async fn run_until_idle(&self) -> Result<(), StoreError> {
        let fair = Mutex::new(FairShares::default());
        let batch = self.settings.batch;
        loop {
            let mut round = self
                .delivering
                .claim(&fair, &Class::ALL, batch, &|_| batch)
                .await?;
            if round.claimed == 0 {
                round = self.delivering.claim_suspect().await?;
            }
            let received = self.receiving.apply(batch).await?;
            let climbed = self.climbing.climb(batch).await?;
            let heard = self.automating.automate(batch).await?;
            let switched = self.switching.tell(batch).await?;
            let kept = self.keep(batch).await? + self.show_read(batch).await?;
            let told = self.tell(batch).await?;
            let placed = self.log.place().await?;
            let notified = self.notify(batch).await?;
            let done =
                round.claimed + received + climbed + heard + switched + kept + told + notified;
            if done == 0 && placed == 0 {
                return Ok(());
            }
            for claim in round.open {
                self.delivering.reconcile(claim).await?;
            }
            for call in round.calls {
                let settled = self.delivering.call(call).await;
                let now = self.delivering.clock.now();
                self.delivering.dispatch.settle(&[settled], now).await?;
            }
        }
    }

    /// Sees to the files that are due, and says how many there were.
    async fn keep(&self, batch: u16) -> Result<usize, StoreError> {
        let claimed = self.keeping.claim(batch).await?;
        for record in &claimed {
            self.keeping.see_to(record).await?;
        }
        Ok(claimed.len())
    }

    /// Shows who is to be shown now that they were read, and says how many that were.
    async fn show_read(&self, batch: u16) -> Result<usize, StoreError> {
        let taken = self.reading.take(batch).await?;
        for receipt in &taken {
            self.reading.show(receipt).await?;
        }
        Ok(taken.len())
    }

    /// Tells endpoints what they are to be told now, and says how much that was.
    async fn notify(&self, batch: u16) -> Result<usize, StoreError> {
        let share = DeliveryShare {
            most: batch,
            per_endpoint: batch,
            except: &[],
        };
        let taken = self.notifying.take(share).await?;
        for held in &taken {
            self.notifying.tell(held).await?;
        }
        Ok(taken.len())
    }

    /// Tells what is to be told now, and says how much that was.
    async fn tell(&self, batch: u16) -> Result<usize, StoreError> {
        let share = WebhookShare {
            most: batch,
            per_tenant: batch,
            except: &[],
        };
        let webhooks = self.telling.take(share).await?;
        for webhook in &webhooks {
            self.telling.tell(webhook).await?;
        }
        Ok(webhooks.len())
    }
}
