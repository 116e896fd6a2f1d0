use super::{
    DESCRIPTOR,
    credentials::Server,
    failure::Failure,
    pool::{Key, Pool},
    reach::Reach,
    session::{Manners, Session},
    tls,
};
use crate::{
    letter::Letter,
    unsubscribe::{self, UnsubscribeKey},
};
use async_trait::async_trait;
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};
use tidings_kernel::Clock;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ConnectError, Credentials, Descriptor, Found, Handshake,
    NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage, StatusQuery,
    Unreadable,
};
use tidings_provider_http::{CALL_TIMEOUT, sha256_hex};
use tidings_routing::{Class, ProviderError};
use tokio::time::{Instant, timeout_at};
use url::Host;

/// How many connections an account may have in use at once; many servers refuse more from one address.
const MOST_CONNECTIONS: usize = 10;
/// How long to wait when all of them are in use.
const BUSY_FOR: u32 = 5;

/// What is the platform's to say about its mail.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The name with which servers are greeted: a host name of the platform's own that DNS knows.
    pub hello: String,
    /// Which servers accounts may name.
    pub reach: Reach,
}

/// The adapter cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The name is none.
    #[error("the name to greet mail servers with is no full host name, such as mail.example.com")]
    Hello,
    /// There are no authorities that could be trusted.
    #[error("the certificate authorities of the system cannot be read")]
    Trust(#[source] rustls::Error),
}

/// Sends email through any SMTP server.
#[derive(Clone)]
pub struct Smtp {
    manners: Manners,
    pool: Arc<Pool>,
    clock: Arc<dyn Clock>,
    unsubscribe: Option<UnsubscribeKey>,
    timeout: Duration,
}

impl Smtp {
    /// An adapter that calls the servers which accounts name, as far as the settings let it.
    ///
    /// # Errors
    /// [`SetupError`]: the settings, or the system's authorities, are no good.
    pub fn new(settings: &SmtpSettings, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        let hello = match Host::parse(&settings.hello) {
            Ok(Host::Domain(name)) if name.contains('.') => ClientId::Domain(name),
            _ => return Err(SetupError::Hello),
        };
        Ok(Self {
            manners: Manners {
                hello,
                reach: settings.reach,
                trust: tls::system().map_err(SetupError::Trust)?,
            },
            pool: Pool::new(MOST_CONNECTIONS),
            clock,
            unsubscribe: None,
            timeout: CALL_TIMEOUT,
        })
    }

    /// The same adapter with another limit than [`CALL_TIMEOUT`] for each call. The first half is for what
    /// comes before the message, so that a server has time to answer to it.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same adapter with links to unsubscribe in the headers of marketing.
    #[must_use]
    pub fn with_unsubscribe(self, key: UnsubscribeKey) -> Self {
        Self {
            unsubscribe: Some(key),
            ..self
        }
    }

    fn letter(
        &self,
        access: &Access,
        server: &Server,
        message: &SendableMessage,
    ) -> Result<Letter, ProviderError> {
        let link = unsubscribe::link_for(self.unsubscribe.as_ref(), access, message);
        Letter::new(message, &server.identity, link)
    }

    /// Hands over one message, on a connection of its own meanwhile.
    async fn deliver(&self, key: &Key, server: &Server, letter: &Letter) -> Result<(), Failure> {
        let start = Instant::now();
        let half = start + self.timeout / 2;
        let message = letter.bytes(self.clock.now());
        let Ok(Some(_turn)) = timeout_at(half, self.pool.enter(key)).await else {
            return Err(busy());
        };
        let Ok(session) = timeout_at(half, self.session(key, server)).await else {
            return Err(Failure::TOO_SLOW);
        };
        let mut session = session?;
        let announcing = session.announce(letter.from(), letter.to(), letter.needs_utf8());
        let result = match timeout_at(half, announcing).await {
            Ok(Ok(())) => session.finish(&message, start + self.timeout).await,
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure::TOO_SLOW),
        };
        if result.as_ref().err().is_none_or(Failure::is_an_answer) {
            self.pool.keep(key, session);
        }
        result
    }

    /// A connection that is logged in.
    async fn session(&self, key: &Key, server: &Server) -> Result<Session, Failure> {
        if let Some(mut session) = self.pool.take(key)
            && session.start_again().await
        {
            return Ok(session);
        }
        Session::open(server, &self.manners).await
    }
}

fn busy() -> Failure {
    let mut error = ProviderError::new(
        Class::RateLimited,
        "busy",
        "all connections to the server are in use",
    );
    error.retry_after_seconds = Some(BUSY_FOR);
    Failure::Ours(error)
}

fn key(access: &Access) -> Key {
    Key {
        account: access.account,
        credentials: sha256_hex(access.credentials.to_plain().expose_secret()),
    }
}

/// What must not be repeated of a server's words.
fn hidden<'a>(server: &'a Server, message: &'a SendableMessage) -> Vec<&'a str> {
    let mut hidden = vec![message.content().text.as_str()];
    hidden.extend(message.content().subject.as_deref());
    hidden.extend(password(server));
    hidden
}

fn password(server: &Server) -> Option<&str> {
    let login = server.login.as_ref()?;
    Some(login.password.expose_secret())
}

#[async_trait]
impl Provider for Smtp {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, credentials: &Credentials) -> Vec<String> {
        let server = Server::read(credentials);
        server.iter().map(Server::address).collect()
    }

    #[tracing::instrument(name = "provider.smtp.connect", skip_all, fields(account = %access.account))]
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        let server = Server::read(&access.credentials)?;
        let limit = Instant::now() + self.timeout;
        let testing = async {
            let session = Session::open(&server, &self.manners).await?;
            super::connect::connect(&server, session).await
        };
        let result = timeout_at(limit, testing).await;
        let hidden: Vec<&str> = password(&server).into_iter().collect();
        result
            .unwrap_or(Err(Failure::TOO_SLOW))
            .map_err(|failure| failure.problem(&hidden))
    }

    #[tracing::instrument(name = "provider.smtp.send", skip_all, fields(attempt = %message.attempt()))]
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let server = match Server::read(&access.credentials) {
            Ok(server) => server,
            Err(problem) => return Outcome::Rejected(problem.into()),
        };
        let letter = match self.letter(access, &server, message) {
            Ok(letter) => letter,
            Err(refusal) => return Outcome::Rejected(refusal),
        };
        match self.deliver(&key(access), &server, &letter).await {
            Ok(()) => Outcome::Accepted {
                provider_message_id: letter.id(),
            },
            Err(failure) => failure.outcome(&hidden(&server, message)),
        }
    }

    /// SMTP has no question for what became of a message.
    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        Ok(Found::CannotTell)
    }

    /// What a person reads who opens a link to unsubscribe; servers check no address.
    async fn handshake(&self, access: &Access, request: &CallbackRequest) -> Option<Handshake> {
        unsubscribe::handshake(self.unsubscribe.as_ref(), access, request)
    }

    /// Only mail programs call, when somebody unsubscribes.
    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        unsubscribe::authenticate(self.unsubscribe.as_ref(), access, request)
            .unwrap_or(Err(NotAuthentic::Missing))
    }

    fn parse(
        &self,
        _: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        unsubscribe::parse(request)
            .map(|event| vec![event])
            .ok_or_else(|| Unreadable {
                context: "an SMTP account is called only to unsubscribe".to_owned(),
                source: None,
            })
    }
}
