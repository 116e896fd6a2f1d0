//! Everything that the parts of the simulator share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::callbacks::Callbacks;
use crate::clock;
use crate::faults::Faults;
use crate::ids::Ids;
use crate::journey::{Fate, Pace, Step, plan};
use crate::ledger::Ledger;
use crate::message::{Channel, Facts, Message, Status};
use crate::protocol::Provider;
use crate::rsa::SigningKey;
use crate::store::Store;
use crate::table::Registry;
use crate::timers::{Event, Timers};
use crate::twilio::Contents;

/// How much later than the next callback a held-back one comes.
const OVERTAKEN_BY: Duration = Duration::from_millis(100);
/// How long an answer is withheld by the fault `timeout_after_accept`.
const WITHHELD_FOR: Duration = Duration::from_mins(2);

/// The simulated outside world.
#[derive(Debug)]
pub(crate) struct World {
    /// Where it is reached, without a slash at the end.
    pub(crate) origin: String,
    pub(crate) registry: Registry,
    pub(crate) store: Mutex<Store>,
    /// At Twilio.
    pub(crate) contents: Contents,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) ids: Ids,
    pub(crate) key: SigningKey,
    pub(crate) timers: Arc<Timers>,
    pub(crate) callbacks: Callbacks,
    pub(crate) client: reqwest::Client,
    pub(crate) pace: Pace,
    pub(crate) retry_after: Duration,
    pub(crate) stop: CancellationToken,
}

/// Locks for a moment. A panic elsewhere leaves a list that is still a list.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// Puts a message on its way to the handset. One that meets a blocking contact cannot arrive.
    pub(crate) fn begin(&self, facts: Facts, initial: Status, fate: Fate) -> Message {
        let steps = plan(fate, initial, self.pace);
        let first = steps.first().map(|step| step.after);
        let message = self.stored(facts, initial, steps);
        if let Some(after) = first {
            let event = Event::Advance {
                seq: message.seq,
                step: 0,
            };
            self.timers.at(message.begun + after, event);
        }
        message
    }

    /// Remembers a message that a contact has sent.
    pub(crate) fn arrive(&self, facts: Facts) -> Message {
        self.stored(facts, Status::Received, [].into())
    }

    fn stored(&self, facts: Facts, status: Status, steps: Arc<[Step]>) -> Message {
        let at = facts.at;
        let mut message = Message {
            seq: 0,
            facts: Arc::new(facts),
            status,
            failure: None,
            updated_at: at,
            sent_at: None,
            received_at: (status == Status::Received).then_some(at),
            begun: Instant::now(),
            plan: steps,
        };
        message.seq = locked(&self.store).add(message.clone());
        message
    }

    /// Does what is due.
    pub(crate) fn happen(&self, event: Event) {
        match event {
            Event::Post(callback) => self.callbacks.enqueue(callback),
            Event::Advance { seq, step } => self.advance(seq, step),
        }
    }

    fn advance(&self, seq: u64, index: usize) {
        let message = {
            let mut store = locked(&self.store);
            let Some(message) = store.get_mut(seq) else {
                return;
            };
            let Some(step) = message.plan.get(index).copied() else {
                return;
            };
            message.become_status(step.status, step.failure);
            let mut changed = message.clone();
            // A contact may have read it before the last step: the report is about the step.
            changed.status = step.status;
            changed
        };
        let next = message.plan.get(index + 1).map(|step| step.after);
        if let Some(after) = next {
            let event = Event::Advance {
                seq,
                step: index + 1,
            };
            self.timers.at(message.begun + after, event);
        }
        let now = message
            .plan
            .get(index)
            .map_or(Duration::ZERO, |step| step.after);
        // Held back long enough, an early report comes after the one that follows it.
        let held_back = match message.plan.last() {
            Some(last) if !message.status.is_final() => {
                last.after.saturating_sub(now) + OVERTAKEN_BY
            }
            Some(_) | None => Duration::ZERO,
        };
        self.report(&message, held_back);
    }

    /// Tells the business what has become of its message.
    pub(crate) fn report(&self, message: &Message, held_back: Duration) {
        let protocol = message.facts.provider.protocol();
        for callback in protocol.report(self, message) {
            self.callbacks.offer(callback, held_back);
        }
    }

    /// Makes the contact read its WhatsApp messages: the one with the id `only`, or all. Gives
    /// their ids.
    pub(crate) fn read(&self, e164: &str, only: Option<&str>) -> Vec<String> {
        let mut store = locked(&self.store);
        let unread: Vec<u64> = store
            .messages_of(e164)
            // Nobody tells the sender of an SMS that it was read.
            .filter(|message| message.facts.channel == Channel::Whatsapp)
            .filter(|message| message.status == Status::Delivered)
            .filter(|message| only.is_none_or(|id| message.facts.provider_message_id == id))
            .map(|message| message.seq)
            .collect();
        let mut changed = Vec::with_capacity(unread.len());
        for seq in unread {
            if let Some(message) = store.get_mut(seq) {
                message.become_status(Status::Read, None);
                changed.push(message.clone());
            }
        }
        drop(store);
        for message in &changed {
            self.report(message, Duration::ZERO);
        }
        changed
            .into_iter()
            .map(|message| message.facts.provider_message_id.clone())
            .collect()
    }

    /// True if free text over WhatsApp is allowed now.
    pub(crate) fn is_window_open(&self, provider: Provider, contact: &str, sender: &str) -> bool {
        locked(&self.store)
            .handset(contact)
            .is_some_and(|handset| handset.is_window_open(provider, sender, clock::now()))
    }

    /// True if the contact wants nothing.
    pub(crate) fn is_blocked(&self, contact: &str) -> bool {
        locked(&self.store)
            .handset(contact)
            .is_some_and(|handset| handset.is_blocking)
    }

    /// Waits as long as the faults say. Even a sleep of nothing would cost a tick of the timer.
    pub(crate) async fn hesitate(&self, provider: Provider) {
        let latency = self.faults.latency(provider);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
    }

    /// Never answers within anybody's patience. The client's leaving ends it earlier.
    pub(crate) async fn withhold(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(WITHHELD_FOR) => {}
        }
    }
}
