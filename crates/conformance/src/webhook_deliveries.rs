//! What endpoints are told, and what comes of it.

use crate::{
    event_log::place,
    fixtures::NOW,
    pages,
    webhook_endpoints::{ALL, get, new_endpoint, store, stored, update},
    webhook_replays,
    works::Works,
    world::{LATER, LEASE, LEASE_OVER, World},
};
use tidings_kernel::TenantId;
use tidings_messaging::{
    CALLS_KEPT, DeliveryOutcome, DeliveryShare, DeliveryStatus, EventKind, Fault, Happening,
    HeldDelivery, WebhookCall, WebhookDelivery, WebhookEndpoint,
};
use time::{Duration, OffsetDateTime};

pub(crate) async fn check(world: &World<'_>) {
    an_endpoint_is_told_of_its_kinds(world).await;
    nobody_else_gets_it_before_the_lease_is_over(world).await;
    a_share_is_kept_to(world).await;
    what_is_told_is_written(world).await;
    only_the_latest_calls_are_kept(world).await;
    an_endpoint_fails_until_something_is_taken(world).await;
    one_is_disabled_with_an_event(world).await;
    deliveries_are_listed_newest_first(world).await;
    deliveries_go_with_their_events(world).await;
    webhook_replays::check(world).await;
}

pub(crate) async fn claim(world: &World<'_>, now: OffsetDateTime) -> Vec<HeldDelivery> {
    let share = DeliveryShare {
        most: 200,
        per_endpoint: 200,
        except: &[],
    };
    let claimed = world
        .stores
        .callers
        .claim_deliveries(share, now, LEASE)
        .await;
    claimed.works()
}

/// What one endpoint is to be told at `now`.
pub(crate) async fn due(
    world: &World<'_>,
    endpoint: &WebhookEndpoint,
    now: OffsetDateTime,
) -> Vec<HeldDelivery> {
    place(world).await;
    let claimed = claim(world, now).await;
    let own = claimed
        .into_iter()
        .filter(|held| held.endpoint.id == endpoint.id);
    own.collect()
}

fn call(at: OffsetDateTime, status: Option<u16>) -> WebhookCall {
    WebhookCall {
        at,
        took_ms: 40,
        status,
        problem: status.is_none().then(|| "nobody answered".into()),
    }
}

pub(crate) fn taken(at: OffsetDateTime) -> DeliveryOutcome {
    DeliveryOutcome {
        call: call(at, Some(204)),
        status: DeliveryStatus::Delivered,
        retry_at: None,
        fault: None,
        disable: None,
    }
}

pub(crate) fn not_taken(at: OffsetDateTime, retry_at: Option<OffsetDateTime>) -> DeliveryOutcome {
    DeliveryOutcome {
        call: call(at, None),
        status: retry_at.map_or(DeliveryStatus::Failed, |_| DeliveryStatus::Pending),
        retry_at,
        fault: Some(Fault::Theirs),
        disable: None,
    }
}

pub(crate) async fn settle(world: &World<'_>, held: &HeldDelivery, outcome: &DeliveryOutcome) {
    world
        .stores
        .callers
        .settle_delivery(held, outcome)
        .await
        .works();
}

/// Tells everything that is due, so that nothing of it is left for others.
pub(crate) async fn clear(world: &World<'_>) {
    place(world).await;
    loop {
        let held = claim(world, LATER + Duration::days(40)).await;
        if held.is_empty() {
            return;
        }
        for held in held {
            settle(world, &held, &taken(NOW)).await;
        }
    }
}

pub(crate) async fn deliveries(
    world: &World<'_>,
    endpoint: &WebhookEndpoint,
) -> Vec<WebhookDelivery> {
    let found = world
        .stores
        .endpoints
        .deliveries(endpoint.tenant, endpoint.id, None, ALL)
        .await;
    found.works().data
}

/// Something that happens to a tenant.
pub(crate) async fn happens(world: &World<'_>, tenant: TenantId) {
    world.contact(tenant, 1).await;
}

async fn an_endpoint_is_told_of_its_kinds(world: &World<'_>) {
    clear(world).await;
    let tenant = world.tenant().await;
    let everything = stored(world, tenant).await;
    let some = WebhookEndpoint {
        kinds: vec![EventKind::ContactUpdated],
        ..new_endpoint(world, tenant)
    };
    store(world, &some).await;
    let contact = world.contact(tenant, 1).await;
    world.stores.contacts.update(&contact).await.works();
    happens(world, world.tenant().await).await;
    place(world).await;
    let held = claim(world, NOW).await;
    let told: Vec<_> = held
        .iter()
        .map(|held| {
            (
                held.endpoint.id,
                held.event.position,
                held.event.happening.kind(),
            )
        })
        .collect();
    let mut expected = [
        (everything.id, 1, EventKind::ContactCreated),
        (everything.id, 2, EventKind::ContactUpdated),
        (some.id, 2, EventKind::ContactUpdated),
    ];
    let mut sorted = told.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    let sentence =
        "WebhookEndpoints: an endpoint that is enabled is told of it, if it is of its kinds";
    assert_eq!(sorted, expected, "{sentence}");
    let own: Vec<u64> = held
        .iter()
        .filter(|held| held.endpoint.id == everything.id)
        .map(|held| held.event.position)
        .collect();
    assert_eq!(
        own,
        [1, 2],
        "WebhookEndpoints::claim_deliveries: of what is due together the oldest events"
    );
    assert!(
        held.iter()
            .all(|held| held.failures == 0 && held.event.tenant == tenant)
    );
    let Happening::ContactCreated(named) = &held[0].event.happening else {
        panic!("HeldDelivery::event: of what")
    };
    assert_eq!(named.contact_id, contact.id);
    clear(world).await;
}

async fn nobody_else_gets_it_before_the_lease_is_over(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    happens(world, endpoint.tenant).await;
    let first = due(world, &endpoint, NOW).await;
    assert_eq!(first.len(), 1);
    let sentence =
        "WebhookEndpoints::claim_deliveries: nobody else gets it before `lease` has passed";
    assert_eq!(due(world, &endpoint, NOW).await, [], "{sentence}");
    assert_eq!(due(world, &endpoint, LEASE_OVER).await, first, "{sentence}");
    clear(world).await;
}

async fn a_share_is_kept_to(world: &World<'_>) {
    let mut endpoints = Vec::new();
    for _ in 0..3 {
        let endpoint = stored(world, world.tenant().await).await;
        for _ in 0..3 {
            happens(world, endpoint.tenant).await;
        }
        endpoints.push(endpoint);
    }
    place(world).await;
    let except = [endpoints[2].id];
    let share = DeliveryShare {
        most: 3,
        per_endpoint: 2,
        except: &except,
    };
    let callers = &world.stores.callers;
    let held = callers.claim_deliveries(share, NOW, LEASE).await.works();
    let of = |endpoint: &WebhookEndpoint| {
        let own = held.iter().filter(|held| held.endpoint.id == endpoint.id);
        own.count()
    };
    assert_eq!(held.len(), 3, "DeliveryShare: at most so many in all");
    assert!(
        of(&endpoints[0]) <= 2 && of(&endpoints[1]) <= 2,
        "DeliveryShare: at most so many for one endpoint"
    );
    assert_eq!(of(&endpoints[2]), 0, "DeliveryShare: none for these");
    clear(world).await;
}

async fn what_is_told_is_written(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    happens(world, endpoint.tenant).await;
    let held = due(world, &endpoint, NOW).await.remove(0);
    let retry_at = NOW + Duration::seconds(5);
    settle(world, &held, &not_taken(NOW, Some(retry_at))).await;
    let sentence = "WebhookEndpoints::settle_delivery: writes what came of a delivery";
    let before = retry_at - Duration::SECOND;
    assert_eq!(due(world, &endpoint, before).await, [], "{sentence}");
    let again = due(world, &endpoint, retry_at).await.remove(0);
    assert_eq!(
        again.failures, 1,
        "HeldDelivery::failures: how often telling it has failed"
    );
    settle(world, &again, &taken(retry_at)).await;
    assert_eq!(due(world, &endpoint, LATER).await, [], "{sentence}");
    let written = deliveries(world, &endpoint).await;
    let expected = WebhookDelivery {
        event: held.event.id(),
        kind: EventKind::ContactCreated,
        logged_at: NOW,
        status: DeliveryStatus::Delivered,
        calls: vec![call(NOW, None), call(retry_at, Some(204))],
        due_at: None,
    };
    assert_eq!(written, [expected], "{sentence}");
    happens(world, endpoint.tenant).await;
    let held = due(world, &endpoint, NOW).await.remove(0);
    settle(world, &held, &not_taken(NOW, None)).await;
    assert_eq!(due(world, &endpoint, LATER).await, [], "{sentence}");
    let written = deliveries(world, &endpoint).await;
    assert_eq!(written[0].status, DeliveryStatus::Failed, "{sentence}");
}

async fn only_the_latest_calls_are_kept(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    happens(world, endpoint.tenant).await;
    let rounds = CALLS_KEPT + 3;
    for round in 0..rounds {
        let at = NOW + Duration::minutes(2) * i32::try_from(round).works();
        let held = due(world, &endpoint, at).await.remove(0);
        settle(world, &held, &not_taken(at, Some(at))).await;
    }
    let calls = deliveries(world, &endpoint).await.remove(0).calls;
    let sentence = "WebhookDelivery::calls: the latest calls, oldest first";
    assert_eq!(calls.len(), CALLS_KEPT, "{sentence}");
    assert_eq!(calls[0].at, NOW + Duration::minutes(2) * 3, "{sentence}");
    assert!(calls.is_sorted_by_key(|call| call.at), "{sentence}");
    clear(world).await;
}

async fn an_endpoint_fails_until_something_is_taken(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    for _ in 0..5 {
        happens(world, endpoint.tenant).await;
    }
    let held = due(world, &endpoint, NOW).await;
    let since = async || get(world, &endpoint).await.and_then(|it| it.failing_since);
    let sentence = "WebhookEndpoints::settle_delivery: an endpoint fails from the first call on";
    let ours = DeliveryOutcome {
        fault: Some(Fault::Ours),
        ..not_taken(NOW, None)
    };
    settle(world, &held[0], &ours).await;
    assert_eq!(since().await, None, "{sentence} by its own fault");
    settle(world, &held[1], &not_taken(NOW, None)).await;
    settle(world, &held[2], &not_taken(LATER, None)).await;
    assert_eq!(since().await, Some(NOW), "{sentence}");
    settle(world, &held[3], &taken(LATER)).await;
    assert_eq!(since().await, None, "{sentence}, until one is taken");
    settle(world, &held[4], &not_taken(LATER, None)).await;
    assert_eq!(since().await, Some(LATER), "{sentence}");
}

async fn one_is_disabled_with_an_event(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (endpoint, other) = (stored(world, tenant).await, stored(world, tenant).await);
    for _ in 0..2 {
        happens(world, tenant).await;
    }
    for held in due(world, &endpoint, NOW).await {
        let outcome = DeliveryOutcome {
            disable: Some("gone".into()),
            ..not_taken(NOW, None)
        };
        settle(world, &held, &outcome).await;
    }
    let sentence = "WebhookEndpoints::settle_delivery: one that is to be disabled is";
    let found = get(world, &endpoint).await;
    let state = found.map(|it| (it.is_enabled, it.disabled_because));
    assert_eq!(state, Some((false, Some("gone".into()))), "{sentence}");
    let told = due(world, &other, LATER).await;
    let told: Vec<_> = told
        .iter()
        .filter_map(|held| match &held.event.happening {
            Happening::EndpointDisabled(disabled) => Some(disabled.endpoint_id),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [endpoint.id],
        "WebhookEndpoints::settle_delivery: with an event that says so, unless it is already"
    );
    let back = WebhookEndpoint {
        is_enabled: true,
        ..endpoint
    };
    update(world, &back).await;
    let found = get(world, &back).await;
    let state = found.map(|it| (it.is_enabled, it.disabled_because, it.failing_since));
    assert_eq!(
        state,
        Some((true, None, None)),
        "WebhookEndpoints::update_endpoint: one that is enabled counts as one that has not failed"
    );
    clear(world).await;
}

async fn deliveries_are_listed_newest_first(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    for _ in 0..5 {
        happens(world, endpoint.tenant).await;
    }
    let held = due(world, &endpoint, NOW).await;
    settle(world, &held[1], &taken(NOW)).await;
    let endpoints = &world.stores.endpoints;
    let (tenant, id) = (endpoint.tenant, endpoint.id);
    let all = deliveries(world, &endpoint).await;
    let newest: Vec<_> = held.iter().rev().map(|held| held.event.id()).collect();
    let listed: Vec<_> = all.iter().map(|delivery| delivery.event).collect();
    assert_eq!(listed, newest, "WebhookEndpoints::deliveries: newest first");
    let key = |delivery: &WebhookDelivery| delivery.event.uuid();
    let ids: Vec<_> = all.iter().map(key).collect();
    pages::check("WebhookEndpoints::deliveries", &ids, key, async |page| {
        endpoints.deliveries(tenant, id, None, page).await.works()
    })
    .await;
    let delivered = Some(DeliveryStatus::Delivered);
    let some = endpoints
        .deliveries(tenant, id, delivered, ALL)
        .await
        .works();
    let some: Vec<_> = some.data.iter().map(|delivery| delivery.event).collect();
    assert_eq!(
        some,
        [held[1].event.id()],
        "WebhookEndpoints::deliveries: with this status if one is given"
    );
    clear(world).await;
}

async fn deliveries_go_with_their_events(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    happens(world, endpoint.tenant).await;
    place(world).await;
    let log = &world.stores.log;
    while log.forget_events(LATER, NOW, 1_000).await.works() > 0 {}
    assert_eq!(
        deliveries(world, &endpoint).await,
        [],
        "EventLog::forget_events: events are forgotten, and what was told of them"
    );
    assert_eq!(due(world, &endpoint, LATER).await, []);
    let replayed = world
        .stores
        .endpoints
        .replay(endpoint.tenant, endpoint.id, 1, NOW)
        .await;
    assert!(
        !replayed.works(),
        "WebhookEndpoints::replay: false if the event is not kept any more"
    );
}
