use crate::{Address, Attempt, Content, Decision, Segments, SourceKey, Stage, Status, TraceId};
use serde::{Deserialize, Serialize};
use tidings_kernel::{
    AccountId, Channel, ContactId, ConversationId, DecisionId, MessageId, Money, Purpose, SenderId,
    TemplateId, TenantId,
};
use tidings_quiet_hours::{Override, Urgency};
use time::OffsetDateTime;

/// One thing to be delivered to one contact, or received from one.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// The contact.
    pub contact: ContactId,
    /// To or from the contact.
    pub direction: Direction,
    /// The channel.
    pub channel: Channel,
    /// Why it is sent; what came in is conversational.
    pub purpose: Purpose,
    /// Where it is in its life.
    pub status: Status,
    /// Since when.
    pub status_at: OffsetDateTime,
    /// What it says.
    pub content: Content,
    /// The template it was made from.
    pub template: Option<TemplateId>,
    /// The template as the tenant named it, for showing.
    pub template_use: Option<TemplateUse>,
    /// The sender's address, once chosen; for what came in, the contact's.
    pub from: Option<String>,
    /// The contact's address; for what came in, our sender's.
    pub to: String,
    /// The kind of the contact's address.
    pub contact_address: Address,
    /// 1 is most urgent, 10 least; within the class of its purpose.
    pub priority: u8,
    /// When the tenant wants it sent.
    pub scheduled_at: Option<OffsetDateTime>,
    /// When it is to be sent, for what waits.
    pub send_at: Option<OffsetDateTime>,
    /// Until when it matters.
    pub valid_until: Option<OffsetDateTime>,
    /// Whether it can wait for better hours.
    pub urgency: Urgency,
    /// Who answers for an emergency that goes against the contact's wish.
    pub override_by: Option<Override>,
    /// Billed parts, for SMS.
    pub segments: Option<Segments>,
    /// What it should cost.
    pub cost_estimated: Option<Money>,
    /// What it did cost, once known.
    pub cost_actual: Option<Money>,
    /// What it is about, in the tenant's own system.
    pub context: Option<Context>,
    /// The tenant's own grouping.
    pub topic: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// The account that the tenant asked for; for what came in, the one it came through.
    pub account: Option<AccountId>,
    /// The sender that the tenant asked for.
    pub sender: Option<SenderId>,
    /// The provider's id of what came in.
    pub provider_message_id: Option<String>,
    /// The trace of the request that it came with.
    pub trace: Option<TraceId>,
    /// When it was taken in.
    pub created_at: OffsetDateTime,
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the contact.
    Outbound,
    /// From the contact.
    Inbound,
}

impl Direction {
    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }

    /// Reads the stored name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Outbound, Self::Inbound]
            .into_iter()
            .find(|direction| direction.as_str() == text)
    }
}

/// What a message is about, in the tenant's own system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Such as `booking`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Such as the booking's number.
    pub id: String,
    /// The version of the record that the message was written from; grows with every change of it.
    /// A message about an older version than the tenant has [announced](crate::Sources) is not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// A template as the tenant named it when sending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemplateUse {
    /// Its name.
    pub name: String,
    /// The locale of the variant that was chosen.
    pub locale: String,
    /// The values that were merged in.
    pub data: serde_json::Map<String, serde_json::Value>,
}

/// A status and when the message came to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// The status.
    pub status: Status,
    /// Since when.
    pub at: OffsetDateTime,
    /// Who said so: `api`, `gate`, `worker`, or a provider's name.
    pub source: String,
}

/// A message with its history.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRecord {
    /// The message.
    pub message: Message,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Its statuses, oldest first.
    pub timeline: Vec<TimelineEntry>,
}

impl MessageRecord {
    /// When it left us for the first time; for what came in, when it came.
    pub fn sent_at(&self) -> Option<OffsetDateTime> {
        let sent = self.timeline.iter().find(|entry| entry.status.has_left());
        sent.map(|entry| entry.at)
    }
}

/// A decision as it was stored, with the facts it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRecord {
    /// Its id.
    pub id: DecisionId,
    /// The message.
    pub message: MessageId,
    /// When in the message's life.
    pub stage: Stage,
    /// What was asked.
    pub request: crate::GateRequest,
    /// What was known.
    pub facts: crate::Facts,
    /// What was decided.
    pub decision: Decision,
    /// The route that was chosen, for those that went on to one.
    pub route: Option<tidings_routing::Choice>,
    /// The other channels that were asked about, in the order of preference: those before the one that
    /// was taken, or all after the first when none could be.
    pub others: Vec<Considered>,
}

/// A channel that the gate was asked about, and that was not taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Considered {
    /// What was asked.
    pub request: crate::GateRequest,
    /// What was known.
    pub facts: crate::Facts,
}

impl Context {
    /// The record whose newest version matters, if a version is named.
    pub fn source(&self) -> Option<SourceKey> {
        self.version.map(|_| SourceKey {
            kind: self.kind.clone(),
            id: self.id.clone(),
        })
    }
}

impl Message {
    /// The thread that it belongs to: one for each contact, across channels.
    pub const fn conversation(&self) -> ConversationId {
        ConversationId::from_uuid(self.contact.uuid())
    }
}
