use crate::{
    api::Api,
    auth::{Admin, Caller, Read, key_hash},
    body::RawBody,
    error::ApiError,
    wire::Timestamp,
};
use axum::{Json, extract::State, http::StatusCode};
use secrecy::SecretBox;
use serde::Serialize;
use std::{fmt::Write as _, sync::Arc};
use tidings_kernel::ApiKeyId;
use tidings_messaging::AuthToken;
use tidings_twilio_facade::{account_sid, key_sid};
use utoipa::ToSchema;

/// The bytes of a token: as many hexadecimal digits as Twilio's have.
const RANDOM_BYTES: usize = 16;

/// What a program written for Twilio is to be given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TwilioFacade)]
pub(crate) struct FacadeView {
    /// What stands for `https://api.twilio.com` in the program.
    base_url: String,
    #[schema(example = "AC0189ab56c3a97d5f8a9b0c1d2e3f4a5b")]
    account_sid: String,
    /// The SID of the API key that asks; its secret is the key itself.
    #[schema(example = "SK0189ab56c3a97d5f8a9b0c1d2e3f4a5b")]
    api_key_sid: String,
    /// When the auth token was made; `null` if there is none, and then status callbacks are not signed.
    auth_token_created_at: Option<Timestamp>,
}

/// A new auth token.
#[derive(Serialize, ToSchema)]
#[schema(as = TwilioAuthToken)]
pub(crate) struct TokenView {
    account_sid: String,
    /// Shown this once.
    #[schema(example = "0123456789abcdef0123456789abcdef")]
    auth_token: String,
    created_at: Timestamp,
}

/// Read what a program written for Twilio needs
#[utoipa::path(get, path = "/v1/twilio-facade", tag = "Twilio facade",
    responses((status = 200, body = FacadeView)))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
) -> Result<Json<FacadeView>, ApiError> {
    let token = api.auth_tokens.get(caller.tenant).await?;
    Ok(Json(FacadeView {
        base_url: api.config.public_url.clone(),
        account_sid: account_sid(caller.tenant),
        api_key_sid: key_sid(caller.key),
        auth_token_created_at: token.map(|token| token.created_at.into()),
    }))
}

/// Make an auth token
///
/// It stands in place of Twilio's: programs show it together with the Account SID, with what the scope `send` may,
/// and check with it the signatures of status callbacks. The one before works no more. It is shown once, and not
/// repeated for an `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/twilio-facade/auth-token", tag = "Twilio facade",
    responses((status = 201, body = TokenView)))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Admin>,
    body: RawBody,
) -> Result<(StatusCode, Json<TokenView>), ApiError> {
    body.nothing()?;
    let text = text(api.secrets.random());
    let plain = SecretBox::new(text.clone().into_bytes().into_boxed_slice());
    let seat = AuthToken::seat(caller.tenant);
    let token = AuthToken {
        tenant: caller.tenant,
        key: ApiKeyId::new(&*api.ids),
        hash: key_hash(&text),
        sealed: api.vault.seal(caller.tenant, seat, &plain)?,
        created_at: api.clock.now(),
    };
    api.auth_tokens.put(&token).await?;
    let view = TokenView {
        account_sid: account_sid(caller.tenant),
        auth_token: text,
        created_at: token.created_at.into(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

fn text(random: [u8; 32]) -> String {
    let mut text = String::with_capacity(2 * RANDOM_BYTES);
    for byte in random.iter().take(RANDOM_BYTES) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_looks_like_twilios() {
        assert_eq!(text([0xa7; 32]), "a7".repeat(16));
    }
}
