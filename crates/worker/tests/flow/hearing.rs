//! What receipts tell of accounts: each attempt once, and for the destination that its message went to.

use crate::support::{World, error};
use tidings_conformance::fixtures;
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_kernel::{
    Channel, Clock as _, ConsentEventId, ContactId, PhoneNumber, Purpose, Region,
};
use tidings_messaging::{
    ConsentLedger as _, Contact, Contacts, Found, Healths, ProviderEvent, Receipt, ReceiptEvent,
    send::Recipient, send::SendRequest,
};
use tidings_routing::{Class, Vitals};
use time::Duration;

/// What was seen of the first account in the last minute, to one destination or to all.
async fn seen(world: &World, region: Option<&str>) -> Vitals {
    world.worker.tending.write().await.unwrap();
    let region = region.map(|region| Region::parse(region).unwrap());
    let now = world.clock.now();
    let all = Healths::of_tenants(&*world.store, &[world.tenant], now).await;
    let all = all.unwrap().into_iter();
    let mut found = all
        .filter(|checkup| checkup.way.account == world.accounts[0] && checkup.way.region == region);
    found
        .next()
        .map(|checkup| checkup.recent)
        .unwrap_or_default()
}

async fn hears(world: &World, id: &str, receipt: Receipt, class: Class) {
    let event = ReceiptEvent {
        attempt: None,
        provider_message_id: id.into(),
        receipt,
        error: (receipt == Receipt::Failed).then(|| error(class)),
        cost: None,
        at: None,
    };
    world.calls_back(vec![ProviderEvent::Receipt(event)]).await;
}

/// A message to somebody in Toronto, who has agreed to it.
async fn to_canada(world: &World) {
    let contact = Contact {
        phone: Some(PhoneNumber::from_e164("+14165550123").unwrap()),
        ..Contact::blank(
            ContactId::from_uuid(fixtures::uuid(51, 2)),
            world.tenant,
            fixtures::NOW,
        )
    };
    Contacts::create(&*world.store, &contact, None)
        .await
        .unwrap();
    let agreed_at = world.clock.now() - Duration::DAY;
    let agreed = ConsentEvent {
        id: ConsentEventId::new(&*world.ids),
        contact: contact.id,
        action: Action::OptIn,
        channels: Channels::All,
        purposes: Purposes::All,
        method: Method::WebForm,
        occurred_at: agreed_at,
        recorded_at: agreed_at,
        evidence: Evidence::default(),
    };
    let recorded = world.store.record(world.tenant, &agreed, None).await;
    recorded.unwrap();
    let request = SendRequest {
        to: Recipient::Contact(contact.id),
        ..world.request(Channel::Sms, Purpose::Transactional, "Bonjour")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    assert!(!prepared.is_blocked(), "{:?}", prepared.decision());
    world.sending.commit(&prepared, None).await.unwrap();
    world.work().await;
}

#[tokio::test]
async fn a_receipt_counts_for_where_its_message_went() {
    let world = World::new().await;
    world.sms("Hello").await;
    world.work().await;
    Box::pin(to_canada(&world)).await;
    world.clock.advance(Duration::seconds(3));
    hears(&world, "P1", Receipt::Delivered, Class::Transient).await;
    hears(&world, "P2", Receipt::Failed, Class::Transient).await;
    let home = seen(&world, Some("US")).await;
    assert_eq!((home.delivered, home.undelivered), (1, 0));
    assert_eq!(home.latency_ms, 3_000, "from the call to the receipt");
    let abroad = seen(&world, Some("CA")).await;
    assert_eq!((abroad.delivered, abroad.undelivered), (0, 1));
    let all = seen(&world, None).await;
    assert_eq!((all.delivered, all.undelivered), (1, 1));
}

#[tokio::test]
async fn what_comes_again_or_too_late_counts_once() {
    let world = World::new().await;
    world.sms("First").await;
    world.work().await;
    world.sms("Second").await;
    world.work().await;
    for receipt in [
        Receipt::Sent,
        Receipt::Delivered,
        Receipt::Delivered,
        Receipt::Failed,
        Receipt::Read,
    ] {
        hears(&world, "P1", receipt, Class::Transient).await;
    }
    for receipt in [Receipt::Read, Receipt::Delivered, Receipt::Sent] {
        hears(&world, "P2", receipt, Class::Transient).await;
    }
    let seen = seen(&world, Some("US")).await;
    assert_eq!((seen.delivered, seen.undelivered), (2, 0));
}

#[tokio::test]
async fn what_lies_with_the_recipient_is_nobody_s_fault_and_no_delivery() {
    let world = World::new().await;
    world.sms("Hello").await;
    world.work().await;
    hears(&world, "P1", Receipt::Failed, Class::Recipient).await;
    let seen = seen(&world, Some("US")).await;
    assert_eq!((seen.delivered, seen.undelivered), (0, 0));
}

/// Asks for the receipt of the only message, and says what follows of it.
async fn asked(world: &World, found: Found) {
    world.sms("Hello").await;
    world.work().await;
    world.finds(Some(found));
    world.clock.advance(Duration::minutes(6));
    assert_eq!(world.worker.asking.ask(10).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_missed_does_not_count_again_when_it_comes_late() {
    let world = World::new().await;
    asked(&world, Found::CannotTell).await;
    hears(&world, "P1", Receipt::Delivered, Class::Transient).await;
    let seen = seen(&world, Some("US")).await;
    assert_eq!((seen.missing, seen.delivered), (1, 0));
}

#[tokio::test]
async fn what_a_provider_says_when_it_is_asked_counts() {
    let world = World::new().await;
    let found = Found::There {
        provider_message_id: "P1".into(),
        receipt: Some(Receipt::Delivered),
        error: None,
        cost: None,
    };
    asked(&world, found).await;
    hears(&world, "P1", Receipt::Delivered, Class::Transient).await;
    let seen = seen(&world, Some("US")).await;
    assert_eq!((seen.missing, seen.delivered), (0, 1));
}
