//! The simulated ClickSend from outside.

use std::time::Duration;

use crate::support::{CONTACT, SENDER, World, answered};
use serde_json::{Value, json};

const USER: &str = "acme-sms";
const KEY: &str = "5F1E2D3C-AAAA-BBBB-CCCC-0123456789AB";

async fn start() -> World {
    let world = World::empty().await;
    let accounts = json!({"clicksend": [{
        "username": USER, "api_key": KEY, "numbers": [SENDER], "repeat_pause_seconds": 0,
        "receipt_rules": [{"action_address": world.callback("/dlr/secret")}],
        "inbound_rules": [{"action_address": world.callback("/in/secret"), "webhook_type": "json"}],
    }]});
    world.register(&accounts).await;
    world
}

fn message(changes: &Value) -> Value {
    let mut message = json!({
        "source": "tests", "from": SENDER, "to": CONTACT, "body": "Hello",
        "custom_string": "att_01",
    });
    for (name, value) in changes.as_object().expect("an object") {
        message[name] = value.clone();
    }
    message
}

fn call(world: &World, method: &str, path: &str) -> reqwest::RequestBuilder {
    let method = method.parse().expect("a method");
    let request = world.client.request(method, world.url(path));
    request.basic_auth(USER, Some(KEY))
}

fn request(world: &World, changes: &Value) -> reqwest::RequestBuilder {
    let body = json!({"shorten_urls": false, "messages": [message(changes)]});
    call(world, "POST", "/v3/sms/send").json(&body)
}

/// The only row of the answer.
async fn send(world: &World, changes: Value) -> Value {
    let (status, body) = answered(request(world, &changes)).await;
    assert_eq!(
        (status, &body["response_code"]),
        (200, &json!("SUCCESS")),
        "{body}"
    );
    body["data"]["messages"][0].clone()
}

async fn get(world: &World, path: &str) -> (u16, Value) {
    answered(call(world, "GET", path)).await
}

#[tokio::test]
async fn a_message_is_queued_reported_and_found() {
    let world = start().await;
    let row = send(&world, json!({})).await;
    assert_eq!(
        (&row["status"], &row["custom_string"]),
        (&json!("SUCCESS"), &json!("att_01"))
    );
    assert_eq!(row["message_price"], "0.0792");
    let id = row["message_id"].as_str().expect("an id");
    let calls = world.calls(2).await;
    for (call, code) in calls.iter().zip(["200", "201"]) {
        assert_eq!(call.uri, "/dlr/secret");
        assert_eq!(call.field("status_code").as_deref(), Some(code));
        assert_eq!(call.field("message_id").as_deref(), Some(id));
        assert_eq!(call.field("custom_string").as_deref(), Some("att_01"));
        assert_eq!(call.field("error_code").as_deref(), Some(""));
        assert_eq!(call.field("subaccount_id").as_deref(), Some("20"));
    }
    assert_eq!(world.handset(CONTACT, "").await[0]["text"], "Hello");
    let ledger = world.ledger().await;
    assert_eq!(ledger["requests"][0]["client_reference"], "att_01");
    let (_, history) = get(&world, "/v3/sms/history?q=to:%2B12025550123&date_from=1").await;
    assert_eq!(history["data"]["data"][0]["message_id"], id);
    assert_eq!(history["data"]["data"][0]["status_code"], "201");
    let (_, history) = get(&world, "/v3/sms/history?q=to:%2B12025550124").await;
    assert_eq!(history["data"]["data"], json!([]));
    let (_, receipt) = get(&world, &format!("/v3/sms/receipts/{id}")).await;
    assert_eq!(receipt["data"]["status_code"], 201);
    assert_eq!(get(&world, "/v3/sms/receipts/nothing").await.0, 404);
}

#[tokio::test]
async fn a_message_can_be_refused_in_an_answer_of_success() {
    let world = start().await;
    for (changes, word) in [
        (json!({"to": "nonsense"}), "INVALID_RECIPIENT"),
        (json!({"to": "12025550123"}), "INVALID_RECIPIENT"),
        (json!({"body": ""}), "EMPTY_MESSAGE"),
        (json!({"from": "+12025550188"}), "INVALID_SENDER_ID"),
        (json!({"from": "AB"}), "INVALID_SENDER_ID"),
        (json!({"schedule": 1_900_000_000}), "INVALID_SCHEDULE"),
    ] {
        let row = send(&world, changes.clone()).await;
        assert_eq!(row["status"], word, "{changes}");
        assert_eq!(
            (row.get("message_id"), row.get("custom_string")),
            (None, None)
        );
    }
    assert_eq!(
        send(&world, json!({"from": "Acme"})).await["status"],
        "SUCCESS"
    );
    let ledger = world.ledger().await;
    let request = &ledger["requests"][0];
    assert_eq!(
        (&request["answer_status"], &request["error_code"]),
        (&json!(200), &json!("INVALID_RECIPIENT"))
    );
    assert_eq!(request["provider_message_id"], Value::Null);

    let (status, body) = answered(call(&world, "POST", "/v3/sms/send").json(&json!({}))).await;
    assert_eq!(
        (status, &body["response_code"]),
        (400, &json!("BAD_REQUEST"))
    );
    let wrong = world
        .client
        .get(world.url("/v3/account"))
        .basic_auth(USER, Some("wrong"));
    let (status, body) = answered(wrong).await;
    assert_eq!(
        (status, &body["response_code"]),
        (401, &json!("UNAUTHORIZED"))
    );
}

#[tokio::test]
async fn several_messages_in_one_call_are_judged_one_by_one() {
    let world = start().await;
    let body = json!({"messages": [
        message(&json!({})), message(&json!({"to": "x"})), message(&json!({"to": "+12025550124"})),
    ]});
    let (_, body) = answered(call(&world, "POST", "/v3/sms/send").json(&body)).await;
    let data = &body["data"];
    assert_eq!(
        (
            &data["total_count"],
            &data["queued_count"],
            &data["blocked_count"]
        ),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(data["messages"][1]["status"], "INVALID_RECIPIENT");
    assert_eq!(
        world.ledger().await["requests"].as_array().map(Vec::len),
        Some(3)
    );
}

#[tokio::test]
async fn the_same_text_just_now_is_throttled() {
    let world = World::empty().await;
    world
        .register(&json!({"clicksend": [{"username": USER, "api_key": KEY}]}))
        .await;
    assert_eq!(send(&world, json!({})).await["status"], "SUCCESS");
    assert_eq!(send(&world, json!({})).await["status"], "THROTTLED");
    assert_eq!(
        send(&world, json!({"body": "Other"})).await["status"],
        "SUCCESS"
    );
}

#[tokio::test]
async fn magic_numbers_and_faults_have_clicksends_codes() {
    let world = start().await;
    send(&world, json!({"to": "+12025550163"})).await;
    let calls = world.calls(2).await;
    assert_eq!(calls[1].field("status_code").as_deref(), Some("301"));
    assert_eq!(calls[1].field("error_code").as_deref(), Some("19"));
    world
        .fault(json!({"provider": "clicksend", "rate_limit_per_second": 0}))
        .await;
    let (status, body) = answered(request(&world, &json!({}))).await;
    assert_eq!(
        (status, &body["response_code"]),
        (429, &json!("TOO_MANY_REQUESTS"))
    );
    world
        .fault(json!({"provider": "clicksend", "error_code": "INSUFFICIENT_CREDIT"}))
        .await;
    assert_eq!(
        send(&world, json!({})).await["status"],
        "INSUFFICIENT_CREDIT"
    );
    assert_eq!(get(&world, "/v3/account").await.0, 200);
    world
        .fault(json!({"provider": "clicksend", "error_code": "FORBIDDEN"}))
        .await;
    assert_eq!(answered(request(&world, &json!({}))).await.0, 403);
    assert_eq!(get(&world, "/v3/account").await.0, 403);
    world
        .fault(json!({"provider": "clicksend", "error_rate": 1}))
        .await;
    assert_eq!(answered(request(&world, &json!({}))).await.0, 503);
    world
        .fault(json!({"provider": "clicksend", "error_code": 8}))
        .await;
    assert_eq!(send(&world, json!({})).await["status"], "SUCCESS");
    assert_eq!(
        world.calls(4).await[3].field("error_code").as_deref(),
        Some("8")
    );
    world
        .fault(json!({"provider": "clicksend", "timeout_after_accept": true}))
        .await;
    let lost = request(&world, &json!({})).timeout(Duration::from_millis(300));
    assert!(lost.send().await.expect_err("no answer").is_timeout());
    world.calls(6).await;
}

#[tokio::test]
async fn a_reply_names_the_message_that_it_answers() {
    let world = start().await;
    let row = send(&world, json!({})).await;
    world.calls(2).await;
    let stop = json!({"channel": "sms", "to": SENDER, "text": "STOP now"});
    world.writes(CONTACT, stop).await;
    let told = world.calls(3).await[2].json();
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!(CONTACT), &json!(SENDER))
    );
    assert_eq!(
        (&told["body"], &told["_keyword"]),
        (&json!("STOP now"), &json!("stop"))
    );
    assert_eq!(told["original_message_id"], row["message_id"]);
    assert_eq!(told["custom_string"], "att_01");
    let (_, list) = get(&world, "/v3/sms/inbound").await;
    assert_eq!(list["data"]["total"], 1);
    answered(call(&world, "PUT", "/v3/sms/inbound-read").json(&json!({}))).await;
    assert_eq!(get(&world, "/v3/sms/inbound").await.1["data"]["total"], 0);
    assert_eq!(get(&world, "/v3/sms/receipts").await.1["data"]["total"], 1);
    answered(call(&world, "PUT", "/v3/sms/receipts-read").json(&json!({}))).await;
    assert_eq!(get(&world, "/v3/sms/receipts").await.1["data"]["total"], 0);
}

#[tokio::test]
async fn an_mms_carries_one_file() {
    let world = start().await;
    let mms = async |changes: Value, file: &str| {
        let body = json!({"media_file": file, "messages": [message(&changes)]});
        let (_, body) = answered(call(&world, "POST", "/v3/mms/send").json(&body)).await;
        body["data"]["messages"][0].clone()
    };
    let file = "https://files.example.com/a.jpg";
    let row = mms(json!({"subject": "Hi"}), file).await;
    assert_eq!(
        (&row["status"], &row["_media_file_url"]),
        (&json!("SUCCESS"), &json!(file))
    );
    assert_eq!(mms(json!({}), file).await["status"], "SUBJECT_REQUIRED");
    let other = "https://files.example.com/a.png";
    assert_eq!(
        mms(json!({"subject": "Hi"}), other).await["status"],
        "INVALID_MEDIA_FILE"
    );
    let calls = world.calls(2).await;
    assert_eq!(calls[1].field("message_type").as_deref(), Some("mms"));
    assert_eq!(get(&world, "/v3/mms/history").await.1["data"]["total"], 1);
    assert_eq!(get(&world, "/v3/sms/history").await.1["data"]["total"], 0);
}

#[tokio::test]
async fn rules_are_made_changed_and_removed() {
    let world = start().await;
    let rule = json!({
        "rule_name": "ours", "match_type": 0, "action": "URL",
        "action_address": world.callback("/other"), "enabled": 1,
    });
    let path = "/v3/automations/sms/receipts";
    let (_, made) = answered(call(&world, "POST", path).json(&rule)).await;
    let id = &made["data"]["receipt_rule_id"];
    assert_eq!(id, 2);
    let (_, list) = get(&world, path).await;
    assert_eq!(list["data"]["total"], 2);
    send(&world, json!({})).await;
    // Each rule makes a copy.
    world.calls(4).await;
    let one = format!("{path}/{id}");
    let mut off = rule;
    off["enabled"] = json!(0);
    answered(call(&world, "PUT", &one).json(&off)).await;
    assert_eq!(get(&world, &one).await.1["data"]["enabled"], 0);
    assert_eq!(answered(call(&world, "DELETE", &one)).await.0, 200);
    assert_eq!(get(&world, &one).await.0, 404);
    assert_eq!(get(&world, "/v3/automations/sms/pigeons").await.0, 404);
    let (_, account) = get(&world, "/v3/account").await;
    assert_eq!(
        (&account["data"]["active"], &account["data"]["user_id"]),
        (&json!(1), &json!(10))
    );
}
