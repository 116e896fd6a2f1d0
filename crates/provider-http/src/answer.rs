use bytes::Bytes;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidings_messaging::{ConnectError, QueryError};

/// What came back from a provider.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `None` when it broke off or is longer than any answer of a provider.
    pub body: Option<Bytes>,
}

/// No answer came back.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nothing left our side.
    #[error("the provider could not be reached")]
    NotSent(#[source] reqwest::Error),
    /// The request may have arrived.
    #[error("the answer of the provider was lost")]
    Lost(#[source] reqwest::Error),
}

impl CallError {
    /// Whether the time for the answer was over.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Lost(error) if error.is_timeout())
    }
}

impl From<CallError> for ConnectError {
    fn from(error: CallError) -> Self {
        Self::Unreachable(error.into())
    }
}

impl From<CallError> for QueryError {
    fn from(error: CallError) -> Self {
        Self(error.into())
    }
}

impl Answer {
    /// Whether the status is one of success.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body as `T`; `None` when it is something else.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }

    /// The body as any JSON.
    pub fn json(&self) -> Option<Value> {
        self.read()
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The whole seconds of `Retry-After`. Its other form, a date, is left out: there is no clock here.
    pub fn retry_after(&self) -> Option<u32> {
        self.header(RETRY_AFTER.as_str())?.trim().parse().ok()
    }
}
