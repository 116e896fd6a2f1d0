use crate::support::{
    APPLICATION, NOW, PRIVATE_KEY, SECRET, access, access_with, adapter, callback, claiming,
    claims, status, token,
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tidings_messaging::{
    Access, CallbackRequest, NotAuthentic, Provider as _, ProviderEvent, Unreadable,
};
use time::{Duration, OffsetDateTime};

/// The vector of the reference.
#[derive(Deserialize)]
struct Vector {
    secret: String,
    header: String,
    body: String,
    payload_hash: String,
    token: String,
}

fn vector() -> Vector {
    serde_json::from_str(include_str!("../vectors.json")).unwrap()
}

fn of_vector(vector: &Vector) -> CallbackRequest {
    let (name, scheme) = vector.header.split_once(": ").unwrap();
    let name = name.to_ascii_lowercase();
    CallbackRequest {
        headers: vec![(name, format!("{scheme} {}", vector.token))],
        // The token was made at this second.
        received_at: OffsetDateTime::from_unix_timestamp(1_789_000_000).unwrap(),
        ..claiming(vector.body.clone(), &json!({}))
    }
}

fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let adapter = adapter();
    // Nothing has to be fetched, so it is ready at once.
    adapter
        .authenticate(access, request)
        .now_or_never()
        .unwrap()
}

fn delivered() -> CallbackRequest {
    callback(&status("delivered", &json!({})))
}

/// The same callback with one claim replaced.
fn with_claim(name: &str, value: Value) -> CallbackRequest {
    let body = status("delivered", &json!({})).to_string();
    let mut claims = claims(body.as_bytes());
    claims[name] = value;
    claiming(body, &claims)
}

/// The same callback without one claim.
fn without_claim(name: &str) -> CallbackRequest {
    let body = status("delivered", &json!({})).to_string();
    let mut claims = claims(body.as_bytes());
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claiming(body, &claims)
}

fn with_header(value: &str) -> CallbackRequest {
    CallbackRequest {
        headers: vec![("authorization".into(), value.into())],
        ..delivered()
    }
}

fn parse(request: &CallbackRequest) -> Result<Vec<ProviderEvent>, Unreadable> {
    adapter().parse(&access(), request)
}

#[test]
fn the_vector_of_the_reference_is_authentic() {
    let vector = vector();
    assert_eq!(vector.secret, SECRET);
    assert_eq!(
        vector.payload_hash,
        tidings_provider_http::sha256_hex(vector.body.as_bytes())
    );
    assert_eq!(authenticate(&access(), &of_vector(&vector)), Ok(()));
    let other = access_with(&[("signature_secret", "another secret")]);
    assert_eq!(
        authenticate(&other, &of_vector(&vector)),
        Err(NotAuthentic::Wrong)
    );
}

#[test]
fn no_bit_of_the_vector_can_be_changed() {
    let request = of_vector(&vector());
    for index in 0..request.body.len() {
        for bit in 0..8 {
            let mut body = request.body.to_vec();
            body[index] ^= 1 << bit;
            let changed = CallbackRequest {
                body: body.into(),
                ..request.clone()
            };
            assert_eq!(
                authenticate(&access(), &changed),
                Err(NotAuthentic::Wrong),
                "{index}"
            );
        }
    }
    let header = request.header("authorization").unwrap().to_owned();
    for index in "Bearer".len()..header.len() {
        for bit in 0..7 {
            let mut bytes = header.clone().into_bytes();
            bytes[index] ^= 1 << bit;
            let value = String::from_utf8(bytes).unwrap();
            let headers = vec![("authorization".to_owned(), value)];
            let changed = CallbackRequest {
                headers,
                ..request.clone()
            };
            assert_eq!(
                authenticate(&access(), &changed),
                Err(NotAuthentic::Wrong),
                "{index}"
            );
        }
    }
}

#[test]
fn a_forgotten_token_is_asked_for_again() {
    let forgotten = CallbackRequest {
        headers: Vec::new(),
        ..delivered()
    };
    assert_eq!(
        authenticate(&access(), &forgotten),
        Err(NotAuthentic::CannotCheck)
    );
}

#[test]
fn what_is_no_token_of_vonage_s_is_refused() {
    let body = delivered().body;
    let good = token(&claims(&body), SECRET);
    assert_eq!(
        authenticate(&access(), &with_header(&format!("bearer {good}"))),
        Ok(())
    );
    for wrong in [
        String::new(),
        good.clone(),
        format!("Basic {good}"),
        format!("Bearer  {good}"),
        format!("Bearer {good} "),
        format!("Bearer {}", token(&claims(&body), "another secret")),
        format!("Bearer {}", "a".repeat(5 << 20)),
    ] {
        assert_eq!(
            authenticate(&access(), &with_header(&wrong)),
            Err(NotAuthentic::Wrong)
        );
    }
}

#[test]
fn a_token_for_another_body_is_refused() {
    assert_eq!(
        authenticate(&access(), &without_claim("payload_hash")),
        Err(NotAuthentic::Wrong)
    );
    for wrong in [json!(""), json!(null), json!(7), json!("0".repeat(64))] {
        let request = with_claim("payload_hash", wrong);
        assert_eq!(authenticate(&access(), &request), Err(NotAuthentic::Wrong));
    }
    let other = CallbackRequest {
        body: Bytes::from_static(b"{}"),
        ..delivered()
    };
    assert_eq!(authenticate(&access(), &other), Err(NotAuthentic::Wrong));
}

#[test]
fn a_right_signature_of_another_account_is_told() {
    for wrong in [json!("abcd1235"), json!(""), json!(null)] {
        let request = with_claim("api_key", wrong);
        assert_eq!(
            authenticate(&access(), &request),
            Err(NotAuthentic::OtherAccount)
        );
    }
    assert_eq!(
        authenticate(&access(), &without_claim("api_key")),
        Err(NotAuthentic::OtherAccount)
    );
    let ours = access_with(&[("api_key", "wxyz9876")]);
    assert_eq!(
        authenticate(&ours, &delivered()),
        Err(NotAuthentic::OtherAccount)
    );
}

#[test]
fn another_application_of_the_account_is_welcome() {
    let request = with_claim(
        "application_id",
        json!("bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab"),
    );
    let access = access_with(&[
        ("application_id", APPLICATION),
        ("private_key", PRIVATE_KEY),
    ]);
    assert_eq!(authenticate(&access, &request), Ok(()));
}

#[test]
fn a_token_may_be_days_old_and_not_years() {
    let at = |age: Duration| with_claim("iat", json!((NOW - age).unix_timestamp()));
    for age in [Duration::ZERO, Duration::days(7), Duration::days(-1)] {
        assert_eq!(authenticate(&access(), &at(age)), Ok(()), "{age}");
    }
    for age in [Duration::days(7) + Duration::SECOND, Duration::days(800)] {
        assert_eq!(
            authenticate(&access(), &at(age)),
            Err(NotAuthentic::Wrong),
            "{age}"
        );
    }
    for odd in [json!(i64::MIN), json!(0)] {
        assert_eq!(
            authenticate(&access(), &with_claim("iat", odd)),
            Err(NotAuthentic::Wrong)
        );
    }
    assert_eq!(authenticate(&access(), &without_claim("iat")), Ok(()));
}

#[test]
fn without_credentials_nothing_is_authentic() {
    for missing in ["api_key", "signature_secret"] {
        let access = access_with(&[(missing, "")]);
        assert_eq!(
            authenticate(&access, &delivered()),
            Err(NotAuthentic::Wrong),
            "{missing}"
        );
    }
}

#[test]
fn five_megabytes_are_checked_and_refused_to_be_read() {
    let body = vec![b'a'; 5 << 20];
    let claims = claims(&body);
    let request = claiming(body, &claims);
    assert_eq!(authenticate(&access(), &request), Ok(()));
    assert!(parse(&request).is_err());
}

#[test]
fn what_tells_nothing_is_ignored_and_what_makes_no_sense_is_said() {
    for body in [
        json!({}),
        json!({"news": 1}),
        json!({"channel": "messenger", "message_uuid": "m"}),
    ] {
        let events = parse(&callback(&body)).unwrap();
        assert!(
            matches!(events.as_slice(), [ProviderEvent::Ignored(_)]),
            "{body}: {events:?}"
        );
    }
    for body in [
        json!(null),
        json!([]),
        json!("x"),
        json!({"status": "delivered"}),
        json!({"channel": "sms"}),
    ] {
        assert!(parse(&callback(&body)).is_err(), "{body}");
    }
}

#[test]
fn the_older_format_is_not_ignored() {
    let body = json!({
        "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", "to": {"type": "sms", "number": "12025550100"},
        "from": {"type": "sms", "number": "12025550123"}, "timestamp": "2026-07-15T15:00:05.000Z",
        "direction": "inbound", "message": {"content": {"type": "text", "text": "STOP"}}
    });
    let error = parse(&callback(&body)).unwrap_err();
    assert!(error.context.contains("v1"), "{}", error.context);
    assert!(!error.to_string().contains("STOP"));
}
