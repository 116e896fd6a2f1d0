//! Whose batch is next, where several gatherers share a database.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// How long a batch waits for its turn at most: a statement of one kind that waits for a lock must not hold up all
/// others.
const PATIENCE: Duration = Duration::from_millis(50);

/// Turns of gatherers. A free one goes to the gatherer for which most wait: so requests that go through one after the
/// other wait for the crowd behind them and go on with it, as one batch instead of several.
#[derive(Clone)]
pub(crate) struct Turns {
    rota: Arc<Mutex<Rota>>,
    most: usize,
}

struct Rota {
    /// How many turns nobody has.
    free: usize,
    waiting: Vec<Waiting>,
}

struct Waiting {
    /// How many wait with it by now.
    count: Box<dyn Fn() -> usize + Send>,
    turn: oneshot::Sender<Turn>,
}

/// A turn, which ends with its owner.
pub(crate) struct Turn(Turns);

impl Turns {
    /// As many at the same time.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        let rota = Rota {
            free: most,
            waiting: Vec::new(),
        };
        Self {
            rota: Arc::new(Mutex::new(rota)),
            most,
        }
    }

    pub(crate) const fn most(&self) -> usize {
        self.most
    }

    /// Waits for a turn for as many as `count` says when one becomes free. None comes when others keep all of them
    /// for long; then it is time to go on without.
    pub(super) async fn next(&self, count: impl Fn() -> usize + Send + 'static) -> Option<Turn> {
        let (turn, comes) = oneshot::channel();
        let is_free = self.change(|rota| {
            let is_free = rota.free > 0;
            if is_free {
                rota.free -= 1;
            } else {
                let count = Box::new(count);
                rota.waiting.push(Waiting { count, turn });
            }
            is_free
        });
        if is_free {
            return Some(Turn(self.clone()));
        }
        timeout(PATIENCE, comes).await.ok()?.ok()
    }

    /// Nothing under this lock can leave it half changed, so a panic elsewhere does not matter.
    fn change<R>(&self, change: impl FnOnce(&mut Rota) -> R) -> R {
        change(&mut self.rota.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let turns = self.0.clone();
        let next = turns.change(|rota| {
            rota.waiting.retain(|waiting| !waiting.turn.is_closed());
            let most = (0..rota.waiting.len()).max_by_key(|place| (rota.waiting[*place].count)());
            if most.is_none() {
                rota.free += 1;
            }
            most.map(|place| rota.waiting.remove(place))
        });
        if let Some(waiting) = next {
            // Whoever has gone meanwhile gives it back, and it goes to the next.
            let _gone = waiting.turn.send(Self(turns));
        }
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use std::time::Duration;
    use tokio::{sync::mpsc, task::yield_now};

    /// Somebody who waits for a turn for so many, and keeps it until the word comes.
    fn wait(turns: &Turns, count: usize, begun: &mpsc::UnboundedSender<usize>) -> Kept {
        let (end, mut ends) = mpsc::unbounded_channel::<()>();
        let (turns, begun) = (turns.clone(), begun.clone());
        let task = tokio::spawn(async move {
            let turn = turns.next(move || count).await;
            begun.send(count).unwrap();
            ends.recv().await;
            turn.is_some()
        });
        Kept { end, task }
    }

    struct Kept {
        end: mpsc::UnboundedSender<()>,
        task: tokio::task::JoinHandle<bool>,
    }

    impl Kept {
        /// Ends, and says whether it had a turn.
        async fn end(self) -> bool {
            self.end.send(()).unwrap();
            self.task.await.unwrap()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_free_turn_goes_to_those_for_whom_most_wait() {
        let turns = Turns::new(1);
        let (begun, mut starts) = mpsc::unbounded_channel();
        let mut now = wait(&turns, 1, &begun);
        assert_eq!(starts.recv().await, Some(1), "a free one is had at once");
        let mut others = Vec::new();
        for count in [3, 7, 5] {
            others.push((count, wait(&turns, count, &begun)));
        }
        yield_now().await;
        for expected in [7, 5, 3] {
            assert!(now.end().await);
            assert_eq!(starts.recv().await, Some(expected));
            let place = others.iter().position(|(count, _)| *count == expected);
            now = others.remove(place.unwrap()).1;
        }
        assert!(now.end().await);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_went_away_have_no_turn() {
        let turns = Turns::new(1);
        let (begun, mut starts) = mpsc::unbounded_channel();
        let first = wait(&turns, 1, &begun);
        starts.recv().await;
        let (gone, stays) = (wait(&turns, 9, &begun), wait(&turns, 2, &begun));
        yield_now().await;
        gone.task.abort();
        assert!(gone.task.await.unwrap_err().is_cancelled());
        assert!(first.end().await);
        assert_eq!(starts.recv().await, Some(2));
        assert!(stays.end().await);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_for_too_long_go_on_without_one() {
        let turns = Turns::new(1);
        let (begun, mut starts) = mpsc::unbounded_channel();
        let stuck = wait(&turns, 1, &begun);
        starts.recv().await;
        let impatient = wait(&turns, 2, &begun);
        tokio::time::sleep(super::PATIENCE.saturating_sub(Duration::from_millis(1))).await;
        assert!(starts.is_empty());
        assert_eq!(starts.recv().await, Some(2));
        assert!(!impatient.end().await);
        assert!(stuck.end().await);
        let next = wait(&turns, 3, &begun);
        assert_eq!(starts.recv().await, Some(3));
        assert!(next.end().await, "the turn is free again");
    }
}
