//! Tells contacts that a channel does not know them.

use crate::{Settings, dispatch::pause};
use std::time::Duration;
use tidings_messaging::switch::Switching;
use tokio_util::sync::CancellationToken;

/// How often to look for addresses that were refused.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(switching: Switching, settings: Settings, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match switching.tell(settings.batch).await {
            // There may be more than one round takes.
            Ok(due) if due >= usize::from(settings.batch) => {}
            Ok(_) => pause(EVERY, &stop).await,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "contacts that a channel does not know wait to be told"
                );
                pause(settings.pause, &stop).await;
            }
        }
    }
}
