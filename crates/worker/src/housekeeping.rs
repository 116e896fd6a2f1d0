//! Forgets what is kept for a while only, and makes the months to come.

use crate::{Settings, dispatch::pause};
use std::{sync::Arc, time::Duration};
use tidings_messaging::{Idempotency, watch::Watching};
use tokio_util::sync::CancellationToken;

/// How often to look.
const EVERY: Duration = Duration::from_mins(10);
/// For how many months to come there is room.
const MONTHS_AHEAD: u8 = 3;

pub(crate) async fn run(
    idempotency: Arc<dyn Idempotency>,
    watching: Watching,
    settings: Settings,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        keep_months(&watching, settings).await;
        sweep(&*idempotency, &watching, &stop).await;
        pause(EVERY, &stop).await;
    }
}

async fn sweep(idempotency: &dyn Idempotency, watching: &Watching, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match idempotency.sweep(watching.clock.now()).await {
            // There may be more than one sweep takes.
            Ok(swept) if swept > 0 => {
                metrics::counter!("tidings_answers_swept_total").increment(swept);
            }
            Ok(_) => return,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "sweeping failed");
                return;
            }
        }
    }
}

async fn keep_months(watching: &Watching, settings: Settings) {
    let now = watching.clock.now();
    let kept = watching
        .operations
        .keep_months(now, MONTHS_AHEAD, settings.keep_months);
    match kept.await {
        Ok(months) => {
            for month in months.made {
                tracing::info!(%month, "made the tables of a month");
            }
            for table in months.detached {
                tracing::warn!(
                    table,
                    "detached the table of an old month: archive or drop it"
                );
            }
        }
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "the months were not kept; trying again later"
        ),
    }
}
