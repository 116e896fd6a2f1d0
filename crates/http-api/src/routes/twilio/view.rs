use super::{Refusal, is_visible, message_in, messages_path, own, refusal::RefusalView};
use crate::{
    api::Api,
    auth::{Caller, Read},
};
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use serde::Serialize;
use std::sync::Arc;
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_messaging::{Decision, Direction, MessageRecord, Status};
use tidings_twilio_facade::{
    API_VERSION, Failure, MessageStatus, account_sid, address, failure, message_sid, service_of,
};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc2822};
use utoipa::ToSchema;

/// A message as Twilio shows it. Numbers are texts, and instants RFC 2822 in UTC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TwilioMessage)]
pub(crate) struct MessageResource {
    #[schema(example = "AC0189ab56c3a97d5f8a9b0c1d2e3f4a5b")]
    account_sid: String,
    api_version: &'static str,
    body: String,
    #[schema(example = "Wed, 15 Jul 2026 15:00:00 +0000")]
    date_created: String,
    date_sent: Option<String>,
    date_updated: String,
    /// `outbound-api` or `inbound`.
    direction: &'static str,
    error_code: Option<u32>,
    error_message: Option<&'static str>,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    num_media: String,
    num_segments: String,
    /// Negative: what was charged.
    #[schema(example = "-0.0079")]
    price: Option<String>,
    price_unit: Option<String>,
    sid: String,
    /// `accepted`, `scheduled`, `queued`, `sending`, `sent`, `delivered`, `undelivered`, `failed`, `read`,
    /// `canceled` or `received`.
    status: &'static str,
    subresource_uris: Subresources,
    to: String,
    uri: String,
}

/// Where more of it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TwilioSubresources)]
pub(crate) struct Subresources {
    /// Not served yet.
    media: String,
}

impl MessageResource {
    /// `decision` is the gate's latest, for a message that it refused.
    pub(super) fn of(record: &MessageRecord, decision: Option<&Decision>) -> Self {
        let message = &record.message;
        let account = account_sid(message.tenant);
        let sid = message_sid(message);
        let path = format!("{}/{sid}", messages_path(&account));
        let (error_code, error_message) = failure(record, decision)
            .map(|Failure { code, message }| (code, message))
            .unzip();
        let cost = message.cost_actual;
        let segments = message.segments.map_or(1, |segments| segments.count);
        Self {
            api_version: API_VERSION,
            body: message.content.text.clone(),
            date_created: date(message.created_at),
            date_sent: record.sent_at().map(date),
            date_updated: date(message.status_at),
            direction: match message.direction {
                Direction::Outbound => "outbound-api",
                Direction::Inbound => "inbound",
            },
            error_code,
            error_message,
            from: message
                .from
                .as_deref()
                .map(|from| address(message.channel, from)),
            messaging_service_sid: service_of(message).map(ToOwned::to_owned),
            num_media: message.content.media.len().to_string(),
            num_segments: segments.to_string(),
            price: cost.map(|cost| format!("-{}", cost.amount())),
            price_unit: cost
                .or(message.cost_estimated)
                .map(|cost| cost.currency().to_string()),
            status: MessageStatus::of(record).as_str(),
            subresource_uris: Subresources {
                media: format!("{path}/Media.json"),
            },
            to: address(message.channel, &message.to),
            uri: format!("{path}.json"),
            account_sid: account,
            sid,
        }
    }

    /// With what the gate said last, if it refused the message after it was taken in.
    pub(super) async fn load(api: &Api, record: &MessageRecord) -> Result<Self, StoreError> {
        let message = &record.message;
        let decision = if message.status == Status::Blocked {
            let decisions = api.messages.decisions(message.tenant, message.id).await?;
            decisions.into_iter().last().map(|last| last.decision)
        } else {
            None
        };
        Ok(Self::of(record, decision.as_ref()))
    }
}

fn date(at: OffsetDateTime) -> String {
    // Twilio's instants are whole seconds. Every year that is stored can be written.
    at.to_offset(UtcOffset::UTC)
        .format(&Rfc2822)
        .unwrap_or_default()
}

/// The message, if it is one of Twilio's kind.
pub(super) async fn find(
    api: &Api,
    tenant: TenantId,
    message: MessageId,
) -> Result<MessageRecord, Refusal> {
    api.messages
        .get(tenant, message)
        .await?
        .filter(is_visible)
        .ok_or_else(Refusal::not_found)
}

/// Read a message as a program written for Twilio does
#[utoipa::path(get, path = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}", tag = "Twilio facade",
    security(("basic" = [])),
    params(("AccountSid" = String, Path), ("Sid" = String, Path, description = "The SID, and `.json`")),
    responses((status = 200, body = MessageResource), (status = 401, body = RefusalView, description = "20003"),
        (status = 404, body = RefusalView, description = "20404")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<MessageResource>, Refusal> {
    let Path((account, file)) = path.map_err(|_| Refusal::not_found())?;
    own(&caller, &account)?;
    let record = find(&api, caller.tenant, message_in(&file)?).await?;
    Ok(Json(MessageResource::load(&api, &record).await?))
}
