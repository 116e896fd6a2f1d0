use super::webhook_endpoints::find;
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    error::ApiError,
    page::{Cursor, Limit, Params, PathId, listed, page},
    wire::{self, Listed, Timestamp},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::sync::Arc;
use tidings_kernel::{EventId, WebhookEndpointId};
use tidings_messaging::{DeliveryStatus, ReplaySpan, WebhookCall, WebhookDelivery, place_of};
use utoipa::{IntoParams, ToSchema};

/// An event that an endpoint is told, or was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryView {
    /// Also the header `webhook-id` of its requests.
    #[schema(example = "evt_01h2xcejqtf2nbrexx3vqjhp41")]
    event_id: String,
    #[schema(value_type = wire::EventType)]
    r#type: &'static str,
    /// When the event was logged.
    logged_at: Timestamp,
    #[schema(value_type = wire::DeliveryStatus)]
    status: &'static str,
    /// The latest calls, oldest first.
    calls: Vec<CallView>,
    /// When it is told next; `null` when it is not.
    next_call_at: Option<Timestamp>,
}

/// One call of an endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookCall)]
pub(crate) struct CallView {
    at: Timestamp,
    took_ms: u64,
    /// The status of the answer; `null` when there was none.
    response_status: Option<u16>,
    /// Why it did not go well.
    problem: Option<String>,
}

impl From<WebhookCall> for CallView {
    fn from(call: WebhookCall) -> Self {
        Self {
            at: call.at.into(),
            took_ms: call.took_ms,
            response_status: call.status,
            problem: call.problem,
        }
    }
}

impl From<WebhookDelivery> for DeliveryView {
    fn from(delivery: WebhookDelivery) -> Self {
        Self {
            event_id: delivery.event.to_string(),
            r#type: delivery.kind.as_str(),
            logged_at: delivery.logged_at.into(),
            status: delivery.status.as_str(),
            calls: delivery.calls.into_iter().map(Into::into).collect(),
            next_call_at: delivery.due_at.map(Into::into),
        }
    }
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DeliveryStatus>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

/// Which deliveries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    #[serde(default, deserialize_with = "status")]
    #[param(value_type = Option<String>, example = "failed")]
    status: Option<DeliveryStatus>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
}

/// What to tell again: one event, or those of a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    /// One event, of which the endpoint was told before.
    #[serde(default)]
    event_id: Option<String>,
    /// All events that were logged at or after this instant,
    #[serde(default)]
    since: Option<Timestamp>,
    /// and before this one; now when left out.
    #[serde(default)]
    until: Option<Timestamp>,
    /// Only those whose delivery has this status; when left out also those that the endpoint was not told, since it was
    /// disabled or did not exist.
    #[serde(default, deserialize_with = "status")]
    #[schema(value_type = Option<wire::DeliveryStatus>)]
    status: Option<DeliveryStatus>,
}

/// How much is told again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookReplay)]
pub(crate) struct ReplayView {
    replayed: u64,
}

/// What was asked for.
enum Asked {
    One(EventId),
    Span(ReplaySpan),
}

impl Replay {
    fn read(self, now: Timestamp) -> Result<Asked, ApiError> {
        let Some(text) = self.event_id else {
            let since = self
                .since
                .ok_or_else(|| ApiError::field("", "missing_field", "give event_id, or since"))?;
            let until = self.until.unwrap_or(now);
            if until <= since {
                return Err(ApiError::field(
                    "/until",
                    "invalid_value",
                    "give an instant after since",
                ));
            }
            return Ok(Asked::Span(ReplaySpan {
                since: since.0,
                until: until.0,
                status: self.status,
            }));
        };
        if self.since.is_some() || self.until.is_some() || self.status.is_some() {
            let detail = "give event_id alone, or leave it out";
            return Err(ApiError::field("/event_id", "invalid_value", detail));
        }
        text.parse()
            .map(Asked::One)
            .map_err(|_| ApiError::NotFound("delivery"))
    }
}

/// List what an endpoint was told
///
/// Newest events first. Kept as long as the events are.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}/deliveries", tag = "Events",
    params(("id" = String, Path), DeliveryQuery),
    responses((status = 200, body = Listed<DeliveryView>), (status = 404, description = "`not_found`")))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<WebhookEndpointId>,
    Params(query): Params<DeliveryQuery>,
) -> Result<Json<Listed<DeliveryView>>, ApiError> {
    find(&api, caller.tenant, id).await?;
    let page = page(query.limit, query.after);
    let found = api
        .endpoints
        .deliveries(caller.tenant, id, query.status, page)
        .await?;
    Ok(Json(listed(found, DeliveryView::from)))
}

/// Tell an endpoint again
///
/// One event, or those of a time, 50,000 at most. Each is told with the `webhook-id` that it had, and a new timestamp.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/replay", tag = "Events",
    params(("id" = String, Path)), request_body = Replay,
    responses((status = 202, body = ReplayView),
        (status = 404, description = "`not_found`: no such endpoint, or it was not told of the event"),
        (status = 422, description = "`invalid_request`, with `too_many`")))]
pub(crate) async fn replay(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<WebhookEndpointId>,
    body: RawBody,
) -> Result<(StatusCode, Json<ReplayView>), ApiError> {
    let request: Replay = body.json()?;
    find(&api, caller.tenant, id).await?;
    let now = api.clock.now();
    let replayed = match request.read(now.into())? {
        Asked::Span(span) => {
            api.endpoints
                .replay_span(caller.tenant, id, span, now)
                .await?
        }
        Asked::One(event) => {
            let missing = ApiError::NotFound("delivery");
            let Some(place) = place_of(caller.tenant, event) else {
                return Err(missing);
            };
            if !api.endpoints.replay(caller.tenant, id, place, now).await? {
                return Err(missing);
            }
            1
        }
    };
    Ok((StatusCode::ACCEPTED, Json(ReplayView { replayed })))
}
