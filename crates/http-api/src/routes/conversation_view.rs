use super::message_view::MediaView;
use crate::wire::{self, Timestamp};
use serde::Serialize;
use tidings_conversations::{Conversation, Intent, Note, Place, Thread, Window};
use tidings_kernel::Channel;
use tidings_messaging::{Contact, Message};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// The thread of messages with one contact, across channels.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(crate) struct ConversationView {
    #[schema(example = "cnv_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    contact: ConversationContactView,
    #[schema(value_type = wire::ConversationStatus)]
    status: &'static str,
    /// Who sees to it; `null` for nobody.
    assignee: Option<String>,
    labels: Vec<String>,
    /// How many of the contact's messages nobody has read.
    unread: u32,
    /// What the contact's last message was read as, where automations are set: `opt_out`, `opt_in`, `help`,
    /// `automatic`, `question`, `thanks` or `other`; `null` while it was not.
    intent: Option<&'static str>,
    /// Where it answers, for each channel that the contact has written by.
    places: Vec<PlaceView>,
    /// The channel that a reply goes by when it names none; `null` when the contact has not written.
    #[schema(value_type = Option<wire::Channel>)]
    answers_by: Option<Channel>,
    /// Where more is taken, or for less, for some time only; also those that have closed.
    windows: Vec<WindowView>,
    /// The newest message to or from the contact, of any purpose.
    last_message: Option<LastMessageView>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// With whom.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationContact)]
pub(crate) struct ConversationContactView {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    #[schema(example = "+12025550123")]
    phone: Option<String>,
    whatsapp_phone: Option<String>,
    email: Option<String>,
}

/// Where a conversation answers on one channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Place)]
pub(crate) struct PlaceView {
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    account_id: String,
    sender_id: Option<String>,
    /// The sender of ours that the contact wrote to.
    ours: String,
    /// The address that the contact wrote from.
    theirs: String,
    /// When the contact last wrote here.
    written_at: Timestamp,
}

/// A period in which a channel takes more, or for less.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Window)]
pub(crate) struct WindowView {
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    /// `service`: the contact has written, and free text is taken. `free_entry_point`: the contact came by an
    /// advertisement, and everything is free.
    kind: &'static str,
    is_open: bool,
    /// The instant at which it closes, or closed.
    closes_at: Timestamp,
}

/// What was said last.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LastMessage)]
pub(crate) struct LastMessageView {
    id: String,
    /// `outbound` or `inbound`.
    direction: &'static str,
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    #[schema(value_type = wire::MessageStatus)]
    status: &'static str,
    text: String,
    media: Vec<MediaView>,
    created_at: Timestamp,
}

/// What somebody has written down; the contact never sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub(crate) struct NoteView {
    #[schema(example = "note_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    conversation_id: String,
    author: String,
    text: String,
    created_at: Timestamp,
}

impl ConversationView {
    /// The conversation as it is at an instant, which says whether windows are open.
    pub(super) fn at(now: OffsetDateTime, thread: Thread) -> Self {
        let conversation: Conversation = thread.conversation;
        let windows = conversation.windows();
        Self {
            id: conversation.id.to_string(),
            contact: thread.contact.into(),
            status: conversation.status.as_str(),
            assignee: conversation.assignee.as_ref().map(ToString::to_string),
            labels: conversation
                .labels
                .iter()
                .map(ToString::to_string)
                .collect(),
            unread: conversation.unread,
            intent: conversation.intent.map(Intent::as_str),
            answers_by: conversation.answers().map(|place| place.channel),
            windows: windows
                .into_iter()
                .map(|window| WindowView::at(now, window))
                .collect(),
            places: conversation.places.into_iter().map(Into::into).collect(),
            last_message: thread.latest.map(Into::into),
            created_at: conversation.created_at.into(),
            updated_at: conversation.updated_at.into(),
        }
    }
}

impl ConversationView {
    /// What is attached to what was said last.
    pub(super) fn media(&mut self) -> &mut [MediaView] {
        match &mut self.last_message {
            Some(message) => &mut message.media,
            None => &mut [],
        }
    }
}

impl WindowView {
    fn at(now: OffsetDateTime, window: Window) -> Self {
        Self {
            channel: window.channel,
            kind: window.kind.as_str(),
            is_open: window.is_open(now),
            closes_at: window.closes_at.into(),
        }
    }
}

impl From<Contact> for ConversationContactView {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id.to_string(),
            first_name: contact.first_name,
            last_name: contact.last_name,
            phone: contact.phone.map(|phone| phone.to_string()),
            whatsapp_phone: contact.whatsapp_phone.map(|phone| phone.to_string()),
            email: contact.email,
        }
    }
}

impl From<Place> for PlaceView {
    fn from(place: Place) -> Self {
        Self {
            channel: place.channel,
            account_id: place.account.to_string(),
            sender_id: place.sender.map(|sender| sender.to_string()),
            ours: place.ours,
            theirs: place.theirs.to_string(),
            written_at: place.written_at.into(),
        }
    }
}

impl From<Message> for LastMessageView {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.to_string(),
            direction: message.direction.as_str(),
            channel: message.channel,
            status: message.status.as_str(),
            text: message.content.text,
            media: message.content.media.into_iter().map(Into::into).collect(),
            created_at: message.created_at.into(),
        }
    }
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            id: note.id.to_string(),
            conversation_id: note.conversation.to_string(),
            author: note.author.to_string(),
            text: note.text.as_str().to_owned(),
            created_at: note.created_at.into(),
        }
    }
}
