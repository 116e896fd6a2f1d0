//! The vectors of the reference, and every change of one byte in them.

use crate::support::{access, offline, request};
use serde_json::Value;
use tidings_messaging::{Access, CallbackRequest, NotAuthentic, Provider as _};
use time::OffsetDateTime;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors.json")).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn given(vector: &Value, names: &[&str]) -> Vec<(String, String)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), text(vector, name).to_owned()))
        .collect()
}

async fn check(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    offline().authenticate(access, request).await
}

/// The request passes, and with one byte changed in its body, its address or one of its headers it does not.
async fn only_the_original_passes(
    access: &Access,
    original: &CallbackRequest,
    covers_address: bool,
) {
    assert_eq!(check(access, original).await, Ok(()), "{original:?}");
    let mut changed = Vec::new();
    for index in 0..original.body.len() {
        let mut request = original.clone();
        let mut body = request.body.to_vec();
        body[index] ^= 1;
        request.body = body.into();
        changed.push(request);
    }
    for at in 0..original.headers.len() {
        for other in one_byte_changed(&original.headers[at].1) {
            let mut request = original.clone();
            request.headers[at].1 = other;
            changed.push(request);
        }
        let mut request = original.clone();
        request.headers.remove(at);
        changed.push(request);
    }
    if covers_address {
        for url in one_byte_changed(&original.url) {
            changed.push(CallbackRequest {
                url,
                ..original.clone()
            });
        }
    }
    let mut longer = original.clone();
    longer.body = [&original.body[..], b"x"].concat().into();
    changed.push(longer);
    assert!(changed.len() > 50);
    for request in changed {
        let checked = check(access, &request).await;
        assert!(checked.is_err(), "{request:?}");
    }
}

fn one_byte_changed(text: &str) -> impl Iterator<Item = String> {
    (0..text.len()).map(|index| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[index] ^= 1;
        String::from_utf8(bytes).unwrap()
    })
}

#[tokio::test]
async fn bird_platform() {
    let vectors = vectors();
    let vector = &vectors["bird_platform_standard_webhooks"];
    let secret = text(vector, "secret");
    let access = access(&[("access_key", "bk_eu1_example"), ("signing_key", secret)]);
    let headers = given(
        vector,
        &["webhook-id", "webhook-timestamp", "webhook-signature"],
    );
    let body = text(vector, "body").to_owned();
    let original = request("POST", "https://hooks.example.com/bird", headers, body);
    // The address is not signed: the body says all.
    only_the_original_passes(&access, &original, false).await;
}

#[tokio::test]
async fn bird_channels() {
    let vectors = vectors();
    let vector = &vectors["bird_channels"];
    let uuid = "11111111-2222-4333-8444-555555555555";
    let access = access(&[
        ("access_key", "AbCdEfGh"),
        ("workspace_id", uuid),
        ("sms_channel_id", uuid),
        ("signing_key", text(vector, "key")),
    ]);
    let headers = given(
        vector,
        &["messagebird-signature", "messagebird-request-timestamp"],
    );
    let body = text(vector, "body").to_owned();
    let original = request("POST", text(vector, "url"), headers, body);
    only_the_original_passes(&access, &original, true).await;
}

#[tokio::test]
async fn messagebird_tokens() {
    let vectors = vectors();
    let all = &vectors["messagebird_jwt"];
    let access = access(&[
        ("access_key", "live_example"),
        ("signing_key", text(all, "key")),
    ]);
    let tokens = all["vectors"].as_array().unwrap();
    assert_eq!(tokens.len(), 2);
    for vector in tokens {
        let token = text(vector, "token").to_owned();
        let headers = vec![("messagebird-signature-jwt".to_owned(), token)];
        let method = text(vector, "name");
        let body = text(vector, "body").to_owned();
        let mut original = request(method, text(all, "url"), headers, body);
        let at = all["verify_at"].as_i64().unwrap();
        original.received_at = OffsetDateTime::from_unix_timestamp(at).unwrap();
        only_the_original_passes(&access, &original, true).await;
    }
}

#[tokio::test]
async fn messagebird_s_older_signature() {
    let vectors = vectors();
    let vector = &vectors["messagebird_legacy_hmac"];
    let access = access(&[
        ("access_key", "live_example"),
        ("signing_key", text(vector, "key")),
    ]);
    let headers = vec![
        (
            "messagebird-signature".to_owned(),
            text(vector, "MessageBird-Signature").to_owned(),
        ),
        (
            "messagebird-request-timestamp".to_owned(),
            text(vector, "timestamp").to_owned(),
        ),
    ];
    let query = text(vector, "query");
    let url = |query: &str| format!("https://hooks.example.com/messagebird/status?{query}");
    let original = request("GET", &url(query), headers, text(vector, "body").to_owned());
    only_the_original_passes(&access, &original, false).await;
    for other in one_byte_changed(query) {
        let changed = CallbackRequest {
            url: url(&other),
            ..original.clone()
        };
        assert_eq!(
            check(&access, &changed).await,
            Err(NotAuthentic::Wrong),
            "{other}"
        );
    }
    // Only the order of the pairs is not signed.
    let turned = CallbackRequest {
        url: url("status=delivered&id=abc&reference=msg_01TEST&recipient=15550002222"),
        ..original
    };
    assert_eq!(check(&access, &turned).await, Ok(()));
}
