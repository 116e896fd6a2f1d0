//! Applies callbacks.

use crate::{
    Settings,
    dispatch::{as_time, pause},
};
use std::time::Duration;
use tidings_kernel::StoreError;
use tidings_messaging::receive::Receiving;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

/// How many callbacks are applied together at most.
const BATCH: u16 = 500;
/// For how long callbacks wait for company when some have just been applied: a batch of fifty costs little
/// more than one of five. What comes after a silence waits for nobody, nor does what fills a batch.
const COMPANY: Duration = Duration::from_millis(20);

/// One task works on what comes. While batches are full a second one helps: the one makes its batch durable
/// while the other works its own out.
pub(crate) async fn run(receiving: Receiving, settings: Settings, stop: CancellationToken) {
    let (help, turn) = (Notify::new(), Mutex::new(()));
    let one = Appliers {
        receiving: &receiving,
        settings,
        turn: &turn,
        help: &help,
        stop: &stop,
    };
    tokio::join!(one.lead(), one.assist());
}

struct Appliers<'a> {
    receiving: &'a Receiving,
    settings: Settings,
    /// Held while what contacts say is heard.
    turn: &'a Mutex<()>,
    /// Many callbacks wait.
    help: &'a Notify,
    stop: &'a CancellationToken,
}

impl Appliers<'_> {
    async fn lead(&self) {
        let mut seen = 0;
        while !self.stop.is_cancelled() {
            match self.batch().await {
                0 => {
                    let poll = as_time(self.settings.poll);
                    seen = tokio::select! {
                        () = self.stop.cancelled() => return,
                        seen = self.receiving.inbox.wait(seen, poll) => seen,
                    };
                }
                full if full >= usize::from(BATCH) => self.help.notify_one(),
                _some => pause(COMPANY, self.stop).await,
            }
        }
    }

    async fn assist(&self) {
        while !self.stop.is_cancelled() {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.help.notified() => {}
            }
            while !self.stop.is_cancelled() && self.batch().await >= usize::from(BATCH) {}
        }
    }

    /// Applies a batch and says how many there were. After a failure it has waited, and says none.
    async fn batch(&self) -> usize {
        match apply(self.receiving, self.turn).await {
            Ok(applied) => {
                metrics::counter!("tidings_callbacks_applied_total").increment(applied as u64);
                applied
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "callbacks wait");
                pause(self.settings.pause, self.stop).await;
                0
            }
        }
    }
}

/// Receipts are applied in any order; what contacts say is heard one after the other.
async fn apply(receiving: &Receiving, turn: &Mutex<()>) -> Result<usize, StoreError> {
    let taken = receiving.take(BATCH).await?;
    if taken.is_empty() {
        return Ok(0);
    }
    let _turn = if taken.has_words() {
        Some(turn.lock().await)
    } else {
        None
    };
    receiving.apply_taken(taken).await
}
