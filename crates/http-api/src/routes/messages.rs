use super::{
    decision_view::DecisionView,
    media::fill,
    message_content::attach,
    message_request::{MessagePatch, NewMessageBody},
    message_view::{CostView, MessageView, SegmentsView},
    quota::{self, Quota},
};
use crate::{
    api::Api,
    auth::{Caller, Read, Send},
    body::RawBody,
    error::ApiError,
    idempotency::{Done, Reply, Slot, once},
    page::{Cursor, Limit, Params, PathId, listed, page},
    wire::{self, Listed, Timestamp},
};
use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_kernel::{Channel, ContactId, MessageId, Purpose, TenantId};
use tidings_messaging::{
    Class, DecisionRecord, Direction, MessageFilter, MessageRecord, QueueEntry, Scope, Status,
    TraceId,
    send::{ChannelWish, Prepared, SendRequest},
};
use tidings_routing::Choice;
use utoipa::{IntoParams, ToSchema};

/// What would happen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRun)]
pub(crate) struct DryRunView {
    decision: DecisionView,
    /// The decision in one sentence.
    sentence: String,
    /// The purpose whose rules were used: `marketing` for what promotes something, whatever was declared.
    #[schema(value_type = wire::Purpose)]
    judged_as: Purpose,
    /// For SMS: the text that would leave, with what marketing must say added where it was missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// For SMS.
    segments: Option<SegmentsView>,
    cost: CostView,
    /// The way that it would take now, and what was considered.
    #[schema(value_type = Object)]
    route: Choice,
}

/// Which messages to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
    #[param(value_type = Option<wire::MessageStatus>)]
    status: Option<Status>,
    /// `outbound` or `inbound`; both when left out.
    #[param(value_type = Option<String>)]
    direction: Option<Direction>,
    #[param(value_type = Option<wire::Channel>)]
    channel: Option<Channel>,
    #[param(value_type = Option<String>)]
    contact_id: Option<ContactId>,
    /// Campaigns are not offered yet: `not_supported`.
    campaign_id: Option<String>,
    context_type: Option<String>,
    context_id: Option<String>,
    /// Taken in at or after this instant.
    #[param(inline)]
    created_after: Option<Timestamp>,
    /// Taken in before this instant.
    #[param(inline)]
    created_before: Option<Timestamp>,
    /// Says this somewhere.
    q: Option<String>,
}

/// The message, or 404.
pub(super) async fn find(
    api: &Api,
    tenant: TenantId,
    id: MessageId,
) -> Result<MessageRecord, ApiError> {
    api.messages
        .get(tenant, id)
        .await?
        .ok_or(ApiError::NotFound("message"))
}

/// Send a message
///
/// The gate decides at once; the provider is called later. A refused message is stored too, with its
/// reasons. With `dry_run` nothing is stored, and `Idempotency-Key` is not looked at.
#[utoipa::path(post, path = "/v1/messages", tag = "Messages", request_body = NewMessageBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 characters, kept 24 h")),
    responses((status = 202, body = MessageView), (status = 200, body = DryRunView, description = "`dry_run`"),
        (status = 402, description = "`quota_exceeded` with `used`, `limit`, `period`, `decision` and `message_id`"),
        (status = 403, description = "`forbidden`: also `override` with less than the scope `manage`"),
        (status = 404, description = "`not_found`: no such contact"),
        (status = 422, description = "`blocked` with `decision` and `message_id`; `no_route`; `not_supported`; \
            `invalid_phone_number`; `no_template`; `template_data`; `invalid_request`; `unknown_field`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    Extension(trace): Extension<TraceId>,
    body: RawBody,
) -> Response {
    let api = &*api;
    let request = body.json::<NewMessageBody>();
    if request.as_ref().is_ok_and(NewMessageBody::has_override)
        && let Err(error) = caller.require(Scope::Manage)
    {
        // Not remembered under the key: with a stronger API key the same request may pass.
        return error.into_response();
    }
    let is_dry_run = request.as_ref().is_ok_and(|request| request.dry_run);
    let request = request
        .and_then(|request| request.request(caller.key))
        .map(|request| SendRequest {
            trace: Some(trace),
            ..request
        });
    if is_dry_run {
        return dry_run(api, caller.tenant, request).await.into_response();
    }
    once(api, caller.tenant, &body, |slot| async move {
        let request = attached(api, caller.tenant, request?).await?;
        accept(api, caller.tenant, request, &slot).await
    })
    .await
}

async fn dry_run(
    api: &Api,
    tenant: TenantId,
    request: Result<SendRequest, ApiError>,
) -> Result<Json<DryRunView>, ApiError> {
    let request = attached(api, tenant, request?).await?;
    let prepared = api.sending.dry_run(tenant, &request).await?;
    let message = &prepared.new.message;
    let record = &prepared.new.decision;
    Ok(Json(DryRunView {
        decision: prepared.decision().into(),
        sentence: prepared.decision().sentence(),
        judged_as: record.request.judged_as(record.facts.template.as_ref()),
        text: (message.channel == Channel::Sms).then(|| message.content.text.clone()),
        segments: message.segments.map(Into::into),
        cost: CostView::estimate(message.cost_estimated),
        route: prepared.route,
    }))
}

/// The request with what is known of its files.
async fn attached(
    api: &Api,
    tenant: TenantId,
    mut request: SendRequest,
) -> Result<SendRequest, ApiError> {
    let channels = match &request.channel {
        // The one that is chosen refuses what it does not carry.
        ChannelWish::Auto => &[],
        ChannelWish::Order(channels) => channels.as_slice(),
    };
    attach(api, tenant, &mut request.media, channels).await?;
    Ok(request)
}

/// A message as it is now.
async fn shown(api: &Api, tenant: TenantId, id: MessageId) -> Result<MessageView, ApiError> {
    let mut view = MessageView::from(find(api, tenant, id).await?);
    fill(api, tenant, view.media()).await?;
    Ok(view)
}

async fn accept(
    api: &Api,
    tenant: TenantId,
    request: SendRequest,
    slot: &Slot<'_>,
) -> Result<Done, ApiError> {
    let finish = |prepared: &mut Prepared| {
        let reply = reply(prepared, slot)?;
        Ok::<_, ApiError>((slot.answer(&reply), reply))
    };
    let (_, reply) = api.sending.take_in(tenant, &request, finish).await?;
    Ok(Done::Stored(reply))
}

/// The answer that reports what became of a message.
pub(super) fn reply(prepared: &Prepared, slot: &Slot<'_>) -> Result<Reply, ApiError> {
    let id = prepared.new.message.id;
    let reply = if prepared.is_blocked() {
        slot.refusal(refusal(prepared))?
    } else {
        Reply::json(StatusCode::ACCEPTED, &MessageView::from(prepared))?
    };
    Ok(reply.at(format!("/v1/messages/{id}")))
}

/// Why the gate keeps a message back: a used-up month can be bought off, anything else cannot.
fn refusal(prepared: &Prepared) -> ApiError {
    let decision = Box::new(prepared.decision().clone());
    let message = prepared.new.message.id;
    match quota::alone_refuses(&prepared.new.decision) {
        Some(Quota { used, limit }) => ApiError::QuotaExceeded {
            decision,
            message,
            used,
            limit,
        },
        None => ApiError::Blocked {
            decision,
            message: Some(message),
        },
    }
}

/// List messages
///
/// Inbound ones too, unless `direction` says otherwise.
#[utoipa::path(get, path = "/v1/messages", tag = "Messages", params(MessageQuery),
    responses((status = 200, body = Listed<MessageView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<MessageQuery>,
) -> Result<Json<Listed<MessageView>>, ApiError> {
    if query.campaign_id.is_some() {
        return Err(ApiError::not_supported(
            "?campaign_id",
            "campaigns come later",
        ));
    }
    let filter = MessageFilter {
        status: query.status,
        direction: query.direction,
        channel: query.channel,
        contact: query.contact_id,
        context_type: query.context_type,
        context_id: query.context_id,
        created_after: query.created_after.map(|at| at.0),
        created_before: query.created_before.map(|at| at.0),
        text: query.q,
        ..MessageFilter::default()
    };
    let found = api
        .messages
        .list(caller.tenant, &filter, page(query.limit, query.after))
        .await?;
    let mut found = listed(found, MessageView::from);
    let media = found.data.iter_mut().flat_map(MessageView::media);
    fill(&api, caller.tenant, media).await?;
    Ok(Json(found))
}

/// Read a message
#[utoipa::path(get, path = "/v1/messages/{id}", tag = "Messages", params(("id" = String, Path)),
    responses((status = 200, body = MessageView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<MessageId>,
) -> Result<Json<MessageView>, ApiError> {
    Ok(Json(shown(&api, caller.tenant, id).await?))
}

/// Cancel a message
///
/// Only before a provider is called for it.
#[utoipa::path(post, path = "/v1/messages/{id}/cancel", tag = "Messages",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = MessageView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`wrong_status`")))]
pub(crate) async fn cancel(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    PathId(id): PathId<MessageId>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |_| async {
        body.nothing()?;
        let now = api.clock.now();
        api.messages.cancel(caller.tenant, id, now).await?;
        let view = shown(api, caller.tenant, id).await?;
        Ok(Done::Loose(Reply::json(StatusCode::OK, &view)?))
    })
    .await
}

/// Change a message before it is sent
///
/// The gate judges it anew.
#[utoipa::path(patch, path = "/v1/messages/{id}", tag = "Messages", params(("id" = String, Path)),
    request_body = MessagePatch,
    responses((status = 200, body = MessageView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`wrong_status`"), (status = 422, description = "`blocked`; nothing was changed")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    PathId(id): PathId<MessageId>,
    body: RawBody,
) -> Result<Json<MessageView>, ApiError> {
    let edit = body.json::<MessagePatch>()?.edit()?;
    api.sending.edit(caller.tenant, id, &edit).await?;
    Ok(Json(shown(&api, caller.tenant, id).await?))
}

/// Send a failed message again
#[utoipa::path(post, path = "/v1/messages/{id}/retry", tag = "Messages",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 202, body = MessageView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`wrong_status`: only what failed, and cannot have arrived")))]
pub(crate) async fn retry(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    PathId(id): PathId<MessageId>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |_| async {
        body.nothing()?;
        let now = api.clock.now();
        let MessageRecord {
            message, attempts, ..
        } = find(api, caller.tenant, id).await?;
        let latest = attempts.last().map(|attempt| attempt.sender);
        let decisions = api.messages.decisions(caller.tenant, id).await?;
        let judged_as = decisions
            .first()
            .map_or(message.purpose, DecisionRecord::judged_as);
        let entry = QueueEntry {
            class: Class::of(judged_as),
            priority: message.priority,
            due_at: now,
            sender: message.sender.or(latest),
        };
        api.messages.retry(caller.tenant, id, entry, now).await?;
        let view = shown(api, caller.tenant, id).await?;
        Ok(Done::Loose(Reply::json(StatusCode::ACCEPTED, &view)?))
    })
    .await
}
