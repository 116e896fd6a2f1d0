//! What is claimed and seen to one by one, a few at the same time.

use crate::{Settings, dispatch::pause};
use std::{future::Future, time::Duration};
use tidings_kernel::StoreError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often to look for more.
const EVERY: Duration = Duration::from_secs(1);

/// Runs until `stop`, with up to `at_once` under way. What is under way then is left, and done again by whoever claims it
/// when its lease is over.
pub(crate) async fn run<T, C, S>(
    (what, at_once): (&'static str, u16),
    claim: impl Fn(u16) -> C,
    see_to: impl Fn(T) -> S,
    settings: Settings,
    stop: CancellationToken,
) where
    C: Future<Output = Result<Vec<T>, StoreError>>,
    S: Future<Output = ()> + Send + 'static,
{
    let mut under_way = JoinSet::new();
    while !stop.is_cancelled() {
        let busy = u16::try_from(under_way.len()).unwrap_or(at_once);
        let claimed = match at_once.saturating_sub(busy) {
            0 => Ok(Vec::new()),
            room => claim(room).await,
        };
        match claimed {
            Ok(claimed) if claimed.is_empty() => {}
            Ok(claimed) => {
                for one in claimed {
                    under_way.spawn(see_to(one));
                }
                // There may be more.
                continue;
            }
            Err(error) => {
                tracing::error!(
                    what,
                    error = &error as &dyn std::error::Error,
                    "errands wait"
                );
                pause(settings.pause, &stop).await;
            }
        }
        tokio::select! {
            () = pause(EVERY, &stop) => {}
            Some(ended) = under_way.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(what, error = &error as &dyn std::error::Error,
                        "an errand broke; it is claimed again when its lease is over");
                }
            }
        }
    }
}
