//! Twilio's JSON, as far as we read it. Unknown fields are left alone.

use serde::Deserialize;

/// A message resource.
#[derive(Debug, Deserialize)]
pub(crate) struct MessageResource {
    pub(crate) sid: String,
    #[serde(default)]
    pub(crate) status: String,
    pub(crate) error_code: Option<u32>,
    pub(crate) error_message: Option<String>,
    /// A decimal text, negative for what is charged.
    pub(crate) price: Option<String>,
    pub(crate) price_unit: Option<String>,
    /// RFC 2822.
    pub(crate) date_created: Option<String>,
    pub(crate) direction: Option<String>,
    /// Absent while a Messaging Service has not chosen a sender.
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) messaging_service_sid: Option<String>,
    pub(crate) body: Option<String>,
}

/// What creating a message answers, as far as it matters then.
#[derive(Debug, Deserialize)]
pub(crate) struct Created {
    pub(crate) sid: String,
}

/// One page of messages.
#[derive(Debug, Deserialize)]
pub(crate) struct MessageList {
    pub(crate) messages: Vec<MessageResource>,
    pub(crate) next_page_uri: Option<String>,
}

/// An account resource.
#[derive(Debug, Deserialize)]
pub(crate) struct Account {
    pub(crate) friendly_name: Option<String>,
    pub(crate) status: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
}

/// The body of a refusal.
#[derive(Debug, Deserialize)]
pub(crate) struct ApiError {
    pub(crate) code: u32,
    #[serde(default)]
    pub(crate) message: String,
}
