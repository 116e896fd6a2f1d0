//! Who calls: an account by Basic authentication, or an application by a token of its own.

use std::sync::Arc;

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use super::accounts::{VonageAccount, VonageApplication};
use super::errors::VonageError;
use crate::request::{authorization, basic, text};
use crate::world::World;
use crate::{clock, der};

/// Clocks may differ by so many seconds.
const SKEW: i64 = 60;
/// A token lives as long as this at most.
const LONGEST: i64 = 24 * 60 * 60;
const LIFE: i64 = 15 * 60;

/// A caller who was let in.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) account: Arc<VonageAccount>,
    /// The id of the application; `None` with Basic authentication.
    pub(super) application: Option<String>,
}

impl Caller {
    /// Lets in who has the account's secret or a token of one of its applications.
    pub(super) fn read(world: &World, headers: &HeaderMap) -> Result<Self, VonageError> {
        if let Some(token) = authorization(headers, "Bearer ") {
            let claims = claims(token).ok_or_else(VonageError::unauthorized)?;
            let id = text(&claims, "application_id").ok_or_else(VonageError::unauthorized)?;
            let account = world
                .registry
                .vonage
                .by_application(id)
                .ok_or_else(VonageError::unauthorized)?;
            let is_fine = account.application(id).is_some_and(|application| {
                is_signed(token, application) && is_of_now(&claims, clock::now().unix_timestamp())
            });
            return if is_fine {
                Ok(Self {
                    application: Some(id.to_owned()),
                    account,
                })
            } else {
                Err(VonageError::unauthorized())
            };
        }
        Self::with_secret(world, basic(headers))
    }

    /// Lets in who has the account's secret.
    pub(super) fn with_secret(
        world: &World,
        pair: Option<(String, String)>,
    ) -> Result<Self, VonageError> {
        let (key, secret) = pair.ok_or_else(VonageError::unauthorized)?;
        let account = world
            .registry
            .vonage
            .get(&key)
            .filter(|account| account.api_secret == secret)
            .ok_or_else(VonageError::unauthorized)?;
        Ok(Self {
            account,
            application: None,
        })
    }
}

/// The claims of a token whose header names the one algorithm.
fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (header, claims) = (parts.next()?, parts.next()?);
    let read = |part: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let is_rs256 = text(&read(header)?, "alg") == Some("RS256");
    read(claims).filter(|_| is_rs256)
}

fn is_signed(token: &str, application: &VonageApplication) -> bool {
    let Some(pem) = &application.public_key else {
        return true;
    };
    let verified = || {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = der::rsa_public_key(pem)?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(signed.as_bytes(), &signature)
            .ok()
    };
    verified().is_some()
}

/// `iat`, `exp` and `jti` as documented; without `exp` it is a quarter of an hour.
fn is_of_now(claims: &Value, now: i64) -> bool {
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let Some(issued) = number("iat") else {
        return false;
    };
    let expires = match claims.get("exp") {
        None => Some(issued + LIFE),
        Some(exp) => exp.as_i64(),
    };
    text(claims, "jti").is_some()
        && issued <= now + SKEW
        && expires.is_some_and(|expires| expires > now && expires - issued <= LONGEST)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::{VonageApplication, claims, is_of_now, is_signed};
    use crate::der;
    use crate::rsa::Key;

    fn token(key: &Key, algorithm: &str, claims: &Value) -> String {
        let header = json!({"alg": algorithm, "typ": "JWT"}).to_string();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = key.sign_sha256(signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn a_token_is_of_the_application_whose_key_has_signed_it() {
        let key = Key::generate().expect("a key");
        let application = VonageApplication {
            id: "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab".into(),
            name: None,
            public_key: Some(der::public_pem(key.public())),
            status_url: None,
            inbound_url: None,
        };
        let body = json!({"application_id": application.id, "iat": 1, "jti": "x"});
        let good = token(&key, "RS256", &body);
        assert_eq!(claims(&good), Some(body.clone()));
        assert!(is_signed(&good, &application));
        let (signed, signature) = good.rsplit_once('.').expect("three parts");
        assert!(!is_signed(&format!("{signed}x.{signature}"), &application));
        assert!(!is_signed(&format!("{signed}."), &application));
        for algorithm in ["none", "HS256"] {
            assert_eq!(claims(&token(&key, algorithm, &body)), None);
        }
        assert_eq!(claims("nonsense"), None);
    }

    #[test]
    fn a_token_is_of_now_and_lives_a_day_at_most() {
        let now = 1_789_000_000;
        let is_of_now = |claims: &Value| is_of_now(claims, now);
        assert!(is_of_now(&json!({"iat": now, "jti": "x"})));
        assert!(is_of_now(
            &json!({"iat": now, "jti": "x", "exp": now + 86_400})
        ));
        for claims in [
            json!({"jti": "x"}),
            json!({"iat": now}),
            json!({"iat": now + 61, "jti": "x"}),
            json!({"iat": now - 901, "jti": "x"}),
            json!({"iat": now - 10, "jti": "x", "exp": now}),
            json!({"iat": now, "jti": "x", "exp": now + 86_401}),
            json!({"iat": now, "jti": "x", "exp": "tomorrow"}),
        ] {
            assert!(!is_of_now(&claims), "{claims}");
        }
    }
}
