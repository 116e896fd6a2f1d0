//! What happens, as it happens: a stream of server-sent events for open pages, which ask for the parts of them that have
//! changed.

use crate::{
    answer::{Answer, answer},
    ctx::{Ctx, Shared},
    door,
    failure::Failure,
};
use async_trait::async_trait;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode},
};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde_json::json;
use std::{
    collections::HashMap,
    convert::Infallible,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings_kernel::{BoxError, ContactId, EventId, TenantId};
use tidings_messaging::{EventKind, SessionKind};
use tokio::time::Instant;

/// How many streams a session may have: one for each window that somebody looks at.
const MOST_OF_SESSION: usize = 8;
/// How many the sessions of a tenant may have in this process.
const MOST_OF_TENANT: usize = 500;
/// How often it is looked whether the session stands. A stream outlives its session by so long at most.
const CHECK: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// What a page hears: that something happened, of which kind, and whom it is about. What it says is asked for by the
/// page, and shown as its reader may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The place in the tenant's log that was reached.
    pub id: EventId,
    /// What happened; nothing in a sign of life.
    pub kind: Option<EventKind>,
    /// Whom it is about, if it is about a contact.
    pub contact: Option<ContactId>,
}

/// Why nobody may listen now.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Too many do; come back later.
    #[error("too many listen")]
    TooMany,
    /// Events cannot be read; come back later.
    #[error("events cannot be read now")]
    Away(#[source] BoxError),
}

/// Lets pages hear what happens to what a tenant has.
#[async_trait]
pub trait Live: Send + Sync {
    /// What happens from now on, or after the event that was seen, in order and each once; with a sign of life when
    /// nothing happens for a while. It ends when the program stops or the listener is too far behind, and after the last
    /// id nothing was missed. While it waits it holds nothing of the store.
    ///
    /// # Errors
    /// [`LiveError`].
    async fn listen(
        &self,
        tenant: TenantId,
        after: Option<EventId>,
    ) -> Result<BoxStream<'static, Heard>, LiveError>;
}

/// Who listens in this process.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<Seats>);

#[derive(Default)]
struct Seats {
    of_sessions: HashMap<[u8; 32], usize>,
    of_tenants: HashMap<TenantId, usize>,
}

impl Listeners {
    fn with<T>(&self, work: impl FnOnce(&mut Seats) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn count<K: Hash + Eq>(seats: &HashMap<K, usize>, key: &K) -> usize {
    seats.get(key).copied().unwrap_or_default()
}

fn leave<K: Hash + Eq>(seats: &mut HashMap<K, usize>, key: &K) {
    match seats.get_mut(key) {
        Some(taken) if *taken > 1 => *taken -= 1,
        Some(_) => drop(seats.remove(key)),
        None => {}
    }
}

/// A place among those who listen, which is free again when this is dropped.
struct Seat {
    shared: Arc<Shared>,
    session: [u8; 32],
    tenant: TenantId,
}

impl Seat {
    fn take(ctx: &Ctx) -> Option<Self> {
        let (session, tenant) = (ctx.session.hash, ctx.who());
        ctx.shared.listeners.with(|seats| {
            let is_full = count(&seats.of_sessions, &session) >= MOST_OF_SESSION
                || count(&seats.of_tenants, &tenant) >= MOST_OF_TENANT;
            if is_full {
                return None;
            }
            *seats.of_sessions.entry(session).or_default() += 1;
            *seats.of_tenants.entry(tenant).or_default() += 1;
            Some(Self {
                shared: Arc::clone(&ctx.shared),
                session,
                tenant,
            })
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.listeners.with(|seats| {
            leave(&mut seats.of_sessions, &self.session);
            leave(&mut seats.of_tenants, &self.tenant);
        });
    }
}

/// A page that listens.
struct Listener {
    ctx: Ctx,
    heard: BoxStream<'static, Heard>,
    check: Instant,
    _seat: Seat,
}

/// `GET /console/live`
pub(crate) async fn listen(ctx: Ctx) -> Answer {
    let full = || {
        let text = "Too many pages listen; this one asks now and then instead.";
        answer(
            StatusCode::TOO_MANY_REQUESTS,
            "text/plain; charset=utf-8",
            text,
        )
    };
    let Some(seat) = Seat::take(&ctx) else {
        return Ok(full());
    };
    let live = &ctx.console().live;
    let heard = match live.listen(ctx.who(), ctx.last_event).await {
        Ok(heard) => heard,
        Err(LiveError::TooMany) => return Ok(full()),
        Err(LiveError::Away(source)) => return Err(Failure::Away(source)),
    };
    let listener = Listener {
        ctx,
        heard,
        check: Instant::now() + CHECK,
        _seat: seat,
    };
    let frames = stream::unfold(listener, |mut listener| async move {
        let frame = listener.next().await?;
        Some((Ok::<Bytes, Infallible>(frame), listener))
    });
    let mut response = answer(
        StatusCode::OK,
        "text/event-stream",
        Body::from_stream(frames),
    );
    // Proxies hold answers back until there is much of them, unless they are told.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

impl Listener {
    /// What is written next; nothing more when the stream or the session has ended.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            tokio::select! {
                // A session that has ended hears nothing more, however much happens.
                biased;
                () = tokio::time::sleep_until(self.check) => {
                    if !stands(&self.ctx).await {
                        return None;
                    }
                    self.check = Instant::now() + CHECK;
                }
                heard = self.heard.next() => return heard.map(frame),
            }
        }
    }
}

/// Whether the session still stands.
async fn stands(ctx: &Ctx) -> bool {
    let now = ctx.console().clock.now();
    match door::session(ctx, SessionKind::Browser, now).await {
        Ok(found) => found.is_some(),
        // Nothing is known against it; it is asked about again.
        Err(_) => true,
    }
}

fn frame(heard: Heard) -> Bytes {
    let id = heard.id;
    match heard.kind {
        Some(kind) => {
            let data = json!({"type": kind.as_str(), "contact_id": heard.contact});
            format!("id: {id}\nevent: news\ndata: {data}\n\n").into()
        }
        None => format!(": still here\nretry: 3000\nid: {id}\n\n").into(),
    }
}
