//! Applies callbacks.

use crate::{
    Settings,
    dispatch::{as_time, pause},
};
use tidings_messaging::receive::Receiving;
use tokio_util::sync::CancellationToken;

pub(crate) async fn run(receiving: Receiving, settings: Settings, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match receiving.apply(settings.batch).await {
            Ok(0) => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = receiving.inbox.wait(as_time(settings.poll)) => {}
                }
            }
            Ok(applied) => {
                metrics::counter!("tidings_callbacks_applied_total").increment(applied as u64);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "callbacks wait");
                pause(settings.pause, &stop).await;
            }
        }
    }
}
