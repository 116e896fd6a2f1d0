//! What a store that fails for a moment may not cost.

use crate::{
    faulty::{Fault, Faulty, Step},
    support::World,
};
use std::sync::{Arc, Mutex};
use tidings_consent::Action;
use tidings_kernel::{Channel, Clock, Purpose};
use tidings_messaging::{Class, Dispatch, SUSPECT_AFTER, Status, deliver::FairShares};
use time::Duration;

#[tokio::test]
async fn what_could_not_be_worked_on_is_handed_back_at_once() {
    for step in [Step::Load, Step::Begin] {
        let mut world = World::new().await;
        let faulty = world.relies_on_faulty();
        let message = world.sms("Hello").await;
        faulty.breaks(step, 0, Fault::Fails);
        world.worker.run_until_idle().await.unwrap_err();
        let claims = world.hold(Duration::SECOND).await;
        let claims: Vec<_> = claims
            .iter()
            .map(|claim| (claim.message.id, claim.crashes))
            .collect();
        assert_eq!(claims, [(message.id, 0)], "{step:?}: nobody has died");
        world.clock.advance(Duration::seconds(2));
        faulty.is_repaired();
        world.work().await;
        assert_eq!(world.status(message.id).await, Status::Sent, "{step:?}");
    }
}

#[tokio::test]
async fn a_suspect_that_could_not_be_worked_on_is_handed_back_at_once() {
    let mut world = World::new().await;
    let faulty = world.relies_on_faulty();
    let message = world.suspect().await;
    faulty.breaks(Step::Load, 0, Fault::Fails);
    world.worker.run_until_idle().await.unwrap_err();
    let now = world.clock.now();
    let suspect = world.store.claim_suspect(now, Duration::MINUTE).await;
    let suspect = suspect
        .unwrap()
        .map(|claim| (claim.message.id, claim.crashes));
    assert_eq!(suspect, Some((message.id, SUSPECT_AFTER + 1)));
}

#[tokio::test]
async fn what_was_claimed_before_a_further_offer_failed_is_handed_back_at_once() {
    let mut world = World::new().await;
    let faulty = world.relies_on_faulty();
    let code = world
        .send(Channel::Sms, Purpose::Authentication, "Your code is 1234")
        .await;
    for _ in 0..10 {
        world.sms("Hello").await;
    }
    // What the lane of codes leaves of its share is offered to the other one.
    faulty.breaks(Step::Claim, 1, Fault::Fails);
    let fair = Mutex::new(FairShares::default());
    let delivering = &world.worker.delivering;
    let round = delivering.claim(&fair, &Class::ALL, 10, &|_| 10).await;
    assert!(round.is_err());
    let first = &world.hold(Duration::MINUTE).await[0];
    assert_eq!((first.message.id, first.crashes), (code.id, 0));
}

#[tokio::test]
async fn a_message_that_cannot_be_settled_does_not_hold_up_its_batch() {
    let mut world = World::new().await;
    let faulty = world.relies_on_faulty();
    let senseless = world.sms("Hello").await;
    let message = world.sms("Hello").await;
    *faulty.senseless.lock().unwrap() = Some(senseless.id);
    world.clock.advance(Duration::SECOND);
    world.consents(Action::OptOut).await;
    world.work().await;
    assert_eq!(world.status(message.id).await, Status::Blocked);
    assert_eq!(world.status(senseless.id).await, Status::Queued);
}

#[tokio::test]
async fn a_batch_is_handed_back_without_the_message_that_cannot_be() {
    let mut world = World::new().await;
    let faulty = world.relies_on_faulty();
    let senseless = world.sms("Hello").await;
    let message = world.sms("Hello").await;
    *faulty.senseless.lock().unwrap() = Some(senseless.id);
    faulty.breaks(Step::Load, 0, Fault::Fails);
    world.worker.run_until_idle().await.unwrap_err();
    let claims = world.hold(Duration::MINUTE).await;
    let claims: Vec<_> = claims.iter().map(|claim| claim.message.id).collect();
    assert_eq!(claims, [message.id]);
}

impl World {
    /// Has the worker use a store that goes wrong as told.
    pub(crate) fn relies_on_faulty(&mut self) -> Arc<Faulty> {
        let faulty = Faulty::over(&self.store);
        self.worker.delivering.dispatch = faulty.clone();
        self.worker.delivering.facts = faulty.clone();
        self.worker.receiving.facts = faulty.clone();
        faulty
    }
}
