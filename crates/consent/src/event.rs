use crate::{Action, Channels, Evidence, Method, Purposes};
use serde::{Deserialize, Serialize};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose};
use time::OffsetDateTime;

/// One fact about consent, as it is kept for ever. Corrections are new events.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConsentEvent {
    /// Its identity; the same id again is the same event.
    pub id: ConsentEventId,
    /// Whom it is about.
    pub contact: ContactId,
    /// What happened.
    pub action: Action,
    /// On which channels.
    pub channels: Channels,
    /// For which purposes.
    pub purposes: Purposes,
    /// How it reached us.
    pub method: Method,
    /// When it happened. This decides, however late we learn of it.
    #[serde(with = "time::serde::rfc3339")]
    pub occurred_at: OffsetDateTime,
    /// When we learned of it. History only; decides nothing.
    #[serde(with = "time::serde::rfc3339")]
    pub recorded_at: OffsetDateTime,
    /// What proves it.
    #[serde(default)]
    pub evidence: Evidence,
}

impl ConsentEvent {
    /// Whether its own words cover this channel and purpose.
    pub fn covers(&self, channel: Channel, purpose: Purpose) -> bool {
        self.channels.covers(channel) && self.purposes.covers(purpose)
    }
}
