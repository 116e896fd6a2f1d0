//! The simulated Twilio from outside.

use std::time::Duration;

use crate::support::{CONTACT, SENDER, SID, TOKEN, World};
use serde_json::{Value, json};
use tidings_simulator::twilio_signature;

fn statuses(calls: &[crate::support::Call]) -> Vec<String> {
    calls
        .iter()
        .filter_map(|call| call.field("MessageStatus"))
        .collect()
}

#[tokio::test]
async fn a_message_is_accepted_reported_in_order_and_shown_on_the_handset() {
    let world = World::start().await;
    let (status, body) = world.twilio(&[]).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["status"], "queued");
    assert_eq!(body["num_segments"], "1");
    assert_eq!(body["error_code"], Value::Null);
    let sid = body["sid"].as_str().expect("a sid");
    assert!(sid.starts_with("SM") && sid.len() == 34, "{sid}");

    let calls = world.calls(2).await;
    assert_eq!(statuses(&calls), ["sent", "delivered"]);
    for call in &calls {
        // The fragment with Twilio's options is neither sent nor signed.
        assert_eq!(call.uri, "/status?att=att_01&x=%C3%A9");
        let form = call.form();
        let pairs = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let signature = twilio_signature(TOKEN, &world.callback(&call.uri), pairs);
        assert_eq!(call.header("x-twilio-signature"), signature);
        assert_eq!(call.field("MessageSid").as_deref(), Some(sid));
        assert_eq!(call.field("AccountSid").as_deref(), Some(SID));
    }
    assert!(calls[1].field("RawDlrDoneDate").is_some());

    let shown = world.handset(CONTACT, "").await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["client_reference"], "att_01");
    assert_eq!(shown[0]["from"], SENDER);
    assert_eq!(shown[0]["text"], "Hello");
    assert!(shown[0]["received_at"].is_string());

    let (_, fetched) = world.twilio_get(&format!("/Messages/{sid}.json")).await;
    assert_eq!(fetched["status"], "delivered");
    assert_eq!(fetched["price"], "-0.00790");
}

#[tokio::test]
async fn a_messaging_service_reports_queued_too() {
    let world = World::start().await;
    let (_, body) = world
        .twilio(&[("From", ""), ("MessagingServiceSid", "MG1")])
        .await;
    assert_eq!(body["status"], "accepted");
    assert_eq!(body["from"], Value::Null);
    assert_eq!(body["num_segments"], "0");
    let calls = world.calls(3).await;
    assert_eq!(statuses(&calls), ["queued", "sent", "delivered"]);
    assert_eq!(
        calls[0].field("MessagingServiceSid").as_deref(),
        Some("MG1")
    );
}

#[tokio::test]
async fn refusals_have_twilios_body_and_stand_in_the_ledger() {
    let world = World::start().await;
    let (status, body) = world.twilio(&[("To", "")]).await;
    assert_eq!(status, 400);
    assert_eq!(body["code"], 21604);
    assert_eq!(
        body["more_info"],
        "https://www.twilio.com/docs/errors/21604"
    );
    assert_eq!(body["status"], 400);
    let wrong = world.twilio_request_with("wrong", &[]);
    let (status, body) = crate::support::answered(wrong).await;
    assert_eq!((status, &body["code"]), (401, &json!(20003)));
    let (status, body) = world.twilio_get("/Messages/SMnothing.json").await;
    assert_eq!((status, &body["code"]), (404, &json!(20404)));
    let ledger = world.ledger().await;
    assert_eq!(ledger["requests"][0]["error_code"], 21604);
    assert_eq!(ledger["requests"][0]["answer_status"], 400);
    assert_eq!(ledger["requests"][0]["provider_message_id"], Value::Null);
}

#[tokio::test]
async fn magic_numbers_fail_later_with_their_code() {
    let world = World::start().await;
    for (to, status, code) in [
        ("+12025550161", "undelivered", "30003"),
        ("+12025550163", "failed", "30007"),
    ] {
        world.twilio(&[("To", to)]).await;
        world
            .ledger_until(|ledger| {
                let callbacks = ledger["callbacks"].as_array().expect("callbacks");
                callbacks.iter().any(|one| one["status"] == status)
            })
            .await;
        let calls = world.calls(1).await;
        let last = calls.last().expect("a callback");
        assert_eq!(last.field("MessageStatus").as_deref(), Some(status));
        assert_eq!(last.field("ErrorCode").as_deref(), Some(code));
        assert!(world.handset(to, "").await.is_empty());
    }
}

#[tokio::test]
async fn stop_is_answered_forwarded_and_obeyed_until_start() {
    let world = World::start().await;
    world
        .writes(
            CONTACT,
            json!({"channel": "sms", "to": SENDER, "text": " stop "}),
        )
        .await;
    let calls = world.calls(1).await;
    assert_eq!(calls[0].uri, "/in?t=1");
    assert_eq!(calls[0].field("Body").as_deref(), Some(" stop "));
    assert_eq!(calls[0].field("SmsStatus").as_deref(), Some("received"));
    let form = calls[0].form();
    let pairs = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let signature = twilio_signature(TOKEN, &world.callback("/in?t=1"), pairs);
    assert_eq!(calls[0].header("x-twilio-signature"), signature);
    let (status, body) = world.twilio(&[]).await;
    assert_eq!((status, &body["code"]), (400, &json!(21610)));

    world
        .writes(
            CONTACT,
            json!({"channel": "sms", "to": SENDER, "text": "START"}),
        )
        .await;
    assert_eq!(world.twilio(&[]).await.0, 201);
    let ledger = world
        .ledger_until(|ledger| {
            ledger["callbacks"]
                .as_array()
                .is_some_and(|all| all.len() == 4)
        })
        .await;
    let automatic = ledger["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .filter(|message| message["automatic"] == true)
        .count();
    assert_eq!(automatic, 2);
    // Nobody asked for the automatic answers.
    assert_eq!(ledger["requests"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn whatsapp_free_text_needs_an_open_window_and_can_be_read() {
    let world = World::start().await;
    let to = format!("whatsapp:{CONTACT}");
    let from = format!("whatsapp:{SENDER}");
    let changes = [("To", to.as_str()), ("From", from.as_str())];
    assert_eq!(world.twilio(&changes).await.0, 201);
    let calls = world.calls(1).await;
    assert_eq!(calls[0].field("MessageStatus").as_deref(), Some("failed"));
    assert_eq!(calls[0].field("ErrorCode").as_deref(), Some("63016"));
    assert_eq!(calls[0].field("ChannelPrefix").as_deref(), Some("whatsapp"));

    let hello = json!({"channel": "whatsapp", "to": SENDER, "text": "Hi", "name": "Zoë"});
    world.writes(CONTACT, hello).await;
    let calls = world.calls(2).await;
    assert_eq!(calls[1].field("ProfileName").as_deref(), Some("Zoë"));
    assert_eq!(calls[1].field("WaId").as_deref(), Some("12025550123"));
    assert_eq!(calls[1].field("From").as_deref(), Some(to.as_str()));
    world.twilio(&changes).await;
    world.calls(4).await;
    let path = format!("/handsets/{CONTACT}/read");
    let (_, read) = world.control("POST", &path, Value::Null).await;
    assert_eq!(read["read"].as_array().map(Vec::len), Some(1));
    let calls = world.calls(5).await;
    assert_eq!(calls[4].field("EventType").as_deref(), Some("READ"));
    assert_eq!(calls[4].field("MessageStatus").as_deref(), Some("read"));
}

#[tokio::test]
async fn a_blocking_contact_receives_nothing() {
    let world = World::start().await;
    let path = format!("/handsets/{CONTACT}/block");
    assert_eq!(world.control("POST", &path, Value::Null).await.0, 200);
    world.twilio(&[]).await;
    let calls = world.calls(2).await;
    assert_eq!(statuses(&calls), ["sent", "undelivered"]);
    assert_eq!(calls[1].field("ErrorCode").as_deref(), Some("30004"));
    assert_eq!(world.control("DELETE", &path, Value::Null).await.0, 200);
    world.twilio(&[]).await;
    let calls = world.calls(4).await;
    assert_eq!(
        calls[3].field("MessageStatus").as_deref(),
        Some("delivered")
    );
}

#[tokio::test]
async fn an_answer_can_be_lost_after_acceptance_and_the_callbacks_still_come() {
    let world = World::start().await;
    world
        .control(
            "PUT",
            "/faults",
            json!({"provider": "twilio", "timeout_after_accept": true}),
        )
        .await;
    let lost = world
        .twilio_request(&[])
        .timeout(Duration::from_millis(300))
        .send()
        .await;
    assert!(lost.expect_err("no answer").is_timeout());
    assert_eq!(statuses(&world.calls(2).await), ["sent", "delivered"]);
    let ledger = world.ledger().await;
    assert_eq!(ledger["requests"][0]["answer_status"], Value::Null);
    assert_eq!(ledger["requests"][0]["client_reference"], "att_01");
    assert!(ledger["requests"][0]["provider_message_id"].is_string());
}

#[tokio::test]
async fn a_refused_callback_is_tried_again_as_the_url_says() {
    let world = World::start().await;
    world.refuse("MessageStatus=sent", &[500, 404]);
    world.twilio(&[]).await;
    let calls = world.calls(4).await;
    let tokens: Vec<_> = calls
        .iter()
        .filter(|call| call.field("MessageStatus").as_deref() == Some("sent"))
        .map(|call| call.header("i-twilio-idempotency-token").to_owned())
        .collect();
    assert_eq!(tokens.len(), 3);
    assert!(!tokens[0].is_empty() && tokens.iter().all(|token| *token == tokens[0]));
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let world = World::start().await;
    for to in [CONTACT, CONTACT, "+12025550124"] {
        world.twilio(&[("To", to)]).await;
    }
    let (_, page) = world
        .twilio_get("/Messages.json?To=%2B12025550123&From=%2B12025550100&DateSent%3E=2026-01-01&PageSize=1")
        .await;
    assert_eq!(page["messages"].as_array().map(Vec::len), Some(1));
    let next = page["next_page_uri"].as_str().expect("a next page");
    let (_, page) = world
        .twilio_get(&next.replace(&format!("/2010-04-01/Accounts/{SID}"), ""))
        .await;
    assert_eq!(page["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["next_page_uri"], Value::Null);
    let (_, none) = world
        .twilio_get("/Messages.json?DateSent%3C=2020-01-01")
        .await;
    assert_eq!(none["messages"], json!([]));
    assert_eq!(world.twilio_get(".json").await.1["status"], "active");
    assert_eq!(world.twilio_get("/Balance.json").await.1["currency"], "USD");
}
