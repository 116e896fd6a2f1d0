//! What is posted to tenants' own systems, and who posts it.

use crate::{Decision, Event, MessageRecord, StatusWebhook, WebhookUrlError};
use async_trait::async_trait;
use secrecy::SecretString;
use tidings_kernel::BoxError;
use time::OffsetDateTime;

/// A request to a tenant's own system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRequest {
    /// Where, without a fragment. A tenant's input: see [`WebhookClient`].
    pub url: String,
    /// Headers beside those that every request has.
    pub headers: Vec<(&'static str, String)>,
    /// What the body is.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address may not be called, whatever is there: do not try again.
    #[error("the address may not be called")]
    NotAllowed(#[source] WebhookUrlError),
    /// Nobody answered in time.
    #[error("nobody answered")]
    Unanswered(#[source] BoxError),
}

/// Makes requests to tenants' own systems.
///
/// An address is a tenant's input, so whoever implements this sees to it that nothing but the public internet can
/// be reached by it; follows no redirects; and bounds what a request takes, in time and in bytes.
#[async_trait]
pub trait WebhookClient: Send + Sync {
    /// Posts once, and gives the status of the answer.
    ///
    /// # Errors
    /// [`WebhookError`]: there was none.
    async fn post(&self, request: &WebhookRequest) -> Result<u16, WebhookError>;
}

/// Writes a change of status the way that the tenant's program understands.
pub trait WebhookForm: Send + Sync {
    /// The request that tells of a change; `None` when it is no news to the program. `decision` is the gate's
    /// latest, for a message that was refused; `key` signs, if the tenant has one.
    fn request(
        &self,
        webhook: &StatusWebhook,
        record: &MessageRecord,
        decision: Option<&Decision>,
        key: Option<&SecretString>,
    ) -> Option<WebhookRequest>;
}

/// Writes an event the way that endpoints for webhooks are told of it.
pub trait EventForm: Send + Sync {
    /// The request that tells of an event, signed at `now` with each of these secrets.
    ///
    /// # Errors
    /// The event does not serialize, or a secret is none: bugs of ours.
    fn request(
        &self,
        url: &str,
        event: &Event,
        secrets: &[SecretString],
        now: OffsetDateTime,
    ) -> Result<WebhookRequest, BoxError>;
}
