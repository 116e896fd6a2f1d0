//! What events of each kind say.

use crate::{
    Failure, HealthChange, Media, Message, ProviderTemplate, Rerated, Status, StoredTemplate, Tier,
    TimelineEntry,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidings_consent::{Action, Channels, ConsentEvent, Method, Purposes};
use tidings_kernel::{
    AccountId, Channel, ConsentEventId, ContactId, ConversationId, MessageId, Region, SenderId,
    TemplateId, WebhookEndpointId,
};
use tidings_routing::Class;
use tidings_templates::{ApprovalStatus, Quality};

/// A message came to a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStatus {
    /// The message.
    pub message_id: MessageId,
    /// To whom it goes.
    pub contact_id: ContactId,
    /// By which channel.
    pub channel: Channel,
    /// What its status became.
    pub status: Status,
    /// Who said so: `api`, `gate`, `worker`, or a provider's name.
    pub source: String,
    /// Why it failed, for one that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failed>,
}

impl MessageStatus {
    /// What an entry of a message's timeline tells. Why it failed is to be added.
    pub fn of(message: &Message, entry: &TimelineEntry) -> Self {
        Self {
            message_id: message.id,
            contact_id: message.contact,
            channel: message.channel,
            status: entry.status,
            source: entry.source.clone(),
            error: None,
        }
    }
}

/// Why a message failed, without what a provider says in words: that may be personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// What the failure is about.
    pub class: Class,
    /// The provider's code, or ours.
    pub code: String,
}

impl From<&Failure> for Failed {
    fn from(failure: &Failure) -> Self {
        Self {
            class: failure.class,
            code: failure.code.clone(),
        }
    }
}

/// A contact wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The message.
    pub message_id: MessageId,
    /// From whom.
    pub contact_id: ContactId,
    /// By which channel.
    pub channel: Channel,
    /// What the message says. It is not kept with the event but read from the message whenever the event is, so that
    /// it is gone when the message's content is.
    #[serde(flatten)]
    pub said: Option<Said>,
}

/// What a message says, and between whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The contact's address.
    pub from: Option<String>,
    /// Ours.
    pub to: String,
    /// The text.
    pub text: String,
    /// The files.
    pub media: Vec<Media>,
}

impl Received {
    /// What is kept of a message that came in.
    pub const fn of(message: &Message) -> Self {
        Self {
            message_id: message.id,
            contact_id: message.contact,
            channel: message.channel,
            said: None,
        }
    }

    /// Adds what the message says.
    pub fn read(&mut self, message: &Message) {
        self.said = Some(Said {
            from: message.from.clone(),
            to: message.to.clone(),
            text: message.content.text.clone(),
            media: message.content.media.clone(),
        });
    }
}

/// A conversation was moved or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationUpdated {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// With whom.
    pub contact_id: ContactId,
    /// What is new of it; what one step has changed is told together.
    pub changed: Vec<ConversationPart>,
    /// Where it is kept since: `open`, `archived` or `blocked`.
    pub status: String,
    /// How many of the contact's messages nobody has read since.
    pub unread: u32,
}

/// A part of a conversation that can be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationPart {
    /// The contact wrote, or was answered.
    Messages,
    /// What the contact wrote was read.
    Read,
    /// Where it is kept.
    Status,
    /// Who sees to it.
    Assignee,
    /// What it is sorted by.
    Labels,
    /// What the contact's last message was read as.
    Intent,
    /// Somebody wrote something down beside it.
    Notes,
}

/// Messages go through an account no more, or again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHealth {
    /// The account.
    pub account_id: AccountId,
    /// For which destination; for all when there is none.
    pub region: Option<Region>,
    /// What it became: `closed`, `open`, `half_open`, `out`; `rated` when a provider says something else than before of a
    /// number of it.
    pub state: String,
    /// Why.
    pub reason: String,
    /// The number that is rated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<RatedNumber>,
}

/// How a provider sees a number of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatedNumber {
    /// The sender.
    pub sender_id: SenderId,
    /// How people take what it sends: `unknown`, `green`, `yellow`, `red`.
    pub quality: Quality,
    /// How many people it may write to first, in the provider's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging_limit: Option<Tier>,
    /// What is left of marketing: `free`, `slowed`, `held`.
    pub marketing: String,
}

impl From<&Rerated> for AccountHealth {
    fn from(rerated: &Rerated) -> Self {
        let after = &rerated.after;
        Self {
            account_id: rerated.account,
            region: None,
            state: "rated".to_owned(),
            reason: "the provider rates a number otherwise".to_owned(),
            number: Some(RatedNumber {
                sender_id: rerated.sender,
                quality: after.quality(),
                messaging_limit: after.tier.as_ref().map(|told| told.value.clone()),
                marketing: after.marketing().as_str().to_owned(),
            }),
        }
    }
}

impl AccountHealth {
    /// What a change of a circuit tells; nothing, when it changed in numbers alone.
    pub fn of(change: &HealthChange) -> Option<Self> {
        Some(Self {
            account_id: change.way.account,
            region: change.way.region,
            state: change.health.circuit.as_str().to_owned(),
            reason: change.reason.clone()?,
            number: None,
        })
    }
}

/// Whether a template may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateStanding {
    /// The template.
    pub template_id: TemplateId,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: ApprovalStatus,
    /// What each provider says of it.
    pub provider_status: BTreeMap<String, ProviderTemplate>,
}

impl From<&StoredTemplate> for TemplateStanding {
    fn from(template: &StoredTemplate) -> Self {
        Self {
            template_id: template.id,
            name: template.name.clone(),
            status: template.status,
            provider_status: template.provider_status.clone(),
        }
    }
}

/// Something about a contact, whose data are to be read where they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactNamed {
    /// The contact.
    pub contact_id: ContactId,
}

/// Two contacts are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMerged {
    /// The contact that stays, with everything of both.
    pub contact_id: ContactId,
    /// The one that is no contact any more.
    pub merged_id: ContactId,
}

/// A consent event, without its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentNoted {
    /// The consent event.
    pub consent_event_id: ConsentEventId,
    /// Whom it is about.
    pub contact_id: ContactId,
    /// What happened.
    pub action: Action,
    /// On which channels.
    pub channels: Channels,
    /// For which purposes.
    pub purposes: Purposes,
    /// How it reached us.
    pub method: Method,
}

impl From<&ConsentEvent> for ConsentNoted {
    fn from(event: &ConsentEvent) -> Self {
        Self {
            consent_event_id: event.id,
            contact_id: event.contact,
            action: event.action,
            channels: event.channels.clone(),
            purposes: event.purposes.clone(),
            method: event.method,
        }
    }
}

/// An endpoint for webhooks is called no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointDisabled {
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// Why, for people.
    pub reason: String,
}

/// Somebody wants to see whether an endpoint works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointTested {
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
}
