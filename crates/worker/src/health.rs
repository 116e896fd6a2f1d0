//! Writes what was seen of accounts, judges and probes them.

use crate::dispatch::pause;
use std::time::{Duration, Instant};
use tidings_kernel::StoreError;
use tidings_messaging::tend::Tending;
use tokio_util::sync::CancellationToken;

/// How often: a provider that has died is left after so long, and what it is sent to find out.
const EVERY: Duration = Duration::from_secs(1);
/// How often what counts no more is forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(1);

pub(crate) async fn run(tending: Tending, stop: CancellationToken) {
    let mut forgotten = Instant::now();
    while !stop.is_cancelled() {
        // Not broken off: a probe that was claimed would have to be waited for.
        if let Err(error) = round(&tending, &mut forgotten).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the health of accounts was not looked at"
            );
        }
        pause(EVERY, &stop).await;
    }
    // What was seen last counts for the others.
    if let Err(error) = tending.write().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what was seen of accounts was not written"
        );
    }
}

async fn round(tending: &Tending, forgotten: &mut Instant) -> Result<(), StoreError> {
    tending.write().await?;
    for change in tending.tend().await? {
        metrics::counter!("tidings_circuit_changes_total", "state" => change.health.circuit.as_str())
            .increment(1);
    }
    if forgotten.elapsed() >= FORGET_EVERY {
        tending.forget().await?;
        *forgotten = Instant::now();
    }
    Ok(())
}
