use crate::{
    Stores,
    event_log::place,
    fixtures::NOW,
    pages,
    webhook_deliveries::{self, clear, deliveries, due, happens, settle, taken},
    works::Works,
    world::{LATER, World},
};
use tidings_kernel::{TenantId, WebhookEndpointId};
use tidings_messaging::{
    EndpointError, EventKind, MOST_ENDPOINTS, Page, ReplayError, ReplaySpan, Sealed,
    WebhookEndpoint,
};
use time::Duration;

pub(crate) const ALL: Page = Page {
    limit: 200,
    after: None,
};

/// Panics unless `stores.endpoints` and `stores.callers` keep every promise of
/// [`WebhookEndpoints`](tidings_messaging::WebhookEndpoints).
pub async fn webhook_endpoints(stores: &Stores) {
    let world = World::new(stores, 44);
    an_endpoint_is_given_as_it_was_stored(&world).await;
    a_change_replaces_what_may_be_changed(&world).await;
    tenants_are_isolated(&world).await;
    endpoints_are_listed_newest_first(&world).await;
    there_are_so_many_at_most(&world).await;
    the_answer_is_stored_with_it(&world).await;
    a_deleted_endpoint_is_gone(&world).await;
    an_enabled_endpoint_keeps_the_log(&world).await;
    webhook_deliveries::check(&world).await;
}

pub(crate) fn new_endpoint(world: &World<'_>, tenant: TenantId) -> WebhookEndpoint {
    WebhookEndpoint {
        id: WebhookEndpointId::new(&world.ids),
        tenant,
        url: "https://shop.example.com/hook".into(),
        description: "the shop".into(),
        kinds: Vec::new(),
        is_enabled: true,
        disabled_because: None,
        secret: Sealed(vec![1, 2, 3]),
        old_secret: Some((Sealed(vec![4]), LATER)),
        failing_since: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) async fn store(world: &World<'_>, endpoint: &WebhookEndpoint) {
    let stored = world.stores.endpoints.create_endpoint(endpoint, None).await;
    stored.works();
}

pub(crate) async fn stored(world: &World<'_>, tenant: TenantId) -> WebhookEndpoint {
    let endpoint = new_endpoint(world, tenant);
    store(world, &endpoint).await;
    endpoint
}

pub(crate) async fn get(world: &World<'_>, endpoint: &WebhookEndpoint) -> Option<WebhookEndpoint> {
    let found = world
        .stores
        .endpoints
        .endpoint(endpoint.tenant, endpoint.id);
    found.await.works()
}

pub(crate) async fn update(world: &World<'_>, endpoint: &WebhookEndpoint) -> bool {
    world
        .stores
        .endpoints
        .update_endpoint(endpoint)
        .await
        .works()
}

async fn an_endpoint_is_given_as_it_was_stored(world: &World<'_>) {
    let tenant = world.tenant().await;
    let endpoint = WebhookEndpoint {
        kinds: vec![EventKind::MessageStatus, EventKind::ContactCreated],
        ..new_endpoint(world, tenant)
    };
    store(world, &endpoint).await;
    let sentence = "WebhookEndpoints::endpoint: the endpoint, if the tenant has it";
    assert_eq!(get(world, &endpoint).await, Some(endpoint), "{sentence}");
}

async fn a_change_replaces_what_may_be_changed(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    let changed = WebhookEndpoint {
        url: "https://shop.example.com/other".into(),
        description: String::new(),
        kinds: vec![EventKind::MessageReceived],
        is_enabled: false,
        secret: Sealed(vec![9]),
        old_secret: None,
        updated_at: LATER,
        ..endpoint
    };
    let sentence = "WebhookEndpoints::update_endpoint: replaces what a tenant may change";
    assert!(update(world, &changed).await, "{sentence}");
    assert_eq!(
        get(world, &changed).await,
        Some(changed.clone()),
        "{sentence}"
    );
    let stranger = WebhookEndpoint {
        id: WebhookEndpointId::new(&world.ids),
        ..changed
    };
    assert!(
        !update(world, &stranger).await,
        "WebhookEndpoints::update_endpoint: false if there is no such endpoint"
    );
}

async fn tenants_are_isolated(world: &World<'_>) {
    let (ours, other) = (
        stored(world, world.tenant().await).await,
        world.tenant().await,
    );
    let theirs = WebhookEndpoint {
        tenant: other,
        url: "https://evil.example.com/".into(),
        ..ours.clone()
    };
    let endpoints = &world.stores.endpoints;
    assert_eq!(
        get(world, &theirs).await,
        None,
        "another tenant's endpoint is none"
    );
    assert!(
        !update(world, &theirs).await,
        "another tenant's endpoint is none"
    );
    let deleted = endpoints.delete_endpoint(other, ours.id).await.works();
    assert!(!deleted, "another tenant's endpoint is none");
    let tested = endpoints.test_endpoint(other, ours.id, NOW).await.works();
    assert!(!tested, "another tenant's endpoint is none");
    happens(world, ours.tenant).await;
    place(world).await;
    let page = endpoints
        .deliveries(other, ours.id, None, ALL)
        .await
        .works();
    assert_eq!(page.data, [], "another tenant's deliveries are none");
    let replayed = endpoints.replay(other, ours.id, 1, NOW).await.works();
    assert!(!replayed, "another tenant's delivery is none");
    let span = ReplaySpan {
        since: NOW - Duration::DAY,
        until: LATER,
        status: None,
    };
    let replayed = endpoints.replay_span(other, ours.id, span, NOW).await;
    assert!(matches!(replayed, Err(ReplayError::NotFound)));
    assert_eq!(get(world, &ours).await, Some(ours), "tenants are isolated");
}

async fn endpoints_are_listed_newest_first(world: &World<'_>) {
    let tenant = world.tenant().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.insert(0, stored(world, tenant).await);
    }
    stored(world, world.tenant().await).await;
    let endpoints = &world.stores.endpoints;
    let id = |endpoint: &WebhookEndpoint| endpoint.id.uuid();
    let ids: Vec<_> = all.iter().map(id).collect();
    pages::check("WebhookEndpoints::endpoints", &ids, id, async |page| {
        endpoints.endpoints(tenant, page).await.works()
    })
    .await;
}

async fn there_are_so_many_at_most(world: &World<'_>) {
    let tenant = world.tenant().await;
    let mut storing = tokio::task::JoinSet::new();
    for _ in 0..MOST_ENDPOINTS + 2 {
        let endpoint = new_endpoint(world, tenant);
        let store = world.stores.endpoints.clone();
        storing.spawn(async move { store.create_endpoint(&endpoint, None).await });
    }
    let mut refused = 0;
    while let Some(stored) = storing.join_next().await {
        match stored.works() {
            Ok(()) => {}
            Err(EndpointError::TooMany) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(
        refused, 2,
        "EndpointError::TooMany: the tenant has as many as may be"
    );
}

async fn the_answer_is_stored_with_it(world: &World<'_>) {
    let endpoint = new_endpoint(world, world.tenant().await);
    let answer = world.answer(endpoint.tenant).await;
    let endpoints = &world.stores.endpoints;
    endpoints
        .create_endpoint(&endpoint, Some(&answer))
        .await
        .works();
    assert!(
        world.is_answered(&answer).await,
        "WebhookEndpoints::create_endpoint: with the answer that reports it"
    );
    let lost = world.lost_answer(endpoint.tenant).await;
    let other = new_endpoint(world, endpoint.tenant);
    let refused = endpoints.create_endpoint(&other, Some(&lost)).await;
    assert!(matches!(refused, Err(EndpointError::KeyLost(_))));
    assert_eq!(
        get(world, &other).await,
        None,
        "WebhookEndpoints::create_endpoint: nothing was stored"
    );
}

async fn a_deleted_endpoint_is_gone(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    happens(world, endpoint.tenant).await;
    let held = due(world, &endpoint, NOW).await.remove(0);
    let endpoints = &world.stores.endpoints;
    let delete = async || {
        let deleted = endpoints.delete_endpoint(endpoint.tenant, endpoint.id);
        deleted.await.works()
    };
    let sentence =
        "WebhookEndpoints::delete_endpoint: forgets an endpoint with all that it was told";
    assert_eq!(
        (delete().await, delete().await),
        (true, false),
        "{sentence}"
    );
    assert_eq!(get(world, &endpoint).await, None, "{sentence}");
    assert_eq!(deliveries(world, &endpoint).await, [], "{sentence}");
    settle(world, &held, &taken(NOW)).await;
    assert_eq!(deliveries(world, &endpoint).await, [], "{sentence}");
    assert_eq!(due(world, &endpoint, LATER).await, [], "{sentence}");
}

async fn an_enabled_endpoint_keeps_the_log(world: &World<'_>) {
    let endpoint = stored(world, world.tenant().await).await;
    let (log, far) = (&world.stores.log, LATER + Duration::days(60));
    let forget = async || {
        log.forget_events(NOW - Duration::DAY, far, 1_000)
            .await
            .works()
    };
    forget().await;
    happens(world, endpoint.tenant).await;
    assert_eq!(
        due(world, &endpoint, NOW).await.len(),
        1,
        "WebhookEndpoints: a log is kept as long as its tenant has an endpoint that is enabled"
    );
    let disabled = WebhookEndpoint {
        is_enabled: false,
        ..endpoint.clone()
    };
    update(world, &disabled).await;
    forget().await;
    happens(world, endpoint.tenant).await;
    update(world, &endpoint).await;
    happens(world, endpoint.tenant).await;
    place(world).await;
    assert_eq!(
        deliveries(world, &endpoint).await.len(),
        2,
        "WebhookEndpoints: and no longer"
    );
    clear(world).await;
}
