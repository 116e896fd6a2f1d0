//! One queue for everything that happens later.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::callbacks::Callback;

/// What happens later.
#[derive(Debug)]
pub(crate) enum Event {
    /// A message takes the next step of its plan.
    Advance { seq: u64, step: usize },
    /// A callback is due.
    Post(Box<Callback>),
}

/// The way into the queue.
#[derive(Debug)]
pub(crate) struct Timers {
    entries: UnboundedSender<(Instant, Event)>,
}

/// The queue itself, to be run by one task.
#[derive(Debug)]
pub(crate) struct TimerQueue {
    entries: UnboundedReceiver<(Instant, Event)>,
}

/// Makes both ends.
pub(crate) fn timers() -> (Timers, TimerQueue) {
    let (sender, receiver) = unbounded_channel();
    (Timers { entries: sender }, TimerQueue { entries: receiver })
}

impl Timers {
    /// Lets `event` happen at `due`; events due at once happen in the order of these calls.
    pub(crate) fn at(&self, due: Instant, event: Event) {
        // The queue is gone only after a stop, when nothing happens any more.
        let _ = self.entries.send((due, event));
    }
}

struct Entry {
    due: Instant,
    order: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.order) == (other.due, other.order)
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.order).cmp(&(other.due, other.order))
    }
}

impl TimerQueue {
    /// Calls `happen` for every event when it is due, until `stop`.
    pub(crate) async fn run(mut self, stop: CancellationToken, happen: impl Fn(Event)) {
        let mut heap: BinaryHeap<Reverse<Entry>> = BinaryHeap::new();
        let mut order = 0;
        let mut batch = Vec::new();
        loop {
            let now = Instant::now();
            while heap.peek().is_some_and(|entry| entry.0.due <= now) {
                if let Some(Reverse(entry)) = heap.pop() {
                    happen(entry.event);
                }
            }
            let next = heap.peek().map(|entry| entry.0.due);
            tokio::select! {
                () = stop.cancelled() => return,
                received = self.entries.recv_many(&mut batch, 1024) => {
                    if received == 0 {
                        return;
                    }
                    for (due, event) in batch.drain(..) {
                        order += 1;
                        heap.push(Reverse(Entry { due, order, event }));
                    }
                }
                () = sleep_until(next.unwrap_or(now)), if next.is_some() => {}
            }
        }
    }
}
