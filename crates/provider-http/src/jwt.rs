//! JSON Web Tokens as callbacks carry them: compact, signed with a shared secret (RFC 7515, RFC 7518
//! section 3.2).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde_json::{Map, Value};

/// No callback's token is longer.
const LONGEST: usize = 16 * 1024;

/// The token is not signed with the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not signed with the secret")]
pub struct NotSigned;

/// What a token may be signed with: the name in its header, and what that means.
type Algorithm = (&'static str, hmac::Algorithm);

/// The claims of a token that is signed with `secret` by HS256, the only algorithm that is taken: a token
/// never chooses how it is checked. The comparison takes the same time for any signature.
///
/// Times in the claims are not looked at.
///
/// # Errors
/// [`NotSigned`]: it is not, or is no token.
pub fn verify_hs256(token: &str, secret: &[u8]) -> Result<Map<String, Value>, NotSigned> {
    verify(token, secret, &[("HS256", hmac::HMAC_SHA256)])
}

/// Like [`verify_hs256`], for a provider that signs with HS256, HS384 or HS512, as it likes: all three are
/// keyed by the same secret. Anything else is refused, `none` too.
///
/// # Errors
/// [`NotSigned`]: it is not, or is no token.
pub fn verify_hs(token: &str, secret: &[u8]) -> Result<Map<String, Value>, NotSigned> {
    verify(
        token,
        secret,
        &[
            ("HS256", hmac::HMAC_SHA256),
            ("HS384", hmac::HMAC_SHA384),
            ("HS512", hmac::HMAC_SHA512),
        ],
    )
}

fn verify(
    token: &str,
    secret: &[u8],
    allowed: &[Algorithm],
) -> Result<Map<String, Value>, NotSigned> {
    if token.len() > LONGEST {
        return Err(NotSigned);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(NotSigned)?;
    let (header, claims) = signed.split_once('.').ok_or(NotSigned)?;
    let signature = decode(signature)?;
    let header = object(header)?;
    let named = header.get("alg").and_then(Value::as_str);
    let (_, algorithm) = allowed
        .iter()
        .find(|(name, _)| named == Some(name))
        .ok_or(NotSigned)?;
    let key = hmac::Key::new(*algorithm, secret);
    hmac::verify(&key, signed.as_bytes(), &signature).map_err(|_| NotSigned)?;
    object(claims)
}

fn object(part: &str) -> Result<Map<String, Value>, NotSigned> {
    serde_json::from_slice(&decode(part)?).map_err(|_| NotSigned)
}

fn decode(part: &str) -> Result<Vec<u8>, NotSigned> {
    URL_SAFE_NO_PAD
        .decode(part.trim_end_matches('='))
        .map_err(|_| NotSigned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(header: &Value, claims: &Value, secret: &[u8]) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let tag = crate::hmac_sha256(secret, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn good() -> String {
        token(
            &json!({"alg": "HS256", "typ": "JWT"}),
            &json!({"iss": "acme"}),
            b"secret",
        )
    }

    #[test]
    fn the_claims_of_a_good_token_are_read() {
        let claims = verify_hs256(&good(), b"secret").unwrap();
        assert_eq!(claims.get("iss"), Some(&json!("acme")));
    }

    #[test]
    fn no_character_can_be_changed() {
        let good = good();
        for index in 0..good.len() {
            for other in ['A', 'b', '-', '.', '!'] {
                let mut changed = good.clone();
                changed.replace_range(index..=index, &other.to_string());
                // The last character has bits that mean nothing; a strict decoder refuses them too.
                if changed != good {
                    assert_eq!(
                        verify_hs256(&changed, b"secret"),
                        Err(NotSigned),
                        "{changed}"
                    );
                }
            }
        }
        assert_eq!(verify_hs256(&good, b"Secret"), Err(NotSigned));
    }

    #[test]
    fn the_token_does_not_choose_the_algorithm() {
        for algorithm in ["none", "HS512", "RS256", "hs256"] {
            let other = token(&json!({"alg": algorithm}), &json!({}), b"secret");
            assert_eq!(
                verify_hs256(&other, b"secret"),
                Err(NotSigned),
                "{algorithm}"
            );
        }
        for wrong in ["", ".", "..", "a.b.c"] {
            assert_eq!(verify_hs256(wrong, b"secret"), Err(NotSigned), "{wrong}");
        }
    }

    #[test]
    fn three_lengths_of_hash_are_taken_where_the_provider_chooses() {
        let signed_with = |name: &str, algorithm| {
            let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(json!({"alg": name})), part(json!({"a": 1})));
            let key = hmac::Key::new(algorithm, b"secret");
            let tag = hmac::sign(&key, signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
        };
        for (name, algorithm) in [
            ("HS256", hmac::HMAC_SHA256),
            ("HS384", hmac::HMAC_SHA384),
            ("HS512", hmac::HMAC_SHA512),
        ] {
            let token = signed_with(name, algorithm);
            assert!(verify_hs(&token, b"secret").is_ok(), "{name}");
            assert_eq!(verify_hs(&token, b"other"), Err(NotSigned), "{name}");
            let only_256 = verify_hs256(&token, b"secret");
            assert_eq!(only_256.is_ok(), name == "HS256", "{name}");
        }
        // The name and the hash must agree.
        let lie = signed_with("HS512", hmac::HMAC_SHA256);
        assert_eq!(verify_hs(&lie, b"secret"), Err(NotSigned));
        for algorithm in ["none", "RS256", "hs512", "HS1"] {
            let other = token(&json!({"alg": algorithm}), &json!({}), b"secret");
            assert_eq!(verify_hs(&other, b"secret"), Err(NotSigned), "{algorithm}");
        }
    }
}
