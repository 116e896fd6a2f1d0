use super::{
    account_request::{
        AccountPatch, LimitsBody, NewAccount, PriceBody, check_settings, credentials, provider,
        senders,
    },
    account_standing::StandingView,
};
use crate::{
    api::Api,
    auth::{Admin, Caller, Read},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Cursor, Limit, Params, PathId, listed, page},
    wire::{self, Listed, Patch, Timestamp},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_kernel::{AccountId, TenantId};
use tidings_messaging::{
    Access, AccountInfo, Paged, Price, Provider, ProviderAccount, Sender, SenderLimits,
    tend::{comes_back, has_changed},
};
use utoipa::{IntoParams, ToSchema};

/// How long a connection test may take.
const TEST: std::time::Duration = std::time::Duration::from_secs(10);

/// A tenant's account at a provider, without its credentials.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderAccount)]
pub(crate) struct AccountView {
    #[schema(example = "acc_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    provider: String,
    name: String,
    enabled: bool,
    priority: u16,
    daily_limit: Option<u32>,
    rate_per_second: Option<u32>,
    #[schema(value_type = Vec<PriceBody>)]
    prices: Vec<Price>,
    senders: Vec<SenderView>,
    /// To paste at the provider. Its end is a secret.
    callback_url: String,
    /// What the provider said in the connection test, if there was one just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<ConnectionView>,
    created_at: Timestamp,
}

/// A number or address that messages come from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sender)]
pub(crate) struct SenderView {
    #[schema(example = "snd_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    address: String,
    #[schema(value_type = Vec<wire::Channel>)]
    channels: Vec<tidings_kernel::Channel>,
    region: Option<String>,
    #[schema(value_type = LimitsBody)]
    limits: SenderLimits,
    /// How its provider sees it as a number of WhatsApp, once it has said something.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<StandingView>,
}

/// What the provider says about a working account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ConnectionView {
    ok: bool,
    /// The account's name at the provider.
    name: Option<String>,
    /// The provider's word for its state.
    state: Option<String>,
    /// Things worth knowing, such as a trial account.
    notes: Vec<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
}

impl AccountView {
    fn of(api: &Api, account: &ProviderAccount, info: Option<AccountInfo>) -> Self {
        Self {
            id: account.id.to_string(),
            provider: account.provider.clone(),
            name: account.name.clone(),
            enabled: account.is_enabled,
            priority: account.priority,
            daily_limit: account.daily_limit,
            rate_per_second: account.rate_per_second,
            prices: account.prices.clone(),
            senders: account.senders.iter().map(Into::into).collect(),
            callback_url: api.callback_url(&account.provider, &account.callback_token),
            connection: info.map(Into::into),
            created_at: account.created_at.into(),
        }
    }
}

impl From<&Sender> for SenderView {
    fn from(sender: &Sender) -> Self {
        Self {
            id: sender.id.to_string(),
            address: sender.address.clone(),
            channels: sender.channels.clone(),
            region: sender.region.map(|region| region.to_string()),
            limits: sender.limits,
            standing: StandingView::of(&sender.standing),
        }
    }
}

impl From<AccountInfo> for ConnectionView {
    fn from(info: AccountInfo) -> Self {
        Self {
            ok: true,
            name: info.name,
            state: info.state,
            notes: info.notes,
        }
    }
}

pub(super) async fn find(
    api: &Api,
    tenant: TenantId,
    id: AccountId,
) -> Result<ProviderAccount, ApiError> {
    api.accounts
        .get(tenant, id)
        .await?
        .ok_or(ApiError::NotFound("provider account"))
}

/// Asks the provider whether the credentials work, in bounded time.
async fn connect(provider: &dyn Provider, access: &Access) -> Result<AccountInfo, ApiError> {
    match tokio::time::timeout(TEST, provider.connect(access)).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(ApiError::ConnectionFailed {
            detail: "the provider did not answer within 10 seconds".into(),
            errors: Vec::new(),
        }),
    }
}

/// Connect a provider account
///
/// The connection is tested first, unless `verify` is false. Credentials are sealed and never returned.
#[utoipa::path(post, path = "/v1/provider-accounts", tag = "Provider accounts", request_body = NewAccount,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = AccountView),
        (status = 422, description = "`connection_failed`, `unknown_provider`, `invalid_request`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |slot| {
        let request = body.json::<NewAccount>();
        async move {
            let (account, info) = made(api, caller.tenant, request?).await?;
            let reply = Reply::json(StatusCode::CREATED, &AccountView::of(api, &account, info))?
                .at(format!("/v1/provider-accounts/{}", account.id));
            let answer = slot.answer(&reply);
            api.accounts.create(&account, answer.as_ref()).await?;
            has_changed(&*api.dispatch, &account, api.clock.now()).await;
            Ok(Done::Stored(reply))
        }
    })
    .await
}

async fn made(
    api: &Api,
    tenant: TenantId,
    request: NewAccount,
) -> Result<(ProviderAccount, Option<AccountInfo>), ApiError> {
    let provider = provider(api, &request.provider)?;
    let descriptor = provider.descriptor();
    let mut checks = Checks::default();
    let limits = [
        ("/daily_limit", request.daily_limit),
        ("/rate_per_second", request.rate_per_second),
    ];
    check_settings(
        &mut checks,
        request.name.as_deref(),
        limits,
        &request.prices,
    );
    let credentials = credentials(&mut checks, descriptor, request.credentials);
    let senders = senders(api, &mut checks, descriptor, request.senders, &[]);
    checks.done()?;
    let id = AccountId::new(&*api.ids);
    let callback_token = URL_SAFE_NO_PAD.encode(api.secrets.random());
    let access = Access {
        tenant,
        account: id,
        callback_url: api.callback_url(&request.provider, &callback_token),
        credentials,
    };
    let info = match request.verify {
        None | Some(true) => Some(connect(&**provider, &access).await?),
        Some(false) => None,
    };
    let sealed = api.vault.seal(tenant, id, &access.credentials.to_plain())?;
    let account = ProviderAccount {
        id,
        tenant,
        provider: request.provider,
        name: request.name.unwrap_or_else(|| descriptor.title.to_owned()),
        sealed_credentials: sealed,
        callback_token,
        is_enabled: true,
        priority: request.priority.unwrap_or(100),
        daily_limit: request.daily_limit,
        rate_per_second: request.rate_per_second,
        prices: request.prices,
        senders,
        created_at: api.clock.now(),
    };
    Ok((account, info))
}

/// List provider accounts
#[utoipa::path(get, path = "/v1/provider-accounts", tag = "Provider accounts", params(AccountQuery),
    responses((status = 200, body = Listed<AccountView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<AccountQuery>,
) -> Result<Json<Listed<AccountView>>, ApiError> {
    let mut all = api.accounts.of_tenants(&[caller.tenant]).await?;
    all.sort_by_key(|account| std::cmp::Reverse(account.id));
    let page = page(query.limit, query.after);
    all.retain(|account| page.after.is_none_or(|after| account.id.uuid() < after));
    let paged = Paged::cut(all, page.limit, |account| account.id.uuid());
    Ok(Json(listed(paged, |account| {
        AccountView::of(&api, &account, None)
    })))
}

/// Read a provider account
#[utoipa::path(get, path = "/v1/provider-accounts/{id}", tag = "Provider accounts",
    params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<AccountId>,
) -> Result<Json<AccountView>, ApiError> {
    let account = find(&api, caller.tenant, id).await?;
    Ok(Json(AccountView::of(&api, &account, None)))
}

/// Change a provider account
///
/// New credentials are tested first, unless `verify` is false. An account that was left alone comes back with them.
#[utoipa::path(patch, path = "/v1/provider-accounts/{id}", tag = "Provider accounts",
    params(("id" = String, Path)), request_body = AccountPatch,
    responses((status = 200, body = AccountView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`connection_failed`, `invalid_request`")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    PathId(id): PathId<AccountId>,
    body: RawBody,
) -> Result<Json<AccountView>, ApiError> {
    let patch: AccountPatch = body.json()?;
    let mut account = find(&api, caller.tenant, id).await?;
    let info = patched(&api, &mut account, patch).await?;
    if !api.accounts.update(&account).await? {
        return Err(ApiError::NotFound("provider account"));
    }
    if info.is_some() {
        comes_back(&*api.healths, &*api.dispatch, &account, api.clock.now()).await;
    }
    has_changed(&*api.dispatch, &account, api.clock.now()).await;
    Ok(Json(AccountView::of(&api, &account, info)))
}

async fn patched(
    api: &Api,
    account: &mut ProviderAccount,
    patch: AccountPatch,
) -> Result<Option<AccountInfo>, ApiError> {
    let provider = provider(api, &account.provider)?;
    let descriptor = provider.descriptor();
    let mut checks = Checks::default();
    let limit = |patch: &Patch<u32>| match patch {
        Patch::Value(limit) => Some(*limit),
        Patch::Absent | Patch::Null => None,
    };
    let limits = [
        ("/daily_limit", limit(&patch.daily_limit)),
        ("/rate_per_second", limit(&patch.rate_per_second)),
    ];
    let prices = patch.prices.as_deref().unwrap_or_default();
    check_settings(&mut checks, patch.name.as_deref(), limits, prices);
    let credentials = patch
        .credentials
        .map(|given| credentials(&mut checks, descriptor, given));
    let senders = patch
        .senders
        .map(|given| senders(api, &mut checks, descriptor, given, &account.senders));
    checks.done()?;
    let mut info = None;
    if let Some(credentials) = credentials {
        let access = Access {
            tenant: account.tenant,
            account: account.id,
            callback_url: api.callback_url(&account.provider, &account.callback_token),
            credentials,
        };
        if patch.verify.unwrap_or(true) {
            info = Some(connect(&**provider, &access).await?);
        }
        let plain = access.credentials.to_plain();
        account.sealed_credentials = api.vault.seal(account.tenant, account.id, &plain)?;
    }
    if let Some(name) = patch.name {
        account.name = name;
    }
    account.is_enabled = patch.enabled.unwrap_or(account.is_enabled);
    account.priority = patch.priority.unwrap_or(account.priority);
    patch.daily_limit.apply(&mut account.daily_limit);
    patch.rate_per_second.apply(&mut account.rate_per_second);
    if let Some(prices) = patch.prices {
        account.prices = prices;
    }
    if let Some(senders) = senders {
        account.senders = senders;
    }
    Ok(info)
}

/// Remove a provider account
#[utoipa::path(delete, path = "/v1/provider-accounts/{id}", tag = "Provider accounts",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, description = "`not_found`")))]
pub(crate) async fn delete(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    PathId(id): PathId<AccountId>,
) -> Result<StatusCode, ApiError> {
    if api.accounts.delete(caller.tenant, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound("provider account"))
    }
}

/// Test the connection
///
/// An account that was left alone, since its provider refused it or did not answer, comes back at once when the test
/// succeeds, and what waited for it leaves.
#[utoipa::path(post, path = "/v1/provider-accounts/{id}/test", tag = "Provider accounts",
    params(("id" = String, Path)),
    responses((status = 200, body = ConnectionView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`connection_failed`")))]
pub(crate) async fn test(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    PathId(id): PathId<AccountId>,
    body: RawBody,
) -> Result<Json<ConnectionView>, ApiError> {
    body.nothing()?;
    let account = find(&api, caller.tenant, id).await?;
    let provider = provider(&api, &account.provider)?;
    let access = api.access(&account)?;
    let info = connect(&**provider, &access).await?;
    comes_back(&*api.healths, &*api.dispatch, &account, api.clock.now()).await;
    Ok(Json(info.into()))
}
