use crate::{
    api::Api,
    auth::{Caller, Read, shown_key},
    error::ApiError,
    page::Params,
    problem::FieldError,
    streams::{Filter, Opening},
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::sync::Arc;
use tidings_kernel::{EventId, TenantId};
use tidings_messaging::{EventKind, place_of};
use utoipa::IntoParams;

/// Which events to give.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamQuery {
    /// Only these types, with commas between.
    #[param(example = "message.status,message.received")]
    types: Option<String>,
    /// Only what is about this contact.
    #[param(example = "con_01h2xcejqtf2nbrexx3vqjhp41")]
    contact_id: Option<String>,
}

impl StreamQuery {
    fn filter(self) -> Result<Filter, ApiError> {
        let mut errors = Vec::new();
        let kinds = match self.types.as_deref() {
            None => Vec::new(),
            Some(types) => kinds(types.split(',').map(str::trim), "?types", &mut errors),
        };
        let contact = self.contact_id.map(|text| text.parse());
        let contact = contact.transpose().map_err(|_| {
            errors.push(FieldError::new(
                "?contact_id",
                "invalid_value",
                "give the id of a contact, con_…",
            ));
        });
        match contact {
            Ok(contact) if errors.is_empty() => Ok(Filter { kinds, contact }),
            Ok(_) | Err(()) => Err(ApiError::Invalid(errors)),
        }
    }
}

/// Reads names of types, and says which there are where one is wrong.
pub(crate) fn kinds<'a>(
    types: impl IntoIterator<Item = &'a str>,
    pointer: &str,
    errors: &mut Vec<FieldError>,
) -> Vec<EventKind> {
    let mut kinds = Vec::new();
    for name in types {
        match name.parse::<EventKind>() {
            Ok(kind) if kinds.contains(&kind) => {}
            Ok(kind) => kinds.push(kind),
            Err(unknown) => {
                let known: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
                let detail = format!("{unknown}: there are {}", known.join(", "));
                errors.push(FieldError::new(pointer, "invalid_value", detail));
            }
        }
    }
    kinds
}

/// The place of the event that the client has seen last.
fn last_seen(headers: &HeaderMap, tenant: TenantId) -> Result<Option<u64>, ApiError> {
    let Some(header) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let refuse = || {
        ApiError::field(
            "Last-Event-ID",
            "invalid_value",
            "give the id of an event of this stream, evt_…, or leave the header out",
        )
    };
    let text = header.to_str().map_err(|_| refuse())?;
    if text.is_empty() {
        return Ok(None);
    }
    let id: EventId = text.parse().map_err(|_| refuse())?;
    place_of(tenant, id).map(Some).ok_or_else(refuse)
}

/// Listen to what happens
///
/// Server-sent events, in the order in which they happened, none left out and none twice. Each has the `id` to resume
/// after, with the header `Last-Event-ID`; the stream begins with the id of the place that it begins at, and repeats the
/// one that it has reached when nothing happens. Without the header it begins now. `data` is
/// `{"id", "type", "timestamp", "data"}`, as webhooks have it.
///
/// `stream.gap` says that events which the client has not seen are not kept any more. `stream.end` is the last event of
/// a stream, with the reason: `too_slow`, `stopping`, `key_revoked` or `unavailable`; come back with `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/stream", tag = "Events",
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header,
        description = "The id of the last event that was seen")),
    responses((status = 200, body = String, content_type = "text/event-stream",
            description = "Events, for as long as the connection stands"),
        (status = 422, description = "`unknown_field`, `invalid_request`"),
        (status = 429, description = "`rate_limited`, `too_many_streams`"),
        (status = 503, description = "`unavailable`")))]
pub(crate) async fn listen(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let opening = Opening {
        tenant: caller.tenant,
        key: Some(shown_key(&headers).ok_or(ApiError::Unauthenticated)?),
        filter: query.filter()?,
        after: last_seen(&headers, caller.tenant)?,
    };
    let subscriber = api.streams.open(opening).await?;
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        // Proxies hold answers back until there is much of them, unless they are told.
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, Body::from_stream(subscriber.frames())).into_response())
}
