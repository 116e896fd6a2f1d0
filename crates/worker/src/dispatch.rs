//! Claims messages and makes calls.

use crate::{
    Settings,
    places::{Place, Places},
    settling::Settled,
};
use std::sync::{Arc, Mutex};
use tidings_messaging::{
    Claim, Class, Lane,
    deliver::{Call, Delivering, FairShares, Round},
};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What never waits for a campaign.
const URGENT: [Class; 3] = [
    Class::Emergency,
    Class::Authentication,
    Class::Conversational,
];

/// How long a call waits for its slot before it looks at the clock again.
const LONGEST_SLEEP: std::time::Duration = std::time::Duration::from_millis(500);

/// What the loops of claiming share.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    pub(crate) delivering: Delivering,
    pub(crate) settings: Settings,
    outcomes: mpsc::Sender<Settled>,
    fair: Arc<Mutex<FairShares>>,
    calls: TaskTracker,
    stop: CancellationToken,
    /// Cancelled when calls have had their time to end.
    abandon: CancellationToken,
}

/// Runs every loop of claiming until `stop`, and then ends what is under way within the settings' time.
pub(crate) async fn run(
    delivering: Delivering,
    settings: Settings,
    outcomes: mpsc::Sender<Settled>,
    stop: CancellationToken,
) {
    let dispatcher = Dispatcher {
        delivering,
        settings,
        outcomes,
        fair: Arc::default(),
        calls: TaskTracker::new(),
        stop,
        abandon: CancellationToken::new(),
    };
    let reserved = settings
        .reserved
        .min(settings.concurrency.saturating_sub(1));
    let urgent = Places::new(reserved.max(1), settings.per_sender);
    let shared = Places::new(
        settings.concurrency.saturating_sub(reserved).max(1),
        settings.per_sender,
    );
    let mut loops = tokio::task::JoinSet::new();
    loops.spawn(dispatcher.clone().track(&URGENT, urgent));
    for _ in 0..settings.rounds.max(1) {
        loops.spawn(dispatcher.clone().track(&Class::ALL, shared.clone()));
    }
    loops.spawn(dispatcher.clone().suspects());
    let ending = async {
        while let Some(ended) = loops.join_next().await {
            if let Err(panic) = ended {
                tracing::error!(
                    error = &panic as &dyn std::error::Error,
                    "a loop of claiming broke, and the program ends"
                );
                // Without one of its loops a worker looks alive, and some messages wait for ever.
                dispatcher.stop.cancel();
            }
        }
        dispatcher.calls.close();
        dispatcher.calls.wait().await;
    };
    tokio::select! {
        () = ending => {}
        never = dispatcher.abandon_in_time() => match never {},
    }
}

impl Dispatcher {
    /// Has whatever does not end in time after a stop handed back.
    async fn abandon_in_time(&self) -> std::convert::Infallible {
        self.stop.cancelled().await;
        tokio::time::sleep(self.settings.drain).await;
        tracing::warn!(
            calls = self.calls.len(),
            "handing back calls that did not end in time"
        );
        self.abandon.cancel();
        std::future::pending().await
    }

    /// Claims messages of some classes for as many places as there are.
    async fn track(self, classes: &'static [Class], places: Places) {
        let mut seen = 0;
        while !self.stop.is_cancelled() {
            let free = tokio::select! {
                () = self.stop.cancelled() => break,
                free = places.take(self.settings.batch, self.settings.linger) => free,
            };
            let Some(mut free) = free else { break };
            let limit = u16::try_from(free.len()).unwrap_or(u16::MAX);
            let room = |lane: &Lane| places.room(lane);
            let room_again = places.room_again();
            let round = match self
                .delivering
                .claim(&self.fair, classes, limit, &room)
                .await
            {
                Ok(round) => round,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "claiming failed");
                    drop(free);
                    pause(self.settings.pause, &self.stop).await;
                    continue;
                }
            };
            metrics::counter!("tidings_claimed_total").increment(round.claimed as u64);
            let (claimed, next_due) = (round.claimed, round.next_due);
            self.start(round, &mut free, &places);
            drop(free);
            if claimed == 0 {
                let timeout = self.until(next_due);
                seen = tokio::select! {
                    () = self.stop.cancelled() => break,
                    () = room_again => seen,
                    seen = self.delivering.dispatch.wait(seen, timeout) => seen,
                };
            }
        }
    }

    /// Starts what a round gave, each in a place of its own.
    fn start(&self, round: Round, free: &mut Vec<Place>, places: &Places) {
        for claim in round.open {
            let Some(place) = free.pop() else { break };
            self.calls.spawn(self.clone().reconcile(claim, place));
        }
        for call in round.calls {
            let Some(mut place) = free.pop() else { break };
            places.occupy(&mut place, call.sender());
            self.calls.spawn(self.clone().make(call, place));
        }
    }

    /// Works on messages that their holders may have died of, one after the other.
    async fn suspects(self) {
        while !self.stop.is_cancelled() {
            match self.suspect().await {
                Ok(0) => pause(self.settings.suspects_every, &self.stop).await,
                Ok(claimed) => {
                    metrics::counter!("tidings_suspects_total").increment(claimed as u64);
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "suspects wait");
                    pause(self.settings.pause, &self.stop).await;
                }
            }
        }
    }

    async fn suspect(&self) -> Result<usize, tidings_kernel::StoreError> {
        let round = self.delivering.claim_suspect().await?;
        for claim in round.open {
            tracing::warn!(message = %claim.held.message, crashes = claim.crashes,
                "asking alone about a message whose holders have gone");
            self.look(claim).await;
        }
        for call in round.calls {
            tracing::warn!(message = %call.message(), "sending alone a message whose holders have gone");
            let settled = self.answer(call).await;
            let now = self.delivering.clock.now();
            self.delivering.dispatch.settle(&[settled], now).await?;
        }
        Ok(round.claimed)
    }

    async fn reconcile(self, claim: Claim, place: Place) {
        let _place = place;
        self.look(claim).await;
    }

    /// Asks what became of an open attempt; when a stop cannot wait for the answer, somebody else asks.
    async fn look(&self, claim: Claim) {
        let abandoned = claim.handed_back(self.delivering.clock.now());
        let looked = tokio::time::timeout(
            self.settings.question_timeout,
            self.delivering.reconcile(claim),
        );
        tokio::select! {
            looked = looked => match looked {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an unknown outcome was not settled; it comes back"
                ),
                Err(_elapsed) => {
                    tracing::warn!("a provider took too long to say what became of a message");
                }
            },
            () = self.abandon.cancelled() => self.hand_on(abandoned).await,
        }
    }

    /// Makes one call and hands its outcome on; the place is free when the outcome is taken.
    async fn make(self, call: Call, place: Place) {
        let settled = self.answer(call).await;
        self.hand_on(settled).await;
        drop(place);
    }

    async fn answer(&self, call: Call) -> Settled {
        if let Some(slot) = call.not_before() {
            tokio::select! {
                () = self.wait_until(slot) => {}
                () = self.abandon.cancelled() => return self.delivering.call_off(call).await,
            }
        }
        let unanswered = call.unanswered();
        tokio::select! {
            settled = self.delivering.call(call) => settled,
            () = self.abandon.cancelled() => self.delivering.abandon(unanswered),
        }
    }

    /// Waits for a slot. A clock that jumps meanwhile is looked at again.
    async fn wait_until(&self, slot: OffsetDateTime) {
        loop {
            let left = slot - self.delivering.clock.now();
            let Ok(left) = std::time::Duration::try_from(left) else {
                return;
            };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }

    async fn hand_on(&self, settled: Settled) {
        // The settling loop ends only after every sender is gone.
        if self.outcomes.send(settled).await.is_err() {
            tracing::error!("an outcome could not be handed on; its attempt will be asked about");
        }
    }

    /// How long to wait at most: until the next message is due, or the poll.
    fn until(&self, next_due: Option<OffsetDateTime>) -> time::Duration {
        let poll = as_time(self.settings.poll);
        let now = self.delivering.clock.now();
        next_due.map_or(poll, |due| (due - now).clamp(time::Duration::ZERO, poll))
    }
}

pub(crate) async fn pause(time: std::time::Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

pub(crate) fn as_time(duration: std::time::Duration) -> time::Duration {
    duration.try_into().unwrap_or(time::Duration::SECOND)
}
