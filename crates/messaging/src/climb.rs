//! Goes on with cross-channel chains: looks at their messages, and sends the next where it is time.

use crate::{
    AcceptError, Attempt, ChangeError, HeldLadder, LadderRest, LadderStep, Ladders, Message,
    MessageRecord, Messages, NextRung, OutcomeKind, Rung,
    send::{ChannelWish, ContentWish, Recipient, SendError, SendRequest, Sending},
};
use std::sync::Arc;
use tidings_kernel::{Channel, Clock, MessageId, StoreError, TenantId};
use time::Duration;

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Climbing {
    /// The chains.
    pub ladders: Arc<dyn Ladders>,
    /// Their messages.
    pub messages: Arc<dyn Messages>,
    /// Sends the next one, through the gate like everything else.
    pub sending: Sending,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Whoever takes longer has died.
const LEASE: Duration = Duration::MINUTE;
/// When a chain is looked at again whose next message could not be sent for a fault of ours.
const AGAIN: Duration = Duration::seconds(10);

impl Climbing {
    /// Goes on with up to `limit` chains, and says how many were due.
    ///
    /// # Errors
    /// [`StoreError`]: those that were not put to rest come back.
    pub async fn climb(&self, limit: u16) -> Result<usize, StoreError> {
        let due = self.ladders.claim(limit, self.clock.now(), LEASE).await?;
        for held in &due {
            let rest = self.go_on(held).await?;
            self.ladders.rest(held, rest).await?;
        }
        Ok(due.len())
    }

    async fn go_on(&self, held: &HeldLadder) -> Result<LadderRest, StoreError> {
        let tenant = held.ladder.tenant;
        let mut records = Vec::with_capacity(held.messages.len());
        for message in &held.messages {
            // A message whose month has left cannot be looked at any more.
            match self.messages.get(tenant, *message).await? {
                Some(record) => records.push(record),
                None => return Ok(LadderRest::Over),
            }
        }
        let rungs: Vec<Rung> = records.iter().map(rung).collect();
        let fallback = &held.ladder.fallback;
        let now = self.clock.now();
        match fallback.next(&rungs, held.left.len(), now) {
            NextRung::Wait(until) => Ok(LadderRest::Until(until)),
            NextRung::Exhausted => Ok(LadderRest::Over),
            NextRung::Done(winner) => {
                if !fallback.is_at_once() {
                    let others = records.iter().enumerate();
                    for (_, record) in others.filter(|(place, _)| *place != winner) {
                        self.withdraw(&record.message).await?;
                    }
                }
                Ok(LadderRest::Over)
            }
            NextRung::Climb => {
                if !fallback.is_at_once() {
                    for record in &records {
                        self.withdraw(&record.message).await?;
                    }
                }
                let Some(first) = records.first() else {
                    return Ok(LadderRest::Over);
                };
                self.send_next(held, &first.message).await
            }
        }
    }

    /// Sends the message by the next channel. One that cannot be written to is left out.
    async fn send_next(
        &self,
        held: &HeldLadder,
        first: &Message,
    ) -> Result<LadderRest, StoreError> {
        let Some((channel, left)) = held.left.split_first() else {
            return Ok(LadderRest::Over);
        };
        let now = self.clock.now();
        let tenant = held.ladder.tenant;
        let request = again(first, *channel);
        let mut prepared = match self.sending.prepare(tenant, &request).await {
            Ok(prepared) => prepared,
            Err(SendError::Store(error)) => return Err(error),
            Err(error) => {
                tracing::info!(message = %first.id, %channel,
                    error = &error as &dyn std::error::Error, "a fallback is left out");
                self.ladders.skip(held).await?;
                return Ok(LadderRest::Until(now));
            }
        };
        prepared.new.ladder = Some(LadderStep::Continues {
            first: held.ladder.first,
            rung: u8::try_from(held.messages.len()).unwrap_or(u8::MAX),
            left: left.to_vec(),
        });
        match self.sending.commit(&prepared, None).await {
            // What the gate refused is looked at again at once, and goes on from there.
            Ok(()) if prepared.is_blocked() || held.ladder.fallback.is_at_once() => {
                Ok(LadderRest::Until(now))
            }
            Ok(()) => {
                let due_at = prepared.new.message.send_at.unwrap_or(now);
                let after = held.ladder.fallback.after;
                Ok(LadderRest::Until(
                    due_at.max(now) + after.unwrap_or(Duration::HOUR),
                ))
            }
            Err(AcceptError::NoContact) => Ok(LadderRest::Over),
            Err(AcceptError::UsedUp) => {
                self.ladders.skip(held).await?;
                Ok(LadderRest::Until(now))
            }
            // Somebody else has sent it meanwhile, or it makes no sense: whoever looks next sees which.
            Err(AcceptError::Store(StoreError::Inconsistent { .. }) | AcceptError::KeyLost(_)) => {
                Ok(LadderRest::Until(now + AGAIN))
            }
            Err(AcceptError::Store(error)) => Err(error),
        }
    }

    /// Withdraws a message that no provider has been called for.
    async fn withdraw(&self, message: &Message) -> Result<(), StoreError> {
        if !message.status.is_waiting() {
            return Ok(());
        }
        let cancelled = self.cancel(message.tenant, message.id).await;
        match cancelled {
            Ok(()) | Err(ChangeError::NotFound | ChangeError::WrongStatus(_)) => Ok(()),
            Err(ChangeError::Store(error)) => Err(error),
        }
    }

    async fn cancel(&self, tenant: TenantId, message: MessageId) -> Result<(), ChangeError> {
        let now = self.clock.now();
        self.messages.cancel(tenant, message, now).await
    }
}

fn rung(record: &MessageRecord) -> Rung {
    let message = &record.message;
    let is_unknown =
        |attempt: &Attempt| matches!(attempt.outcome, None | Some(OutcomeKind::Unknown));
    Rung {
        status: message.status,
        may_arrive: record.attempts.iter().any(is_unknown),
        due_at: message
            .send_at
            .unwrap_or(message.created_at)
            .max(message.created_at),
    }
}

/// The same message by another channel. What was asked for of the first way does not bind the next.
fn again(first: &Message, channel: Channel) -> SendRequest {
    let content = match &first.template_use {
        Some(template) => ContentWish::Template {
            name: template.name.clone(),
            locale: Some(template.locale.clone()),
            data: template.data.clone(),
        },
        None if first.content.text.is_empty() => ContentWish::MediaOnly,
        None => ContentWish::Text(first.content.text.clone()),
    };
    SendRequest {
        to: Recipient::Contact(first.contact),
        channel: ChannelWish::Order(vec![channel]),
        purpose: first.purpose,
        content,
        media: first.content.media.clone(),
        subject: first.content.subject.clone(),
        sender: None,
        account: None,
        priority: first.priority,
        scheduled_at: None,
        valid_until: first.valid_until,
        urgency: first.urgency,
        override_by: first.override_by.clone(),
        topic: first.topic.clone(),
        context: first.context.clone(),
        tags: first.tags.clone(),
        trace: first.trace,
        fallback: None,
    }
}
