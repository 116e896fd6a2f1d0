//! Bird's simulated platform and workspaces from outside.

use crate::support::{CONTACT, Call, SENDER, World, answered};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};
use serde_json::{Value, json};

const PLATFORM_KEY: &str = "bk_eu1_test";
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const KEY: &str = "0d1f2a3b-access-key";
const SIGNING_KEY: &str = "bird_signing_key_test";
const WORKSPACE: &str = "11111111-2222-4333-8444-555555555555";
const SMS_CHANNEL: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const WHATSAPP_CHANNEL: &str = "aaaaaaaa-0000-4000-8000-000000000002";

async fn start() -> World {
    let world = World::empty().await;
    let accounts = json!({"messagebird": [
        {
            "access_key": PLATFORM_KEY, "signing_key": SECRET,
            "workspace_id": "ws_01krdgeqcxet5s7t44vh8rt9mg",
            "webhook_url": world.callback("/platform"),
            "numbers": [{"number": SENDER}],
            "templates": [{"name": "order", "language": "en_US", "body": "Hi {{1}}", "buttons": ["Stop"]}],
        },
        {
            "access_key": KEY, "signing_key": SIGNING_KEY, "workspace_id": WORKSPACE,
            "webhook_url": world.callback("/channels?t=acme"),
            "channels": [
                {"id": SMS_CHANNEL, "type": "sms", "number": "+12025550104"},
                {"id": WHATSAPP_CHANNEL, "type": "whatsapp", "number": "+12025550104"},
            ],
        },
    ]});
    world.register(&accounts).await;
    world
}

fn sms(changes: &Value) -> Value {
    let mut body = json!({
        "to": CONTACT, "from": SENDER, "text": "Hello", "category": "transactional",
        "metadata": {"attempt": "att_01"}, "tags": [{"name": "t", "value": "acme"}],
    });
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

fn request(world: &World, medium: &str, body: &Value) -> reqwest::RequestBuilder {
    let url = world.url(&format!("/v1/{medium}/messages"));
    world.client.post(url).bearer_auth(PLATFORM_KEY).json(body)
}

async fn get(world: &World, path: &str) -> (u16, Value) {
    answered(world.client.get(world.url(path)).bearer_auth(PLATFORM_KEY)).await
}

/// The event, whose signature is true.
fn event(call: &Call) -> Value {
    let (id, at) = (call.header("webhook-id"), call.header("webhook-timestamp"));
    let signed = format!("{id}.{at}.{}", call.body);
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"0123456789abcdef0123456789abcdef");
    let code = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
    assert_eq!(call.header("webhook-signature"), format!("v1,{code}"));
    call.json()
}

#[tokio::test]
async fn an_sms_is_accepted_told_of_by_signed_events_and_found() {
    let world = start().await;
    let (status, body) = answered(request(&world, "sms", &sms(&json!({})))).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (&body["status"], &body["segments"]["count"]),
        (&json!("accepted"), &json!(1))
    );
    let id = body["id"].as_str().expect("an id");
    assert!(id.starts_with("sms_") && id.len() == 30, "{id}");
    let calls = world.calls(3).await;
    for (call, kind) in calls
        .iter()
        .zip(["sms.accepted", "sms.sent", "sms.delivered"])
    {
        let event = event(call);
        assert_eq!(event["type"], kind);
        assert_eq!(event["data"]["sms_id"], id);
        assert_eq!(event["data"]["metadata"], json!({"attempt": "att_01"}));
        assert_eq!(
            event["data"]["workspace_id"],
            "ws_01krdgeqcxet5s7t44vh8rt9mg"
        );
    }
    let ledger = world.ledger().await;
    assert_eq!(ledger["requests"][0]["client_reference"], "att_01");
    let (_, found) = get(&world, &format!("/v1/sms/messages/{id}")).await;
    assert_eq!(
        (&found["status"], &found["direction"]),
        (&json!("delivered"), &json!("outbound"))
    );
    let query = "direction=outbound&to=%2B12025550123&created_after=2020-01-01T00:00:00Z&limit=1";
    let (_, page) = get(&world, &format!("/v1/sms/messages?{query}")).await;
    assert_eq!(page["data"][0]["id"], id);
    assert_eq!(page["next_cursor"], Value::Null);
    assert_eq!(get(&world, "/v1/sms/messages/sms_nothing").await.0, 404);
}

#[tokio::test]
async fn a_repeated_request_sends_nothing_and_another_one_is_a_conflict() {
    let world = start().await;
    let send = async |changes: Value| {
        let request = request(&world, "sms", &sms(&changes));
        answered(request.header("idempotency-key", "att_01")).await
    };
    let (_, first) = send(json!({})).await;
    let (status, again) = send(json!({})).await;
    assert_eq!((status, &again["id"]), (200, &first["id"]));
    let (status, body) = send(json!({"text": "Other"})).await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (409, &json!("conflict_error"))
    );
    world.calls(3).await;
    assert_eq!(world.handset(CONTACT, "").await.len(), 1);
}

#[tokio::test]
async fn refusals_and_faults_have_birds_body() {
    let world = start().await;
    for (changes, param) in [
        (json!({"to": "12025550123"}), "to"),
        (json!({"from": "+12025550199"}), "from"),
        (json!({"category": null}), "category"),
        (json!({"metadata": {"a": "a".repeat(2050)}}), "metadata"),
        (
            json!({"media_urls": ["https://a.example/b.png"]}),
            "media_urls",
        ),
    ] {
        let (status, body) = answered(request(&world, "sms", &sms(&changes))).await;
        assert_eq!(
            (status, &body["error"]["param"]),
            (422, &json!(param)),
            "{body}"
        );
    }
    let wrong = world
        .client
        .post(world.url("/v1/sms/messages"))
        .bearer_auth("bk_eu1_wrong");
    assert_eq!(
        answered(request(&world, "sms", &sms(&json!({})))).await.0,
        200
    );
    let (status, body) = answered(wrong.json(&sms(&json!({})))).await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (401, &json!("auth_error"))
    );

    world
        .fault(json!({"provider": "bird", "rate_limit_per_second": 0}))
        .await;
    let limited = request(&world, "sms", &sms(&json!({})))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (429, &"1".parse().expect("a value"))
    );
    world
        .fault(json!({"provider": "bird", "error_code": "insufficient_balance"}))
        .await;
    let (status, body) = answered(request(&world, "sms", &sms(&json!({})))).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (402, &json!("insufficient_balance"))
    );
    assert_eq!(get(&world, "/v1/sms/messages?limit=1").await.0, 402);
    world.calls(3).await;
    world
        .fault(json!({"provider": "bird", "error_code": "blocked_by_carrier"}))
        .await;
    answered(request(&world, "sms", &sms(&json!({})))).await;
    let calls = world.calls(6).await;
    let failed = event(&calls[5]);
    assert_eq!(
        (&failed["type"], &failed["data"]["error"]["code"]),
        (&json!("sms.undelivered"), &json!("blocked_by_carrier"))
    );
}

#[tokio::test]
async fn stop_makes_a_suppression_that_is_obeyed() {
    let world = start().await;
    let stop = json!({"channel": "sms", "to": SENDER, "text": "STOP"});
    world.writes(CONTACT, stop).await;
    let calls = world.calls(2).await;
    let suppression = event(&calls[0]);
    assert_eq!(suppression["type"], "sms_suppression.created");
    assert_eq!(suppression["data"]["destination"], CONTACT);
    assert_eq!(suppression["data"]["reason"], "keyword_stop");
    let received = event(&calls[1]);
    assert_eq!(
        (&received["type"], &received["data"]["text"]),
        (&json!("sms.received"), &json!("STOP"))
    );
    answered(request(&world, "sms", &sms(&json!({})))).await;
    let calls = world.calls(4).await;
    let rejected = event(&calls[3]);
    assert_eq!(rejected["type"], "sms.rejected");
    assert_eq!(rejected["data"]["error"]["code"], "recipient_opted_out");
}

#[tokio::test]
async fn the_platform_carries_whatsapp() {
    let world = start().await;
    let template = json!({
        "to": CONTACT, "from": SENDER, "metadata": {"attempt": "att_02"},
        "template": {"slug": "order", "language": "en-US", "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]},
        ]},
    });
    let (status, body) = answered(request(&world, "whatsapp", &template)).await;
    assert_eq!(status, 200, "{body}");
    let calls = world.calls(3).await;
    assert_eq!(event(&calls[2])["type"], "whatsapp.delivered");
    assert_eq!(world.handset(CONTACT, "").await[0]["text"], "Hi Ana");
    world
        .control("POST", &format!("/handsets/{CONTACT}/read"), Value::Null)
        .await;
    assert_eq!(event(&world.calls(4).await[3])["type"], "whatsapp.read");
    let id = body["id"].as_str().expect("an id");
    let (_, found) = get(&world, &format!("/v1/whatsapp/messages/{id}")).await;
    assert!(found["read_at"].is_string());
    assert_eq!(found["status"], "delivered");

    let tap = json!({"channel": "whatsapp", "to": SENDER, "button": "Stop", "name": "Zoë"});
    world.writes(CONTACT, tap).await;
    let received = event(&world.calls(5).await[4]);
    assert_eq!(received["type"], "whatsapp.received");
    assert_eq!(received["data"]["from"]["display_name"], "Zoë");
    assert_eq!(
        received["data"]["interactive_reply"]["button"]["text"],
        "Stop"
    );
    assert_eq!(received["data"]["in_reply_to_message_id"], id);

    world
        .control(
            "DELETE",
            &format!("/handsets/{CONTACT}/window"),
            Value::Null,
        )
        .await;
    let free = json!({"to": CONTACT, "from": SENDER, "text": {"body": "Hi"}});
    answered(request(&world, "whatsapp", &free)).await;
    let failed = event(&world.calls(7).await[6]);
    assert_eq!(failed["data"]["error"]["code"], "service_window_expired");
}

fn through(world: &World, channel: &str, body: &Value) -> reqwest::RequestBuilder {
    let path = format!("/workspaces/{WORKSPACE}/channels/{channel}/messages");
    let post = world.client.post(world.url(&path));
    post.header("authorization", format!("AccessKey {KEY}"))
        .json(body)
}

fn text(to: &str) -> Value {
    json!({
        "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": to}]},
        "body": {"type": "text", "text": {"text": "Hello"}},
        "reference": "att_03",
    })
}

/// The payload of the event, whose signature is true.
fn payload(world: &World, call: &Call, event: &str) -> Value {
    let hash = digest::digest(&digest::SHA256, call.body.as_bytes());
    let at = call.header("messagebird-request-timestamp");
    let head = format!("{at}\n{}\n", world.callback(&call.uri));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SIGNING_KEY.as_bytes());
    let code = hmac::sign(&key, &[head.as_bytes(), hash.as_ref()].concat());
    assert_eq!(call.header("messagebird-signature"), STANDARD.encode(code));
    let body = call.json();
    assert_eq!(
        (&body["service"], &body["event"]),
        (&json!("channels"), &json!(event))
    );
    body["payload"].clone()
}

#[tokio::test]
async fn a_workspace_sends_through_its_channels() {
    let world = start().await;
    let (status, body) = answered(through(&world, SMS_CHANNEL, &text(CONTACT))).await;
    assert_eq!(status, 202, "{body}");
    assert_eq!(
        (&body["status"], &body["direction"]),
        (&json!("accepted"), &json!("outgoing"))
    );
    let calls = world.calls(3).await;
    for (call, word) in calls.iter().zip(["processing", "sent", "delivered"]) {
        let payload = payload(&world, call, "sms.outbound");
        assert_eq!(
            (&payload["status"], &payload["reference"]),
            (&json!(word), &json!("att_03"))
        );
        assert_eq!(payload["channelId"], SMS_CHANNEL);
    }
    let id = body["id"].as_str().expect("an id");
    let base = format!("/workspaces/{WORKSPACE}/channels/{SMS_CHANNEL}");
    let get = async |path: String| {
        let request = world.client.get(world.url(&path));
        answered(request.header("authorization", format!("AccessKey {KEY}"))).await
    };
    assert_eq!(
        get(format!("{base}/messages/{id}")).await.1["status"],
        "delivered"
    );
    assert_eq!(get(base).await.1["status"], "active");
    assert_eq!(
        get(format!("/workspaces/other/channels/{SMS_CHANNEL}"))
            .await
            .0,
        403
    );
    let (status, body) = answered(through(&world, "other", &text(CONTACT))).await;
    assert_eq!((status, &body["code"]), (404, &json!("NotFound")));
    assert_eq!(
        answered(through(&world, SMS_CHANNEL, &text("nonsense")))
            .await
            .0,
        422
    );
}

#[tokio::test]
async fn a_workspace_hears_what_contacts_do() {
    let world = start().await;
    let hello = json!({"channel": "whatsapp", "to": "+12025550104", "text": "Hi", "name": "Zoë"});
    world.writes(CONTACT, hello).await;
    let told = payload(&world, &world.calls(1).await[0], "whatsapp.inbound");
    assert_eq!(
        (&told["direction"], &told["body"]["text"]["text"]),
        (&json!("incoming"), &json!("Hi"))
    );
    assert_eq!(told["sender"]["contact"]["identifierValue"], CONTACT);
    answered(through(&world, WHATSAPP_CHANNEL, &text(CONTACT))).await;
    world.calls(4).await;
    world
        .control("POST", &format!("/handsets/{CONTACT}/read"), Value::Null)
        .await;
    let read = payload(&world, &world.calls(5).await[4], "whatsapp.interaction");
    assert_eq!(
        (&read["type"], &read["messageReference"]),
        (&json!("read"), &json!("att_03"))
    );
    answered(through(&world, WHATSAPP_CHANNEL, &text("+12025550162"))).await;
    let failed = payload(&world, &world.calls(8).await[7], "whatsapp.outbound");
    assert_eq!(failed["status"], "delivery_failed");
    assert_eq!(failed["failure"]["code"], "invalid_destination");
}
