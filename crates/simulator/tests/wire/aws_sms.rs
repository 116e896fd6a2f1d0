//! SMS through the simulated AWS, from outside.

use std::time::Duration;

use crate::aws::{SECRET, TOPIC, account, event, send, signed};
use crate::support::{CONTACT, SENDER, World};
use serde_json::{Value, json};

async fn start() -> World {
    let world = World::empty().await;
    let accounts = account(
        &world,
        &json!({"numbers": [{"number": SENDER, "topic": TOPIC}], "delivery_log_topic": TOPIC}),
    );
    world.register(&accounts).await;
    world
}

fn request(world: &World, operation: &str, body: &Value) -> reqwest::RequestBuilder {
    world
        .client
        .post(world.url("/"))
        .header("x-amz-target", format!("PinpointSMSVoiceV2.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .body(body.to_string())
}

async fn call(world: &World, operation: &str, body: Value) -> (u16, Value) {
    let (status, _, text) = send(world, "sms-voice", request(world, operation, &body)).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn message(changes: &Value) -> Value {
    let mut body = json!({
        "DestinationPhoneNumber": CONTACT, "OriginationIdentity": SENDER, "MessageBody": "Hello",
        "MessageType": "TRANSACTIONAL", "ConfigurationSetName": "ours",
        "Context": {"att": "att_01", "t": "acme"}, "TimeToLive": 3600,
    });
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

async fn text(world: &World, changes: Value) -> (u16, Value) {
    call(world, "SendTextMessage", message(&changes)).await
}

async fn publish(world: &World, changes: &[(&str, &str)]) -> (u16, String) {
    let mut form = vec![
        ("Action", "Publish"),
        ("Version", "2010-03-31"),
        ("PhoneNumber", CONTACT),
        ("Message", "Hello"),
        ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
        ("MessageAttributes.entry.1.Value.DataType", "String"),
        (
            "MessageAttributes.entry.1.Value.StringValue",
            "Transactional",
        ),
    ];
    form.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    let request = world.client.post(world.url("/")).form(&form);
    let (status, _, body) = send(world, "sns", request).await;
    (status, body)
}

#[tokio::test]
async fn a_message_is_accepted_told_of_by_events_and_shown() {
    let world = start().await;
    let (status, body) = text(&world, json!({})).await;
    assert_eq!(status, 200, "{body}");
    let calls = world.calls(2).await;
    for (call, kind) in calls.iter().zip(["TEXT_SUCCESSFUL", "TEXT_DELIVERED"]) {
        let event = event(&world, call).await;
        assert_eq!(
            (&event["eventType"], &event["messageId"]),
            (&json!(kind), &body["MessageId"])
        );
        assert_eq!(event["context"], json!({"att": "att_01", "t": "acme"}));
        assert_eq!(event["isFinal"], kind == "TEXT_DELIVERED");
        assert_eq!(event["destinationPhoneNumber"], CONTACT);
    }
    assert_eq!(world.handset(CONTACT, "").await[0]["text"], "Hello");
    let request = &world.ledger().await["requests"][0];
    assert_eq!(
        (&request["provider"], &request["client_reference"]),
        (&json!("aws_sns"), &json!("att_01"))
    );
}

#[tokio::test]
async fn refusals_are_exceptions_with_reasons() {
    let world = start().await;
    for (changes, kind, reason) in [
        (
            json!({"DestinationPhoneNumber": "x"}),
            "ValidationException",
            json!("FIELD_VALIDATION_FAILED"),
        ),
        (
            json!({"OriginationIdentity": "+12025550188"}),
            "ResourceNotFoundException",
            Value::Null,
        ),
        (
            json!({"MessageBody": " "}),
            "ValidationException",
            json!("FIELD_VALIDATION_FAILED"),
        ),
        (
            json!({"ConfigurationSetName": "other"}),
            "ResourceNotFoundException",
            Value::Null,
        ),
        (
            json!({"DestinationPhoneNumber": "+12025550167"}),
            "ConflictException",
            json!("DESTINATION_PHONE_NUMBER_OPTED_OUT"),
        ),
    ] {
        let (status, body) = text(&world, changes).await;
        let type_ = body["__type"].as_str().expect("a type");
        assert_eq!((status, &body["Reason"]), (400, &reason), "{body}");
        assert!(type_.ends_with(&format!("#{kind}")), "{body}");
    }
    let (status, body) = call(&world, "Fly", json!({})).await;
    assert_eq!(
        (status, &body["Reason"]),
        (400, &json!("UNKNOWN_OPERATION"))
    );
    let wrong = signed(
        &world,
        "wrong",
        "sms-voice",
        request(&world, "SendTextMessage", &message(&json!({}))),
    )
    .await;
    let answer = world.client.execute(wrong).await.expect("an answer");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(
        body["__type"],
        "com.amazonaws.pinpointsmsvoicev2#InvalidSignatureException"
    );
    // A dry run is checked, and nothing is sent.
    assert_eq!(text(&world, json!({"DryRun": true})).await.0, 200);
    assert!(world.handset(CONTACT, "?include=all").await.is_empty());
}

#[tokio::test]
async fn magic_numbers_and_faults_have_awss_words() {
    let world = start().await;
    text(&world, json!({"DestinationPhoneNumber": "+12025550163"})).await;
    let failed = event(&world, &world.calls(2).await[1]).await;
    assert_eq!(
        (&failed["eventType"], &failed["isFinal"]),
        (&json!("TEXT_SPAM"), &json!(true))
    );
    let is_type = |body: &Value, kind: &str| {
        body["__type"]
            .as_str()
            .is_some_and(|text| text.ends_with(kind))
    };
    world
        .fault(json!({"provider": "aws_sns", "rate_limit_per_second": 0}))
        .await;
    let (status, body) = text(&world, json!({})).await;
    assert!(
        status == 400 && is_type(&body, "#ThrottlingException"),
        "{body}"
    );
    assert_eq!(publish(&world, &[]).await.0, 429);
    let limit = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT";
    world
        .fault(json!({"provider": "aws_sns", "error_code": limit}))
        .await;
    let (_, body) = text(&world, json!({})).await;
    assert!(
        is_type(&body, "#ServiceQuotaExceededException") && body["Reason"] == limit,
        "{body}"
    );
    world
        .fault(json!({"provider": "aws_sns", "error_rate": 1}))
        .await;
    assert_eq!(text(&world, json!({})).await.0, 503);
    assert_eq!(call(&world, "DescribeSpendLimits", json!({})).await.0, 503);
    world
        .fault(json!({"provider": "aws_sns", "error_code": "TEXT_CARRIER_BLOCKED"}))
        .await;
    assert_eq!(text(&world, json!({})).await.0, 200);
    let failed = event(&world, &world.calls(4).await[3]).await;
    assert_eq!(failed["eventType"], "TEXT_CARRIER_BLOCKED");
    world
        .fault(json!({"provider": "aws_sns", "timeout_after_accept": true}))
        .await;
    let request = request(&world, "SendTextMessage", &message(&json!({})));
    let mut lost = signed(&world, SECRET, "sms-voice", request).await;
    *lost.timeout_mut() = Some(Duration::from_millis(300));
    assert!(
        world
            .client
            .execute(lost)
            .await
            .expect_err("no answer")
            .is_timeout()
    );
    world.calls(6).await;
}

#[tokio::test]
async fn stop_is_answered_published_and_obeyed() {
    let world = start().await;
    let (_, sent) = text(&world, json!({})).await;
    world.calls(2).await;
    world
        .writes(
            CONTACT,
            json!({"channel": "sms", "to": SENDER, "text": "STOP"}),
        )
        .await;
    let told = event(&world, &world.calls(3).await[2]).await;
    assert_eq!(
        (&told["messageBody"], &told["originationNumber"]),
        (&json!("STOP"), &json!(CONTACT))
    );
    assert_eq!(told["previousPublishedMessageId"], sent["MessageId"]);
    let (_, body) = text(&world, json!({})).await;
    assert_eq!(body["Reason"], "DESTINATION_PHONE_NUMBER_OPTED_OUT");
    let (_, list) = call(
        &world,
        "DescribeOptedOutNumbers",
        json!({"OptOutListName": "Default"}),
    )
    .await;
    assert_eq!(list["OptedOutNumbers"][0]["OptedOutNumber"], CONTACT);
    let entry = json!({"OptOutListName": "Default", "OptedOutNumber": CONTACT});
    assert_eq!(
        call(&world, "DeleteOptedOutNumber", entry.clone()).await.0,
        200
    );
    assert_eq!(text(&world, json!({})).await.0, 200);
    assert_eq!(call(&world, "PutOptedOutNumber", entry).await.0, 200);
    let shown = world.ledger_until(|ledger| {
        let messages = ledger["messages"].as_array().expect("messages");
        messages
            .iter()
            .any(|one| one["automatic"] == true && one["status"] == "delivered")
    });
    shown.await;
}

#[tokio::test]
async fn a_medium_comes_from_s3() {
    let world = start().await;
    let media = |url: &str| message(&json!({ "MediaUrls": [url] }));
    let (status, body) = call(&world, "SendMediaMessage", media("s3://bucket/a.jpg")).await;
    assert_eq!(status, 200, "{body}");
    let told = event(&world, &world.calls(2).await[1]).await;
    assert_eq!(told["eventType"], "MEDIA_DELIVERED");
    let (_, body) = call(
        &world,
        "SendMediaMessage",
        media("https://files.example.com/a.jpg"),
    )
    .await;
    assert_eq!(body["Fields"][0]["Name"], "MediaUrls");
}

#[tokio::test]
async fn the_account_is_described() {
    let world = start().await;
    let (_, body) = call(&world, "DescribeAccountAttributes", json!({})).await;
    assert_eq!(body["AccountAttributes"][0]["Value"], "PRODUCTION");
    let (_, body) = call(&world, "DescribePhoneNumbers", json!({})).await;
    assert_eq!(body["PhoneNumbers"][0]["TwoWayChannelArn"], TOPIC);
    let names = json!({"ConfigurationSetNames": ["ours"]});
    let (_, body) = call(&world, "DescribeConfigurationSets", names).await;
    let destination = &body["ConfigurationSets"][0]["EventDestinations"][0];
    assert_eq!(destination["SnsDestination"]["TopicArn"], TOPIC);
    let names = json!({"ConfigurationSetNames": ["other"]});
    assert_eq!(
        call(&world, "DescribeConfigurationSets", names).await.0,
        400
    );
}

#[tokio::test]
async fn sns_accepts_all_and_its_log_tells() {
    let world = start().await;
    let (status, body) = publish(&world, &[]).await;
    assert_eq!(status, 200, "{body}");
    assert!(
        body.starts_with("<PublishResponse") && body.contains("<MessageId>"),
        "{body}"
    );
    let entry = event(&world, &world.calls(1).await[0]).await;
    assert_eq!(
        (&entry["status"], &entry["delivery"]["destination"]),
        (&json!("SUCCESS"), &json!(CONTACT))
    );
    publish(&world, &[("PhoneNumber", "+12025550167")]).await;
    let entry = event(&world, &world.calls(2).await[1]).await;
    assert_eq!(
        entry["delivery"]["providerResponse"],
        "Phone number is opted out"
    );
    for (changes, words) in [
        (&[("PhoneNumber", "12025550123")], "PhoneNumber"),
        (&[("Message", "")], "Message"),
        (
            &[("MessageAttributes.entry.1.Value.StringValue", "Gossip")],
            "SMSType",
        ),
        (&[("TopicArn", TOPIC)], "PhoneNumber"),
    ] {
        let (status, body) = publish(&world, changes).await;
        assert_eq!(status, 400);
        assert!(
            body.contains("<Code>InvalidParameter</Code>") && body.contains(words),
            "{body}"
        );
    }
    let ask = async |action: &str| {
        let form = [("Action", action), ("phoneNumber", CONTACT)];
        send(&world, "sns", world.client.post(world.url("/")).form(&form))
            .await
            .2
    };
    assert!(ask("GetSMSAttributes").await.contains("MonthlySpendLimit"));
    assert!(
        ask("GetSMSSandboxAccountStatus")
            .await
            .contains("<IsInSandbox>false<")
    );
    assert!(
        ask("CheckIfPhoneNumberIsOptedOut")
            .await
            .contains("<isOptedOut>false<")
    );
    assert!(
        ask("ListPhoneNumbersOptedOut")
            .await
            .contains("<phoneNumbers></phoneNumbers>")
    );
    assert!(ask("Fly").await.contains("<Code>InvalidAction</Code>"));
}
