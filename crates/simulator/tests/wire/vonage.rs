//! The simulated Vonage from outside.

use std::time::Duration;

use crate::support::{CONTACT, Call, SENDER, World, answered};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const KEY: &str = "abcd1234";
const SECRET: &str = "api_secret_0123";
const SIGNATURE_SECRET: &str = "vonage_signature_secret_test_0123456789abcdef";
const APPLICATION: &str = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";

async fn start() -> World {
    let world = World::empty().await;
    let accounts = json!({"vonage": [{
        "api_key": KEY, "api_secret": SECRET, "signature_secret": SIGNATURE_SECRET,
        "status_url": world.callback("/account-status"),
        "inbound_url": world.callback("/in"),
        "numbers": [
            {"number": SENDER},
            {"number": "12025550101", "application_id": APPLICATION},
        ],
        "applications": [{"id": APPLICATION, "inbound_url": world.callback("/in-application")}],
        "templates": [{"name": "order", "language": "en_US", "body": "Hi {{1}}", "buttons": ["Stop"]}],
    }]});
    world.register(&accounts).await;
    world
}

fn request(world: &World, changes: &Value) -> reqwest::RequestBuilder {
    let mut body = json!({
        "channel": "sms", "message_type": "text", "to": "12025550123", "from": "12025550100",
        "text": "Hello", "client_ref": "att_01",
        "webhook_url": world.callback("/status?att=att_01"), "webhook_version": "v1",
    });
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    world.client.post(world.url("/v1/messages")).json(&body)
}

fn with_secret(world: &World, changes: &Value) -> reqwest::RequestBuilder {
    request(world, changes).basic_auth(KEY, Some(SECRET))
}

async fn send(world: &World, changes: Value) -> (u16, Value) {
    answered(with_secret(world, &changes)).await
}

async fn get(world: &World, path: &str) -> (u16, Value) {
    let request = world.client.get(world.url(path));
    answered(request.basic_auth(KEY, Some(SECRET))).await
}

/// The claims of the callback's token, whose signature and hash are true.
fn claims(call: &Call) -> Value {
    let token = call.header("authorization").strip_prefix("Bearer ");
    let (signed, signature) = token.and_then(|one| one.rsplit_once('.')).expect("a token");
    let (header, claims) = signed.split_once('.').expect("three parts");
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64");
    assert_eq!(decode(header), br#"{"alg":"HS256","typ":"JWT"}"#);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SIGNATURE_SECRET.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &decode(signature)).expect("a true signature");
    let claims: Value = serde_json::from_slice(&decode(claims)).expect("claims");
    let hash = digest::digest(&digest::SHA256, call.body.as_bytes());
    assert_eq!(claims["payload_hash"], format!("{hash:?}")[7..]);
    assert_eq!(
        (&claims["iss"], &claims["api_key"]),
        (&json!("Vonage"), &json!(KEY))
    );
    claims
}

#[tokio::test]
async fn a_message_is_accepted_reported_with_a_true_token_and_shown() {
    let world = start().await;
    let (status, body) = send(&world, json!({})).await;
    assert_eq!(status, 202, "{body}");
    let id = body["message_uuid"].as_str().expect("an id");
    let calls = world.calls(2).await;
    for (call, word) in calls.iter().zip(["submitted", "delivered"]) {
        assert_eq!(call.uri, "/status?att=att_01");
        assert_eq!(claims(call)["application_id"], Value::Null);
        let told = call.json();
        assert_eq!(
            (&told["status"], &told["message_uuid"]),
            (&json!(word), &json!(id))
        );
        assert_eq!(
            (&told["to"], &told["from"]),
            (&json!("12025550123"), &json!("12025550100"))
        );
        assert_eq!(told["client_ref"], "att_01");
    }
    assert_eq!(
        calls[0].json()["usage"],
        json!({"currency": "EUR", "price": "0.0333"})
    );
    let shown = world.handset(CONTACT, "").await;
    assert_eq!(
        (&shown[0]["from"], &shown[0]["text"]),
        (&json!(SENDER), &json!("Hello"))
    );
    let ledger = world.ledger().await;
    let request = &ledger["requests"][0];
    assert_eq!(
        (&request["provider"], &request["client_reference"]),
        (&json!("vonage"), &json!("att_01"))
    );
    assert_eq!(request["answer_status"], 202);
}

#[tokio::test]
async fn a_number_of_an_application_is_sent_from_with_its_token_alone() {
    let world = start().await;
    let from = json!({"from": "12025550101", "webhook_url": null});
    assert_eq!(send(&world, from.clone()).await.0, 401);
    let sign = |claims: Value| {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        format!(
            "{header}.{}.c2ln",
            URL_SAFE_NO_PAD.encode(claims.to_string())
        )
    };
    let old = sign(json!({"application_id": APPLICATION, "iat": 0, "jti": "1"}));
    let refused = request(&world, &from).bearer_auth(old);
    assert_eq!(answered(refused).await.0, 401);
    // The simulator's clock is the one that counts.
    let ledger = world.ledger().await;
    let at = ledger["requests"][0]["at"].as_str().expect("an instant");
    let now = OffsetDateTime::parse(at, &Rfc3339).expect("an instant");
    let token = sign(json!({
        "application_id": APPLICATION, "iat": now.unix_timestamp(), "jti": "2",
    }));
    let allowed = request(&world, &from).bearer_auth(&token);
    assert_eq!(answered(allowed).await.0, 202);
    // A message that names no address is told of to the application, or else to the account.
    let calls = world.calls(1).await;
    assert_eq!(calls[0].uri, "/account-status");
    assert_eq!(claims(&calls[0])["application_id"], APPLICATION);
    let hello = json!({"channel": "sms", "to": "+12025550101", "text": "Hi"});
    world.writes(CONTACT, hello).await;
    let calls = world.calls(3).await;
    let inbound = calls.iter().find(|call| call.uri == "/in-application");
    assert_eq!(
        claims(inbound.expect("an inbound call"))["application_id"],
        APPLICATION
    );
}

#[tokio::test]
async fn refusals_have_vonages_body() {
    let world = start().await;
    let (status, body) = send(&world, json!({"to": "+12025550123"})).await;
    assert_eq!(status, 422);
    assert_eq!(
        body["type"],
        "https://developer.vonage.com/api-errors/messages#1020"
    );
    assert_eq!(body["invalid_parameters"][0]["name"], "to");
    let (status, body) = send(&world, json!({"from": "12025550199"})).await;
    assert_eq!(
        (status, &body["title"]),
        (422, &json!("Illegal sender address"))
    );
    let wrong = request(&world, &json!({})).basic_auth(KEY, Some("wrong"));
    let (status, body) = answered(wrong).await;
    assert_eq!((status, &body["title"]), (401, &json!("Unauthorized")));
    let ledger = world.ledger().await;
    assert_eq!(ledger["requests"][0]["error_code"], 1020);
    assert_eq!(ledger["requests"][2]["answer_status"], 401);
}

#[tokio::test]
async fn magic_numbers_and_codes_of_delivery_fail_later() {
    let world = start().await;
    for (to, word, code) in [
        ("12025550161", "undeliverable", "1180"),
        ("12025550163", "rejected", "1210"),
        ("12025550167", "rejected", "1240"),
    ] {
        let count = world.ledger().await["callbacks"]
            .as_array()
            .map_or(0, Vec::len);
        send(&world, json!({ "to": to })).await;
        world
            .ledger_until(|ledger| {
                let messages = ledger["messages"].as_array().expect("messages");
                messages
                    .iter()
                    .any(|one| one["to"] == format!("+{to}") && one["error_code"].is_number())
            })
            .await;
        let calls = world.calls(count + 1).await;
        let told = calls.last().expect("a call").json();
        assert_eq!(told["error"]["title"], code, "{told}");
        let link = format!("https://developer.vonage.com/api-errors/messages#{code}");
        assert_eq!(
            (&told["status"], &told["error"]["type"]),
            (&json!(word), &json!(link))
        );
        world
            .ledger_until(|ledger| {
                ledger["callbacks"].as_array().map_or(0, Vec::len) >= calls.len()
            })
            .await;
    }
}

#[tokio::test]
async fn faults_have_vonages_words() {
    let world = start().await;
    world
        .fault(json!({"provider": "vonage", "rate_limit_per_second": 0}))
        .await;
    let answer = with_secret(&world, &json!({}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(answer.headers()["x-ratelimit-remaining"], "0");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["title"], "Throttled");
    world
        .fault(json!({"provider": "vonage", "error_code": 402}))
        .await;
    assert_eq!(send(&world, json!({})).await.1["title"], "Low balance");
    // The account's trouble hits every call.
    assert_eq!(get(&world, "/account/get-balance").await.0, 402);
    world
        .fault(json!({"provider": "vonage", "error_rate": 1}))
        .await;
    assert_eq!(send(&world, json!({})).await.0, 503);
    world
        .fault(json!({"provider": "vonage", "error_code": 1240}))
        .await;
    assert_eq!(send(&world, json!({})).await.0, 202);
    let calls = world.calls(1).await;
    assert_eq!(calls[0].json()["status"], "rejected");
    world
        .fault(json!({"provider": "vonage", "timeout_after_accept": true}))
        .await;
    let lost = with_secret(&world, &json!({})).timeout(Duration::from_millis(300));
    assert!(lost.send().await.expect_err("no answer").is_timeout());
    world.calls(3).await;
}

#[tokio::test]
async fn what_became_of_a_message_is_on_record() {
    let world = start().await;
    let (_, sent) = send(&world, json!({})).await;
    world.calls(2).await;
    let id = sent["message_uuid"].as_str().expect("an id");
    let base = format!("/v2/reports/records?account_id={KEY}&product=MESSAGES&direction=outbound");
    let (status, body) = get(&world, &format!("{base}&id={id},nobody")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["records"][0]["client_ref"], "att_01");
    assert_eq!(body["records"][0]["status"], "delivered");
    assert_eq!(body["ids_not_found"], "nobody");
    let (status, body) = get(&world, &base).await;
    assert_eq!(
        (status, &body["invalid_parameters"][0]["name"]),
        (422, &json!("date_start"))
    );
    let times = "&date_start=2026-01-01T00:00:00Z&date_end=2026-01-03T00:00:00Z";
    assert_eq!(get(&world, &format!("{base}{times}")).await.0, 422);
    let times = "&date_start=2020-01-01T00:00:00Z&date_end=2020-01-02T00:00:00Z";
    let (_, body) = get(&world, &format!("{base}{times}&to=12025550123")).await;
    assert_eq!(body["records"], json!([]));
    let (_, body) = get(&world, &format!("/v2/applications/{APPLICATION}")).await;
    let webhooks = &body["capabilities"]["messages"]["webhooks"];
    assert_eq!(
        webhooks["inbound_url"]["address"],
        world.callback("/in-application")
    );
    assert_eq!(get(&world, "/account/get-balance").await.1["value"], 100.0);
}

#[tokio::test]
async fn stop_is_forwarded_and_obeyed() {
    let world = start().await;
    let stop = json!({"channel": "sms", "to": SENDER, "text": "stop"});
    world.writes(CONTACT, stop).await;
    let calls = world.calls(1).await;
    claims(&calls[0]);
    let told = calls[0].json();
    assert_eq!(
        (&told["message_type"], &told["text"]),
        (&json!("text"), &json!("stop"))
    );
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!("12025550123"), &json!("12025550100"))
    );
    assert_eq!(told["sms"]["keyword"], "STOP");
    send(&world, json!({})).await;
    let calls = world.calls(2).await;
    assert_eq!(calls[1].json()["error"]["title"], "1240");
}

#[tokio::test]
async fn whatsapp_has_templates_a_window_and_receipts_of_reading() {
    let world = start().await;
    let free = json!({"channel": "whatsapp"});
    send(&world, free.clone()).await;
    let calls = world.calls(1).await;
    assert_eq!(calls[0].json()["error"]["title"], "1340");
    let template = json!({
        "channel": "whatsapp", "message_type": "template", "text": null,
        "template": {"name": "order", "parameters": ["Ana"]},
        "whatsapp": {"policy": "deterministic", "locale": "en_US"},
    });
    let mut body = template;
    body.as_object_mut().expect("an object").remove("text");
    let mut whole = json!({
        "to": "12025550123", "from": "12025550100", "client_ref": "att_02",
        "webhook_url": world.callback("/status"),
    });
    for (name, value) in body.as_object().expect("an object") {
        whole[name] = value.clone();
    }
    let post = world.client.post(world.url("/v1/messages"));
    let (status, sent) = answered(post.basic_auth(KEY, Some(SECRET)).json(&whole)).await;
    assert_eq!(status, 202, "{sent}");
    let calls = world.calls(3).await;
    let told = calls[2].json();
    assert_eq!(told["whatsapp"]["pricing"]["category"], "utility");
    world
        .control("POST", &format!("/handsets/{CONTACT}/read"), Value::Null)
        .await;
    assert_eq!(world.calls(4).await[3].json()["status"], "read");

    let tap = json!({"channel": "whatsapp", "to": "+12025550100", "button": "Stop", "name": "Zoë"});
    let tapped = world.writes(CONTACT, tap).await;
    let told = world.calls(5).await[4].json();
    assert_eq!(
        (&told["message_type"], &told["button"]["text"]),
        (&json!("button"), &json!("Stop"))
    );
    assert_eq!(told["profile"]["name"], "Zoë");
    assert_eq!(told["context"]["message_uuid"], sent["message_uuid"]);
    let id = tapped["provider_message_id"].as_str().expect("an id");
    let patch = world.client.patch(world.url(&format!("/v1/messages/{id}")));
    let read = patch
        .basic_auth(KEY, Some(SECRET))
        .json(&json!({"status": "read"}));
    assert_eq!(answered(read).await.0, 200);
    // The window is open now.
    send(&world, free).await;
    assert_eq!(world.calls(7).await[6].json()["status"], "delivered");
}

#[tokio::test]
async fn a_webhook_is_repeated_until_it_is_taken() {
    let world = start().await;
    world.refuse("submitted", &[503, 401]);
    send(&world, json!({})).await;
    let calls = world.calls(4).await;
    let submitted = calls
        .iter()
        .filter(|call| call.json()["status"] == "submitted");
    assert_eq!(submitted.count(), 3);
}

#[tokio::test]
async fn an_account_needs_its_secrets() {
    let world = World::empty().await;
    let bare = json!({"vonage": [{"api_key": KEY}]});
    let (status, body) = world.control("PUT", "/accounts", bare).await;
    assert_eq!(status, 422);
    assert_eq!(body["errors"][0]["pointer"], "/vonage/0/api_secret");
    let nonsense = json!({"vonage": [{
        "api_key": KEY, "applications": [{"id": APPLICATION, "public_key": "nonsense"}],
    }]});
    let (_, body) = world.control("PUT", "/accounts", nonsense).await;
    let pointer = "/vonage/0/applications/0/public_key";
    assert_eq!(body["errors"][0]["pointer"], pointer);
}
