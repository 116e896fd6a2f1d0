use crate::{Address, Content, Message, Segments};
use serde::{Deserialize, Serialize};
use tidings_kernel::{Channel, Purpose, TemplateId};
use time::OffsetDateTime;

/// What the gate is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRequest {
    /// The channel.
    pub channel: Channel,
    /// Why it is to be sent.
    pub purpose: Purpose,
    /// Where to, if the contact has an address there.
    pub to: Option<Address>,
    /// The template it was made from, if any.
    pub template: Option<TemplateId>,
    /// Whether it calls a WhatsApp template, and so may start a conversation.
    pub calls_template: bool,
    /// What the rules about content need to know of it.
    pub content: ContentFacts,
    /// The tenant's own grouping.
    pub topic: Option<String>,
    /// Until when it matters.
    #[serde(with = "time::serde::rfc3339::option")]
    pub valid_until: Option<OffsetDateTime>,
}

/// What the rules about content need to know, so that a stored decision holds no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentFacts {
    /// Whether there is nothing in it.
    pub is_empty: bool,
    /// Its length in characters.
    pub characters: u32,
    /// Whether it has a control character other than line breaks.
    pub has_control_character: bool,
    /// How many attachments it has.
    pub media: u32,
    /// Billed parts, for SMS.
    pub segments: Option<u32>,
}

impl ContentFacts {
    /// Looks at a content.
    pub fn of(content: &Content, channel: Channel) -> Self {
        let is_control = |c: char| c.is_control() && c != '\n' && c != '\r';
        let segments = (channel == Channel::Sms).then(|| Segments::of(&content.text).count);
        Self {
            is_empty: content.is_empty(),
            characters: u32::try_from(content.text.chars().count()).unwrap_or(u32::MAX),
            has_control_character: content.text.chars().any(is_control),
            media: u32::try_from(content.media.len()).unwrap_or(u32::MAX),
            segments,
        }
    }
}

impl GateRequest {
    /// The request for a message that exists.
    pub fn of(message: &Message) -> Self {
        Self {
            channel: message.channel,
            purpose: message.purpose,
            to: Some(message.contact_address.clone()),
            template: message.template,
            calls_template: message.content.template.is_some(),
            content: ContentFacts::of(&message.content, message.channel),
            topic: message.topic.clone(),
            valid_until: message.valid_until,
        }
    }
}
