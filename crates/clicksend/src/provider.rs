use crate::{DESCRIPTOR, callback, client::Client, connect, dialect, find, send};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tidings_kernel::{Channel, Clock};
use tidings_messaging::{
    Access, AccountInfo, Address, CallbackRequest, ConnectError, Content, Credentials, Descriptor,
    Found, Handshake, NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage,
    StatusQuery, Unreadable,
};
use tidings_provider_http::Api;
use tidings_routing::ProviderError;
use url::Url;

/// Carries SMS and MMS through ClickSend.
#[derive(Debug, Clone)]
pub struct ClickSend {
    api: Api,
}

impl ClickSend {
    /// An adapter that calls ClickSend at `base_url`, which is `https://rest.clicksend.com/v3` or a simulator.
    ///
    /// The address is the platform's configuration and never a tenant's input: credentials go there.
    /// `client` must not follow redirects, since a redirected send would be made twice or not at all.
    pub const fn new(client: reqwest::Client, base_url: Url) -> Self {
        Self {
            api: Api::new(client, base_url),
        }
    }

    /// The same adapter with another limit than [`CALL_TIMEOUT`](tidings_provider_http::CALL_TIMEOUT) for
    /// each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            api: self.api.with_timeout(timeout),
        }
    }

    /// The same adapter, which reads waits of answers without a date by `clock`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self {
            api: self.api.with_clock(clock),
        }
    }
}

#[async_trait]
impl Provider for ClickSend {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        vec![self.api.base_url().to_string()]
    }

    #[tracing::instrument(name = "provider.clicksend.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        connect::connect(&self.api, access).await
    }

    fn can_carry(&self, _: Channel, to: &Address, content: &Content) -> bool {
        send::can_carry(to, content)
    }

    /// "Identical text to the same recipient" is throttled, and nobody else's.
    fn limits_recipient(&self, error: &ProviderError) -> bool {
        error.provider_code == "THROTTLED"
    }

    #[tracing::instrument(name = "provider.clicksend.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let client = match Client::of(&self.api, access) {
            Ok(client) => client,
            Err(problem) => return Outcome::Rejected(problem.into()),
        };
        let call = match send::call(message) {
            Ok(call) => call,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        dialect::outcome(client.post(&call.path(), &call).await)
    }

    #[tracing::instrument(name = "provider.clicksend.find", skip_all, fields(attempt = %query.attempt))]
    async fn find(&self, access: &Access, query: &StatusQuery) -> Result<Found, QueryError> {
        find::find(&self.api, access, query)
            .await
            .map_err(|error| QueryError(error.into()))
    }

    /// ClickSend checks no callback address.
    async fn handshake(&self, _: &Access, _: &CallbackRequest) -> Option<Handshake> {
        None
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        callback::authenticate(access, request)
    }

    fn parse(
        &self,
        _: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        callback::parse(request).map(|event| vec![event])
    }
}
