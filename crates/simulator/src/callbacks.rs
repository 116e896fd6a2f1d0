//! Posting callbacks: in order per lane, bounded, with the providers' own patience.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use url::{Host, Url};

use crate::clock;
use crate::faults::Faults;
use crate::ledger::{CallbackEntry, Ledger, Outcome};
use crate::message::Message;
use crate::protocol::Provider;
use crate::timers::{Event, Timers};
use crate::world::{World, locked};

/// How many callbacks are under way at the same time.
const LANES: usize = 64;
/// How many may wait in front of the lanes before new ones are given up.
const MOST_WAITING: usize = 400_000;
/// A repeated callback follows the first one after this.
const REPEAT_AFTER: Duration = Duration::from_millis(20);

/// One HTTP request to the other side's callback URL.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub(crate) provider: Provider,
    /// `status` or `inbound`.
    pub(crate) kind: &'static str,
    pub(crate) provider_message_id: String,
    pub(crate) status: &'static str,
    pub(crate) method: Method,
    /// Without a fragment.
    pub(crate) url: String,
    /// The same on every try.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) patience: Patience,
    /// Callbacks of one lane are made one after the other.
    pub(crate) lane: u64,
    /// 1 for the first try.
    pub(crate) attempt: u32,
}

/// What a callback is about, and where it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// `status` or `inbound`.
    pub(crate) kind: &'static str,
    /// Without a fragment.
    pub(crate) url: &'a str,
    pub(crate) lane: u64,
}

impl Callback {
    /// A POST that is tried again until it is answered with success.
    pub(crate) fn post(
        world: &World,
        message: &Message,
        target: Target<'_>,
        headers: HeaderMap,
        body: String,
    ) -> Self {
        Self {
            provider: message.facts.provider,
            kind: target.kind,
            provider_message_id: message.facts.provider_message_id.clone(),
            status: message.status.word(),
            method: Method::POST,
            url: target.url.to_owned(),
            headers,
            body: Bytes::from(body),
            patience: Patience::persistent(world.retry_after),
            lane: target.lane,
            attempt: 1,
        }
    }
}

/// Headers of a callback. What is no header value, such as a line feed, is left out.
pub(crate) fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> HeaderMap {
    pairs
        .into_iter()
        .filter_map(|(name, value)| {
            let value = HeaderValue::from_str(value).ok()?;
            Some((HeaderName::from_static(name), value))
        })
        .collect()
}

/// How long to wait and what to try again.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the four words of Twilio's retry policy are independent"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    pub(crate) timeout: Duration,
    /// Tries in all.
    pub(crate) attempts: u32,
    pub(crate) on_connect: bool,
    pub(crate) on_timeout: bool,
    pub(crate) on_4xx: bool,
    pub(crate) on_5xx: bool,
    /// Before the second try; doubled before every further one.
    pub(crate) pause: Duration,
}

/// How one try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Status(u16),
    NoConnection,
    TimedOut,
}

impl Patience {
    /// Real providers try for hours or days; nobody simulates that long.
    pub(crate) fn persistent(pause: Duration) -> Self {
        Self {
            timeout: Duration::from_secs(15),
            attempts: 5,
            on_connect: true,
            on_timeout: true,
            on_4xx: true,
            on_5xx: true,
            pause,
        }
    }

    fn tries_again(&self, attempt: u32, answer: Answer) -> bool {
        attempt < self.attempts
            && match answer {
                Answer::NoConnection => self.on_connect,
                Answer::TimedOut => self.on_timeout,
                Answer::Status(400..=499) => self.on_4xx,
                Answer::Status(status) => self.on_5xx && !(200..300).contains(&status),
            }
    }
}

/// Takes callbacks, applies the faults and hands them to the lanes.
#[derive(Debug)]
pub(crate) struct Callbacks {
    faults: Arc<Faults>,
    ledger: Arc<Mutex<Ledger>>,
    timers: Arc<Timers>,
    lanes: Vec<UnboundedSender<Box<Callback>>>,
    waiting: AtomicUsize,
    client: reqwest::Client,
}

/// The far ends of the lanes; each is run by one task.
pub(crate) type Lanes = Vec<UnboundedReceiver<Box<Callback>>>;

impl Callbacks {
    pub(crate) fn new(
        faults: Arc<Faults>,
        ledger: Arc<Mutex<Ledger>>,
        timers: Arc<Timers>,
        client: reqwest::Client,
    ) -> (Self, Lanes) {
        let (lanes, ends) = (0..LANES).map(|_| unbounded_channel()).unzip();
        let callbacks = Self {
            faults,
            ledger,
            timers,
            lanes,
            waiting: AtomicUsize::new(0),
            client,
        };
        (callbacks, ends)
    }

    /// Sends `callback`, unless a fault says otherwise. `held_back` is how much later it must come
    /// to be overtaken by the next one.
    pub(crate) fn offer(&self, callback: Callback, held_back: Duration) {
        let verdict = self.faults.callback(callback.provider);
        if verdict.is_dropped {
            self.record(&callback, None, Outcome::Dropped);
            return;
        }
        let mut due = Instant::now() + verdict.delay;
        if verdict.is_overtaken {
            due += held_back;
        }
        if verdict.is_repeated {
            let again = Event::Post(Box::new(callback.clone()));
            self.timers.at(due + REPEAT_AFTER, again);
        }
        if verdict.delay.is_zero() && !verdict.is_overtaken {
            self.enqueue(Box::new(callback));
        } else {
            self.timers.at(due, Event::Post(Box::new(callback)));
        }
    }

    /// Puts a callback that is due into its lane.
    pub(crate) fn enqueue(&self, callback: Box<Callback>) {
        if self.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
            self.record(&callback, None, Outcome::Overflow);
            return;
        }
        let lane = usize::try_from(callback.lane % LANES as u64).unwrap_or(0);
        if let Some(lane) = self.lanes.get(lane) {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            // The lanes end only after a stop.
            let _ = lane.send(callback);
        }
    }

    /// Works on one lane forever.
    pub(crate) async fn run_lane(&self, mut lane: UnboundedReceiver<Box<Callback>>) {
        while let Some(callback) = lane.recv().await {
            self.deliver(callback).await;
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    async fn deliver(&self, mut callback: Box<Callback>) {
        if !is_loopback(&callback.url) {
            tracing::warn!(
                provider_message_id = callback.provider_message_id,
                "callback refused: its host is not a loopback address"
            );
            self.record(&callback, None, Outcome::Refused);
            return;
        }
        let sent = self
            .client
            .request(callback.method.clone(), &callback.url)
            .headers(callback.headers.clone())
            .timeout(callback.patience.timeout)
            .body(callback.body.clone());
        let answer = match sent.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                // Read to the end, or the connection cannot be used again.
                let _ = response.bytes().await;
                Answer::Status(status)
            }
            Err(error) if error.is_timeout() => Answer::TimedOut,
            Err(_) => Answer::NoConnection,
        };
        match answer {
            Answer::Status(status) => self.record(&callback, Some(status), Outcome::Answered),
            Answer::NoConnection | Answer::TimedOut => {
                self.record(&callback, None, Outcome::Failed);
            }
        }
        if callback.patience.tries_again(callback.attempt, answer) {
            let doubled = 1 << (callback.attempt - 1).min(16);
            let due = Instant::now() + callback.patience.pause * doubled;
            callback.attempt += 1;
            self.timers.at(due, Event::Post(callback));
        }
    }

    fn record(&self, callback: &Callback, answered: Option<u16>, outcome: Outcome) {
        let entry = CallbackEntry {
            at: clock::rfc3339(clock::now()),
            provider: callback.provider.word(),
            kind: callback.kind,
            url: callback.url.clone(),
            provider_message_id: callback.provider_message_id.clone(),
            status: callback.status,
            attempt: callback.attempt,
            answered,
            outcome,
        };
        locked(&self.ledger).callback(entry);
    }
}

/// True for `localhost` and addresses of this machine: the simulator calls nobody else.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// A client that keeps connections, follows no redirect and uses no proxy.
///
/// # Errors
/// The TLS library cannot be set up.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Whoever was first has chosen; the callbacks are plain HTTP anyway.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(LANES)
        .connect_timeout(Duration::from_secs(5))
        .build()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Answer, Patience, is_loopback};

    #[test]
    fn only_this_machine_is_called() {
        for url in [
            "http://127.0.0.1:4010/callbacks",
            "http://127.8.8.8/",
            "http://[::1]:4010/",
            "http://localhost:4010/",
            "http://api.localhost/",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "https://hooks.example.com/",
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "http://127.0.0.1@example.com/",
            "nonsense",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn only_what_the_policy_names_is_tried_again() {
        let patience = Patience {
            timeout: Duration::from_secs(1),
            attempts: 2,
            on_connect: true,
            on_timeout: false,
            on_4xx: false,
            on_5xx: true,
            pause: Duration::ZERO,
        };
        assert!(patience.tries_again(1, Answer::NoConnection));
        assert!(!patience.tries_again(1, Answer::TimedOut));
        assert!(!patience.tries_again(1, Answer::Status(404)));
        assert!(patience.tries_again(1, Answer::Status(503)));
        assert!(patience.tries_again(1, Answer::Status(302)));
        assert!(!patience.tries_again(1, Answer::Status(204)));
        assert!(!patience.tries_again(2, Answer::Status(503)));
    }
}
