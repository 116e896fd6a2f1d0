use crate::{
    Assignee, Conversation, ConversationChange, ConversationFilter, Conversations, Note, NoteText,
    Thread,
};
use std::sync::Arc;
use tidings_kernel::{ConversationId, MessageId, NoteId, StoreError, TenantId};
use tidings_messaging::{MessageFilter, MessageRecord, Page, Paged, send::Sending};

/// The use case: what people do with conversations.
#[derive(Clone)]
pub struct Conversing {
    /// Where conversations are kept.
    pub conversations: Arc<dyn Conversations>,
    /// Sends answers, through the gate like everything else.
    pub sending: Sending,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ConversingError {
    /// The tenant has no such conversation.
    #[error("there is no such conversation")]
    NotFound,
    /// The backend failed; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A note to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRequest {
    /// Who writes it.
    pub author: Assignee,
    /// What.
    pub text: NoteText,
}

impl Conversing {
    /// The conversation with its contact.
    ///
    /// # Errors
    /// [`ConversingError`].
    pub async fn get(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Thread, ConversingError> {
        let found = self.conversations.get(tenant, conversation).await?;
        found.ok_or(ConversingError::NotFound)
    }

    /// Conversations that fit, by what moved them last, newest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    pub async fn list(
        &self,
        tenant: TenantId,
        filter: &ConversationFilter,
        page: Page,
    ) -> Result<Paged<Thread>, StoreError> {
        self.conversations.list(tenant, filter, page).await
    }

    /// The messages to and from the contact, of every channel and purpose, newest first.
    ///
    /// # Errors
    /// [`ConversingError`].
    pub async fn messages(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        page: Page,
    ) -> Result<Paged<MessageRecord>, ConversingError> {
        let thread = self.get(tenant, conversation).await?;
        let filter = MessageFilter {
            contact: Some(thread.contact.id),
            ..MessageFilter::default()
        };
        Ok(self.sending.messages.list(tenant, &filter, page).await?)
    }

    /// Changes where it is kept, who sees to it and what it is sorted by.
    ///
    /// # Errors
    /// [`ConversingError`]: nothing was changed.
    pub async fn change(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        change: &ConversationChange,
    ) -> Result<Conversation, ConversingError> {
        let now = self.sending.clock.now();
        let changed = self.conversations.change(tenant, conversation, change, now);
        changed.await?.ok_or(ConversingError::NotFound)
    }

    /// Notes that the contact's messages up to this one, or all that are there, were read; gives how many are
    /// unread then.
    ///
    /// # Errors
    /// [`ConversingError`]: nothing was changed.
    pub async fn read(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        up_to: Option<MessageId>,
    ) -> Result<u32, ConversingError> {
        let now = self.sending.clock.now();
        let left = self
            .conversations
            .mark_read(tenant, conversation, up_to, now);
        left.await?.ok_or(ConversingError::NotFound)
    }

    /// Takes a note.
    ///
    /// # Errors
    /// [`ConversingError`]: nothing was stored.
    pub async fn note(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        request: NoteRequest,
    ) -> Result<Note, ConversingError> {
        let note = Note {
            id: NoteId::new(&*self.sending.ids),
            conversation,
            author: request.author,
            text: request.text,
            created_at: self.sending.clock.now(),
        };
        if self.conversations.add_note(tenant, &note).await? {
            Ok(note)
        } else {
            Err(ConversingError::NotFound)
        }
    }

    /// The notes of a conversation, newest first.
    ///
    /// # Errors
    /// [`ConversingError`].
    pub async fn notes(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        page: Page,
    ) -> Result<Paged<Note>, ConversingError> {
        self.get(tenant, conversation).await?;
        Ok(self.conversations.notes(tenant, conversation, page).await?)
    }
}
