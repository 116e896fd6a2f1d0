//! Who listens to what happens. However many listen, the store is asked once: what is found is written as it goes over
//! the wire, once, and handed to all.

mod hearing;
mod subscriber;

pub use hearing::{Heard, NotHeard};
pub(crate) use subscriber::{Filter, Opening, Subscriber};

use crate::error::ApiError;
use bytes::Bytes;
use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings_kernel::{Clock, EventId, StoreError, TenantId};
use tidings_messaging::{EVENTS_KEPT, Event, EventKind, EventLog, LogSpan, Tenants};
use tokio::sync::{Semaphore, broadcast};

/// How many events are read of each tenant in one step.
const PAGE: u16 = 500;
/// How long to wait for word of new events before looking anyway.
const POLL: time::Duration = time::Duration::SECOND;
/// How long to wait after a failure of the store.
const PAUSE: Duration = Duration::from_secs(1);
/// How often logs are kept for longer, while somebody listens.
const KEEP_EVERY: time::Duration = time::Duration::HOUR;
/// How many listeners read what they have missed at the same time.
const CATCHING_UP: usize = 8;

/// How much listeners may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// Listeners in all.
    pub most: usize,
    /// Listeners of one tenant.
    pub per_tenant: usize,
    /// How many events a listener may be behind before it is sent away.
    pub behind: usize,
    /// After how long without an event something is written, so that nobody on the way takes the connection for dead.
    pub heartbeat: Duration,
    /// How often it is looked whether a listener's key still works.
    pub check_key: Duration,
    /// For how long after the last listener has left a log is kept.
    pub kept: time::Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            most: 3_000,
            per_tenant: 1_500,
            behind: 1_024,
            heartbeat: Duration::from_secs(15),
            check_key: Duration::from_mins(1),
            kept: EVENTS_KEPT,
        }
    }
}

/// Everybody who listens to this program.
pub struct Streams {
    log: Arc<dyn EventLog>,
    tenants: Arc<dyn Tenants>,
    clock: Arc<dyn Clock>,
    limits: StreamLimits,
    rooms: Mutex<Rooms>,
    catching_up: Semaphore,
}

#[derive(Default)]
struct Rooms {
    of: HashMap<TenantId, Room>,
    listeners: usize,
    /// The program stops: nobody comes in any more.
    is_closed: bool,
}

/// The listeners of one tenant.
struct Room {
    lines: broadcast::Sender<Arc<Line>>,
    /// The place of the last event that they were given.
    place: u64,
    listeners: usize,
}

/// An event as it goes over the wire.
pub(crate) struct Line {
    place: u64,
    kind: EventKind,
    /// Whom it is about, as its data say.
    contact: Option<String>,
    frame: Bytes,
}

impl Line {
    fn of(event: &Event) -> Result<Self, StoreError> {
        let bad = |error: serde_json::Error| StoreError::Inconsistent {
            context: "an event does not serialize".to_owned(),
            source: Some(error.into()),
        };
        let json = event.to_json().map_err(bad)?;
        let data = serde_json::to_value(&event.happening).map_err(bad)?;
        let contact = data.get("contact_id").and_then(|id| id.as_str());
        let kind = event.happening.kind();
        let frame = format!("id: {}\nevent: {kind}\ndata: {json}\n\n", event.id());
        Ok(Self {
            place: event.position,
            kind,
            contact: contact.map(ToOwned::to_owned),
            frame: frame.into(),
        })
    }
}

/// A listener's place, which is free again when this is dropped.
pub(crate) struct Seat {
    streams: Arc<Streams>,
    tenant: TenantId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut rooms = self.streams.rooms();
        rooms.listeners = rooms.listeners.saturating_sub(1);
        metrics::gauge!("tidings_streams").decrement(1.0);
        if let Some(room) = rooms.of.get_mut(&self.tenant) {
            room.listeners = room.listeners.saturating_sub(1);
            if room.listeners == 0 {
                rooms.of.remove(&self.tenant);
            }
        }
    }
}

/// A place in a room.
struct Seated {
    seat: Seat,
    lines: broadcast::Receiver<Arc<Line>>,
    /// The place of the last event that was handed out before.
    joined: u64,
}

impl Streams {
    /// Nobody listens yet. Let [`Streams::run`] run beside the server.
    pub fn new(
        log: Arc<dyn EventLog>,
        tenants: Arc<dyn Tenants>,
        clock: Arc<dyn Clock>,
        limits: StreamLimits,
    ) -> Self {
        Self {
            log,
            tenants,
            clock,
            limits,
            rooms: Mutex::default(),
            catching_up: Semaphore::new(CATCHING_UP),
        }
    }

    /// Hands out what happens until `stop`, and then ends every stream.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        let mut seen = 0;
        let mut kept_at = self.clock.now();
        loop {
            if let Err(error) = self.hand_out().await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "listeners wait: events cannot be read"
                );
                tokio::select! {
                    () = &mut stop => break,
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
            if self.clock.now() - kept_at >= KEEP_EVERY {
                self.keep_logs().await;
                kept_at = self.clock.now();
            }
            tokio::select! {
                () = &mut stop => break,
                heard = self.log.wait_to_read(seen, POLL) => seen = heard,
            }
        }
        let mut rooms = self.rooms();
        rooms.is_closed = true;
        // Whoever listens hears that nobody speaks any more.
        rooms.of.clear();
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is new of every tenant that somebody listens to, in one query for all.
    async fn hand_out(&self) -> Result<(), StoreError> {
        loop {
            let wanted: Vec<(TenantId, u64)> = {
                let rooms = self.rooms();
                rooms
                    .of
                    .iter()
                    .map(|(id, room)| (*id, room.place))
                    .collect()
            };
            let events = self.log.read(&wanted, PAGE).await?;
            if events.is_empty() {
                return Ok(());
            }
            let lines = events
                .iter()
                .map(|event| Ok((event.tenant, Arc::new(Line::of(event)?))))
                .collect::<Result<Vec<_>, StoreError>>()?;
            self.hand_to_rooms(lines);
            // Listeners go on before there is more.
            tokio::task::yield_now().await;
        }
    }

    fn hand_to_rooms(&self, lines: Vec<(TenantId, Arc<Line>)>) {
        let mut rooms = self.rooms();
        for (tenant, line) in lines {
            // The room may be another than the one that was read for.
            let room = rooms.of.get_mut(&tenant);
            if let Some(room) = room.filter(|room| room.place < line.place) {
                room.place = line.place;
                // If nobody listens any more, nobody misses it.
                room.lines.send(line).ok();
            }
        }
    }

    async fn keep_logs(&self) {
        let tenants: Vec<TenantId> = self.rooms().of.keys().copied().collect();
        for tenant in tenants {
            if let Err(error) = self.keep(tenant).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a log is not kept for longer; trying again later"
                );
            }
        }
    }

    async fn keep(&self, tenant: TenantId) -> Result<LogSpan, StoreError> {
        let until = self.clock.now() + self.limits.kept;
        self.log.keep(tenant, until).await
    }

    /// Takes a place among a tenant's listeners; the first one makes the room, from the log's end on.
    fn sit(self: &Arc<Self>, tenant: TenantId, last: u64) -> Result<Seated, ApiError> {
        let mut rooms = self.rooms();
        if rooms.is_closed {
            return Err(ApiError::Unavailable("the program stops".into()));
        }
        let own = rooms.of.get(&tenant).map_or(0, |room| room.listeners);
        if rooms.listeners >= self.limits.most || own >= self.limits.per_tenant {
            return Err(ApiError::TooManyStreams);
        }
        rooms.listeners += 1;
        metrics::gauge!("tidings_streams").increment(1.0);
        let room = rooms.of.entry(tenant).or_insert_with(|| Room {
            lines: broadcast::Sender::new(self.limits.behind),
            place: last,
            listeners: 0,
        });
        room.listeners += 1;
        Ok(Seated {
            seat: Seat {
                streams: Arc::clone(self),
                tenant,
            },
            lines: room.lines.subscribe(),
            joined: room.place,
        })
    }

    /// Begins to listen, after an event that was seen or from now on.
    ///
    /// # Errors
    /// [`ApiError`]: there is no room, or the log cannot be read.
    pub(crate) async fn open(self: &Arc<Self>, opening: Opening) -> Result<Subscriber, ApiError> {
        let span = self.keep(opening.tenant).await?;
        let seated = self.sit(opening.tenant, span.last)?;
        Ok(Subscriber::new(opening, seated, span))
    }

    /// What comes after a place, for one who has missed it.
    async fn page(&self, tenant: TenantId, after: u64) -> Result<Vec<Arc<Line>>, StoreError> {
        // The semaphore is never closed, so there is always a turn.
        let _turn = self.catching_up.acquire().await;
        let events = self.log.read(&[(tenant, after)], PAGE).await?;
        events
            .iter()
            .map(|event| Line::of(event).map(Arc::new))
            .collect()
    }

    /// An id for a place that a listener has reached.
    fn id(&self, tenant: TenantId, place: u64) -> EventId {
        tidings_messaging::place_id(tenant, place, self.clock.now())
    }

    /// Whether a key still works.
    async fn is_valid(&self, key: [u8; 32]) -> bool {
        match self.tenants.find_key(key).await {
            Ok(found) => found.is_some_and(|key| key.is_valid(self.clock.now())),
            // Nothing is known against it; it is asked about again.
            Err(_) => true,
        }
    }
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
