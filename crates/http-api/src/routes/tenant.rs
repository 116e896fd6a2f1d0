use super::{tenant_request::TenantPatch, tenant_view::TenantView};
use crate::{
    api::Api,
    auth::{Admin, Caller, Read},
    body::RawBody,
    error::ApiError,
};
use axum::{Json, extract::State};
use std::sync::Arc;
use tidings_kernel::TenantId;
use tidings_messaging::Tenant;

/// The caller's tenant.
pub(super) async fn find(api: &Api, tenant: TenantId) -> Result<Tenant, ApiError> {
    api.tenants
        .get(tenant)
        .await?
        .ok_or(ApiError::NotFound("tenant"))
}

/// Read the tenant
///
/// The one that the key opens.
#[utoipa::path(get, path = "/v1/tenant", tag = "Tenant", responses((status = 200, body = TenantView)))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
) -> Result<Json<TenantView>, ApiError> {
    Ok(Json(find(&api, caller.tenant).await?.into()))
}

/// Change the tenant
///
/// A part at a time: what is left out stays. Every message is judged by the settings of the moment, right
/// before it is sent too; `disabled_channels` so stops a channel at once.
#[utoipa::path(patch, path = "/v1/tenant", tag = "Tenant", request_body = TenantPatch,
    responses((status = 200, body = TenantView),
        (status = 409, description = "`conflict` when somebody else changed it meanwhile"),
        (status = 422, description = "`invalid_request`, `unknown_field`")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    body: RawBody,
) -> Result<Json<TenantView>, ApiError> {
    let patch: TenantPatch = body.json()?;
    let before = find(&api, caller.tenant).await?;
    let after = patch.apply(before.clone())?;
    if !api.tenants.change(&before, &after).await? {
        return Err(ApiError::ChangedMeanwhile);
    }
    Ok(Json(after.into()))
}
