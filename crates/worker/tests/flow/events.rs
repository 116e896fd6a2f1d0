//! What endpoints for webhooks are told, when, and how often.

use crate::{
    support::World,
    telling::{Listener, unanswered},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use secrecy::SecretBox;
use serde_json::Value;
use std::sync::Arc;
use tidings_kernel::{Channel, Clock, Purpose, WebhookEndpointId};
use tidings_memory::{ManualClock, Memory};
use tidings_messaging::{
    DeliveryStatus, EVENTS_KEPT, EventKind, EventLog, KeepingLog, Page, ProviderEvent, Receipt,
    ReceiptEvent, Vault, WebhookDelivery, WebhookEndpoint, WebhookEndpoints, WebhookRequest,
    notify::{DISABLED_AFTER, EVENT_RETRIES, Notifying},
};
use tidings_webhooks::StandardForm;
use time::Duration;

const URL: &str = "https://shop.example.com/events";

/// What gives events their places.
pub(crate) fn log(store: &Arc<Memory>, clock: &Arc<ManualClock>) -> KeepingLog {
    KeepingLog {
        log: store.clone(),
        clock: clock.clone(),
        kept: EVENTS_KEPT,
    }
}

/// What tells endpoints of them.
pub(crate) fn notifying(
    store: &Arc<Memory>,
    vault: &Arc<dyn Vault>,
    listener: &Arc<Listener>,
    clock: &Arc<ManualClock>,
) -> Notifying {
    Notifying {
        endpoints: store.clone(),
        vault: vault.clone(),
        form: Arc::new(StandardForm),
        client: listener.clone(),
        clock: clock.clone(),
        lease: Duration::MINUTE,
    }
}

fn secret(byte: u8) -> String {
    format!("whsec_{}", STANDARD.encode([byte; 32]))
}

fn sealed(world: &World, id: WebhookEndpointId, byte: u8) -> tidings_messaging::Sealed {
    let plain = SecretBox::new(secret(byte).into_bytes().into_boxed_slice());
    let vault: &dyn Vault = &*world.worker.notifying.vault;
    let seat = WebhookEndpoint::seat(id);
    vault.seal(world.tenant, seat, &plain).unwrap()
}

async fn endpoint(world: &World, kinds: &[EventKind]) -> WebhookEndpoint {
    let id = WebhookEndpointId::new(&*world.ids);
    let endpoint = WebhookEndpoint {
        id,
        tenant: world.tenant,
        url: URL.into(),
        description: String::new(),
        kinds: kinds.to_vec(),
        is_enabled: true,
        disabled_because: None,
        secret: sealed(world, id, 7),
        old_secret: None,
        failing_since: None,
        created_at: world.clock.now(),
        updated_at: world.clock.now(),
    };
    world.store.create_endpoint(&endpoint, None).await.unwrap();
    endpoint
}

async fn read(world: &World, endpoint: &WebhookEndpoint) -> WebhookEndpoint {
    let found = world.store.endpoint(world.tenant, endpoint.id).await;
    found.unwrap().unwrap()
}

async fn deliveries(world: &World, endpoint: &WebhookEndpoint) -> Vec<WebhookDelivery> {
    let page = Page {
        limit: 200,
        after: None,
    };
    let found = world
        .store
        .deliveries(world.tenant, endpoint.id, None, page)
        .await;
    found.unwrap().data
}

fn bodies(listener: &Listener) -> Vec<Value> {
    let heard = listener.requests();
    let ours = heard.iter().filter(|request| request.url == URL);
    ours.map(|request| serde_json::from_str(&request.body).unwrap())
        .collect()
}

fn header<'a>(request: &'a WebhookRequest, name: &str) -> &'a str {
    let found = request.headers.iter().find(|(given, _)| *given == name);
    &found.unwrap().1
}

/// Verifies a request as a library of Standard Webhooks does, written from its specification.
fn is_signed(request: &WebhookRequest, secret: &str) -> bool {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = format!(
        "{}.{}.{}",
        header(request, "webhook-id"),
        header(request, "webhook-timestamp"),
        request.body
    );
    header(request, "webhook-signature")
        .split(' ')
        .any(|signature| {
            let signature = signature.strip_prefix("v1,").unwrap();
            let signature = STANDARD.decode(signature).unwrap();
            hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
        })
}

async fn receipt(world: &World, receipt: Receipt) {
    let event = ProviderEvent::Receipt(ReceiptEvent {
        attempt: None,
        provider_message_id: "P1".into(),
        receipt,
        error: None,
        cost: None,
        at: None,
    });
    world.calls_back(vec![event]).await;
}

#[tokio::test]
async fn an_endpoint_hears_the_life_of_a_message() {
    let world = World::new().await;
    endpoint(&world, &[EventKind::MessageStatus]).await;
    let message = world.sms("Your table is ready").await;
    world.work().await;
    receipt(&world, Receipt::Delivered).await;
    world.work().await;
    let told = bodies(&world.listener);
    let statuses: Vec<&str> = told
        .iter()
        .map(|body| body["data"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["queued", "sending", "sent", "delivered"]);
    for (body, request) in told.iter().zip(world.listener.requests()) {
        assert_eq!(body["type"], "message.status");
        assert_eq!(body["data"]["message_id"], message.id.to_string());
        assert_eq!(body["id"], header(&request, "webhook-id"));
        assert_eq!(request.content_type, "application/json");
        assert!(is_signed(&request, &secret(7)));
        assert!(!is_signed(&request, &secret(8)));
    }
    let ids: Vec<&str> = told
        .iter()
        .map(|body| body["id"].as_str().unwrap())
        .collect();
    assert!(ids.is_sorted(), "ids sort as the log does");
}

#[tokio::test]
async fn both_secrets_sign_until_the_old_one_ends() {
    let world = World::new().await;
    let endpoint = endpoint(
        &world,
        &[EventKind::ContactUpdated, EventKind::MessageStatus],
    )
    .await;
    let until = world.clock.now() + Duration::HOUR;
    let rotated = WebhookEndpoint {
        secret: sealed(&world, endpoint.id, 9),
        old_secret: Some((endpoint.secret.clone(), until)),
        ..endpoint
    };
    world.store.update_endpoint(&rotated).await.unwrap();
    world.sms("One").await;
    world.work().await;
    let both = world.listener.requests();
    assert!(!both.is_empty());
    assert!(
        both.iter()
            .all(|request| is_signed(request, &secret(7)) && is_signed(request, &secret(9)))
    );
    world.clock.advance(Duration::hours(2));
    world.sms("Two").await;
    world.work().await;
    let later = world.listener.requests().split_off(both.len());
    assert!(!later.is_empty());
    assert!(
        later
            .iter()
            .all(|request| !is_signed(request, &secret(7)) && is_signed(request, &secret(9)))
    );
}

#[tokio::test]
async fn what_is_not_taken_is_told_again_until_it_is() {
    let world = World::new().await;
    let endpoint = endpoint(&world, &[EventKind::EndpointTested]).await;
    let now = world.clock.now();
    let asked = world
        .store
        .test_endpoint(world.tenant, endpoint.id, now)
        .await;
    assert!(asked.unwrap());
    world.listener.answers([Ok(500), unanswered(), Ok(302)]);
    world.work().await;
    assert_eq!(world.listener.requests().len(), 1);
    for delay in &EVENT_RETRIES[..3] {
        world.clock.advance(*delay - Duration::SECOND);
        let before = world.listener.requests().len();
        world.work().await;
        assert_eq!(world.listener.requests().len(), before, "not too early");
        world.clock.advance(Duration::SECOND);
        world.work().await;
        assert_eq!(world.listener.requests().len(), before + 1);
    }
    let heard = world.listener.requests();
    let ids: Vec<&str> = heard
        .iter()
        .map(|request| header(request, "webhook-id"))
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the same id each time");
    assert_ne!(
        header(&heard[0], "webhook-timestamp"),
        header(&heard[3], "webhook-timestamp")
    );
    let delivery = deliveries(&world, &endpoint).await.remove(0);
    assert_eq!(delivery.status, DeliveryStatus::Delivered);
    let answers: Vec<Option<u16>> = delivery.calls.iter().map(|call| call.status).collect();
    assert_eq!(answers, [Some(500), None, Some(302), Some(204)]);
    assert_eq!(read(&world, &endpoint).await.failing_since, None);
}

#[tokio::test]
async fn one_that_takes_nothing_for_days_is_disabled_and_comes_back() {
    let world = World::new().await;
    let gone = endpoint(&world, &[EventKind::EndpointTested]).await;
    let now = world.clock.now();
    world
        .store
        .test_endpoint(world.tenant, gone.id, now)
        .await
        .unwrap();
    world
        .listener
        .answers((0..=EVENT_RETRIES.len()).map(|_| Ok(503)));
    world.work().await;
    for delay in EVENT_RETRIES {
        world.clock.advance(delay);
        world.work().await;
    }
    let disabled = read(&world, &gone).await;
    assert!(!disabled.is_enabled);
    let reason = disabled.disabled_because.unwrap();
    assert!(
        reason.contains(&DISABLED_AFTER.whole_hours().to_string()),
        "{reason}"
    );
    let delivery = deliveries(&world, &gone).await.remove(0);
    assert_eq!(delivery.status, DeliveryStatus::Failed);
    assert_eq!(delivery.calls.len(), 1 + EVENT_RETRIES.len());
    // It is told in the log, for other readers.
    world.store.place(100, world.clock.now()).await.unwrap();
    let log = world.store.read(&[(world.tenant, 0)], 100).await.unwrap();
    let last = log.last().unwrap().happening.kind();
    assert_eq!(last, EventKind::EndpointDisabled);
    let back = WebhookEndpoint {
        is_enabled: true,
        ..gone.clone()
    };
    world.store.update_endpoint(&back).await.unwrap();
    let now = world.clock.now();
    assert!(
        world
            .store
            .replay(world.tenant, gone.id, 1, now)
            .await
            .unwrap()
    );
    world.work().await;
    let delivery = deliveries(&world, &gone).await.remove(0);
    assert_eq!(delivery.status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn one_that_is_gone_is_called_no_more() {
    let world = World::new().await;
    let gone = endpoint(&world, &[]).await;
    world.listener.answers([Ok(410)]);
    let request = world.request(Channel::Sms, Purpose::Transactional, "Hello");
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    world.work().await;
    assert!(!read(&world, &gone).await.is_enabled);
}

#[tokio::test]
async fn a_worker_that_dies_in_between_tells_again() {
    let world = World::new().await;
    let endpoint = endpoint(&world, &[EventKind::EndpointTested]).await;
    let now = world.clock.now();
    world
        .store
        .test_endpoint(world.tenant, endpoint.id, now)
        .await
        .unwrap();
    world.worker.log.place().await.unwrap();
    let share = tidings_messaging::DeliveryShare {
        most: 10,
        per_endpoint: 10,
        except: &[],
    };
    let taken = world.worker.notifying.take(share).await.unwrap();
    assert_eq!(taken.len(), 1);
    world.work().await;
    assert!(world.listener.requests().is_empty(), "it is held");
    world.clock.advance(Duration::minutes(2));
    world.work().await;
    assert_eq!(world.listener.requests().len(), 1);
}
