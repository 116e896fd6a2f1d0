use crate::{Memory, memory::State};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings_kernel::{StoreError, TenantId, WebhookEndpointId};
use tidings_messaging::{Event, EventLog, Happening, LogSpan};
use time::{Duration, OffsetDateTime};

/// Something that happened and has no place yet.
pub(crate) struct Noted {
    pub(crate) tenant: TenantId,
    pub(crate) at: OffsetDateTime,
    pub(crate) happening: Happening,
    /// The only endpoint that is told; none for all.
    pub(crate) only: Option<WebhookEndpointId>,
}

#[derive(Default)]
struct Notes {
    /// Whose logs are kept.
    kept: BTreeSet<TenantId>,
    waiting: Vec<Noted>,
}

/// Where what happens is noted. Every message has a handle of it, since it is messages that change.
#[derive(Clone, Default)]
pub(crate) struct Outbox(Arc<Mutex<Notes>>);

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what happened, if the tenant's log is kept.
    pub(crate) fn note(&self, tenant: TenantId, at: OffsetDateTime, happening: Happening) {
        self.put(Noted {
            tenant,
            at,
            happening,
            only: None,
        });
    }

    /// Notes what only some are told, in the same way.
    pub(crate) fn put(&self, noted: Noted) {
        let mut outbox = self.lock();
        if outbox.kept.contains(&noted.tenant) {
            outbox.waiting.push(noted);
        }
    }
}

/// What has got its place, of one tenant.
#[derive(Default)]
pub(crate) struct Log {
    last: u64,
    since: u64,
    kept_until: Option<OffsetDateTime>,
    pub(crate) events: BTreeMap<u64, Event>,
}

impl State {
    pub(crate) fn keep(&mut self, tenant: TenantId, until: OffsetDateTime) -> LogSpan {
        let log = self.logs.entry(tenant).or_default();
        if self.outbox.lock().kept.insert(tenant) {
            // What happened while it was not kept is missing from here on.
            log.since = log.last;
        }
        log.kept_until = log.kept_until.max(Some(until));
        let first = log.events.keys().next();
        LogSpan {
            after: log.since.max(first.map_or(log.last, |first| first - 1)),
            last: log.last,
        }
    }

    fn place(&mut self, most: u16, now: OffsetDateTime) -> u64 {
        let mut notes = self.outbox.lock();
        let count = notes.waiting.len().min(usize::from(most));
        let taken: Vec<Noted> = notes.waiting.drain(..count).collect();
        drop(notes);
        for noted in taken {
            let log = self.logs.entry(noted.tenant).or_default();
            log.last += 1;
            let event = Event {
                tenant: noted.tenant,
                position: log.last,
                logged_at: now,
                at: noted.at,
                happening: noted.happening,
            };
            self.endpoints.tell(&event, noted.only);
            log.events.insert(log.last, event);
        }
        count as u64
    }

    /// The event with what its message says now.
    pub(crate) fn event(&self, event: &Event) -> Event {
        let mut event = event.clone();
        if let Happening::MessageReceived(received) = &mut event.happening
            && let Some(kept) = self.messages.get(&(event.tenant, received.message_id))
        {
            received.read(&kept.message);
        }
        event
    }

    fn forget_events(&mut self, before: OffsetDateTime, now: OffsetDateTime, most: u32) -> u64 {
        let mut notes = self.outbox.lock();
        let mut left = u64::from(most);
        for (tenant, log) in &mut self.logs {
            if log.kept_until < Some(now) && !self.endpoints.has_enabled(*tenant) {
                notes.kept.remove(tenant);
            }
            log.events.retain(|_, event| {
                let is_old = event.logged_at < before && left > 0;
                left -= u64::from(is_old);
                !is_old
            });
            let events = &log.events;
            self.endpoints
                .forget(*tenant, |place| events.contains_key(&place));
        }
        u64::from(most) - left
    }
}

#[async_trait]
impl EventLog for Memory {
    async fn keep(&self, tenant: TenantId, until: OffsetDateTime) -> Result<LogSpan, StoreError> {
        Ok(self.lock().keep(tenant, until))
    }

    async fn read(&self, after: &[(TenantId, u64)], most: u16) -> Result<Vec<Event>, StoreError> {
        let state = self.lock();
        let mut found = Vec::new();
        for (tenant, place) in after {
            let Some(log) = state.logs.get(tenant) else {
                continue;
            };
            let events = log.events.range(place.saturating_add(1)..);
            let events = events.take(usize::from(most));
            found.extend(events.map(|(_, event)| state.event(event)));
        }
        Ok(found)
    }

    async fn place(&self, most: u16, now: OffsetDateTime) -> Result<u64, StoreError> {
        let placed = self.lock().place(most, now);
        if placed > 0 {
            Self::notify(&self.placed);
        }
        Ok(placed)
    }

    async fn forget_events(
        &self,
        before: OffsetDateTime,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        Ok(self.lock().forget_events(before, now, most))
    }

    /// Nobody says that something was noted: it is looked for after `timeout`.
    async fn wait_to_place(&self, seen: u64, timeout: Duration) -> u64 {
        tokio::time::sleep(std::time::Duration::try_from(timeout).unwrap_or_default()).await;
        seen
    }

    async fn wait_to_read(&self, seen: u64, timeout: Duration) -> u64 {
        Self::wait_for(&self.placed, seen, timeout).await
    }
}
