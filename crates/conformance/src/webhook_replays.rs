//! What endpoints are told again, and what only one is told.

use crate::{
    event_log::place,
    fixtures::NOW,
    webhook_deliveries::{claim, clear, deliveries, due, happens, not_taken, settle, taken},
    webhook_endpoints::{new_endpoint, store, stored, update},
    works::Works,
    world::{LATER, LEASE, World},
};
use tidings_kernel::WebhookEndpointId;
use tidings_messaging::{DeliveryStatus, EventKind, ReplaySpan, WebhookEndpoint};
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    a_disabled_endpoint_waits(world).await;
    a_test_goes_to_one_alone(world).await;
    one_event_is_replayed(world).await;
    a_time_is_replayed(world).await;
}

async fn a_disabled_endpoint_waits(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    happens(world, endpoint.tenant).await;
    place(world).await;
    let disabled = WebhookEndpoint {
        is_enabled: false,
        ..endpoint.clone()
    };
    update(world, &disabled).await;
    let sentence = "WebhookEndpoints: while it is disabled it is told nothing";
    assert_eq!(due(world, &endpoint, NOW).await, [], "{sentence}");
    happens(world, endpoint.tenant).await;
    place(world).await;
    update(world, &endpoint).await;
    let held = due(world, &endpoint, NOW).await;
    let places: Vec<u64> = held.iter().map(|held| held.event.position).collect();
    assert_eq!(
        places,
        [1],
        "WebhookEndpoints: what is pending then goes on when it is enabled again"
    );
    let span = ReplaySpan {
        since: NOW,
        until: LATER,
        status: None,
    };
    let endpoints = &world.stores.endpoints;
    let replayed = endpoints
        .replay_span(endpoint.tenant, endpoint.id, span, NOW)
        .await;
    assert_eq!(
        replayed.works(),
        2,
        "WebhookEndpoints: what happens meanwhile can be replayed"
    );
    assert_eq!(due(world, &endpoint, NOW).await.len(), 2);
    clear(world).await;
}

async fn a_test_goes_to_one_alone(world: &World<'_>) {
    let tenant = world.tenant().await;
    let tested = WebhookEndpoint {
        kinds: vec![EventKind::MessageStatus],
        ..new_endpoint(world, tenant)
    };
    store(world, &tested).await;
    let other = stored(world, tenant).await;
    let endpoints = &world.stores.endpoints;
    let sentence = "WebhookEndpoints::test_endpoint: an event of which this endpoint alone is told";
    assert!(
        endpoints
            .test_endpoint(tenant, tested.id, NOW)
            .await
            .works(),
        "{sentence}"
    );
    place(world).await;
    let held = claim(world, NOW).await;
    let told: Vec<_> = held
        .iter()
        .filter(|held| held.event.tenant == tenant)
        .map(|held| (held.endpoint.id, held.event.happening.kind()))
        .collect();
    assert_eq!(told, [(tested.id, EventKind::EndpointTested)], "{sentence}");
    let span = ReplaySpan {
        since: NOW,
        until: LATER,
        status: None,
    };
    let replayed = endpoints
        .replay_span(tenant, other.id, span, NOW)
        .await
        .works();
    assert_eq!(replayed, 0, "{sentence}");
    let disabled = WebhookEndpoint {
        is_enabled: false,
        ..tested.clone()
    };
    update(world, &disabled).await;
    let stranger = WebhookEndpointId::new(&world.ids);
    for id in [tested.id, stranger] {
        assert!(
            !endpoints.test_endpoint(tenant, id, NOW).await.works(),
            "WebhookEndpoints::test_endpoint: false if there is no such endpoint, or it is not enabled"
        );
    }
    clear(world).await;
}

async fn one_event_is_replayed(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    happens(world, endpoint.tenant).await;
    let held = due(world, &endpoint, NOW).await.remove(0);
    settle(world, &held, &not_taken(NOW, None)).await;
    let endpoints = &world.stores.endpoints;
    let replay = async |place| {
        let replayed = endpoints.replay(endpoint.tenant, endpoint.id, place, LATER);
        replayed.await.works()
    };
    let sentence = "WebhookEndpoints::replay: tells an endpoint again of the event at a place";
    assert!(replay(1).await, "{sentence}");
    assert!(
        !replay(2).await,
        "WebhookEndpoints::replay: false if there is no such delivery"
    );
    let again = due(world, &endpoint, LATER).await;
    assert_eq!(again.len(), 1, "{sentence}");
    assert_eq!(
        (&again[0].event, again[0].failures),
        (&held.event, 0),
        "{sentence}"
    );
    settle(world, &again[0], &taken(LATER)).await;
    assert_eq!(deliveries(world, &endpoint).await[0].calls.len(), 2);
}

async fn a_time_is_replayed(world: &World<'_>) {
    let tenant = world.tenant().await;
    let endpoint = WebhookEndpoint {
        kinds: vec![EventKind::ContactCreated],
        ..new_endpoint(world, tenant)
    };
    store(world, &endpoint).await;
    for at in [NOW, NOW + Duration::SECOND, NOW + Duration::seconds(2)] {
        let contact = world.contact(tenant, 1).await;
        world.stores.contacts.update(&contact).await.works();
        world.stores.log.place(1_000, at).await.works();
    }
    let held = due(world, &endpoint, LATER).await;
    assert_eq!(held.len(), 3);
    for (held, outcome) in held
        .iter()
        .zip([taken(NOW), not_taken(NOW, None), taken(NOW)])
    {
        settle(world, held, &outcome).await;
    }
    let endpoints = &world.stores.endpoints;
    let replay = async |seconds: std::ops::Range<i64>, status| {
        let span = ReplaySpan {
            since: NOW + Duration::seconds(seconds.start),
            until: NOW + Duration::seconds(seconds.end),
            status,
        };
        let replayed = endpoints.replay_span(tenant, endpoint.id, span, LATER);
        let count = replayed.await.works();
        let mut places: Vec<u64> = due(world, &endpoint, LATER)
            .await
            .iter()
            .map(|held| held.event.position)
            .collect();
        places.sort_unstable();
        assert_eq!(
            count,
            places.len() as u64,
            "WebhookEndpoints::replay_span: says how many"
        );
        for held in claim(world, LATER + LEASE).await {
            settle(world, &held, &taken(LATER)).await;
        }
        places
    };
    let failed = Some(DeliveryStatus::Failed);
    let sentence = "ReplaySpan: those that got their places in this time";
    assert_eq!(
        replay(0..1, failed).await,
        [0; 0],
        "{sentence}, only those of this status"
    );
    assert_eq!(
        replay(0..9, failed).await,
        [3],
        "{sentence}, only those of this status"
    );
    assert_eq!(
        replay(0..2, None).await,
        [1, 3],
        "{sentence}: at or after, and before"
    );
    assert_eq!(replay(1..9, None).await, [3, 5], "{sentence}");
}
