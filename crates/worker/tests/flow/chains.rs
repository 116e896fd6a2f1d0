//! Cross-channel chains: one winner, each message through the gate again.

use crate::support::{World, refusal};
use tidings_conformance::fixtures;
use tidings_consent::Action;
use tidings_kernel::{Channel, Clock as _, MessageId, Purpose};
use tidings_messaging::{
    Fallback, InboundEvent, LadderView, Ladders, Message, ProviderEvent, Receipt, ReceiptEvent,
    Status, send::SendRequest,
};
use tidings_routing::Class;
use time::Duration;

/// The contact writes by WhatsApp, so that free text may be answered there.
async fn opens_the_window(world: &World) {
    let event = InboundEvent {
        provider_message_id: "wrote".into(),
        channel: Channel::Whatsapp,
        from: world.address(),
        whatsapp_user: None,
        to: fixtures::phone(99).to_string(),
        text: "Which gate?".into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: None,
    };
    world.calls_back(vec![ProviderEvent::Inbound(event)]).await;
}

/// A message by WhatsApp that goes on by SMS.
async fn sent(world: &World, on_failed: bool, after: Option<Duration>) -> Message {
    let fallback = Fallback {
        channels: vec![Channel::Whatsapp, Channel::Sms],
        on_failed,
        after,
    };
    opens_the_window(world).await;
    let request = SendRequest {
        fallback: Some(fallback),
        ..world.request(Channel::Whatsapp, Purpose::Transactional, "Gate 12")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    assert!(!prepared.is_blocked(), "{:?}", prepared.decision());
    world.sending.commit(&prepared, None).await.unwrap();
    prepared.new.message
}

async fn chain(world: &World, message: MessageId) -> LadderView {
    let found = Ladders::of_message(&*world.store, world.tenant, message).await;
    found.unwrap().unwrap()
}

async fn channels(world: &World, message: MessageId) -> Vec<Channel> {
    let mut channels = Vec::new();
    for id in chain(world, message).await.messages {
        channels.push(world.record(id).await.message.channel);
    }
    channels
}

async fn delivered(world: &World, message: MessageId) {
    let attempt = world.record(message).await.attempts.pop().unwrap();
    let event = ReceiptEvent {
        attempt: Some(attempt.id),
        provider_message_id: attempt.provider_message_id.unwrap(),
        receipt: Receipt::Delivered,
        error: None,
        cost: None,
        at: None,
    };
    world.calls_back(vec![ProviderEvent::Receipt(event)]).await;
}

#[tokio::test]
async fn what_fails_for_good_goes_on_by_the_next_channel() {
    let world = World::new().await;
    world.answers([refusal(Class::Recipient)]);
    let first = sent(&world, true, None).await;
    world.pass(Duration::seconds(10)).await;
    assert_eq!(
        channels(&world, first.id).await,
        [Channel::Whatsapp, Channel::Sms]
    );
    assert_eq!(world.status(first.id).await, Status::Failed);
    let second = chain(&world, first.id).await.messages[1];
    assert_eq!(world.status(second).await, Status::Sent);
    assert_eq!(world.record(second).await.message.content.text, "Gate 12");
    delivered(&world, second).await;
    world.pass(Duration::minutes(10)).await;
    assert!(chain(&world, first.id).await.is_over);
    assert_eq!(world.calls(), 2, "nothing more is sent");
}

#[tokio::test]
async fn silence_goes_on_when_its_time_is_over_and_not_before() {
    let world = World::new().await;
    let first = sent(&world, true, Some(Duration::minutes(5))).await;
    world.pass(Duration::minutes(4)).await;
    assert_eq!(channels(&world, first.id).await, [Channel::Whatsapp]);
    world.pass(Duration::minutes(2)).await;
    assert_eq!(
        channels(&world, first.id).await,
        [Channel::Whatsapp, Channel::Sms]
    );
}

#[tokio::test]
async fn what_arrives_in_time_ends_it() {
    let world = World::new().await;
    let first = sent(&world, true, Some(Duration::minutes(5))).await;
    world.pass(Duration::minutes(1)).await;
    delivered(&world, first.id).await;
    world.pass(Duration::minutes(10)).await;
    let chain = chain(&world, first.id).await;
    assert_eq!((chain.messages.len(), chain.is_over), (1, true));
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn all_channels_at_once_for_what_must_be_seen() {
    let world = World::new().await;
    let first = sent(&world, true, Some(Duration::ZERO)).await;
    world.work().await;
    assert_eq!(
        channels(&world, first.id).await,
        [Channel::Whatsapp, Channel::Sms]
    );
    assert_eq!(world.calls(), 2);
    delivered(&world, first.id).await;
    let second = chain(&world, first.id).await.messages[1];
    assert_eq!(
        world.status(second).await,
        Status::Sent,
        "none is withdrawn"
    );
}

#[tokio::test]
async fn the_next_one_is_judged_by_the_gate_like_any_other() {
    let world = World::new().await;
    world.answers([refusal(Class::Recipient)]);
    let first = sent(&world, true, None).await;
    world.clock.advance(Duration::SECOND);
    world.consents(Action::OptOut).await;
    world.pass(Duration::seconds(10)).await;
    for id in chain(&world, first.id).await.messages {
        let status = world.status(id).await;
        assert!(
            matches!(status, Status::Failed | Status::Blocked),
            "{status}"
        );
    }
    assert_eq!(
        world.calls(),
        0,
        "whoever has said stop gets nothing by any channel"
    );
    assert!(chain(&world, first.id).await.is_over);
}

#[tokio::test]
async fn a_message_that_is_withdrawn_takes_its_chain_with_it() {
    let world = World::new().await;
    let first = sent(&world, true, Some(Duration::minutes(5))).await;
    let now = world.clock.now();
    let cancelled = tidings_messaging::Messages::cancel(&*world.store, world.tenant, first.id, now);
    cancelled.await.unwrap();
    world.pass(Duration::minutes(10)).await;
    assert_eq!(world.calls(), 0);
    assert!(chain(&world, first.id).await.is_over);
}
