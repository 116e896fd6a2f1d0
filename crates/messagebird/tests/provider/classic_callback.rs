//! Status reports and inbound messages of MessageBird.

use crate::support::{
    ATTEMPT, CALLBACK, CLASSIC_ID, FROM, NOW, SIGNING_KEY, access, attempt, claims, classic,
    classic_callback, classic_callback_with, offline, request, to,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde_json::{Value, json};
use tidings_kernel::{Channel, Money};
use tidings_messaging::{
    CallbackRequest, InboundEvent, NotAuthentic, Provider as _, ProviderEvent, Receipt,
    ReceiptEvent,
};
use tidings_routing::Class;
use time::macros::datetime;

const REPORT: &str = "id=e8077d803532c0b5937c639b60216938&reference=att_00000000000000000000000007\
    &recipient=12025550123&status=delivered&statusReason=successfully+delivered&statusErrorCode=\
    &statusDatetime=2026-11-20T10%3A30%3A00%2B00%3A00&mccmnc=310260&ported=0&messageLength=19\
    &messagePartCount=1&datacoding=plain&price%5Bamount%5D=0.0070&price%5Bcurrency%5D=EUR";

fn read(request: &CallbackRequest) -> ProviderEvent {
    read_by(&[("access_key", "live_0123456789")], request)
}

fn read_by(fields: &[(&str, &str)], request: &CallbackRequest) -> ProviderEvent {
    let mut events = offline().parse(&access(fields), request).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn receipt(query: &str) -> ReceiptEvent {
    match read(&classic_callback("GET", query, "")) {
        ProviderEvent::Receipt(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

fn inbound(event: ProviderEvent) -> InboundEvent {
    match event {
        ProviderEvent::Inbound(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

async fn check(request: &CallbackRequest) -> Result<(), NotAuthentic> {
    offline().authenticate(&classic(), request).await
}

#[tokio::test]
async fn a_report_has_reference_price_and_time() {
    assert_eq!(check(&classic_callback("GET", REPORT, "")).await, Ok(()));
    assert_eq!(
        receipt(REPORT),
        ReceiptEvent {
            attempt: Some(attempt()),
            provider_message_id: CLASSIC_ID.into(),
            receipt: Receipt::Delivered,
            error: None,
            cost: Some(Money::parse("0.007", "EUR").unwrap()),
            at: Some(datetime!(2026-11-20 10:30 UTC)),
        }
    );
    // A plus sign that was not escaped.
    let raw = receipt(
        "id=a&status=sent&statusDatetime=2026-11-20T10:30:00+00:00&price[amount]=x&price[currency]=EUR",
    );
    assert_eq!(
        (raw.at, raw.cost),
        (Some(datetime!(2026-11-20 10:30 UTC)), None)
    );
}

#[test]
fn our_reference_may_come_back_in_the_address_alone() {
    let event = receipt(&format!("att={ATTEMPT}&id=a&status=buffered"));
    assert_eq!(
        (event.attempt, event.receipt),
        (Some(attempt()), Receipt::Sent)
    );
    let others = receipt("id=a&reference=order-42&status=delivered");
    assert_eq!(others.attempt, None);
}

#[test]
fn failures_have_the_network_s_numbers() {
    for (query, class, code) in [
        (
            "status=delivery_failed&statusErrorCode=1",
            Class::Recipient,
            "1",
        ),
        (
            "status=delivery_failed&statusErrorCode=27",
            Class::Transient,
            "27",
        ),
        (
            "status=delivery_failed&statusErrorCode=103",
            Class::OptedOut,
            "103",
        ),
        (
            "status=delivery_failed&statusErrorCode=104",
            Class::Sender,
            "104",
        ),
        (
            "status=delivery_failed&statusErrorCode=777",
            Class::Recipient,
            "777",
        ),
        (
            "status=delivery_failed",
            Class::Recipient,
            "delivery_failed",
        ),
        ("status=expired&statusErrorCode=27", Class::Expired, "27"),
        ("status=expired", Class::Expired, "expired"),
    ] {
        let event = receipt(&format!("id=a&reference={ATTEMPT}&{query}"));
        let error = event.error.unwrap();
        assert_eq!(
            (event.receipt, error.class, error.provider_code.as_str()),
            (Receipt::Failed, class, code),
            "{query}"
        );
    }
    for status in ["scheduled", "teleported"] {
        let request = classic_callback("GET", &format!("id=a&reference=b&status={status}"), "");
        assert_eq!(read(&request), ProviderEvent::Ignored(status.into()));
    }
}

#[test]
fn a_stop_is_heard_in_every_form() {
    let expected = InboundEvent {
        provider_message_id: "m1".into(),
        channel: Channel::Sms,
        from: to(),
        whatsapp_user: None,
        to: FROM.into(),
        text: "STOP".into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: Some(datetime!(2026-11-20 10:30 UTC)),
    };
    let form = "id=m1&recipient=12025550100&originator=12025550123&body=STOP%00\
                &createdDatetime=2026-11-20T10%3A30%3A00%2B00%3A00&news=1";
    let flat = json!({"id": "m1", "recipient": 12_025_550_100_u64, "originator": 12_025_550_123_u64,
        "message": "STOP", "createdDatetime": "2026-11-20T10:30:00Z", "news": [1]});
    let nested = json!({"incomingMessage": {"message_id": "m1", "sender": "+12025550123",
        "receiver": "+12025550100", "payload": "ST\u{0}OP", "createdAt": "2026-11-20T10:30:00Z"}});
    for request in [
        classic_callback("GET", form, ""),
        classic_callback("POST", "t=acme", form),
        classic_callback("POST", "t=acme", &flat.to_string()),
        classic_callback("POST", "t=acme", &nested.to_string()),
    ] {
        assert_eq!(inbound(read(&request)), expected, "{request:?}");
    }
}

#[test]
fn a_flow_may_name_its_fields_in_its_own_way() {
    let body =
        json!({"nr": "m1", "caller": "12025550123", "line": "24680", "words": "YES", "id": "x"});
    let request = classic_callback("POST", "", &body.to_string());
    let named = [
        ("access_key", "live_0123456789"),
        ("inbound_fields", "id=nr, from=caller, to=line, text=words"),
    ];
    let event = inbound(read_by(&named, &request));
    assert_eq!(
        (
            event.provider_message_id.as_str(),
            event.from,
            event.to.as_str(),
            event.text.as_str()
        ),
        ("m1", to(), "24680", "YES")
    );
    assert!(matches!(read(&request), ProviderEvent::Ignored(_)));
}

#[test]
fn what_is_neither_a_report_nor_a_message_is_told() {
    for query in [
        "",
        "a=b",
        "originator=ACME&id=m1&body=win",
        "originator=24680&id=m1&body=win",
    ] {
        let event = read(&classic_callback("GET", query, ""));
        assert!(
            matches!(event, ProviderEvent::Ignored(_)),
            "{query}: {event:?}"
        );
    }
    // A report without an id, and a message that could not be told from a repetition.
    for query in [
        "reference=a&status=sent",
        "originator=12025550123&body=STOP",
    ] {
        let request = classic_callback("GET", query, "");
        assert!(offline().parse(&classic(), &request).is_err(), "{query}");
    }
    let broken = classic_callback("POST", "", "{\"id\":");
    assert!(offline().parse(&classic(), &broken).is_err());
}

#[tokio::test]
async fn every_claim_of_a_token_counts() {
    let url = format!("{CALLBACK}?{REPORT}");
    let good = claims(&url, b"");
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        classic_callback_with(&claims, "GET", &url, "")
    };
    for (name, value, is_right) in [
        ("iat", json!(null), true),
        ("nbf", json!(null), true),
        ("nbf", json!(NOW + 5), true),
        ("nbf", json!(NOW + 6), false),
        ("nbf", json!("now"), false),
        ("exp", json!(NOW - 4), true),
        ("exp", json!(NOW - 5), false),
        ("exp", json!(NOW - 200_000_000), false),
        ("exp", json!(null), false),
        ("exp", json!("later"), false),
        ("iss", json!("Messagebird"), false),
        ("iss", json!(null), false),
        ("jti", json!(null), false),
        ("url_hash", json!(null), false),
        ("url_hash", json!(""), false),
        ("url_hash", json!("e3b0c442"), false),
        ("payload_hash", json!(7), false),
        ("payload_hash", json!("00"), false),
    ] {
        let checked = check(&with(name, value.clone())).await;
        assert_eq!(checked.is_ok(), is_right, "{name} {value}");
    }
}

#[tokio::test]
async fn three_lengths_of_hash_are_taken_and_nothing_else() {
    let url = format!("{CALLBACK}?{REPORT}");
    let signed = |name: &str, algorithm| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!(
            "{}.{}",
            part(&json!({ "alg": name })),
            part(&claims(&url, b""))
        );
        let key = hmac::Key::new(algorithm, SIGNING_KEY.as_bytes());
        let tag = hmac::sign(&key, signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
        let headers = vec![("messagebird-signature-jwt".to_owned(), token)];
        request("GET", &url, headers, "")
    };
    for (name, algorithm, is_right) in [
        ("HS256", hmac::HMAC_SHA256, true),
        ("HS384", hmac::HMAC_SHA384, true),
        ("HS512", hmac::HMAC_SHA512, true),
        ("HS512", hmac::HMAC_SHA256, false),
        ("none", hmac::HMAC_SHA256, false),
        ("RS256", hmac::HMAC_SHA256, false),
        ("hs256", hmac::HMAC_SHA256, false),
    ] {
        let checked = check(&signed(name, algorithm)).await;
        assert_eq!(checked.is_ok(), is_right, "{name} {algorithm:?}");
    }
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims(&url, b"").to_string())
    );
    let headers = vec![("messagebird-signature-jwt".to_owned(), unsigned)];
    let checked = check(&request("GET", &url, headers, "")).await;
    assert_eq!(checked, Err(NotAuthentic::Wrong));
}

#[tokio::test]
async fn a_body_without_its_claim_and_a_claim_without_its_body_are_refused() {
    let url = format!("{CALLBACK}?t=acme");
    for (claimed, body) in [("", "{}"), ("{}", ""), ("{}", "[]")] {
        let claims = claims(&url, claimed.as_bytes());
        let request = classic_callback_with(&claims, "POST", &url, body);
        assert_eq!(
            check(&request).await,
            Err(NotAuthentic::Wrong),
            "{claimed} {body}"
        );
    }
    let request = classic_callback("POST", "t=acme", "{}");
    assert_eq!(check(&request).await, Ok(()));
}

#[tokio::test]
async fn a_wrong_token_is_not_saved_by_a_right_signature_of_the_older_kind() {
    let headers = |with_token: bool| {
        let mut headers = vec![
            (
                "messagebird-signature",
                "2SnvRqzgxDTX3+kUc88FqTrqX3jt9ZfN6xmAweltQ20=",
            ),
            ("messagebird-request-timestamp", "1789000000"),
        ];
        if with_token {
            headers.push(("messagebird-signature-jwt", "a.b.c"));
        }
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        headers.into_iter().map(owned).collect()
    };
    let url = "https://hooks.example.com/messagebird/status?id=abc&recipient=15550002222\
               &reference=msg_01TEST&status=delivered";
    let right = request("GET", url, headers(false), "");
    assert_eq!(check(&right).await, Ok(()));
    let mixed = request("GET", url, headers(true), "");
    assert_eq!(check(&mixed).await, Err(NotAuthentic::Wrong));
    let mut late = right;
    late.received_at += time::Duration::days(2);
    assert_eq!(check(&late).await, Err(NotAuthentic::Wrong));
}

#[tokio::test]
async fn without_the_right_key_nothing_is_right() {
    let request = classic_callback("GET", REPORT, "");
    for (key, expected) in [
        (None, Err(NotAuthentic::Wrong)),
        (Some("another"), Err(NotAuthentic::Wrong)),
        (Some(SIGNING_KEY), Ok(())),
    ] {
        let mut fields = vec![("access_key", "live_0123456789")];
        fields.extend(key.map(|key| ("signing_key", key)));
        let checked = offline().authenticate(&access(&fields), &request).await;
        assert_eq!(checked, expected, "{key:?}");
    }
    let mut bare = request;
    bare.headers.clear();
    assert_eq!(check(&bare).await, Err(NotAuthentic::Missing));
}

#[tokio::test]
async fn five_megabytes_are_read_and_do_no_harm() {
    let text = "a".repeat(5 << 20);
    let body = json!({"id": "m1", "originator": "12025550123", "body": text}).to_string();
    let long = classic_callback("POST", "t=acme", &body);
    assert_eq!(check(&long).await, Ok(()));
    assert_eq!(inbound(read(&long)).text.len(), 5 << 20);
    let many = "&a=b".repeat(1 << 20);
    let request = classic_callback("POST", "id=m1&originator=12025550123", &many);
    assert_eq!(check(&request).await, Ok(()));
    drop(offline().parse(&classic(), &request));
}
