//! Standard Webhooks: HMAC-SHA256 over id, time and body, in base 64.

use crate::{
    account::WebhookSecret,
    callback::{check_age, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tidings_messaging::{CallbackRequest, NotAuthentic};
use tidings_provider_http::{hmac_sha256, is_same};
use time::Duration;

/// For how long a signature is good, in both directions.
const TOLERANCE: Duration = Duration::minutes(5);
/// More signatures than any rotation of secrets needs.
const MOST_SIGNATURES: usize = 20;

/// Checks one of the signatures in the list. Bird signs each try anew, so that a tight time loses nothing.
pub(super) fn check(secret: &WebhookSecret, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let id = header(request, "webhook-id")?;
    let signed_at = header(request, "webhook-timestamp")?;
    let signatures = header(request, "webhook-signature")?;
    let key = secret.key().ok_or(NotAuthentic::Wrong)?;
    let signed = [id.as_bytes(), signed_at.as_bytes(), request.body.as_ref()].join(&b'.');
    let expected = hmac_sha256(&key, &signed);
    let is_right = signatures
        .split(' ')
        .take(MOST_SIGNATURES)
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .any(|given| is_same(&expected, &given));
    if !is_right {
        return Err(NotAuthentic::Wrong);
    }
    check_age(request, signed_at, TOLERANCE)
}
