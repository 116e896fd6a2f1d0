use crate::EventLog;
use std::sync::Arc;
use tidings_kernel::{Clock, StoreError};
use time::Duration;

/// How long events are kept, unless an operator wants otherwise.
pub const EVENTS_KEPT: Duration = Duration::days(30);

/// How many events get their places in one step.
const AT_ONCE: u16 = 2_000;
/// How many are forgotten in one step.
const FORGOTTEN: u32 = 10_000;

/// The use case: gives events their places, and forgets old ones.
#[derive(Clone)]
pub struct KeepingLog {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long events are kept.
    pub kept: Duration,
}

impl KeepingLog {
    /// Gives places to what was noted, and says to how much.
    ///
    /// # Errors
    /// [`StoreError`]: the next call does it.
    pub async fn place(&self) -> Result<u64, StoreError> {
        self.log.place(AT_ONCE, self.clock.now()).await
    }

    /// Forgets a part of what is older than it is kept, and says whether there may be more.
    ///
    /// # Errors
    /// [`StoreError`]: it is forgotten later.
    pub async fn forget(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let before = now - self.kept;
        let forgotten = self.log.forget_events(before, now, FORGOTTEN).await?;
        Ok(forgotten >= u64::from(FORGOTTEN))
    }
}
