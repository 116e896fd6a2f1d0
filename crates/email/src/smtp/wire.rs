//! What lies between the conversation and the network: it bounds replies, and knows how far a message got.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// More than any reply has. A conversation reads a reply of many lines again with each of them, so this
/// bounds time, too.
const LONGEST_REPLY: usize = 16 * 1024;

/// The end of a message, after which a server may take it.
const FINAL_DOT: &[u8] = b"\r\n.\r\n";

/// After STARTTLS a server does not greet again, but a conversation begins with a greeting.
const GREETING: &[u8] = b"220 encrypted\r\n";

/// Whether the end of a message was handed to the network.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicBool>);

impl Progress {
    /// From here on a server may have the message.
    pub(super) fn is_past_the_dot(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Before the next message.
    pub(super) fn start_again(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A connection as the conversation sees it.
///
/// A reply without end is an error, and characters that are not ASCII become question marks: a server that
/// writes its reasons in another alphabet still says yes or no.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    peer: SocketAddr,
    progress: Progress,
    greeting: &'static [u8],
    room: usize,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S, peer: SocketAddr, progress: Progress) -> Self {
        Self {
            stream,
            peer,
            progress,
            greeting: b"",
            room: LONGEST_REPLY,
        }
    }

    /// A connection that STARTTLS has encrypted.
    pub(super) fn after_starttls(stream: S, peer: SocketAddr, progress: Progress) -> Self {
        Self {
            greeting: GREETING,
            ..Self::new(stream, peer, progress)
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.greeting.is_empty() {
            let length = self.greeting.len().min(buffer.remaining());
            let (now, later) = self.greeting.split_at(length);
            buffer.put_slice(now);
            self.greeting = later;
            return Poll::Ready(Ok(()));
        }
        if self.room == 0 {
            return Poll::Ready(Err(io::Error::other("the server's reply has no end")));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let new = buffer.filled_mut().get_mut(before..).unwrap_or_default();
        for byte in new.iter_mut().filter(|byte| !byte.is_ascii()) {
            *byte = b'?';
        }
        self.room = self.room.saturating_sub(new.len());
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.room = LONGEST_REPLY;
        // Before the bytes are tried, since a part of them may go.
        if bytes.ends_with(FINAL_DOT) {
            self.progress.0.store(true, Ordering::Release);
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> AsyncTokioStream for Wire<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

/// A connection that is lent to a conversation in the clear, and taken back to be encrypted.
///
/// What the conversation has read beyond its end is lost with it, so nobody can put replies before those
/// that come encrypted (RFC 3207, section 6).
#[derive(Debug, Clone)]
pub(super) struct Lent(Arc<Mutex<TcpStream>>);

impl Lent {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    /// The connection, once the conversation is over.
    pub(super) fn take_back(self) -> Option<TcpStream> {
        let mutex = Arc::into_inner(self.0)?;
        Some(mutex.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn stream(&self) -> MutexGuard<'_, TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Lent {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_read(context, buffer)
    }
}

impl AsyncWrite for Lent {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream()).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_shutdown(context)
    }
}
