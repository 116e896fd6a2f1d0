use super::{
    Refusal, is_visible, list_query::ListQuery, messages_path, own, refusal::RefusalView,
    view::MessageResource,
};
use crate::{
    api::Api,
    auth::{Caller, Read},
};
use axum::{
    Json,
    extract::{Path, RawQuery, State, rejection::PathRejection},
};
use serde::Serialize;
use std::sync::Arc;
use tidings_kernel::{ContactId, StoreError, TenantId};
use tidings_messaging::{Address, ContactFilter, MessageFilter, Page};
use tidings_twilio_facade::{Addressed, read_address};
use time::Duration;
use utoipa::ToSchema;

/// How long before it is sent a message may have been taken in: Twilio's programs plan 35 days ahead.
const PLANNED: Duration = Duration::days(36);

/// A page of messages as Twilio gives it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TwilioMessages)]
pub(crate) struct MessagePage {
    end: u32,
    first_page_uri: String,
    messages: Vec<MessageResource>,
    /// Where the list goes on; a page may have fewer messages than asked for all the same.
    next_page_uri: Option<String>,
    page: u32,
    page_size: u16,
    /// Always `null`: lists go on, and not back.
    previous_page_uri: Option<String>,
    start: u32,
    uri: String,
}

/// List messages as a program written for Twilio does
///
/// Newest first, inbound ones too.
#[utoipa::path(get, path = "/2010-04-01/Accounts/{AccountSid}/Messages.json", tag = "Twilio facade",
    security(("basic" = [])),
    params(("AccountSid" = String, Path), ("To" = Option<String>, Query), ("From" = Option<String>, Query),
        ("DateSent" = Option<String>, Query, description = "A day by UTC"),
        ("DateSent<" = Option<String>, Query, description = "A day or instant, included"),
        ("DateSent>" = Option<String>, Query, description = "A day or instant, included"),
        ("PageSize" = Option<u16>, Query, description = "1 to 1000, 50 when left out"),
        ("Page" = Option<u32>, Query), ("PageToken" = Option<String>, Query)),
    responses((status = 200, body = MessagePage), (status = 400, body = RefusalView, description = "20001"),
        (status = 401, body = RefusalView, description = "20003"),
        (status = 404, body = RefusalView, description = "20404")))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<MessagePage>, Refusal> {
    let Path(account) = path.map_err(|_| Refusal::not_found())?;
    own(&caller, &account)?;
    let query = ListQuery::read(query.as_deref().unwrap_or_default())?;
    let page = Page {
        limit: query.page_size,
        after: query.after,
    };
    let filter = filter(&api, caller.tenant, &query).await?;
    let found = api.messages.list(caller.tenant, &filter, page).await?;
    let mut messages = Vec::with_capacity(found.data.len());
    for record in found.data.iter().filter(|record| is_visible(record)) {
        messages.push(MessageResource::load(&api, record).await?);
    }
    let path = format!("{}.json", messages_path(&account));
    let uri = |page, after| format!("{path}?{}", query.query(page, after));
    let start = query.page.saturating_mul(query.page_size.into());
    let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
    Ok(Json(MessagePage {
        end: start.saturating_add(count.saturating_sub(1)),
        first_page_uri: uri(0, None),
        messages,
        next_page_uri: found
            .next
            .map(|after| uri(query.page.saturating_add(1), Some(after))),
        page: query.page,
        page_size: query.page_size,
        previous_page_uri: None,
        start,
        uri: uri(query.page, query.after),
    }))
}

async fn filter(
    api: &Api,
    tenant: TenantId,
    query: &ListQuery,
) -> Result<MessageFilter, StoreError> {
    let to = query.to.as_deref().map(read_address);
    let from = query.from.as_deref().map(read_address);
    let channel = to.or(from).map(|addressed| addressed.channel);
    // Of two channels there is nothing, and no sender has a blank name.
    let from = match (to, from) {
        (Some(to), Some(from)) if to.channel != from.channel => Some(String::new()),
        (_, from) => from.map(|from| stored(api, from)),
    };
    let to = to.map(|to| stored(api, to));
    Ok(MessageFilter {
        contact: holder(api, tenant, to.as_deref()).await?,
        channel,
        to,
        from,
        sent_after: query.sent_after,
        sent_before: query.sent_before,
        // What narrows the search without leaving anything out.
        created_after: query
            .sent_after
            .and_then(|start| start.checked_sub(PLANNED)),
        created_before: query.sent_before,
        ..MessageFilter::default()
    })
}

/// An address as messages have it.
fn stored(api: &Api, addressed: Addressed<'_>) -> String {
    let number = api.parse_phone(addressed.address, None);
    number.map_or_else(
        |_| addressed.address.to_owned(),
        |number| number.number.to_string(),
    )
}

/// Who has a number, if exactly one person does: then only what that person was sent has to be looked through.
async fn holder(
    api: &Api,
    tenant: TenantId,
    number: Option<&str>,
) -> Result<Option<ContactId>, StoreError> {
    let number = number.and_then(|number| Address::from_parts("phone", number));
    let Some(number) = number else {
        return Ok(None);
    };
    let filter = ContactFilter {
        address: Some(number),
        ..ContactFilter::default()
    };
    let page = Page {
        limit: 2,
        after: None,
    };
    let found = api.contacts.list(tenant, &filter, page).await?;
    Ok(match found.data.as_slice() {
        [one] => Some(one.id),
        _ => None,
    })
}
