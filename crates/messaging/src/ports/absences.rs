use crate::{Address, Destination};
use async_trait::async_trait;
use tidings_kernel::{Channel, ContactId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// An absence that has to be looked at, held by whoever claimed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAbsence {
    /// The tenant.
    pub tenant: TenantId,
    /// Whom the latest refused message was for.
    pub contact: ContactId,
    /// What was refused.
    pub destination: Destination,
    /// Until when it is held, which also tells whose hold it is.
    pub held_until: OffsetDateTime,
}

/// Remembers addresses that a channel was said not to know.
///
/// Refusals come with what tells of them: [`Dispatch::settle`](crate::Dispatch::settle) and
/// [`Inbox::apply`](crate::Inbox::apply) note each whose error has an [`absence`](tidings_routing::ProviderError),
/// with the address of its message, in the same step. An attempt counts once. What is known of an address is among
/// the facts ([`Known::absences`](crate::Known)), for everybody who has it. It is forgotten when the last of
/// them is erased.
#[async_trait]
pub trait Absences: Send + Sync {
    /// Takes up to `limit` addresses of which a refusal was noted since they were last put to rest, for as long as
    /// `lease`.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldAbsence>, StoreError>;

    /// Puts an address to rest, unless somebody else has claimed it meanwhile, or a refusal was noted.
    ///
    /// # Errors
    /// [`StoreError`]: it comes back when its lease is over.
    async fn rest(&self, held: &HeldAbsence) -> Result<(), StoreError>;

    /// Notes that whoever has these addresses has asked at `at` for them to be tried again on the channel. Of
    /// several wishes the latest counts. An address that was never refused is left alone.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was noted.
    async fn wish(
        &self,
        tenant: TenantId,
        channel: Channel,
        addresses: &[Address],
        at: OffsetDateTime,
    ) -> Result<(), StoreError>;
}
