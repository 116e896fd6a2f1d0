//! What every `wait` owes, within bounds, so that a broken one fails and does not hang.

use std::{pin::pin, time::Duration};

const PATIENCE: Duration = Duration::from_secs(10);

/// Whether `wait` ends in time while `events` happen. A store may need a moment before it listens, so
/// they keep happening for a while.
pub(crate) async fn wakes(wait: impl Future<Output = u64>, event: impl AsyncFn(u16)) -> bool {
    let mut wait = pin!(wait);
    let woken = async {
        for turn in 0..200 {
            tokio::select! {
                biased;
                _ = &mut wait => return,
                () = event(turn) => {}
            }
        }
        wait.await;
    };
    tokio::time::timeout(PATIENCE, woken).await.is_ok()
}

/// Whether short waits end when nothing happens. What happened before may wake once or twice, so
/// several are tried.
pub(crate) async fn ends<F: Future<Output = u64>>(wait: impl Fn() -> F) -> bool {
    for _ in 0..3 {
        if tokio::time::timeout(PATIENCE, wait()).await.is_err() {
            return false;
        }
    }
    true
}

/// Whether `wait` ends in time by itself.
pub(crate) async fn comes_soon(wait: impl Future<Output = u64>) -> bool {
    tokio::time::timeout(PATIENCE, wait).await.is_ok()
}
