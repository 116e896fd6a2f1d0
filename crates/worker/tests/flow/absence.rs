//! Contacts that WhatsApp does not know: what ends their messages there, what they are told, what begins it again.

use crate::support::{World, error};
use tidings_kernel::{Channel, Clock as _, MessageId, Purpose};
use tidings_messaging::{
    ChannelSwitch, Decision, Fallback, GateOutcome, InboundEvent, Ladders, Message, MessageFilter,
    Messages, Monthly, Outcome, Page, ProviderEvent, Receipt, ReceiptEvent, Settings, Status,
    Tenants,
    send::{CHANNEL_SWITCH, ChannelWish, SendRequest},
};
use tidings_routing::{Certainty, Class, ProviderError};
use time::Duration;

const RULE: &str = "contact.not_on_channel";

fn nobody(certainty: Certainty) -> ProviderError {
    ProviderError {
        absence: Some(certainty),
        ..error(Class::Recipient)
    }
}

/// What the contact writes.
async fn writes(world: &World, channel: Channel, id: &str, text: &str) {
    world.clock.advance(Duration::SECOND);
    let event = InboundEvent {
        provider_message_id: id.into(),
        channel,
        from: world.address(),
        whatsapp_user: None,
        to: "+12025550199".into(),
        text: text.into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: None,
    };
    world.calls_back(vec![ProviderEvent::Inbound(event)]).await;
    world.clock.advance(Duration::SECOND);
}

/// The contact has written by WhatsApp, so that free text may be answered there.
async fn open() -> World {
    let world = World::new().await;
    writes(&world, Channel::Whatsapp, "wrote", "Which gate?").await;
    world
}

/// Messages by WhatsApp that the provider refuses, one after the other.
async fn refused(world: &World, times: usize) {
    for _ in 0..times {
        world.answers([Outcome::Rejected(nobody(Certainty::Stated))]);
        let message = by_whatsapp(world).await;
        assert_eq!(world.status(message.id).await, Status::Failed);
    }
}

/// A message by WhatsApp that goes out at once.
async fn by_whatsapp(world: &World) -> Message {
    world.clock.advance(Duration::SECOND);
    let message = world
        .send(Channel::Whatsapp, Purpose::Transactional, "Gate 12")
        .await;
    assert_eq!(message.status, Status::Queued, "the gate lets it out");
    world.work().await;
    message
}

async fn hears(world: &World, message: &Message, receipt: Receipt) {
    let attempt = world.record(message.id).await.attempts.pop().unwrap();
    let event = ReceiptEvent {
        attempt: Some(attempt.id),
        provider_message_id: attempt.provider_message_id.unwrap(),
        receipt,
        error: (receipt == Receipt::Failed).then(|| nobody(Certainty::Stated)),
        cost: None,
        at: None,
    };
    world.calls_back(vec![ProviderEvent::Receipt(event)]).await;
}

async fn asks(world: &World, channels: &[Channel]) -> Decision {
    let request = SendRequest {
        channel: ChannelWish::Order(channels.to_vec()),
        ..world.request(Channel::Whatsapp, Purpose::Transactional, "Gate 12")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    prepared.decision().clone()
}

async fn is_absent(world: &World) -> bool {
    let decision = asks(world, &[Channel::Whatsapp]).await;
    let is_named = decision.reasons.iter().any(|reason| reason.rule == RULE);
    assert_eq!(decision.outcome == GateOutcome::Block, is_named);
    is_named
}

/// What the contact was told, oldest first.
async fn notices(world: &World) -> Vec<Message> {
    let filter = MessageFilter {
        context_type: Some(CHANNEL_SWITCH.into()),
        ..MessageFilter::default()
    };
    let page = Page {
        limit: 100,
        after: None,
    };
    let found = Messages::list(&*world.store, world.tenant, &filter, page).await;
    let newest_first = found.unwrap().data;
    let mut all: Vec<Message> = newest_first.into_iter().map(|it| it.message).collect();
    all.reverse();
    all
}

async fn set(world: &World, change: impl FnOnce(&mut Settings)) {
    let tenant = Tenants::get(&*world.store, world.tenant).await.unwrap();
    let mut tenant = tenant.unwrap();
    change(&mut tenant.settings);
    Tenants::put(&*world.store, &tenant).await.unwrap();
}

#[tokio::test]
async fn three_refusals_in_a_row_end_it_and_two_do_not() {
    let world = open().await;
    refused(&world, 2).await;
    assert!(!is_absent(&world).await);
    refused(&world, 1).await;
    assert!(is_absent(&world).await, "asked for alone, it is refused");
    let decision = asks(&world, &[Channel::Whatsapp, Channel::Sms]).await;
    assert_eq!(decision.outcome, GateOutcome::UseChannel);
    assert_eq!(decision.channel, Some(Channel::Sms), "the next is taken");
    let reason = &decision.reasons[0];
    assert_eq!(reason.rule, RULE, "and the decision says why");
    assert!(reason.detail.contains("since 2026-07-15"), "{reason:?}");
}

#[tokio::test]
async fn receipts_count_like_answers_and_each_attempt_once() {
    let world = open().await;
    for _ in 0..2 {
        let message = by_whatsapp(&world).await;
        for _ in 0..3 {
            hears(&world, &message, Receipt::Failed).await;
        }
    }
    assert!(!is_absent(&world).await);
    let message = by_whatsapp(&world).await;
    hears(&world, &message, Receipt::Failed).await;
    assert!(is_absent(&world).await);
}

#[tokio::test]
async fn a_delivery_between_breaks_the_row_however_late_it_is_learned() {
    for is_late in [false, true] {
        let world = open().await;
        let before = by_whatsapp(&world).await;
        let between = by_whatsapp(&world).await;
        let delivered_at = world.clock.now();
        if !is_late {
            hears(&world, &between, Receipt::Delivered).await;
        }
        refused(&world, 2).await;
        if is_late {
            let attempt = world.record(between.id).await.attempts.pop().unwrap();
            let event = ReceiptEvent {
                attempt: Some(attempt.id),
                provider_message_id: attempt.provider_message_id.unwrap(),
                receipt: Receipt::Delivered,
                error: None,
                cost: None,
                at: Some(delivered_at),
            };
            world.calls_back(vec![ProviderEvent::Receipt(event)]).await;
        }
        hears(&world, &before, Receipt::Failed).await;
        assert!(!is_absent(&world).await, "{is_late}");
        assert_eq!(notices(&world).await.len(), 0);
        refused(&world, 1).await;
        assert!(is_absent(&world).await, "three after it are enough");
    }
}

#[tokio::test]
async fn a_chain_goes_on_by_the_next_channel_at_once() {
    let world = open().await;
    refused(&world, 3).await;
    let request = SendRequest {
        fallback: Some(Fallback {
            channels: vec![Channel::Sms],
            on_failed: true,
            after: None,
        }),
        ..world.request(Channel::Whatsapp, Purpose::Transactional, "Boarding")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    world.pass(Duration::seconds(5)).await;
    let first = prepared.new.message.id;
    assert_eq!(world.status(first).await, Status::Blocked);
    let chain = Ladders::of_message(&*world.store, world.tenant, first).await;
    let messages = chain.unwrap().unwrap().messages;
    let second = world.record(messages[1]).await.message;
    assert_eq!(
        (second.channel, second.status),
        (Channel::Sms, Status::Sent)
    );
}

#[tokio::test]
async fn what_waits_for_whatsapp_is_stopped_too() {
    let world = open().await;
    let request = SendRequest {
        scheduled_at: Some(world.clock.now() + Duration::HOUR),
        ..world.request(Channel::Whatsapp, Purpose::Transactional, "Gate 12")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    refused(&world, 3).await;
    world.clock.advance(Duration::HOUR);
    world.work().await;
    let waiting = prepared.new.message.id;
    assert_eq!(world.status(waiting).await, Status::Blocked);
    let decisions = world.store.decisions(world.tenant, waiting).await.unwrap();
    assert_eq!(decisions.last().unwrap().decision.reasons[0].rule, RULE);
}

#[tokio::test]
async fn the_contact_is_told_once_by_sms() {
    let world = open().await;
    refused(&world, 2).await;
    assert_eq!(notices(&world).await.len(), 0);
    refused(&world, 1).await;
    world.pass(Duration::minutes(5)).await;
    let told = notices(&world).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].channel, told[0].status),
        (Channel::Sms, Status::Sent)
    );
    let text = &told[0].content.text;
    assert!(text.starts_with("Example Ltd: "), "{text}");
    assert!(text.contains("Reply WHATSAPP"), "{text}");
    // It comes and goes without another word.
    writes(&world, Channel::Whatsapp, "again", "Here I am").await;
    refused(&world, 3).await;
    assert!(is_absent(&world).await);
    assert_eq!(notices(&world).await.len(), 1);
}

#[tokio::test]
async fn what_the_contact_writes_there_clears_it() {
    let world = open().await;
    refused(&world, 3).await;
    writes(&world, Channel::Sms, "by_sms", "Hello?").await;
    assert!(is_absent(&world).await, "a text message says nothing of it");
    writes(&world, Channel::Whatsapp, "there", "Hello?").await;
    assert!(!is_absent(&world).await);
    refused(&world, 2).await;
    assert!(!is_absent(&world).await, "it is counted anew");
}

#[tokio::test]
async fn the_answer_whatsapp_has_it_tried_again() {
    let world = open().await;
    refused(&world, 3).await;
    writes(&world, Channel::Sms, "wish", " Whatsapp. ").await;
    assert!(!is_absent(&world).await);
    refused(&world, 3).await;
    assert!(is_absent(&world).await);
    assert_eq!(notices(&world).await.len(), 2, "who has asked is answered");
}

#[tokio::test]
async fn who_wants_no_text_messages_is_not_told() {
    let world = open().await;
    writes(&world, Channel::Sms, "stop", "STOP").await;
    let before = world.calls();
    refused(&world, 3).await;
    world.pass(Duration::minutes(5)).await;
    assert_eq!(world.calls(), before + 3);
    let told = notices(&world).await;
    let statuses: Vec<Status> = told.iter().map(|message| message.status).collect();
    assert_eq!(statuses, [Status::Blocked], "the record says why");
}

async fn switched(change: impl FnOnce(&mut ChannelSwitch)) -> World {
    let world = Box::pin(open()).await;
    set(&world, |settings| change(&mut settings.channel_switch)).await;
    world
}

#[tokio::test]
async fn tenants_choose_after_how_many_and_what_is_said() {
    let world = switched(|switch| switch.after = 0).await;
    refused(&world, 9).await;
    assert!(!is_absent(&world).await, "never");
    let world = switched(|switch| switch.after = 1).await;
    refused(&world, 1).await;
    assert!(is_absent(&world).await, "at once");
    let world = switched(|switch| switch.tell = false).await;
    refused(&world, 3).await;
    assert_eq!(notices(&world).await.len(), 0, "nobody is told");
    let words = "Example: now by SMS. WHATSAPP brings it back.";
    let world = switched(|switch| switch.notice = Some(words.into())).await;
    refused(&world, 3).await;
    assert_eq!(notices(&world).await[0].content.text, words);
}

#[tokio::test]
async fn codes_that_may_mean_something_else_count_only_where_that_is_chosen() {
    for counts in [false, true] {
        let world = switched(|switch| switch.count_unconfirmed = counts).await;
        for _ in 0..3 {
            world.answers([Outcome::Rejected(nobody(Certainty::Supposed))]);
            by_whatsapp(&world).await;
        }
        assert_eq!(is_absent(&world).await, counts);
        assert_eq!(notices(&world).await.len(), usize::from(counts));
    }
}

async fn used(world: &World) -> u64 {
    let request = world.request(Channel::Sms, Purpose::Transactional, "Hello");
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    prepared.new.decision.facts.allowance.used.messages
}

async fn limit(world: &World, messages: u64) {
    let monthly = Monthly {
        messages: Some(messages),
        budget: None,
    };
    set(world, |settings| settings.monthly = monthly).await;
}

#[tokio::test]
async fn a_notice_is_counted_like_any_message_and_held_back_like_one() {
    let world = open().await;
    limit(&world, 100).await;
    refused(&world, 3).await;
    assert_eq!(notices(&world).await[0].status, Status::Sent);
    assert_eq!(used(&world).await, 4);
    // With nothing left it is not sent, and the record says why.
    let world = open().await;
    limit(&world, 3).await;
    refused(&world, 3).await;
    world.pass(Duration::minutes(2)).await;
    let told = notices(&world).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].status, Status::Blocked);
    let id: MessageId = told[0].id;
    let decisions = world.store.decisions(world.tenant, id).await.unwrap();
    assert_eq!(decisions[0].decision.reasons[0].rule, "quota.exceeded");
    assert_eq!(used(&world).await, 3);
}
