//! WhatsApp accounts at their provider: numbers, what is told to us, and how the business shows itself.

use super::accounts::find;
use crate::{
    api::Api,
    auth::{Admin, Caller, Manage, Read},
    body::RawBody,
    error::ApiError,
    page::PathId,
    wire::given,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_kernel::{AccountId, TenantId};
use tidings_messaging::{
    Access, BusinessProfile, ProviderAccount, WhatsappAccount, WhatsappNumber,
};
use tidings_templates::Quality;
use utoipa::ToSchema;

/// The accounts that can be seen to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatsappAccounts)]
pub(crate) struct AccountsView {
    data: Vec<AccountView>,
}

/// A WhatsApp account, without what only its provider knows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatsappAccount)]
pub(crate) struct AccountView {
    #[schema(example = "acc_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    name: String,
    #[schema(example = "whatsapp_cloud")]
    provider: String,
    enabled: bool,
    /// To enter at the provider, together with the verify token among the credentials. Its end is a secret.
    callback_url: String,
}

/// A WhatsApp account as its provider has it now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatsappAccountState)]
pub(crate) struct StateView {
    #[serde(flatten)]
    account: AccountView,
    /// The numbers of the business account.
    numbers: Vec<NumberView>,
    /// The apps that hear what happens on the business account; empty when nothing is told to us.
    subscribed_apps: Vec<String>,
}

/// A number of a business account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatsappNumber)]
pub(crate) struct NumberView {
    /// Its id at the provider.
    id: String,
    /// Whether messages of the account leave from it.
    is_own: bool,
    #[schema(example = "+1 202-555-0100")]
    number: String,
    name: Option<String>,
    /// The provider's word for its state, such as `CONNECTED`.
    status: Option<String>,
    /// `unknown`, `green`, `yellow` or `red`.
    #[schema(value_type = Option<String>)]
    quality: Option<Quality>,
    /// The provider's word for the review of the name.
    name_status: Option<String>,
    /// How many people the business may write to first in 24 hours, such as `TIER_2K`.
    messaging_limit: Option<String>,
    throughput: Option<String>,
}

/// How a business shows itself on WhatsApp.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WhatsappProfile)]
pub(crate) struct ProfileView {
    about: Option<String>,
    address: Option<String>,
    description: Option<String>,
    email: Option<String>,
    websites: Vec<String>,
    /// The trade, in the provider's words, such as `RETAIL`.
    vertical: Option<String>,
    picture_url: Option<String>,
}

/// A change of a profile: what is absent stays, an empty text takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfilePatch {
    #[serde(default, deserialize_with = "given")]
    about: Option<String>,
    #[serde(default, deserialize_with = "given")]
    address: Option<String>,
    #[serde(default, deserialize_with = "given")]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    email: Option<String>,
    /// Two at most.
    #[serde(default, deserialize_with = "given")]
    websites: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    vertical: Option<String>,
}

/// The PIN of two-step verification. Not `Debug`: it is a secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pin {
    /// Six digits: those that were chosen before, or new ones.
    #[schema(example = "123456")]
    pin: String,
}

impl AccountView {
    fn of(api: &Api, account: &ProviderAccount) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            provider: account.provider.clone(),
            enabled: account.is_enabled,
            callback_url: api.callback_url(&account.provider, &account.callback_token),
        }
    }
}

impl From<WhatsappNumber> for NumberView {
    fn from(number: WhatsappNumber) -> Self {
        Self {
            id: number.id,
            is_own: number.is_own,
            number: number.shown,
            name: number.name,
            status: number.status,
            quality: number.quality,
            name_status: number.name_status,
            messaging_limit: number.messaging_limit,
            throughput: number.throughput,
        }
    }
}

impl From<BusinessProfile> for ProfileView {
    fn from(profile: BusinessProfile) -> Self {
        Self {
            about: profile.about,
            address: profile.address,
            description: profile.description,
            email: profile.email,
            websites: profile.websites.unwrap_or_default(),
            vertical: profile.vertical,
            picture_url: profile.picture_url,
        }
    }
}

/// An account, how it is seen to, and what that takes; 404 for one of another kind.
async fn open(
    api: &Api,
    tenant: TenantId,
    id: AccountId,
) -> Result<(ProviderAccount, Arc<dyn WhatsappAccount>, Access), ApiError> {
    let account = find(api, tenant, id).await?;
    let keeper = api.catalog.whatsapp_account(&account.provider).cloned();
    let keeper = keeper.ok_or(ApiError::NotFound("WhatsApp account"))?;
    let access = api.access(&account)?;
    Ok((account, keeper, access))
}

/// List WhatsApp accounts
#[utoipa::path(get, path = "/v1/whatsapp/accounts", tag = "WhatsApp",
    responses((status = 200, body = AccountsView)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
) -> Result<Json<AccountsView>, ApiError> {
    let accounts = api.accounts.of_tenants(&[caller.tenant]).await?;
    let fitting = accounts
        .iter()
        .filter(|it| api.catalog.whatsapp_account(&it.provider).is_some());
    Ok(Json(AccountsView {
        data: fitting.map(|it| AccountView::of(&api, it)).collect(),
    }))
}

/// Read a WhatsApp account as its provider has it
#[utoipa::path(get, path = "/v1/whatsapp/accounts/{id}", tag = "WhatsApp", params(("id" = String, Path)),
    responses((status = 200, body = StateView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`provider_refused`, `connection_failed`"),
        (status = 503, description = "`provider_unavailable`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    PathId(id): PathId<AccountId>,
) -> Result<Json<StateView>, ApiError> {
    let (account, keeper, access) = open(&api, caller.tenant, id).await?;
    let numbers = keeper.numbers(&access).await?;
    let subscribed_apps = keeper.subscriptions(&access).await?;
    Ok(Json(StateView {
        account: AccountView::of(&api, &account),
        numbers: numbers.into_iter().map(Into::into).collect(),
        subscribed_apps,
    }))
}

/// Have the provider tell us what happens
///
/// The provider checks our address at once: this succeeds when it was reached and has answered.
#[utoipa::path(post, path = "/v1/whatsapp/accounts/{id}/subscribe", tag = "WhatsApp",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, description = "`not_found`"),
        (status = 422, description = "`provider_refused`, `connection_failed`"),
        (status = 503, description = "`provider_unavailable`: repeat it")))]
pub(crate) async fn subscribe(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    PathId(id): PathId<AccountId>,
) -> Result<StatusCode, ApiError> {
    let (_, keeper, access) = open(&api, caller.tenant, id).await?;
    keeper.subscribe(&access).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Register the number of an account
///
/// Providers count the attempts.
#[utoipa::path(post, path = "/v1/whatsapp/accounts/{id}/register", tag = "WhatsApp",
    params(("id" = String, Path)), request_body = Pin,
    responses((status = 204), (status = 404, description = "`not_found`"),
        (status = 422, description = "`provider_refused`, `connection_failed`"),
        (status = 503, description = "`provider_unavailable`")))]
pub(crate) async fn register(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    PathId(id): PathId<AccountId>,
    body: RawBody,
) -> Result<StatusCode, ApiError> {
    let request: Pin = body.json()?;
    let (_, keeper, access) = open(&api, caller.tenant, id).await?;
    keeper.register(&access, &request.pin.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read how a business shows itself on WhatsApp
#[utoipa::path(get, path = "/v1/whatsapp/accounts/{id}/profile", tag = "WhatsApp",
    params(("id" = String, Path)),
    responses((status = 200, body = ProfileView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`provider_refused`, `connection_failed`"),
        (status = 503, description = "`provider_unavailable`")))]
pub(crate) async fn profile(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<AccountId>,
) -> Result<Json<ProfileView>, ApiError> {
    let (_, keeper, access) = open(&api, caller.tenant, id).await?;
    Ok(Json(keeper.profile(&access).await?.into()))
}

/// Change how a business shows itself on WhatsApp
#[utoipa::path(patch, path = "/v1/whatsapp/accounts/{id}/profile", tag = "WhatsApp",
    params(("id" = String, Path)), request_body = ProfilePatch,
    responses((status = 200, body = ProfileView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`provider_refused` for a text that is too long; `connection_failed`"),
        (status = 503, description = "`provider_unavailable`: repeat it")))]
pub(crate) async fn change_profile(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<AccountId>,
    body: RawBody,
) -> Result<Json<ProfileView>, ApiError> {
    let patch: ProfilePatch = body.json()?;
    let (_, keeper, access) = open(&api, caller.tenant, id).await?;
    let change = BusinessProfile {
        about: patch.about,
        address: patch.address,
        description: patch.description,
        email: patch.email,
        websites: patch.websites,
        vertical: patch.vertical,
        picture_url: None,
    };
    keeper.set_profile(&access, &change).await?;
    Ok(Json(keeper.profile(&access).await?.into()))
}
