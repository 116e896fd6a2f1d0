use crate::{
    Acts, Assignee, Automations, ConversationStatus, Conversing, HeardReply, Intent, Label,
    Occasion, ReplyClassifier, ReplyError, ReplyRequest, Thread, automation, is_open,
};
use async_trait::async_trait;
use std::sync::Arc;
use tidings_kernel::{ConversationId, MessageId, StoreError, TenantId};
use tidings_messaging::{
    AcceptError, ConversationPart, Direction, Message, MessageFilter, Page,
    send::{ContentWish, Prepared, SendError},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A message from a contact that automations are still to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unheard {
    /// The tenant.
    pub tenant: TenantId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// How often it was claimed before.
    pub failures: u32,
}

/// What looking at a message has come to, beside what was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sorting {
    /// What it was read as; `None` if nobody could read it.
    pub intent: Option<Intent>,
    /// Labels to add to those that are there.
    pub labels: Vec<Label>,
    /// Who sees to the conversation, unless somebody does.
    pub assignee: Option<Assignee>,
}

impl Sorting {
    /// What it sets of a conversation.
    pub fn parts(&self) -> Vec<ConversationPart> {
        let parts = [
            (ConversationPart::Intent, self.intent.is_some()),
            (ConversationPart::Labels, !self.labels.is_empty()),
            (ConversationPart::Assignee, self.assignee.is_some()),
        ];
        parts
            .into_iter()
            .filter_map(|(part, is_set)| is_set.then_some(part))
            .collect()
    }
}

/// Remembers automations, and the messages that they are still to look at.
///
/// [`Inbox::receive`](tidings_messaging::Inbox::receive) adds each message from a contact in the step that stores
/// it, where the tenant has automations that are not empty and the conversation is not blocked.
#[async_trait]
pub trait AutomationStore: Send + Sync {
    /// The tenant's automations; empty ones if none were set.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn automations(&self, tenant: TenantId) -> Result<Automations, StoreError>;

    /// Replaces the tenant's automations.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn set_automations(
        &self,
        tenant: TenantId,
        automations: &Automations,
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Takes up to `limit` messages that are due at `now`, of every tenant, oldest first; nobody else gets them
    /// before `lease` has passed.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim_unheard(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Unheard>, StoreError>;

    /// Notes that a message was looked at `now`, with what that came to. What a message was read as is kept while it
    /// is the contact's last. Labels beyond the most that a conversation has are left out. Doing it twice changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed, and it is claimed again.
    async fn finish_unheard(
        &self,
        unheard: &Unheard,
        sorting: &Sorting,
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;
}

/// The use case: what a machine does with what contacts write.
#[derive(Clone)]
pub struct Automating {
    /// What is to be done, and about what.
    pub store: Arc<dyn AutomationStore>,
    /// Reads what contacts write.
    pub classifier: Arc<dyn ReplyClassifier>,
    /// Replies.
    pub conversing: Conversing,
    /// For how long a claimed message is held.
    pub lease: Duration,
}

/// The label of messages that a machine wrote.
pub const AUTOMATIC: &str = "automatic";
/// After how many failures nothing more is done about a message.
const MOST_FAILURES: u32 = 5;
/// How many of the latest messages are looked at for earlier answers.
const LOOKED_AT: u16 = 50;

impl Automating {
    /// Looks at up to `limit` messages and says how many there were.
    ///
    /// # Errors
    /// [`StoreError`]: what was claimed comes back when its lease ends.
    pub async fn automate(&self, limit: u16) -> Result<usize, StoreError> {
        let now = self.conversing.sending.clock.now();
        let claimed = self.store.claim_unheard(limit, now, self.lease).await?;
        for unheard in &claimed {
            if let Err(error) = Box::pin(self.look_at(unheard)).await {
                tracing::warn!(message = %unheard.message,
                    error = &error as &dyn std::error::Error,
                    "a message was not looked at by automations; trying again");
            }
        }
        Ok(claimed.len())
    }

    async fn look_at(&self, unheard: &Unheard) -> Result<(), StoreError> {
        let conversations = &self.conversing.conversations;
        let thread = conversations
            .get(unheard.tenant, unheard.conversation)
            .await?;
        let message = self
            .conversing
            .sending
            .messages
            .get(unheard.tenant, unheard.message)
            .await?;
        let sorting = match (thread, message) {
            (Some(thread), Some(record))
                if thread.conversation.status != ConversationStatus::Blocked =>
            {
                self.work(unheard, &thread, &record.message).await?
            }
            // Erased or blocked meanwhile.
            (_, _) => Some(Sorting::default()),
        };
        match sorting {
            Some(sorting) => {
                let now = self.conversing.sending.clock.now();
                self.store.finish_unheard(unheard, &sorting, now).await
            }
            None => Ok(()),
        }
    }

    /// Does what is to be done about a message; `None` if it has to be looked at again.
    async fn work(
        &self,
        unheard: &Unheard,
        thread: &Thread,
        message: &Message,
    ) -> Result<Option<Sorting>, StoreError> {
        let sending = &self.conversing.sending;
        let tenant = unheard.tenant;
        let (automations, owner) = (
            self.store.automations(tenant).await?,
            sending.contacts.tenant(tenant).await?,
        );
        let Some(owner) = owner else {
            return Ok(Some(Sorting::default()));
        };
        let locales = thread.contact.locale.iter().chain([&owner.locale]);
        let heard = HeardReply {
            tenant,
            channel: message.channel,
            from: message.contact_address.clone(),
            text: message.content.text.clone(),
            subject: message.content.subject.clone(),
            locales: locales.cloned().collect(),
        };
        let intent = match self.classifier.classify(&heard).await {
            Ok(intent) => intent,
            Err(error) => {
                tracing::warn!(message = %message.id, error = %error,
                    "a message from a contact could not be read");
                let is_over = unheard.failures >= MOST_FAILURES;
                return Ok(is_over.then(Sorting::default));
            }
        };
        let now = sending.clock.now();
        let occasion = Occasion {
            text: &message.content.text,
            intent,
            written_at: message.status_at,
            is_open: is_open(&owner, message.status_at),
            answered_at: &self.answered_at(thread, reply_id(message.id)).await?,
        };
        let Acts {
            reply,
            labels,
            assignee,
        } = automations.decide(&occasion, now);
        if let Some(text) = reply {
            self.reply(thread, message, text.as_str()).await?;
        }
        Ok(Some(Sorting {
            intent: Some(intent),
            labels,
            assignee,
        }))
    }

    /// When machines have answered the contact lately, except for the answer that is about to be given.
    async fn answered_at(
        &self,
        thread: &Thread,
        except: MessageId,
    ) -> Result<Vec<OffsetDateTime>, StoreError> {
        let filter = MessageFilter {
            contact: Some(thread.contact.id),
            direction: Some(Direction::Outbound),
            ..MessageFilter::default()
        };
        let page = Page {
            limit: LOOKED_AT,
            after: None,
        };
        let tenant = thread.contact.tenant;
        let messages = &self.conversing.sending.messages;
        let found = messages.list(tenant, &filter, page).await?;
        let of_machines = found
            .data
            .into_iter()
            .map(|record| record.message)
            .filter(|message| message.id != except)
            .filter(|message| message.tags.iter().any(|tag| tag == AUTOMATIC));
        Ok(of_machines.map(|message| message.created_at).collect())
    }

    /// Answers a message once, however often it is tried: the answer's id is made from the message's.
    async fn reply(
        &self,
        thread: &Thread,
        message: &Message,
        text: &str,
    ) -> Result<(), StoreError> {
        let tenant = message.tenant;
        let sending = &self.conversing.sending;
        let id = reply_id(message.id);
        if sending.messages.get(tenant, id).await?.is_some() {
            return Ok(());
        }
        let request = ReplyRequest {
            channel: Some(message.channel),
            content: ContentWish::Text(text.to_owned()),
            substitute: None,
            media: Vec::new(),
            subject: message
                .content
                .subject
                .as_ref()
                .map(|subject| format!("Re: {subject}")),
            tags: vec![AUTOMATIC.to_owned()],
            scheduled_at: None,
            valid_until: Some(message.status_at + automation::STALE),
            trace: None,
        };
        let conversation = thread.conversation.id;
        let prepared = self
            .conversing
            .prepare_reply(tenant, conversation, &request)
            .await;
        let prepared = match prepared {
            Ok(prepared) if !prepared.is_blocked() => prepared,
            Ok(prepared) => {
                tracing::info!(message = %message.id, decision = prepared.decision().sentence(),
                    "an automatic answer may not be sent");
                return Ok(());
            }
            Err(ReplyError::Send(SendError::Store(error))) => return Err(error),
            Err(error) => {
                tracing::warn!(message = %message.id, error = &error as &dyn std::error::Error,
                    "an automatic answer is not sent");
                return Ok(());
            }
        };
        let prepared = under(id, prepared);
        match sending.commit(&prepared, None).await {
            Ok(()) | Err(AcceptError::NoContact) => Ok(()),
            Err(error @ (AcceptError::UsedUp | AcceptError::KeyLost(_))) => {
                tracing::warn!(message = %message.id, error = &error as &dyn std::error::Error,
                    "an automatic answer is not sent");
                Ok(())
            }
            Err(AcceptError::Store(error)) => Err(error),
        }
    }
}

/// The id of the answer to a message: right after it in time, and always the same.
fn reply_id(message: MessageId) -> MessageId {
    const MILLISECOND: u128 = 1 << 80;
    let later = message.uuid().as_u128().saturating_add(MILLISECOND);
    // The last bits are random; turning them gives an id that nothing else has.
    MessageId::from_uuid(Uuid::from_u128(later ^ 0xffff_ffff_ffff))
}

fn under(id: MessageId, mut prepared: Prepared) -> Prepared {
    prepared.new.message.id = id;
    prepared.new.decision.message = id;
    prepared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_an_id_of_its_own_that_stays() {
        let message =
            MessageId::from_uuid(Uuid::from_u128(0x0198_0b6a_1c2d_7abc_8def_0123_4567_89ab));
        let reply = reply_id(message);
        assert_ne!(reply, message);
        assert_eq!(reply, reply_id(message));
        assert_eq!(reply.made_at() - message.made_at(), Duration::MILLISECOND);
        assert_eq!(reply.uuid().get_version_num(), 7);
    }
}
