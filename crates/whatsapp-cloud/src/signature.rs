use ring::hmac;

/// Checks `X-Hub-Signature-256` over the raw body, in constant time.
///
/// The value is `sha256=` and 64 lower-case hexadecimal digits of HMAC-SHA256 under the app secret.
pub(crate) fn is_right(app_secret: &str, body: &[u8], header: &str) -> bool {
    let Some(tag) = header.strip_prefix("sha256=").and_then(unhex) else {
        return false;
    };
    hmac::verify(&key(app_secret), body, &tag).is_ok()
}

/// The `appsecret_proof` of a call: HMAC-SHA256 of the access token under the app secret, in hex.
pub(crate) fn proof(app_secret: &str, access_token: &str) -> String {
    hex(hmac::sign(&key(app_secret), access_token.as_bytes()).as_ref())
}

/// Two lower-case digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// Compares two texts in a time that tells neither content nor length of `expected`.
pub(crate) fn is_same(expected: &str, given: &str) -> bool {
    let key = key(expected);
    let tag = hmac::sign(&key, expected.as_bytes());
    hmac::verify(&key, given.as_bytes(), tag.as_ref()).is_ok()
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/vectors.json")).unwrap()
    }

    /// Secret, body and header of every vector.
    fn signed() -> Vec<(String, String, String)> {
        let vectors = vectors();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = vectors["vectors"].as_array().unwrap();
        assert_eq!(list.len(), 2);
        list.iter()
            .map(|vector| {
                let header = text(&vector["X-Hub-Signature-256"]);
                (text(&vectors["app_secret"]), text(&vector["body"]), header)
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
            assert!(!is_right("another secret", body.as_bytes(), &header));
        }
    }

    #[test]
    fn the_proof_of_the_reference_is_met() {
        let vector = &vectors()["appsecret_proof"];
        let text = |name: &str| vector[name].as_str().unwrap();
        assert_eq!(
            proof(text("app_secret"), text("access_token")),
            text("value")
        );
    }

    #[test]
    fn only_the_same_text_is_the_same() {
        assert!(is_same("our-token", "our-token"));
        for other in ["", "our-toke", "our-token2", "Our-token"] {
            assert!(!is_same("our-token", other), "{other}");
        }
    }
}
