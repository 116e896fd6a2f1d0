use super::{
    conversation_view::NoteView,
    conversations::{ThreadQuery, read},
};
use crate::{
    api::Api,
    auth::{Caller, Read, Send},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Params, PathId, listed, page},
    wire::{Listed, given},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use std::sync::Arc;
use tidings_conversations::{Assignee, BadNote, NoteRequest, NoteText};
use tidings_kernel::{ApiKeyId, ConversationId};
use utoipa::ToSchema;

/// Something to write down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNote)]
pub(crate) struct NoteBody {
    /// At most 10,000 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required)]
    text: Option<String>,
    /// Who writes it, at most 100 characters; the API key when left out.
    author: Option<String>,
}

impl NoteBody {
    fn request(self, key: ApiKeyId) -> Result<NoteRequest, ApiError> {
        let mut checks = Checks::default();
        let author = self.author.unwrap_or_else(|| key.to_string());
        let author = read(&mut checks, "/author", Assignee::new(&author));
        let text = match self.text.as_deref().map(NoteText::new) {
            None => {
                checks.refuse("/text", "missing_field", "missing field `text`");
                None
            }
            Some(Err(error)) => {
                let code = match error {
                    BadNote::Blank => "blank",
                    BadNote::TooLong => "too_long",
                    BadNote::Nul => "invalid_value",
                };
                checks.refuse("/text", code, error.to_string());
                None
            }
            Some(Ok(text)) => Some(text),
        };
        checks.done()?;
        match (author, text) {
            (Some(author), Some(text)) => Ok(NoteRequest { author, text }),
            (_, _) => Err(ApiError::field("", "invalid_value", "this is no note")),
        }
    }
}

/// Write a note beside a conversation
///
/// The contact never sees it; a search finds it.
#[utoipa::path(post, path = "/v1/conversations/{id}/notes", tag = "Conversations", request_body = NoteBody,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = NoteView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`invalid_request`; `unknown_field`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    PathId(id): PathId<ConversationId>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |_| async {
        let request = body.json::<NoteBody>()?.request(caller.key)?;
        let note = api.conversing.note(caller.tenant, id, request).await?;
        let view = NoteView::from(note);
        let reply = Reply::json(StatusCode::CREATED, &view)?;
        Ok(Done::Loose(
            reply.at(format!("/v1/conversations/{id}/notes")),
        ))
    })
    .await
}

/// List the notes of a conversation
#[utoipa::path(get, path = "/v1/conversations/{id}/notes", tag = "Conversations",
    params(("id" = String, Path), ThreadQuery),
    responses((status = 200, body = Listed<NoteView>), (status = 404, description = "`not_found`")))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<ConversationId>,
    Params(query): Params<ThreadQuery>,
) -> Result<Json<Listed<NoteView>>, ApiError> {
    let page = page(query.limit, query.after);
    let found = api.conversing.notes(caller.tenant, id, page).await?;
    Ok(Json(listed(found, NoteView::from)))
}
