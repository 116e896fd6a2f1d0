use crate::convert::Place;
use serde_json::Value;
use tidings_kernel::{
    AccountId, AttemptId, ContactId, MessageId, SenderId, StoreError, TemplateId, TenantId,
};
use tidings_messaging::{
    Address, Attempt, Context, Direction, Message, OutcomeKind, Segments, TraceId,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `messages`.
pub(crate) struct MessageRow {
    pub(crate) tenant_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) contact_id: Uuid,
    pub(crate) direction: String,
    pub(crate) channel: String,
    pub(crate) purpose: String,
    pub(crate) status: String,
    pub(crate) status_at: OffsetDateTime,
    pub(crate) content: Value,
    pub(crate) template_id: Option<Uuid>,
    pub(crate) template_use: Option<Value>,
    pub(crate) from_address: Option<String>,
    pub(crate) to_address: String,
    pub(crate) address_kind: String,
    pub(crate) address_value: String,
    pub(crate) priority: i16,
    pub(crate) scheduled_at: Option<OffsetDateTime>,
    pub(crate) send_at: Option<OffsetDateTime>,
    pub(crate) valid_until: Option<OffsetDateTime>,
    pub(crate) segment_encoding: Option<String>,
    pub(crate) segment_units: Option<i32>,
    pub(crate) segment_count: Option<i32>,
    pub(crate) cost_estimated_micros: Option<i64>,
    pub(crate) cost_estimated_currency: Option<String>,
    pub(crate) cost_actual_micros: Option<i64>,
    pub(crate) cost_actual_currency: Option<String>,
    pub(crate) context_type: Option<String>,
    pub(crate) context_id: Option<String>,
    pub(crate) context_version: Option<i64>,
    pub(crate) urgency: String,
    pub(crate) override_by: Option<Value>,
    pub(crate) topic: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) account_id: Option<Uuid>,
    pub(crate) sender_id: Option<Uuid>,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) trace_id: Option<Uuid>,
    pub(crate) timeline: String,
    #[expect(
        dead_code,
        reason = "it is compared by the database, and read with the row"
    )]
    pub(crate) judged: Option<Vec<u8>>,
    #[expect(dead_code, reason = "whoever tells of a change reads it for itself")]
    pub(crate) status_webhook: Option<String>,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let place = Place::new("messages", row.id);
        let segments = match (row.segment_encoding, row.segment_units, row.segment_count) {
            (Some(encoding), Some(units), Some(count)) => Some(Segments {
                encoding: place.json("segment_encoding", Value::String(encoding))?,
                units: place.number("segment_units", units)?,
                count: place.number("segment_count", count)?,
            }),
            _ => None,
        };
        let version = row
            .context_version
            .map(|version| place.number("context_version", version))
            .transpose()?;
        let context = match (row.context_type, row.context_id, version) {
            (Some(kind), Some(id), version) => Some(Context { kind, id, version }),
            (None, None, None) => None,
            (_, _, _) => return Err(place.bad("context_id", "half a context")),
        };
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            contact: ContactId::from_uuid(row.contact_id),
            direction: Direction::parse(&row.direction)
                .ok_or_else(|| place.bad("direction", &row.direction))?,
            channel: place.parse("channel", &row.channel)?,
            purpose: place.parse("purpose", &row.purpose)?,
            status: place.parse("status", &row.status)?,
            status_at: row.status_at,
            content: place.json("content", row.content)?,
            template: row.template_id.map(TemplateId::from_uuid),
            template_use: row
                .template_use
                .map(|value| place.json("template_use", value))
                .transpose()?,
            from: row.from_address,
            to: row.to_address,
            contact_address: Address::from_parts(&row.address_kind, &row.address_value)
                .ok_or_else(|| place.bad("address_value", "not an address of its kind"))?,
            priority: place.number("priority", row.priority)?,
            scheduled_at: row.scheduled_at,
            send_at: row.send_at,
            valid_until: row.valid_until,
            urgency: place.json("urgency", Value::String(row.urgency))?,
            override_by: row
                .override_by
                .map(|value| place.json("override_by", value))
                .transpose()?,
            segments,
            cost_estimated: place.money(
                "cost_estimated",
                row.cost_estimated_micros,
                row.cost_estimated_currency.as_deref(),
            )?,
            cost_actual: place.money(
                "cost_actual",
                row.cost_actual_micros,
                row.cost_actual_currency.as_deref(),
            )?,
            context,
            topic: row.topic,
            tags: row.tags,
            account: row.account_id.map(AccountId::from_uuid),
            sender: row.sender_id.map(SenderId::from_uuid),
            provider_message_id: row.provider_message_id,
            trace: row.trace_id.map(TraceId::from_uuid),
            created_at: row.created_at,
        })
    }
}

/// A row of `attempts`.
pub(crate) struct AttemptRow {
    pub(crate) id: Uuid,
    pub(crate) message_id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) provider: String,
    pub(crate) sender_id: Uuid,
    pub(crate) sender_address: String,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) outcome: Option<String>,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) error: Option<Value>,
    pub(crate) receipt: Option<String>,
    pub(crate) cost_micros: Option<i64>,
    pub(crate) cost_currency: Option<String>,
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self, StoreError> {
        let place = Place::new("attempts", row.id);
        let outcome = row
            .outcome
            .map(|name| OutcomeKind::parse(&name).ok_or_else(|| place.bad("outcome", name)))
            .transpose()?;
        Ok(Self {
            id: AttemptId::from_uuid(row.id),
            message: MessageId::from_uuid(row.message_id),
            account: AccountId::from_uuid(row.account_id),
            provider: row.provider,
            sender: SenderId::from_uuid(row.sender_id),
            sender_address: row.sender_address,
            started_at: row.started_at,
            outcome,
            provider_message_id: row.provider_message_id,
            error: row
                .error
                .map(|value| place.json("error", value))
                .transpose()?,
            receipt: place.parse_some("receipt", row.receipt.as_deref())?,
            cost: place.money("cost", row.cost_micros, row.cost_currency.as_deref())?,
        })
    }
}
