use super::Refusal;
use crate::{
    api::Api,
    auth::{Identity, identity_of_key, is_key, key_hash},
    envelope::within_limit,
    router::Shared,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use tidings_messaging::Scope;
use tidings_twilio_facade::{account_sid, key_sid, tenant_of};

/// Lets those in who show what Twilio's libraries show: an Account SID with its auth token or with an API key, or a
/// key's SID with the key.
pub(crate) async fn admit(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = match identify(&shared.api, request.headers()).await {
        Ok(identity) => identity,
        Err(refusal) => return refusal.into_response(),
    };
    request.extensions_mut().insert(identity);
    within_limit(&shared, identity, Refusal::too_fast, next.run(request)).await
}

async fn identify(api: &Api, headers: &HeaderMap) -> Result<Identity, Refusal> {
    let (user, password) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| basic(value.to_str().ok()?))
        .ok_or_else(Refusal::unauthenticated)?;
    if is_key(&password) {
        let identity = identity_of_key(api, &password).await?;
        let names = [account_sid(identity.tenant), key_sid(identity.key)];
        // A SID that belongs to somebody else is a mistake that should be seen.
        let is_named = names.iter().any(|name| name.eq_ignore_ascii_case(&user));
        return is_named
            .then_some(identity)
            .ok_or_else(Refusal::unauthenticated);
    }
    let tenant = tenant_of(&user).ok_or_else(Refusal::unauthenticated)?;
    let token = api.auth_tokens.get(tenant).await?;
    token
        .filter(|token| is_same(&token.hash, &key_hash(&password)))
        .map(|token| Identity::new(tenant, token.key, Scope::Send))
        .ok_or_else(Refusal::unauthenticated)
}

/// User and password of an `Authorization` header.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, text) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Compares in a time that tells nothing of `expected`.
fn is_same(expected: &[u8; 32], given: &[u8; 32]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, expected);
    let tag = hmac::sign(&key, expected);
    hmac::verify(&key, given, tag.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_read_as_libraries_write_it() {
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(basic("Basic QUMxOnRrX3g="), pair("AC1", "tk_x"));
        assert_eq!(basic("basic  QUMxOmE6Yg=="), pair("AC1", "a:b"));
        for wrong in [
            "Bearer tk_x",
            "Basic",
            "Basic ?",
            "Basic QUMx",
            "Basic /w==",
        ] {
            assert_eq!(basic(wrong), None, "{wrong}");
        }
    }
}
