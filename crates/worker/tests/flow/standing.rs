//! Accounts that their providers refuse, and what becomes of their messages.

use crate::support::{World, error, refusal};
use std::sync::atomic::Ordering;
use tidings_kernel::{AccountId, Channel, Clock as _, MessageId, Purpose};
use tidings_messaging::{
    AccountEvent, AccountStanding, Accounts, Checkup, Healths, OutcomeKind, ProviderEvent, Receipt,
    ReceiptEvent, Status, send::SendRequest, tend::comes_back,
};
use tidings_routing::{Circuit, Class};
use time::Duration;

/// More than an account has time to refuse before it is left.
const MESSAGES: usize = 20;

async fn campaign(world: &World) -> Vec<MessageId> {
    let mut messages = Vec::new();
    for number in 0..MESSAGES {
        messages.push(world.sms(&format!("Number {number}")).await.id);
    }
    messages
}

fn refuse(world: &World, accounts: &[AccountId]) {
    *world.script.refused.lock().unwrap() = accounts.to_vec();
}

/// How an account is as a whole.
async fn whole(world: &World, account: AccountId) -> Checkup {
    let now = world.clock.now();
    let all = Healths::of_tenants(&*world.store, &[world.tenant], now)
        .await
        .unwrap();
    let mut own = all.into_iter().filter(|it| it.way.account == account);
    own.find(|it| it.way.region.is_none()).unwrap()
}

/// What the API does when a connection test has succeeded.
async fn test_connection(world: &World, account: AccountId) {
    let now = world.clock.now();
    let store = &*world.store;
    let account = Accounts::get(store, world.tenant, account).await.unwrap();
    comes_back(store, store, &account.unwrap(), now).await;
    world.worker.delivering.pulse.forget(world.tenant);
}

async fn each_was_sent_once(world: &World, messages: &[MessageId], by: AccountId) {
    for message in messages {
        let record = world.record(*message).await;
        assert_eq!(record.message.status, Status::Sent);
        let mut accepted = record
            .attempts
            .iter()
            .filter(|attempt| attempt.outcome == Some(OutcomeKind::Accepted));
        assert_eq!(accepted.next().map(|attempt| attempt.account), Some(by));
        assert_eq!(accepted.next(), None, "sent twice");
    }
    assert_eq!(world.calls(), messages.len());
}

#[tokio::test]
async fn an_account_that_is_refused_fails_none_of_its_messages() {
    let world = World::with_accounts(1).await;
    let account = world.accounts[0];
    refuse(&world, &[account]);
    let messages = campaign(&world).await;
    world.work().await;
    // However long it takes, and however often it is probed.
    for _ in 0..30 {
        world.pass(Duration::MINUTE).await;
        world.tend().await;
    }
    for message in &messages {
        let record = world.record(*message).await;
        assert_eq!(record.message.status, Status::Queued);
        assert!(
            record.attempts.len() <= 1,
            "{} attempts",
            record.attempts.len()
        );
    }
    refuse(&world, &[]);
    test_connection(&world, account).await;
    world.work().await;
    each_was_sent_once(&world, &messages, account).await;
}

#[tokio::test]
async fn what_met_the_refusal_takes_another_way_at_once() {
    let world = World::with_accounts(2).await;
    refuse(&world, &world.accounts[..1]);
    let messages = campaign(&world).await;
    world.work().await;
    world.clock.advance(Duration::SECOND);
    world.work().await;
    each_was_sent_once(&world, &messages, world.accounts[1]).await;
}

#[tokio::test]
async fn what_waits_for_an_account_expires_when_its_time_is_over() {
    let world = World::with_accounts(1).await;
    refuse(&world, &world.accounts);
    let until = world.clock.now() + Duration::minutes(5);
    let request = SendRequest {
        valid_until: Some(until),
        ..world.request(Channel::Sms, Purpose::Transactional, "Your code for today")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    world.pass(Duration::minutes(7)).await;
    let message = prepared.new.message.id;
    assert_eq!(world.status(message).await, Status::Expired);
}

#[tokio::test]
async fn a_refusal_of_before_does_not_take_out_an_account_that_is_put_right() {
    let world = World::with_accounts(1).await;
    let account = world.accounts[0];
    let late = world.sms("Begun with the old credentials").await;
    let mut round = world.round().await;
    let call = round.calls.remove(0);
    world.clock.advance(Duration::SECOND);
    refuse(&world, &[account]);
    world.sms("Refused first").await;
    world.work().await;
    assert!(matches!(
        whole(&world, account).await.health.circuit,
        Circuit::Out { .. }
    ));
    world.clock.advance(Duration::SECOND);
    test_connection(&world, account).await;
    // Its answer comes only now.
    let settled = world.worker.delivering.call(call).await;
    let now = world.clock.now();
    tidings_messaging::Dispatch::settle(&*world.store, &[settled], now)
        .await
        .unwrap();
    assert_eq!(
        whole(&world, account).await.health.circuit,
        Circuit::HalfOpen
    );
    refuse(&world, &[]);
    world.clock.advance(Duration::SECOND);
    world.work().await;
    assert_eq!(world.status(late.id).await, Status::Sent);
}

#[tokio::test]
async fn a_probe_that_is_answered_wakes_what_waits() {
    let world = World::with_accounts(1).await;
    refuse(&world, &world.accounts);
    let messages = campaign(&world).await;
    world.work().await;
    world.clock.advance(Duration::SECOND);
    world.work().await;
    // A probe is missed, and the next one comes later than the messages would look again.
    world.clock.advance(Duration::MINUTE);
    world.tend().await;
    world.work().await;
    refuse(&world, &[]);
    let account = world.accounts[0];
    let probe_at = whole(&world, account).await.health.probe_at().unwrap();
    let left = probe_at - world.clock.now() - Duration::SECOND;
    world.clock.advance(left);
    world.work().await;
    assert_eq!(world.calls(), 0);
    world.clock.advance(Duration::SECOND);
    world.tend().await;
    world.work().await;
    each_was_sent_once(&world, &messages, account).await;
}

/// What a provider tells of the account of a message that it has taken: it is not sent, since the account is not in order.
fn undelivered(id: &str, said_at: time::OffsetDateTime) -> ProviderEvent {
    ProviderEvent::Receipt(ReceiptEvent {
        attempt: None,
        provider_message_id: id.into(),
        receipt: Receipt::Failed,
        error: Some(error(Class::Account)),
        cost: None,
        at: Some(said_at),
    })
}

async fn history(world: &World, account: AccountId) -> Vec<String> {
    let events = Healths::history(&*world.store, world.tenant, account, 10);
    let events = events.await.unwrap();
    events.into_iter().map(|event| event.state).collect()
}

#[tokio::test]
async fn a_receipt_that_refuses_the_account_takes_it_out_with_an_event() {
    let world = World::with_accounts(2).await;
    let account = world.accounts[0];
    world.sms("Taken, and refused afterwards").await;
    world.work().await;
    world.clock.advance(Duration::SECOND);
    let told = undelivered("P1", world.clock.now());
    world.calls_back(vec![told]).await;
    let circuit = whole(&world, account).await.health.circuit;
    assert!(matches!(circuit, Circuit::Out { .. }), "{circuit:?}");
    assert_eq!(history(&world, account).await, ["out"]);

    let next = world.sms("Goes another way").await;
    world.work().await;
    let attempts = world.record(next.id).await.attempts;
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].account, world.accounts[1]);
}

#[tokio::test]
async fn an_old_receipt_says_nothing_of_the_account_any_more() {
    let world = World::with_accounts(1).await;
    world.sms("Long ago").await;
    world.work().await;
    let then = world.clock.now();
    world.clock.advance(Duration::HOUR);
    world.calls_back(vec![undelivered("P1", then)]).await;
    assert!(history(&world, world.accounts[0]).await.is_empty());
}

#[tokio::test]
async fn an_account_that_its_provider_stops_is_out_and_one_that_is_restored_comes_back() {
    let world = World::with_accounts(1).await;
    let account = world.accounts[0];
    let event = |standing| {
        ProviderEvent::Account(AccountEvent {
            name: "account_update".into(),
            standing,
            number: None,
            quality: None,
            tier: None,
            detail: "It may not send.".into(),
            at: Some(world.clock.now()),
        })
    };
    world
        .calls_back(vec![event(AccountStanding::Limited)])
        .await;
    assert!(history(&world, account).await.is_empty());
    world
        .calls_back(vec![event(AccountStanding::Stopped)])
        .await;
    assert_eq!(history(&world, account).await, ["out"]);
    world.clock.advance(Duration::SECOND);
    world
        .calls_back(vec![event(AccountStanding::Restored)])
        .await;
    assert_eq!(history(&world, account).await, ["half_open", "out"]);
}

#[tokio::test]
async fn a_limit_of_one_recipient_leaves_the_sender_s_others_alone() {
    let world = World::with_accounts(1).await;
    world
        .script
        .limits_recipients
        .store(true, Ordering::Relaxed);
    world.answers([refusal(Class::RateLimited)]);
    let first = world.sms("Too often to this one").await;
    let second = world.sms("To another").await;
    world.work().await;
    assert_eq!(world.status(first.id).await, Status::Queued);
    assert_eq!(world.status(second.id).await, Status::Sent);
    world.clock.advance(Duration::seconds(6));
    world.work().await;
    assert_eq!(world.status(first.id).await, Status::Sent);
}

#[tokio::test]
async fn a_sender_that_is_asked_to_wait_again_and_again_waits_longer_each_time() {
    let world = World::with_accounts(1).await;
    world.answers(vec![refusal(Class::RateLimited); 40]);
    let message = world.sms("Too fast, says the provider").await;
    for _ in 0..40 {
        world.clock.advance(Duration::seconds(5));
        world.work().await;
    }
    // 1, 2, 4, 8, 16, 32 and then 60 seconds, where every five would be forty.
    let attempts = world.record(message.id).await.attempts.len();
    assert!((6..=14).contains(&attempts), "{attempts}");
}

#[tokio::test]
async fn what_is_always_asked_to_wait_ends_with_its_time() {
    let world = World::with_accounts(1).await;
    world.answers(vec![refusal(Class::RateLimited); 5_000]);
    let message = world.sms("Never now").await;
    for _ in 0..26 * 60 {
        world.clock.advance(Duration::MINUTE);
        world.work().await;
    }
    assert_eq!(world.status(message.id).await, Status::Failed);
}
