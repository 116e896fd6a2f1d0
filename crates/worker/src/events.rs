//! Gives events their places, and forgets old ones.

use crate::{Settings, dispatch::pause};
use std::time::{Duration, Instant};
use tidings_messaging::KeepingLog;
use tokio_util::sync::CancellationToken;

/// How often old events are forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(10);

/// Runs until `stop`.
pub(crate) async fn run(log: KeepingLog, settings: Settings, stop: CancellationToken) {
    let poll = time::Duration::try_from(settings.poll).unwrap_or(time::Duration::SECOND);
    let mut seen = 0;
    let mut forgotten = Instant::now();
    while !stop.is_cancelled() {
        match log.place().await {
            // There may be more than one step takes.
            Ok(1..) => continue,
            Ok(0) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "events wait for their places"
                );
                pause(settings.pause, &stop).await;
            }
        }
        if forgotten.elapsed() >= FORGET_EVERY {
            forget(&log, &stop).await;
            forgotten = Instant::now();
        }
        tokio::select! {
            () = stop.cancelled() => {}
            heard = log.log.wait_to_place(seen, poll) => seen = heard,
        }
    }
}

async fn forget(log: &KeepingLog, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match log.forget().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "old events were not forgotten; trying again later"
                );
                return;
            }
        }
    }
}
