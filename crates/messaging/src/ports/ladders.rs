use crate::{Fallback, Ladder};
use async_trait::async_trait;
use tidings_kernel::{Channel, MessageId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// A chain that has to be looked at, held by whoever claimed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLadder {
    /// The chain.
    pub ladder: Ladder,
    /// Its messages, in order.
    pub messages: Vec<MessageId>,
    /// The channels that are left.
    pub left: Vec<Channel>,
    /// Grows with every claim.
    pub fence: i64,
}

/// How a chain goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LadderRest {
    /// It is looked at again then, or when one of its messages changes.
    Until(OffsetDateTime),
    /// It is over.
    Over,
}

/// A chain as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderView {
    /// What was asked for.
    pub fallback: Fallback,
    /// Its messages, in order.
    pub messages: Vec<MessageId>,
    /// Whether nothing more is sent.
    pub is_over: bool,
}

/// Remembers cross-channel chains. They begin and go on with the messages that are taken in for them
/// ([`Messages::accept`](crate::Messages::accept)).
#[async_trait]
pub trait Ladders: Send + Sync {
    /// Takes up to `limit` chains that are due, for as long as `lease`.
    ///
    /// A chain is due when it begins, at the instant it was put to rest until, and as soon as one of its messages
    /// comes to a status after which nothing more is expected.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldLadder>, StoreError>;

    /// Puts a chain to rest, unless somebody else has claimed it meanwhile. News that came while it was held make it
    /// due at once.
    ///
    /// # Errors
    /// [`StoreError`]: it comes back when its lease is over.
    async fn rest(&self, held: &HeldLadder, rest: LadderRest) -> Result<(), StoreError>;

    /// Leaves out the next channel of a chain, unless somebody else has claimed it meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn skip(&self, held: &HeldLadder) -> Result<(), StoreError>;

    /// The chain that a message belongs to.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn of_message(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Option<LadderView>, StoreError>;
}
