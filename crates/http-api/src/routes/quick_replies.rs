//! What people say often, with a word that brings it.

use super::message_request::needed;
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Cursor, Limit, Params, PathId, listed, page},
    wire::{Listed, Timestamp, given},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_conversations::{BadQuickText, BadShortcut, QuickReply, QuickText, Shortcut};
use tidings_kernel::{QuickReplyId, TenantId};
use utoipa::{IntoParams, ToSchema};

/// A text that is said often.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub(crate) struct QuickReplyView {
    #[schema(example = "qrp_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    #[schema(example = "/hours")]
    shortcut: String,
    #[schema(example = "Hi {{first_name|there}}, we open at nine.")]
    text: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<QuickReply> for QuickReplyView {
    fn from(reply: QuickReply) -> Self {
        Self {
            id: reply.id.to_string(),
            shortcut: reply.shortcut.to_string(),
            text: reply.text.as_str().to_owned(),
            created_at: reply.created_at.into(),
            updated_at: reply.updated_at.into(),
        }
    }
}

/// A text to be said often.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewQuickReply {
    /// Letters, digits, `-` and `_`, at most 32, with a slash before them or without; kept in small letters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required)]
    shortcut: Option<String>,
    /// At most 2,000 characters, with merge fields as templates have them.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required)]
    text: Option<String>,
}

/// A change to a quick reply; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuickReplyPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    shortcut: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    text: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuickReplyQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
}

fn shortcut(checks: &mut Checks, text: &str) -> Option<Shortcut> {
    let read = Shortcut::new(text).map_err(|error| {
        let code = match error {
            BadShortcut::Blank => "blank",
            BadShortcut::TooLong => "too_long",
            BadShortcut::Sign => "invalid_value",
        };
        checks.refuse("/shortcut", code, error.to_string());
    });
    read.ok()
}

fn text(checks: &mut Checks, text: &str) -> Option<QuickText> {
    let read = QuickText::new(text).map_err(|error| {
        let code = match &error {
            BadQuickText::Blank => "blank",
            BadQuickText::TooLong => "too_long",
            BadQuickText::Nul => "invalid_value",
            BadQuickText::Template(_) => "invalid_template",
        };
        checks.refuse("/text", code, error.to_string());
    });
    read.ok()
}

impl NewQuickReply {
    fn read(&self) -> Result<(Shortcut, QuickText), ApiError> {
        let mut checks = Checks::default();
        let shortcut = needed(&mut checks, "/shortcut", self.shortcut.as_deref())
            .and_then(|word| shortcut(&mut checks, word));
        let text = needed(&mut checks, "/text", self.text.as_deref())
            .and_then(|said| text(&mut checks, said));
        checks.done()?;
        let both = shortcut.zip(text);
        both.ok_or_else(|| ApiError::field("", "invalid_value", "this is no quick reply"))
    }
}

async fn find(api: &Api, tenant: TenantId, id: QuickReplyId) -> Result<QuickReply, ApiError> {
    let found = api.quick_replies.quick_reply(tenant, id).await?;
    found.ok_or(ApiError::NotFound("quick reply"))
}

/// Add a quick reply
///
/// People put it into what they answer, in the console by its shortcut; merge fields are filled with what is known of
/// the contact.
#[utoipa::path(post, path = "/v1/quick-replies", tag = "Conversations", request_body = NewQuickReply,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 characters, kept 24 h")),
    responses((status = 201, body = QuickReplyView),
        (status = 409, description = "`shortcut_taken`"),
        (status = 422, description = "`invalid_request`, with `invalid_template` or `too_many`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |slot| {
        let request = body.json::<NewQuickReply>();
        async move {
            let (shortcut, text) = request?.read()?;
            let now = api.clock.now();
            let reply = QuickReply {
                id: QuickReplyId::new(&*api.ids),
                tenant: caller.tenant,
                shortcut,
                text,
                created_at: now,
                updated_at: now,
            };
            let at = format!("/v1/quick-replies/{}", reply.id);
            let view = QuickReplyView::from(reply.clone());
            let answer = Reply::json(StatusCode::CREATED, &view)?.at(at);
            let stored = slot.answer(&answer);
            api.quick_replies
                .add_quick_reply(&reply, stored.as_ref())
                .await?;
            Ok(Done::Stored(answer))
        }
    })
    .await
}

/// List quick replies
#[utoipa::path(get, path = "/v1/quick-replies", tag = "Conversations", params(QuickReplyQuery),
    responses((status = 200, body = Listed<QuickReplyView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<QuickReplyQuery>,
) -> Result<Json<Listed<QuickReplyView>>, ApiError> {
    let page = page(query.limit, query.after);
    let found = api.quick_replies.quick_replies(caller.tenant, page).await?;
    Ok(Json(listed(found, QuickReplyView::from)))
}

/// Read a quick reply
#[utoipa::path(get, path = "/v1/quick-replies/{id}", tag = "Conversations", params(("id" = String, Path)),
    responses((status = 200, body = QuickReplyView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<QuickReplyId>,
) -> Result<Json<QuickReplyView>, ApiError> {
    Ok(Json(find(&api, caller.tenant, id).await?.into()))
}

/// Change a quick reply
#[utoipa::path(patch, path = "/v1/quick-replies/{id}", tag = "Conversations",
    params(("id" = String, Path)), request_body = QuickReplyPatch,
    responses((status = 200, body = QuickReplyView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`shortcut_taken`"),
        (status = 422, description = "`invalid_request`, with `invalid_template`")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<QuickReplyId>,
    body: RawBody,
) -> Result<Json<QuickReplyView>, ApiError> {
    let patch: QuickReplyPatch = body.json()?;
    let mut checks = Checks::default();
    let shortcut = patch.shortcut.and_then(|word| shortcut(&mut checks, &word));
    let text = patch.text.and_then(|said| text(&mut checks, &said));
    checks.done()?;
    let known = find(&api, caller.tenant, id).await?;
    let reply = QuickReply {
        shortcut: shortcut.unwrap_or(known.shortcut),
        text: text.unwrap_or(known.text),
        updated_at: api.clock.now(),
        ..known
    };
    if api.quick_replies.change_quick_reply(&reply).await? {
        Ok(Json(reply.into()))
    } else {
        Err(ApiError::NotFound("quick reply"))
    }
}

/// Remove a quick reply
#[utoipa::path(delete, path = "/v1/quick-replies/{id}", tag = "Conversations", params(("id" = String, Path)),
    responses((status = 204, description = "It is gone"), (status = 404, description = "`not_found`")))]
pub(crate) async fn remove(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<QuickReplyId>,
) -> Result<StatusCode, ApiError> {
    let removed = api.quick_replies.remove_quick_reply(caller.tenant, id);
    if removed.await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound("quick reply"))
    }
}
