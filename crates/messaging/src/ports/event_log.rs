use crate::Event;
use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// Which part of a tenant's log there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpan {
    /// Every event after this place is in the log, up to
    pub after: u64,
    /// the last one.
    pub last: u64,
}

/// Remembers what happens to what each tenant has, one thing after the other, for its own systems to read.
///
/// An event is noted in the step that makes the change, by whichever port: it is there if the change is, and only then.
/// Noted are the statuses of messages, the first included, each once, `sending` together with what follows it; messages
/// that come in; conversations whenever a message moves them, they are read, changed or sorted, or a note is taken, once
/// for each step, unless nothing of them is new; changes of the health of accounts that have a reason; new standings of templates; new, changed,
/// merged and erased contacts; and consent events that were not recorded before. Nothing is noted for tenants whose log is not
/// kept.
///
/// An event can be read once it has a place. Places of a tenant are 1, 2, 3 and so on: a reader who has seen one knows
/// that nothing will ever come before it. Of one thing, events have places in the order in which they happened.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Keeps a tenant's log from now on, at least until this instant; if it was kept until later, that stays. Gives what
    /// there is of it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn keep(&self, tenant: TenantId, until: OffsetDateTime) -> Result<LogSpan, StoreError>;

    /// The events after a place, of each of these tenants, oldest first; at most so many of each. What a message says is
    /// read from the message now: it is empty when its contact was erased, and missing when the message is not kept any
    /// more.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn read(&self, after: &[(TenantId, u64)], most: u16) -> Result<Vec<Event>, StoreError>;

    /// Gives places to events that have none, to `most` at most, and says to how many. While somebody else does, nothing
    /// happens.
    ///
    /// # Errors
    /// [`StoreError`]: they have none yet.
    async fn place(&self, most: u16, now: OffsetDateTime) -> Result<u64, StoreError>;

    /// Forgets up to `most` events that got their places before an instant, and says how many there were. Logs that
    /// were kept until some time before `now` are kept no more.
    ///
    /// # Errors
    /// [`StoreError`]: they are forgotten later.
    async fn forget_events(
        &self,
        before: OffsetDateTime,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError>;

    /// Waits until there may be an event that has no place, as [`Dispatch::wait`](crate::Dispatch::wait) does for
    /// messages.
    async fn wait_to_place(&self, seen: u64, timeout: Duration) -> u64;

    /// Waits until there may be an event that has got its place, in the same way.
    async fn wait_to_read(&self, seen: u64, timeout: Duration) -> u64;
}
