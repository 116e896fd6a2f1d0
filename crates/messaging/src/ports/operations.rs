use crate::{Class, Lane, LaneId, Tally};
use async_trait::async_trait;
use tidings_kernel::{CallbackId, MessageId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// How much waits in one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// May be claimed now.
    pub ready: Tally,
    /// Could be claimed, but its lane or its tenant is paused.
    pub paused: Tally,
    /// Is due later: scheduled, deferred, to be tried again, or to be asked about.
    pub asleep: Tally,
    /// A worker holds it.
    pub held: Tally,
    /// Since when the oldest one that may be claimed is due.
    pub oldest: Option<OffsetDateTime>,
}

/// How much of one tenant waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantDepth {
    /// The tenant.
    pub tenant: TenantId,
    /// Could be claimed now, but for a pause.
    pub waiting: Tally,
    /// Since when the oldest one of these is due.
    pub oldest: Option<OffsetDateTime>,
}

/// Callbacks that are not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboxDepth {
    /// How many.
    pub waiting: Tally,
    /// When the oldest came in.
    pub oldest: Option<OffsetDateTime>,
}

/// The queue at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueStats {
    /// Every class, most urgent first.
    pub classes: Vec<(Class, Depth)>,
    /// The tenants with the most that waits, deepest first.
    pub tenants: Vec<TenantDepth>,
    /// Messages of which nobody knows whether the provider has them.
    pub unknown: Tally,
    /// Messages that [may be what their holders died of](crate::SUSPECT_AFTER).
    pub suspects: Tally,
    /// Messages that have failed and were not sent again.
    pub dead_letters: Tally,
    /// Callbacks that wait.
    pub inbox: InboxDepth,
}

/// The queue as one tenant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TenantStats {
    /// Every class, most urgent first.
    pub classes: Vec<(Class, Depth)>,
    /// Since when all its lanes are paused, if they are.
    pub paused_at: Option<OffsetDateTime>,
    /// Messages of which nobody knows whether the provider has them.
    pub unknown: Tally,
    /// Messages that have failed and were not sent again.
    pub dead_letters: Tally,
}

/// A lane and what waits in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneStats {
    /// The lane.
    pub lane: Lane,
    /// Could be claimed now, but for a pause.
    pub waiting: Tally,
    /// A worker holds it.
    pub held: Tally,
    /// Since when it is paused, if it is.
    pub paused_at: Option<OffsetDateTime>,
    /// Since when its tenant is paused, if it is.
    pub tenant_paused_at: Option<OffsetDateTime>,
}

/// What can be paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// One lane.
    Lane(LaneId),
    /// Every lane of a tenant, those that it does not have yet too.
    Tenant(TenantId),
}

/// How long each state that is not final may last, before somebody should look. Every one of them has
/// an owner that ends it far earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// A message that could be claimed, by the rank of its class.
    pub ready: [Duration; 6],
    /// A hold, after it has run out.
    pub hold: Duration,
    /// A message that sleeps, after it was to wake.
    pub sleep: Duration,
    /// A callback that is not applied.
    pub callback: Duration,
    /// A message that waits and has no place in the queue, or an attempt that nobody will settle.
    pub lost: Duration,
}

impl Default for Ages {
    fn default() -> Self {
        Self {
            ready: [
                Duration::minutes(1),
                Duration::minutes(2),
                Duration::minutes(5),
                Duration::minutes(15),
                Duration::HOUR,
                Duration::DAY,
            ],
            hold: Duration::minutes(10),
            sleep: Duration::minutes(5),
            callback: Duration::minutes(5),
            lost: Duration::minutes(10),
        }
    }
}

impl Ages {
    /// How long a message of this class may wait for a worker.
    pub fn ready(&self, class: Class) -> Duration {
        self.ready
            .get(usize::from(class.rank()))
            .copied()
            .unwrap_or(Duration::DAY)
    }
}

/// What is wrong with something that does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symptom {
    /// It could be claimed for too long, in a lane that is not paused.
    NotClaimed,
    /// Its hold has run out long ago, and nobody took it again.
    HoldRanOut,
    /// It was to wake long ago.
    NotWoken,
    /// It waits and has no place in the queue.
    NoPlace,
    /// Its message is over or has no place in the queue, but an attempt has no outcome.
    LeftOpen,
    /// A callback was not applied.
    NotApplied,
}

impl Symptom {
    /// Every symptom.
    pub const ALL: [Self; 6] = [
        Self::NotClaimed,
        Self::HoldRanOut,
        Self::NotWoken,
        Self::NoPlace,
        Self::LeftOpen,
        Self::NotApplied,
    ];

    /// The name used in metrics and by commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotClaimed => "not_claimed",
            Self::HoldRanOut => "hold_ran_out",
            Self::NotWoken => "not_woken",
            Self::NoPlace => "no_place",
            Self::LeftOpen => "left_open",
            Self::NotApplied => "not_applied",
        }
    }
}

/// What does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A message.
    Message(MessageId),
    /// A callback.
    Callback(CallbackId),
}

/// Something that does not go on, although it should have long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck {
    /// The tenant.
    pub tenant: TenantId,
    /// What.
    pub subject: Subject,
    /// What is wrong.
    pub symptom: Symptom,
    /// Since when.
    pub since: OffsetDateTime,
}

/// Where a walk through all messages has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The tenant.
    pub tenant: TenantId,
    /// The last message of it that was looked at.
    pub message: MessageId,
}

/// A part of a walk through all messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Walk {
    /// What does not go on.
    pub found: Vec<Stuck>,
    /// How many messages were looked at.
    pub seen: u32,
    /// Where to go on; `None` at the end.
    pub next: Option<Step>,
}

/// What became of the months that messages are kept by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Months {
    /// The first days of those that were made.
    pub made: Vec<time::Date>,
    /// The names of what was detached, to be archived or dropped.
    pub detached: Vec<String>,
}

/// The queue as operators see it. No call looks at more rows than it says, however many there are; none
/// but [`stuck`](Self::stuck) and [`walk`](Self::walk) is for what is wrong.
#[async_trait]
pub trait Operations: Send + Sync {
    /// The queue at a glance, with so many tenants. Up to [`Tally::MOST`] of each class, and as many
    /// sleepers, suspects, unknown outcomes, dead letters and callbacks are counted; beyond that the
    /// depth of classes and tenants is estimated from a sample of fixed size, and the rest is "at least".
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn stats(&self, now: OffsetDateTime, tenants: u16) -> Result<QueueStats, StoreError>;

    /// What waits of one tenant; nothing is seen of others. `None` if there is no such tenant. Counted up
    /// to [`Tally::MOST`] of each class.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn tenant_stats(
        &self,
        tenant: TenantId,
        now: OffsetDateTime,
    ) -> Result<Option<TenantStats>, StoreError>;

    /// The lanes in which something waits, is held, or that are paused by themselves, deepest first, at
    /// most so many. Each is counted up to 1,000.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn lanes(&self, now: OffsetDateTime, most: u16) -> Result<Vec<LaneStats>, StoreError>;

    /// Lets nothing more be claimed there. What is held already is finished; what comes in waits. Pausing
    /// again changes nothing. `false` if there is no such lane or tenant.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was paused.
    async fn pause(&self, line: Line, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// Ends a pause, and wakes the workers. A lane goes on when neither it nor its tenant is paused.
    /// `false` if there is no such lane or tenant.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was resumed.
    async fn resume(&self, line: Line) -> Result<bool, StoreError>;

    /// Gives a tenant so many places for each one of a tenant with the weight 1; from 1 to 1,000. `false`
    /// if there is no such tenant.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed; a weight out of range too.
    async fn set_weight(&self, tenant: TenantId, weight: u16) -> Result<bool, StoreError>;

    /// What in the queue and among the callbacks is older than it may be, oldest first, at most so many:
    /// of each lane and priority the oldest message, so that a lane that stands still is one line.
    /// What is paused is not stuck.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn stuck(
        &self,
        ages: &Ages,
        now: OffsetDateTime,
        most: u16,
    ) -> Result<Vec<Stuck>, StoreError>;

    /// Looks at so many messages after a step, from the first one without, and gives those that are as
    /// they are since before `before` although nothing is left that would move them on.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn walk(
        &self,
        after: Option<Step>,
        most: u16,
        before: OffsetDateTime,
    ) -> Result<Walk, StoreError>;

    /// Gives a message that waits and has no place in the queue a new one, due at once or when it was to
    /// be sent. What a provider was called for is asked about first, as after any crash: an attempt
    /// without outcome is still there. Refusals so far count. `false` if it does not wait or has a place.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn restore(&self, message: Step, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// Makes the month of `now` and so many after it, and with `keep` detaches those that ended more than
    /// so many months before this one, unless something in them still waits. Doing it again changes
    /// nothing. A store without months does nothing.
    ///
    /// # Errors
    /// [`StoreError`]: do it again later; what was made stays.
    async fn keep_months(
        &self,
        now: OffsetDateTime,
        ahead: u8,
        keep: Option<u16>,
    ) -> Result<Months, StoreError>;
}
