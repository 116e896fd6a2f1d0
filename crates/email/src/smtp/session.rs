//! One conversation with a server: everything up to the message, then the message.

use super::{
    credentials::{Login, Security, Server},
    failure::{Failure, Stage},
    reach::Reach,
    tls,
    wire::{Lent, Progress, Wire},
};
use lettre::{
    Address,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, AsyncTokioStream},
        commands::{Data, Mail, Noop, Quit, Rcpt, Rset, Starttls},
        extension::{ClientId, Extension, MailParameter},
        response::Severity,
    },
};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tidings_routing::{Class, ProviderError};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout, timeout_at},
};

/// How long one address may take to be connected to, since there may be another.
const CONNECT: Duration = Duration::from_secs(5);
/// How many addresses of a server are tried.
const MOST_ADDRESSES: usize = 4;
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long an unused connection may take to say that it is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// PLAIN first: LOGIN is older and does the same in more steps.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// What all conversations have in common.
#[derive(Clone)]
pub(super) struct Manners {
    /// Our name.
    pub(super) hello: ClientId,
    /// Which servers may be spoken to.
    pub(super) reach: Reach,
    /// Trust in servers of which an account says nothing else.
    pub(super) trust: Arc<ClientConfig>,
}

/// A conversation with a server that has let us in.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    progress: Progress,
    messages: u32,
}

impl Session {
    /// Connects, encrypts and logs in.
    pub(super) async fn open(server: &Server, manners: &Manners) -> Result<Self, Failure> {
        let stream = connect(server, manners.reach).await?;
        let progress = Progress::default();
        let mut connection = converse(server, manners, stream, &progress).await?;
        if let Some(login) = &server.login {
            log_in(&mut connection, login).await?;
        }
        Ok(Self {
            connection,
            progress,
            messages: 0,
        })
    }

    /// Whether the server is still there, with nothing of the last message left.
    pub(super) async fn start_again(&mut self) -> bool {
        let answer = timeout(SIGN_OF_LIFE, self.connection.command(Rset)).await;
        matches!(answer, Ok(Ok(_)))
    }

    /// A question that changes nothing.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        self.connection
            .command(Noop)
            .await
            .map(drop)
            .map_err(|error| Failure::at(Stage::Greeting, &error))
    }

    /// Says who sends to whom, until the server waits for the message.
    pub(super) async fn announce(
        &mut self,
        from: &Address,
        to: &Address,
        needs_utf8: bool,
    ) -> Result<(), Failure> {
        self.messages += 1;
        let connection = &mut self.connection;
        let mut parameters = Vec::new();
        if needs_utf8 {
            let server = connection.server_info();
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::Ours(ProviderError::new(
                    Class::Recipient,
                    "no_smtputf8",
                    "the server takes no addresses in other scripts than ASCII",
                )));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        connection
            .command(Mail::new(Some(from.clone()), parameters))
            .await
            .map_err(|error| Failure::at(Stage::Sender, &error))?;
        connection
            .command(Rcpt::new(to.clone(), Vec::new()))
            .await
            .map_err(|error| Failure::at(Stage::Recipient, &error))?;
        let reply = connection
            .command(Data)
            .await
            .map_err(|error| Failure::at(Stage::Data, &error))?;
        // To anything else the message would be read as commands.
        if reply.code().severity != Severity::PositiveIntermediate {
            return Err(Failure::BROKEN_OFF);
        }
        self.progress.start_again();
        Ok(())
    }

    /// Hands over the message. Without an answer it may have been taken from the final dot on, and was
    /// certainly not before it.
    pub(super) async fn finish(&mut self, message: &[u8], limit: Instant) -> Result<(), Failure> {
        let sending = self.connection.message(message);
        let broken = match timeout_at(limit, sending).await {
            Ok(Ok(reply)) if reply.code().severity == Severity::PositiveCompletion => return Ok(()),
            Ok(Err(error)) if error.status().is_some() => {
                return Err(Failure::at(Stage::End, &error));
            }
            Ok(Ok(_) | Err(_)) => (
                Failure::BROKEN_OFF,
                "the connection broke before the server answered to the message",
            ),
            Err(_) => (
                Failure::TOO_SLOW,
                "the server did not answer to the message in time",
            ),
        };
        match broken {
            (_, detail) if self.progress.is_past_the_dot() => Err(Failure::Lost { detail }),
            (failure, _) => Err(failure),
        }
    }

    /// How many messages were announced in it.
    pub(super) const fn messages(&self) -> u32 {
        self.messages
    }

    /// Ends it politely.
    pub(super) async fn quit(mut self) {
        // Whether the server answers is of no interest.
        let _ = timeout(FAREWELL, self.connection.command(Quit)).await;
    }
}

/// A connection to the first address of the server that may be and can be connected to.
async fn connect(server: &Server, reach: Reach) -> Result<TcpStream, Failure> {
    if !reach.allows_port(server.port) {
        return Err(Failure::account(
            "port_not_allowed",
            "mail is not sent to this port: use 465 or 587",
        ));
    }
    let found = lookup_host((server.host.as_str(), server.port)).await;
    let found: Vec<SocketAddr> = found.map_err(|_| Failure::UNREACHABLE)?.collect();
    let is_clear = server.security == Security::Clear;
    let allowed = found
        .iter()
        .copied()
        .filter(|address| reach.allows(*address) && (!is_clear || reach.allows_clear(*address)));
    let allowed: Vec<SocketAddr> = allowed.take(MOST_ADDRESSES).collect();
    if allowed.is_empty() && !found.is_empty() {
        return Err(Failure::account(
            "host_not_allowed",
            if is_clear {
                "the server may not be spoken to without encryption: set it to tls or starttls"
            } else {
                "the server is not on the internet: give its public name"
            },
        ));
    }
    for address in allowed {
        if let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(address)).await {
            // Commands are short and wait for answers.
            let _ = stream.set_nodelay(true);
            return Ok(stream);
        }
    }
    Err(Failure::UNREACHABLE)
}

/// Greets, encrypted unless the account says otherwise.
async fn converse(
    server: &Server,
    manners: &Manners,
    stream: TcpStream,
    progress: &Progress,
) -> Result<AsyncSmtpConnection, Failure> {
    let peer = stream.peer_addr().map_err(|_| Failure::UNREACHABLE)?;
    let hello = &manners.hello;
    let stream: Box<dyn AsyncTokioStream> = match server.security {
        Security::Clear => Box::new(Wire::new(stream, peer, progress.clone())),
        Security::Tls => {
            let stream = encrypt(server, manners, stream).await?;
            Box::new(Wire::new(stream, peer, progress.clone()))
        }
        Security::StartTls => {
            let stream = start_tls(peer, stream, hello).await?;
            let stream = encrypt(server, manners, stream).await?;
            Box::new(Wire::after_starttls(stream, peer, progress.clone()))
        }
    };
    greet(stream, hello).await
}

/// Asks, in the clear, to go on encrypted.
async fn start_tls(
    peer: SocketAddr,
    stream: TcpStream,
    hello: &ClientId,
) -> Result<TcpStream, Failure> {
    let lent = Lent::new(stream);
    let wire = Wire::new(lent.clone(), peer, Progress::default());
    let mut connection = greet(Box::new(wire), hello).await?;
    if !connection.can_starttls() {
        return Err(Failure::account(
            "no_starttls",
            "the server offers no encryption on this port: try 465 with tls",
        ));
    }
    connection
        .command(Starttls)
        .await
        .map_err(|error| Failure::at(Stage::Greeting, &error))?;
    drop(connection);
    lent.take_back().ok_or(Failure::BROKEN_OFF)
}

async fn greet(
    stream: Box<dyn AsyncTokioStream>,
    hello: &ClientId,
) -> Result<AsyncSmtpConnection, Failure> {
    AsyncSmtpConnection::connect_with_transport(stream, hello)
        .await
        .map_err(|error| Failure::at(Stage::Greeting, &error))
}

async fn encrypt(
    server: &Server,
    manners: &Manners,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Failure> {
    let own = server.authority.as_ref();
    let own = own.and_then(|pem| tls::authority(pem.expose_secret()));
    let trust = own.unwrap_or_else(|| manners.trust.clone());
    tls::encrypt(trust, &server.host, stream)
        .await
        .map_err(|error| not_encrypted(&error))
}

/// What a failed handshake means: a certificate does not repair itself, a broken connection may.
fn not_encrypted(error: &io::Error) -> Failure {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_)) => Failure::account(
            "tls_certificate",
            "the server's certificate is not trusted, or is another server's: check the host name",
        ),
        Some(_) => Failure::account(
            "no_tls",
            "the server does not speak TLS as we do: check port and encryption",
        ),
        None => Failure::BROKEN_OFF,
    }
}

async fn log_in(connection: &mut AsyncSmtpConnection, login: &Login) -> Result<(), Failure> {
    if connection
        .server_info()
        .get_auth_mechanism(&MECHANISMS)
        .is_none()
    {
        return Err(Failure::account(
            "no_login",
            "the server takes no user name and password here: check host, port and encryption",
        ));
    }
    let password = login.password.expose_secret().to_owned();
    let credentials = Credentials::new(login.username.clone(), password);
    connection
        .auth(&MECHANISMS, &credentials)
        .await
        .map(drop)
        .map_err(|error| Failure::at(Stage::Login, &error))
}
