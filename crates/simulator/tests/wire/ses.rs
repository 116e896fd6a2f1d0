//! Mail through the simulated SES, from outside.

use std::time::Duration;

use crate::aws::{SECRET, account, event, send, signed};
use crate::support::{Call, World};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const PATH: &str = "/v2/email/outbound-emails";
const ANN: &str = "ann@example.net";

async fn start() -> World {
    let world = World::empty().await;
    let accounts = account(&world, &json!({"identities": ["example.com"]}));
    world.register(&accounts).await;
    world
}

fn mail(changes: &Value) -> Value {
    let mut body = json!({
        "FromEmailAddress": "Acme <no-reply@example.com>",
        "Destination": {"ToAddresses": [ANN]},
        "Content": {"Simple": {
            "Subject": {"Data": "Your code", "Charset": "UTF-8"},
            "Body": {"Text": {"Data": "Code 123456"}, "Html": {"Data": "<p>Code 123456</p>"}},
        }},
        "EmailTags": [{"Name": "att", "Value": "att_01"}, {"Name": "t", "Value": "acme"}],
        "ConfigurationSetName": "ours",
    });
    for (name, value) in changes.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

fn to(address: &str) -> Value {
    json!({"Destination": {"ToAddresses": [address]}})
}

async fn call(world: &World, method: &str, path: &str, body: Value) -> (u16, String, Value) {
    let method = method.parse().expect("a method");
    let mut request = world.client.request(method, world.url(path));
    if !body.is_null() {
        request = request.json(&body);
    }
    let (status, headers, text) = send(world, "ses", request).await;
    let kind = headers
        .get("x-amzn-errortype")
        .and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    (
        status,
        kind,
        serde_json::from_str(&text).unwrap_or(Value::Null),
    )
}

async fn post(world: &World, changes: Value) -> (u16, String, Value) {
    call(world, "POST", PATH, mail(&changes)).await
}

async fn events(world: &World, calls: &[Call]) -> Vec<Value> {
    let mut events = Vec::new();
    for call in calls {
        events.push(event(world, call).await);
    }
    events
}

#[tokio::test]
async fn a_mail_is_accepted_told_of_by_events_and_shown() {
    let world = start().await;
    let (status, _, body) = post(&world, json!({})).await;
    assert_eq!(status, 200, "{body}");
    let id = body["MessageId"].as_str().expect("an id");
    let calls = world.calls(2).await;
    for (event, kind) in events(&world, &calls)
        .await
        .iter()
        .zip(["Send", "Delivery"])
    {
        assert_eq!(
            (&event["eventType"], &event["mail"]["messageId"]),
            (&json!(kind), &json!(id))
        );
        assert_eq!(event["mail"]["tags"]["att"], json!(["att_01"]));
        assert_eq!(event["mail"]["destination"], json!([ANN]));
    }
    let shown = world.handset(ANN, "").await;
    assert_eq!(
        (&shown[0]["channel"], &shown[0]["subject"]),
        (&json!("email"), &json!("Your code"))
    );
    assert_eq!(
        (&shown[0]["text"], &shown[0]["html"]),
        (&json!("Code 123456"), &json!("<p>Code 123456</p>"))
    );
    let (_, list) = world.control("GET", "/handsets", Value::Null).await;
    assert_eq!(
        (&list["data"][0]["address"], &list["data"][0]["e164"]),
        (&json!(ANN), &Value::Null)
    );
    let request = &world.ledger().await["requests"][0];
    assert_eq!(
        (&request["provider"], &request["client_reference"]),
        (&json!("aws_ses"), &json!("att_01"))
    );
    let (_, _, insights) = call(
        &world,
        "GET",
        &format!("/v2/email/insights/{id}/"),
        Value::Null,
    )
    .await;
    assert_eq!(insights["Insights"][0]["Events"][1]["Type"], "DELIVERY");
}

#[tokio::test]
async fn a_raw_mail_is_read_like_a_mail_program_reads_it() {
    let world = start().await;
    let raw = "From: Acme <no-reply@example.com>\r\nSubject: =?utf-8?Q?Ol=C3=A1?=\r\n\
               Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9\r\n";
    let content = json!({"Raw": {"Data": STANDARD.encode(raw)}});
    let (status, _, body) = post(&world, json!({"Content": content})).await;
    assert_eq!(status, 200, "{body}");
    world.calls(2).await;
    let shown = world.handset(ANN, "").await;
    assert_eq!(
        (&shown[0]["subject"], &shown[0]["text"]),
        (&json!("Olá"), &json!("café\r\n"))
    );
}

#[tokio::test]
async fn refusals_are_named_in_a_header() {
    let world = start().await;
    for (changes, status, kind) in [
        (
            json!({"FromEmailAddress": "ann@example.org"}),
            400,
            "MessageRejected",
        ),
        (to("nonsense"), 400, "BadRequestException"),
        (
            json!({"Destination": {"ToAddresses": [ANN, "bob@example.net"]}}),
            400,
            "BadRequestException",
        ),
        (json!({"Content": {}}), 400, "BadRequestException"),
        (
            json!({"EmailTags": [{"Name": "att", "Value": "a b"}]}),
            400,
            "BadRequestException",
        ),
        (
            json!({"ConfigurationSetName": "other"}),
            404,
            "NotFoundException",
        ),
    ] {
        let answer = post(&world, changes.clone()).await;
        assert_eq!((answer.0, answer.1.as_str()), (status, kind), "{changes}");
        assert!(answer.2["message"].is_string());
    }
    let request = world.client.post(world.url(PATH)).json(&mail(&json!({})));
    let wrong = signed(&world, "wrong", "ses", request).await;
    let answer = world.client.execute(wrong).await.expect("an answer");
    assert_eq!(answer.status(), 403);
    assert_eq!(
        answer.headers()["x-amzn-errortype"],
        "InvalidSignatureException"
    );
}

#[tokio::test]
async fn magic_mailboxes_bounce_complain_and_reject() {
    let world = start().await;
    let mut count = 0;
    for (address, kinds, details) in [
        (
            "bounce@simulator.amazonses.com",
            &["Send", "Bounce"][..],
            json!("Permanent"),
        ),
        (
            "full+1@example.net",
            &["Send", "Bounce"],
            json!("Transient"),
        ),
        (
            "complaint@example.net",
            &["Send", "Delivery", "Complaint"],
            Value::Null,
        ),
        ("rejected@example.net", &["Reject"], Value::Null),
        (
            "latebounce@example.net",
            &["Send", "Delivery", "Bounce"],
            json!("Permanent"),
        ),
    ] {
        post(&world, to(address)).await;
        let calls = world.calls(count + kinds.len()).await;
        let events = events(&world, &calls[count..]).await;
        let told: Vec<&str> = events
            .iter()
            .filter_map(|event| event["eventType"].as_str())
            .collect();
        assert_eq!(told, kinds, "{address}");
        assert_eq!(
            events.last().expect("an event")["bounce"]["bounceType"],
            details
        );
        count += kinds.len();
    }
}

#[tokio::test]
async fn faults_have_sess_words() {
    let world = start().await;
    world
        .fault(json!({"provider": "ses", "rate_limit_per_second": 0}))
        .await;
    let (status, kind, body) = post(&world, json!({})).await;
    assert_eq!((status, kind.as_str()), (429, "TooManyRequestsException"));
    assert_eq!(body["message"], "Maximum sending rate exceeded.");
    world
        .fault(json!({"provider": "aws_ses", "error_code": "DailyQuota"}))
        .await;
    assert_eq!(
        post(&world, json!({})).await.2["message"],
        "Daily message quota exceeded."
    );
    world
        .fault(json!({"provider": "aws_ses", "error_code": "AccountSuspendedException"}))
        .await;
    assert_eq!(post(&world, json!({})).await.0, 400);
    assert_eq!(
        call(&world, "GET", "/v2/email/account", Value::Null)
            .await
            .0,
        400
    );
    world
        .fault(json!({"provider": "aws_ses", "error_rate": 1}))
        .await;
    assert_eq!(post(&world, json!({})).await.0, 503);
    world
        .fault(json!({"provider": "aws_ses", "error_code": "Permanent.NoEmail"}))
        .await;
    assert_eq!(post(&world, json!({})).await.0, 200);
    let bounce = event(&world, &world.calls(2).await[1]).await;
    assert_eq!(bounce["bounce"]["bounceSubType"], "NoEmail");
    world
        .fault(json!({"provider": "aws_ses", "timeout_after_accept": true}))
        .await;
    let request = world.client.post(world.url(PATH)).json(&mail(&json!({})));
    let mut lost = signed(&world, SECRET, "ses", request).await;
    *lost.timeout_mut() = Some(Duration::from_millis(300));
    assert!(
        world
            .client
            .execute(lost)
            .await
            .expect_err("no answer")
            .is_timeout()
    );
    world.calls(4).await;
}

#[tokio::test]
async fn who_is_suppressed_gets_nothing() {
    let world = start().await;
    let list = "/v2/email/suppression/addresses";
    let one = format!("{list}/ann%40example.net");
    assert_eq!(call(&world, "GET", &one, Value::Null).await.0, 404);
    let entry = json!({"EmailAddress": ANN, "Reason": "BOUNCE"});
    assert_eq!(call(&world, "PUT", list, entry).await.0, 200);
    let (_, _, all) = call(&world, "GET", list, Value::Null).await;
    assert_eq!(
        all["SuppressedDestinationSummaries"][0]["EmailAddress"],
        ANN
    );
    post(&world, json!({})).await;
    let bounce = event(&world, &world.calls(2).await[1]).await;
    assert_eq!(
        bounce["bounce"]["bounceSubType"],
        "OnAccountSuppressionList"
    );
    assert_eq!(call(&world, "DELETE", &one, Value::Null).await.0, 200);
    post(&world, json!({})).await;
    assert_eq!(
        event(&world, &world.calls(4).await[3]).await["eventType"],
        "Delivery"
    );
    let (_, _, account) = call(&world, "GET", "/v2/email/account", Value::Null).await;
    assert_eq!(account["SendQuota"]["SentLast24Hours"], 2);
    let path = "/v2/email/identities/example.com";
    assert_eq!(
        call(&world, "GET", path, Value::Null).await.2["VerifiedForSendingStatus"],
        true
    );
}
