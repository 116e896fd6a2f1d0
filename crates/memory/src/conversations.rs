use crate::{
    Memory,
    memory::{State, newest_first},
};
use async_trait::async_trait;
use std::collections::BTreeSet;
use tidings_conversations::{
    Assignment, Conversation, ConversationChange, ConversationFilter, Conversations, Note,
    SearchQuery, Thread, WhoseTurn, is_part_of_thread, words,
};
use tidings_kernel::{AccountId, ContactId, ConversationId, MessageId, StoreError, TenantId};
use tidings_messaging::{
    ConversationPart, Direction, FreeWindowEvent, Happening, Message, Page, Paged,
};
use time::OffsetDateTime;

impl State {
    /// Puts a message into its thread.
    pub(crate) fn move_thread(&mut self, message: &Message) {
        if !is_part_of_thread(message) {
            return;
        }
        let conversation = message.conversation();
        if let Some(thread) = self.touched(message.tenant, conversation) {
            thread.take(message);
        }
        let changed = vec![ConversationPart::Messages];
        self.tell(message.tenant, conversation, changed, message.created_at);
    }

    /// Notes that these parts of a conversation are new.
    pub(crate) fn tell(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        changed: Vec<ConversationPart>,
        at: OffsetDateTime,
    ) {
        let known = self.conversations.get(&(tenant, conversation));
        if let Some(known) = known.filter(|_| !changed.is_empty()) {
            let news = Happening::ConversationUpdated(known.news(changed));
            self.outbox.note(tenant, at, news);
        }
    }

    /// The conversation to be changed, also one that was blank.
    pub(crate) fn touched(
        &mut self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Option<&mut Conversation> {
        let blank = self.blank(tenant, conversation);
        match self.conversations.entry((tenant, conversation)) {
            std::collections::btree_map::Entry::Occupied(known) => Some(known.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => Some(place.insert(blank?)),
        }
    }

    fn blank(&self, tenant: TenantId, conversation: ConversationId) -> Option<Conversation> {
        let contact = ContactId::from_uuid(conversation.uuid());
        let contact = self.contacts.get(&(tenant, contact))?;
        Some(Conversation::blank(contact))
    }

    fn thread(&self, conversation: Conversation) -> Option<Thread> {
        let tenant = conversation.tenant;
        let contact = self.contacts.get(&(tenant, conversation.contact))?.clone();
        let latest = self.messages_of(tenant, contact.id).next_back().cloned();
        Some(Thread {
            conversation,
            contact,
            latest,
        })
    }

    /// The messages to and from a contact, oldest first.
    pub(crate) fn messages_of(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages
            .values()
            .map(|kept| &kept.message)
            .filter(move |message| message.tenant == tenant && message.contact == contact)
    }

    /// The contact's last message.
    pub(crate) fn last_from_contact(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Option<MessageId> {
        let known = self.conversations.get(&(tenant, conversation))?;
        self.messages_of(tenant, known.contact)
            .filter(|message| message.direction == Direction::Inbound)
            .map(|message| message.id)
            .next_back()
    }

    fn fits(&self, thread: &Thread, filter: &ConversationFilter) -> bool {
        let conversation = &thread.conversation;
        let is_assigned = |wanted: &Assignment| match wanted {
            Assignment::Nobody => conversation.assignee.is_none(),
            Assignment::To(assignee) => conversation.assignee.as_ref() == Some(assignee),
        };
        let is_turn = |turn| match turn {
            WhoseTurn::Unread => conversation.unread > 0,
            WhoseTurn::Read => conversation.unread == 0,
        };
        filter
            .status
            .is_none_or(|status| conversation.status == status)
            && filter
                .channel
                .is_none_or(|channel| conversation.place(channel).is_some())
            && filter.turn.is_none_or(is_turn)
            && filter.assignee.as_ref().is_none_or(is_assigned)
            && filter
                .label
                .as_ref()
                .is_none_or(|label| conversation.labels.contains(label))
            && filter
                .query
                .as_ref()
                .is_none_or(|query| self.says(thread, query))
    }

    fn says(&self, thread: &Thread, query: &SearchQuery) -> bool {
        let contact = &thread.contact;
        let addresses: Vec<String> = contact
            .addresses()
            .iter()
            .map(ToString::to_string)
            .collect();
        let names = [
            &contact.first_name,
            &contact.last_name,
            &contact.external_id,
        ];
        let of_contact: BTreeSet<String> = names
            .into_iter()
            .flatten()
            .chain(&addresses)
            .flat_map(|text| words(text))
            .collect();
        let in_message = |message: &Message| {
            let content = &message.content;
            let mut said = words(&content.text);
            said.extend(content.subject.iter().flat_map(|text| words(text)));
            is_part_of_thread(message) && query.fits(&said)
        };
        let in_note = |note: &Note| {
            note.conversation == thread.conversation.id && query.fits(&words(note.text.as_str()))
        };
        let tenant = thread.conversation.tenant;
        query.fits(&of_contact)
            || self.messages_of(tenant, contact.id).any(in_message)
            || self
                .notes
                .iter()
                .any(|((of, _), note)| *of == tenant && in_note(note))
    }

    fn mark_read(
        &mut self,
        tenant: TenantId,
        conversation: ConversationId,
        up_to: Option<MessageId>,
        now: OffsetDateTime,
    ) -> Option<u32> {
        let Some(known) = self.conversations.get(&(tenant, conversation)) else {
            return self.blank(tenant, conversation).map(|_| 0);
        };
        let inbound: Vec<MessageId> = self
            .messages_of(tenant, known.contact)
            .filter(|message| message.direction == Direction::Inbound)
            .map(|message| message.id)
            .collect();
        let up_to = up_to.or_else(|| inbound.iter().copied().max());
        let read_to = known.read_to.max(up_to);
        let left = inbound.iter().filter(|id| Some(**id) > read_to).count();
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        let (contact, before) = (known.contact, known.read_to);
        let known = self.conversations.get_mut(&(tenant, conversation))?;
        let is_new = (known.read_to, known.unread) != (read_to, left);
        known.read_to = read_to;
        known.unread = left;
        if is_new {
            self.note_read((tenant, conversation, contact), before, read_to, now);
            self.tell(tenant, conversation, vec![ConversationPart::Read], now);
        }
        Some(left)
    }

    /// Notes until when everything to a contact is free, where it is answered through the account.
    pub(crate) fn open_free_window(
        &mut self,
        tenant: TenantId,
        account: AccountId,
        window: &FreeWindowEvent,
    ) {
        let threads = self
            .conversations
            .values_mut()
            .filter(|known| known.tenant == tenant);
        for place in threads.flat_map(|known| &mut known.places) {
            let is_there = place.channel == window.channel
                && place.account == account
                && place.theirs == window.contact;
            if is_there {
                place.free_until = place.free_until.max(Some(window.closes_at));
            }
        }
    }

    /// Removes everything of a contact's conversations.
    pub(crate) fn forget_conversations(&mut self, tenant: TenantId, contact: ContactId) {
        let gone: BTreeSet<ConversationId> = self
            .conversations
            .values()
            .filter(|known| known.tenant == tenant && known.contact == contact)
            .map(|known| known.id)
            .collect();
        self.conversations
            .retain(|(of, id), _| *of != tenant || !gone.contains(id));
        self.notes
            .retain(|(of, _), note| *of != tenant || !gone.contains(&note.conversation));
        self.read_receipts
            .retain(|(of, id, _), _| *of != tenant || !gone.contains(id));
        self.unheard
            .retain(|(of, _), (_, unheard)| *of != tenant || !gone.contains(&unheard.conversation));
    }
}

#[async_trait]
impl Conversations for Memory {
    async fn get(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Option<Thread>, StoreError> {
        let state = self.lock();
        let known = state.conversations.get(&(tenant, conversation)).cloned();
        let known = known.or_else(|| state.blank(tenant, conversation));
        Ok(known.and_then(|known| state.thread(known)))
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &ConversationFilter,
        page: Page,
    ) -> Result<Paged<Thread>, StoreError> {
        let state = self.lock();
        let mut fitting: Vec<Thread> = state
            .conversations
            .values()
            .filter(|known| known.tenant == tenant)
            .filter(|known| page.after.is_none_or(|after| known.activity < after))
            .filter_map(|known| state.thread(known.clone()))
            .filter(|thread| state.fits(thread, filter))
            .collect();
        fitting.sort_by_key(|thread| std::cmp::Reverse(thread.conversation.activity));
        fitting.truncate(usize::from(page.limit) + 1);
        Ok(Paged::cut(fitting, page.limit, |thread| {
            thread.conversation.activity
        }))
    }

    async fn change(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        change: &ConversationChange,
        now: OffsetDateTime,
    ) -> Result<Option<Conversation>, StoreError> {
        let mut state = self.lock();
        let touched = state.touched(tenant, conversation);
        let changed = touched.map(|known| {
            change.apply(known, now);
            known.clone()
        });
        state.tell(tenant, conversation, change.parts(), now);
        Ok(changed)
    }

    async fn mark_read(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        up_to: Option<MessageId>,
        now: OffsetDateTime,
    ) -> Result<Option<u32>, StoreError> {
        Ok(self.lock().mark_read(tenant, conversation, up_to, now))
    }

    async fn add_note(&self, tenant: TenantId, note: &Note) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let is_there = state.touched(tenant, note.conversation).is_some();
        if is_there {
            state.notes.insert((tenant, note.id), note.clone());
            let changed = vec![ConversationPart::Notes];
            state.tell(tenant, note.conversation, changed, note.created_at);
        }
        Ok(is_there)
    }

    async fn notes(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        page: Page,
    ) -> Result<Paged<Note>, StoreError> {
        let state = self.lock();
        Ok(newest_first(
            state.notes.iter(),
            tenant,
            page,
            |note: &Note| note.id.uuid(),
            |note| Some(note.clone()).filter(|note| note.conversation == conversation),
        ))
    }
}
