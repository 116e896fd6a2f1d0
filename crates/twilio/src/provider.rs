use crate::{
    DESCRIPTOR, callback, calls, connect, credentials::TwilioCredentials, errors::TWILIO, find,
    send,
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tidings_kernel::{Channel, Clock};
use tidings_messaging::{
    Access, AccountInfo, Address, CallbackRequest, ConnectError, Content, Credentials, Descriptor,
    Found, Handshake, NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage,
    StatusQuery, Unreadable,
};
use tidings_provider_http::Api;
use url::Url;

/// Carries SMS, MMS and WhatsApp messages through Twilio.
#[derive(Debug, Clone)]
pub struct Twilio {
    pub(crate) api: Api,
}

impl Twilio {
    /// An adapter that calls Twilio at `base_url`, which is `https://api.twilio.com` or a simulator.
    ///
    /// The address is the platform's configuration and never a tenant's input: credentials go there.
    /// `client` must not follow redirects, since a redirected send would be made twice or not at all.
    pub fn new(client: reqwest::Client, base_url: Url) -> Self {
        Self {
            api: Api::new(client, base_url),
        }
    }

    /// The same adapter with another limit for each call.
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
impl Provider for Twilio {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        vec![self.api.base_url().to_string()]
    }

    #[tracing::instrument(name = "provider.twilio.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        connect::connect(&self.api, access).await
    }

    fn can_carry(&self, channel: Channel, to: &Address, content: &Content) -> bool {
        send::can_carry(channel, to, content)
    }

    #[tracing::instrument(name = "provider.twilio.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let credentials = match TwilioCredentials::read(&access.credentials) {
            Ok(credentials) => credentials,
            Err(problem) => return Outcome::Rejected(problem.into()),
        };
        let form = match send::form(&credentials, &access.callback_url, message) {
            Ok(form) => form,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        let request = calls::create_message(&self.api, &credentials, &form);
        TWILIO.outcome(self.api.call(request).await)
    }

    #[tracing::instrument(name = "provider.twilio.find", skip_all, fields(attempt = %query.attempt))]
    async fn find(&self, access: &Access, query: &StatusQuery) -> Result<Found, QueryError> {
        find::find(&self.api, access, query).await
    }

    /// Twilio checks no callback address.
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
