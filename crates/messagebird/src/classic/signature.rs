//! Signatures of MessageBird: a token that names the hashes of address and body, and an older one over time,
//! query and body.

use crate::{
    account::ClassicAccount,
    callback::{check_age, header, query},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tidings_messaging::{CallbackRequest, NotAuthentic};
use tidings_provider_http::{hmac_sha256, is_same, unhex, verify_hs};
use time::Duration;

const TOKEN: &str = "messagebird-signature-jwt";
/// Who makes the tokens.
const ISSUER: &str = "MessageBird";
/// By how much MessageBird's clock and ours may differ, in seconds.
const CLOCK_TOLERANCE: f64 = 5.0;
/// For how long an older signature is good. How often, and with which time, such a callback is repeated is
/// not documented, so it is as long as Bird's.
const LONGEST: Duration = Duration::DAY;

/// Checks the token, or the older signature where there is no token. A request with a wrong token is never
/// saved by a right signature of the older kind.
pub(crate) fn authenticate(
    account: &ClassicAccount,
    request: &CallbackRequest,
) -> Result<(), NotAuthentic> {
    // Without a key nothing can be right.
    let key = account.signing_key.as_ref().ok_or(NotAuthentic::Wrong)?;
    match request.header(TOKEN) {
        Some(token) => by_token(key, token, request),
        None => by_signature(key, request),
    }
}

fn by_token(
    key: &SecretString,
    token: &str,
    request: &CallbackRequest,
) -> Result<(), NotAuthentic> {
    let key = key.expose_secret().as_bytes();
    let claims = verify_hs(token, key).map_err(|_| NotAuthentic::Wrong)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let has_identity = text("iss") == Some(ISSUER) && text("jti").is_some();
    let is_of_address = text("url_hash").is_some_and(|hash| is_hash(hash, request.url.as_bytes()));
    // The claim is absent exactly if there is no body.
    let is_of_body = match claims.get("payload_hash").map(Value::as_str) {
        None => request.body.is_empty(),
        Some(hash) => hash.is_some_and(|hash| is_hash(hash, &request.body)),
    };
    if has_identity && is_of_address && is_of_body && is_good_now(&claims, request) {
        Ok(())
    } else {
        Err(NotAuthentic::Wrong)
    }
}

fn is_good_now(claims: &Map<String, Value>, request: &CallbackRequest) -> bool {
    let seconds = |name: &str| claims.get(name).map(Value::as_f64);
    let now = request.received_at.unix_timestamp_nanos();
    // A time of our own is far from where a float loses its seconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are more than the claims have"
    )]
    let now = (now / 1_000_000) as f64 / 1_000.0;
    let has_begun = match seconds("nbf") {
        None => true,
        Some(begin) => begin.is_some_and(|begin| begin <= now + CLOCK_TOLERANCE),
    };
    let end = seconds("exp").flatten();
    has_begun && end.is_some_and(|end| now - CLOCK_TOLERANCE < end)
}

fn is_hash(hash: &str, data: &[u8]) -> bool {
    unhex(hash).is_some_and(|given| is_same(digest(&SHA256, data).as_ref(), &given))
}

fn by_signature(key: &SecretString, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let given = header(request, "messagebird-signature")?;
    let signed_at = header(request, "messagebird-request-timestamp")?;
    let given = STANDARD.decode(given).map_err(|_| NotAuthentic::Wrong)?;
    let query = sorted(query(request));
    let body = digest(&SHA256, &request.body);
    let signed = [signed_at.as_bytes(), query.as_bytes(), body.as_ref()].join(&b'\n');
    let expected = hmac_sha256(key.expose_secret().as_bytes(), &signed);
    if !is_same(&expected, &given) {
        return Err(NotAuthentic::Wrong);
    }
    check_age(request, signed_at, LONGEST)
}

/// The pairs of a query in the order of their names, written as they came.
fn sorted(query: &str) -> String {
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_by_key(|pair| pair.split_once('=').map_or(*pair, |(name, _)| name));
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_sorted_by_name_and_kept_as_written() {
        assert_eq!(sorted("b=2&a=%2B1&ab=0"), "a=%2B1&ab=0&b=2");
        assert_eq!(sorted("a-b=1&a=2"), "a=2&a-b=1");
        assert_eq!(sorted("a=2&a=1"), "a=2&a=1");
        assert_eq!(sorted(""), "");
    }
}
