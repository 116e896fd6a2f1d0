//! Fetches what contacts sent, and deletes what was removed.

use crate::{Settings, errands};
use tidings_messaging::media::{Keeping, MediaRecord};
use tokio_util::sync::CancellationToken;

/// How many files are fetched at the same time: each is in memory as a whole.
const AT_ONCE: u16 = 4;

pub(crate) async fn run(keeping: Keeping, settings: Settings, stop: CancellationToken) {
    let claim = |room| {
        let keeping = keeping.clone();
        async move { keeping.claim(room).await }
    };
    let errand = |record| see_to(keeping.clone(), record);
    errands::run(("files", AT_ONCE), claim, errand, settings, stop).await;
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
