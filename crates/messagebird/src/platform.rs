//! Bird's platform: SMS and WhatsApp by one key, which names its region.

mod callback;
mod connect;
mod dialect;
mod find;
mod inbound;
mod send;
mod signature;
mod status;
mod template;
mod whatsapp;

pub(crate) use callback::{authenticate, parse};
pub(crate) use dialect::DIALECT;

use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tidings_kernel::Channel;
use tidings_messaging::{Outcome, SendableMessage};
use tidings_provider_http::{Answer, Api, CallError};

/// In whose name our reference stands in a message's metadata.
const ATTEMPT: &str = "attempt";

/// Speaks with the platform for one account.
#[derive(Debug)]
pub(crate) struct Platform {
    api: Api,
    key: SecretString,
}

impl Platform {
    pub(crate) const fn new(api: Api, key: SecretString) -> Self {
        Self { api, key }
    }

    /// Hands a message over. The attempt's id is the key under which Bird would recognize a repetition; we
    /// never repeat.
    pub(crate) async fn send(&self, message: &SendableMessage) -> Outcome {
        let (resource, body) = match send::body(message) {
            Ok(body) => body,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        let request = self
            .request(Method::POST, &["v1", resource, "messages"])
            .header("idempotency-key", message.attempt().to_string())
            .json::<Value>(&body);
        DIALECT.outcome(self.call(request).await)
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.api
            .request(method, path.iter().copied())
            .bearer_auth(self.key.expose_secret())
    }

    async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        self.api.call(request).await
    }
}

/// What the platform calls a channel in its paths.
const fn resource(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Sms => Some("sms"),
        Channel::Whatsapp => Some("whatsapp"),
        Channel::Email => None,
    }
}
