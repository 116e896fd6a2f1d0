//! Asks about lost receipts.

use crate::{Settings, dispatch::pause};
use tidings_messaging::ask::Asking;
use tokio_util::sync::CancellationToken;

/// How many messages are asked about in one round.
const ROUND: u16 = 20;

pub(crate) async fn run(asking: Asking, settings: Settings, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let asked = tokio::select! {
            () = stop.cancelled() => return,
            asked = asking.ask(ROUND) => asked,
        };
        match asked {
            Ok(asked) if asked == usize::from(ROUND) => {}
            Ok(_) => pause(settings.questions_every, &stop).await,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "questions wait");
                pause(settings.questions_every, &stop).await;
            }
        }
    }
}
