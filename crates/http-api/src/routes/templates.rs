use super::{
    template_refusal,
    template_request::{
        NewTemplate, TemplatePatch, approval, check_approval, check_names, checked, read as bodies,
    },
    template_view::TemplateView,
    tenant,
};
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Cursor, Limit, Params, PathId, listed, page},
    wire::{self, Listed},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use std::sync::Arc;
use tidings_kernel::{Channel, Purpose, TemplateId, TenantId};
use tidings_messaging::StoredTemplate;
use tidings_templates::FieldSpec;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TemplateQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
    #[param(value_type = Option<wire::Channel>)]
    channel: Option<Channel>,
}

/// The template, or 404.
pub(crate) async fn find(
    api: &Api,
    tenant: TenantId,
    id: TemplateId,
) -> Result<StoredTemplate, ApiError> {
    api.templates
        .get(tenant, id)
        .await?
        .ok_or(ApiError::NotFound("template"))
}

/// WhatsApp knows three categories; the purpose tells which.
const fn category(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Marketing => "marketing",
        Purpose::Authentication => "authentication",
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Emergency
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => "utility",
    }
}

/// Make a template
#[utoipa::path(post, path = "/v1/templates", tag = "Templates", request_body = NewTemplate,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = TemplateView), (status = 409, description = "`name_taken`"),
        (status = 422, description = "`invalid_template` with spans; `invalid_request`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |slot| {
        let request = body.json::<NewTemplate>();
        async move {
            let template = made(api, caller.tenant, request?)?;
            let tenant = tenant::find(api, caller.tenant).await?;
            template_refusal::check(&template, &tenant)?;
            let view = TemplateView::new(template.clone(), &tenant);
            let reply = Reply::json(StatusCode::CREATED, &view)?
                .at(format!("/v1/templates/{}", template.id));
            let answer = slot.answer(&reply);
            api.templates.create(&template, answer.as_ref()).await?;
            Ok(Done::Stored(reply))
        }
    })
    .await
}

fn made(api: &Api, tenant: TenantId, request: NewTemplate) -> Result<StoredTemplate, ApiError> {
    let channel = request.channel;
    let category = request
        .category
        .unwrap_or_else(|| category(request.purpose).to_owned());
    let mut checks = Checks::default();
    check_names(
        &mut checks,
        channel,
        &request.name,
        &category,
        request.purpose,
    );
    check_approval(
        &mut checks,
        &api.catalog,
        channel,
        request.status,
        &request.provider_status,
    );
    checks.done()?;
    let fields = request
        .fields
        .map(|fields| fields.into_iter().map(FieldSpec::from).collect());
    let (variants, fields) = bodies(channel, request.variants, fields)?;
    let now = api.clock.now();
    Ok(StoredTemplate {
        id: TemplateId::new(&*api.ids),
        tenant,
        name: request.name,
        category,
        channel,
        purpose: request.purpose,
        variants,
        fields,
        status: approval(channel, request.status, &request.provider_status),
        provider_status: request.provider_status,
        standings: Vec::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// List templates
#[utoipa::path(get, path = "/v1/templates", tag = "Templates", params(TemplateQuery),
    responses((status = 200, body = Listed<TemplateView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<TemplateQuery>,
) -> Result<Json<Listed<TemplateView>>, ApiError> {
    let page = page(query.limit, query.after);
    let found = api
        .templates
        .list(caller.tenant, query.channel, page)
        .await?;
    let tenant = tenant::find(&api, caller.tenant).await?;
    Ok(Json(listed(found, |template| {
        TemplateView::new(template, &tenant)
    })))
}

/// Read a template
#[utoipa::path(get, path = "/v1/templates/{id}", tag = "Templates", params(("id" = String, Path)),
    responses((status = 200, body = TemplateView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<TemplateId>,
) -> Result<Json<TemplateView>, ApiError> {
    let template = find(&api, caller.tenant, id).await?;
    let tenant = tenant::find(&api, caller.tenant).await?;
    Ok(Json(TemplateView::new(template, &tenant)))
}

/// Change a template
#[utoipa::path(patch, path = "/v1/templates/{id}", tag = "Templates", params(("id" = String, Path)),
    request_body = TemplatePatch,
    responses((status = 200, body = TemplateView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`name_taken`; `conflict` when somebody else changed it meanwhile"),
        (status = 422, description = "`invalid_template` with spans; `invalid_request`")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<TemplateId>,
    body: RawBody,
) -> Result<Json<TemplateView>, ApiError> {
    let patch: TemplatePatch = body.json()?;
    let mut template = find(&api, caller.tenant, id).await?;
    let is_text_new = patch.variants.is_some() || patch.fields.is_some();
    patched(&api, &mut template, patch)?;
    let tenant = tenant::find(&api, caller.tenant).await?;
    if is_text_new {
        template_refusal::check(&template, &tenant)?;
    }
    if !api.templates.update(&template).await? {
        return Err(ApiError::ChangedMeanwhile);
    }
    Ok(Json(TemplateView::new(template, &tenant)))
}

fn patched(api: &Api, template: &mut StoredTemplate, patch: TemplatePatch) -> Result<(), ApiError> {
    let channel = template.channel;
    if let Some(name) = patch.name {
        template.name = name;
    }
    if let Some(category) = patch.category {
        template.category = category;
    }
    template.purpose = patch.purpose.unwrap_or(template.purpose);
    let is_approval_new = patch.provider_status.is_some();
    if let Some(provider_status) = patch.provider_status {
        template.provider_status = provider_status;
    }
    let mut checks = Checks::default();
    check_names(
        &mut checks,
        channel,
        &template.name,
        &template.category,
        template.purpose,
    );
    check_approval(
        &mut checks,
        &api.catalog,
        channel,
        patch.status,
        &template.provider_status,
    );
    checks.done()?;
    let is_text_new = patch.variants.is_some();
    let fields = patch
        .fields
        .map(|fields| fields.into_iter().map(FieldSpec::from).collect::<Vec<_>>());
    if let Some(variants) = patch.variants {
        let fields = fields.unwrap_or_else(|| template.fields.clone());
        let (variants, fields) = bodies(channel, variants, Some(fields))?;
        template.reword(variants);
        template.fields = fields;
    } else if fields.is_some() {
        template.fields = checked(&template.variants, fields)?;
    }
    // What a provider approved is the old text.
    template.status = match (patch.status, is_approval_new, is_text_new) {
        (Some(_), _, _) | (None, true, _) => {
            approval(channel, patch.status, &template.provider_status)
        }
        (None, false, true) => approval(channel, None, &std::collections::BTreeMap::new()),
        (None, false, false) => template.status,
    };
    template.version = template.version.saturating_add(1);
    template.updated_at = api.clock.now();
    Ok(())
}

/// Remove a template
///
/// Messages keep what they said. What providers have of it stays there: withdraw it first, where that is not wanted.
#[utoipa::path(delete, path = "/v1/templates/{id}", tag = "Templates", params(("id" = String, Path)),
    responses((status = 204), (status = 404, description = "`not_found`")))]
pub(crate) async fn delete(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<TemplateId>,
) -> Result<StatusCode, ApiError> {
    if api.templates.delete(caller.tenant, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound("template"))
    }
}
