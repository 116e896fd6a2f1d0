use secrecy::{ExposeSecret as _, SecretString};
use tidings_provider_http::{hex, hmac_sha256, is_same};

/// Checks `X-Hub-Signature-256` over the raw body, in constant time.
///
/// The value is `sha256=` and 64 lower-case hexadecimal digits of HMAC-SHA256 under the app secret.
pub(crate) fn is_right(app_secret: &SecretString, body: &[u8], header: &str) -> bool {
    let tag = hmac_sha256(app_secret.expose_secret().as_bytes(), body);
    let expected = format!("sha256={}", hex(&tag));
    is_same(expected.as_bytes(), header.as_bytes())
}

/// The `appsecret_proof` of a call: HMAC-SHA256 of the access token under the app secret, in hex.
pub(crate) fn proof(app_secret: &SecretString, access_token: &SecretString) -> String {
    let key = app_secret.expose_secret().as_bytes();
    hex(&hmac_sha256(key, access_token.expose_secret().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/vectors.json")).unwrap()
    }

    /// Secret, body and header of every vector.
    fn signed() -> Vec<(SecretString, String, String)> {
        let vectors = vectors();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = vectors["vectors"].as_array().unwrap();
        assert_eq!(list.len(), 2);
        list.iter()
            .map(|vector| {
                let header = text(&vector["X-Hub-Signature-256"]);
                let secret = SecretString::from(text(&vectors["app_secret"]));
                (secret, text(&vector["body"]), header)
            })
            .collect()
    }

    #[test]
    fn every_vector_passes() {
        for (secret, body, header) in signed() {
            assert!(is_right(&secret, body.as_bytes(), &header));
        }
    }

    #[test]
    fn every_changed_byte_is_refused() {
        for (secret, body, header) in signed() {
            for position in 0..body.len() {
                let mut changed = body.clone().into_bytes();
                changed[position] ^= 1;
                assert!(!is_right(&secret, &changed, &header), "body {position}");
            }
            for position in 0..header.len() {
                for flip in [1, 0x20] {
                    let mut changed = header.clone().into_bytes();
                    changed[position] ^= flip;
                    let changed = String::from_utf8(changed).unwrap();
                    assert!(!is_right(&secret, body.as_bytes(), &changed), "{changed}");
                }
            }
        }
    }

    #[test]
    fn a_cut_or_longer_value_is_refused() {
        for (secret, body, header) in signed() {
            for length in 0..header.len() {
                assert!(
                    !is_right(&secret, body.as_bytes(), &header[..length]),
                    "{length}"
                );
            }
            assert!(!is_right(&secret, body.as_bytes(), &format!("{header}00")));
            assert!(!is_right(
                &"another secret".into(),
                body.as_bytes(),
                &header
            ));
        }
    }

    #[test]
    fn the_proof_of_the_reference_is_met() {
        let vector = &vectors()["appsecret_proof"];
        let text = |name: &str| vector[name].as_str().unwrap();
        let secret = |name| SecretString::from(text(name));
        assert_eq!(
            proof(&secret("app_secret"), &secret("access_token")),
            text("value")
        );
    }
}
