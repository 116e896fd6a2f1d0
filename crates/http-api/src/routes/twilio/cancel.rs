use super::{
    Refusal, message_in, own,
    refusal::RefusalView,
    send::form,
    view::{MessageResource, find},
};
use crate::{
    api::Api,
    auth::{Caller, Send},
};
use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A change of a message.
#[derive(Deserialize, ToSchema)]
#[schema(as = TwilioMessageUpdate)]
#[expect(dead_code, reason = "the schema of a form that is read field by field")]
pub(crate) struct UpdateForm {
    /// `canceled`, before a provider was called for it.
    #[serde(rename = "Status")]
    status: Option<String>,
}

/// Cancel a message as a program written for Twilio does
///
/// Any that waits, not only those that were scheduled. To redact a text erase the contact instead: `Body` is refused.
#[utoipa::path(post, path = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}", tag = "Twilio facade",
    security(("basic" = [])),
    params(("AccountSid" = String, Path), ("Sid" = String, Path, description = "The SID, and `.json`")),
    request_body(content = UpdateForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = MessageResource),
        (status = 400, body = RefusalView, description = "30409: too late; 20001"),
        (status = 401, body = RefusalView, description = "20003"),
        (status = 404, body = RefusalView, description = "20404")))]
pub(crate) async fn update(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Result<Json<MessageResource>, Refusal> {
    let Path((account, file)) = path.map_err(|_| Refusal::not_found())?;
    own(&caller, &account)?;
    let id = message_in(&file)?;
    let form = form(request).await?;
    find(&api, caller.tenant, id).await?;
    if form.has("Body") {
        let message = "Body cannot be changed: erase the contact to redact what it was sent";
        return Err(Refusal::of(20_001, message));
    }
    match form.get("Status") {
        Some("canceled") => {
            let now = api.clock.now();
            api.messages.cancel(caller.tenant, id, now).await?;
        }
        Some(_) => {
            return Err(Refusal::of(
                20_001,
                "Invalid parameter: Status takes canceled",
            ));
        }
        None => {}
    }
    let record = find(&api, caller.tenant, id).await?;
    Ok(Json(MessageResource::load(&api, &record).await?))
}
