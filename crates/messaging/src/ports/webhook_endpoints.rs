use super::{Answer, KeyLost, Page, Paged};
use crate::{DeliveryStatus, Event, WebhookCall, WebhookDelivery, WebhookEndpoint};
use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId, WebhookEndpointId};
use time::{Duration, OffsetDateTime};

/// How many endpoints a tenant may have.
pub const MOST_ENDPOINTS: u32 = 20;
/// How many events may be replayed in one step.
pub const MOST_REPLAYED: u32 = 50_000;

/// Why an endpoint was not stored.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// A later request took the idempotency key over.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The tenant has [`MOST_ENDPOINTS`].
    #[error("the tenant has {MOST_ENDPOINTS} endpoints, which is as many as there may be")]
    TooMany,
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why events were not replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such endpoint.
    #[error("there is no such endpoint")]
    NotFound,
    /// They are more than [`MOST_REPLAYED`].
    #[error("more than {MOST_REPLAYED} events fit")]
    TooMany,
    /// The backend failed; nothing is replayed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which events are replayed: those that got their places in this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplaySpan {
    /// At or after this instant,
    pub since: OffsetDateTime,
    /// and before this one.
    pub until: OffsetDateTime,
    /// Only those with a delivery of this status; otherwise all that the endpoint is told by its kinds, whether it was
    /// told then or not.
    pub status: Option<DeliveryStatus>,
}

/// How much to take of what is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryShare<'a> {
    /// At most so many in all,
    pub most: u16,
    /// at most so many for one endpoint,
    pub per_endpoint: u16,
    /// and none for these.
    pub except: &'a [WebhookEndpointId],
}

/// An event that is to be told now.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldDelivery {
    /// Whom.
    pub endpoint: WebhookEndpoint,
    /// Of what.
    pub event: Event,
    /// How often telling it has failed since it was asked for.
    pub failures: u32,
}

/// What came of telling an endpoint of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryOutcome {
    /// The call.
    pub call: WebhookCall,
    /// What it means: `Pending` with `retry_at`.
    pub status: DeliveryStatus,
    /// When it is told again, for what is pending.
    pub retry_at: Option<OffsetDateTime>,
    /// Whose fault it is that it was not taken, if it was not.
    pub fault: Option<Fault>,
    /// Why the endpoint is called no more, if so.
    pub disable: Option<String>,
}

/// Whose fault it is that an event was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The endpoint's, or that of what is between.
    Theirs,
    /// Ours: nothing was sent, and it says nothing about the endpoint.
    Ours,
}

/// Keeps where tenants' own systems are told of events, and what came of it.
///
/// An endpoint that is enabled when an event gets its place in the [log](crate::EventLog) is told of it, if it is of its
/// kinds. While it is disabled it is told nothing: what is pending then goes on when it is enabled again, and what
/// happens meanwhile can be replayed. A log is kept as long as its tenant has an endpoint that is enabled.
#[async_trait]
pub trait WebhookEndpoints: Send + Sync {
    /// Stores a new endpoint, with the answer that reports it.
    ///
    /// # Errors
    /// [`EndpointError`]: nothing was stored.
    async fn create_endpoint(
        &self,
        endpoint: &WebhookEndpoint,
        answer: Option<&Answer>,
    ) -> Result<(), EndpointError>;

    /// Replaces what a tenant may change: address, description, kinds, whether it is enabled, secrets. An endpoint that
    /// is enabled by it counts as one that has not failed. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn update_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<bool, StoreError>;

    /// The endpoint, if the tenant has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpoint>, StoreError>;

    /// A tenant's endpoints, newest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn endpoints(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<WebhookEndpoint>, StoreError>;

    /// Forgets an endpoint with all that it was told. `false` if there is no such endpoint.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was forgotten.
    async fn delete_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
    ) -> Result<bool, StoreError>;

    /// What an endpoint is told or was, newest first by the events' ids, with this status if one is given.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn deliveries(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        status: Option<DeliveryStatus>,
        page: Page,
    ) -> Result<Paged<WebhookDelivery>, StoreError>;

    /// Notes an event of which this endpoint alone is told, whatever its kinds. `false` if there is no such endpoint, or
    /// it is not enabled.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was noted.
    async fn test_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Tells an endpoint again of the event at a place, of which it was told before or is. `false` if there is no such
    /// delivery, or the event is not kept any more.
    ///
    /// # Errors
    /// [`StoreError`]: it is not told again.
    async fn replay(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        position: u64,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Tells an endpoint again of every event of a time, and says how many these are.
    ///
    /// # Errors
    /// [`ReplayError`]: none is told again.
    async fn replay_span(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        span: ReplaySpan,
        now: OffsetDateTime,
    ) -> Result<u64, ReplayError>;

    /// Takes what is to be told at `now` to endpoints that are enabled, of each what is due longest, and of what is due
    /// together the oldest events. Nobody else gets it before `lease` has passed.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim_deliveries(
        &self,
        share: DeliveryShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldDelivery>, StoreError>;

    /// Writes what came of a delivery that was taken. An endpoint fails from the first call on that was not taken by its
    /// own fault, until one is taken; one that is to be disabled is, with an event that says so, unless it is already.
    ///
    /// # Errors
    /// [`StoreError`]: it is told again when the lease is over.
    async fn settle_delivery(
        &self,
        held: &HeldDelivery,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError>;
}
