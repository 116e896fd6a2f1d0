use super::{
    whatsapp_products::{OrderView, ProductBody},
    whatsapp_request::WhatsappBody,
};
use crate::wire::{self, Timestamp};
use serde::Serialize;
use serde_json::Value;
use tidings_kernel::{Channel, MediaId, Money, Purpose};
use tidings_messaging::{
    Attempt, Context, Media, MessageRecord, Segments, TimelineEntry,
    media::{MediaKind, MediaLinks, MediaRecord, MediaState, kept_as},
    send::Prepared,
};
use tidings_routing::ProviderError;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// One thing to be delivered to one contact, or received from one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView {
    #[schema(example = "msg_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    tenant_id: String,
    contact_id: String,
    conversation_id: String,
    /// `outbound` or `inbound`.
    direction: &'static str,
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    #[schema(value_type = wire::Purpose)]
    purpose: Purpose,
    #[schema(value_type = wire::MessageStatus)]
    status: &'static str,
    status_at: Timestamp,
    text: String,
    template: Option<TemplateUseView>,
    media: Vec<MediaView>,
    /// What only WhatsApp has, as it was asked for; without `reply_to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    whatsapp: Option<WhatsappBody>,
    /// The cart that came with an inbound message.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderView>,
    /// The product that the contact was looking at when they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    referred_product: Option<ProductBody>,
    /// The sender's address, once chosen.
    from: Option<String>,
    to: String,
    /// 1 is first, 10 last.
    priority: u8,
    scheduled_at: Option<Timestamp>,
    /// When it is to be sent, for what waits.
    send_at: Option<Timestamp>,
    valid_until: Option<Timestamp>,
    /// For SMS.
    segments: Option<SegmentsView>,
    cost: CostView,
    attempts: Vec<AttemptView>,
    timeline: Vec<TimelineView>,
    context: Option<ContextBody>,
    topic: Option<String>,
    tags: Vec<String>,
    created_at: Timestamp,
}

/// The template that a message was made from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateUse)]
pub(crate) struct TemplateUseView {
    name: String,
    /// The locale of the variant that was chosen.
    locale: String,
    data: serde_json::Map<String, Value>,
}

/// An attachment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Media)]
pub(crate) struct MediaView {
    /// Of a file that we keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "med_01h2xcejqtf2nbrexx3vqjhp41")]
    id: Option<String>,
    /// Where it is. That of a file that we keep works for an hour, without a key, and is `null` where there is
    /// nothing to fetch, and in answers that only take a message in: `GET /v1/media/{id}` gives a new one.
    url: Option<String>,
    /// Of a file that we keep what its bytes tell, else what was said.
    content_type: Option<String>,
    /// Of a file that we keep: `pending`, `stored` or `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Why it is `refused`: `too_large`, `empty`, `gone`, `foreign`, `not_fetched` or `no_room`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// How large it is, once it is `stored`.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// How many billed parts an SMS has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Segments)]
pub(crate) struct SegmentsView {
    /// `gsm7` or `ucs2`.
    #[schema(value_type = String)]
    encoding: tidings_segmentation::Encoding,
    /// Septets or 16-bit units.
    units: u32,
    /// Parts.
    count: u32,
}

/// What a message should cost and did cost, as far as known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cost)]
pub(crate) struct CostView {
    #[schema(value_type = Option<wire::Money>)]
    estimated: Option<Money>,
    #[schema(value_type = Option<wire::Money>)]
    actual: Option<Money>,
}

/// One call to one provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptView {
    #[schema(example = "att_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    account_id: String,
    provider: String,
    /// The sender's address, as it was then.
    sender: String,
    started_at: Timestamp,
    /// `accepted`, `rejected` or `unknown`; `null` while the call is under way.
    outcome: Option<&'static str>,
    provider_message_id: Option<String>,
    error: Option<AttemptErrorView>,
}

/// Why an attempt was refused, or why delivery failed later.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptError)]
pub(crate) struct AttemptErrorView {
    #[schema(value_type = wire::ErrorClass)]
    class: &'static str,
    /// Stable, for programs: the class.
    code: &'static str,
    /// The provider's own code.
    provider_code: String,
    /// The provider's own words.
    detail: String,
    /// What a person can do about it.
    advice: String,
}

/// A status and since when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
pub(crate) struct TimelineView {
    #[schema(value_type = wire::MessageStatus)]
    status: &'static str,
    at: Timestamp,
    /// `api`, `gate`, `worker`, or a provider's name.
    source: String,
}

/// What a message is about, in the tenant's own system.
#[derive(Debug, Clone, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Context)]
pub(crate) struct ContextBody {
    #[serde(rename = "type")]
    #[schema(example = "booking")]
    pub(crate) kind: String,
    pub(crate) id: String,
    /// The version of the record that the message was written from; a newer one that was announced by
    /// `PUT /v1/sources/{type}/{id}` stops the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
}

impl From<Segments> for SegmentsView {
    fn from(segments: Segments) -> Self {
        Self {
            encoding: segments.encoding,
            units: segments.units,
            count: segments.count,
        }
    }
}

impl CostView {
    pub(crate) fn estimate(estimated: Option<Money>) -> Self {
        Self {
            estimated,
            actual: None,
        }
    }
}

impl From<Media> for MediaView {
    fn from(media: Media) -> Self {
        let id = kept_as(&media).map(|id| id.to_string());
        Self {
            url: id.is_none().then_some(media.url),
            id,
            content_type: media.content_type,
            status: None,
            reason: None,
            bytes: None,
        }
    }
}

impl MediaView {
    /// Of which file of ours it speaks.
    pub(super) fn id(&self) -> Option<MediaId> {
        self.id.as_deref()?.parse().ok()
    }

    /// A file of ours as it is at an instant.
    pub(super) fn at(links: &MediaLinks, record: &MediaRecord, now: OffsetDateTime) -> Self {
        let mut view = Self {
            id: Some(record.id.to_string()),
            url: None,
            content_type: None,
            status: Some(record.state.as_str()),
            reason: None,
            bytes: None,
        };
        match &record.state {
            MediaState::Pending | MediaState::Removed => {
                let origin = record.origin.as_ref();
                view.content_type = origin.and_then(|origin| origin.source.content_type.clone());
            }
            MediaState::Stored { file, .. } => {
                let kind = MediaKind::named(&file.content_type);
                let link = links.for_tenant(record.tenant, record.id, now);
                view.url = Some(links.url(&link, kind));
                view.content_type = Some(file.content_type.clone());
                view.bytes = Some(file.bytes);
            }
            MediaState::Refused(reason) => view.reason = Some(reason.as_str()),
        }
        view
    }
}

impl MessageView {
    /// What is attached.
    pub(super) fn media(&mut self) -> &mut [MediaView] {
        &mut self.media
    }
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            account_id: attempt.account.to_string(),
            provider: attempt.provider,
            sender: attempt.sender_address,
            started_at: attempt.started_at.into(),
            outcome: attempt.outcome.map(tidings_messaging::OutcomeKind::as_str),
            provider_message_id: attempt.provider_message_id,
            error: attempt.error.map(Into::into),
        }
    }
}

impl From<ProviderError> for AttemptErrorView {
    fn from(error: ProviderError) -> Self {
        Self {
            class: error.class.as_str(),
            code: error.class.as_str(),
            provider_code: error.provider_code,
            detail: error.detail,
            advice: error.advice,
        }
    }
}

impl From<TimelineEntry> for TimelineView {
    fn from(entry: TimelineEntry) -> Self {
        Self {
            status: entry.status.as_str(),
            at: entry.at.into(),
            source: entry.source,
        }
    }
}

impl From<Context> for ContextBody {
    fn from(context: Context) -> Self {
        Self {
            kind: context.kind,
            id: context.id,
            version: context.version,
        }
    }
}

impl From<MessageRecord> for MessageView {
    fn from(record: MessageRecord) -> Self {
        let mut message = record.message;
        let shopping = message.content.shopping.take().unwrap_or_default();
        Self {
            id: message.id.to_string(),
            tenant_id: message.tenant.to_string(),
            contact_id: message.contact.to_string(),
            conversation_id: message.conversation().to_string(),
            direction: message.direction.as_str(),
            channel: message.channel,
            purpose: message.purpose,
            status: message.status.as_str(),
            status_at: message.status_at.into(),
            text: message.content.text,
            template: message.template_use.map(|used| TemplateUseView {
                name: used.name,
                locale: used.locale,
                data: used.data,
            }),
            media: message.content.media.into_iter().map(Into::into).collect(),
            whatsapp: message.content.rich.and_then(WhatsappBody::of),
            order: shopping.order.map(Into::into),
            referred_product: shopping.product.map(Into::into),
            from: message.from,
            to: message.to,
            priority: message.priority,
            scheduled_at: message.scheduled_at.map(Into::into),
            send_at: message.send_at.map(Into::into),
            valid_until: message.valid_until.map(Into::into),
            segments: message.segments.map(Into::into),
            cost: CostView {
                estimated: message.cost_estimated,
                actual: message.cost_actual,
            },
            attempts: record.attempts.into_iter().map(Into::into).collect(),
            timeline: record.timeline.into_iter().map(Into::into).collect(),
            context: message.context.map(Into::into),
            topic: message.topic,
            tags: message.tags,
            created_at: message.created_at.into(),
        }
    }
}

impl From<&Prepared> for MessageView {
    /// The message as it will be when it is stored: its answer is stored in the same step.
    fn from(prepared: &Prepared) -> Self {
        let message = prepared.new.message.clone();
        let timeline = prepared.new.timeline();
        MessageRecord {
            message,
            attempts: Vec::new(),
            timeline,
        }
        .into()
    }
}
