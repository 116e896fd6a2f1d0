//! Shows contacts that somebody has read what they wrote.

use crate::{Settings, errands};
use tidings_messaging::{ReadReceipt, reading::Reading};
use tokio_util::sync::CancellationToken;

/// How many are shown at the same time, so that a provider that does not answer holds up few.
const AT_ONCE: u16 = 8;

pub(crate) async fn run(reading: Reading, settings: Settings, stop: CancellationToken) {
    let claim = |room| {
        let reading = reading.clone();
        async move { reading.take(room).await }
    };
    let errand = |receipt| show(reading.clone(), receipt);
    errands::run(("read receipts", AT_ONCE), claim, errand, settings, stop).await;
}

async fn show(reading: Reading, receipt: ReadReceipt) {
    match reading.show(&receipt).await {
        Ok(shown) => {
            metrics::counter!("tidings_read_receipts_total", "outcome" => shown.as_str())
                .increment(1);
        }
        Err(error) => tracing::error!(message = %receipt.message,
            error = &error as &dyn std::error::Error,
            "what became of a read receipt was not noted; it is shown again"),
    }
}
