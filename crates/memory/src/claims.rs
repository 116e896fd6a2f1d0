use crate::{
    memory::State,
    outbox::{Source, Tried},
};
use tidings_kernel::{AttemptId, MessageId, Purpose, TenantId};
use tidings_messaging::{Claim, Held, OutcomeKind, Start, Status};
use time::{Duration, OffsetDateTime};

impl State {
    pub(crate) fn claim(&mut self, limit: u16, now: OffsetDateTime, lease: Duration) -> Vec<Claim> {
        let mut due: Vec<_> = self
            .queue
            .iter()
            .filter(|(_, place)| place.entry.due_at <= now && !place.is_held(now))
            .map(|((tenant, message), place)| {
                let entry = place.entry;
                (
                    entry.class.rank(),
                    entry.priority,
                    entry.due_at,
                    *message,
                    *tenant,
                )
            })
            .collect();
        due.sort_unstable();
        let keys = due
            .into_iter()
            .map(|(_, _, _, message, tenant)| (tenant, message));
        let mut claims = Vec::new();
        for key in keys {
            if claims.len() == usize::from(limit) {
                break;
            }
            claims.extend(self.hold(key, now, lease));
        }
        claims
    }

    fn hold(
        &mut self,
        key: (TenantId, MessageId),
        now: OffsetDateTime,
        lease: Duration,
    ) -> Option<Claim> {
        let kept = self.messages.get_mut(&key)?;
        // Its worker lost the hold and told of the acceptance afterwards: there is nothing left to do.
        if kept.message.status == Status::Sending && kept.is_accepted() {
            kept.turn(Status::Sent, now, Source::Worker);
            self.queue.remove(&key);
            return None;
        }
        let place = self.queue.get_mut(&key)?;
        self.fence += 1;
        place.fence = self.fence;
        place.held_until = Some(now.saturating_add(lease));
        let open_attempt = kept.open().map(|tried| {
            tried.attempt.outcome = Some(OutcomeKind::Unknown);
            tried.attempt.clone()
        });
        Some(Claim {
            held: Held {
                tenant: key.0,
                message: key.1,
                fence: place.fence,
            },
            message: kept.message.clone(),
            failures: place.failures,
            exhausted: place.exhausted.clone(),
            open_attempt,
        })
    }

    /// The provider's ids of other attempts through the same account to the same contact, begun in
    /// the day before this one or later.
    pub(crate) fn siblings(&self, tenant: TenantId, attempt: AttemptId) -> Vec<String> {
        let key = self.attempts.get(&attempt).filter(|key| key.0 == tenant);
        let Some(kept) = key.and_then(|key| self.messages.get(key)) else {
            return Vec::new();
        };
        let Some(tried) = kept
            .attempts
            .iter()
            .find(|tried| tried.attempt.id == attempt)
        else {
            return Vec::new();
        };
        let since = tried.attempt.started_at - Duration::DAY;
        let theirs = self.messages.values().filter(|other| {
            other.message.tenant == tenant && other.message.contact == kept.message.contact
        });
        theirs
            .flat_map(|other| &other.attempts)
            .map(|other| &other.attempt)
            .filter(|other| other.id != attempt && other.account == tried.attempt.account)
            .filter(|other| other.started_at >= since)
            .filter_map(|other| other.provider_message_id.clone())
            .collect()
    }

    pub(crate) fn begin(&mut self, start: &Start) -> Option<AttemptId> {
        let Start {
            held,
            attempt,
            decision,
            caps,
        } = start;
        let key = (held.tenant, held.message);
        let is_used_up = caps.iter().any(|cap| self.is_used_up(held.tenant, cap));
        let is_held = self
            .queue
            .get(&key)
            .is_some_and(|place| place.fence == held.fence);
        let kept = self.messages.get_mut(&key)?;
        let is_new = !self.attempts.contains_key(&attempt.id);
        if is_used_up || !is_held || !is_new || !kept.message.status.is_waiting() {
            return None;
        }
        kept.attempts.push(Tried {
            attempt: attempt.clone(),
            fence: held.fence,
            is_marketing: start.is_marketing() || kept.message.purpose == Purpose::Marketing,
            ask_at: None,
            asked: 0,
            is_closed: false,
        });
        kept.decisions.push(decision.clone());
        kept.message.from = Some(attempt.sender_address.clone());
        kept.turn(Status::Sending, attempt.started_at, Source::Worker);
        self.attempts.insert(attempt.id, key);
        Some(attempt.id)
    }
}
