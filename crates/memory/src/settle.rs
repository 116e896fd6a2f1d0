use crate::{
    memory::State,
    outbox::{Kept, Place, Source, Tried},
    receipts::has_been_called,
};
use tidings_kernel::{AttemptId, MessageId, StoreError, TenantId};
use tidings_messaging::{Counts, Failure, Held, OutcomeKind, Settlement, Status};
use tidings_routing::ProviderError;
use time::OffsetDateTime;

/// Refuses what the types cannot: a refusal that is none.
pub(crate) fn check(held: &Held, settlement: &Settlement) -> Result<(), StoreError> {
    match settlement {
        Settlement::Refused { status, .. }
            if !matches!(status, Status::Blocked | Status::Expired) =>
        {
            let context = format!("message {} cannot be refused as {status}", held.message);
            Err(StoreError::inconsistent(context))
        }
        Settlement::Accepted { .. }
        | Settlement::Retry { .. }
        | Settlement::Failed { .. }
        | Settlement::Unknown { .. }
        | Settlement::SendAgain { .. }
        | Settlement::Deferred { .. }
        | Settlement::Refused { .. }
        | Settlement::Released { .. }
        | Settlement::Stranded { .. } => Ok(()),
    }
}

impl State {
    pub(crate) fn settle(&mut self, held: &Held, settlement: &Settlement, now: OffsetDateTime) {
        let key = (held.tenant, held.message);
        let Some(kept) = self.messages.get_mut(&key) else {
            return;
        };
        let was_accepted = kept.is_accepted();
        settle_attempt(kept, held.fence, settlement);
        // Learned after the hold was lost, it counts too: somebody may have queued it again.
        if !was_accepted && kept.is_accepted() && has_been_called(kept.message.status) {
            kept.turn(Status::Sent, now, Source::Worker);
            self.queue.remove(&key);
        }
        if let Settlement::Accepted {
            attempt,
            provider_message_id,
            ..
        } = settlement
        {
            self.own_provider_id(key, *attempt, provider_message_id);
        }
        self.settle_place(key, held.fence, settlement, now);
        if let Some(attempt) = refused(settlement) {
            self.note_refusal(key, attempt);
        }
    }

    /// Notes whose id this is; the first attempt that has it keeps it.
    pub(crate) fn own_provider_id(
        &mut self,
        key: (TenantId, MessageId),
        attempt: AttemptId,
        provider_message_id: &str,
    ) {
        let Some(tried) = self
            .messages
            .get_mut(&key)
            .and_then(|kept| kept.tried(attempt))
        else {
            return;
        };
        let id = tried
            .attempt
            .provider_message_id
            .get_or_insert_with(|| provider_message_id.into());
        let owned = (tried.attempt.account, id.clone());
        self.provider_ids.entry(owned).or_insert(attempt);
    }

    fn settle_place(
        &mut self,
        key: (TenantId, MessageId),
        fence: i64,
        settlement: &Settlement,
        now: OffsetDateTime,
    ) {
        let Some(kept) = self.messages.get_mut(&key) else {
            return;
        };
        let Some(place) = self
            .queue
            .get_mut(&key)
            .filter(|place| place.fence == fence)
        else {
            return;
        };
        // A receipt, or the worker that lost its hold, knew better than this one.
        let is_sent = kept.message.status == Status::Sending && kept.is_accepted();
        let leaves = is_sent || leaves_queue(settlement);
        if is_sent {
            kept.turn(Status::Sent, now, Source::Worker);
        } else {
            go_on(kept, place, settlement, now);
        }
        if !is_sent && gives_back(settlement) {
            self.used.give_back(&kept.message);
        }
        if leaves {
            self.queue.remove(&key);
        }
    }
}

/// The attempt that the settlement tells a refusal of.
const fn refused(settlement: &Settlement) -> Option<AttemptId> {
    match settlement {
        Settlement::Retry { attempt, .. } => Some(*attempt),
        Settlement::Failed { attempt, .. } => *attempt,
        Settlement::Accepted { .. }
        | Settlement::Unknown { .. }
        | Settlement::SendAgain { .. }
        | Settlement::Deferred { .. }
        | Settlement::Refused { .. }
        | Settlement::Released { .. }
        | Settlement::Stranded { .. } => None,
    }
}

const fn leaves_queue(settlement: &Settlement) -> bool {
    match settlement {
        Settlement::Accepted { .. } | Settlement::Failed { .. } | Settlement::Refused { .. } => {
            true
        }
        Settlement::Retry { .. }
        | Settlement::Unknown { .. }
        | Settlement::SendAgain { .. }
        | Settlement::Deferred { .. }
        | Settlement::Released { .. }
        | Settlement::Stranded { .. } => false,
    }
}

/// Whether the month gets back what was counted for the message.
const fn gives_back(settlement: &Settlement) -> bool {
    matches!(
        settlement,
        Settlement::Refused {
            status: Status::Blocked,
            ..
        }
    )
}

/// Writes what the settlement says about an attempt. What is known to be accepted stays so.
fn settle_attempt(kept: &mut Kept, fence: i64, settlement: &Settlement) {
    match settlement {
        Settlement::Accepted {
            attempt, ask_at, ..
        } => {
            if let Some(tried) = kept.tried(*attempt) {
                tried.attempt.outcome = Some(OutcomeKind::Accepted);
                tried.ask_at = *ask_at;
            }
        }
        Settlement::Retry { attempt, error, .. } => {
            if let Some(tried) = undecided(kept, *attempt) {
                reject(tried, error);
            }
        }
        Settlement::Failed { attempt, error, .. } => {
            if let Some(tried) = attempt.and_then(|attempt| undecided(kept, attempt)) {
                // Only who made the call knows that it was refused; anybody later has given up.
                if tried.fence == fence {
                    reject(tried, error);
                } else {
                    tried.attempt.outcome = Some(OutcomeKind::Unknown);
                    tried.attempt.error = Some(error.clone());
                }
            }
        }
        Settlement::Unknown { attempt, .. } => {
            if let Some(tried) = undecided(kept, *attempt) {
                tried.attempt.outcome = Some(OutcomeKind::Unknown);
            }
        }
        Settlement::SendAgain { attempt, error, .. } => {
            if let Some(tried) = undecided(kept, *attempt) {
                tried.attempt.outcome = Some(OutcomeKind::Unknown);
                tried.attempt.error = Some(error.clone());
                tried.is_closed = true;
            }
        }
        Settlement::Deferred { .. }
        | Settlement::Refused { .. }
        | Settlement::Released { .. }
        | Settlement::Stranded { .. } => {}
    }
}

fn undecided(kept: &mut Kept, attempt: AttemptId) -> Option<&mut Tried> {
    kept.tried(attempt)
        .filter(|tried| match tried.attempt.outcome {
            None | Some(OutcomeKind::Unknown) => true,
            Some(OutcomeKind::Accepted | OutcomeKind::Rejected) => false,
        })
}

fn reject(tried: &mut Tried, error: &ProviderError) {
    tried.attempt.outcome = Some(OutcomeKind::Rejected);
    tried.attempt.error = Some(error.clone());
}

/// Writes what the settlement says about a message that is still held.
fn go_on(kept: &mut Kept, place: &mut Place, settlement: &Settlement, now: OffsetDateTime) {
    match settlement {
        // That an earlier attempt was accepted has not brought the message on yet.
        Settlement::Accepted { .. } => {
            if kept.message.status.needs_place() {
                kept.turn(Status::Sent, now, Source::Worker);
            }
        }
        Settlement::Retry {
            due_at,
            counts,
            exhausted,
            ..
        } => {
            match counts {
                Counts::AsFailure => place.failures = place.failures.saturating_add(1),
                Counts::AsWaiting => {}
            }
            place.exhausted.extend(*exhausted);
            queue_again(kept, place, *due_at, now);
        }
        Settlement::SendAgain { due_at, .. } => queue_again(kept, place, *due_at, now),
        Settlement::Failed {
            decision, error, ..
        } => {
            kept.failure = Some(Failure::from(error));
            kept.decisions.extend(decision.as_deref().cloned());
            kept.turn(Status::Failed, now, Source::Worker);
        }
        Settlement::Unknown { check_at, .. } => place.release(*check_at),
        Settlement::Deferred { decision, until } => {
            kept.decisions.push((**decision).clone());
            kept.message.send_at = Some(*until);
            kept.turn(Status::Deferred, now, Source::Gate);
            if decision.decision.waits_for_news() {
                place.strand(*until);
            } else {
                place.release(*until);
            }
        }
        Settlement::Refused { decision, status } => {
            kept.decisions.push((**decision).clone());
            kept.turn(*status, now, Source::Gate);
        }
        Settlement::Released { due_at } => place.release(*due_at),
        Settlement::Stranded { until } => place.strand(*until),
    }
}

fn queue_again(kept: &mut Kept, place: &mut Place, due_at: OffsetDateTime, now: OffsetDateTime) {
    kept.turn(Status::Queued, now, Source::Worker);
    place.release(due_at);
}
