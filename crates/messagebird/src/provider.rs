use crate::{
    Addresses, DESCRIPTOR,
    account::Account,
    channels::{self, Channels},
    classic::{self, Classic},
    descriptor::ACCESS_KEY,
    platform::{self, Platform},
};
use async_trait::async_trait;
use std::{fmt, sync::Arc, time::Duration};
use tidings_kernel::Clock;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ConnectError, Credentials, Descriptor, Found, Handshake,
    NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage, StatusQuery,
    Unreadable,
};
use tidings_provider_http::{Api, CALL_TIMEOUT, CredentialProblem};
use url::Url;

/// Carries SMS and WhatsApp messages through MessageBird and Bird: by whichever of their three interfaces an
/// account's key opens.
#[derive(Clone)]
pub struct MessageBird {
    http: reqwest::Client,
    addresses: Addresses,
    timeout: Duration,
    clock: Option<Arc<dyn Clock>>,
}

/// The interface of one account.
enum Line {
    Platform(Platform),
    Channels(Channels),
    Classic(Classic),
}

impl MessageBird {
    /// An adapter that calls these addresses, which are the platform's configuration and never a tenant's
    /// input: credentials go there.
    ///
    /// `http` must not follow redirects, since a redirected send would be made twice or not at all.
    pub const fn new(http: reqwest::Client, addresses: Addresses) -> Self {
        Self {
            http,
            addresses,
            timeout: CALL_TIMEOUT,
            clock: None,
        }
    }

    /// The same adapter with another limit than [`CALL_TIMEOUT`] for each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same adapter, which reads waits of answers without a date by `clock`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }

    /// Where the account is served.
    fn url(&self, account: &Account) -> Result<Url, CredentialProblem> {
        match account {
            // The region is letters and digits, so that its address is one.
            Account::Platform(account) => {
                let url = self.addresses.platform(&account.region);
                url.map_err(|_| CredentialProblem {
                    field: ACCESS_KEY.name,
                    problem: "names a region that has no address",
                })
            }
            Account::Channels(_) => Ok(self.addresses.channels.clone()),
            Account::Classic(_) => Ok(self.addresses.classic.clone()),
        }
    }

    fn line(&self, account: Account) -> Result<Line, CredentialProblem> {
        let api = self.api(self.url(&account)?);
        Ok(match account {
            Account::Platform(account) => Line::Platform(Platform::new(api, account.key)),
            Account::Channels(account) => Line::Channels(Channels::new(api, account)),
            Account::Classic(account) => Line::Classic(Classic::new(api, account.key)),
        })
    }

    fn api(&self, url: Url) -> Api {
        let api = Api::new(self.http.clone(), url).with_timeout(self.timeout);
        match &self.clock {
            Some(clock) => api.with_clock(Arc::clone(clock)),
            None => api,
        }
    }

    fn open(&self, access: &Access) -> Result<Line, CredentialProblem> {
        self.line(Account::read(&access.credentials)?)
    }
}

impl fmt::Debug for MessageBird {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageBird")
            .field("addresses", &self.addresses)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Provider for MessageBird {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, credentials: &Credentials) -> Vec<String> {
        let account = Account::read(credentials);
        let url = account.ok().and_then(|account| self.url(&account).ok());
        url.iter().map(Url::to_string).collect()
    }

    #[tracing::instrument(name = "provider.messagebird.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        let account = Account::read(&access.credentials)?;
        let checks_callbacks = account.checks_callbacks();
        let mut info = match self.line(account)? {
            Line::Platform(line) => line.connect().await,
            Line::Channels(line) => line.connect().await,
            Line::Classic(line) => line.connect().await,
        }?;
        if !checks_callbacks {
            info.notes.push(
                "There is no signing key, so that every callback is refused: messages from contacts \
                 are lost, STOP among them, and what became of messages has to be asked for."
                    .into(),
            );
        }
        Ok(info)
    }

    #[tracing::instrument(name = "provider.messagebird.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        match self.open(access) {
            Ok(Line::Platform(line)) => line.send(message).await,
            Ok(Line::Channels(line)) => line.send(message).await,
            Ok(Line::Classic(line)) => line.send(&access.callback_url, message).await,
            Err(problem) => Outcome::Rejected(problem.into()),
        }
    }

    #[tracing::instrument(name = "provider.messagebird.find", skip_all, fields(attempt = %query.attempt))]
    async fn find(&self, access: &Access, query: &StatusQuery) -> Result<Found, QueryError> {
        match self.open(access) {
            Ok(Line::Platform(line)) => line.find(query).await,
            Ok(Line::Channels(line)) => line.find(query).await,
            Ok(Line::Classic(line)) => line.find(query).await,
            Err(problem) => Err(QueryError(problem.into())),
        }
    }

    /// Neither MessageBird nor Bird checks a callback address.
    async fn handshake(&self, _: &Access, _: &CallbackRequest) -> Option<Handshake> {
        None
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        // Without credentials nothing can be right.
        match Account::read(&access.credentials).map_err(|_| NotAuthentic::Wrong)? {
            Account::Platform(account) => platform::authenticate(&account, request),
            Account::Channels(account) => channels::authenticate(&account, request),
            Account::Classic(account) => classic::authenticate(&account, request),
        }
    }

    fn parse(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        let account = Account::read(&access.credentials).map_err(|problem| Unreadable {
            context: "the account's credentials do not tell whose callback it is".into(),
            source: Some(problem.into()),
        })?;
        let event = match account {
            Account::Platform(_) => platform::parse(request),
            Account::Channels(account) => channels::parse(&account, request),
            Account::Classic(account) => classic::parse(&account, request),
        };
        event.map(|event| vec![event])
    }
}
