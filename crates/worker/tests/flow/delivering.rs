//! From the queue to the provider, in every way that it can go.

use crate::support::{World, error, lost, refusal};
use std::sync::Arc;
use tidings_conformance::fixtures;
use tidings_consent::Action;
use tidings_kernel::{Channel, Clock, Purpose};
use tidings_messaging::{
    ConsentLedger, Contacts, Dispatch, Found, Messages, OutcomeKind, Page, QueueEntry, Receipt,
    Status,
};
use tidings_routing::Class;
use tidings_vault::KeyRing;
use time::Duration;

#[tokio::test]
async fn a_message_is_sent_once_and_its_attempt_says_how() {
    let world = World::new().await;
    let message = world.sms("Your table is ready").await;
    world.work().await;
    world.pass(Duration::minutes(2)).await;
    assert_eq!(world.calls(), 1);
    let record = world.record(message.id).await;
    assert_eq!(record.message.status, Status::Sent);
    assert_eq!(record.attempts[0].outcome, Some(OutcomeKind::Accepted));
    assert_eq!(
        record.attempts[0].provider_message_id.as_deref(),
        Some("P1")
    );
    let decisions = world
        .store
        .decisions(world.tenant, message.id)
        .await
        .unwrap();
    assert_eq!(
        decisions.len(),
        2,
        "the gate is asked at accept and again before the call"
    );
}

#[tokio::test]
async fn a_call_that_comes_late_is_not_made_and_the_message_is_sent_again() {
    let world = World::new().await;
    let delivering = &world.worker.delivering;
    let message = world.sms("Your table is ready").await;
    let call = world.round().await.calls.pop().expect("a call");
    // As in a process that is stopped for a while.
    world
        .clock
        .advance(delivering.timing.lease / 2 + Duration::SECOND);
    let settled = delivering.call(call).await;
    assert_eq!(world.calls(), 0);
    let now = world.clock.now();
    world.store.settle(&[settled], now).await.unwrap();
    world.pass(Duration::minutes(2)).await;
    assert_eq!(world.calls(), 1);
    let record = world.record(message.id).await;
    assert_eq!(record.message.status, Status::Sent);
    let error = record.attempts[0].error.as_ref().expect("why not");
    assert_eq!(error.provider_code, "not_sent");
    assert_eq!(record.attempts[1].outcome, Some(OutcomeKind::Accepted));
}

#[tokio::test]
async fn what_is_judged_as_marketing_waits_as_marketing_whatever_it_is_called() {
    let world = World::new().await;
    let text = "Lumen Photo: 20 % off all sessions this week only! Book now. Reply STOP to end.";
    world.send(Channel::Sms, Purpose::Emergency, text).await;
    let claims = world.hold(Duration::MINUTE).await;
    let classes: Vec<_> = claims.iter().map(|claim| claim.class).collect();
    assert_eq!(classes, [tidings_messaging::Class::Marketing]);
}

#[tokio::test]
async fn passing_faults_are_retried_until_the_attempts_are_used_up() {
    let world = World::new().await;
    world.answers((0..50).map(|_| refusal(Class::Transient)));
    let message = world.sms("Hello").await;
    world.pass(Duration::minutes(20)).await;
    assert_eq!(world.calls(), 6, "as many calls as the policy allows");
    assert_eq!(world.status(message.id).await, Status::Failed);

    world.script.answers.lock().unwrap().clear();
    let now = world.clock.now();
    let entry = QueueEntry {
        class: tidings_messaging::Class::Transactional,
        priority: 5,
        due_at: now,
        sender: None,
    };
    world
        .store
        .retry(world.tenant, message.id, entry, now)
        .await
        .unwrap();
    world.work().await;
    assert_eq!(
        world.status(message.id).await,
        Status::Sent,
        "a dead letter can be replayed"
    );
}

#[tokio::test]
async fn a_rate_limit_moves_the_clock_and_not_the_failure_count() {
    let world = World::new().await;
    world.answers((0..20).map(|_| refusal(Class::RateLimited)));
    let message = world.sms("Hello").await;
    world.pass(Duration::minutes(20)).await;
    assert_eq!(world.calls(), 21);
    assert_eq!(world.status(message.id).await, Status::Sent);
}

#[tokio::test]
async fn an_account_that_refuses_is_left_for_another() {
    let world = World::with_accounts(2).await;
    world.answers([refusal(Class::Account)]);
    let message = world.sms("Hello").await;
    world.work().await;
    world.pass(Duration::SECOND).await;
    let record = world.record(message.id).await;
    assert_eq!(record.message.status, Status::Sent);
    let used: Vec<_> = record
        .attempts
        .iter()
        .map(|attempt| attempt.account)
        .collect();
    assert_eq!(used, world.accounts);
}

#[tokio::test]
async fn when_every_account_has_refused_its_sender_it_is_a_dead_letter() {
    let world = World::with_accounts(2).await;
    world.answers([refusal(Class::Sender), refusal(Class::Sender)]);
    let message = world.sms("Hello").await;
    world.pass(Duration::minutes(3)).await;
    assert_eq!(world.status(message.id).await, Status::Failed);
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn a_lost_answer_that_the_provider_remembers_is_not_sent_again() {
    let world = World::new().await;
    world.answers([lost()]);
    world.finds(Some(Found::There {
        provider_message_id: "P9".into(),
        receipt: Some(Receipt::Delivered),
        error: None,
        cost: None,
    }));
    let message = world.sms("Hello").await;
    world.work().await;
    assert_eq!(
        world.status(message.id).await,
        Status::Sending,
        "nobody knows yet"
    );
    world.pass(Duration::minutes(1)).await;
    assert_eq!(world.status(message.id).await, Status::Delivered);
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn a_lost_answer_that_never_arrived_is_sent_again() {
    let world = World::new().await;
    world.answers([lost()]);
    world.finds(Some(Found::NotThere));
    let message = world.sms("Hello").await;
    world.pass(Duration::minutes(1)).await;
    assert_eq!(world.status(message.id).await, Status::Sent);
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn what_nobody_can_tell_is_given_up_unless_missing_it_is_worse() {
    for (purpose, calls, status) in [
        (Purpose::Transactional, 1, Status::Failed),
        (Purpose::Authentication, 2, Status::Sent),
        (Purpose::Emergency, 2, Status::Sent),
    ] {
        for found in [Some(Found::CannotTell), None] {
            let world = World::new().await;
            world.answers([lost()]);
            world.finds(found);
            let message = world.send(Channel::Sms, purpose, "Hello").await;
            world.pass(Duration::minutes(12)).await;
            assert_eq!(
                (world.calls(), world.status(message.id).await),
                (calls, status),
                "{purpose}"
            );
        }
    }
}

#[tokio::test]
async fn a_process_that_dies_in_a_call_leaves_an_unknown_outcome_and_no_second_call() {
    let world = World::new().await;
    let message = world.sms("Hello").await;
    let round = world.round().await;
    let _lost_with_the_process = world.worker.delivering.call(round.calls[0].clone()).await;
    assert_eq!(world.calls(), 1);
    world.finds(Some(Found::There {
        provider_message_id: "P1".into(),
        receipt: None,
        error: None,
        cost: None,
    }));
    world.pass(Duration::minutes(3)).await;
    assert_eq!(
        world.calls(),
        1,
        "what may have left is asked about, not sent"
    );
    assert_eq!(world.status(message.id).await, Status::Sent);
}

#[tokio::test]
async fn a_process_that_dies_before_the_call_loses_nothing() {
    let world = World::new().await;
    let message = world.sms("Hello").await;
    world.round().await;
    world.finds(Some(Found::NotThere));
    world.pass(Duration::minutes(3)).await;
    assert_eq!(
        (world.calls(), world.status(message.id).await),
        (1, Status::Sent)
    );
}

#[tokio::test]
async fn a_worker_that_lost_its_hold_cannot_send() {
    let world = World::new().await;
    world.sms("Hello").await;
    let slow = world.hold(Duration::seconds(10)).await;
    world.clock.advance(Duration::seconds(11));
    world.work().await;
    assert_eq!(world.calls(), 1);
    let settled = tidings_messaging::Settlement::Released {
        due_at: world.clock.now(),
    };
    world
        .store
        .settle(&[(slow[0].held, settled)], world.clock.now())
        .await
        .unwrap();
    world.work().await;
    assert_eq!(world.calls(), 1, "an old hold puts nothing back");
}

#[tokio::test]
async fn what_its_holders_die_of_takes_nobody_with_it_and_is_given_up() {
    let world = World::new().await;
    let poison = world.suspect().await;
    let lease = Duration::seconds(10);
    let later = lease + Duration::SECOND;
    let other = world.sms("Hello again").await;
    let held: Vec<_> = world.hold(lease).await;
    let held: Vec<_> = held.iter().map(|claim| claim.message.id).collect();
    assert_eq!(held, [other.id], "the suspect is not among the others");
    // Whoever works on it alone dies of it, too.
    for _ in 0..2 {
        let now = world.clock.now();
        let suspect = world.store.claim_suspect(now, lease).await.unwrap();
        assert_eq!(suspect.map(|claim| claim.message.id), Some(poison.id));
        world.clock.advance(later);
    }
    world.work().await;
    assert_eq!(world.calls(), 1);
    assert_eq!(world.status(other.id).await, Status::Sent);
    let page = Page {
        limit: 10,
        after: None,
    };
    let letters = world.store.dead_letters(world.tenant, page).await.unwrap();
    let letters: Vec<_> = letters
        .data
        .iter()
        .map(|letter| (letter.message, &*letter.error.code, letter.may_retry))
        .collect();
    assert_eq!(letters, [(poison.id, "poisoned", true)]);
}

#[tokio::test]
async fn consent_withdrawn_after_accepting_blocks_before_the_call() {
    let world = World::new().await;
    let message = world.sms("Hello").await;
    world.clock.advance(Duration::seconds(1));
    world.consents(Action::OptOut).await;
    world.work().await;
    assert_eq!(
        (world.calls(), world.status(message.id).await),
        (0, Status::Blocked)
    );
}

#[tokio::test]
async fn what_matters_no_longer_expires() {
    let world = World::new().await;
    let mut request = world.request(Channel::Sms, Purpose::Transactional, "Doors open at noon");
    request.valid_until = Some(world.clock.now() + Duration::minutes(1));
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    world.clock.advance(Duration::minutes(2));
    world.work().await;
    let status = world.status(prepared.new.message.id).await;
    assert_eq!((world.calls(), status), (0, Status::Expired));
}

#[tokio::test]
async fn an_opt_out_that_only_the_provider_knew_is_recorded_once() {
    let world = World::new().await;
    world.answers([refusal(Class::OptedOut)]);
    let message = world.sms("Hello").await;
    world.work().await;
    assert_eq!(world.status(message.id).await, Status::Failed);
    let history = world
        .store
        .history(world.tenant, world.contact.id)
        .await
        .unwrap();
    let stops = history
        .iter()
        .filter(|link| link.event.action == Action::OptOut)
        .count();
    assert_eq!(stops, 1);
    world.clock.advance(Duration::seconds(1));
    assert_eq!(world.sms("Again").await.status, Status::Blocked);
}

#[tokio::test]
async fn a_receipt_that_never_came_is_asked_for() {
    let world = World::new().await;
    let message = world.sms("Hello").await;
    world.work().await;
    world.finds(Some(Found::There {
        provider_message_id: "P1".into(),
        receipt: Some(Receipt::Failed),
        error: Some(error(Class::Recipient)),
        cost: None,
    }));
    world.clock.advance(Duration::minutes(4));
    assert_eq!(
        world.worker.asking.ask(10).await.unwrap(),
        0,
        "not before it is overdue"
    );
    world.clock.advance(Duration::minutes(2));
    assert_eq!(world.worker.asking.ask(10).await.unwrap(), 1);
    assert_eq!(world.status(message.id).await, Status::Failed);
    world.clock.advance(Duration::hours(9));
    assert_eq!(
        world.worker.asking.ask(10).await.unwrap(),
        0,
        "a final receipt ends the questions"
    );
}

#[tokio::test]
async fn a_message_for_later_is_not_given_up_at_its_first_trouble() {
    let world = World::new().await;
    let mut request = world.request(Channel::Sms, Purpose::Transactional, "Tomorrow");
    request.scheduled_at = Some(world.clock.now() + Duration::days(3));
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    world.answers([lost()]);
    world.finds(Some(Found::NotThere));
    world.clock.advance(Duration::days(3));
    world.pass(Duration::minutes(2)).await;
    assert_eq!(
        world.status(prepared.new.message.id).await,
        Status::Sent,
        "the provider certainly does not have it, and the day for trying has only begun"
    );
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn a_message_waits_for_the_key_but_not_for_ever() {
    let mut world = World::new().await;
    let ring = KeyRing::parse("k2:AAAAEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=").unwrap();
    let right = std::mem::replace(&mut world.worker.delivering.vault, Arc::new(ring));
    let message = world.sms("Hello").await;
    world.pass(Duration::minutes(3)).await;
    assert_eq!(world.status(message.id).await, Status::Queued);
    let late = world.sms("Never").await;
    world.clock.advance(Duration::hours(23));
    let wrong = std::mem::replace(&mut world.worker.delivering.vault, right);
    world.work().await;
    assert_eq!(world.status(message.id).await, Status::Sent);
    assert_eq!(world.status(late.id).await, Status::Sent);

    world.worker.delivering.vault = wrong;
    let message = world.sms("Hello again").await;
    world.work().await;
    world.clock.advance(Duration::hours(25));
    world.work().await;
    assert_eq!(world.status(message.id).await, Status::Failed);
}

#[tokio::test]
async fn nothing_goes_to_an_address_that_the_contact_has_left() {
    let world = World::new().await;
    let message = world.sms("Hello").await;
    let mut contact = world.contact.clone();
    contact.phone = Some(fixtures::phone(77));
    Contacts::update(&*world.store, &contact).await.unwrap();
    world.work().await;
    assert_eq!(
        world.calls(),
        0,
        "whoever has the number now may have said STOP"
    );
    assert_eq!(world.status(message.id).await, Status::Failed);
}
