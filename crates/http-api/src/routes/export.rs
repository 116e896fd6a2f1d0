use super::{
    consent::{self, ConsentView},
    contact_view::ContactView,
    contacts::find,
    message_view::MessageView,
    preferences::PreferencesBody,
};
use crate::{
    api::Api,
    auth::{Caller, Read},
    error::ApiError,
    page::PathId,
    wire::Timestamp,
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;
use tidings_kernel::ContactId;
use tidings_messaging::{MessageFilter, Page};
use utoipa::ToSchema;

/// Everything that is kept about a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportView {
    exported_at: Timestamp,
    contact: ContactView,
    preferences: PreferencesBody,
    consent: ConsentView,
    /// All messages to and from the person, newest first.
    messages: Vec<MessageView>,
}

/// Export a person's data
#[utoipa::path(get, path = "/v1/contacts/{id}/export", tag = "Contacts", params(("id" = String, Path)),
    responses((status = 200, body = ExportView), (status = 404, description = "`not_found`")))]
pub(crate) async fn export(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<ContactId>,
) -> Result<Json<ExportView>, ApiError> {
    let contact = find(&api, caller.tenant, id).await?;
    let preferences = api.contacts.preferences(caller.tenant, id).await?;
    let consent = consent::view(&api, caller.tenant, id).await?;
    let filter = MessageFilter {
        contact: Some(id),
        ..MessageFilter::default()
    };
    let mut messages = Vec::new();
    let mut after = None;
    loop {
        let page = Page { limit: 200, after };
        let found = api.messages.list(caller.tenant, &filter, page).await?;
        messages.extend(found.data.into_iter().map(MessageView::from));
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Ok(Json(ExportView {
        exported_at: api.clock.now().into(),
        contact: contact.into(),
        preferences: preferences.unwrap_or_default().into(),
        consent,
        messages,
    }))
}
