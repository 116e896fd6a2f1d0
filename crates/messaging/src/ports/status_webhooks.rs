use crate::Status;
use async_trait::async_trait;
use tidings_kernel::{MessageId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// A change of a message's status that the tenant's own system is to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusWebhook {
    /// The tenant.
    pub tenant: TenantId,
    /// The message.
    pub message: MessageId,
    /// Tells changes of one message apart; grows with each.
    pub number: i64,
    /// What the status became,
    pub status: Status,
    /// and when.
    pub at: OffsetDateTime,
    /// Where it is told.
    pub url: String,
    /// How often telling it has failed.
    pub failures: u32,
}

/// How much to take of what is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookShare<'a> {
    /// At most so many in all,
    pub most: u16,
    /// at most so many of one tenant,
    pub per_tenant: u16,
    /// and none of these.
    pub except: &'a [TenantId],
}

/// Keeps changes of status until the tenants' own systems have been told, for messages that were taken in with
/// [`NewMessage::status_webhook`](crate::NewMessage::status_webhook) and for no others.
///
/// Every change after the status that a message was taken in with is kept, once, in the same step as the change
/// itself; `sending` together with what follows it. An erasure forgets what its person's messages still had to
/// tell, and nothing more is kept of them.
#[async_trait]
pub trait StatusWebhooks: Send + Sync {
    /// Takes changes that are to be told at `now`, of each message the oldest alone: what comes after it waits until
    /// it is told or given up. Nobody else gets them before `lease` has passed.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim(
        &self,
        share: WebhookShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<StatusWebhook>, StoreError>;

    /// Forgets a change that was told, or given up. The next of its message may be taken at once. Forgetting it
    /// again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]: it will be taken again.
    async fn finish(&self, webhook: &StatusWebhook) -> Result<(), StoreError>;

    /// Puts a change back, to be taken again at this instant, with one failure more. What came after it waits with
    /// it.
    ///
    /// # Errors
    /// [`StoreError`]: it will be taken again when the lease is over.
    async fn put_back(
        &self,
        webhook: &StatusWebhook,
        retry_at: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Forgets the changes of before an instant that nobody could be told, and says how many there were.
    ///
    /// # Errors
    /// [`StoreError`]: they are forgotten later.
    async fn forget(&self, before: OffsetDateTime) -> Result<u64, StoreError>;
}
