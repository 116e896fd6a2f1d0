//! Slots under limits: those that are missed are given back, and whoever missed one gets another.

use crate::{
    faulty::{Fault, Faulty, Step},
    routing::{account_of, limit},
    support::World,
};
use std::sync::Arc;
use tidings_kernel::{Clock as _, MessageId};
use tidings_messaging::{Dispatch, Held, Hold, Paces as _, Settlement, Status};
use time::Duration;

/// A world whose first account may be used twice a second and so often a day, over a store that may be broken.
async fn limited(per_day: u32) -> (World, Arc<Faulty>) {
    let mut world = World::with_accounts(2).await;
    limit(&world, Some(2), Some(per_day)).await;
    let faulty = world.relies_on_faulty();
    (world, faulty)
}

/// One round of claims and calls, and a moment until the next.
async fn turn(world: &World) {
    let round = world.round().await;
    for call in round.calls {
        if let Some(slot) = call.not_before() {
            let wait = slot - world.clock.now();
            world.clock.advance(wait.max(Duration::ZERO));
        }
        settle(world, world.worker.delivering.call(call).await).await;
    }
    world.clock.advance(Duration::milliseconds(250));
}

async fn settle(world: &World, settled: (Held, Settlement)) {
    let now = world.clock.now();
    world.store.settle(&[settled], now).await.unwrap();
}

async fn left_by_the_first(world: &World, message: MessageId) {
    assert_eq!(world.status(message).await, Status::Sent);
    let account = account_of(world, message).await;
    assert_eq!(account, Some(world.accounts[0]), "its day is not used up");
}

#[tokio::test]
async fn what_takes_longer_than_a_slot_lasts_leaves_all_the_same() {
    let (world, faulty) = limited(2).await;
    // As long as on a machine that is very busy, and each time.
    let takes = Duration::milliseconds(700);
    *faulty.slow.lock().unwrap() = Some((world.clock.clone(), takes));
    for text in ["One", "Two"] {
        let message = world.sms(text).await;
        for _ in 0..10 {
            turn(&world).await;
        }
        left_by_the_first(&world, message.id).await;
        let attempts = world.record(message.id).await.attempts.len();
        assert!(attempts <= 2, "{text}: {attempts} attempts");
    }
    assert_eq!(world.calls(), 2);
    // Missed slots use nothing up, and what is used up is.
    let third = world.sms("Three").await;
    for _ in 0..6 {
        turn(&world).await;
    }
    assert_eq!(account_of(&world, third.id).await, Some(world.accounts[1]));
}

#[tokio::test]
async fn whoever_is_late_after_its_attempt_was_written_is_not_tried_again_at_once() {
    let (world, _) = limited(1).await;
    let message = world.sms("Hello").await;
    let late = Duration::milliseconds(600);
    let mut attempts = 0;
    // The moment between attempt and call is too long, as in a process that does not get to run.
    while world.status(message.id).await != Status::Sent {
        let round = world.round().await;
        let claimed_at = world.clock.now();
        for call in round.calls {
            attempts += 1;
            world.clock.advance(late);
            let wait = call.not_before().unwrap() - world.clock.now();
            world.clock.advance(wait.max(Duration::ZERO));
            settle(&world, world.worker.delivering.call(call).await).await;
            assert_eq!(world.round().await.claimed, 0, "not at once");
        }
        world.clock.advance(Duration::seconds(1));
        assert!(attempts < 8, "it never leaves, since {claimed_at}");
    }
    left_by_the_first(&world, message.id).await;
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn an_attempt_that_is_not_written_gives_its_slot_back() {
    let (world, faulty) = limited(1).await;
    let message = world.sms("Hello").await;
    faulty.breaks_once(Step::Begin, Fault::Fails);
    let fair = std::sync::Mutex::default();
    let claim = world
        .worker
        .delivering
        .claim(&fair, &tidings_messaging::Class::ALL, 10, &|_| 10);
    assert!(claim.await.is_err());
    turn(&world).await;
    left_by_the_first(&world, message.id).await;
}

#[tokio::test]
async fn a_worker_that_stops_before_a_slot_gives_it_back() {
    let (world, _) = limited(1).await;
    let message = world.sms("Hello").await;
    let call = world.round().await.calls.remove(0);
    let called_off = world.worker.delivering.call_off(call).await;
    assert_eq!(
        called_off.1.as_str(),
        "send_again",
        "nobody has to be asked"
    );
    settle(&world, called_off).await;
    turn(&world).await;
    left_by_the_first(&world, message.id).await;
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn who_has_to_wait_anyway_uses_nothing_up() {
    let (world, _) = limited(1).await;
    let account = world.accounts[0];
    let sender = crate::routing::account(&world, 0).await.senders[0].id;
    let hold = Hold {
        tenant: world.tenant,
        account,
        sender,
        until: world.clock.now() + Duration::seconds(10),
    };
    world.store.hold(&hold).await.unwrap();
    let message = world.sms("Hello").await;
    for _ in 0..3 {
        turn(&world).await;
    }
    assert_eq!(world.calls(), 0);
    world.pass(Duration::seconds(15)).await;
    left_by_the_first(&world, message.id).await;
}

#[tokio::test]
async fn what_waits_for_tomorrow_leaves_today_when_a_slot_is_given_back() {
    let world = World::with_accounts(1).await;
    limit(&world, None, Some(1)).await;
    world.sms("First").await;
    let call = world.round().await.calls.remove(0);
    // The day is used up, so the second one waits for the next.
    let second = world.sms("Second").await;
    world.work().await;
    assert_eq!(world.status(second.id).await, Status::Queued);
    assert_eq!(world.round().await.claimed, 0);
    // The first one does not leave after all, and is not settled either.
    let _called_off = world.worker.delivering.call_off(call).await;
    world.pass(Duration::seconds(10)).await;
    assert_eq!(world.status(second.id).await, Status::Sent);
    assert_eq!(world.calls(), 1);
}
