use crate::{Attempt, Class, DecisionRecord, Lane, LaneId, Message, Share};
use async_trait::async_trait;
use tidings_kernel::{AttemptId, ContactId, MessageId, Purpose, SenderId, StoreError, TenantId};
use tidings_routing::ProviderError;
use time::{Duration, OffsetDateTime};

/// A hold on a message: the fence proves, on every write, that nobody else took it meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Held {
    /// The tenant.
    pub tenant: TenantId,
    /// The message.
    pub message: MessageId,
    /// Grows with every claim of the message.
    pub fence: i64,
}

/// A message that a worker has claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The hold.
    pub held: Held,
    /// The lane that it waited in,
    pub lane: LaneId,
    /// and the class of that.
    pub class: Class,
    /// The message.
    pub message: Message,
    /// Calls so far that count as failures.
    pub failures: u32,
    /// How often a hold on it ran out: whoever held it died, or was away for longer than the lease.
    pub crashes: u32,
    /// Senders that were refused for it.
    pub exhausted: Vec<SenderId>,
    /// An attempt whose outcome is not known: a process died in it, or its answer was lost. Or one of which a
    /// receipt has told meanwhile that the provider has it, if not that it failed on its way. The message must
    /// not be sent before this is settled.
    pub open_attempt: Option<Attempt>,
}

impl Claim {
    /// How the message goes on if nobody works on it after all: somebody else may take it at once, and what
    /// was unknown is asked about again.
    pub fn handed_back(&self, now: OffsetDateTime) -> (Held, Settlement) {
        let settlement = match &self.open_attempt {
            Some(attempt) => Settlement::Unknown {
                attempt: attempt.id,
                detail: "the worker was stopped before it learned what became of it".to_owned(),
                check_at: now,
            },
            None => Settlement::Released { due_at: now },
        };
        (self.held, settlement)
    }
}

/// An attempt that is about to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The hold.
    pub held: Held,
    /// The attempt, without outcome.
    pub attempt: Attempt,
    /// The gate's decision right before the call.
    pub decision: DecisionRecord,
    /// For marketing, every frequency cap: how many may have been handed over since when. What begins
    /// under a cap counts as marketing itself, whatever purpose its message was declared with.
    pub caps: Vec<CapGuard>,
}

impl Start {
    /// Whether it counts as marketing: it begins under a cap, or the gate judged it so.
    pub fn is_marketing(&self) -> bool {
        let template = self.decision.facts.template.as_ref();
        !self.caps.is_empty() || self.decision.request.judged_as(template) == Purpose::Marketing
    }
}

/// A frequency cap that must still hold at the moment in which the attempt is written, whatever other
/// workers are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapGuard {
    /// The person, by whom it is counted.
    pub contact: ContactId,
    /// At most so many,
    pub most: u16,
    /// handed over after this instant, this one included.
    pub since: OffsetDateTime,
}

/// After how many holds that ran out a message is suspect: it may be what its holders died of, and is
/// worked on alone from then on, so that it takes nobody else with it.
pub const SUSPECT_AFTER: u32 = 2;

/// What waits to be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ready {
    /// The lanes that have a message ready, in any order.
    pub lanes: Vec<Lane>,
    /// When the next sleeping message of these classes is due, or earlier, if one sleeps.
    pub next_due: Option<OffsetDateTime>,
}

/// How a claimed message goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Settlement {
    /// The provider took it: `sent`, unless a receipt already says more. Leaves the queue.
    Accepted {
        /// The attempt.
        attempt: AttemptId,
        /// The provider's id.
        provider_message_id: String,
        /// When to ask the provider, if no receipt comes.
        ask_at: Option<OffsetDateTime>,
    },
    /// The provider refused it, and it is tried again: `queued`.
    Retry {
        /// The attempt.
        attempt: AttemptId,
        /// Why.
        error: ProviderError,
        /// When.
        due_at: OffsetDateTime,
        /// Whether it counts towards the limit of attempts.
        counts: Counts,
        /// The sender that must not be tried again, if any.
        exhausted: Option<SenderId>,
    },
    /// It will not be sent any more: `failed`. Leaves the queue. An attempt whose outcome was unknown
    /// when the message was claimed stays unknown: it may still have arrived.
    Failed {
        /// The last attempt, if there was one.
        attempt: Option<AttemptId>,
        /// Why.
        error: ProviderError,
        /// The decision and the routes considered, where no attempt was begun.
        decision: Option<Box<DecisionRecord>>,
    },
    /// Nobody knows: stays `sending`, and is looked at again.
    Unknown {
        /// The attempt.
        attempt: AttemptId,
        /// What happened.
        detail: String,
        /// When to look again.
        check_at: OffsetDateTime,
    },
    /// The unknown attempt was certainly not sent, or may be repeated: `queued` again.
    SendAgain {
        /// The attempt that is closed.
        attempt: AttemptId,
        /// Why it is closed.
        error: ProviderError,
        /// When.
        due_at: OffsetDateTime,
    },
    /// The gate says later: `deferred`. What [waits for news](crate::Decision::waits_for_news) may be
    /// [woken](Dispatch::wake) before.
    Deferred {
        /// The decision.
        decision: Box<DecisionRecord>,
        /// Until when.
        until: OffsetDateTime,
    },
    /// The gate says never: `blocked`, or `expired`. Leaves the queue.
    Refused {
        /// The decision.
        decision: Box<DecisionRecord>,
        /// `Blocked` or `Expired`.
        status: crate::Status,
    },
    /// Nothing was done; anybody may take it from this instant.
    Released {
        /// When.
        due_at: OffsetDateTime,
    },
    /// Nothing was done, since there is no way for it now: anybody may take it from this instant, or from when it is
    /// [woken](Dispatch::wake), whichever is first.
    Stranded {
        /// When.
        until: OffsetDateTime,
    },
}

impl Settlement {
    /// The name used in metrics and in the log.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Retry { .. } => "retry",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::SendAgain { .. } => "send_again",
            Self::Deferred { .. } => "deferred",
            Self::Refused { .. } => "refused",
            Self::Released { .. } => "released",
            Self::Stranded { .. } => "stranded",
        }
    }
}

/// Whether a refusal counts towards the limit of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// It does.
    AsFailure,
    /// It does not: the provider only asked to wait.
    AsWaiting,
}

/// The queue, as workers see it. Any number of workers may use it at once.
#[async_trait]
pub trait Dispatch: Send + Sync {
    /// The lanes of these classes in which a message is ready at `now`, and when the next one that
    /// sleeps will be. A message that is due later, or whose retry is, sleeps and is not looked at; what
    /// has become due by `now` is ready from here on. Lanes that are paused, and those of tenants that
    /// are, have nothing ready; one whose messages are all held may be among them.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn ready(&self, classes: &[Class], now: OffsetDateTime) -> Result<Ready, StoreError>;

    /// Takes up to so many messages of each lane, by priority, due and id. Nobody else gets them before
    /// `lease` has passed, unless they are settled. A message whose earlier hold has run out is taken
    /// again, with a higher fence; an attempt that the earlier hold left without outcome becomes
    /// `unknown`. A message that [became suspect](SUSPECT_AFTER) is left alone. The most urgent class
    /// comes first, then priority, due and id.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim(
        &self,
        shares: &[Share],
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError>;

    /// Takes one message of any lane that became suspect and that nobody holds, so that it can be
    /// worked on alone: of the most urgent class the one that has been free for longest, so that none that
    /// comes back again and again keeps the others from their turn.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim_suspect(
        &self,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Option<Claim>, StoreError>;

    /// Writes attempts before the calls are made, with their decisions; messages become `sending`.
    /// Gives the attempts that may go ahead: a hold that was lost is left out, and so is a message
    /// that does not wait (any more), such as one that was cancelled or whose last attempt is open, and
    /// one of whose frequency caps is used up by now: its hold ends by itself, and the gate judges it anew.
    ///
    /// # Errors
    /// [`StoreError`]: none may go ahead.
    async fn begin(&self, starts: &[Start]) -> Result<Vec<AttemptId>, StoreError>;

    /// Writes what became of claimed messages. A hold that was lost changes the attempt, not the
    /// message's place in the queue, unless it tells that the provider took the message: that leaves
    /// the queue. A receipt that came first is not overwritten, and what a receipt has shown to be
    /// accepted stays accepted. A refusal that says that nobody is there is noted with its address
    /// ([`Absences`](crate::Absences)).
    ///
    /// # Errors
    /// [`StoreError`]: some or all were not written; settle all of them again, which changes nothing where
    /// it was done.
    async fn settle(
        &self,
        settlements: &[(Held, Settlement)],
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Has up to `most` messages of a tenant that are [stranded](Settlement::Stranded) or wait for news become due at `at`, those that
    /// would be due first before others, and gives how many. Nothing else that sleeps is touched, and nothing
    /// becomes due later than it was.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed and nothing was woken.
    async fn wake(
        &self,
        tenant: TenantId,
        at: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError>;

    /// The provider's ids of other attempts through the same account to the same address, whichever of the
    /// contacts that have it now they were for, begun in the day before this one or later: what is found at the
    /// provider under one of them is not this one.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn siblings(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<Vec<String>, StoreError>;

    /// Waits until there may be something new to claim, at the latest for `timeout`, and gives the number
    /// of the last notice of such. `seen` is what the caller's last wait gave, 0 at first: when there has
    /// been a notice since, it returns at once, so that none is missed between two waits.
    async fn wait(&self, seen: u64, timeout: Duration) -> u64;
}
