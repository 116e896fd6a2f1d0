use crate::{Settings, callbacks, dispatch, housekeeping, questions, settling};
use std::sync::Arc;
use tidings_kernel::StoreError;
use tidings_messaging::{Idempotency, ask::Asking, deliver::Delivering, receive::Receiving};
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
    /// Where answers older than a day are forgotten.
    pub idempotency: Arc<dyn Idempotency>,
    /// How much at once.
    pub settings: Settings,
}

impl Worker {
    /// Runs every loop until `stop` is cancelled, then finishes what is under way: no new work is
    /// taken, calls in flight end (each is bounded in time), and their outcomes are written.
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
            settling::run(self.delivering.clone(), self.settings, settled),
            callbacks::run(self.receiving.clone(), self.settings, stop.clone()),
            questions::run(self.asking.clone(), self.settings, stop.clone()),
            housekeeping::run(self.idempotency.clone(), self.asking.clock.clone(), stop),
        );
    }

    /// Does everything that is due now, one thing after the other, and returns when nothing is left.
    /// For tests and embedding, where a clock is moved by hand.
    ///
    /// # Errors
    /// [`StoreError`]: a store failed.
    pub async fn run_until_idle(&self) -> Result<(), StoreError> {
        loop {
            let round = self.delivering.claim(self.settings.batch).await?;
            let received = self.receiving.apply(self.settings.batch).await?;
            if round.claimed + received == 0 {
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
}
