//! Accounts that their providers refuse, and what becomes of their messages.

use crate::support::World;
use tidings_kernel::{AccountId, Channel, Clock as _, MessageId, Purpose};
use tidings_messaging::{
    Accounts, Checkup, Healths, OutcomeKind, Status, send::SendRequest, tend::comes_back,
};
use tidings_routing::Circuit;
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
