//! An SMTP server that does what it is told to, badly if need be.

use super::authority::ServerConfig;
use std::{
    io,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What comes back to a command.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// A reply of one line or several; the line end of the last is added.
    Say(String),
    /// The connection is closed.
    Close,
    /// Nothing, and the connection is held.
    Hang,
    /// These bytes as they are, and the connection is closed.
    Bytes(Vec<u8>),
    /// A line that never ends.
    Flood,
}

/// Shorthand for [`Act::Say`].
pub(crate) fn say(reply: &str) -> Act {
    Act::Say(reply.to_owned())
}

/// How a server speaks.
#[derive(Clone)]
pub(crate) enum Crypto {
    Clear,
    Tls(Arc<ServerConfig>),
    StartTls(Arc<ServerConfig>),
}

/// What a server does at each step.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) crypto: Crypto,
    pub(crate) greeting: Act,
    pub(crate) hello: Act,
    pub(crate) start_tls: Act,
    pub(crate) login: Act,
    pub(crate) sender: Act,
    pub(crate) recipient: Act,
    pub(crate) data: Act,
    /// Closes the connection after so many bytes of a message.
    pub(crate) breaks_after: Option<usize>,
    pub(crate) end: Act,
    pub(crate) reset: Act,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            crypto: Crypto::Clear,
            greeting: say("220 fake.example ESMTP"),
            hello: say(
                "250-fake.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH LOGIN PLAIN\r\n250 HELP",
            ),
            start_tls: say("220 go ahead"),
            login: say("235 2.7.0 welcome"),
            sender: say("250 2.1.0 ok"),
            recipient: say("250 2.1.5 ok"),
            data: say("354 go ahead"),
            breaks_after: None,
            end: say("250 2.0.0 queued as 4F7"),
            reset: say("250 2.0.0 ok"),
        }
    }
}

/// What came.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) commands: Vec<String>,
    /// Whole messages, dots taken out again.
    pub(crate) messages: Vec<String>,
    /// How many connections were open at once at most.
    pub(crate) most_at_once: usize,
    at_once: usize,
}

/// A server on a port of its own, until it is dropped.
pub(crate) struct Fake {
    pub(crate) port: u16,
    seen: Arc<Mutex<Seen>>,
    serving: JoinHandle<()>,
}

impl Fake {
    pub(crate) fn new(script: Script) -> Self {
        let listener = listen();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen) = (script.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    note(&seen, |seen| {
                        seen.connections += 1;
                        seen.at_once += 1;
                        seen.most_at_once = seen.most_at_once.max(seen.at_once);
                    });
                    // Whoever leaves in the middle misses the rest.
                    let _ = serve(stream, &script, &seen).await;
                    note(&seen, |seen| seen.at_once -= 1);
                });
            }
        });
        Self {
            port,
            seen,
            serving,
        }
    }

    /// A server that takes everything.
    pub(crate) fn willing() -> Self {
        Self::new(Script::default())
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// The commands without their arguments.
    pub(crate) fn verbs(&self) -> Vec<String> {
        let commands = self.seen().commands;
        let verb = |command: &String| command.split([' ', ':']).next().unwrap().to_owned();
        commands.iter().map(verb).collect()
    }
}

/// Its connections hold little, so that who writes much notices when nobody reads.
fn listen() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket.listen(128).unwrap()
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

type Line = BufReader<Box<dyn Stream>>;

fn note(seen: &Mutex<Seen>, change: impl FnOnce(&mut Seen)) {
    change(&mut seen.lock().unwrap());
}

async fn serve(stream: TcpStream, script: &Script, seen: &Mutex<Seen>) -> io::Result<()> {
    match &script.crypto {
        Crypto::Clear => {
            let mut line = wrap(stream);
            act(&mut line, &script.greeting).await?;
            converse(&mut line, script, seen, false).await?;
        }
        Crypto::Tls(config) => {
            let mut line = wrap(TlsAcceptor::from(config.clone()).accept(stream).await?);
            act(&mut line, &script.greeting).await?;
            converse(&mut line, script, seen, false).await?;
        }
        Crypto::StartTls(config) => {
            let mut line = BufReader::new(stream);
            act(&mut line, &script.greeting).await?;
            if !wants_tls(&mut line, script, seen).await? {
                return Ok(());
            }
            let accepting = TlsAcceptor::from(config.clone()).accept(line.into_inner());
            let mut line = wrap(accepting.await?);
            converse(&mut line, script, seen, true).await?;
        }
    }
    Ok(())
}

fn wrap(stream: impl Stream + 'static) -> Line {
    BufReader::new(Box::new(stream))
}

/// The part in the clear; whether the client asked for encryption and was let.
async fn wants_tls(
    line: &mut BufReader<TcpStream>,
    script: &Script,
    seen: &Mutex<Seen>,
) -> io::Result<bool> {
    while let Some(command) = read(line, seen).await? {
        match command.split(' ').next().unwrap() {
            "EHLO" => act(line, &say("250-fake.example\r\n250 STARTTLS")).await?,
            "STARTTLS" => {
                act(line, &script.start_tls).await?;
                return Ok(
                    matches!(&script.start_tls, Act::Say(reply) if reply.starts_with("220")),
                );
            }
            _ => act(line, &say("530 5.7.0 encrypt first")).await?,
        }
    }
    Ok(false)
}

async fn converse(
    line: &mut Line,
    script: &Script,
    seen: &Mutex<Seen>,
    is_encrypted_later: bool,
) -> io::Result<()> {
    assert!(!is_encrypted_later || line.buffer().is_empty());
    while let Some(command) = read(line, seen).await? {
        let verb = command.split([' ', ':']).next().unwrap();
        match verb {
            "EHLO" => act(line, &script.hello).await?,
            "AUTH" if command.starts_with("AUTH LOGIN") => {
                for challenge in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
                    act(line, &say(challenge)).await?;
                    read(line, seen).await?;
                }
                act(line, &script.login).await?;
            }
            "AUTH" => act(line, &script.login).await?,
            "MAIL" => act(line, &script.sender).await?,
            "RCPT" => act(line, &script.recipient).await?,
            "RSET" => act(line, &script.reset).await?,
            "NOOP" => act(line, &say("250 2.0.0 ok")).await?,
            "DATA" => {
                act(line, &script.data).await?;
                let is_waited_for =
                    matches!(&script.data, Act::Say(reply) if reply.starts_with("354"));
                if is_waited_for && !message(line, script, seen).await? {
                    return Ok(());
                }
            }
            "QUIT" => {
                act(line, &say("221 2.0.0 bye")).await?;
                return Ok(());
            }
            _ => act(line, &say("500 5.5.1 what?")).await?,
        }
    }
    Ok(())
}

/// Takes a message; whether the conversation goes on.
async fn message(line: &mut Line, script: &Script, seen: &Mutex<Seen>) -> io::Result<bool> {
    let mut message = Vec::new();
    while !message.ends_with(b"\r\n.\r\n") {
        if script
            .breaks_after
            .is_some_and(|most| message.len() >= most)
        {
            return Ok(false);
        }
        let Ok(byte) = line.read_u8().await else {
            return Ok(false);
        };
        message.push(byte);
    }
    message.truncate(message.len() - 5);
    let text = String::from_utf8(message).unwrap();
    let lines: Vec<&str> = text
        .split("\r\n")
        .map(|line| line.strip_prefix('.').unwrap_or(line))
        .collect();
    note(seen, |seen| seen.messages.push(lines.join("\r\n")));
    act(line, &script.end).await?;
    Ok(true)
}

async fn read<S: AsyncRead + Unpin>(
    line: &mut BufReader<S>,
    seen: &Mutex<Seen>,
) -> io::Result<Option<String>> {
    let mut command = String::new();
    if line.read_line(&mut command).await? == 0 {
        return Ok(None);
    }
    let command = command.trim_end().to_owned();
    note(seen, |seen| seen.commands.push(command.clone()));
    Ok(Some(command))
}

async fn act<S: AsyncRead + AsyncWrite + Unpin>(
    line: &mut BufReader<S>,
    act: &Act,
) -> io::Result<()> {
    match act {
        Act::Say(reply) => {
            line.write_all(format!("{reply}\r\n").as_bytes()).await?;
            line.flush().await
        }
        Act::Close => Err(io::ErrorKind::ConnectionAborted.into()),
        Act::Hang => {
            // Until the other side leaves.
            line.read_to_end(&mut Vec::new()).await?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        Act::Bytes(bytes) => {
            line.write_all(bytes).await?;
            line.flush().await?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        Act::Flood => loop {
            line.write_all(&[b'5'; 4096]).await?;
        },
    }
}
