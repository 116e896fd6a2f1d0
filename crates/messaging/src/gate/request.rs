use super::ContentFacts;
use crate::{Address, Known, Message, TemplateFacts};
use serde::{Deserialize, Serialize};
use tidings_kernel::{Channel, Purpose, TemplateId};
use tidings_quiet_hours::{Override, Urgency};
use time::OffsetDateTime;

/// What the gate is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRequest {
    /// The channel.
    pub channel: Channel,
    /// Why it is to be sent, as it was declared.
    pub purpose: Purpose,
    /// Where to, if the contact has an address there.
    pub to: Option<Address>,
    /// The template it was made from, if any.
    pub template: Option<TemplateId>,
    /// The locale of the template's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_locale: Option<String>,
    /// Whether it was taken in before and waits: then it goes on waiting for what is away for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_waiting: bool,
    /// Whether it calls a WhatsApp template, and so may start a conversation.
    pub calls_template: bool,
    /// What the rules about content need to know of it.
    pub content: ContentFacts,
    /// The tenant's own grouping.
    pub topic: Option<String>,
    /// Until when it matters.
    #[serde(with = "time::serde::rfc3339::option")]
    pub valid_until: Option<OffsetDateTime>,
    /// Whether it can wait for better hours.
    #[serde(default)]
    pub urgency: Urgency,
    /// Who answers for an emergency that goes against the contact's wish. Without meaning for any other
    /// purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_by: Option<Override>,
    /// The version of the record that it was written from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<u64>,
}

impl GateRequest {
    /// The request for a message that exists.
    pub fn of(message: &Message, known: &Known) -> Self {
        Self {
            channel: message.channel,
            purpose: message.purpose,
            to: Some(message.contact_address.clone()),
            template: message.template,
            template_locale: message.template_use.as_ref().map(|it| it.locale.clone()),
            is_waiting: true,
            calls_template: message.content.template.is_some(),
            content: ContentFacts::in_language(
                &message.content,
                message.channel,
                known,
                message.template_use.as_ref().map(|it| it.locale.as_str()),
            ),
            topic: message.topic.clone(),
            valid_until: message.valid_until,
            urgency: message.urgency,
            override_by: message.override_by.clone(),
            source_version: message.context.as_ref().and_then(|context| context.version),
        }
    }

    /// What it is judged as: the stricter of what was declared and what it is. A message that promotes
    /// something, or whose template has become a marketing template, is marketing (compliance reference,
    /// L68 and L88). What answers the contact in free text, and what the system itself says, stays what it
    /// is.
    pub fn judged_as(&self, template: Option<&TemplateFacts>) -> Purpose {
        let purpose_of = |it: &TemplateFacts| it.purpose_in(self.template_locale.as_deref());
        let is_template = || template.is_some_and(|it| purpose_of(it) == Purpose::Marketing);
        let is_marketing = || !self.content.promotes.is_empty() || is_template();
        match self.purpose {
            // Nobody writes an answer with a marketing template.
            Purpose::Conversational if is_template() => Purpose::Marketing,
            Purpose::Transactional
            | Purpose::Reminder
            | Purpose::Authentication
            | Purpose::Emergency
                if is_marketing() =>
            {
                Purpose::Marketing
            }
            declared => declared,
        }
    }
}
