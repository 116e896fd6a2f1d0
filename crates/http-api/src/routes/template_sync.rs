//! Templates at their providers: handing in, looking, and what is there.

use super::{template_view::TemplateView, tenant};
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    error::ApiError,
    page::{Params, PathId, Switch},
    wire::Timestamp,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_kernel::{AccountId, TemplateId};
use tidings_messaging::{ProviderAccount, TemplateListing, sync::SubmitError};
use tidings_templates::{ApprovalStatus, Category, Component, Quality};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// Where to hand a template in or to remove it, and in which language.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Submission {
    /// The account. When left out, a template is handed in with the first by priority whose provider keeps templates,
    /// and removed at all that have it.
    #[schema(value_type = Option<String>, example = "acc_01h2xcejqtf2nbrexx3vqjhp41")]
    account_id: Option<AccountId>,
    /// The language; all when left out.
    #[schema(example = "en_US")]
    locale: Option<String>,
}

/// Which accounts to look at.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SyncRequest {
    /// The account; all whose providers keep WhatsApp templates when left out.
    #[schema(value_type = Option<String>, example = "acc_01h2xcejqtf2nbrexx3vqjhp41")]
    account_id: Option<AccountId>,
    /// Whether to make templates of ours out of those that we do not have and can read.
    import: bool,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateSync)]
pub(crate) struct SyncView {
    /// One for each account.
    data: Vec<LookView>,
}

/// What a look at the templates of an account found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateLook)]
pub(crate) struct LookView {
    #[schema(example = "acc_01h2xcejqtf2nbrexx3vqjhp41")]
    account_id: String,
    #[schema(example = "whatsapp_cloud")]
    provider: String,
    /// How many templates the provider has.
    seen: usize,
    /// Ours that stand otherwise than before.
    changed: Vec<String>,
    /// Ours that are not there any more.
    gone: Vec<ListingView>,
    /// Those that we do not have.
    foreign: Vec<ListingView>,
    /// Those that were made of these.
    imported: Vec<String>,
    /// Why the provider could not be looked at, if so.
    problem: Option<String>,
}

/// A template in one language as a provider lists it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateListing)]
pub(crate) struct ListingView {
    /// The provider's id.
    #[schema(example = "1234567890123456")]
    id: String,
    #[schema(example = "whatsapp_cloud")]
    provider: String,
    /// The account that saw it last.
    account_id: String,
    /// Ours; `null` for one that we do not have.
    template_id: Option<String>,
    name: String,
    #[schema(example = "en_US")]
    locale: String,
    /// `draft`, `pending`, `approved`, `rejected`, `paused` or `disabled`.
    #[schema(value_type = String)]
    status: ApprovalStatus,
    /// The provider's own word, and why.
    word: Option<String>,
    reason: Option<String>,
    /// `authentication`, `utility` or `marketing`.
    #[schema(value_type = String)]
    category: Category,
    /// The category to come, if the provider has announced a change.
    #[schema(value_type = Option<String>)]
    next_category: Option<Category>,
    next_category_at: Option<Timestamp>,
    /// `unknown`, `green`, `yellow` or `red`.
    #[schema(value_type = String)]
    quality: Quality,
    /// Whether the provider has the text that ours has now. If not, hand it in again.
    is_current: bool,
    /// Whether the provider does not have it any more.
    is_gone: bool,
    /// When the provider last showed it or spoke of it.
    seen_at: Timestamp,
    /// What it says there, in Meta's spelling, if told.
    #[schema(value_type = Option<Vec<Object>>)]
    components: Option<Vec<Component>>,
}

impl ListingView {
    fn new(listing: TemplateListing, now: OffsetDateTime) -> Self {
        let announced = listing.standing.announced(now);
        let (word, reason) = listing.said.as_ref().map_or((None, None), |said| {
            (Some(said.word.clone()), said.reason.clone())
        });
        Self {
            status: listing.status(),
            word,
            reason,
            category: listing.standing.category(now),
            next_category: announced.map(|(category, _)| category),
            next_category_at: announced.map(|(_, at)| at.into()),
            quality: listing.standing.quality(),
            is_current: listing.template.is_some() && listing.same_as.is_some(),
            is_gone: listing.is_gone,
            seen_at: listing.seen_at.into(),
            account_id: listing.account.to_string(),
            template_id: listing.template.map(|id| id.to_string()),
            id: listing.id,
            provider: listing.provider,
            name: listing.name,
            locale: listing.locale,
            components: listing.components,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListingQuery {
    /// Those of one template of ours.
    #[param(value_type = Option<String>)]
    template_id: Option<TemplateId>,
    /// `true`: those that we do not have; `false`: ours.
    #[param(value_type = Option<bool>)]
    foreign: Option<Switch>,
}

/// The listings that were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateListings)]
pub(crate) struct ListingsView {
    data: Vec<ListingView>,
}

/// Hand a template in for approval
///
/// What the provider has in the same words is left alone, so that repeating it is harmless; what says something else
/// there is changed, and reviewed again.
#[utoipa::path(post, path = "/v1/templates/{id}/submit", tag = "Templates", params(("id" = String, Path)),
    request_body = Submission,
    responses((status = 200, body = TemplateView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`provider_refused` with advice; `connection_failed`; `invalid_template` when an \
            example is missing; `invalid_request`"),
        (status = 503, description = "`provider_unavailable`: repeat it")))]
pub(crate) async fn submit(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<TemplateId>,
    body: RawBody,
) -> Result<Json<TemplateView>, ApiError> {
    let request: Submission = body.json()?;
    let tenant = tenant::find(&api, caller.tenant).await?;
    let locale = request.locale.as_deref();
    let handed_in = api
        .syncing
        .submit(tenant.id, id, request.account_id, locale)
        .await?;
    Ok(Json(TemplateView::new(handed_in, &tenant)))
}

/// Remove what providers have of a template
///
/// Ours stays, stands as `disabled`, and can be submitted again. What waits for it is blocked when it is due
/// (`template.not_approved`). Repeating it is harmless. Meta keeps the name of a template that it had approved for 30
/// days, in that language: until then submit it under another name, or change it there by submitting another text
/// instead of removing it. Meta removes nothing that it has disabled.
#[utoipa::path(post, path = "/v1/templates/{id}/withdraw", tag = "Templates", params(("id" = String, Path)),
    request_body = Submission,
    responses((status = 200, body = TemplateView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`provider_refused` with advice; `connection_failed`; `invalid_request` with \
            `not_listed` when no provider has it"),
        (status = 503, description = "`provider_unavailable`: repeat it")))]
pub(crate) async fn withdraw(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<TemplateId>,
    body: RawBody,
) -> Result<Json<TemplateView>, ApiError> {
    let request: Submission = body.json()?;
    let tenant = tenant::find(&api, caller.tenant).await?;
    let locale = request.locale.as_deref();
    let withdrawn = api
        .syncing
        .withdraw(tenant.id, id, request.account_id, locale)
        .await?;
    Ok(Json(TemplateView::new(withdrawn, &tenant)))
}

/// Look at the templates that providers have
///
/// This happens by itself every quarter of an hour, and when providers tell of a change.
#[utoipa::path(post, path = "/v1/templates/sync", tag = "Templates", request_body = SyncRequest,
    responses((status = 200, body = SyncView), (status = 422, description = "`invalid_request`")))]
pub(crate) async fn sync(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    body: RawBody,
) -> Result<Json<SyncView>, ApiError> {
    let request: SyncRequest = body.json()?;
    let accounts = match request.account_id {
        Some(_) => vec![
            api.syncing
                .account(caller.tenant, request.account_id)
                .await?,
        ],
        None => api.syncing.keepers(caller.tenant).await?,
    };
    let mut data = Vec::with_capacity(accounts.len());
    for account in accounts {
        data.push(look(&api, &account, request.import).await?);
    }
    Ok(Json(SyncView { data }))
}

async fn look(api: &Api, account: &ProviderAccount, import: bool) -> Result<LookView, ApiError> {
    let mut view = LookView {
        account_id: account.id.to_string(),
        provider: account.provider.clone(),
        seen: 0,
        changed: Vec::new(),
        gone: Vec::new(),
        foreign: Vec::new(),
        imported: Vec::new(),
        problem: None,
    };
    let look = match api.syncing.look(account).await {
        Ok(look) => look,
        // One account must not keep the others from being looked at.
        Err(tidings_messaging::sync::SyncError::Provider(error)) => {
            view.problem = Some(error.to_string());
            return Ok(view);
        }
        Err(error) => return Err(SubmitError::Sync(error).into()),
    };
    let now = api.clock.now();
    let views = |listings: Vec<TemplateListing>| -> Vec<ListingView> {
        let listings = listings.into_iter();
        listings
            .map(|listing| ListingView::new(listing, now))
            .collect()
    };
    view.seen = look.seen;
    view.changed = look.changed.iter().map(|it| it.id.to_string()).collect();
    view.gone = views(look.gone);
    view.foreign = views(look.foreign);
    if import {
        let imported = api.syncing.import(account.tenant, account.id).await?;
        view.imported = imported.iter().map(|it| it.id.to_string()).collect();
    }
    Ok(view)
}

/// List what providers have of templates, as it was last seen
#[utoipa::path(get, path = "/v1/template-listings", tag = "Templates", params(ListingQuery),
    responses((status = 200, body = ListingsView)))]
pub(crate) async fn listings(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<ListingQuery>,
) -> Result<Json<ListingsView>, ApiError> {
    let listings = &api.syncing.listings;
    let mut found = match query.template_id {
        Some(template) => listings.of_template(caller.tenant, template).await?,
        None => listings.of_tenant(caller.tenant).await?,
    };
    found.retain(|listing| {
        let is_foreign = listing.template.is_none();
        query
            .foreign
            .is_none_or(|wanted| (wanted == Switch::True) == is_foreign)
    });
    let now = api.clock.now();
    let views = found.into_iter();
    Ok(Json(ListingsView {
        data: views
            .map(|listing| ListingView::new(listing, now))
            .collect(),
    }))
}
