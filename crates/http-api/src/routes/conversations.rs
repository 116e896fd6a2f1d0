use super::{conversation_view::ConversationView, media::fill, message_view::MessageView};
use crate::{
    api::Api,
    auth::{Caller, Read, Send},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Cursor, Limit, Params, PathId, Switch, listed, page},
    wire::{self, Listed, Patch, given},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::sync::Arc;
use tidings_conversations::{
    Assignee, Assignment, BadText, ConversationChange, ConversationFilter, ConversationStatus,
    Label, MOST_LABELS, SearchQuery, Thread, WhoseTurn,
};
use tidings_kernel::{Channel, ConversationId, MessageId, TenantId};
use utoipa::{IntoParams, ToSchema};

/// Which conversations to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConversationQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
    /// All of them when left out.
    #[serde(default, deserialize_with = "status")]
    #[param(value_type = Option<wire::ConversationStatus>)]
    status: Option<ConversationStatus>,
    /// The contact has written by it.
    #[param(value_type = Option<wire::Channel>)]
    channel: Option<Channel>,
    /// `true` for those with something unread, `false` for those without.
    #[param(value_type = Option<bool>)]
    unread: Option<Switch>,
    /// Who sees to it; `none` for nobody.
    assignee: Option<String>,
    label: Option<String>,
    /// Words, all of which must be in one message that the contact wrote or that was answered, in one note, or in
    /// the contact's names and addresses. Case and accents do not matter; a word may be the beginning of one, a
    /// number part of one.
    q: Option<String>,
}

fn status<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ConversationStatus>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

impl ConversationQuery {
    fn filter(&self) -> Result<ConversationFilter, ApiError> {
        let mut checks = Checks::default();
        let assignee = match self.assignee.as_deref() {
            None => None,
            Some(Assignee::NOBODY) => Some(Assignment::Nobody),
            Some(name) => read(&mut checks, "?assignee", Assignee::new(name)).map(Assignment::To),
        };
        let label = self.label.as_deref();
        let label = label.and_then(|text| read(&mut checks, "?label", Label::new(text)));
        let query = self.q.as_deref().and_then(|text| {
            let query = SearchQuery::parse(text);
            if query.is_none() {
                checks.refuse("?q", "blank", "give a word or a number to look for");
            }
            query
        });
        checks.done()?;
        Ok(ConversationFilter {
            status: self.status,
            channel: self.channel,
            turn: self.unread.map(|unread| match unread {
                Switch::True => WhoseTurn::Unread,
                Switch::False => WhoseTurn::Read,
            }),
            assignee,
            label,
            query,
        })
    }
}

/// What a text is, unless it is refused.
pub(super) fn read<T>(checks: &mut Checks, pointer: &str, text: Result<T, BadText>) -> Option<T> {
    let error = match text {
        Ok(text) => return Some(text),
        Err(error) => error,
    };
    let code = match error {
        BadText::Blank => "blank",
        BadText::TooLong(_) => "too_long",
        BadText::Control | BadText::Reserved(_) => "invalid_value",
    };
    checks.refuse(pointer, code, error.to_string());
    None
}

/// A change to a conversation: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationPatch {
    /// `archived` until the contact writes again; `blocked` to hear nothing any more.
    #[serde(default, deserialize_with = "status")]
    #[schema(value_type = Option<wire::ConversationStatus>)]
    status: Option<ConversationStatus>,
    /// A member's id, a name, a team: at most 100 characters; `null` for nobody.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    assignee: Patch<String>,
    /// At most 50, each of at most 64 characters; instead of those that are there.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, required = false)]
    labels: Option<Vec<String>>,
}

impl ConversationPatch {
    fn change(self) -> Result<ConversationChange, ApiError> {
        let mut checks = Checks::default();
        let assignee = match self.assignee {
            Patch::Absent => None,
            Patch::Null => Some(Assignment::Nobody),
            Patch::Value(name) => {
                read(&mut checks, "/assignee", Assignee::new(&name)).map(Assignment::To)
            }
        };
        let labels = self.labels.map(|texts| {
            let mut labels: Vec<Label> = Vec::new();
            for (index, text) in texts.iter().enumerate() {
                let label = read(&mut checks, &format!("/labels/{index}"), Label::new(text));
                labels.extend(label.filter(|label| !labels.contains(label)));
            }
            if labels.len() > MOST_LABELS {
                checks.refuse(
                    "/labels",
                    "too_many",
                    format!("at most {MOST_LABELS} labels"),
                );
            }
            labels
        });
        checks.done()?;
        Ok(ConversationChange {
            status: self.status,
            assignee,
            labels,
        })
    }
}

/// Up to where it was read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReadState)]
pub(crate) struct ReadBody {
    /// The last message that was seen: what came after it stays unread. All that is there when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "msg_01h2xcejqtf2nbrexx3vqjhp41")]
    up_to: Option<MessageId>,
}

/// What is left to read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReadState)]
pub(crate) struct ReadView {
    unread: u32,
}

/// A conversation as it is now.
async fn shown(
    api: &Api,
    tenant: TenantId,
    thread: Thread,
) -> Result<Json<ConversationView>, ApiError> {
    let mut view = ConversationView::at(api.clock.now(), thread);
    fill(api, tenant, view.media()).await?;
    Ok(Json(view))
}

/// List conversations
///
/// By what the contacts wrote and what was answered last, newest first. Contacts with whom nobody has spoken are
/// not listed.
#[utoipa::path(get, path = "/v1/conversations", tag = "Conversations", params(ConversationQuery),
    responses((status = 200, body = Listed<ConversationView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<ConversationQuery>,
) -> Result<Json<Listed<ConversationView>>, ApiError> {
    let filter = query.filter()?;
    let page = page(query.limit, query.after);
    let found = api.conversing.list(caller.tenant, &filter, page).await?;
    let now = api.clock.now();
    let mut found = listed(found, |thread| ConversationView::at(now, thread));
    let media = found.data.iter_mut().flat_map(ConversationView::media);
    fill(&api, caller.tenant, media).await?;
    Ok(Json(found))
}

/// Read a conversation
#[utoipa::path(get, path = "/v1/conversations/{id}", tag = "Conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read_one(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<ConversationId>,
) -> Result<Json<ConversationView>, ApiError> {
    let thread = api.conversing.get(caller.tenant, id).await?;
    shown(&api, caller.tenant, thread).await
}

/// Change a conversation
///
/// Where it is kept, who sees to it, and what it is sorted by.
#[utoipa::path(patch, path = "/v1/conversations/{id}", tag = "Conversations", params(("id" = String, Path)),
    request_body = ConversationPatch,
    responses((status = 200, body = ConversationView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`invalid_request`; `unknown_field`")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    PathId(id): PathId<ConversationId>,
    body: RawBody,
) -> Result<Json<ConversationView>, ApiError> {
    let change = body.json::<ConversationPatch>()?.change()?;
    api.conversing.change(caller.tenant, id, &change).await?;
    let thread = api.conversing.get(caller.tenant, id).await?;
    shown(&api, caller.tenant, thread).await
}

/// List the messages of a conversation
///
/// Everything to and from the contact, by every channel and for every purpose, newest first.
#[utoipa::path(get, path = "/v1/conversations/{id}/messages", tag = "Conversations",
    params(("id" = String, Path), ThreadQuery),
    responses((status = 200, body = Listed<MessageView>), (status = 404, description = "`not_found`")))]
pub(crate) async fn messages(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<ConversationId>,
    Params(query): Params<ThreadQuery>,
) -> Result<Json<Listed<MessageView>>, ApiError> {
    let page = page(query.limit, query.after);
    let found = api.conversing.messages(caller.tenant, id, page).await?;
    let mut found = listed(found, MessageView::from);
    let media = found.data.iter_mut().flat_map(MessageView::media);
    fill(&api, caller.tenant, media).await?;
    Ok(Json(found))
}

/// Which part of a thread to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ThreadQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    pub(super) limit: Limit,
    #[param(inline)]
    pub(super) after: Option<Cursor>,
}

/// Mark a conversation as read
#[utoipa::path(post, path = "/v1/conversations/{id}/read", tag = "Conversations",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = ReadBody,
    responses((status = 200, body = ReadView), (status = 404, description = "`not_found`")))]
pub(crate) async fn mark_read(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    PathId(id): PathId<ConversationId>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |_| async {
        let ReadBody { up_to } = body.json_or_empty()?;
        let unread = api.conversing.read(caller.tenant, id, up_to).await?;
        Ok(Done::Loose(Reply::json(
            StatusCode::OK,
            &ReadView { unread },
        )?))
    })
    .await
}
