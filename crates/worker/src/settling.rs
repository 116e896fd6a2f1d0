//! Writes outcomes in batches.

use crate::Settings;
use std::{sync::Arc, time::Instant};
use tidings_kernel::StoreError;
use tidings_messaging::{Held, Settlement, deliver::Delivering, observe::Phase};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// What became of one message.
pub(crate) type Settled = (Held, Settlement);

/// How often a batch is offered to the store before it is left to reconciliation: with the default
/// pause longer than a lease, after which another worker has taken the messages anyway.
const TRIES: u32 = 90;

/// Runs until every sender of outcomes is gone and the last batch is written. One batch is collected while
/// others are written.
pub(crate) async fn run(
    delivering: Delivering,
    settings: Settings,
    outcomes: mpsc::Receiver<Settled>,
    stop: CancellationToken,
) {
    let outcomes = Arc::new(Mutex::new(outcomes));
    let mut writers = JoinSet::new();
    for _ in 0..settings.writers.max(1) {
        writers.spawn(write_all(delivering.clone(), settings, outcomes.clone()));
    }
    while let Some(ended) = writers.join_next().await {
        if let Err(panic) = ended {
            tracing::error!(
                error = &panic as &dyn std::error::Error,
                "a writer of outcomes broke, and the program ends"
            );
            stop.cancel();
            // Another one writes what calls that are under way still come to.
            writers.spawn(write_all(delivering.clone(), settings, outcomes.clone()));
        }
    }
}

async fn write_all(
    delivering: Delivering,
    settings: Settings,
    outcomes: Arc<Mutex<mpsc::Receiver<Settled>>>,
) {
    let most = usize::from(settings.batch);
    let mut batch: Vec<Settled> = Vec::with_capacity(most);
    loop {
        collect(&mut *outcomes.lock().await, settings, &mut batch).await;
        if batch.is_empty() {
            return;
        }
        write(&delivering, settings, &batch).await;
        batch.clear();
    }
}

/// Waits for an outcome, and a moment for others. Leaves the batch empty when there will be none.
async fn collect(
    outcomes: &mut mpsc::Receiver<Settled>,
    settings: Settings,
    batch: &mut Vec<Settled>,
) {
    let most = usize::from(settings.batch);
    if outcomes.recv_many(batch, most).await == 0 {
        return;
    }
    let deadline = tokio::time::sleep(settings.linger);
    tokio::pin!(deadline);
    while batch.len() < most {
        let left = most - batch.len();
        tokio::select! {
            () = &mut deadline => return,
            more = outcomes.recv_many(batch, left) => if more == 0 {
                return;
            },
        }
    }
}

async fn write(delivering: &Delivering, settings: Settings, batch: &[Settled]) {
    for (_, settlement) in batch {
        metrics::counter!("tidings_outcomes_total", "outcome" => settlement.as_str()).increment(1);
    }
    for number in 1..=TRIES {
        let started = Instant::now();
        match delivering
            .dispatch
            .settle(batch, delivering.clock.now())
            .await
        {
            Ok(()) => {
                let took = started.elapsed();
                delivering.observer.phase(Phase::Settle, took, batch.len());
                return;
            }
            Err(error @ StoreError::Inconsistent { .. }) => {
                // One that cannot be written must not hold up the others.
                return alone(delivering, batch, &error).await;
            }
            Err(error @ StoreError::Unavailable(_)) => {
                tracing::error!(
                    number,
                    outcomes = batch.len(),
                    error = &error as &dyn std::error::Error,
                    "outcomes were not written"
                );
                tokio::time::sleep(settings.pause).await;
            }
        }
    }
    tracing::error!(
        outcomes = batch.len(),
        "outcomes are left to be asked about"
    );
}

/// Writes each outcome by itself. What cannot be written is left to be asked about.
async fn alone(delivering: &Delivering, batch: &[Settled], problem: &StoreError) {
    tracing::error!(
        outcomes = batch.len(),
        error = problem as &dyn std::error::Error,
        "outcomes are written one by one"
    );
    for settled in batch {
        let now = delivering.clock.now();
        let one = std::slice::from_ref(settled);
        if let Err(error) = delivering.dispatch.settle(one, now).await {
            tracing::error!(
                message = %settled.0.message,
                error = &error as &dyn std::error::Error,
                "an outcome is left to be asked about"
            );
        }
    }
}
