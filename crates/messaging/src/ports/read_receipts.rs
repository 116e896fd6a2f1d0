use async_trait::async_trait;
use tidings_kernel::{AccountId, ConversationId, MessageId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// A message of a contact that they are to be shown was read: with it all that they wrote to the account before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReceipt {
    /// The tenant.
    pub tenant: TenantId,
    /// The thread.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// The account that it came through.
    pub account: AccountId,
    /// The provider's id of it.
    pub provider_message_id: String,
    /// When it was read.
    pub read_at: OffsetDateTime,
    /// How often showing it has failed.
    pub failures: u16,
}

/// Remembers which contacts are to be shown that somebody has read what they wrote.
///
/// Whoever notes that a conversation was read notes that too, in the same step, of the newest message on WhatsApp that
/// was not read before, for each account that the contact wrote to. What was noted before for the same account is
/// forgotten, since the newer one tells it. With the conversation everything of it is erased.
#[async_trait]
pub trait ReadReceipts: Send + Sync {
    /// Takes up to `most` that are due, those that are due for longest first; nobody else gets them before `lease` has
    /// passed. A new one is due at once.
    ///
    /// # Errors
    /// [`StoreError`]: none was taken.
    async fn take(
        &self,
        now: OffsetDateTime,
        lease: Duration,
        most: u16,
    ) -> Result<Vec<ReadReceipt>, StoreError>;

    /// One is done with; or has failed once more, and is due at `again`. If the conversation was read further meanwhile,
    /// that is left alone.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was noted; it is taken again when the lease ends.
    async fn ended(
        &self,
        receipt: &ReadReceipt,
        again: Option<OffsetDateTime>,
    ) -> Result<(), StoreError>;
}
