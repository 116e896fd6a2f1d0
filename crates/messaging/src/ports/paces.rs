use async_trait::async_trait;
use tidings_kernel::{AccountId, SenderId, StoreError, TenantId};
use tidings_routing::Limit;
use time::OffsetDateTime;

/// What a limit is counted by: one line of messages that leave one after the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaceKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// Which of its limits, such as `second` or `snd_… pair 5b1f…`; at most 120 characters, and no address.
    pub line: String,
}

/// A message that wants to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Its limits; all have to suit.
    pub limits: Vec<(PaceKey, Limit)>,
    /// The limit on how many different people may be written to, where it counts for this message.
    pub people: Option<People>,
    /// How much it counts: the parts of an SMS where the provider counts those, else 1.
    pub weight: u32,
}

/// At most so many different people in any 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// What it is counted by.
    pub key: PaceKey,
    /// Whom it goes to: a fingerprint that tells people apart and does not name them.
    pub person: u64,
    /// So many.
    pub most: u32,
}

/// The answer to a [`Wish`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// It may leave at this instant, which is not before it was asked for. That is noted in every limit.
    At(OffsetDateTime),
    /// Nothing is noted. It is worth asking again at this instant.
    NotBefore(OffsetDateTime),
}

/// A sender that the provider has asked to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// The sender.
    pub sender: SenderId,
    /// Nothing leaves before.
    pub until: OffsetDateTime,
}

/// How fast messages leave, shared by all workers.
#[async_trait]
pub trait Paces: Send + Sync {
    /// A slot for each wish, in their order, at `latest` the latest.
    ///
    /// However many workers ask at the same time, no limit is exceeded by what leaves at its slot, or up to
    /// [`LATENESS`](tidings_routing::LATENESS) later.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed; some slots may be lost.
    async fn reserve(
        &self,
        wishes: &[Wish],
        now: OffsetDateTime,
        latest: OffsetDateTime,
    ) -> Result<Vec<Slot>, StoreError>;

    /// Gives back slots at which nothing left, nor will: what wished for them, and when they are. Of a limit per minute
    /// or day it is as if they had never been given. Of a rate only the last slot is free again, so those of one line
    /// come latest first. People stay counted: whoever was not written to is the next who is.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed and nothing was given back.
    async fn give_back(&self, unused: &[(Wish, OffsetDateTime)]) -> Result<(), StoreError>;

    /// Notes that a sender has to wait. A hold is never shortened.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed and nothing was noted.
    async fn hold(&self, hold: &Hold) -> Result<(), StoreError>;

    /// The senders of these tenants that have to wait at `now`.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn held(
        &self,
        tenants: &[TenantId],
        now: OffsetDateTime,
    ) -> Result<Vec<Hold>, StoreError>;

    /// Forgets up to `most` limits that nothing has left under for longer than they look back, and gives how many
    /// there were.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn forget(&self, now: OffsetDateTime, most: u32) -> Result<u64, StoreError>;
}
