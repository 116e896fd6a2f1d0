use super::{DESCRIPTOR, client::Client, connect, credentials, errors, event, find, send};
use crate::{
    letter::Letter,
    ses::credentials::SesCredentials,
    unsubscribe::{self, UnsubscribeKey},
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tidings_aws_http::SnsVerifier;
use tidings_kernel::Clock;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ConnectError, Credentials, Descriptor, Found, Handshake,
    NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage, StatusQuery,
    Unreadable,
};
use tidings_provider_http::CALL_TIMEOUT;
use tidings_routing::ProviderError;
use url::Url;

/// Sends email through Amazon SES, and reads its events.
#[derive(Clone)]
pub struct Ses {
    client: Client,
    notifications: Arc<SnsVerifier>,
    unsubscribe: Option<UnsubscribeKey>,
}

impl Ses {
    /// An adapter that calls AWS in the region of each account, or `base_url` in its place: a simulator.
    ///
    /// The address is the platform's configuration and never a tenant's input: requests are signed for it.
    /// `http` must not follow redirects, since a redirected send would be made twice or not at all.
    /// `notifications` is best shared with other adapters of AWS.
    pub fn new(
        http: reqwest::Client,
        base_url: Option<Url>,
        notifications: Arc<SnsVerifier>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            client: Client {
                http,
                clock,
                base_url,
                timeout: CALL_TIMEOUT,
            },
            notifications,
            unsubscribe: None,
        }
    }

    /// The same adapter with another limit than [`CALL_TIMEOUT`] for each call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.client.timeout = timeout;
        self
    }

    /// The same adapter with links to unsubscribe in the headers of marketing.
    #[must_use]
    pub fn with_unsubscribe(self, key: UnsubscribeKey) -> Self {
        Self {
            unsubscribe: Some(key),
            ..self
        }
    }

    async fn hand_over(
        &self,
        access: &Access,
        message: &SendableMessage,
    ) -> Result<Outcome, ProviderError> {
        let credentials = SesCredentials::read(&access.credentials)?;
        let link = unsubscribe::link_for(self.unsubscribe.as_ref(), access, message);
        let letter = Letter::new(message, &credentials.identity, link)?;
        let now = self.client.clock.now();
        let input = send::input(&credentials, message, &letter, now)?;
        let service = self.client.service(&credentials)?;
        let path = ["v2", "email", "outbound-emails"];
        Ok(errors::outcome(service.post(&path, &input).await))
    }
}

#[async_trait]
impl Provider for Ses {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, credentials: &Credentials) -> Vec<String> {
        let url = match SesCredentials::read(credentials) {
            Ok(account) => self.client.url(&account).ok(),
            // In place of every region's.
            Err(_) => self.client.base_url.clone(),
        };
        url.iter().map(Url::to_string).collect()
    }

    #[tracing::instrument(name = "provider.ses.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        let credentials = SesCredentials::read(&access.credentials)?;
        connect::connect(&self.client, &credentials).await
    }

    #[tracing::instrument(name = "provider.ses.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        self.hand_over(access, message)
            .await
            .unwrap_or_else(Outcome::Rejected)
    }

    #[tracing::instrument(name = "provider.ses.find", skip_all, fields(attempt = %query.attempt))]
    async fn find(&self, access: &Access, query: &StatusQuery) -> Result<Found, QueryError> {
        let credentials = SesCredentials::read(&access.credentials)
            .map_err(|problem| QueryError(problem.into()))?;
        find::find(&self.client, &credentials, query).await
    }

    /// What a person reads who opens a link to unsubscribe. SNS asks by POST, which
    /// [`authenticate`](Provider::authenticate) answers.
    async fn handshake(&self, access: &Access, request: &CallbackRequest) -> Option<Handshake> {
        unsubscribe::handshake(self.unsubscribe.as_ref(), access, request)
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        let key = self.unsubscribe.as_ref();
        if let Some(result) = unsubscribe::authenticate(key, access, request) {
            return result;
        }
        // An account whose topic makes no sense has none.
        let topics = credentials::topics(&access.credentials).unwrap_or_default();
        self.notifications.authenticate(request, &topics).await
    }

    fn parse(
        &self,
        _: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        match unsubscribe::parse(request) {
            Some(event) => Ok(vec![event]),
            None => event::parse(request),
        }
    }
}
