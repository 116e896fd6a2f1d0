use super::{
    fallback::FallbackBody,
    message_content::{MediaBody, TemplateBody, content, media, refuse_uploads},
    message_view::ContextBody,
    sources::{NEWEST, check_key},
    whatsapp_request::WhatsappBody,
};
use crate::{
    checks::Checks,
    error::ApiError,
    wire::{self, Timestamp, given},
};
use serde::{Deserialize, Deserializer, de};
use std::fmt;
use tidings_kernel::{AccountId, ApiKeyId, Channel, ContactId, Purpose, Region, SenderId};
use tidings_messaging::{
    Context,
    send::{ChannelWish, Edit, Recipient, SendRequest},
};
use tidings_quiet_hours::{Override, Urgency};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Array, ObjectBuilder, OneOfBuilder, RefOr, Schema, schema::Type},
};

/// Something to send.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub(crate) struct NewMessageBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = RecipientBody, required)]
    to: Option<RecipientBody>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = ChannelBody, required)]
    channel: Option<ChannelBody>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = wire::Purpose, required)]
    purpose: Option<Purpose>,
    /// What to say; instead of `template`.
    text: Option<String>,
    template: Option<TemplateBody>,
    /// What only WhatsApp has; with `text` or without, as its kind takes it.
    whatsapp: Option<WhatsappBody>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<MediaBody>, required = false)]
    media: Option<Vec<MediaBody>>,
    /// The subject of an email.
    subject: Option<String>,
    /// The only sender to use.
    #[schema(value_type = Option<String>, example = "snd_01h2xcejqtf2nbrexx3vqjhp41")]
    sender_id: Option<SenderId>,
    /// The only account to use.
    #[schema(value_type = Option<String>, example = "acc_01h2xcejqtf2nbrexx3vqjhp41")]
    account_id: Option<AccountId>,
    /// 1 is first, 10 last.
    #[schema(default = 5, minimum = 1, maximum = 10)]
    priority: Option<u8>,
    /// Not before this instant.
    scheduled_at: Option<Timestamp>,
    /// `recipient` and `tenant` are not offered yet: `not_supported`.
    schedule_zone: Option<ScheduleZone>,
    /// Not sent after this instant.
    valid_until: Option<Timestamp>,
    /// `time_critical` for what is of today or never: transactional messages and reminders are then not
    /// held back by hours. `ordinary` when left out.
    urgency: Option<UrgencyBody>,
    /// For emergencies alone, and with the scope `manage`: they go out against the contact's wish, and the
    /// API key answers for it. What the law forbids stays forbidden.
    #[serde(rename = "override")]
    override_by: Option<OverrideBody>,
    /// The tenant's own grouping, which a contact can set a channel for.
    topic: Option<String>,
    context: Option<ContextBody>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, required = false)]
    tags: Option<Vec<String>>,
    fallback: Option<FallbackBody>,
    /// Only say what would happen; nothing is stored.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// To whom: a contact, or whoever has a number.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Recipient)]
pub(crate) struct RecipientBody {
    #[schema(value_type = Option<String>, example = "con_01h2xcejqtf2nbrexx3vqjhp41")]
    contact_id: Option<ContactId>,
    /// Any format that can be read with `region` or the tenant's region; a new number becomes a contact.
    phone: Option<String>,
    #[schema(value_type = Option<String>, example = "US")]
    region: Option<Region>,
}

/// Whose clock `scheduled_at` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScheduleZone {
    Utc,
    Recipient,
    Tenant,
}

/// Whether it can wait for better hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Urgency)]
pub(crate) enum UrgencyBody {
    Ordinary,
    TimeCritical,
}

impl From<UrgencyBody> for Urgency {
    fn from(urgency: UrgencyBody) -> Self {
        match urgency {
            UrgencyBody::Ordinary => Self::Ordinary,
            UrgencyBody::TimeCritical => Self::TimeCritical,
        }
    }
}

/// Why an emergency goes against the contact's wish.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Override)]
pub(crate) struct OverrideBody {
    /// Why it cannot wait. Kept with the decision, for review.
    #[schema(max_length = 500, example = "Gas leak in the building")]
    reason: String,
}

/// `"auto"`, one channel, or several in order of preference.
#[derive(Debug, Clone)]
pub(crate) struct ChannelBody(ChannelWish);

impl<'de> Deserialize<'de> for ChannelBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ChannelBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"auto\", a channel, or a list of channels")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ChannelBody, E> {
                if text == "auto" {
                    return Ok(ChannelBody(ChannelWish::Auto));
                }
                let channel = text.parse().map_err(E::custom)?;
                Ok(ChannelBody(ChannelWish::Order(vec![channel])))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<ChannelBody, A::Error> {
                let mut channels: Vec<Channel> = Vec::new();
                while let Some(channel) = list.next_element()? {
                    if !channels.contains(&channel) {
                        channels.push(channel);
                    }
                }
                Ok(ChannelBody(ChannelWish::Order(channels)))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl PartialSchema for ChannelBody {
    fn schema() -> RefOr<Schema> {
        let one = || wire::Channel::schema();
        let auto = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["auto"]));
        OneOfBuilder::new()
            .item(auto)
            .item(one())
            .item(Array::new(one()))
            .description(Some(
                "`auto`, one channel, or several in order of preference",
            ))
            .into()
    }
}

impl ToSchema for ChannelBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "ChannelChoice".into()
    }
}

/// A change before sending: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessagePatch {
    #[serde(default, deserialize_with = "given")]
    text: Option<String>,
    #[serde(default, deserialize_with = "given")]
    scheduled_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 1, maximum = 10)]
    priority: Option<u8>,
}

impl MessagePatch {
    /// The change in the domain's terms.
    pub(crate) fn edit(self) -> Result<Edit, ApiError> {
        let mut checks = Checks::default();
        if self.priority.is_some_and(|p| !(1..=10).contains(&p)) {
            checks.refuse(
                "/priority",
                "out_of_range",
                "priority goes from 1 (first) to 10",
            );
        }
        checks.done()?;
        Ok(Edit {
            text: self.text,
            scheduled_at: self.scheduled_at.map(|at| at.0),
            priority: self.priority,
        })
    }
}

impl NewMessageBody {
    /// What is said here, and for the rest what `defaults` say. Text and template stand for each other; a
    /// template's data are put together.
    pub(crate) fn over(self, defaults: &Self) -> Self {
        let has_text = self.text.is_some();
        let has_template = self.template.is_some();
        let template = match (self.template, &defaults.template) {
            (Some(own), Some(common)) => Some(own.over(common)),
            (None, Some(common)) if !has_text => Some(common.clone()),
            (own, _) => own,
        };
        let common_text = defaults.text.as_ref().filter(|_| !has_template);
        let common_form = defaults.whatsapp.as_ref().filter(|_| !has_template);
        Self {
            to: self.to,
            channel: self.channel.or_else(|| defaults.channel.clone()),
            purpose: self.purpose.or(defaults.purpose),
            text: self.text.or_else(|| common_text.cloned()),
            template,
            whatsapp: self.whatsapp.or_else(|| common_form.cloned()),
            media: self.media.or_else(|| defaults.media.clone()),
            subject: self.subject.or_else(|| defaults.subject.clone()),
            sender_id: self.sender_id.or(defaults.sender_id),
            account_id: self.account_id.or(defaults.account_id),
            priority: self.priority.or(defaults.priority),
            scheduled_at: self.scheduled_at.or(defaults.scheduled_at),
            schedule_zone: self.schedule_zone.or(defaults.schedule_zone),
            valid_until: self.valid_until.or(defaults.valid_until),
            urgency: self.urgency.or(defaults.urgency),
            override_by: self.override_by.or_else(|| defaults.override_by.clone()),
            topic: self.topic.or_else(|| defaults.topic.clone()),
            context: self.context.or_else(|| defaults.context.clone()),
            tags: self.tags.or_else(|| defaults.tags.clone()),
            fallback: self.fallback.or_else(|| defaults.fallback.clone()),
            dry_run: self.dry_run || defaults.dry_run,
        }
    }

    /// Refuses what is offered for one message at a time.
    pub(crate) fn refuse_uploads(&self) -> Result<(), ApiError> {
        refuse_uploads(self.media.as_deref())
    }

    /// Whether it says to whom it goes.
    pub(crate) const fn has_recipient(&self) -> bool {
        self.to.is_some()
    }

    /// Whether it asks for what needs a stronger key.
    pub(crate) const fn has_override(&self) -> bool {
        self.override_by.is_some()
    }

    /// The request in the domain's terms, or what is wrong with it. `key` answers for an override.
    pub(crate) fn request(self, key: ApiKeyId) -> Result<SendRequest, ApiError> {
        self.refuse_what_comes_later()?;
        let mut checks = Checks::default();
        let to = needed(&mut checks, "/to", self.to).and_then(|to| to.recipient(&mut checks));
        let channel = needed(&mut checks, "/channel", self.channel);
        let purpose = needed(&mut checks, "/purpose", self.purpose);
        let media = media(&mut checks, self.media);
        let said = (self.text, self.template, self.whatsapp);
        let content = content(&mut checks, said, &media);
        checks.text("/subject", self.subject.as_deref(), 500);
        checks.text("/topic", self.topic.as_deref(), 100);
        if let Some(context) = &self.context {
            check_key(&mut checks, &context.kind, &context.id, "/context");
            if context.version.is_some_and(|version| version > NEWEST) {
                let detail = format!("at most {NEWEST}");
                checks.refuse("/context/version", "out_of_range", detail);
            }
        }
        let override_by = self
            .override_by
            .and_then(|wish| wish.checked(&mut checks, key));
        let tags = self.tags.unwrap_or_default();
        checks.tags(&tags);
        let fallback = self.fallback.map(|wish| wish.checked(&mut checks));
        checks.done()?;
        let (Some(to), Some(content), Some(channel), Some(purpose)) =
            (to, content, channel, purpose)
        else {
            return Err(ApiError::field("", "invalid_value", "this cannot be sent"));
        };
        Ok(SendRequest {
            to,
            channel: channel.0,
            purpose,
            content,
            media,
            subject: self.subject,
            sender: self.sender_id,
            account: self.account_id,
            priority: self.priority.unwrap_or(5),
            scheduled_at: self.scheduled_at.map(|at| at.0),
            valid_until: self.valid_until.map(|at| at.0),
            urgency: self.urgency.map(Into::into).unwrap_or_default(),
            override_by,
            topic: self.topic,
            context: self.context.map(|context| Context {
                kind: context.kind,
                id: context.id,
                version: context.version,
            }),
            tags,
            trace: None,
            fallback,
        })
    }

    fn refuse_what_comes_later(&self) -> Result<(), ApiError> {
        let refuse = ApiError::not_supported;
        match self.schedule_zone {
            None | Some(ScheduleZone::Utc) => Ok(()),
            Some(ScheduleZone::Recipient | ScheduleZone::Tenant) => {
                Err(refuse("/schedule_zone", "use utc for now"))
            }
        }
    }
}

/// A field that cannot be left out.
pub(super) fn needed<T>(checks: &mut Checks, pointer: &str, field: Option<T>) -> Option<T> {
    if field.is_none() {
        let name = pointer.rsplit('/').next().unwrap_or(pointer);
        checks.refuse(pointer, "missing_field", format!("missing field `{name}`"));
    }
    field
}

impl RecipientBody {
    fn recipient(self, checks: &mut Checks) -> Option<Recipient> {
        match (self.contact_id, self.phone) {
            (Some(contact), None) => Some(Recipient::Contact(contact)),
            (None, Some(text)) => Some(Recipient::Phone {
                text,
                region: self.region,
            }),
            (Some(_), Some(_)) => {
                checks.refuse("/to", "conflict", "give contact_id or phone, not both");
                None
            }
            (None, None) => {
                checks.refuse("/to", "missing_field", "give contact_id or phone");
                None
            }
        }
    }
}

impl OverrideBody {
    fn checked(self, checks: &mut Checks, key: ApiKeyId) -> Option<Override> {
        checks.text("/override/reason", Some(&self.reason), 500);
        // A blank reason was refused just now.
        Override::new(&key.to_string(), &self.reason).ok()
    }
}
