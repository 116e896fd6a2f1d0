use crate::credentials::AuthToken;
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use std::{borrow::Cow, collections::BTreeSet};
use tidings_provider_http::sha256_hex;

/// The query field that holds the hash of a body that is not a form.
const BODY_HASH: &str = "bodySHA256";

/// Whether Twilio signed this request with `token` (reference, section 5).
///
/// Signed are the address and, for forms, the distinct pairs of name and value in order; for other
/// bodies the address names their hash. Twilio does not always agree with us on whether a standard
/// port is written, so both ways are tried. The comparison takes the same time for any signature; the
/// hash is public, and compared as it comes.
pub(crate) fn is_valid(token: &AuthToken, url: &str, body: &[u8], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let pairs = match body_hash(url) {
        Some(hash) if !hash.eq_ignore_ascii_case(&sha256_hex(body)) => return false,
        Some(_) => BTreeSet::new(),
        None => form_urlencoded::parse(body).collect(),
    };
    let key = hmac::Key::new(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        token.expose().as_bytes(),
    );
    [Some(url.to_owned()), other_spelling(url)]
        .into_iter()
        .flatten()
        .any(|url| {
            let data = signed_text(url, &pairs);
            hmac::verify(&key, data.as_bytes(), &signature).is_ok()
        })
}

fn signed_text(url: String, pairs: &BTreeSet<(Cow<'_, str>, Cow<'_, str>)>) -> String {
    pairs.iter().fold(url, |mut data, (name, value)| {
        data.push_str(name);
        data.push_str(value);
        data
    })
}

fn body_hash(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == BODY_HASH)
        .map(|(_, value)| value.into_owned())
}

/// The same address without its port, or with the standard port where it has none.
///
/// Works on the text, since the escaping is signed as it was sent.
fn other_spelling(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let port = authority
        .rsplit_once(':')
        .filter(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    match (port, scheme) {
        (Some((host, _)), _) => Some(format!("{scheme}://{host}{path}")),
        (None, "https") => Some(format!("https://{authority}:443{path}")),
        (None, "http") => Some(format!("http://{authority}:80{path}")),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// One vector, made with the official SDK; see the reference.
    struct Vector {
        name: String,
        token: AuthToken,
        url: String,
        body: Vec<u8>,
        signature: String,
    }

    fn vectors() -> Vec<Vector> {
        let file: Value = serde_json::from_str(include_str!("../tests/vectors.json")).unwrap();
        let list = file["vectors"].as_array().unwrap();
        assert_eq!(list.len(), 7);
        list.iter()
            .map(|vector| Vector {
                name: vector["name"].as_str().unwrap().to_owned(),
                token: vector["token"]
                    .as_str()
                    .or(file["token"].as_str())
                    .unwrap()
                    .into(),
                url: vector["url"].as_str().unwrap().to_owned(),
                body: vector["body"]
                    .as_str()
                    .map_or_else(|| form(&vector["params"]), |body| body.as_bytes().to_vec()),
                signature: vector["signature"].as_str().unwrap().to_owned(),
            })
            .collect()
    }

    fn form(params: &Value) -> Vec<u8> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in params.as_object().unwrap() {
            match value {
                Value::Array(values) => {
                    for value in values {
                        form.append_pair(name, value.as_str().unwrap());
                    }
                }
                value => {
                    form.append_pair(name, value.as_str().unwrap());
                }
            }
        }
        form.finish().into_bytes()
    }

    fn says(body: &[u8]) -> BTreeSet<(Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(body).collect()
    }

    #[test]
    fn every_vector_is_valid() {
        for Vector {
            name,
            token,
            url,
            body,
            signature,
        } in vectors()
        {
            assert!(is_valid(&token, &url, &body, &signature), "{name}");
            assert!(
                !is_valid(&"another token".into(), &url, &body, &signature),
                "{name}"
            );
        }
    }

    #[test]
    fn a_standard_port_may_be_written_or_not() {
        for Vector {
            name,
            token,
            url,
            body,
            signature,
        } in vectors()
        {
            let other = match name.as_str() {
                "form, signed with :443" => url.replace(":443", ""),
                "form" => url.replace(".com", ".com:443"),
                _ => continue,
            };
            assert_ne!(other, url);
            assert!(is_valid(&token, &other, &body, &signature), "{name}");
        }
        for (url, other) in [
            (
                "http://a.example.com/x?y=:1",
                "http://a.example.com:80/x?y=:1",
            ),
            (
                "https://a.example.com:8443?y=1",
                "https://a.example.com?y=1",
            ),
            ("https://[::1]/x", "https://[::1]:443/x"),
            ("https://[::1]:8443/x", "https://[::1]/x"),
        ] {
            assert_eq!(other_spelling(url).as_deref(), Some(other));
        }
    }

    #[test]
    fn the_fragment_is_not_signed() {
        for Vector {
            name,
            token,
            url,
            body,
            signature,
        } in vectors()
        {
            let url = format!("{url}#rc=3&rp=all");
            assert!(is_valid(&token, &url, &body, &signature), "{name}");
        }
    }

    /// Every byte is replaced by several others. A form with other bytes that says the very same
    /// (`%2B` and `%2b`) has the same signature, by Twilio's definition.
    #[test]
    fn no_byte_of_a_body_can_be_changed() {
        for Vector {
            name,
            token,
            url,
            body,
            signature,
        } in vectors()
        {
            let mut refused = 0;
            for index in 0..body.len() {
                for flip in [0x01, 0x02, 0x10, 0x20, 0x40, 0x80] {
                    let mut changed = body.clone();
                    changed[index] ^= flip;
                    let is_same = !url.contains(BODY_HASH) && says(&changed) == says(&body);
                    let accepted = is_valid(&token, &url, &changed, &signature);
                    assert_eq!(accepted, is_same, "{name}: byte {index} ^ {flip:#x}");
                    refused += u32::from(!accepted);
                }
            }
            assert!(refused > 0, "{name}");
        }
    }

    #[test]
    fn no_byte_of_an_address_can_be_changed() {
        for Vector {
            name,
            token,
            url,
            body,
            signature,
        } in vectors()
        {
            for index in 0..url.len() {
                for flip in [0x01, 0x02, 0x10, 0x20, 0x40] {
                    let mut changed = url.clone().into_bytes();
                    changed[index] ^= flip;
                    let Ok(changed) = String::from_utf8(changed) else {
                        continue;
                    };
                    assert!(
                        !is_valid(&token, &changed, &body, &signature),
                        "{name}: {changed}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_byte_of_a_signature_can_be_changed() {
        for Vector {
            name,
            token,
            url,
            body,
            signature,
        } in vectors()
        {
            for index in 0..signature.len() {
                for replacement in b'!'..=b'~' {
                    let mut changed = signature.clone().into_bytes();
                    if changed[index] == replacement {
                        continue;
                    }
                    changed[index] = replacement;
                    let changed = String::from_utf8(changed).unwrap();
                    assert!(
                        !is_valid(&token, &url, &body, &changed),
                        "{name}: {changed}"
                    );
                }
            }
            for cut in 0..signature.len() {
                assert!(
                    !is_valid(&token, &url, &body, &signature[..cut]),
                    "{name}: {cut}"
                );
            }
        }
    }
}
