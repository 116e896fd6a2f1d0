//! Fetches what contacts sent, and deletes what was removed.

use crate::{Settings, dispatch::pause};
use std::time::Duration;
use tidings_messaging::media::{Keeping, MediaRecord};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How many files are fetched at the same time: each is in memory as a whole.
const AT_ONCE: u16 = 4;
/// How often to look.
const EVERY: Duration = Duration::from_secs(1);

/// Runs until `stop`. What is under way then is left, and done again by whoever claims it when its lease is over.
pub(crate) async fn run(keeping: Keeping, settings: Settings, stop: CancellationToken) {
    let mut under_way = JoinSet::new();
    while !stop.is_cancelled() {
        let busy = u16::try_from(under_way.len()).unwrap_or(AT_ONCE);
        let room = AT_ONCE.saturating_sub(busy);
        let claimed = match room {
            0 => Ok(Vec::new()),
            room => keeping.claim(room).await,
        };
        match claimed {
            Ok(claimed) if claimed.is_empty() => {}
            Ok(claimed) => {
                for record in claimed {
                    under_way.spawn(see_to(keeping.clone(), record));
                }
                // There may be more.
                continue;
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "media wait");
                pause(settings.pause, &stop).await;
            }
        }
        tokio::select! {
            () = pause(EVERY, &stop) => {}
            Some(ended) = under_way.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(error = &error as &dyn std::error::Error,
                        "a file was not seen to; it is claimed again when its lease is over");
                }
            }
        }
    }
}

async fn see_to(keeping: Keeping, record: MediaRecord) {
    match keeping.see_to(&record).await {
        Ok(fetched) => {
            metrics::counter!("tidings_media_total", "outcome" => fetched.as_str()).increment(1);
        }
        Err(error) => tracing::error!(media = %record.id,
            error = &error as &dyn std::error::Error,
            "what became of a file was not noted; it is seen to again"),
    }
}
