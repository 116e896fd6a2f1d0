use crate::{Assignee, Intent, Label, Window};
use std::{fmt, str::FromStr};
use tidings_kernel::{
    AccountId, Channel, ContactId, ConversationId, MessageId, Purpose, SenderId, TenantId,
};
use tidings_messaging::{
    Address, Contact, ConversationPart, ConversationUpdated, Direction, Message, Status,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// The thread of messages with one contact, across channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// With whom.
    pub contact: ContactId,
    /// Where it is kept.
    pub status: ConversationStatus,
    /// Who sees to it.
    pub assignee: Option<Assignee>,
    /// What the tenant has sorted it by; each once, in the order in which they were given.
    pub labels: Vec<Label>,
    /// How many of the contact's messages nobody has read.
    pub unread: u32,
    /// Up to which of them everything was read.
    pub read_to: Option<MessageId>,
    /// What the contact's last message was read as by the tenant's automations, once it was.
    pub intent: Option<Intent>,
    /// The last message that moved it, as a UUID: threads are listed by it, newest first. Before any message
    /// the contact's own.
    pub activity: Uuid,
    /// Where it answers: one place for each channel that the contact has written by.
    pub places: Vec<Place>,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was last moved or changed.
    pub updated_at: OffsetDateTime,
}

/// Where a conversation answers on one channel: from the sender that the contact wrote to, at the address
/// that the contact wrote from.
///
/// It follows what the contact writes and nothing else: neither a change of the contact's addresses nor a
/// merge of two contacts moves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The channel.
    pub channel: Channel,
    /// The account that was written to.
    pub account: AccountId,
    /// The sender that was written to, if it was one of the account's.
    pub sender: Option<SenderId>,
    /// The address that was written to.
    pub ours: String,
    /// The address that was written from.
    pub theirs: Address,
    /// When the contact last wrote here.
    pub written_at: OffsetDateTime,
    /// Until when everything is free here, as the provider has told: the contact came by an advertisement or a
    /// button of a page.
    pub free_until: Option<OffsetDateTime>,
}

/// Where a conversation is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConversationStatus {
    /// Somebody has to look at it.
    Open,
    /// It is done with, until the contact writes again.
    Archived,
    /// The tenant does not want to hear from the contact. What comes in is kept, and its opt-outs count, but
    /// nobody is bothered with it and nothing is replied.
    Blocked,
}

impl ConversationStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Open, Self::Archived, Self::Blocked];

    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Archived => "archived",
            Self::Blocked => "blocked",
        }
    }
}

impl fmt::Display for ConversationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no status of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status {0:?}: use open, archived or blocked")]
pub struct UnknownConversationStatus(pub String);

impl FromStr for ConversationStatus {
    type Err = UnknownConversationStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownConversationStatus(text.to_owned()))
    }
}

/// Whether a message moves its thread: what the contact writes, and what is answered. Campaigns, reminders
/// and receipts are read in the thread and do not move it, or every campaign would bury the inbox.
pub fn is_part_of_thread(message: &Message) -> bool {
    match message.direction {
        Direction::Inbound => true,
        Direction::Outbound => {
            message.purpose == Purpose::Conversational && message.status != Status::Blocked
        }
    }
}

impl Conversation {
    /// The conversation of a contact with whom nobody has spoken yet.
    pub fn blank(contact: &Contact) -> Self {
        Self {
            id: ConversationId::from_uuid(contact.id.uuid()),
            tenant: contact.tenant,
            contact: contact.id,
            status: ConversationStatus::Open,
            assignee: None,
            labels: Vec::new(),
            unread: 0,
            read_to: None,
            intent: None,
            activity: contact.id.uuid(),
            places: Vec::new(),
            created_at: contact.created_at,
            updated_at: contact.created_at,
        }
    }

    /// What a message does to its thread. A message from the contact makes it unread, brings it back from the
    /// archive and says where it answers; an answer moves it up.
    pub fn take(&mut self, message: &Message) {
        if !is_part_of_thread(message) {
            return;
        }
        self.updated_at = self.updated_at.max(message.created_at);
        let is_blocked = self.status == ConversationStatus::Blocked;
        if !is_blocked {
            self.activity = self.activity.max(message.id.uuid());
        }
        if message.direction == Direction::Outbound {
            return;
        }
        self.intent = None;
        if !is_blocked {
            self.unread = self.unread.saturating_add(1);
            self.status = ConversationStatus::Open;
        }
        if let Some(place) = Place::of(message) {
            match self
                .places
                .iter_mut()
                .find(|it| it.channel == place.channel)
            {
                Some(known) if known.written_at > place.written_at => {}
                Some(known) => {
                    let free_until = known.free_until;
                    *known = Place {
                        free_until,
                        ..place
                    };
                }
                None => self.places.push(place),
            }
        }
    }

    /// What is told of it when these parts are new.
    pub fn news(&self, changed: Vec<ConversationPart>) -> ConversationUpdated {
        ConversationUpdated {
            conversation_id: self.id,
            contact_id: self.contact,
            changed,
            status: self.status.as_str().to_owned(),
            unread: self.unread,
        }
    }

    /// The place on a channel, if the contact has written there.
    pub fn place(&self, channel: Channel) -> Option<&Place> {
        self.places.iter().find(|place| place.channel == channel)
    }

    /// Where the contact wrote last, and so where it is answered unless somebody chooses another channel.
    pub fn answers(&self) -> Option<&Place> {
        self.places
            .iter()
            .max_by_key(|place| (place.written_at, place.channel == Channel::Whatsapp))
    }

    /// The windows of each channel that has any, also those that have closed.
    pub fn windows(&self) -> Vec<Window> {
        self.places.iter().flat_map(Window::of).collect()
    }

    /// The id of the last message that moved it, if one has.
    pub fn latest(&self) -> Option<MessageId> {
        (self.activity != self.contact.uuid()).then(|| MessageId::from_uuid(self.activity))
    }
}

impl Place {
    /// The place that a message from a contact came to.
    pub fn of(message: &Message) -> Option<Self> {
        let account = message.account?;
        (message.direction == Direction::Inbound).then(|| Self {
            channel: message.channel,
            account,
            sender: message.sender,
            ours: message.to.clone(),
            theirs: message.contact_address.clone(),
            written_at: message.status_at,
            free_until: None,
        })
    }
}
