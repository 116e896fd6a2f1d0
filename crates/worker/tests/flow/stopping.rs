//! How a worker ends: when it is asked to, and when a loop of it breaks.

use crate::{
    faulty::{Fault, Step},
    support::World,
};
use std::{sync::atomic::Ordering, time::Duration};
use tidings_kernel::Clock;
use tidings_messaging::{Claim, Dispatch, Message, Status};
use tidings_worker::Worker;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// What a stop may take beyond the time that calls have for their end.
const MARGIN: Duration = Duration::from_secs(2);

fn start(worker: &Worker) -> (JoinHandle<()>, CancellationToken) {
    let (worker, stop) = (worker.clone(), CancellationToken::new());
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { Box::pin(worker.run(stop)).await }
    });
    (running, stop)
}

impl World {
    /// The provider never answers from here on.
    fn falls_silent(&self) {
        self.script.is_silent.store(true, Ordering::Relaxed);
    }

    /// Calls that it has not answered by now it never will.
    fn answers_again(&self) {
        self.script.is_silent.store(false, Ordering::Relaxed);
    }

    /// The deadline of a stop that begins now.
    fn deadline(&self) -> Duration {
        self.worker.settings.drain + MARGIN
    }

    /// Says that a message may be claimed, and that its holder asks about the call: not before the provider has had its
    /// time, since it may be at work on what it was sent.
    async fn is_handed_back(&self, message: &Message) {
        let early = self.free().await;
        assert!(early.iter().all(|claim| claim.message.id != message.id));
        self.clock
            .advance(self.worker.delivering.timing.ask_unknown_after);
        let claims = self.free().await;
        let is_open =
            |claim: &Claim| claim.message.id == message.id && claim.open_attempt.is_some();
        assert!(claims.iter().any(is_open), "handed back: {claims:?}");
    }

    /// What anybody may claim now.
    async fn free(&self) -> Vec<Claim> {
        let lease = time::Duration::MINUTE;
        let mut claims = self.hold(lease).await;
        let suspect = self.store.claim_suspect(self.clock.now(), lease);
        claims.extend(suspect.await.unwrap());
        claims
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_hands_back_what_a_loop_itself_waits_for() {
    let world = World::new().await;
    let message = world.suspect().await;
    world.falls_silent();
    let (running, stop) = start(&world.worker);
    world.script.rings.notified().await;
    stop.cancel();
    timeout(world.deadline(), running).await.unwrap().unwrap();
    assert_eq!(world.status(message.id).await, Status::Sending);
    world.is_handed_back(&message).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_hands_calls_back_although_a_loop_of_claiming_never_gets_free() {
    let mut world = World::new().await;
    let faulty = world.relies_on_faulty();
    faulty.breaks(Step::Claim, 1, Fault::NeverAnswers);
    let message = world.sms("Hello").await;
    world.falls_silent();
    let (running, stop) = start(&world.worker);
    world.script.rings.notified().await;
    world.sms("Hello again").await;
    faulty.met.notified().await;
    stop.cancel();
    let settled = faulty.settled.notified();
    timeout(world.deadline(), settled).await.unwrap();
    assert!(!running.is_finished(), "the loop has got free");
    world.is_handed_back(&message).await;
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn a_worker_with_a_loop_that_broke_ends_and_hands_back() {
    let mut world = World::new().await;
    let faulty = world.relies_on_faulty();
    faulty.breaks(Step::ClaimSuspect, 1, Fault::Panics);
    let message = world.sms("Hello").await;
    world.falls_silent();
    let (running, stop) = start(&world.worker);
    world.script.rings.notified().await;
    faulty.met.notified().await;
    timeout(world.deadline(), running).await.unwrap().unwrap();
    assert!(
        stop.is_cancelled(),
        "everything that runs with it ends, too"
    );
    world.is_handed_back(&message).await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_writer_broke_ends_and_writes_what_it_still_learns() {
    let mut world = World::new().await;
    world.worker.settings.writers = 1;
    let faulty = world.relies_on_faulty();
    faulty.breaks_once(Step::Settle, Fault::Panics);
    let message = world.sms("Hello").await;
    world.falls_silent();
    let (running, stop) = start(&world.worker);
    world.script.rings.notified().await;
    world.answers_again();
    world.sms("The outcome that the writer breaks at").await;
    faulty.met.notified().await;
    timeout(world.deadline(), running).await.unwrap().unwrap();
    assert!(
        stop.is_cancelled(),
        "everything that runs with it ends, too"
    );
    world.is_handed_back(&message).await;
}
