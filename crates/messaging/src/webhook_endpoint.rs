use crate::{EventKind, Sealed};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tidings_kernel::{AccountId, EventId, TenantId, WebhookEndpointId};
use time::OffsetDateTime;

/// Where a tenant's own system is told of events.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// The tenant.
    pub tenant: TenantId,
    /// The address. It was one that may be called, which whoever calls looks at again.
    pub url: String,
    /// What it is for, in the tenant's words.
    pub description: String,
    /// Which kinds of event it is told; empty for all.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything.
    pub is_enabled: bool,
    /// Why it was disabled, when it was not the tenant who did.
    pub disabled_because: Option<String>,
    /// What requests are signed with, sealed for the tenant and [`WebhookEndpoint::seat`].
    pub secret: Sealed,
    /// The secret before it, and until when requests are signed with that too.
    pub old_secret: Option<(Sealed, OffsetDateTime)>,
    /// Since when nothing that it was told was taken; none when the last call was answered well, or none was made.
    pub failing_since: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed by the tenant.
    pub updated_at: OffsetDateTime,
}

/// What secrets of endpoints begin with, before 32 bytes in base64: libraries of Standard Webhooks read them so.
pub const WEBHOOK_SECRET: &str = "whsec_";

impl WebhookEndpoint {
    /// What its secrets are sealed for in place of a provider account: the endpoint itself, whose id no account has.
    pub const fn seat(id: WebhookEndpointId) -> AccountId {
        AccountId::from_uuid(id.uuid())
    }
}

/// What came of telling an endpoint of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It is still to be told, or told again.
    Pending,
    /// It was answered with a status of 200 to 299.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no status of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown delivery status {0:?}: use pending, delivered or failed")]
pub struct UnknownDeliveryStatus(pub String);

impl FromStr for DeliveryStatus {
    type Err = UnknownDeliveryStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownDeliveryStatus(text.to_owned()))
    }
}

/// How many calls of a delivery are remembered, the latest.
pub const CALLS_KEPT: usize = 20;

/// One call of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookCall {
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why it did not go well, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// An event that an endpoint is told, or was.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookDelivery {
    /// The event.
    pub event: EventId,
    /// Its kind.
    pub kind: EventKind,
    /// When it got its place in the log.
    pub logged_at: OffsetDateTime,
    /// What came of it.
    pub status: DeliveryStatus,
    /// The latest calls, oldest first; at most [`CALLS_KEPT`].
    pub calls: Vec<WebhookCall>,
    /// When it is told next, if it is.
    pub due_at: Option<OffsetDateTime>,
}
