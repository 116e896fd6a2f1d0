use crate::{
    DESCRIPTOR, Endpoints, callback,
    client::Client,
    connect,
    credentials::AwsCredentials,
    dialect::{SNS, VOICE},
    send::{self, Call},
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tidings_aws_http::{HttpSource, SnsVerifier};
use tidings_kernel::{Channel, Clock};
use tidings_messaging::{
    Access, AccountInfo, Address, CallbackRequest, ConnectError, Content, Credentials, Descriptor,
    Found, Handshake, NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage,
    StatusQuery, Unreadable,
};
use tidings_provider_http::{CALL_TIMEOUT, CredentialProblem};
use url::Url;

/// Carries SMS and MMS messages through AWS.
#[derive(Clone)]
pub struct AwsSns {
    client: Client,
    verifier: Arc<SnsVerifier>,
}

impl AwsSns {
    /// An adapter that calls AWS, or what stands in its place by `endpoints`.
    ///
    /// `http` must not follow redirects, since a redirected send would be made twice or not at all. Requests
    /// are signed for the time of `clock`: AWS refuses them when it is some minutes wrong.
    pub fn new(http: reqwest::Client, endpoints: Endpoints, clock: Arc<dyn Clock>) -> Self {
        let source = match &endpoints.sns {
            Some(url) => HttpSource::instead(http.clone(), url.clone()),
            None => HttpSource::new(http.clone()),
        };
        let verifier = SnsVerifier::with_source(Arc::new(source), Arc::clone(&clock));
        Self {
            client: Client {
                http,
                clock,
                endpoints,
                timeout: CALL_TIMEOUT,
            },
            verifier: Arc::new(verifier),
        }
    }

    /// The same adapter with another limit than [`CALL_TIMEOUT`] for each call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.client.timeout = timeout;
        self
    }

    /// The same adapter with another verifier of callbacks, such as one that is shared.
    #[must_use]
    pub fn with_verifier(self, verifier: Arc<SnsVerifier>) -> Self {
        Self { verifier, ..self }
    }

    async fn handed_over(
        &self,
        access: &Access,
        message: &SendableMessage,
    ) -> Result<Outcome, CredentialProblem> {
        let credentials = AwsCredentials::read(&access.credentials)?;
        Ok(match send::call(&credentials, message) {
            Err(refusal) => Outcome::Rejected(refusal),
            Ok(Call::Voice { operation, input }) => {
                let service = self.client.sms_voice(&credentials)?;
                VOICE.outcome(service.json(operation, &input).await)
            }
            Ok(Call::Publish(fields)) => {
                let service = self.client.sns(&credentials)?;
                SNS.outcome(service.query("Publish", &fields).await)
            }
        })
    }
}

impl std::fmt::Debug for AwsSns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsSns")
            .field("endpoints", &self.client.endpoints)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Provider for AwsSns {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, credentials: &Credentials) -> Vec<String> {
        let Endpoints { sms_voice, sns } = &self.client.endpoints;
        let url = match AwsCredentials::read(credentials) {
            Ok(account) => self.client.url(&account).ok(),
            // In place of every region's.
            Err(_) => sms_voice.clone().or_else(|| sns.clone()),
        };
        url.iter().map(Url::to_string).collect()
    }

    #[tracing::instrument(name = "provider.aws_sns.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        connect::connect(&self.client, access).await
    }

    fn can_carry(&self, _: Channel, to: &Address, content: &Content) -> bool {
        matches!(to, Address::Phone(_)) && send::carried_media(&content.media).is_ok()
    }

    #[tracing::instrument(name = "provider.aws_sns.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let handed_over = self.handed_over(access, message).await;
        handed_over.unwrap_or_else(|problem| Outcome::Rejected(problem.into()))
    }

    /// AWS answers no questions about messages: what is missed of events is lost.
    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        Ok(Found::CannotTell)
    }

    /// SNS asks by POST whether a subscription is meant, and `authenticate` confirms it.
    async fn handshake(&self, _: &Access, _: &CallbackRequest) -> Option<Handshake> {
        None
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        callback::authenticate(&self.verifier, access, request).await
    }

    fn parse(
        &self,
        _: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        callback::parse(request).map(|event| vec![event])
    }
}
