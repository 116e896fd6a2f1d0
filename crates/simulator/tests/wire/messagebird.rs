//! The simulated REST interface of MessageBird from outside.

use std::time::Duration;

use crate::support::{CONTACT, Call, SENDER, World, answered};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac};
use serde_json::{Value, json};

const KEY: &str = "live_0123456789";
const SIGNING_KEY: &str = "mb_signing_key_test_0001";

async fn start() -> World {
    let world = World::empty().await;
    let url = world.callback("/in?t=1");
    let accounts = json!({"messagebird": [{
        "access_key": KEY, "signing_key": SIGNING_KEY,
        "numbers": [
            {"number": SENDER, "inbound_url": url},
            {"number": "+12025550102", "inbound_url": url, "inbound_form": "get"},
            {"number": "+12025550103", "inbound_url": url, "inbound_form": "json"},
        ],
    }]});
    world.register(&accounts).await;
    world
}

fn request(world: &World, key: &str, changes: &Value) -> reqwest::RequestBuilder {
    let mut body = json!({
        "originator": "12025550100", "recipients": ["12025550123"], "body": "Hello",
        "reference": "att_01", "reportUrl": world.callback("/status?att=att_01"),
        "datacoding": "auto", "validity": 3600,
    });
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    world
        .client
        .post(world.url("/messages"))
        .header("authorization", format!("AccessKey {key}"))
        .json(&body)
}

async fn send(world: &World, changes: Value) -> (u16, Value) {
    answered(request(world, KEY, &changes)).await
}

async fn get(world: &World, path: &str) -> (u16, Value) {
    let request = world.client.get(world.url(path));
    answered(request.header("authorization", format!("AccessKey {KEY}"))).await
}

fn sha256(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    format!("{hash:?}")[7..].to_owned()
}

/// Checks the token over the whole address and the body.
fn verify(world: &World, call: &Call) {
    let token = call.header("messagebird-signature-jwt");
    let (signed, signature) = token.rsplit_once('.').expect("a token");
    let (_, claims) = signed.split_once('.').expect("three parts");
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64");
    let key = hmac::Key::new(hmac::HMAC_SHA256, SIGNING_KEY.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &decode(signature)).expect("a true signature");
    let claims: Value = serde_json::from_slice(&decode(claims)).expect("claims");
    assert_eq!(claims["url_hash"], sha256(&world.callback(&call.uri)));
    if call.body.is_empty() {
        assert_eq!(claims.get("payload_hash"), None);
    } else {
        assert_eq!(claims["payload_hash"], sha256(&call.body));
    }
    assert_eq!(claims["iss"], "MessageBird");
}

#[tokio::test]
async fn a_message_is_accepted_reported_in_a_query_and_shown() {
    let world = start().await;
    let (status, body) = send(&world, json!({})).await;
    assert_eq!(status, 201, "{body}");
    let id = body["id"].as_str().expect("an id");
    assert_eq!(id.len(), 32);
    assert_eq!(
        body["recipients"]["items"][0]["recipient"],
        12_025_550_123_u64
    );
    let calls = world.calls(2).await;
    for (call, word) in calls.iter().zip(["sent", "delivered"]) {
        assert!(
            call.uri.starts_with("/status?att=att_01&id="),
            "{}",
            call.uri
        );
        verify(&world, call);
        assert_eq!(call.query("id").as_deref(), Some(id));
        assert_eq!(call.query("status").as_deref(), Some(word));
        assert_eq!(call.query("reference").as_deref(), Some("att_01"));
        assert_eq!(call.query("recipient").as_deref(), Some("12025550123"));
        assert_eq!(call.query("price[currency]").as_deref(), Some("EUR"));
    }
    let shown = world.handset(CONTACT, "").await;
    assert_eq!(
        (&shown[0]["text"], &shown[0]["from"]),
        (&json!("Hello"), &json!(SENDER))
    );
    assert_eq!(shown[0]["client_reference"], "att_01");
    let (_, found) = get(&world, &format!("/messages/{id}")).await;
    assert_eq!(found["recipients"]["items"][0]["status"], "delivered");
    assert_eq!(get(&world, "/balance").await.1["type"], "euros");
    assert_eq!(
        get(&world, "/messages/nothing").await.1["errors"][0]["code"],
        20
    );
}

#[tokio::test]
async fn without_a_reference_nothing_is_reported() {
    let world = start().await;
    assert_eq!(send(&world, json!({"reference": null})).await.0, 201);
    let delivered = |ledger: &Value| ledger["messages"][0]["status"] == "delivered";
    let ledger = world.ledger_until(delivered).await;
    assert_eq!(ledger["callbacks"], json!([]));
}

#[tokio::test]
async fn refusals_have_messagebirds_body() {
    let world = start().await;
    for (changes, code, parameter) in [
        (json!({"recipients": []}), 9, "recipients"),
        (json!({"recipients": ["x"]}), 10, "recipients"),
        (
            json!({"recipients": ["12025550123", "12025550124"]}),
            10,
            "recipients",
        ),
        (json!({"originator": "12025550199"}), 10, "originator"),
        (json!({"originator": null}), 9, "originator"),
        (json!({"body": ""}), 9, "body"),
        (json!({"datacoding": "morse"}), 10, "datacoding"),
        (json!({"validity": "long"}), 10, "validity"),
        (json!({"reportUrl": "nonsense"}), 10, "reportUrl"),
        (
            json!({"scheduledDatetime": "2030-01-01T00:00:00Z"}),
            10,
            "scheduledDatetime",
        ),
    ] {
        let (status, body) = send(&world, changes.clone()).await;
        assert_eq!(status, 422, "{changes}");
        let error = &body["errors"][0];
        assert_eq!(
            (&error["code"], &error["parameter"]),
            (&json!(code), &json!(parameter))
        );
    }
    assert_eq!(
        send(
            &world,
            json!({"originator": "Acme", "recipients": "12025550123"})
        )
        .await
        .0,
        201
    );
    let (status, body) = answered(request(&world, "wrong", &json!({}))).await;
    assert_eq!((status, &body["errors"][0]["code"]), (401, &json!(2)));
}

#[tokio::test]
async fn magic_numbers_and_faults_have_messagebirds_codes() {
    let world = start().await;
    send(&world, json!({"recipients": ["12025550162"]})).await;
    let calls = world.calls(2).await;
    assert_eq!(calls[1].query("status").as_deref(), Some("delivery_failed"));
    assert_eq!(calls[1].query("statusErrorCode").as_deref(), Some("1"));
    world
        .fault(json!({"provider": "messagebird", "rate_limit_per_second": 0}))
        .await;
    assert_eq!(send(&world, json!({})).await.0, 429);
    world
        .fault(json!({"provider": "messagebird", "error_code": 25}))
        .await;
    let (status, body) = send(&world, json!({})).await;
    assert_eq!((status, &body["errors"][0]["code"]), (402, &json!(25)));
    assert_eq!(get(&world, "/balance").await.0, 402);
    world
        .fault(json!({"provider": "messagebird", "error_rate": 1}))
        .await;
    assert_eq!(send(&world, json!({})).await.0, 503);
    world
        .fault(json!({"provider": "bird", "error_code": 103}))
        .await;
    assert_eq!(send(&world, json!({})).await.0, 201);
    let calls = world.calls(4).await;
    assert_eq!(calls[3].query("statusErrorCode").as_deref(), Some("103"));
    world
        .fault(json!({"provider": "messagebird", "timeout_after_accept": true}))
        .await;
    let lost = request(&world, KEY, &json!({})).timeout(Duration::from_millis(300));
    assert!(lost.send().await.expect_err("no answer").is_timeout());
    world.calls(6).await;
}

#[tokio::test]
async fn what_comes_in_is_forwarded_as_the_flow_says() {
    let world = start().await;
    for to in [SENDER, "+12025550102", "+12025550103"] {
        let hello = json!({"channel": "sms", "to": to, "text": "Olá & STOP"});
        world.writes(CONTACT, hello).await;
    }
    let calls = world.calls(3).await;
    let of = |recipient: &str| {
        let call = calls.iter().find(|call| {
            call.body.contains(recipient) || call.query("recipient").as_deref() == Some(recipient)
        });
        call.expect("a call")
    };
    let form = of("12025550100");
    assert_eq!(form.field("body").as_deref(), Some("Olá & STOP"));
    assert_eq!(form.field("originator").as_deref(), Some("12025550123"));
    assert_eq!(
        of("12025550102").query("body").as_deref(),
        Some("Olá & STOP")
    );
    assert_eq!(of("12025550103").json()["body"], "Olá & STOP");
    for call in &calls {
        verify(&world, call);
    }
}
