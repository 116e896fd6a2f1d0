//! The simulated Meta from outside.

use crate::support::{CONTACT, PHONE_ID, SECRET, World};
use serde_json::{Value, json};
use tidings_simulator::meta_signature;

fn text(body: &str) -> Value {
    json!({
        "messaging_product": "whatsapp", "to": CONTACT, "type": "text",
        "text": {"body": body}, "biz_opaque_callback_data": "att_01",
    })
}

fn order(parameter: &str) -> Value {
    json!({
        "messaging_product": "whatsapp", "to": CONTACT, "type": "template",
        "template": {"name": "order", "language": {"code": "en_US"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": parameter}]},
        ]},
        "biz_opaque_callback_data": "att_02",
    })
}

#[tokio::test]
async fn a_template_is_reported_with_our_reference_and_a_true_signature() {
    let world = World::start().await;
    let (status, body) = world.meta(order("Zoë")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["contacts"][0]["wa_id"], "12025550123");
    assert_eq!(body["messages"][0]["message_status"], "accepted");
    let calls = world.calls(2).await;
    for (call, word) in calls.iter().zip(["sent", "delivered"]) {
        let value = call.change();
        let found = &value["statuses"][0];
        assert_eq!(found["status"], word);
        assert_eq!(found["id"], body["messages"][0]["id"]);
        assert_eq!(found["biz_opaque_callback_data"], "att_02");
        assert_eq!(found["pricing"]["category"], "utility");
        assert_eq!(value["metadata"]["phone_number_id"], PHONE_ID);
        let signature = meta_signature(SECRET, call.body.as_bytes());
        assert_eq!(call.header("x-hub-signature-256"), signature);
    }
    let shown = world.handset(CONTACT, "").await;
    assert_eq!(shown[0]["text"], "Hi Zoë");
    assert_eq!(shown[0]["provider"], "whatsapp_cloud");
    assert_eq!(shown[0]["buttons"][0]["title"], "Stop updates");
}

#[tokio::test]
async fn free_text_needs_an_open_window() {
    let world = World::start().await;
    assert_eq!(world.meta(text("Hello")).await.0, 200);
    let calls = world.calls(1).await;
    let status = &calls[0].change()["statuses"][0];
    assert_eq!(status["status"], "failed");
    assert_eq!(status["errors"][0]["code"], 131_047);

    let hello = json!({"channel": "whatsapp", "to": "+12025550101", "text": "café 😀"});
    let written = world.writes(CONTACT, hello).await;
    let calls = world.calls(2).await;
    assert!(calls[1].body.is_ascii());
    assert!(calls[1].body.contains("caf\\u00e9 \\ud83d\\ude00"));
    let inbound = calls[1].change();
    assert_eq!(inbound["messages"][0]["text"]["body"], "café 😀");
    assert_eq!(inbound["messages"][0]["id"], written["provider_message_id"]);
    assert_eq!(inbound["contacts"][0]["wa_id"], "12025550123");

    let read = json!({
        "messaging_product": "whatsapp", "status": "read",
        "message_id": written["provider_message_id"],
    });
    assert_eq!(world.meta(read).await, (200, json!({"success": true})));
    assert_eq!(world.meta(text("Hello")).await.0, 200);
    let calls = world.calls(4).await;
    assert_eq!(calls[3].change()["statuses"][0]["status"], "delivered");

    let path = format!("/handsets/{CONTACT}/window");
    assert_eq!(world.control("DELETE", &path, Value::Null).await.0, 204);
    world.meta(text("Hello")).await;
    let calls = world.calls(5).await;
    assert_eq!(calls[4].change()["statuses"][0]["status"], "failed");
}

#[tokio::test]
async fn a_tapped_button_refers_to_the_message_that_had_it() {
    let world = World::start().await;
    let (_, sent) = world.meta(order("Ana")).await;
    world.calls(2).await;
    let tap = json!({"channel": "whatsapp", "to": "+12025550101", "button": "Stop updates"});
    world.writes(CONTACT, tap).await;
    let calls = world.calls(3).await;
    let message = calls[2].change()["messages"][0].clone();
    assert_eq!(message["type"], "button");
    assert_eq!(message["button"]["text"], "Stop updates");
    assert_eq!(message["context"]["id"], sent["messages"][0]["id"]);
}

#[tokio::test]
async fn the_contact_reads_on_demand_and_blocks() {
    let world = World::start().await;
    world.meta(order("Ana")).await;
    world.calls(2).await;
    let path = |tail: &str| format!("/handsets/{CONTACT}/{tail}");
    world.control("POST", &path("read"), Value::Null).await;
    let calls = world.calls(3).await;
    assert_eq!(calls[2].change()["statuses"][0]["status"], "read");
    world.control("POST", &path("block"), Value::Null).await;
    world.meta(order("Ana")).await;
    let calls = world.calls(4).await;
    let status = &calls[3].change()["statuses"][0];
    assert_eq!(status["errors"][0]["code"], 131_026);
}

#[tokio::test]
async fn refusals_have_metas_shape() {
    let world = World::start().await;
    let (status, body) = world.meta(json!({"messaging_product": "whatsapp"})).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(131_008)));
    assert_eq!(body["error"]["type"], "OAuthException");
    let mut unknown = order("Ana");
    unknown["template"]["name"] = json!("nothing");
    let (status, body) = world.meta(unknown).await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!(132_001)));
    let (status, body) = world.meta_get(PHONE_ID, "wrong").await;
    assert_eq!((status, &body["error"]["code"]), (401, &json!(190)));
    let (status, body) = world.meta_get("999", "EAATESTTOKEN").await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(33)));
}

#[tokio::test]
async fn the_connection_test_and_the_lists_answer() {
    let world = World::start().await;
    let path = format!("{PHONE_ID}?fields=status,display_phone_number");
    let (status, body) = world.meta_get(&path, "EAATESTTOKEN").await;
    assert_eq!(status, 200);
    let expected = json!({
        "id": PHONE_ID, "status": "CONNECTED", "display_phone_number": "+1 202-555-0101",
    });
    assert_eq!(body, expected);
    let (_, numbers) = world
        .meta_get("100200300400500/phone_numbers", "EAATESTTOKEN")
        .await;
    assert_eq!(numbers["data"][0]["quality_rating"], "GREEN");
    let (_, templates) = world
        .meta_get(
            "100200300400500/message_templates?status=approved",
            "EAATESTTOKEN",
        )
        .await;
    assert_eq!(templates["data"][0]["name"], "order");
    assert_eq!(templates["data"][0]["status"], "APPROVED");
}

#[tokio::test]
async fn a_callback_url_must_answer_the_handshake() {
    let world = World::start().await;
    let (status, body) = world
        .control("PUT", "/accounts", world.accounts("wrong"))
        .await;
    assert_eq!(status, 422);
    assert_eq!(body["code"], "callback_verification_failed");
    assert_eq!(body["errors"][0]["pointer"], "/meta/0/callback_url");
    let mut elsewhere = world.accounts("our-token");
    elsewhere["meta"][0]["callback_url"] = json!("https://hooks.example.com/meta");
    assert_eq!(world.control("PUT", "/accounts", elsewhere).await.0, 422);
    // Nothing was changed.
    let (_, known) = world.control("GET", "/accounts", Value::Null).await;
    assert_eq!(known["meta"][0]["callback_url"], world.callback("/meta"));
    assert_eq!(known["meta"][0]["verify_token"], "our-token");
}

#[tokio::test]
async fn a_webhook_is_repeated_until_it_is_taken() {
    let world = World::start().await;
    world.refuse(r#""status":"sent""#, &[500, 500]);
    world.meta(order("Ana")).await;
    let calls = world.calls(4).await;
    let sent = calls
        .iter()
        .filter(|call| call.change()["statuses"][0]["status"] == "sent")
        .count();
    assert_eq!(sent, 3);
}

#[tokio::test]
async fn a_number_is_rated_and_low_quality_is_told() {
    let world = World::start().await;
    let (_, numbers) = world.control("GET", "/numbers", Value::Null).await;
    let numbers = numbers["data"].as_array().expect("a list").clone();
    let own = numbers.iter().find(|it| it["provider"] == "whatsapp_cloud");
    let number = own.expect("a number at Meta")["number"].clone();
    let path = format!("/numbers/{}/standing", number.as_str().expect("a text"));
    let change = json!({"quality": "RED", "messaging_limit": "TIER_250"});
    let (status, answer) = world.control("POST", &path, change).await;
    assert_eq!((status, &answer["quality"]), (200, &json!("RED")));
    let calls = world.calls(1).await;
    let change = calls[0].json()["entry"][0]["changes"][0].clone();
    assert_eq!(change["field"], "phone_number_quality_update");
    assert_eq!(change["value"]["event"], "FLAGGED");
    assert_eq!(
        change["value"]["max_daily_conversations_per_business"],
        "TIER_250"
    );
    let (status, _) = world
        .control("POST", "/numbers/+12025550999/standing", json!({}))
        .await;
    assert_eq!(status, 404);
}
