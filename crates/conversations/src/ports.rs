use crate::{Assignee, Conversation, ConversationStatus, Label, Note, SearchQuery};
use async_trait::async_trait;
use tidings_kernel::{Channel, ConversationId, MessageId, StoreError, TenantId};
use tidings_messaging::{Contact, ConversationPart, Message, Page, Paged};
use time::OffsetDateTime;

/// A conversation with whom it is with and what was said last.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// The conversation.
    pub conversation: Conversation,
    /// The contact.
    pub contact: Contact,
    /// The newest message to or from the contact, of any purpose.
    pub latest: Option<Message>,
}

/// Which conversations to list; all that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationFilter {
    /// Is kept here.
    pub status: Option<ConversationStatus>,
    /// The contact has written by this channel.
    pub channel: Option<Channel>,
    /// Whether something is unread.
    pub turn: Option<WhoseTurn>,
    /// Is seen to by.
    pub assignee: Option<Assignment>,
    /// Has this label.
    pub label: Option<Label>,
    /// Says all of this: in one message that moved it, in one note, or in the contact's names and addresses.
    pub query: Option<SearchQuery>,
}

/// Whether somebody has to read what the contact wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhoseTurn {
    /// Something is unread.
    Unread,
    /// Nothing is.
    Read,
}

/// Who sees to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignment {
    /// Somebody.
    To(Assignee),
    /// Nobody.
    Nobody,
}

/// A change to a conversation; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationChange {
    /// Where it is kept.
    pub status: Option<ConversationStatus>,
    /// Who sees to it.
    pub assignee: Option<Assignment>,
    /// What it is sorted by, instead of what was there.
    pub labels: Option<Vec<Label>>,
}

impl ConversationChange {
    /// What it sets of a conversation.
    pub fn parts(&self) -> Vec<ConversationPart> {
        let parts = [
            (ConversationPart::Status, self.status.is_some()),
            (ConversationPart::Assignee, self.assignee.is_some()),
            (ConversationPart::Labels, self.labels.is_some()),
        ];
        parts
            .into_iter()
            .filter_map(|(part, is_set)| is_set.then_some(part))
            .collect()
    }

    /// Puts the change to a conversation.
    pub fn apply(&self, conversation: &mut Conversation, now: OffsetDateTime) {
        if let Some(status) = self.status {
            conversation.status = status;
        }
        match &self.assignee {
            None => {}
            Some(Assignment::Nobody) => conversation.assignee = None,
            Some(Assignment::To(assignee)) => conversation.assignee = Some(assignee.clone()),
        }
        if let Some(labels) = &self.labels {
            conversation.labels.clone_from(labels);
        }
        conversation.updated_at = conversation.updated_at.max(now);
    }
}

/// Remembers conversations.
///
/// What moves a conversation is stored with the message that does it: by
/// [`Inbox::receive`](tidings_messaging::Inbox::receive) for what a contact writes and by
/// [`Messages::accept`](tidings_messaging::Messages::accept) for what is answered, as
/// [`Conversation::take`] says and in the same step. Of a contact with whom nobody has spoken yet there is a
/// [blank](Conversation::blank) conversation, which is not listed. With the contact everything of it is erased.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// The conversation, if the tenant has it, or has the contact that it would be with.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Option<Thread>, StoreError>;

    /// Conversations that fit, by what moved them last, newest first; the page goes on after the
    /// [`activity`](Conversation::activity) that it names.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn list(
        &self,
        tenant: TenantId,
        filter: &ConversationFilter,
        page: Page,
    ) -> Result<Paged<Thread>, StoreError>;

    /// Changes a conversation, also one that was blank, and gives it back as it is then; `None` if there is
    /// none.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn change(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        change: &ConversationChange,
        now: OffsetDateTime,
    ) -> Result<Option<Conversation>, StoreError>;

    /// Notes `now` that the contact's messages up to this one, or all that are there, were read: what came after it
    /// stays unread. Gives how many are unread then; `None` if there is no such conversation. What was read
    /// stays so when an earlier message is named. What is to be shown to the contact for it is noted in the same step
    /// ([`ReadReceipts`](tidings_messaging::ReadReceipts)).
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn mark_read(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        up_to: Option<MessageId>,
        now: OffsetDateTime,
    ) -> Result<Option<u32>, StoreError>;

    /// Stores a note. `false` if there is no such conversation.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn add_note(&self, tenant: TenantId, note: &Note) -> Result<bool, StoreError>;

    /// The notes of a conversation, newest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn notes(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        page: Page,
    ) -> Result<Paged<Note>, StoreError>;
}
