//! The header `MessageBird-Signature-JWT`.

use serde_json::{Value, json};

use crate::clock;
use crate::crypto::{hex, jwt_hs256, sha256};
use crate::world::World;

/// The token for a request to `url`, which is the full public address, with this body.
pub(super) fn token(world: &World, signing_key: &str, url: &str, body: &str) -> String {
    let now = clock::now().unix_timestamp();
    let claims = claims(url, body, now, &world.ids.uuid());
    jwt_hs256(signing_key, &claims.to_string())
}

fn claims(url: &str, body: &str, now: i64, id: &str) -> Value {
    let mut claims = json!({
        "iss": "MessageBird",
        "nbf": now,
        "iat": now,
        "exp": now + 60,
        "jti": id,
        "url_hash": hex(&sha256(url.as_bytes())),
    });
    // Only a body has a hash.
    if let (Some(object), false) = (claims.as_object_mut(), body.is_empty()) {
        let hash = hex(&sha256(body.as_bytes()));
        object.insert("payload_hash".into(), json!(hash));
    }
    claims
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::claims;
    use crate::crypto::jwt_hs256;

    const KEY: &str = "mb_signing_key_test_0001";
    const URL: &str = "https://hooks.example.com/messagebird/status?t=acme&ref=msg_01TEST";

    /// Vectors checked with the official Node kit 4.0.1.
    #[test]
    fn tokens_say_and_are_signed_like_those_that_the_official_kit_accepts() {
        for (body, vector) in [
            (
                "",
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTc4OTAwMDAwMCwiaWF0IjoxNzg5MDAwMDAwLCJleHAiOjE3ODkwMDAwNjAsImp0aSI6IjhiNWY5ZjVhLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSIsInVybF9oYXNoIjoiOTgzODFjOWQxNDNkODViYTk2ZDE1ZTU1YjAxNmNiYjdhYWRiOTg4NzBhNDM4ZmZhMThiNGJkMmFmMTBlYjhkZCJ9.AVSJbxGlOTuKWhVxs5H_mUynKYs-jq8hsHahv64D7I4",
            ),
            (
                r#"{"id":"abc","status":"delivered"}"#,
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTc4OTAwMDAwMCwiaWF0IjoxNzg5MDAwMDAwLCJleHAiOjE3ODkwMDAwNjAsImp0aSI6IjhiNWY5ZjVhLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSIsInVybF9oYXNoIjoiOTgzODFjOWQxNDNkODViYTk2ZDE1ZTU1YjAxNmNiYjdhYWRiOTg4NzBhNDM4ZmZhMThiNGJkMmFmMTBlYjhkZCIsInBheWxvYWRfaGFzaCI6ImE5ZGI3ZDYyMTczY2MwNGRhOTk2ODhiZTY1NWU0ZmZmNzIxOTU5M2NkNTRiZTgzMmVhYzMxNDBmMzgwMTk0NGEifQ.mPEvTvj74e2Ng62lWk6MCjaUQIKlLAsvbgX26KMSaZw",
            ),
        ] {
            let middle = vector.split('.').nth(1).expect("claims");
            let bytes = URL_SAFE_NO_PAD.decode(middle).expect("base64");
            let said: Value = serde_json::from_slice(&bytes).expect("JSON");
            let id = "8b5f9f5a-0000-4000-8000-000000000001";
            assert_eq!(claims(URL, body, 1_789_000_000, id), said);
            let text = String::from_utf8(bytes).expect("UTF-8");
            assert_eq!(jwt_hs256(KEY, &text), vector);
        }
    }
}
