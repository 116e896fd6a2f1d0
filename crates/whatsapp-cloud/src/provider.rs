use crate::{DESCRIPTOR, callback, connect, credentials::Caller, errors, graph::Graph, send};
use async_trait::async_trait;
use reqwest::Method;
use std::{sync::Arc, time::Duration};
use tidings_kernel::Clock;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ConnectError, Credentials, Descriptor, Found, Handshake,
    NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage, StatusQuery,
    Unreadable,
};
use tidings_routing::ProviderError;
use url::Url;

/// Meta's WhatsApp Cloud API.
#[derive(Debug, Clone)]
pub struct WhatsappCloud {
    pub(crate) graph: Graph,
}

impl WhatsappCloud {
    /// Speaks with the Graph API at `base_url` ([`BASE_URL`](crate::BASE_URL)) in `version`
    /// ([`DEFAULT_VERSION`](crate::DEFAULT_VERSION)).
    ///
    /// `client` must not follow redirects: Meta sends none, and the token would go along.
    pub fn new(client: reqwest::Client, base_url: Url, version: String) -> Self {
        Self {
            graph: Graph::new(client, base_url, version),
        }
    }

    /// The same adapter with another limit for each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            graph: self.graph.with_timeout(timeout),
        }
    }

    /// The same adapter, which reads waits of answers without a date by `clock`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self {
            graph: self.graph.with_clock(clock),
        }
    }
}

#[async_trait]
impl Provider for WhatsappCloud {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        vec![self.graph.api().base_url().to_string()]
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        connect::connect(&self.graph, access).await
    }

    /// A pair of addresses has a limit of its own: "other recipients are not affected" (error 131056).
    fn limits_recipient(&self, error: &ProviderError) -> bool {
        error.provider_code == "131056"
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let caller = match Caller::of(&access.credentials) {
            Ok(caller) => caller,
            Err(problem) => return Outcome::Rejected(problem.into()),
        };
        let body = match send::body(message) {
            Ok(body) => body,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        let path = [caller.phone_number_id, "messages"];
        let request = self.graph.request(Method::POST, caller, path).json(&body);
        errors::outcome(self.graph.call(request).await)
    }

    /// Always [`Found::CannotTell`]: Meta has no call that tells the status of a message, and lost
    /// callbacks cannot be fetched again. Only a status callback with our reference settles an attempt.
    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        Ok(Found::CannotTell)
    }

    async fn handshake(&self, access: &Access, request: &CallbackRequest) -> Option<Handshake> {
        callback::handshake(access, request)
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        callback::authenticate(access, request)
    }

    fn is_shared(&self, access: &Access, request: &CallbackRequest) -> bool {
        callback::is_shared(access, request)
    }

    fn parse(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        callback::parse(access, request)
    }
}
