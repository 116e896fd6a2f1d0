use super::{FROM, SERVICE, TO, accepted, record, second_account, settled};
use crate::tests::world::World;
use serde_json::{Value, json};
use tidings_kernel::{Channel, Money, Purpose};
use tidings_messaging::{
    Inbox, Receipt, ReceiptTarget, ReceiptUpdate, StatusWebhooks, WebhookShare,
};
use tidings_twilio_facade::{account_sid, message_sid};
use time::Duration;

#[tokio::test]
async fn a_message_is_taken_in_and_answered_as_twilio_does() {
    let world = World::for_twilio().await;
    let program = world.program();
    let sent = program.sent(&[]).await;
    let record = record(&world, &sent).await;
    let account = account_sid(world.ours.tenant);
    let sid = message_sid(&record.message);
    let path = format!("/2010-04-01/Accounts/{account}/Messages/{sid}");
    let expected = json!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": "Your table is ready",
        "date_created": "Wed, 15 Jul 2026 15:00:00 +0000",
        "date_sent": null,
        "date_updated": "Wed, 15 Jul 2026 15:00:00 +0000",
        "direction": "outbound-api",
        "error_code": null,
        "error_message": null,
        "from": FROM,
        "messaging_service_sid": null,
        "num_media": "0",
        "num_segments": "1",
        "price": null,
        "price_unit": "USD",
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": format!("{path}/Media.json")},
        "to": TO,
        "uri": format!("{path}.json"),
    });
    assert_eq!(sent, expected);
    assert_eq!(program.get(&sid).await.expect(200).body, expected);
    assert_eq!(record.message.purpose, Purpose::Transactional);
    let ours = world
        .get(&format!("/v1/messages/{}", record.message.id))
        .await;
    assert_eq!(ours.expect(200).body["text"], "Your table is ready");
}

#[tokio::test]
async fn a_message_goes_on_and_is_shown_as_it_is() {
    let world = World::for_twilio().await;
    let program = world.program();
    let sent = program.sent(&[]).await;
    let sid = sent["sid"].as_str().unwrap();
    world.clock.advance(Duration::seconds(2));
    settled(&world, &sent, accepted).await;
    let shown = program.get(sid).await.expect(200).body;
    assert_eq!(shown["status"], "sent");
    assert_eq!(shown["date_sent"], "Wed, 15 Jul 2026 15:00:02 +0000");
    let message = record(&world, &sent).await;
    let receipt = ReceiptUpdate {
        target: ReceiptTarget {
            tenant: world.ours.tenant,
            account: message.attempts[0].account,
            attempt: None,
            provider_message_id: "P1".into(),
        },
        receipt: Some(Receipt::Delivered),
        error: None,
        cost: Some(Money::parse("0.0079", "USD").unwrap()),
        at: world.clock_now(),
        source: "carrier".into(),
        ask_at: None,
    };
    world.memory.apply(&[receipt]).await.unwrap();
    let shown = program.get(sid).await.expect(200).body;
    assert_eq!(shown["status"], "delivered");
    assert_eq!(shown["price"], "-0.0079");
    assert_eq!(shown["price_unit"], "USD");
}

#[tokio::test]
async fn a_sender_that_is_named_is_kept_to() {
    let world = World::for_twilio().await;
    second_account(&world).await;
    let program = world.program();
    for from in ["+12025550101", "example"] {
        let sent = program.sent(&[("From", from)]).await;
        let message = record(&world, &sent).await.message;
        assert!(message.sender.is_some());
        let shown = sent["from"].as_str().unwrap();
        assert!(shown.eq_ignore_ascii_case(from), "{shown}");
    }
}

#[tokio::test]
async fn a_messaging_service_leaves_the_choice_to_routing() {
    let world = World::for_twilio().await;
    let program = world.program();
    let sent = program
        .sent(&[("From", ""), ("MessagingServiceSid", SERVICE)])
        .await;
    assert_eq!(sent["from"], Value::Null);
    assert_eq!(sent["messaging_service_sid"], SERVICE);
    let message = record(&world, &sent).await.message;
    assert_eq!(message.sender, None);
    assert_eq!(message.tags, [SERVICE]);
    let both = program.sent(&[("MessagingServiceSid", SERVICE)]).await;
    assert_eq!(both["from"], FROM);
    assert!(record(&world, &both).await.message.sender.is_some());
}

#[tokio::test]
async fn whatsapp_is_chosen_by_the_address() {
    let world = World::for_twilio().await;
    let program = world.program();
    let template = json!({
        "name": "ready", "channel": "whatsapp", "purpose": "transactional",
        "provider_status": {"twilio": {"id": "HX0123456789abcdef0123456789abcdef", "status": "approved"}},
        "variants": [{"locale": "en_US", "components": [{"type": "BODY", "text": "Hi {{1}}, your table {{2}} is ready."}]}],
    });
    world.post("/v1/templates", template).await.expect(201);
    let sent = program
        .sent(&[
            ("To", "whatsapp:+12025550123"),
            ("From", "whatsapp:+12025550100"),
            ("Body", ""),
            ("ContentSid", "HX0123456789abcdef0123456789abcdef"),
            ("ContentVariables", r#"{"1":"Ana","2":"A-42"}"#),
        ])
        .await;
    assert_eq!(sent["to"], "whatsapp:+12025550123");
    assert_eq!(sent["from"], "whatsapp:+12025550100");
    assert_eq!(sent["body"], "Hi Ana, your table A-42 is ready.");
    let message = record(&world, &sent).await.message;
    assert_eq!(message.channel, Channel::Whatsapp);
    assert!(message.content.template.is_some());
}

#[tokio::test]
async fn media_make_it_an_mm() {
    let world = World::for_twilio().await;
    let program = world.program();
    let sent = program
        .sent(&[
            ("MediaUrl", "https://example.com/a.png"),
            ("MediaUrl", "https://example.com/b.png"),
        ])
        .await;
    assert_eq!(sent["num_media"], "2");
    let sid = sent["sid"].as_str().unwrap();
    assert!(sid.starts_with("MM"));
    let other = format!("SM{}", &sid[2..]);
    assert_eq!(program.get(&other).await.expect(200).body["sid"], sid);
}

#[tokio::test]
async fn a_number_that_nobody_has_becomes_a_contact() {
    let world = World::for_twilio().await;
    let code = [
        ("To", "(202) 555-0177"),
        ("TidingsPurpose", "authentication"),
    ];
    let sent = world.program().sent(&code).await;
    assert_eq!(sent["to"], "+12025550177");
    let found = world.get("/v1/contacts?phone=%2B12025550177").await;
    assert_eq!(found.expect(200).body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_planned_waits_and_can_be_withdrawn() {
    let world = World::for_twilio().await;
    let program = world.program();
    let planned = [
        ("MessagingServiceSid", SERVICE),
        ("ScheduleType", "fixed"),
        ("SendAt", "2026-07-15T18:00:00Z"),
        ("ValidityPeriod", "3600"),
    ];
    let sent = program.sent(&planned).await;
    assert_eq!(sent["status"], "scheduled");
    let message = record(&world, &sent).await.message;
    let at = world.clock_now() + Duration::hours(3);
    assert_eq!(message.send_at, Some(at));
    assert_eq!(message.valid_until, Some(at + Duration::HOUR));
    let sid = sent["sid"].as_str().unwrap();
    let canceled = program.cancel(sid).await.expect(200).body;
    assert_eq!(canceled["status"], "canceled");
    let again = program.cancel(sid).await.expect(400);
    assert_eq!(super::code(&again), 30_409);
    let path = program.path(&format!("/{sid}"));
    let read = program
        .ask(axum::http::Method::POST, &path, Some(&[]))
        .await;
    assert_eq!(read.expect(200).body, canceled);
}

#[tokio::test]
async fn what_the_hours_hold_back_is_accepted() {
    let world = World::for_twilio().await;
    // Late in the evening in Washington, for what can wait.
    world.clock.advance(Duration::hours(11));
    let fields = [("TidingsPurpose", "reminder")];
    let sent = world.program().sent(&fields).await;
    assert_eq!(sent["status"], "accepted");
    assert_eq!(
        record(&world, &sent).await.message.purpose,
        Purpose::Reminder
    );
}

#[tokio::test]
async fn changes_are_told_to_who_asked_for_it() {
    let world = World::for_twilio().await;
    let program = world.program();
    let silent = program.sent(&[]).await;
    program.cancel(silent["sid"].as_str().unwrap()).await;
    let url = "https://shop.example.com/status?a=1#rc=3&rp=all";
    let watched = program.sent(&[("StatusCallback", url)]).await;
    program.cancel(watched["sid"].as_str().unwrap()).await;
    let share = WebhookShare {
        most: 10,
        per_tenant: 10,
        except: &[],
    };
    let now = world.clock_now();
    let told = StatusWebhooks::claim(&*world.memory, share, now, Duration::MINUTE).await;
    let told = told.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].message, super::id(&watched));
    assert_eq!(told[0].url, "https://shop.example.com/status?a=1");
}
