use super::{Answer, KeyLost, Page, Paged};
use crate::{
    Class, Content, DeadLetter, DecisionRecord, Destination, Direction, LadderStep, Message,
    MessageRecord, Monthly, Segments, Status, TimelineEntry,
};
use async_trait::async_trait;
use tidings_kernel::{Channel, ContactId, MessageId, SenderId, StoreError, TenantId};
use time::OffsetDateTime;

/// A message on its way in, with everything that must be stored together.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// The message. Its status is `queued`, `deferred` or `blocked`.
    pub message: Message,
    /// The gate's decision at accept time.
    pub decision: DecisionRecord,
    /// What it has to do with a cross-channel chain. The step is stored with the message: a place of a chain that
    /// another message has makes the whole inconsistent.
    pub ladder: Option<LadderStep>,
    /// The absence of which it tells the contact. That they were told is stored with it: an absence of which they
    /// were told before, and have not asked since, makes the whole inconsistent.
    pub tells_of: Option<Destination>,
    /// Its place in the queue; none when it is blocked.
    pub entry: Option<QueueEntry>,
    /// What the tenant may use up in the month, as it holds for this message: what has a place in the
    /// queue is counted, and is not taken in when nothing of it was left.
    pub monthly: Monthly,
    /// Where the tenant's own system is told of each later change of its status, by
    /// [`StatusWebhooks`](crate::StatusWebhooks).
    pub status_webhook: Option<String>,
}

impl NewMessage {
    /// The timeline that it is stored with: taken in by the API, then judged by the gate.
    pub fn timeline(&self) -> Vec<TimelineEntry> {
        let entry = |status, source: &str| TimelineEntry {
            status,
            at: self.message.created_at,
            source: source.to_owned(),
        };
        vec![
            entry(Status::Accepted, "api"),
            entry(self.message.status, "gate"),
        ]
    }
}

/// A place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueEntry {
    /// The class of service.
    pub class: Class,
    /// 1 is most urgent, within the class.
    pub priority: u8,
    /// Not before this instant.
    pub due_at: OffsetDateTime,
    /// The sender that it is expected to leave from.
    pub sender: Option<SenderId>,
}

/// Why a message was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// A later request took the idempotency key over.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The contact is gone.
    #[error("there is no such contact")]
    NoContact,
    /// Others have used up the month meanwhile: judge it again.
    #[error("what the tenant may use up this month is used up by now")]
    UsedUp,
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which messages to list; all that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// Is in this status.
    pub status: Option<Status>,
    /// Goes this way.
    pub direction: Option<Direction>,
    /// Uses this channel.
    pub channel: Option<Channel>,
    /// Is to or from this contact.
    pub contact: Option<ContactId>,
    /// Is about something of this kind.
    pub context_type: Option<String>,
    /// Is about the thing with this id.
    pub context_id: Option<String>,
    /// Was taken in at or after this instant.
    pub created_after: Option<OffsetDateTime>,
    /// Was taken in before this instant.
    pub created_before: Option<OffsetDateTime>,
    /// Says this somewhere, in any case.
    pub text: Option<String>,
    /// Goes to this address, as stored.
    pub to: Option<String>,
    /// Comes from this address, as stored; what waits comes from none, unless it was taken in with one.
    pub from: Option<String>,
    /// Left us for the first time, or came in, at or after this instant. What has not been sent yet does not fit.
    pub sent_after: Option<OffsetDateTime>,
    /// Left us for the first time, or came in, before this instant. What has not been sent yet does not fit.
    pub sent_before: Option<OffsetDateTime>,
}

/// A change to a message that no provider has been called for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// New content, with its segments.
    pub content: Option<(Content, Option<Segments>)>,
    /// A new time, judged anew by the gate: when it is due, and the wish it came from.
    pub due_at: Option<(OffsetDateTime, Option<OffsetDateTime>)>,
    /// A new priority.
    pub priority: Option<u8>,
    /// The decision that allows the change.
    pub decision: Option<Box<DecisionRecord>>,
}

/// Why a message was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none.
    #[error("there is no such message")]
    NotFound,
    /// It is too late, or was never possible.
    #[error("a message that is {0} cannot be changed in this way")]
    WrongStatus(Status),
    /// The backend failed; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Remembers messages, and takes them in.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Takes a message in: message, decision, queue entry, timeline, what it uses up of the month, and
    /// answer are stored in one step, and a waiting worker is woken.
    ///
    /// # Errors
    /// [`AcceptError`]: nothing was stored.
    async fn accept(&self, new: &NewMessage, answer: Option<&Answer>) -> Result<(), AcceptError>;

    /// The message with its history, if the tenant has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Option<MessageRecord>, StoreError>;

    /// Those of these messages that the tenant has, with their histories, in any order.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get_many(
        &self,
        tenant: TenantId,
        messages: &[MessageId],
    ) -> Result<Vec<MessageRecord>, StoreError>;

    /// Messages that fit, newest first, with their histories.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn list(
        &self,
        tenant: TenantId,
        filter: &MessageFilter,
        page: Page,
    ) -> Result<Paged<MessageRecord>, StoreError>;

    /// Every decision taken for a message, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn decisions(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Vec<DecisionRecord>, StoreError>;

    /// Messages that have failed, newest first by their ids. A message is one of them from the moment at
    /// which it fails, by its settlement or by a receipt of its latest attempt, until it is queued again or
    /// a delivery is learned.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn dead_letters(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<DeadLetter>, StoreError>;

    /// Withdraws a message that no provider has been called for.
    ///
    /// # Errors
    /// [`ChangeError`]: it was not withdrawn.
    async fn cancel(
        &self,
        tenant: TenantId,
        message: MessageId,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError>;

    /// Changes a message that no provider has been called for and no worker holds.
    ///
    /// # Errors
    /// [`ChangeError`]: nothing was changed.
    async fn change(
        &self,
        tenant: TenantId,
        message: MessageId,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError>;

    /// Puts a failed message into the queue again. Refused for one whose last attempt may have arrived.
    ///
    /// # Errors
    /// [`ChangeError`]: it was not queued.
    async fn retry(
        &self,
        tenant: TenantId,
        message: MessageId,
        entry: QueueEntry,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError>;
}
