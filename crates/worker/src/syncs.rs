//! Looks at what providers have of templates.

use crate::{Settings, dispatch::pause};
use std::time::Duration;
use tidings_messaging::sync::Syncing;
use tokio_util::sync::CancellationToken;

/// How often to see whether it is an account's turn.
const EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(syncing: Syncing, settings: Settings, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // One after the other: a provider that does not answer holds up this worker alone, and its account comes up
        // again when the lease ends.
        let looked = tokio::select! {
            looked = syncing.look_after(1) => looked,
            () = stop.cancelled() => return,
        };
        match looked {
            Ok(0) => pause(EVERY, &stop).await,
            Ok(count) => {
                metrics::counter!("tidings_account_looks_total").increment(count as u64);
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what providers say of templates was not looked at"
                );
                pause(settings.pause, &stop).await;
            }
        }
    }
}
