use crate::{DESCRIPTOR, callback, connect, credentials::VonageCredentials, errors, find, send};
use async_trait::async_trait;
use reqwest::Method;
use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};
use tidings_kernel::Clock;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ConnectError, Credentials, Descriptor, Found, Handshake,
    NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage, StatusQuery,
    Unreadable,
};
use tidings_provider_http::Api;
use tidings_routing::{Class, ProviderError};
use url::Url;

/// Where Vonage takes messages, and tells of applications and records.
pub const API_URL: &str = "https://api.nexmo.com";
/// Where Vonage tells an account's balance.
pub const REST_URL: &str = "https://rest.nexmo.com";

/// Carries SMS, MMS and WhatsApp messages through Vonage.
#[derive(Clone)]
pub struct Vonage {
    pub(crate) hosts: Hosts,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The two hosts of Vonage.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    pub(crate) api: Api,
    pub(crate) rest: Api,
}

impl Vonage {
    /// An adapter that calls Vonage at `api_url` and `rest_url`, which are [`API_URL`] or the one of a
    /// region, and [`REST_URL`]; or one simulator twice.
    ///
    /// The addresses are the platform's configuration and never a tenant's input: credentials go there.
    /// `client` must not follow redirects, since a redirected send would be made twice or not at all. The
    /// clock dates the tokens by which applications show who they are, and answers without a date.
    pub fn new(
        client: reqwest::Client,
        clock: Arc<dyn Clock>,
        api_url: Url,
        rest_url: Url,
    ) -> Self {
        Self {
            hosts: Hosts {
                api: Api::new(client.clone(), api_url).with_clock(clock.clone()),
                rest: Api::new(client, rest_url).with_clock(clock.clone()),
            },
            clock,
        }
    }

    /// The same adapter with another limit for each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        let Hosts { api, rest } = self.hosts;
        Self {
            hosts: Hosts {
                api: api.with_timeout(timeout),
                rest: rest.with_timeout(timeout),
            },
            clock: self.clock,
        }
    }
}

impl fmt::Debug for Vonage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vonage")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Provider for Vonage {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        let Hosts { api, rest } = &self.hosts;
        let all = [api, rest].map(|host| host.base_url().to_string());
        BTreeSet::from(all).into_iter().collect()
    }

    #[tracing::instrument(name = "provider.vonage.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        connect::connect(&self.hosts, access).await
    }

    #[tracing::instrument(name = "provider.vonage.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let credentials = match VonageCredentials::read(&access.credentials) {
            Ok(credentials) => credentials,
            Err(problem) => return Outcome::Rejected(problem.into()),
        };
        let body = match send::body(&access.callback_url, message) {
            Ok(body) => body,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        let api = &self.hosts.api;
        let request = api.request(Method::POST, ["v1", "messages"]).json(&body);
        // An attempt is one call, so its id is that of the token too.
        let id = message.attempt().uuid().to_string();
        match credentials.show_sender(request, &id, self.clock.now()) {
            Ok(request) => errors::outcome(api.call(request).await),
            Err(error) => Outcome::Rejected(ProviderError::new(
                Class::Transient,
                "not_signed",
                &format!("{error}: nothing was sent"),
            )),
        }
    }

    #[tracing::instrument(name = "provider.vonage.find", skip_all, fields(attempt = %query.attempt))]
    async fn find(&self, access: &Access, query: &StatusQuery) -> Result<Found, QueryError> {
        find::find(&self.hosts.api, access, query).await
    }

    /// Vonage checks no callback address.
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
