//! A server that answers what it is told to, badly if need be.

use super::Canned;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What comes back to a request.
#[derive(Debug, Clone)]
pub(super) enum Reaction {
    /// These bytes, and the connection is closed.
    Bytes(Vec<u8>),
    /// Nothing, and the connection is held.
    Silence,
    /// One byte of an answer's head after another, too slowly to be of use.
    Drip,
    /// These bytes, and then one of the body after another.
    DripBody(Vec<u8>),
}

/// A server on a port of its own that reacts to every request in one way, until it is dropped.
pub(super) struct Fake {
    /// Its address.
    pub(super) url: String,
    seen: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Fake {
    pub(super) async fn answering(answer: &Canned) -> Self {
        Self::new(Reaction::Bytes(bytes(answer, answer.body.len(), ""))).await
    }

    pub(super) async fn new(reaction: Reaction) -> Self {
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else {
            panic!("no port of the loopback address is free");
        };
        let port = listener.local_addr().map(|address| address.port());
        let Ok(port) = port else {
            panic!("the listener has no address");
        };
        let seen = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&seen);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (reaction, counted) = (reaction.clone(), Arc::clone(&counted));
                tokio::spawn(async move { serve(stream, reaction, &counted).await });
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            seen,
            serving,
        }
    }

    /// How many whole requests came.
    pub(super) fn requests(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An answer on the wire that promises `length` bytes of body.
pub(super) fn bytes(answer: &Canned, length: usize, headers: &str) -> Vec<u8> {
    let Canned {
        status,
        content_type,
        body,
    } = answer;
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

async fn serve(mut stream: TcpStream, reaction: Reaction, seen: &AtomicUsize) {
    if !read_request(&mut stream).await {
        return;
    }
    seen.fetch_add(1, Ordering::SeqCst);
    match reaction {
        Reaction::Bytes(bytes) => {
            // Whoever has left misses it, which is theirs to see.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reaction::Silence => {
            // Until the other side hangs up.
            let _ = stream.read(&mut [0; 1]).await;
        }
        Reaction::Drip => drip(&mut stream, b"HTTP/1.1 200 OK\r\nx-slow: ", b'x').await,
        Reaction::DripBody(bytes) => {
            let _ = stream.write_all(&bytes).await;
            drip(&mut stream, b"", b' ').await;
        }
    }
}

/// Writes a beginning and then the same byte for a minute, ten a second.
async fn drip(stream: &mut TcpStream, beginning: &[u8], then: u8) {
    for byte in beginning.iter().chain([then; 600].iter()) {
        if stream.write_all(&[*byte]).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Reads one request to its end; `false` if it never came whole.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        if whole(&request).is_some_and(|length| request.len() >= length) {
            return true;
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(read) => request.extend_from_slice(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// How long the request is in all, once its head is there.
fn whole(request: &[u8]) -> Option<usize> {
    let head = request.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(request.get(..head)?).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok())
        .unwrap_or(0);
    Some(head + length)
}
