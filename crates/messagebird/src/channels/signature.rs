//! HMAC-SHA256 over time, address and hash of the body, in base 64.

use crate::callback::{check_age, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use tidings_messaging::{CallbackRequest, NotAuthentic};
use tidings_provider_http::{hmac_sha256, is_same};
use time::Duration;

/// For how long a signature is good: Bird repeats a callback for hours with the time of the first try.
const LONGEST: Duration = Duration::DAY;

pub(super) fn check(key: &SecretString, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let given = header(request, "messagebird-signature")?;
    let signed_at = header(request, "messagebird-request-timestamp")?;
    let given = STANDARD.decode(given).map_err(|_| NotAuthentic::Wrong)?;
    let body = digest(&SHA256, &request.body);
    let signed = [signed_at.as_bytes(), request.url.as_bytes(), body.as_ref()].join(&b'\n');
    let expected = hmac_sha256(key.expose_secret().as_bytes(), &signed);
    if !is_same(&expected, &given) {
        return Err(NotAuthentic::Wrong);
    }
    check_age(request, signed_at, LONGEST)
}
