use super::endpoint_request::{EndpointPatch, NewEndpoint, Wanted};
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Cursor, Limit, Params, PathId, listed, page},
    wire::{self, Listed, Timestamp},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_kernel::{TenantId, WebhookEndpointId};
use tidings_messaging::{EventKind, Sealed, WEBHOOK_SECRET, WebhookEndpoint};
use time::Duration;
use utoipa::{IntoParams, ToSchema};

/// For how long the secret before a new one signs too, in hours, unless the tenant says otherwise; and at most.
const OLD_KEPT: u16 = 24;
const OLD_KEPT_MOST: u16 = 168;

/// Where a tenant's own system is told of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct EndpointView {
    #[schema(example = "hook_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    url: String,
    description: String,
    /// What it is told; empty for everything.
    #[schema(value_type = Vec<wire::EventType>)]
    types: Vec<&'static str>,
    enabled: bool,
    /// Why it was disabled, when it was not you who did.
    disabled_because: Option<String>,
    /// Since when it has taken nothing; `null` when the last call was answered with 200 to 299, or none was made.
    failing_since: Option<Timestamp>,
    /// Until when requests carry a signature of the secret before, too.
    old_secret_until: Option<Timestamp>,
    /// What signatures are checked with: in the answer that makes it, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<&WebhookEndpoint> for EndpointView {
    fn from(endpoint: &WebhookEndpoint) -> Self {
        let old = endpoint.old_secret.as_ref();
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            types: endpoint.kinds.iter().map(|kind| kind.as_str()).collect(),
            enabled: endpoint.is_enabled,
            disabled_because: endpoint.disabled_because.clone(),
            failing_since: endpoint.failing_since.map(Into::into),
            old_secret_until: old.map(|(_, until)| (*until).into()),
            secret: None,
            created_at: endpoint.created_at.into(),
            updated_at: endpoint.updated_at.into(),
        }
    }
}

impl EndpointView {
    fn with(self, secret: &SecretString) -> Self {
        Self {
            secret: Some(secret.expose_secret().to_owned()),
            ..self
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndpointQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
}

/// How a secret is renewed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// For how many hours the secret before signs too, 0 to 168; 24 when left out.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 168, default = 24)]
    keep_old_hours: Option<u16>,
}

/// A new secret, in clear and sealed.
fn new_secret(
    api: &Api,
    tenant: TenantId,
    endpoint: WebhookEndpointId,
) -> Result<(SecretString, Sealed), ApiError> {
    let text = format!("{WEBHOOK_SECRET}{}", STANDARD.encode(api.secrets.random()));
    let plain = SecretBox::new(text.clone().into_bytes().into_boxed_slice());
    let sealed = api
        .vault
        .seal(tenant, WebhookEndpoint::seat(endpoint), &plain)?;
    Ok((text.into(), sealed))
}

pub(super) async fn find(
    api: &Api,
    tenant: TenantId,
    id: WebhookEndpointId,
) -> Result<WebhookEndpoint, ApiError> {
    let found = api.endpoints.endpoint(tenant, id).await?;
    found.ok_or(ApiError::NotFound("webhook endpoint"))
}

/// Make an endpoint for webhooks
///
/// It is told of what happens from now on, by Standard Webhooks. The secret is shown once: a repetition with the same
/// `Idempotency-Key` is answered without it.
#[utoipa::path(post, path = "/v1/webhook-endpoints", tag = "Events", request_body = NewEndpoint,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = EndpointView),
        (status = 422, description = "`invalid_request`, with `invalid_url` or `too_many`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |slot| {
        let request = body.json::<NewEndpoint>();
        async move {
            let wanted = EndpointPatch::from(request?).read(api)?;
            let id = WebhookEndpointId::new(&*api.ids);
            let (secret, sealed) = new_secret(api, caller.tenant, id)?;
            let now = api.clock.now();
            let mut endpoint = WebhookEndpoint {
                id,
                tenant: caller.tenant,
                url: String::new(),
                description: String::new(),
                kinds: Vec::new(),
                is_enabled: true,
                disabled_because: None,
                secret: sealed,
                old_secret: None,
                failing_since: None,
                created_at: now,
                updated_at: now,
            };
            apply(&mut endpoint, wanted);
            let at = format!("/v1/webhook-endpoints/{id}");
            let view = EndpointView::from(&endpoint);
            // What is remembered for repetitions is kept in clear, so it lacks the secret.
            let remembered = Reply::json(StatusCode::CREATED, &view)?.at(at.clone());
            let reply = Reply::json(StatusCode::CREATED, &view.with(&secret))?.at(at);
            let answer = slot.answer(&remembered);
            api.endpoints
                .create_endpoint(&endpoint, answer.as_ref())
                .await?;
            Ok(Done::Stored(reply))
        }
    })
    .await
}

fn apply(endpoint: &mut WebhookEndpoint, wanted: Wanted) {
    if let Some(url) = wanted.url {
        endpoint.url = url;
    }
    if let Some(description) = wanted.description {
        endpoint.description = description;
    }
    if let Some(kinds) = wanted.kinds {
        endpoint.kinds = kinds;
    }
    if let Some(enabled) = wanted.enabled {
        endpoint.is_enabled = enabled;
    }
}

/// List endpoints for webhooks
#[utoipa::path(get, path = "/v1/webhook-endpoints", tag = "Events", params(EndpointQuery),
    responses((status = 200, body = Listed<EndpointView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<EndpointQuery>,
) -> Result<Json<Listed<EndpointView>>, ApiError> {
    let page = page(query.limit, query.after);
    let found = api.endpoints.endpoints(caller.tenant, page).await?;
    Ok(Json(listed(found, |endpoint| {
        EndpointView::from(&endpoint)
    })))
}

/// Read an endpoint for webhooks
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", tag = "Events",
    params(("id" = String, Path)),
    responses((status = 200, body = EndpointView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<Json<EndpointView>, ApiError> {
    let endpoint = find(&api, caller.tenant, id).await?;
    Ok(Json(EndpointView::from(&endpoint)))
}

/// Change an endpoint for webhooks
///
/// What is pending goes to the new address. An endpoint that was disabled since it took nothing for days goes on when it
/// is enabled.
#[utoipa::path(patch, path = "/v1/webhook-endpoints/{id}", tag = "Events",
    params(("id" = String, Path)), request_body = EndpointPatch,
    responses((status = 200, body = EndpointView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`invalid_request`, with `invalid_url`")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<WebhookEndpointId>,
    body: RawBody,
) -> Result<Json<EndpointView>, ApiError> {
    let patch: EndpointPatch = body.json()?;
    let mut endpoint = find(&api, caller.tenant, id).await?;
    apply(&mut endpoint, patch.read(&api)?);
    Ok(Json(EndpointView::from(&store(&api, endpoint).await?)))
}

/// Stores a change, and gives the endpoint as it is then.
async fn store(api: &Api, endpoint: WebhookEndpoint) -> Result<WebhookEndpoint, ApiError> {
    let changed = WebhookEndpoint {
        updated_at: api.clock.now(),
        ..endpoint
    };
    if !api.endpoints.update_endpoint(&changed).await? {
        return Err(ApiError::NotFound("webhook endpoint"));
    }
    find(api, changed.tenant, changed.id).await
}

/// Delete an endpoint for webhooks
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", tag = "Events",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, description = "`not_found`")))]
pub(crate) async fn delete(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<StatusCode, ApiError> {
    if api.endpoints.delete_endpoint(caller.tenant, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound("webhook endpoint"))
    }
}

/// Renew the secret of an endpoint
///
/// The new one is shown once. Requests carry signatures of both for a while, so that you can change over.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate-secret", tag = "Events",
    params(("id" = String, Path)), request_body = Rotation,
    responses((status = 200, body = EndpointView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`invalid_request`")))]
pub(crate) async fn rotate(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<WebhookEndpointId>,
    body: RawBody,
) -> Result<Json<EndpointView>, ApiError> {
    let rotation: Rotation = body.json_or_empty()?;
    let hours = rotation.keep_old_hours.unwrap_or(OLD_KEPT);
    if hours > OLD_KEPT_MOST {
        let detail = format!("give 0 to {OLD_KEPT_MOST} hours");
        return Err(ApiError::field("/keep_old_hours", "invalid_value", detail));
    }
    let endpoint = find(&api, caller.tenant, id).await?;
    let (secret, sealed) = new_secret(&api, caller.tenant, id)?;
    let until = api.clock.now() + Duration::hours(hours.into());
    let renewed = WebhookEndpoint {
        old_secret: (hours > 0).then_some((endpoint.secret, until)),
        secret: sealed,
        ..endpoint
    };
    let stored = store(&api, renewed).await?;
    Ok(Json(EndpointView::from(&stored).with(&secret)))
}

/// Send a test event to an endpoint
///
/// An event of the type `webhook_endpoint.test`, of which this endpoint alone is told. What came of it is among its
/// deliveries.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/test", tag = "Events",
    params(("id" = String, Path)),
    responses((status = 202, body = TestView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`endpoint_disabled`")))]
pub(crate) async fn test(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<WebhookEndpointId>,
    body: RawBody,
) -> Result<(StatusCode, Json<TestView>), ApiError> {
    body.nothing()?;
    let now = api.clock.now();
    if !api.endpoints.test_endpoint(caller.tenant, id, now).await? {
        find(&api, caller.tenant, id).await?;
        return Err(ApiError::EndpointDisabled);
    }
    let view = TestView {
        r#type: EventKind::EndpointTested.as_str(),
        deliveries: format!("/v1/webhook-endpoints/{id}/deliveries"),
    };
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// A test that is on its way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookTest)]
pub(crate) struct TestView {
    #[schema(example = "webhook_endpoint.test")]
    r#type: &'static str,
    /// Where to see what came of it.
    deliveries: String,
}
