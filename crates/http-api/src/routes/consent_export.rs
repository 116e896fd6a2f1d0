use super::contacts::find;
use crate::{
    api::Api,
    auth::{Caller, Read},
    error::ApiError,
    page::PathId,
};
use axum::{
    extract::State,
    http::{HeaderName, header},
    response::IntoResponse,
};
use std::sync::Arc;
use tidings_consent::{chain::Link, export};
use tidings_kernel::ContactId;

/// The media type of JSON Lines.
const LINES: &str = "application/x-ndjson";

/// Export the proof of consent
///
/// The contact's ledger as JSON Lines that anybody can check without us, and without a network:
/// `tidings verify-ledger <file>`. The first line names format, contact and head; each line after it is
/// an event with its evidence, salt and hash. Compare `head` with one that was kept elsewhere, such as
/// `chain.head` of an earlier answer. An erased contact's events are still given, without evidence.
#[utoipa::path(get, path = "/v1/contacts/{id}/consent/export", tag = "Consent", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "application/x-ndjson",
        description = "A header, and a line for each event, oldest first"),
        (status = 404, description = "`not_found`")))]
pub(crate) async fn export(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(contact): PathId<ContactId>,
) -> Result<impl IntoResponse, ApiError> {
    let links: Vec<Link> = api.consent.history(caller.tenant, contact).await?;
    if links.is_empty() {
        find(&api, caller.tenant, contact).await?;
    }
    let name = format!("attachment; filename=\"consent-{contact}.ndjson\"");
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, LINES.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, export::export(contact, &links)))
}
