//! Does what tenants let a machine do with what contacts write.

use crate::{Settings, dispatch::pause};
use std::time::Duration;
use tidings_conversations::Automating;
use tokio_util::sync::CancellationToken;

/// How often to look: nobody minds an automatic answer that comes a second later.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(automating: Automating, settings: Settings, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match automating.automate(settings.batch).await {
            Ok(heard) => {
                metrics::counter!("tidings_automations_total").increment(heard as u64);
                // There may be more than one round takes.
                if heard < usize::from(settings.batch) {
                    pause(EVERY, &stop).await;
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "automatic answers wait"
                );
                pause(settings.pause, &stop).await;
            }
        }
    }
}
