//! Messages in motion: what settling and receipts have in common.
//!
//! Both read the state of messages, attempts and queue under locks, let the domain's fold decide, and
//! write what changed in one statement for each table. Whoever holds the lock of a message holds its
//! attempts too. Locks are always taken in the order messages, queue, counters, and by id within each, so that
//! two batches never wait for each other in a circle; the advisory locks of frequency caps come before all of
//! them.
//!
//! `sending` is never stored: it is what a waiting message is whose latest attempt is open. Here it is a
//! status like the others, and its entry in the timeline is written with the one that follows it.

mod dead_letters;
mod load;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use tidings_kernel::{Channel, MessageId, Money, TenantId};
use tidings_messaging::{Address, DecisionRecord, OutcomeKind, Receipt, Status, TimelineEntry};
use tidings_routing::ProviderError;
use time::OffsetDateTime;
use uuid::Uuid;

/// What is locked, and what has changed so far.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) messages: BTreeMap<Uuid, MessageState>,
    pub(crate) attempts: BTreeMap<Uuid, AttemptState>,
    pub(crate) queue: BTreeMap<Uuid, QueueState>,
    /// What happened to messages, oldest first.
    entries: BTreeMap<Uuid, Vec<TimelineEntry>>,
    /// Why messages failed for which no attempt tells.
    reasons: BTreeMap<Uuid, ProviderError>,
    changed_messages: BTreeSet<Uuid>,
    changed_attempts: BTreeSet<Uuid>,
    changed_queue: BTreeSet<Uuid>,
    left_queue: BTreeSet<Uuid>,
    decisions: Vec<(TenantId, DecisionRecord)>,
}

pub(crate) struct MessageState {
    pub(crate) tenant: TenantId,
    pub(crate) contact: Uuid,
    /// The channel,
    channel: Channel,
    /// and where it goes.
    pub(crate) address: Address,
    pub(crate) is_marketing: bool,
    pub(crate) status: Status,
    /// The status in the row, which is never `sending`.
    stored: Status,
    /// Since when it is being sent, as long as the timeline does not say so.
    sending_since: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    cost_estimated: Option<Money>,
    pub(crate) status_at: OffsetDateTime,
    pub(crate) send_at: Option<OffsetDateTime>,
    pub(crate) cost: Option<Money>,
    /// Where its changes are told, if anybody is told.
    webhook: Option<String>,
    /// Whether the log of its tenant is kept.
    is_logged: bool,
    /// The latest attempt, whose receipts decide the status.
    pub(crate) latest: Option<Uuid>,
}

pub(crate) struct AttemptState {
    pub(crate) message: Uuid,
    pub(crate) started_at: OffsetDateTime,
    /// Whether it was a known refusal when it was read.
    was_rejected: bool,
    pub(crate) outcome: Option<OutcomeKind>,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) error: Option<ProviderError>,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) cost: Option<Money>,
    pub(crate) ask_at: Option<OffsetDateTime>,
    /// How often the provider was asked.
    pub(crate) asked: i32,
}

#[derive(Clone)]
pub(crate) struct QueueState {
    pub(crate) fence: i64,
    pub(crate) due_at: OffsetDateTime,
    pub(crate) is_held: bool,
    /// Whether it waits for a way and nothing else, once it is not held.
    pub(crate) is_stranded: bool,
    pub(crate) failures: i16,
    pub(crate) exhausted: Vec<Uuid>,
}

impl QueueState {
    /// Gives it back; anybody may take it from this instant.
    pub(crate) fn release(&mut self, due_at: OffsetDateTime) {
        self.due_at = due_at;
        self.is_held = false;
        self.is_stranded = false;
    }

    /// Gives it back until there is a way for it, or until `until`.
    pub(crate) fn strand(&mut self, until: OffsetDateTime) {
        self.release(until);
        self.is_stranded = true;
    }
}

impl Progress {
    pub(crate) fn attempt(&mut self, id: Uuid) -> Option<&mut AttemptState> {
        let attempt = self.attempts.get_mut(&id)?;
        self.changed_attempts.insert(id);
        Some(attempt)
    }

    pub(crate) fn entry(&mut self, message: Uuid) -> Option<&mut QueueState> {
        let entry = self.queue.get_mut(&message)?;
        self.changed_queue.insert(message);
        Some(entry)
    }

    pub(crate) fn leave_queue(&mut self, message: Uuid) {
        if self.queue.contains_key(&message) {
            self.left_queue.insert(message);
        }
    }

    pub(crate) fn decide(&mut self, tenant: TenantId, decision: DecisionRecord) {
        self.decisions.push((tenant, decision));
    }

    /// Brings a message to a status; the same status again is no change.
    pub(crate) fn set_status(
        &mut self,
        message: Uuid,
        status: Status,
        at: OffsetDateTime,
        source: &str,
    ) {
        let Some(state) = self.messages.get_mut(&message) else {
            return;
        };
        if state.status == status {
            return;
        }
        let entries = self.entries.entry(message).or_default();
        if let Some(since) = state.sending_since.take() {
            entries.push(TimelineEntry {
                status: Status::Sending,
                at: since,
                source: "worker".to_owned(),
            });
        }
        entries.push(TimelineEntry {
            status,
            at,
            source: source.to_owned(),
        });
        state.status = status;
        state.status_at = at;
        self.changed_messages.insert(message);
    }

    /// Brings a message to `failed`, for this reason where no attempt tells one.
    pub(crate) fn fail(&mut self, message: Uuid, error: &ProviderError, at: OffsetDateTime) {
        self.reasons.insert(message, error.clone());
        self.set_status(message, Status::Failed, at, "worker");
    }

    pub(crate) fn message(&mut self, message: Uuid) -> Option<&mut MessageState> {
        let state = self.messages.get_mut(&message)?;
        self.changed_messages.insert(message);
        Some(state)
    }

    /// Folds what is known of an attempt into its message: the greatest receipt of the latest attempt
    /// decides; of an earlier one only a delivery counts.
    pub(crate) fn fold(&mut self, attempt: Uuid, at: OffsetDateTime, source: &str) {
        let Some(state) = self.attempts.get(&attempt) else {
            return;
        };
        let message = state.message;
        let Some(target) = self.messages.get(&message) else {
            return;
        };
        let is_latest = target.latest == Some(attempt);
        let status = match state.receipt {
            Some(receipt) if is_latest || receipt >= Receipt::Delivered => {
                target.status.apply(receipt)
            }
            None if is_latest && state.outcome == Some(OutcomeKind::Accepted) => {
                target.status.apply(Receipt::Sent)
            }
            Some(_) | None => return,
        };
        // An attempt that is known to be accepted leaves nothing to do.
        if state.outcome == Some(OutcomeKind::Accepted) {
            self.leave_queue(message);
        }
        self.set_status(message, status, at, source);
    }

    /// Whether a worker still holds a message under this fence.
    pub(crate) fn is_held(&self, message: MessageId, fence: i64) -> bool {
        self.queue
            .get(&message.uuid())
            .is_some_and(|entry| entry.fence == fence)
    }
}

/// Adds what an attempt cost to its message. Amounts that do not add up are an error of the provider's
/// data, not a reason to lose the receipt: the message then keeps what it has.
pub(crate) fn settle_cost(progress: &mut Progress, message: Uuid) {
    let mut total: Option<Money> = None;
    for attempt in progress
        .attempts
        .values()
        .filter(|attempt| attempt.message == message)
    {
        let Some(cost) = attempt.cost else { continue };
        total = match total {
            None => Some(cost),
            Some(sum) => match sum.checked_add(cost) {
                Ok(sum) => Some(sum),
                Err(_) => return,
            },
        };
    }
    if let (Some(total), Some(state)) = (total, progress.message(message)) {
        state.cost = Some(total);
    }
}
