//! A workspace at app.bird.com: each channel of the workspace has its own address.

mod callback;
mod connect;
mod dialect;
mod find;
mod inbound;
mod send;
mod signature;
mod status;

pub(crate) use callback::{authenticate, parse};

use crate::{access_key::authorized, account::ChannelsAccount};
use dialect::DIALECT;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tidings_messaging::{Outcome, SendableMessage};
use tidings_provider_http::{Answer, Api, CallError};

/// Speaks with a workspace for one account.
#[derive(Debug)]
pub(crate) struct Channels {
    api: Api,
    account: ChannelsAccount,
}

impl Channels {
    pub(crate) const fn new(api: Api, account: ChannelsAccount) -> Self {
        Self { api, account }
    }

    /// Hands a message over.
    pub(crate) async fn send(&self, message: &SendableMessage) -> Outcome {
        let (channel, body) = match send::body(&self.account, message) {
            Ok(body) => body,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        let request = self
            .request(Method::POST, channel, &["messages"])
            .json::<Value>(&body);
        DIALECT.outcome(self.call(request).await)
    }

    fn request(&self, method: Method, channel: &str, path: &[&str]) -> RequestBuilder {
        let place = ["workspaces", &self.account.workspace, "channels", channel];
        let path = place.into_iter().chain(path.iter().copied());
        authorized(self.api.request(method, path), &self.account.key)
    }

    async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        self.api.call(request).await
    }
}
