//! MessageBird's REST interface: SMS alone.

mod connect;
mod dialect;
mod fields;
mod find;
mod inbound;
mod report;
mod send;
mod signature;

#[cfg(test)]
pub(crate) use dialect::DELIVERY;
pub(crate) use signature::authenticate;

use crate::{access_key::authorized, account::ClassicAccount};
use fields::Fields;
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde_json::Value;
use tidings_messaging::{CallbackRequest, Outcome, ProviderEvent, SendableMessage, Unreadable};
use tidings_provider_http::{Answer, Api, CallError};

/// Speaks with MessageBird for one account.
#[derive(Debug)]
pub(crate) struct Classic {
    api: Api,
    key: SecretString,
}

impl Classic {
    pub(crate) const fn new(api: Api, key: SecretString) -> Self {
        Self { api, key }
    }

    /// Hands a message over; reports of it go to `callback_url`.
    pub(crate) async fn send(&self, callback_url: &str, message: &SendableMessage) -> Outcome {
        let body = match send::body(callback_url, message) {
            Ok(body) => body,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        let request = self
            .request(Method::POST, &["messages"])
            .json::<Value>(&body);
        dialect::outcome(self.call(request).await)
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let request = self.api.request(method, path.iter().copied());
        authorized(request, &self.key)
    }

    async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        self.api.call(request).await
    }
}

/// Reads a status report, or what a flow forwards of an inbound message.
pub(crate) fn parse(
    account: &ClassicAccount,
    request: &CallbackRequest,
) -> Result<ProviderEvent, Unreadable> {
    let fields = Fields::of(request)?;
    if report::is_report(&fields, request) {
        return report::parse(&fields, request);
    }
    inbound::parse(&account.inbound_fields, &fields)
}
