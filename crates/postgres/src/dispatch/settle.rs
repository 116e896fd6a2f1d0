//! What a settlement changes.

use crate::progress::Progress;
use tidings_kernel::{AttemptId, SenderId};
use tidings_messaging::{Counts, Held, OutcomeKind, Settlement, Status};
use tidings_routing::ProviderError;
use time::OffsetDateTime;

/// Applies one settlement to the locked state.
pub(super) fn settle_one(
    progress: &mut Progress,
    held: Held,
    settlement: &Settlement,
    now: OffsetDateTime,
) {
    let message = held.message.uuid();
    let is_held = progress.is_held(held.message, held.fence);
    match settlement {
        Settlement::Accepted {
            attempt,
            provider_message_id,
            ask_at,
        } => {
            let Some(state) = progress.attempt(attempt.uuid()) else {
                return;
            };
            let is_news = state.outcome != Some(OutcomeKind::Accepted);
            state.outcome = Some(OutcomeKind::Accepted);
            state
                .provider_message_id
                .get_or_insert_with(|| provider_message_id.clone());
            if state.receipt < Some(tidings_messaging::Receipt::Failed) {
                state.error = None;
                state.ask_at = *ask_at;
            }
            if is_held {
                progress.leave_queue(message);
            }
            // Learned after the hold was lost, it counts too: somebody may have queued it again.
            if is_held || is_news {
                progress.fold(attempt.uuid(), now, "worker");
            }
            // An earlier attempt that was accepted after all is not folded; sent it is, and waits no more.
            let status = progress.messages.get(&message).map(|state| state.status);
            if is_held && status.is_some_and(Status::needs_place) {
                progress.set_status(message, Status::Sent, now, "worker");
            }
        }
        Settlement::Retry {
            attempt,
            error,
            due_at,
            counts,
            exhausted,
        } => {
            if !close_rejected(progress, *attempt, error, now) || !is_held {
                return;
            }
            let Some(entry) = progress.entry(message) else {
                return;
            };
            entry.release(*due_at);
            entry.failures = entry
                .failures
                .saturating_add(i16::from(*counts == Counts::AsFailure));
            entry.exhausted.extend(exhausted.map(SenderId::uuid));
            progress.set_status(message, Status::Queued, now, "worker");
        }
        Settlement::Failed {
            attempt,
            error,
            decision,
        } => {
            if let Some(attempt) = attempt
                && !close_rejected(progress, *attempt, error, now)
            {
                return;
            }
            if is_held {
                if let Some(decision) = decision {
                    progress.decide(held.tenant, (**decision).clone());
                }
                progress.leave_queue(message);
                progress.fail(message, error, now);
            }
        }
        Settlement::Unknown {
            attempt,
            detail: _,
            check_at,
        } => {
            let Some(state) = progress.attempt(attempt.uuid()) else {
                return;
            };
            let is_known = state.outcome == Some(OutcomeKind::Accepted);
            state.outcome.get_or_insert(OutcomeKind::Unknown);
            if is_known {
                progress.fold(attempt.uuid(), now, "worker");
            } else if let Some(entry) = progress.entry(message).filter(|_| is_held) {
                entry.release(*check_at);
            }
        }
        Settlement::SendAgain {
            attempt,
            error,
            due_at,
        } => {
            let Some(state) = progress.attempts.get(&attempt.uuid()) else {
                return;
            };
            if state.outcome == Some(OutcomeKind::Accepted) {
                return progress.fold(attempt.uuid(), now, "worker");
            }
            if let Some(state) = progress.attempt(attempt.uuid()) {
                state.outcome = Some(OutcomeKind::Rejected);
                state.error = Some(error.clone());
            }
            let Some(entry) = progress.entry(message).filter(|_| is_held) else {
                return;
            };
            entry.release(*due_at);
            progress.set_status(message, Status::Queued, now, "worker");
        }
        Settlement::Deferred { decision, until } => {
            if let Some(entry) = progress.entry(message).filter(|_| is_held) {
                if decision.decision.waits_for_news() {
                    entry.strand(*until);
                } else {
                    entry.release(*until);
                }
                progress.decide(held.tenant, (**decision).clone());
                progress.set_status(message, Status::Deferred, now, "gate");
                if let Some(state) = progress.message(message) {
                    state.send_at = Some(*until);
                }
            }
        }
        Settlement::Refused { decision, status } => {
            if is_held {
                progress.decide(held.tenant, (**decision).clone());
                progress.leave_queue(message);
                progress.set_status(message, *status, now, "gate");
            }
        }
        Settlement::Released { due_at } => {
            if let Some(entry) = progress.entry(message).filter(|_| is_held) {
                entry.release(*due_at);
            }
        }
        Settlement::Stranded { until } => {
            if let Some(entry) = progress.entry(message).filter(|_| is_held) {
                entry.strand(*until);
            }
        }
    }
}

/// Notes a refusal on an attempt. `false` if the provider is known to have it after all: then the
/// message goes on as accepted.
fn close_rejected(
    progress: &mut Progress,
    attempt: AttemptId,
    error: &ProviderError,
    now: OffsetDateTime,
) -> bool {
    let Some(state) = progress.attempt(attempt.uuid()) else {
        return true;
    };
    match state.outcome {
        Some(OutcomeKind::Accepted) => {
            progress.fold(attempt.uuid(), now, "worker");
            false
        }
        // It may still have arrived: what was unknown stays so.
        Some(OutcomeKind::Unknown) => {
            state.error = Some(error.clone());
            true
        }
        Some(OutcomeKind::Rejected) | None => {
            state.outcome = Some(OutcomeKind::Rejected);
            state.error = Some(error.clone());
            true
        }
    }
}
