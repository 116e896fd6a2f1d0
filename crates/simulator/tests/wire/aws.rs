//! What callers of AWS do: sign requests, check notifications and confirm subscriptions.

use crate::support::{Call, World, answered};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use ring::{digest, hmac};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;

pub(crate) const KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:our-topic";

/// An account whose only topic posts to the receiver; `changes` adds to it.
pub(crate) fn account(world: &World, changes: &Value) -> Value {
    let mut account = json!({
        "access_key_id": KEY, "secret_access_key": SECRET,
        "topics": [{
            "arn": TOPIC, "signature_version": 2,
            "subscriptions": [{"endpoint": world.callback("/sns"), "confirmed": true}],
        }],
        "configuration_sets": [{"name": "ours", "topic": TOPIC}],
    });
    for (name, value) in changes.as_object().expect("an object") {
        account[name] = value.clone();
    }
    json!({ "aws": [account] })
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn code(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The simulator's own time, which it writes into each answer.
async fn now(world: &World) -> OffsetDateTime {
    let answer = world
        .client
        .get(world.url("/healthz"))
        .send()
        .await
        .expect("an answer");
    let date = answer.headers()["date"]
        .to_str()
        .expect("a date")
        .replace("GMT", "+0000");
    OffsetDateTime::parse(&date, &Rfc2822).expect("a date")
}

/// A request that is signed as the documentation says.
pub(crate) async fn signed(
    world: &World,
    secret: &str,
    service: &str,
    request: reqwest::RequestBuilder,
) -> reqwest::Request {
    let mut request = request.build().expect("a request");
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    let stamp = now(world).await.format(form).expect("a date");
    let host = format!("{}", world.simulator.addr());
    let url = request.url().clone();
    let body = request
        .body()
        .and_then(reqwest::Body::as_bytes)
        .unwrap_or_default();
    let path = url.path().replace('%', "%25");
    let mut query: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let canonical = format!(
        "{}\n{path}\n{}\nhost:{host}\nx-amz-date:{stamp}\n\nhost;x-amz-date\n{}",
        request.method(),
        query.join("&"),
        sha256(body)
    );
    let day = &stamp[..8];
    let scope = format!("{day}/us-east-1/{service}/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        sha256(canonical.as_bytes())
    );
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [day, "us-east-1", service, "aws4_request"] {
        key = code(&key, part);
    }
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders=host;x-amz-date, Signature={}",
        hex(&code(&key, &text))
    );
    let headers = request.headers_mut();
    headers.insert("x-amz-date", stamp.parse().expect("a value"));
    headers.insert("authorization", authorization.parse().expect("a value"));
    request
}

/// Sends a signed request; gives status, headers and body.
pub(crate) async fn send(
    world: &World,
    service: &str,
    request: reqwest::RequestBuilder,
) -> (u16, reqwest::header::HeaderMap, String) {
    let request = signed(world, SECRET, service, request).await;
    let answer = world.client.execute(request).await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.text().await.expect("a body"))
}

/// The RSA key of a certificate: what follows the name of the algorithm (RFC 5280, 4.1).
fn public_key(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).expect("base64");
    let algorithm = [
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let place = der
        .windows(algorithm.len())
        .position(|window| window == algorithm);
    let bits = &der[place.expect("an RSA key") + algorithm.len()..];
    assert_eq!((bits[0], bits[1]), (0x03, 0x82));
    let length = usize::from(bits[2]) << 8 | usize::from(bits[3]);
    bits[5..4 + length].to_vec()
}

/// A message of SNS, whose signature is true.
pub(crate) async fn message(world: &World, call: &Call) -> Value {
    assert_eq!(call.header("content-type"), "text/plain; charset=UTF-8");
    let message = call.json();
    let text = |name: &str| message[name].as_str().expect("a text");
    assert_eq!(call.header("x-amz-sns-message-type"), text("Type"));
    assert_eq!(call.header("x-amz-sns-topic-arn"), text("TopicArn"));
    let url = text("SigningCertURL").strip_prefix("https://sns.us-east-1.amazonaws.com");
    let path = url.expect("an address of AWS");
    let answer = world
        .client
        .get(world.url(path))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let key = public_key(&answer.text().await.expect("a certificate"));
    let names: &[&str] = match text("Type") {
        "Notification" => &["Message", "MessageId", "Timestamp", "TopicArn", "Type"],
        _ => &[
            "Message",
            "MessageId",
            "SubscribeURL",
            "Timestamp",
            "Token",
            "TopicArn",
            "Type",
        ],
    };
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("{name}\n{}\n", text(name)))
        .collect();
    let signed = lines.concat();
    let signature = STANDARD.decode(text("Signature")).expect("base64");
    let verified = match text("SignatureVersion") {
        "1" => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, &key)
            .verify(signed.as_bytes(), &signature),
        _ => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key)
            .verify(signed.as_bytes(), &signature),
    };
    verified.expect("a true signature");
    message
}

/// What was published, in a notification whose signature is true.
pub(crate) async fn event(world: &World, call: &Call) -> Value {
    let message = message(world, call).await;
    assert_eq!(message["Type"], "Notification");
    serde_json::from_str(message["Message"].as_str().expect("a text")).expect("JSON")
}

/// Follows a link in a message to the simulator.
async fn follow(world: &World, link: &Value) -> u16 {
    let link = link.as_str().expect("a link");
    let path = link.strip_prefix("https://sns.us-east-1.amazonaws.com");
    answered(
        world
            .client
            .get(world.url(path.expect("an address of AWS"))),
    )
    .await
    .0
}

/// Publishes to a number, and gives the calls that follow.
async fn publish(world: &World) -> u16 {
    let form = [
        ("Action", "Publish"),
        ("Version", "2010-03-31"),
        ("PhoneNumber", "+12025550123"),
        ("Message", "Hello"),
    ];
    let request = world.client.post(world.url("/")).form(&form);
    send(world, "sns", request).await.0
}

#[tokio::test]
async fn a_subscription_hears_nothing_until_it_is_confirmed() {
    let world = World::empty().await;
    let topic = json!([{
        "arn": TOPIC, "signature_version": 1,
        "subscriptions": [{"endpoint": world.callback("/sns")}],
    }]);
    let accounts = account(
        &world,
        &json!({"topics": topic, "delivery_log_topic": TOPIC}),
    );
    world.register(&accounts).await;
    let asked = message(&world, &world.calls(1).await[0]).await;
    assert_eq!(asked["Type"], "SubscriptionConfirmation");
    publish(&world).await;
    let delivered = |ledger: &Value| ledger["messages"][0]["status"] == "delivered";
    let ledger = world.ledger_until(delivered).await;
    assert_eq!(ledger["callbacks"].as_array().map(Vec::len), Some(1));

    let mut wrong = asked.clone();
    let url = asked["SubscribeURL"].as_str().expect("a link");
    wrong["SubscribeURL"] = json!(url.replace("Token=", "Token=0"));
    assert_eq!(follow(&world, &wrong["SubscribeURL"]).await, 400);
    assert_eq!(follow(&world, &asked["SubscribeURL"]).await, 200);
    let (_, known) = world.control("GET", "/accounts", Value::Null).await;
    assert_eq!(
        known["aws"][0]["topics"][0]["subscriptions"][0]["confirmed"],
        true
    );
    publish(&world).await;
    let told = message(&world, &world.calls(2).await[1]).await;
    assert_eq!(
        (&told["Type"], &told["SignatureVersion"]),
        (&json!("Notification"), &json!("1"))
    );
    // Who is registered again does not have to confirm again.
    world.register(&accounts).await;
    publish(&world).await;
    let last = message(&world, &world.calls(3).await[2]).await;
    assert_eq!(last["Type"], "Notification");
    assert_eq!(follow(&world, &last["UnsubscribeURL"]).await, 200);
    assert_eq!(follow(&world, &last["UnsubscribeURL"]).await, 404);
}

#[tokio::test]
async fn a_subscription_can_be_made_and_confirmed_by_calls() {
    let world = World::empty().await;
    world
        .register(&account(&world, &json!({"topics": [{"arn": TOPIC}]})))
        .await;
    let endpoint = world.callback("/other");
    let form = [
        ("Action", "Subscribe"),
        ("TopicArn", TOPIC),
        ("Protocol", "http"),
        ("Endpoint", endpoint.as_str()),
    ];
    let request = world.client.post(world.url("/")).form(&form);
    let (status, _, body) = send(&world, "sns", request).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("pending confirmation"), "{body}");
    let asked = message(&world, &world.calls(1).await[0]).await;
    let token = asked["Token"].as_str().expect("a token");
    // The token is enough; nobody signs this one.
    let form = [
        ("Action", "ConfirmSubscription"),
        ("TopicArn", TOPIC),
        ("Token", token),
    ];
    let request = world.client.post(world.url("/")).form(&form);
    let body = request
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(
        body.contains(&format!("<SubscriptionArn>{TOPIC}:")),
        "{body}"
    );
}

#[tokio::test]
async fn who_answers_400_has_got_it_and_who_answers_500_gets_it_again() {
    let world = World::empty().await;
    let accounts = account(&world, &json!({"delivery_log_topic": TOPIC}));
    world.register(&accounts).await;
    world.refuse("", &[404, 500, 500]);
    publish(&world).await;
    let calls = world.calls(3).await;
    let ids: Vec<Value> = calls
        .iter()
        .map(|call| call.json()["MessageId"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    publish(&world).await;
    let calls = world.calls(4).await;
    assert_ne!(calls[3].json()["MessageId"], ids[0]);
}

#[tokio::test]
async fn only_who_has_the_secret_is_somebody() {
    let world = World::empty().await;
    world.register(&account(&world, &json!({}))).await;
    let request = || {
        let form = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
        world.client.post(world.url("/")).form(&form)
    };
    let (status, _, body) = send(&world, "sts", request()).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("<Account>111122223333</Account>"));
    // For another service.
    let (status, _, body) = send(&world, "sns", request()).await;
    assert_eq!(status, 403);
    assert!(
        body.contains("<Code>SignatureDoesNotMatch</Code>"),
        "{body}"
    );
    let wrong = signed(&world, "wrong", "sts", request()).await;
    assert_eq!(
        world
            .client
            .execute(wrong)
            .await
            .expect("an answer")
            .status(),
        403
    );
    let body = request()
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(
        body.contains("<Code>MissingAuthenticationToken</Code>"),
        "{body}"
    );
    let unknown = world
        .client
        .get(world.url("/SimpleNotificationService-0.pem"));
    assert_eq!(answered(unknown).await.0, 404);
}
