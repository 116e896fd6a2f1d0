use crate::{
    memory::State,
    outbox::{Kept, Source, Tried},
};
use tidings_kernel::{AttemptId, MessageId, Money, TenantId};
use tidings_messaging::{
    Attempt, Failure, Message, OutcomeKind, QueryJob, Receipt, ReceiptEffect, ReceiptTarget,
    ReceiptUpdate, Status, StatusQuery,
};
use time::OffsetDateTime;

impl State {
    /// Applies one update; `None` if there is no such attempt of that account.
    pub(crate) fn apply(&mut self, update: &ReceiptUpdate) -> Option<ReceiptEffect> {
        let (key, attempt) = self.target(&update.target)?;
        let effect = self.apply_to(key, attempt, update)?;
        self.note_refusal(key, attempt);
        Some(effect)
    }

    fn apply_to(
        &mut self,
        key: (TenantId, MessageId),
        attempt: AttemptId,
        update: &ReceiptUpdate,
    ) -> Option<ReceiptEffect> {
        self.own_provider_id(key, attempt, &update.target.provider_message_id);
        let kept = self.messages.get_mut(&key)?;
        let is_latest = kept
            .attempts
            .last()
            .is_some_and(|tried| tried.attempt.id == attempt);
        let tried = kept.tried(attempt)?;
        if tried.attempt.outcome != Some(OutcomeKind::Accepted) {
            tried.ask_at = update.ask_at;
        }
        let before = tried.attempt.receipt;
        let news = learn(&mut tried.attempt, update);
        let (after, started_at) = (tried.attempt.receipt, tried.attempt.started_at);
        let asked = tried.asked;
        let told = Failure::told_by(tried.attempt.error.as_ref());
        kept.message.cost_actual = total(kept);
        let effect = ReceiptEffect {
            before,
            after,
            started_at,
            asked,
            to: kept.message.contact_address.clone(),
        };
        let status = match (news, is_latest) {
            (News::Receipt(receipt), true) => {
                if receipt == Receipt::Failed {
                    kept.failure = Some(told);
                }
                kept.message.status.apply(receipt)
            }
            // An earlier attempt that arrived has reached the person; that it failed is history.
            (News::Receipt(receipt), false) if receipt >= Receipt::Delivered => {
                kept.message.status.apply(receipt)
            }
            (News::Acceptance, true) if has_been_called(kept.message.status) => Status::Sent,
            (News::Receipt(_) | News::Acceptance, false)
            | (News::Acceptance, true)
            | (News::None, _) => return Some(effect),
        };
        kept.turn(status, update.at, Source::Provider(&update.source));
        if !has_been_called(kept.message.status) {
            self.queue.remove(&key);
        }
        Some(effect)
    }

    /// The attempt that a receipt is about. Our own reference decides where it is known; what came
    /// through another account finds nothing.
    fn target(&self, target: &ReceiptTarget) -> Option<((TenantId, MessageId), AttemptId)> {
        let by_reference = target.attempt.filter(|id| self.attempts.contains_key(id));
        let by_provider = || {
            let id = (target.account, target.provider_message_id.clone());
            self.provider_ids.get(&id).copied()
        };
        let attempt = by_reference.or_else(by_provider)?;
        let key = self.attempts.get(&attempt).copied()?;
        let kept = self.messages.get(&key)?;
        let belongs = kept
            .attempts
            .iter()
            .any(|tried| tried.attempt.id == attempt && tried.attempt.account == target.account);
        (key.0 == target.tenant && belongs).then_some((key, attempt))
    }

    /// The message that a receipt is about.
    pub(crate) fn subject(&self, target: &ReceiptTarget) -> Option<Message> {
        let (key, _) = self.target(target)?;
        self.messages.get(&key).map(|kept| kept.message.clone())
    }

    pub(crate) fn overdue(
        &mut self,
        limit: u16,
        now: OffsetDateTime,
        next_at: OffsetDateTime,
        most: u32,
    ) -> Vec<QueryJob> {
        let mut due: Vec<_> = self
            .messages
            .iter()
            .flat_map(|(key, kept)| kept.attempts.iter().map(move |tried| (*key, tried)))
            .filter(|(_, tried)| is_overdue(tried, now, most))
            .map(|(key, tried)| (tried.ask_at, tried.attempt.id, key))
            .collect();
        due.sort_unstable();
        due.truncate(usize::from(limit));
        let jobs = due
            .iter()
            .filter_map(|(_, attempt, key)| self.query(*key, *attempt))
            .collect();
        for (_, attempt, key) in due {
            if let Some(tried) = self
                .messages
                .get_mut(&key)
                .and_then(|kept| kept.tried(attempt))
            {
                tried.asked = tried.asked.saturating_add(1);
                tried.ask_at = Some(next_at);
            }
        }
        jobs
    }

    fn query(&self, key: (TenantId, MessageId), attempt: AttemptId) -> Option<QueryJob> {
        let kept = self.messages.get(&key)?;
        let tried = kept
            .attempts
            .iter()
            .find(|tried| tried.attempt.id == attempt)?;
        let Attempt {
            account,
            provider,
            sender_address,
            started_at,
            ..
        } = &tried.attempt;
        Some(QueryJob {
            tenant: key.0,
            account: *account,
            provider: provider.clone(),
            query: StatusQuery {
                attempt,
                started_at: *started_at,
                provider_message_id: tried.attempt.provider_message_id.clone(),
                channel: kept.message.channel,
                from: sender_address.clone(),
                to: kept.message.contact_address.clone(),
                text: kept.message.content.text.clone(),
                taken: self.siblings(key.0, attempt),
            },
            asked: tried.asked,
        })
    }
}

/// What an update told that was not known.
enum News {
    /// A greater receipt than before.
    Receipt(Receipt),
    /// That the provider has it.
    Acceptance,
    /// Nothing.
    None,
}

/// Writes an update into its attempt. A fold: any order and repetition ends the same.
fn learn(attempt: &mut Attempt, update: &ReceiptUpdate) -> News {
    // The provider speaks of it, so it has it, whatever the answer to the call was.
    let is_news = attempt.outcome != Some(OutcomeKind::Accepted);
    attempt.outcome = Some(OutcomeKind::Accepted);
    if let Some(cost) = update.cost {
        attempt.cost = Some(
            attempt
                .cost
                .filter(|known| known.micros() >= cost.micros())
                .unwrap_or(cost),
        );
    }
    let greatest = update.receipt.max(attempt.receipt);
    let is_greater = greatest > attempt.receipt;
    attempt.receipt = greatest;
    match greatest {
        Some(Receipt::Failed) if is_greater => attempt.error.clone_from(&update.error),
        Some(Receipt::Failed) => {}
        Some(Receipt::Sent | Receipt::Delivered | Receipt::Read) | None => attempt.error = None,
    }
    match greatest {
        Some(receipt) if is_greater => News::Receipt(receipt),
        Some(_) | None if is_news => News::Acceptance,
        Some(_) | None => News::None,
    }
}

fn total(kept: &Kept) -> Option<Money> {
    let costs = kept.attempts.iter().filter_map(|tried| tried.attempt.cost);
    // One account bills in one currency; a sum over several is not a price.
    costs
        .map(Some)
        .reduce(|sum, cost| sum?.checked_add(cost?).ok())
        .flatten()
}

/// Whether the outcome of a call is what the message waits for, or may still be repeated.
pub(crate) const fn has_been_called(status: Status) -> bool {
    status.is_waiting() || matches!(status, Status::Sending)
}

fn is_overdue(tried: &Tried, now: OffsetDateTime, most: u32) -> bool {
    let is_final = match tried.attempt.receipt {
        None | Some(Receipt::Sent) => false,
        Some(Receipt::Failed | Receipt::Delivered | Receipt::Read) => true,
    };
    tried.attempt.outcome == Some(OutcomeKind::Accepted)
        && !is_final
        && tried.asked < most
        && tried.ask_at.is_some_and(|at| at <= now)
}
