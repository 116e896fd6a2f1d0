use crate::{
    Memory,
    memory::{State, newest_first},
    outbox::{Kept, Source},
    status_webhooks::Untold,
};
use async_trait::async_trait;
use std::collections::BTreeSet;
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_messaging::{
    AcceptError, Answer, Change, ChangeError, DeadLetter, DecisionRecord, MessageFilter,
    MessageRecord, Messages, NewMessage, Page, Paged, QueueEntry, Status,
};
use time::OffsetDateTime;

fn fits(record: &MessageRecord, filter: &MessageFilter) -> bool {
    let message = &record.message;
    let context = message.context.as_ref();
    let is_about = |wanted: &Option<String>, known: Option<&String>| {
        wanted.is_none() || wanted.as_ref() == known
    };
    let says = |text: &String| {
        message
            .content
            .text
            .to_lowercase()
            .contains(&text.to_lowercase())
    };
    filter.status.is_none_or(|status| message.status == status)
        && filter
            .direction
            .is_none_or(|direction| message.direction == direction)
        && filter
            .channel
            .is_none_or(|channel| message.channel == channel)
        && filter
            .contact
            .is_none_or(|contact| message.contact == contact)
        && is_about(&filter.context_type, context.map(|context| &context.kind))
        && is_about(&filter.context_id, context.map(|context| &context.id))
        && filter
            .created_after
            .is_none_or(|from| message.created_at >= from)
        && filter
            .created_before
            .is_none_or(|end| message.created_at < end)
        && filter.text.as_ref().is_none_or(says)
        && filter.to.as_ref().is_none_or(|to| message.to == *to)
        && (filter.from.is_none() || filter.from == message.from)
        && filter
            .sent_after
            .is_none_or(|from| record.sent_at().is_some_and(|at| at >= from))
        && filter
            .sent_before
            .is_none_or(|end| record.sent_at().is_some_and(|at| at < end))
}

impl State {
    /// Stores a new message with what belongs to it, or nothing.
    pub(crate) fn take_in(&mut self, new: &NewMessage) -> Result<(), AcceptError> {
        let NewMessage {
            message,
            decision,
            entry,
            monthly,
            ladder: _,
            tells_of: _,
            status_webhook,
        } = new;
        self.fits_ladder(new)?;
        self.may_tell(new)?;
        let key = (message.tenant, message.id);
        if !self
            .contacts
            .contains_key(&(message.tenant, message.contact))
        {
            return Err(AcceptError::NoContact);
        }
        if self.messages.contains_key(&key) {
            let context = format!("message {} exists already", message.id);
            return Err(AcceptError::Store(StoreError::inconsistent(context)));
        }
        if entry.is_some() && self.used.is_over(message, monthly) {
            return Err(AcceptError::UsedUp);
        }
        let mut kept = Kept::new(message.clone(), new.timeline(), self.outbox.clone());
        kept.note();
        kept.decisions.push(decision.clone());
        kept.untold = status_webhook.clone().map(Untold::to);
        self.messages.insert(key, kept);
        if let Some(entry) = entry {
            self.used.count(message);
            self.enqueue(key, *entry);
        }
        self.step(new);
        self.move_thread(message);
        self.note_told(new);
        Ok(())
    }

    /// The message, if it can still be changed.
    fn waiting(&mut self, key: (TenantId, MessageId)) -> Result<&mut Kept, ChangeError> {
        let kept = self.messages.get_mut(&key).ok_or(ChangeError::NotFound)?;
        match kept.message.status {
            status if status.is_waiting() => Ok(kept),
            status => Err(ChangeError::WrongStatus(status)),
        }
    }

    fn cancel(
        &mut self,
        key: (TenantId, MessageId),
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let kept = self.waiting(key)?;
        kept.turn(Status::Cancelled, now, Source::Api);
        let message = kept.message.clone();
        if self.queue.remove(&key).is_some() {
            self.used.give_back(&message);
        }
        Ok(())
    }

    fn change(
        &mut self,
        key: (TenantId, MessageId),
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let is_held = self.queue.get(&key).is_some_and(|place| place.is_held(now));
        let kept = self.waiting(key)?;
        if is_held {
            return Err(ChangeError::WrongStatus(kept.message.status));
        }
        let Change {
            content,
            due_at,
            priority,
            decision,
        } = change;
        if let Some((content, segments)) = content {
            kept.message.content = content.clone();
            kept.message.segments = *segments;
        }
        if let Some((due_at, scheduled_at)) = due_at {
            kept.message.send_at = Some(*due_at);
            kept.message.scheduled_at = *scheduled_at;
            let status = if *due_at > now {
                Status::Deferred
            } else {
                Status::Queued
            };
            kept.turn(status, now, Source::Api);
        }
        if let Some(priority) = priority {
            kept.message.priority = *priority;
        }
        kept.decisions.extend(decision.as_deref().cloned());
        self.fence += 1;
        if let Some(place) = self.queue.get_mut(&key) {
            // Whoever held it once has read the old content, and must not begin with it.
            place.fence = self.fence;
            place.held_until = None;
            place.entry.due_at = due_at.map_or(place.entry.due_at, |(due_at, _)| due_at);
            // It waits for its own time now.
            place.is_stranded &= due_at.is_none();
            place.entry.priority = priority.unwrap_or(place.entry.priority);
        }
        Ok(())
    }
}

#[async_trait]
impl Messages for Memory {
    async fn accept(&self, new: &NewMessage, answer: Option<&Answer>) -> Result<(), AcceptError> {
        let mut state = self.lock();
        state.check_key(answer)?;
        state.take_in(new)?;
        state.keep_answer(answer);
        drop(state);
        Self::notify(&self.work);
        Ok(())
    }

    async fn get(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Option<MessageRecord>, StoreError> {
        Ok(self
            .lock()
            .messages
            .get(&(tenant, message))
            .map(Kept::record))
    }

    async fn get_many(
        &self,
        tenant: TenantId,
        messages: &[MessageId],
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let state = self.lock();
        let asked: BTreeSet<MessageId> = messages.iter().copied().collect();
        Ok(asked
            .into_iter()
            .filter_map(|message| state.messages.get(&(tenant, message)))
            .map(Kept::record)
            .collect())
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &MessageFilter,
        page: Page,
    ) -> Result<Paged<MessageRecord>, StoreError> {
        let state = self.lock();
        let id = |record: &MessageRecord| record.message.id.uuid();
        Ok(newest_first(
            state.messages.iter(),
            tenant,
            page,
            id,
            |kept| Some(kept.record()).filter(|record| fits(record, filter)),
        ))
    }

    async fn decisions(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        let state = self.lock();
        let kept = state.messages.get(&(tenant, message));
        Ok(kept.map(|kept| kept.decisions.clone()).unwrap_or_default())
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<DeadLetter>, StoreError> {
        let state = self.lock();
        let id = |letter: &DeadLetter| letter.message.uuid();
        Ok(newest_first(
            state.messages.iter(),
            tenant,
            page,
            id,
            Kept::dead_letter,
        ))
    }

    async fn cancel(
        &self,
        tenant: TenantId,
        message: MessageId,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        self.lock().cancel((tenant, message), now)
    }

    async fn change(
        &self,
        tenant: TenantId,
        message: MessageId,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        self.lock().change((tenant, message), change, now)?;
        Self::notify(&self.work);
        Ok(())
    }

    async fn retry(
        &self,
        tenant: TenantId,
        message: MessageId,
        entry: QueueEntry,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        let mut state = self.lock();
        let key = (tenant, message);
        let kept = state.messages.get_mut(&key).ok_or(ChangeError::NotFound)?;
        if kept.message.status != Status::Failed || !kept.has_certainly_failed() {
            return Err(ChangeError::WrongStatus(kept.message.status));
        }
        kept.failure = None;
        kept.message.send_at = Some(entry.due_at);
        kept.turn(Status::Queued, now, Source::Api);
        state.enqueue(key, entry);
        drop(state);
        Self::notify(&self.work);
        Ok(())
    }
}
