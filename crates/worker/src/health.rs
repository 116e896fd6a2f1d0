//! Writes what was seen of accounts, judges and probes them.

use crate::dispatch::pause;
use std::time::{Duration, Instant};
use tidings_kernel::StoreError;
use tidings_messaging::{HealthChange, tend::Tending};
use tokio_util::sync::CancellationToken;

/// How often: a provider that has died is left after so long, and what it is sent to find out.
const EVERY: Duration = Duration::from_secs(1);
/// How often what counts no more is forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// Judging does not wait for probes, which may take as long as a provider that does not answer.
pub(crate) async fn run(tending: Tending, stop: CancellationToken) {
    tokio::join!(judge(&tending, &stop), probe(&tending, &stop));
    // What was seen last counts for the others.
    if let Err(error) = tending.write().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what was seen of accounts was not written"
        );
    }
}

async fn judge(tending: &Tending, stop: &CancellationToken) {
    let mut forgotten = Instant::now();
    while !stop.is_cancelled() {
        if let Err(error) = round(tending, &mut forgotten).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the health of accounts was not looked at"
            );
        }
        pause(EVERY, stop).await;
    }
}

async fn probe(tending: &Tending, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        // Not broken off: a probe that was claimed would have to be waited for.
        match tending.probe().await {
            Ok(changes) => count(&changes),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "accounts that are left alone were not probed"
            ),
        }
        pause(EVERY, stop).await;
    }
}

async fn round(tending: &Tending, forgotten: &mut Instant) -> Result<(), StoreError> {
    tending.write().await?;
    count(&tending.judge().await?);
    if forgotten.elapsed() >= FORGET_EVERY {
        tending.forget().await?;
        *forgotten = Instant::now();
    }
    Ok(())
}

fn count(changes: &[HealthChange]) {
    for change in changes {
        let state = change.health.circuit.as_str();
        metrics::counter!("tidings_circuit_changes_total", "state" => state).increment(1);
    }
}
