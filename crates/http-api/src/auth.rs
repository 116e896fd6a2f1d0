use crate::{api::Api, error::ApiError};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use std::marker::PhantomData;
use tidings_kernel::{ApiKeyId, TenantId};
use tidings_messaging::Scope;

/// What every key begins with.
const PREFIX: &str = "tk_";

/// The text of a new key, to be shown once, and the hash to keep.
///
/// # Examples
/// ```
/// let (text, hash) = tidings_http_api::new_key_text([7; 32]);
/// assert!(text.starts_with("tk_") && text.len() == 46);
/// assert_eq!(tidings_http_api::key_hash(&text), hash);
/// ```
pub fn new_key_text(random: [u8; 32]) -> (String, [u8; 32]) {
    let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
    let hash = key_hash(&text);
    (text, hash)
}

/// What is kept of a key: SHA-256 over its text. The text has 256 random bits, so no salt is needed.
pub fn key_hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(digest(&SHA256, text.as_bytes()).as_ref())
        .for_each(|(place, byte)| *place = *byte);
    hash
}

/// Whom a valid key belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) tenant: TenantId,
    pub(crate) key: ApiKeyId,
    scope: Scope,
}

impl Identity {
    pub(crate) const fn new(tenant: TenantId, key: ApiKeyId, scope: Scope) -> Self {
        Self { tenant, key, scope }
    }
}

/// Looks the key of a request up.
pub(crate) async fn identify(api: &Api, headers: &HeaderMap) -> Result<Identity, ApiError> {
    let text = shown(headers).ok_or(ApiError::Unauthenticated)?;
    identity_of_key(api, text).await
}

/// The text of the key that a request shows.
fn shown(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION)?;
    header.to_str().ok().and_then(bearer)
}

/// The hash of the key that a request shows, for one who looks at it again later.
pub(crate) fn shown_key(headers: &HeaderMap) -> Option<[u8; 32]> {
    shown(headers).map(key_hash)
}

/// Whom the key with this text belongs to, if it is one that works.
pub(crate) async fn identity_of_key(api: &Api, text: &str) -> Result<Identity, ApiError> {
    let key = api
        .tenants
        .find_key(key_hash(text))
        .await?
        .filter(|key| key.is_valid(api.clock.now()))
        .ok_or(ApiError::Unauthenticated)?;
    Ok(Identity::new(key.tenant, key.id, key.scope))
}

/// Whether a text has the form of a key.
pub(crate) fn is_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// The key in an `Authorization` header. The scheme is read in any case (RFC 9110, 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, text) = header.split_once(' ')?;
    let text = text.trim();
    (scheme.eq_ignore_ascii_case("bearer") && is_key(text)).then_some(text)
}

/// A scope as a type, so that a route cannot forget to ask for one.
pub(crate) trait Needed {
    /// The weakest scope that suffices.
    const SCOPE: Scope;
}

macro_rules! needed {
    ($($name:ident),+) => {$(
        pub(crate) enum $name {}

        impl Needed for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )+};
}

needed!(Read, Send, Manage, Admin);

/// Who asks, with a key that has at least the scope `S`.
pub(crate) struct Caller<S> {
    pub(crate) tenant: TenantId,
    pub(crate) key: ApiKeyId,
    held: Scope,
    needed: PhantomData<S>,
}

impl<S> Caller<S> {
    /// Asks for more than the route does, for what only some requests want.
    pub(crate) fn require(&self, needed: Scope) -> Result<(), ApiError> {
        if self.held.allows(needed) {
            Ok(())
        } else {
            Err(ApiError::Forbidden(needed))
        }
    }
}

impl<S: Needed, State: std::marker::Sync> FromRequestParts<State> for Caller<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, ApiError> {
        let identity = parts
            .extensions
            .get::<Identity>()
            .ok_or(ApiError::Unauthenticated)?;
        if !identity.scope.allows(S::SCOPE) {
            return Err(ApiError::Forbidden(S::SCOPE));
        }
        Ok(Self {
            tenant: identity.tenant,
            key: identity.key,
            held: identity.scope,
            needed: PhantomData,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case_and_the_key_is_not() {
        assert_eq!(bearer("bearer tk_x"), Some("tk_x"));
        assert_eq!(bearer("Bearer TK_x"), None);
        assert_eq!(bearer("Basic tk_x"), None);
        assert_eq!(bearer("tk_x"), None);
    }
}
