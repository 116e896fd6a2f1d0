//! Forgets what is kept for a while only.

use crate::dispatch::pause;
use std::{sync::Arc, time::Duration};
use tidings_kernel::Clock;
use tidings_messaging::Idempotency;
use tokio_util::sync::CancellationToken;

/// How often to look.
const EVERY: Duration = Duration::from_mins(10);

pub(crate) async fn run(
    idempotency: Arc<dyn Idempotency>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        match idempotency.sweep(clock.now()).await {
            // There may be more than one sweep takes.
            Ok(swept) if swept > 0 => {
                metrics::counter!("tidings_answers_swept_total").increment(swept);
            }
            Ok(_) => pause(EVERY, &stop).await,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "sweeping failed");
                pause(EVERY, &stop).await;
            }
        }
    }
}
