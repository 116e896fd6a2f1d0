use crate::{
    Address, CallbackRequest, Contact, FreeWindowEvent, Message, Receipt, StatusQuery,
    media::MediaRecord,
};
use async_trait::async_trait;
use tidings_consent::ConsentEvent;
use tidings_kernel::{AccountId, AttemptId, CallbackId, Money, StoreError, TenantId};
use tidings_routing::ProviderError;
use time::{Duration, OffsetDateTime};

/// An authentic callback, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCallback {
    /// Its id here.
    pub id: CallbackId,
    /// The tenant.
    pub tenant: TenantId,
    /// The account that it belongs to.
    pub account: AccountId,
    /// The provider's name.
    pub provider: String,
    /// The request.
    pub request: CallbackRequest,
    /// How often applying it has failed.
    pub failures: u32,
}

/// Whether a callback was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new.
    New,
    /// The very same request was stored before, and is not stored again.
    Repeat,
}

/// A callback that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    /// Which.
    pub callback: CallbackId,
    /// Why not, for people.
    pub problem: String,
    /// When it may be claimed again; with `None` it is given up and kept.
    pub retry_at: Option<OffsetDateTime>,
}

/// Which attempt a receipt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptTarget {
    /// The tenant.
    pub tenant: TenantId,
    /// The account that it came through: it cannot speak about another's messages.
    pub account: AccountId,
    /// Our reference, if the provider returned it.
    pub attempt: Option<AttemptId>,
    /// The provider's id.
    pub provider_message_id: String,
}

/// A receipt to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptUpdate {
    /// What it is about.
    pub target: ReceiptTarget,
    /// How far the message has come; `None` when only its acceptance was learned.
    pub receipt: Option<Receipt>,
    /// Why not, for `Failed`.
    pub error: Option<ProviderError>,
    /// What it cost, if told. The greatest amount that was told of an attempt counts, and once; a message
    /// costs what its attempts add up to.
    pub cost: Option<Money>,
    /// When.
    pub at: OffsetDateTime,
    /// Who says so: the provider's name.
    pub source: String,
    /// When to ask the provider for what follows; `None` when it cannot be asked. It counts when this
    /// receipt is the first to tell of the acceptance, and not the last of all.
    pub ask_at: Option<OffsetDateTime>,
}

/// What a receipt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptEffect {
    /// The greatest receipt of its attempt before it,
    pub before: Option<Receipt>,
    /// and after it. A repetition leaves it, and so does what comes too late to say more.
    pub after: Option<Receipt>,
    /// When its attempt began.
    pub started_at: OffsetDateTime,
    /// How often the provider had been asked about the attempt.
    pub asked: u32,
    /// Where the message goes.
    pub to: Address,
}

/// A message from a contact, with everything that must be stored together.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundRecord {
    /// The message, with `direction` inbound.
    pub message: Message,
    /// The contact, when it is new.
    pub new_contact: Option<Contact>,
    /// What the text means for consent, for each contact that has the address.
    pub consent: Vec<ConsentEvent>,
    /// The files of the message that are to be fetched; the message names them.
    pub media: Vec<MediaRecord>,
}

/// An attempt whose receipt is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryJob {
    /// The tenant.
    pub tenant: TenantId,
    /// The account to ask through.
    pub account: AccountId,
    /// The provider's name.
    pub provider: String,
    /// What to ask.
    pub query: StatusQuery,
    /// How often it was asked before.
    pub asked: u32,
}

/// Keeps callbacks until they are applied, and applies them.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Stores a callback durably. The very same request of the same account (method, address and body;
    /// headers such as `date` differ from one delivery to the next) within a day is a repeat.
    ///
    /// # Errors
    /// [`StoreError`]: it was not stored; the provider must send it again.
    async fn store(&self, callback: &RawCallback) -> Result<Stored, StoreError>;

    /// Takes up to `limit` callbacks that are not applied, oldest first; nobody else gets them before
    /// `lease` has passed.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<RawCallback>, StoreError>;

    /// Applies receipts: attempts take the greatest receipt, messages the status that follows, a
    /// message whose outcome was unknown leaves the queue. Gives what each came to, in its place; `None` for
    /// receipts about attempts that do not exist (yet), or that belong to another account. Order and repetition
    /// do not matter. An attempt whose acceptance is learned so, before or without the call's own answer, is asked
    /// about like any other. Of an attempt that is not the message's latest only a delivery changes the message. The
    /// error of a failure goes when a delivery is learned. A failure that says that nobody is there is noted with
    /// its address ([`Absences`](crate::Absences)).
    ///
    /// # Errors
    /// [`StoreError`]: nothing was applied.
    async fn apply(
        &self,
        updates: &[ReceiptUpdate],
    ) -> Result<Vec<Option<ReceiptEffect>>, StoreError>;

    /// The message that a receipt is about, if the account has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn subject(&self, target: &ReceiptTarget) -> Result<Option<Message>, StoreError>;

    /// Stores a message from a contact, its consent events, its files' records and its contact in one step. `false` if
    /// the account has seen this provider id before, and then nothing is stored.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn receive(&self, inbound: &InboundRecord) -> Result<bool, StoreError>;

    /// Notes until when everything to a contact is free, in each conversation that answers there through the
    /// account. The latest end counts; of a contact who has not written nothing is noted.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was noted.
    async fn open_free_window(
        &self,
        tenant: TenantId,
        account: AccountId,
        window: &FreeWindowEvent,
    ) -> Result<(), StoreError>;

    /// Marks callbacks as applied.
    ///
    /// # Errors
    /// [`StoreError`]: they will be claimed again.
    async fn finish(&self, callbacks: &[CallbackId], now: OffsetDateTime)
    -> Result<(), StoreError>;

    /// Puts callbacks back, each to be claimed again at its time, or given up and kept. One that
    /// somebody else has applied meanwhile stays applied.
    ///
    /// # Errors
    /// [`StoreError`]: they will be claimed again.
    async fn put_back(&self, callbacks: &[PutBack]) -> Result<(), StoreError>;

    /// Takes accepted attempts whose receipt is overdue at `now`, and notes that they are asked again
    /// at `next_at` at the earliest; after `most` times they are not asked any more.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn overdue(
        &self,
        limit: u16,
        now: OffsetDateTime,
        next_at: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<QueryJob>, StoreError>;

    /// Waits until there may be a new callback to claim, as [`Dispatch::wait`](crate::Dispatch::wait) does
    /// for messages.
    async fn wait(&self, seen: u64, timeout: Duration) -> u64;
}
