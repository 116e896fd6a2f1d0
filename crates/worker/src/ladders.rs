//! Goes on with cross-channel chains.

use crate::{Settings, dispatch::pause};
use std::time::Duration;
use tidings_messaging::climb::Climbing;
use tokio_util::sync::CancellationToken;

/// How often to look: what has failed goes on by the next channel after so long.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(climbing: Climbing, settings: Settings, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match climbing.climb(settings.batch).await {
            Ok(due) => {
                metrics::counter!("tidings_ladders_total").increment(due as u64);
                // There may be more than one round takes.
                if due < usize::from(settings.batch) {
                    pause(EVERY, &stop).await;
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cross-channel chains wait"
                );
                pause(settings.pause, &stop).await;
            }
        }
    }
}
