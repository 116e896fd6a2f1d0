//! Requests over kept connections, written by hand: the load must cost little beside what it is for.

use crate::{Outcome, figures::rate};
use reqwest::Client;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(30);
/// No answer is longer.
const LONGEST: usize = 64 << 20;

/// Writes the request of this number into a buffer.
pub(crate) type Requests = Arc<dyn Fn(u32, &mut Vec<u8>) + Send + Sync>;

/// A client for what is not measured.
pub(crate) fn client() -> Outcome<Client> {
    let builder = Client::builder().http1_only().no_proxy();
    Ok(builder.timeout(LIMIT).build()?)
}

/// How fast requests were answered.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// Requests per second.
    pub(crate) per_second: f64,
    /// How long each took.
    pub(crate) times: Vec<Duration>,
    /// When the last was answered.
    pub(crate) ended: Instant,
}

/// Posts `count` requests over so many connections, the next one on each as soon as the last is answered.
/// Every answer must have the status `wanted`.
pub(crate) async fn post(
    address: SocketAddr,
    connections: u32,
    count: u32,
    wanted: u16,
    requests: Requests,
) -> Outcome<Loaded> {
    let next = Arc::new(AtomicU32::new(0));
    let mut ready = Vec::new();
    for _ in 0..connections {
        ready.push(Wire::connect(address).await?);
    }
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for mut wire in ready {
        let (next, requests) = (next.clone(), requests.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            let mut request = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Outcome::Ok(times);
                }
                request.clear();
                requests(number, &mut request);
                let begun = Instant::now();
                let answer = wire.ask(&request, LIMIT).await?;
                times.push(begun.elapsed());
                answer.expect(wanted)?;
            }
        });
    }
    let mut times: Vec<Duration> = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    let ended = Instant::now();
    Ok(Loaded {
        per_second: rate(count, ended - start),
        times,
        ended,
    })
}

/// A kept connection.
pub(crate) struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer, until the next request.
pub(crate) struct Answer<'a> {
    /// Its status.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// Fails unless the status is `wanted`.
    pub(crate) fn expect(&self, wanted: u16) -> Outcome {
        if self.status == wanted {
            return Ok(());
        }
        let body = String::from_utf8_lossy(self.body);
        Err(format!("answered {} instead of {wanted}: {body}", self.status).into())
    }
}

impl Wire {
    /// A connection of its own.
    pub(crate) async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::new(),
        })
    }

    /// Sends a whole request and reads its answer, within `limit`.
    pub(crate) async fn ask(&mut self, request: &[u8], limit: Duration) -> Outcome<Answer<'_>> {
        timeout(limit, self.exchange(request))
            .await
            .map_err(|_elapsed| "a request was not answered in time")?
    }

    async fn exchange(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err("the connection was closed before the answer".into());
            }
            let Some(head) = Head::read(&self.read)? else {
                continue;
            };
            let end = head.length + head.body;
            if end > LONGEST {
                return Err("an answer is too long".into());
            }
            while self.read.len() < end {
                if self.stream.read_buf(&mut self.read).await? == 0 {
                    return Err("the connection was closed within an answer".into());
                }
            }
            let body = self.read.get(head.length..end).unwrap_or_default();
            return Ok(Answer {
                status: head.status,
                body,
            });
        }
    }
}

/// The head of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// The status.
    pub(crate) status: u16,
    /// Bytes up to the body.
    pub(crate) length: usize,
    /// Bytes of the body.
    pub(crate) body: usize,
}

impl Head {
    /// Reads it; none while it is not all there.
    pub(crate) fn read(bytes: &[u8]) -> Outcome<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 "))
            .and_then(|line| line.get(..3))
            .ok_or("an answer does not begin with its status")?
            .parse()?;
        let mut body = 0;
        for line in lines {
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                body = value.trim().parse()?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err("an answer comes in chunks, which is not understood here".into());
            }
        }
        Ok(Some(Self {
            status,
            length: end + 4,
            body,
        }))
    }
}

/// Writes a POST request.
pub(crate) fn write_post(
    buffer: &mut Vec<u8>,
    path: &str,
    host: SocketAddr,
    headers: &[(&str, &str)],
    body: &[u8],
) {
    buffer.extend_from_slice(format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n").as_bytes());
    for (name, value) in headers {
        for part in [name, ": ", value, "\r\n"] {
            buffer.extend_from_slice(part.as_bytes());
        }
    }
    buffer.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    buffer.extend_from_slice(body);
}
