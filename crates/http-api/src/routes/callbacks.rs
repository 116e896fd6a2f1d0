use crate::{api::Api, body::read, error::ApiError};
use axum::{
    extract::{FromRequestParts, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use std::{future::Future, sync::Arc};
use tidings_kernel::CallbackId;
use tidings_messaging::{
    Access, CallbackRequest, Descriptor, Handshake, NotAuthentic, Provider, ProviderAccount,
    RawCallback, Thanks,
};

/// The most that a callback may weigh.
pub(crate) const CALLBACK_LIMIT: usize = 5 << 20;

/// How long a callback may take. Providers give up after 10 to 15 seconds, and then send again.
const BOUND: std::time::Duration = std::time::Duration::from_secs(10);

/// The end of a callback address. One that cannot be read is one that does not exist.
pub(crate) struct Address {
    provider: String,
    token: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((provider, token)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound("callback address"))?;
        // PostgreSQL has no text with U+0000, so no account has such a token.
        if token.contains('\0') {
            return Err(ApiError::NotFound("callback address"));
        }
        Ok(Self { provider, token })
    }
}

/// Check a callback address, or take a callback by GET
///
/// The handshake of providers that have one, such as WhatsApp. Others tell by GET what is posted elsewhere, such as
/// MessageBird of statuses: that is taken like a POST.
#[utoipa::path(get, path = "/callbacks/{provider}/{token}", tag = "Callbacks", security(()),
    params(("provider" = String, Path), ("token" = String, Path)),
    responses((status = 200, description = "The provider's challenge; or stored, or stored before"),
        (status = 403, description = "`not_authentic`"), (status = 404, description = "`not_found`"),
        (status = 503, description = "`unavailable`: not stored, send again")))]
pub(crate) async fn handshake(
    State(api): State<Arc<Api>>,
    Address { provider, token }: Address,
    request: Request,
) -> Result<Response, ApiError> {
    bounded(greeted(&api, &provider, &token, request)).await
}

async fn greeted(
    api: &Api,
    provider: &str,
    token: &str,
    request: Request,
) -> Result<Response, ApiError> {
    let (account, provider) = find(api, provider, token).await?;
    let access = api.access(&account)?;
    let request = untouched(api, request).await?;
    match provider.handshake(&access, &request).await {
        Some(Handshake::Welcome(text)) => {
            let kind = HeaderValue::from_static("text/plain; charset=utf-8");
            Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
        }
        Some(Handshake::Refused) => Err(rejected(&account)),
        None if request.method == "GET" => kept(api, &account, &**provider, &access, request).await,
        // What only asks for the head of an answer tells nothing.
        None => Err(ApiError::NotFound("handshake for this provider")),
    }
}

/// Take a callback
///
/// Status and inbound alike. Answered as soon as the raw request is durable; worked on afterwards.
/// Repeats and any order are harmless. The provider's signature stands in for a key.
#[utoipa::path(post, path = "/callbacks/{provider}/{token}", tag = "Callbacks", security(()),
    params(("provider" = String, Path), ("token" = String, Path)),
    responses((status = 200, description = "Stored, or stored before"),
        (status = 403, description = "`not_authentic`; nothing is stored"),
        (status = 404, description = "`not_found`: unknown token"),
        (status = 503, description = "`unavailable`: not stored, send again")))]
pub(crate) async fn take(
    State(api): State<Arc<Api>>,
    Address { provider, token }: Address,
    request: Request,
) -> Result<Response, ApiError> {
    bounded(stored(&api, &provider, &token, request)).await
}

async fn bounded(
    answering: impl Future<Output = Result<Response, ApiError>>,
) -> Result<Response, ApiError> {
    match tokio::time::timeout(BOUND, answering).await {
        Ok(answer) => answer,
        Err(_) => Err(ApiError::TimedOut),
    }
}

async fn stored(
    api: &Api,
    provider: &str,
    token: &str,
    request: Request,
) -> Result<Response, ApiError> {
    let (account, provider) = find(api, provider, token).await?;
    let access = api.access(&account)?;
    let request = untouched(api, request).await?;
    kept(api, &account, &**provider, &access, request).await
}

/// Stores what is authentic, for each account that it tells of. When one cannot be stored, the provider sends it
/// again, and what was stored before is a repeat.
async fn kept(
    api: &Api,
    account: &ProviderAccount,
    provider: &dyn Provider,
    access: &Access,
    request: CallbackRequest,
) -> Result<Response, ApiError> {
    let mut is_taken = match provider.authenticate(access, &request).await {
        Ok(()) => {
            store(api, account, &request).await?;
            true
        }
        Err(NotAuthentic::OtherAccount) => false,
        // The provider sends it again, and by then it may be possible.
        Err(error @ NotAuthentic::CannotCheck) => {
            return Err(ApiError::Unavailable(error.into()));
        }
        Err(NotAuthentic::Missing | NotAuthentic::Wrong) => return Err(rejected(account)),
    };
    if provider.is_shared(access, &request) {
        let mut others = api.accounts.of_tenants(&[account.tenant]).await?;
        others.retain(|other| other.id != account.id && other.provider == account.provider);
        for other in others {
            let access = match api.access(&other) {
                Ok(access) => access,
                // It keeps no other from hearing.
                Err(error) => {
                    tracing::error!(account = %other.id, error = &error as &dyn std::error::Error,
                        "an account hears no shared callbacks, as its credentials do not open");
                    continue;
                }
            };
            if provider.authenticate(&access, &request).await.is_ok() {
                store(api, &other, &request).await?;
                is_taken = true;
            }
        }
    }
    if is_taken {
        Ok(thanks(provider.descriptor()))
    } else {
        Err(rejected(account))
    }
}

async fn store(
    api: &Api,
    account: &ProviderAccount,
    request: &CallbackRequest,
) -> Result<(), ApiError> {
    let callback = RawCallback {
        id: CallbackId::new(&*api.ids),
        tenant: account.tenant,
        account: account.id,
        provider: account.provider.clone(),
        request: request.clone(),
        failures: 0,
    };
    api.inbox.store(&callback).await?;
    Ok(())
}

/// The account behind the token. Wrong in any way is 404, so that nothing can be learned.
async fn find<'a>(
    api: &'a Api,
    provider: &str,
    token: &str,
) -> Result<(ProviderAccount, &'a Arc<dyn Provider>), ApiError> {
    let account = api
        .accounts
        .by_callback_token(token)
        .await?
        .filter(|account| account.provider == provider)
        .ok_or(ApiError::NotFound("callback address"))?;
    let provider = api
        .catalog
        .get(provider)
        .ok_or(ApiError::NotFound("callback address"))?;
    Ok((account, provider))
}

/// The request as the provider made it, under our public address: `Host` is never trusted.
async fn untouched(api: &Api, request: Request) -> Result<CallbackRequest, ApiError> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("", axum::http::uri::PathAndQuery::as_str);
    let url = format!("{}{path}", api.config.public_url);
    let method = request.method().to_string();
    let headers = headers(request.headers());
    Ok(CallbackRequest {
        method,
        url,
        headers,
        body: read(request, CALLBACK_LIMIT).await?,
        received_at: api.clock.now(),
    })
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

fn rejected(account: &ProviderAccount) -> ApiError {
    let provider = account.provider.clone();
    metrics::counter!("tidings_callbacks_rejected_total", "provider" => provider).increment(1);
    ApiError::NotAuthentic
}

/// What the provider wants to hear.
fn thanks(descriptor: &'static Descriptor) -> Response {
    match descriptor.thanks {
        Some(Thanks { content_type, body }) => {
            let kind = HeaderValue::from_static(content_type);
            ([(header::CONTENT_TYPE, kind)], body).into_response()
        }
        None => StatusCode::OK.into_response(),
    }
}
