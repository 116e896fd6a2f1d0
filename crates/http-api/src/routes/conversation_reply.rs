use super::{
    message_content::{MediaBody, TemplateBody, attach, content, media},
    message_view::MessageView,
    messages::reply as reported,
    whatsapp_request::WhatsappBody,
};
use crate::{
    api::Api,
    auth::{Caller, Send},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    idempotency::{Done, Slot, once},
    page::PathId,
    wire::{self, Timestamp, given},
};
use axum::{Extension, extract::State, response::Response};
use serde::Deserialize;
use std::sync::Arc;
use tidings_conversations::{ReplyRequest, Substitute};
use tidings_kernel::{Channel, ConversationId, TenantId};
use tidings_messaging::{
    TraceId,
    send::{ContentWish, Prepared},
};
use utoipa::ToSchema;

/// What to answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReply)]
pub(crate) struct ReplyBody {
    /// By which channel; else where the contact wrote last.
    #[schema(value_type = Option<wire::Channel>)]
    channel: Option<Channel>,
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
    /// The template to send instead, when WhatsApp takes no free text at the moment.
    substitute: Option<TemplateBody>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, required = false)]
    tags: Option<Vec<String>>,
    /// Not before this instant.
    scheduled_at: Option<Timestamp>,
}

impl ReplyBody {
    fn request(self, trace: TraceId) -> Result<ReplyRequest, ApiError> {
        let mut checks = Checks::default();
        let media = media(&mut checks, self.media);
        let said = (self.text, self.template, self.whatsapp);
        let content = content(&mut checks, said, &media);
        let substitute = self
            .substitute
            .and_then(|template| template.wish(&mut checks, "/substitute"));
        checks.text("/subject", self.subject.as_deref(), 500);
        let tags = self.tags.unwrap_or_default();
        checks.tags(&tags);
        checks.done()?;
        let Some(content) = content else {
            return Err(ApiError::field("", "invalid_value", "this cannot be sent"));
        };
        let substitute = match substitute {
            Some(ContentWish::Template { name, locale, data }) => {
                Some(Substitute { name, locale, data })
            }
            Some(ContentWish::Text(_) | ContentWish::Rich { .. } | ContentWish::MediaOnly)
            | None => None,
        };
        Ok(ReplyRequest {
            channel: self.channel,
            content,
            substitute,
            media,
            subject: self.subject,
            tags,
            scheduled_at: self.scheduled_at.map(|at| at.0),
            valid_until: None,
            trace: Some(trace),
        })
    }
}

/// Reply in a conversation
///
/// From the sender that the contact wrote to, to the address that the contact wrote from, through the gate. When
/// WhatsApp takes no free text any more, `session_closed` names templates that may be sent; a `substitute` is sent
/// in its place. Whoever replies has read the conversation.
#[utoipa::path(post, path = "/v1/conversations/{id}/reply", tag = "Conversations", request_body = ReplyBody,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "At most 255 characters, kept 24 h")),
    responses((status = 202, body = MessageView),
        (status = 402, description = "`quota_exceeded`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`conversation_blocked`"),
        (status = 422, description = "`session_closed` with `closed_at` and `templates`; `blocked` with `decision` \
            and `message_id`; `no_route`; `no_template`; `template_data`; `invalid_request`")))]
pub(crate) async fn reply(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    Extension(trace): Extension<TraceId>,
    PathId(id): PathId<ConversationId>,
    body: RawBody,
) -> Response {
    let api = &*api;
    let request = body.json::<ReplyBody>();
    once(api, caller.tenant, &body, |slot| async move {
        let mut request = request?.request(trace)?;
        let channel = match request.channel {
            Some(channel) => Some(channel),
            None if request.media.is_empty() => None,
            None => answers_by(api, caller.tenant, id).await?,
        };
        attach(api, caller.tenant, &mut request.media, channel.as_slice()).await?;
        accept(api, caller.tenant, id, &request, &slot).await
    })
    .await
}

/// By which channel a reply goes that names none.
async fn answers_by(
    api: &Api,
    tenant: TenantId,
    id: ConversationId,
) -> Result<Option<Channel>, ApiError> {
    let thread = api.conversing.get(tenant, id).await?;
    let place = thread.conversation.answers().map(|place| place.channel);
    Ok(place)
}

async fn accept(
    api: &Api,
    tenant: TenantId,
    id: ConversationId,
    request: &ReplyRequest,
    slot: &Slot<'_>,
) -> Result<Done, ApiError> {
    let finish = |prepared: &mut Prepared| {
        let reply = reported(prepared, slot)?;
        Ok::<_, ApiError>((slot.answer(&reply), reply))
    };
    let taken = api.conversing.take_in(tenant, id, request, finish);
    let (_, reply) = taken.await?;
    Ok(Done::Stored(reply))
}
