use crate::{
    Memory,
    event_log::Noted,
    memory::{State, newest_first},
};
use async_trait::async_trait;
use std::collections::BTreeMap;
use tidings_kernel::{EventId, StoreError, TenantId, WebhookEndpointId};
use tidings_messaging::{
    Answer, CALLS_KEPT, DeliveryOutcome, DeliveryShare, DeliveryStatus, EndpointDisabled,
    EndpointError, EndpointTested, Event, EventKind, Fault, Happening, HeldDelivery,
    MOST_ENDPOINTS, MOST_REPLAYED, Page, Paged, ReplayError, ReplaySpan, WebhookCall,
    WebhookDelivery, WebhookEndpoint, WebhookEndpoints, place_of,
};
use time::{Duration, OffsetDateTime};

/// What an endpoint is told of one event, or was.
pub(crate) struct Delivery {
    status: DeliveryStatus,
    failures: u32,
    calls: Vec<WebhookCall>,
    due_at: Option<OffsetDateTime>,
}

impl Delivery {
    const fn due(at: OffsetDateTime) -> Self {
        Self {
            status: DeliveryStatus::Pending,
            failures: 0,
            calls: Vec::new(),
            due_at: Some(at),
        }
    }

    /// Tells it again, from the beginning.
    fn again(&mut self, now: OffsetDateTime) {
        self.status = DeliveryStatus::Pending;
        self.failures = 0;
        self.due_at = Some(now);
    }
}

/// Endpoints and what they are told, by the events' places.
#[derive(Default)]
pub(crate) struct Endpoints {
    all: BTreeMap<(TenantId, WebhookEndpointId), WebhookEndpoint>,
    deliveries: BTreeMap<WebhookEndpointId, BTreeMap<u64, Delivery>>,
}

fn is_told(endpoint: &WebhookEndpoint, kind: EventKind) -> bool {
    endpoint.kinds.is_empty() || endpoint.kinds.contains(&kind)
}

impl Endpoints {
    pub(crate) fn has_enabled(&self, tenant: TenantId) -> bool {
        self.all
            .values()
            .any(|endpoint| endpoint.tenant == tenant && endpoint.is_enabled)
    }

    /// Notes who is told of an event that has just got its place.
    pub(crate) fn tell(&mut self, event: &Event, only: Option<WebhookEndpointId>) {
        for endpoint in self.all.values() {
            let is_meant = match only {
                Some(only) => endpoint.id == only,
                None => endpoint.is_enabled && is_told(endpoint, event.happening.kind()),
            };
            if endpoint.tenant == event.tenant && is_meant {
                let told = self.deliveries.entry(endpoint.id).or_default();
                told.insert(event.position, Delivery::due(event.logged_at));
            }
        }
    }

    /// Forgets what was told of events that are not kept.
    pub(crate) fn forget(&mut self, tenant: TenantId, is_kept: impl Fn(u64) -> bool) {
        for endpoint in self.all.values().filter(|one| one.tenant == tenant) {
            if let Some(told) = self.deliveries.get_mut(&endpoint.id) {
                told.retain(|place, _| is_kept(*place));
            }
        }
    }
}

impl State {
    fn logged(&self, tenant: TenantId, place: u64) -> Option<Event> {
        let event = self.logs.get(&tenant)?.events.get(&place)?;
        Some(self.event(event))
    }

    fn delivery(
        &mut self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        place: u64,
    ) -> Option<&mut Delivery> {
        self.logs.get(&tenant)?.events.get(&place)?;
        self.endpoints.all.get(&(tenant, endpoint))?;
        let told = self.endpoints.deliveries.get_mut(&endpoint)?;
        told.get_mut(&place)
    }

    fn replay_span(
        &mut self,
        tenant: TenantId,
        id: WebhookEndpointId,
        span: ReplaySpan,
        now: OffsetDateTime,
    ) -> Result<u64, ReplayError> {
        let Some(endpoint) = self.endpoints.all.get(&(tenant, id)) else {
            return Err(ReplayError::NotFound);
        };
        let told = self.endpoints.deliveries.entry(id).or_default();
        let events = self
            .logs
            .get(&tenant)
            .into_iter()
            .flat_map(|log| log.events.values());
        let places: Vec<u64> = events
            .filter(|event| (span.since..span.until).contains(&event.logged_at))
            .filter(|event| {
                let delivery = told.get(&event.position);
                if let Some(status) = span.status {
                    return delivery.is_some_and(|delivery| delivery.status == status);
                }
                let kind = event.happening.kind();
                // Tests of other endpoints were for those alone.
                let is_ours = kind != EventKind::EndpointTested || delivery.is_some();
                is_told(endpoint, kind) && is_ours
            })
            .map(|event| event.position)
            .collect();
        let count = places.len() as u64;
        if count > u64::from(MOST_REPLAYED) {
            return Err(ReplayError::TooMany);
        }
        for place in places {
            let delivery = told.entry(place).or_insert_with(|| Delivery::due(now));
            delivery.again(now);
        }
        Ok(count)
    }

    fn claim_deliveries(
        &mut self,
        share: DeliveryShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Vec<HeldDelivery> {
        let mut due = Vec::new();
        for endpoint in self.endpoints.all.values() {
            if !endpoint.is_enabled || share.except.contains(&endpoint.id) {
                continue;
            }
            let told = self.endpoints.deliveries.get(&endpoint.id);
            let mut own: Vec<_> = told
                .into_iter()
                .flatten()
                .filter_map(|(place, delivery)| {
                    let due_at = delivery.due_at.filter(|at| *at <= now)?;
                    Some((due_at, *place, endpoint.tenant, endpoint.id))
                })
                .collect();
            own.sort_unstable();
            own.truncate(usize::from(share.per_endpoint));
            due.extend(own);
        }
        due.sort_unstable();
        due.truncate(usize::from(share.most));
        let mut held = Vec::new();
        for (_, place, tenant, id) in due {
            let (Some(event), Some(endpoint)) = (
                self.logged(tenant, place),
                self.endpoints.all.get(&(tenant, id)).cloned(),
            ) else {
                continue;
            };
            if let Some(delivery) = self.delivery(tenant, id, place) {
                delivery.due_at = Some(now + lease);
                held.push(HeldDelivery {
                    endpoint,
                    event,
                    failures: delivery.failures,
                });
            }
        }
        held
    }

    fn settle_delivery(&mut self, held: &HeldDelivery, outcome: &DeliveryOutcome) {
        let (tenant, id) = (held.endpoint.tenant, held.endpoint.id);
        if let Some(delivery) = self.delivery(tenant, id, held.event.position) {
            delivery.status = outcome.status;
            delivery.failures = match outcome.status {
                DeliveryStatus::Delivered => 0,
                DeliveryStatus::Pending | DeliveryStatus::Failed => held.failures + 1,
            };
            delivery.due_at = outcome.retry_at;
            if delivery.calls.len() >= CALLS_KEPT {
                delivery.calls.remove(0);
            }
            delivery.calls.push(outcome.call.clone());
        }
        let Some(endpoint) = self.endpoints.all.get_mut(&(tenant, id)) else {
            return;
        };
        match outcome.fault {
            Some(Fault::Ours) => {}
            Some(Fault::Theirs) => {
                endpoint.failing_since.get_or_insert(outcome.call.at);
            }
            None => endpoint.failing_since = None,
        }
        if let Some(reason) = outcome.disable.as_ref().filter(|_| endpoint.is_enabled) {
            endpoint.is_enabled = false;
            endpoint.disabled_because = Some(reason.clone());
            let happening = Happening::EndpointDisabled(EndpointDisabled {
                endpoint_id: id,
                reason: reason.clone(),
            });
            self.outbox.note(tenant, outcome.call.at, happening);
        }
    }
}

#[async_trait]
impl WebhookEndpoints for Memory {
    async fn create_endpoint(
        &self,
        endpoint: &WebhookEndpoint,
        answer: Option<&Answer>,
    ) -> Result<(), EndpointError> {
        let mut state = self.lock();
        state.check_key(answer)?;
        let own = state.endpoints.all.keys();
        let own = own.filter(|(tenant, _)| *tenant == endpoint.tenant).count();
        if own >= usize::try_from(MOST_ENDPOINTS).unwrap_or(usize::MAX) {
            return Err(EndpointError::TooMany);
        }
        if endpoint.is_enabled {
            state.keep(endpoint.tenant, endpoint.updated_at);
        }
        let key = (endpoint.tenant, endpoint.id);
        state.endpoints.all.insert(key, endpoint.clone());
        state.keep_answer(answer);
        Ok(())
    }

    async fn update_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let key = (endpoint.tenant, endpoint.id);
        let Some(known) = state.endpoints.all.get_mut(&key) else {
            return Ok(false);
        };
        let is_back = endpoint.is_enabled && !known.is_enabled;
        *known = WebhookEndpoint {
            disabled_because: known
                .disabled_because
                .take()
                .filter(|_| !endpoint.is_enabled),
            failing_since: known.failing_since.filter(|_| !is_back),
            created_at: known.created_at,
            ..endpoint.clone()
        };
        if endpoint.is_enabled {
            state.keep(endpoint.tenant, endpoint.updated_at);
        }
        Ok(true)
    }

    async fn endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        Ok(self.lock().endpoints.all.get(&(tenant, endpoint)).cloned())
    }

    async fn endpoints(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<WebhookEndpoint>, StoreError> {
        let state = self.lock();
        let id = |endpoint: &WebhookEndpoint| endpoint.id.uuid();
        Ok(newest_first(
            state.endpoints.all.iter(),
            tenant,
            page,
            id,
            |endpoint| Some(endpoint.clone()),
        ))
    }

    async fn delete_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let is_known = state.endpoints.all.remove(&(tenant, endpoint)).is_some();
        if is_known {
            state.endpoints.deliveries.remove(&endpoint);
        }
        Ok(is_known)
    }

    async fn deliveries(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        status: Option<DeliveryStatus>,
        page: Page,
    ) -> Result<Paged<WebhookDelivery>, StoreError> {
        let state = self.lock();
        let before = page.after.map_or(u64::MAX, |after| {
            place_of(tenant, EventId::from_uuid(after)).unwrap_or(0)
        });
        let log = state.logs.get(&tenant);
        let told = state.endpoints.all.get(&(tenant, endpoint));
        let told = told.and_then(|endpoint| state.endpoints.deliveries.get(&endpoint.id));
        let data = told
            .into_iter()
            .flat_map(|told| told.range(..before).rev())
            .filter(|(_, delivery)| status.is_none_or(|status| delivery.status == status))
            .filter_map(|(place, delivery)| {
                let event = log?.events.get(place)?;
                Some(WebhookDelivery {
                    event: event.id(),
                    kind: event.happening.kind(),
                    logged_at: event.logged_at,
                    status: delivery.status,
                    calls: delivery.calls.clone(),
                    due_at: delivery.due_at,
                })
            })
            .take(usize::from(page.limit) + 1)
            .collect();
        Ok(Paged::cut(
            data,
            page.limit,
            |delivery: &WebhookDelivery| delivery.event.uuid(),
        ))
    }

    async fn test_endpoint(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let state = self.lock();
        let known = state.endpoints.all.get(&(tenant, endpoint));
        if !known.is_some_and(|endpoint| endpoint.is_enabled) {
            return Ok(false);
        }
        state.outbox.put(Noted {
            tenant,
            at: now,
            happening: Happening::EndpointTested(EndpointTested {
                endpoint_id: endpoint,
            }),
            only: Some(endpoint),
        });
        Ok(true)
    }

    async fn replay(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        position: u64,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let delivery = state.delivery(tenant, endpoint, position);
        Ok(delivery.map(|delivery| delivery.again(now)).is_some())
    }

    async fn replay_span(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        span: ReplaySpan,
        now: OffsetDateTime,
    ) -> Result<u64, ReplayError> {
        self.lock().replay_span(tenant, endpoint, span, now)
    }

    async fn claim_deliveries(
        &self,
        share: DeliveryShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldDelivery>, StoreError> {
        Ok(self.lock().claim_deliveries(share, now, lease))
    }

    async fn settle_delivery(
        &self,
        held: &HeldDelivery,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        self.lock().settle_delivery(held, outcome);
        Ok(())
    }
}
