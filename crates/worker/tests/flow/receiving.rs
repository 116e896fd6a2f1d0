//! From a callback to what it means.

use crate::{
    faulty::{Fault, Step},
    support::{POISON, World},
};
use std::sync::Arc;
use tidings_consent::Action;
use tidings_kernel::{Channel, Clock, Money, Purpose};
use tidings_messaging::{
    ConsentLedger, Contacts, Direction, GateOutcome, InboundEvent, MessageFilter, Messages, Order,
    OrderItem, Page, PreferenceChange, PreferenceEvent, PreferenceReach, ProviderEvent, Receipt,
    ReceiptEvent, Shopping, Status,
};
use tidings_vault::KeyRing;
use time::Duration;

fn receipt(id: &str, receipt: Receipt) -> ProviderEvent {
    ProviderEvent::Receipt(ReceiptEvent {
        attempt: None,
        provider_message_id: id.into(),
        receipt,
        error: None,
        cost: None,
        at: None,
    })
}

fn inbound(world: &World, channel: Channel, id: &str, text: &str) -> ProviderEvent {
    ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id.into(),
        channel,
        from: world.address(),
        whatsapp_user: None,
        to: "+12025550199".into(),
        text: text.into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: Some("Ada".into()),
        provider_opt: None,
        at: Some(world.clock.now()),
    })
}

async fn writes(world: &World, channel: Channel, id: &str, text: &str) {
    world.clock.advance(Duration::seconds(1));
    world
        .calls_back(vec![inbound(world, channel, id, text)])
        .await;
    world.clock.advance(Duration::seconds(1));
}

#[tokio::test]
async fn receipts_in_any_order_and_number_end_the_same() {
    let orders = [
        [Receipt::Sent, Receipt::Delivered, Receipt::Read],
        [Receipt::Read, Receipt::Delivered, Receipt::Sent],
        [Receipt::Delivered, Receipt::Read, Receipt::Delivered],
    ];
    for order in orders {
        let world = World::new().await;
        let message = world.sms("Hello").await;
        world.work().await;
        for step in order.into_iter().chain(order) {
            world.calls_back(vec![receipt("P1", step)]).await;
        }
        assert_eq!(world.status(message.id).await, Status::Read, "{order:?}");
    }
}

#[tokio::test]
async fn a_receipt_about_a_stranger_s_message_changes_nothing() {
    let world = World::new().await;
    let message = world.sms("Hello").await;
    world.work().await;
    world
        .calls_back(vec![receipt("P77", Receipt::Delivered)])
        .await;
    assert_eq!(world.status(message.id).await, Status::Sent);
}

#[tokio::test]
async fn stop_closes_marketing_and_transactional_and_start_opens_them_again() {
    let world = World::new().await;
    writes(&world, Channel::Sms, "IN1", "STOP").await;
    let history = world
        .store
        .history(world.tenant, world.contact.id)
        .await
        .unwrap();
    let stop = history.last().unwrap().event.clone();
    assert_eq!(stop.action, Action::OptOut);
    for purpose in [Purpose::Marketing, Purpose::Transactional] {
        let request = world.request(Channel::Sms, purpose, "Hello");
        let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
        let decision = prepared.decision();
        assert_eq!(decision.outcome, GateOutcome::Block);
        assert_eq!(decision.reasons[0].rule, "consent.opted_out");
        assert_eq!(decision.reasons[0].because, [stop.id]);
    }
    writes(&world, Channel::Sms, "IN2", "start").await;
    for purpose in [Purpose::Marketing, Purpose::Transactional] {
        assert_eq!(
            world.send(Channel::Sms, purpose, "Hello").await.status,
            Status::Queued
        );
    }
}

#[tokio::test]
async fn a_stop_that_a_provider_tells_of_reaches_as_far_as_it_says() {
    for (reach, transactional) in [
        (PreferenceReach::Marketing, GateOutcome::Send),
        (PreferenceReach::Everything, GateOutcome::Block),
    ] {
        let world = World::new().await;
        let event = PreferenceEvent {
            from: world.contact.address(Channel::Sms).unwrap(),
            channel: Channel::Sms,
            change: PreferenceChange::Stop,
            reach,
            at: None,
        };
        world
            .calls_back(vec![ProviderEvent::Preference(event)])
            .await;
        for (purpose, expected) in [
            (Purpose::Marketing, GateOutcome::Block),
            (Purpose::Transactional, transactional),
        ] {
            let request = world.request(Channel::Sms, purpose, "Hello");
            let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
            let outcome = prepared.decision().outcome;
            assert_eq!(outcome, expected, "{reach:?} {purpose:?}");
        }
    }
}

#[tokio::test]
async fn the_same_inbound_message_is_stored_once() {
    let world = World::new().await;
    writes(&world, Channel::Sms, "IN1", "When do you open?").await;
    writes(&world, Channel::Sms, "IN1", "When do you open?").await;
    let filter = MessageFilter {
        direction: Some(Direction::Inbound),
        ..MessageFilter::default()
    };
    let page = Page {
        limit: 10,
        after: None,
    };
    let list = Messages::list(&*world.store, world.tenant, &filter, page)
        .await
        .unwrap();
    assert_eq!(list.data.len(), 1);
    assert_eq!(list.data[0].message.contact, world.contact.id);
}

#[tokio::test]
async fn an_opt_out_is_confirmed_once_where_the_provider_does_not() {
    let world = World::new().await;
    writes(&world, Channel::Sms, "IN1", "STOP").await;
    world.work().await;
    assert_eq!(
        world.calls(),
        0,
        "the provider answers STOP on text messages itself"
    );
    writes(&world, Channel::Whatsapp, "IN2", "please stop texting me").await;
    world.work().await;
    assert_eq!(world.calls(), 1);
    assert!(world.script.sent.lock().unwrap()[0].contains("unsubscribed"));
    writes(&world, Channel::Whatsapp, "IN3", "STOP").await;
    world.work().await;
    assert_eq!(world.calls(), 1, "one confirmation, none after");
}

#[tokio::test]
async fn a_doubtful_stop_holds_marketing_and_nothing_else() {
    let world = World::new().await;
    writes(&world, Channel::Sms, "IN1", "make it stop").await;
    let marketing = world.send(Channel::Sms, Purpose::Marketing, "Sale").await;
    let booking = world
        .send(Channel::Sms, Purpose::Transactional, "Your booking")
        .await;
    assert_eq!(
        (marketing.status, booking.status),
        (Status::Blocked, Status::Queued)
    );
}

#[tokio::test]
async fn a_stranger_who_writes_becomes_a_contact_who_may_be_answered() {
    let world = World::new().await;
    let mut event = inbound(&world, Channel::Whatsapp, "IN1", "Hi, do you have a table?");
    if let ProviderEvent::Inbound(inbound) = &mut event {
        inbound.from = tidings_messaging::Address::Phone("+12025550177".parse().unwrap());
    }
    world.calls_back(vec![event]).await;
    let page = Page {
        limit: 10,
        after: None,
    };
    let filter = tidings_messaging::ContactFilter::default();
    let contacts = Contacts::list(&*world.store, world.tenant, &filter, page)
        .await
        .unwrap();
    let stranger = contacts
        .data
        .iter()
        .find(|contact| contact.id != world.contact.id)
        .unwrap();
    assert_eq!(stranger.first_name.as_deref(), Some("Ada"));
    let mut request = world.request(Channel::Whatsapp, Purpose::Conversational, "Yes, at eight");
    request.to = tidings_messaging::send::Recipient::Contact(stranger.id);
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    assert!(!prepared.is_blocked(), "{:?}", prepared.decision());
    request.purpose = Purpose::Marketing;
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    assert!(prepared.is_blocked(), "writing is no consent to marketing");
}

#[tokio::test]
async fn a_stop_waits_for_the_key_that_opens_its_account() {
    let mut world = World::new().await;
    let ring = KeyRing::parse("k2:AAAAEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=").unwrap();
    let right = std::mem::replace(&mut world.worker.receiving.vault, Arc::new(ring));
    writes(&world, Channel::Sms, "IN-1", "STOP").await;
    for _ in 0..40 {
        world.clock.advance(Duration::hours(1));
        world.work().await;
    }
    world.worker.receiving.vault = right;
    world.clock.advance(Duration::hours(1));
    world.work().await;
    let message = world.sms("Hello").await;
    assert_eq!(world.status(message.id).await, Status::Blocked);
}

#[tokio::test]
async fn a_stop_beside_a_receipt_of_nothing_waits_for_the_store_as_long_as_any() {
    let mut world = World::new().await;
    let faulty = world.relies_on_faulty();
    faulty.breaks(Step::Load, 0, Fault::Fails);
    let events = [
        receipt("P77", Receipt::Delivered),
        inbound(&world, Channel::Sms, "IN-1", "STOP"),
    ];
    world.calls_back(events.to_vec()).await;
    for _ in 0..40 {
        *world.script.events.lock().unwrap() = events.to_vec();
        world.clock.advance(Duration::hours(1));
        world.work().await;
    }
    faulty.is_repaired();
    *world.script.events.lock().unwrap() = events.to_vec();
    world.clock.advance(Duration::hours(1));
    world.work().await;
    let message = world.sms("Hello").await;
    assert_eq!(world.status(message.id).await, Status::Blocked);
}

#[tokio::test]
async fn a_stop_with_a_character_that_no_store_keeps_is_a_stop() {
    let world = World::new().await;
    writes(&world, Channel::Sms, "IN-1", "STOP\0").await;
    let message = world.sms("Hello").await;
    assert_eq!(world.status(message.id).await, Status::Blocked);
}

#[tokio::test]
async fn a_callback_that_its_adapter_panics_of_leaves_the_others_alone() {
    let world = World::new().await;
    let message = world.sms("Hello").await;
    world.work().await;
    world.takes_callback(Some(POISON)).await;
    world.calls_back(vec![receipt("P1", Receipt::Read)]).await;
    assert_eq!(world.status(message.id).await, Status::Read);
    world.clock.advance(Duration::DAY);
    let waiting = world.worker.receiving.take(10).await.unwrap();
    assert!(waiting.is_empty(), "it is given up, and not tried for ever");
}

#[tokio::test]
async fn only_what_contacts_say_is_heard_in_turn() {
    let world = World::new().await;
    for (events, has_words) in [
        (vec![receipt("P1", Receipt::Read)], false),
        (vec![ProviderEvent::Ignored("other".into())], false),
        (vec![inbound(&world, Channel::Sms, "IN1", "Hello")], true),
    ] {
        world.takes_callback(None).await;
        *world.script.events.lock().unwrap() = events;
        let taken = world.worker.receiving.take(10).await.unwrap();
        assert_eq!((taken.len(), taken.has_words()), (1, has_words));
        let applied = world.worker.receiving.apply_taken(taken).await.unwrap();
        assert_eq!(applied, 1);
    }
}

#[tokio::test]
async fn the_cart_of_a_contact_is_kept_with_the_message() {
    let world = World::new().await;
    let cart = |product: &str| Shopping {
        order: Some(Order {
            catalog: Some("42".into()),
            items: vec![OrderItem {
                product: product.into(),
                quantity: 2,
                price: Money::parse("9.5", "USD").ok(),
            }],
            note: None,
        }),
        product: None,
    };
    let ProviderEvent::Inbound(mut event) = inbound(&world, Channel::Whatsapp, "IN1", "Order")
    else {
        panic!("it is an inbound event");
    };
    // No store keeps U+0000.
    event.shopping = Some(cart("SKU-1\0"));
    world.calls_back(vec![ProviderEvent::Inbound(event)]).await;
    let page = Page {
        limit: 10,
        after: None,
    };
    let anything = MessageFilter::default();
    let found = Messages::list(&*world.store, world.tenant, &anything, page).await;
    let kept = &found.unwrap().data[0].message.content;
    assert_eq!(kept.shopping, Some(cart("SKU-1")));
}
