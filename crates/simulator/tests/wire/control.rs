//! The control API from outside: faults, ledger, handsets and the page.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::{CONTACT, SENDER, SID, TOKEN, World};
use serde_json::{Value, json};
use tidings_simulator::{Config, Simulator, StartError};

fn statuses(ledger: &Value) -> Vec<&str> {
    let callbacks = ledger["callbacks"].as_array().expect("callbacks");
    callbacks
        .iter()
        .filter_map(|one| one["status"].as_str())
        .collect()
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let config = Config {
        listen: SocketAddr::from(([0, 0, 0, 0], 0)),
        ..Config::default()
    };
    let refused = Simulator::start(config).await;
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
}

#[tokio::test]
async fn faults_are_kept_per_provider_and_cleared() {
    let world = World::start().await;
    world
        .fault(json!({"provider": "twilio", "latency_ms": 1}))
        .await;
    world
        .fault(json!({"error_rate": 0.5, "callbacks": {"delay_ms": 3}}))
        .await;
    world
        .fault(json!({"provider": "twilio", "latency_ms": 2}))
        .await;
    let (_, body) = world.control("GET", "/faults", Value::Null).await;
    let entries = body["data"].as_array().expect("a list");
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().any(|one| one["latency_ms"] == 2));
    assert_eq!(world.control("DELETE", "/faults", Value::Null).await.0, 204);
    let (_, body) = world.control("GET", "/faults", Value::Null).await;
    assert_eq!(body, json!({"data": []}));
}

#[tokio::test]
async fn an_unknown_field_of_a_fault_is_named() {
    let world = World::start().await;
    for (body, pointer) in [
        (json!({"latency": 1}), "/latency"),
        (json!({"callbacks": {"drop": 1}}), "/callbacks/drop"),
    ] {
        let (status, answer) = world.control("PUT", "/faults", body).await;
        assert_eq!(status, 422);
        assert_eq!(answer["code"], "unknown_field");
        assert_eq!(answer["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn errors_and_rate_limits_have_the_providers_words() {
    let world = World::start().await;
    world.fault(json!({"error_rate": 1})).await;
    assert_eq!(world.twilio(&[]).await.0, 503);
    assert_eq!(world.meta(json!({})).await.0, 503);
    world
        .fault(json!({"provider": "twilio", "error_code": 21610}))
        .await;
    let (status, body) = world.twilio(&[]).await;
    assert_eq!((status, &body["code"]), (400, &json!(21610)));
    // A code of delivery comes by callback, as the real one does.
    world
        .fault(json!({"provider": "twilio", "error_code": 30007}))
        .await;
    assert_eq!(world.twilio(&[]).await.0, 201);
    let calls = world.calls(1).await;
    assert_eq!(calls[0].field("ErrorCode").as_deref(), Some("30007"));

    world.fault(json!({"rate_limit_per_second": 0})).await;
    world
        .control("DELETE", "/faults?provider=twilio", Value::Null)
        .await;
    let limited = world.twilio_request(&[]).send().await.expect("an answer");
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "1");
    let (_, body) = world.meta(json!({})).await;
    assert_eq!(body["error"]["code"], 130_429);
}

#[tokio::test]
async fn a_code_that_the_provider_does_not_have_is_refused() {
    let world = World::start().await;
    let body = json!({"provider": "twilio", "error_code": "pigeon"});
    let (status, answer) = world.control("PUT", "/faults", body).await;
    assert_eq!((status, &answer["code"]), (422, &json!("unknown_code")));
    let body = json!({"provider": "pigeon", "down": true});
    let (status, answer) = world.control("PUT", "/faults", body).await;
    assert_eq!((status, &answer["code"]), (422, &json!("unknown_provider")));
}

#[tokio::test]
async fn who_is_down_says_nothing_and_writes_nothing_down() {
    let world = World::start().await;
    world
        .fault(json!({"provider": "twilio", "down": true}))
        .await;
    let answer = world.twilio_request(&[]).send().await.expect("an answer");
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.bytes().await.expect("a body").len(), 0);
    assert_eq!(world.twilio_get(".json").await.0, 503);
    assert_eq!(world.ledger().await["requests"], json!([]));
    // The others are there.
    assert_eq!(world.meta(json!({})).await.0, 400);
    world.fault(json!({"provider": "twilio"})).await;
    assert_eq!(world.twilio(&[]).await.0, 201);
}

#[tokio::test]
async fn a_door_is_closed_while_its_provider_is_down() {
    let world = World::start().await;
    let door = world.simulator.door("twilio").expect("a door");
    let url = format!("http://{door}/2010-04-01/Accounts/{SID}.json");
    let test = || world.client.get(&url).basic_auth(SID, Some(TOKEN)).send();
    assert_eq!(test().await.expect("an answer").status(), 200);
    // Nobody else is spoken for at this door.
    let elsewhere = world.client.get(format!("http://{door}/healthz"));
    assert_eq!(elsewhere.send().await.expect("an answer").status(), 404);

    let until = async |is_so: fn(&Result<reqwest::Response, reqwest::Error>) -> bool| {
        let trying = async {
            while !is_so(&test().await) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), trying)
            .await
            .expect("the door to move");
    };
    world
        .fault(json!({"provider": "twilio", "down": true}))
        .await;
    until(|answer| answer.as_ref().is_err_and(reqwest::Error::is_connect)).await;
    // The simulator's own address is still there.
    assert_eq!(world.twilio_get(".json").await.0, 503);
    world.control("DELETE", "/faults", Value::Null).await;
    until(|answer| answer.as_ref().is_ok_and(|one| one.status() == 200)).await;
}

#[tokio::test]
async fn a_secret_for_no_kind_of_accounts_is_refused() {
    let config = Config {
        secrets: [("pigeon".to_owned(), "secret".to_owned())].into(),
        ..Config::default()
    };
    let refused = Simulator::start(config).await;
    assert!(matches!(refused, Err(StartError::UnknownKind(kind)) if kind == "pigeon"));
}

#[tokio::test]
async fn a_door_is_known_by_all_names_of_its_provider() {
    let config = Config {
        doors: [("meta".to_owned(), SocketAddr::from(([127, 0, 0, 1], 0)))].into(),
        ..Config::default()
    };
    let simulator = Simulator::start(config).await.expect("a simulator");
    let door = simulator.door("whatsapp_cloud");
    assert!(door.is_some());
    assert_eq!(simulator.door("meta"), door);
    assert_eq!(simulator.door("twilio"), None);
}

#[tokio::test]
async fn a_door_for_nobody_is_refused() {
    let config = Config {
        doors: [("pigeon".to_owned(), SocketAddr::from(([127, 0, 0, 1], 0)))].into(),
        ..Config::default()
    };
    let refused = Simulator::start(config).await;
    assert!(matches!(refused, Err(StartError::UnknownProvider(name)) if name == "pigeon"));
}

#[tokio::test]
async fn callbacks_can_be_lost() {
    let world = World::start().await;
    world.fault(json!({"callbacks": {"drop_rate": 1}})).await;
    world.twilio(&[]).await;
    let ledger = world
        .ledger_until(|ledger| statuses(ledger).len() == 2)
        .await;
    let callbacks = ledger["callbacks"].as_array().expect("callbacks");
    assert!(callbacks.iter().all(|one| one["outcome"] == "dropped"));
    assert!(callbacks.iter().all(|one| one["answered"].is_null()));
    // The message itself has arrived.
    assert_eq!(ledger["messages"][0]["status"], "delivered");
}

#[tokio::test]
async fn callbacks_can_be_repeated() {
    let world = World::start().await;
    world.fault(json!({"callbacks": {"repeat_rate": 1}})).await;
    world.twilio(&[]).await;
    let calls = world.calls(4).await;
    let mut words: Vec<_> = calls
        .iter()
        .filter_map(|call| call.field("MessageStatus"))
        .collect();
    words.sort();
    assert_eq!(words, ["delivered", "delivered", "sent", "sent"]);
}

#[tokio::test]
async fn callbacks_can_overtake_each_other() {
    let world = World::start().await;
    world.fault(json!({"callbacks": {"reorder": true}})).await;
    world.twilio(&[]).await;
    let calls = world.calls(2).await;
    let words: Vec<_> = calls
        .iter()
        .filter_map(|call| call.field("MessageStatus"))
        .collect();
    assert_eq!(words, ["delivered", "sent"]);
}

#[tokio::test]
async fn only_loopback_is_called() {
    let world = World::start().await;
    let elsewhere = [("StatusCallback", "http://hooks.example.com/status")];
    assert_eq!(world.twilio(&elsewhere).await.0, 201);
    let ledger = world
        .ledger_until(|ledger| statuses(ledger).len() == 2)
        .await;
    assert_eq!(ledger["callbacks"][0]["outcome"], "refused");
}

#[tokio::test]
async fn the_ledger_has_everything_and_can_start_anew() {
    let world = World::start().await;
    world.twilio(&[]).await;
    let ledger = world
        .ledger_until(|ledger| statuses(ledger).len() == 2)
        .await;
    let request = &ledger["requests"][0];
    assert_eq!(request["provider"], "twilio");
    assert_eq!(request["to"], CONTACT);
    assert_eq!(request["from"], SENDER);
    assert_eq!(request["text"], "Hello");
    assert_eq!(request["client_reference"], "att_01");
    assert_eq!(request["answer_status"], 201);
    assert_eq!(statuses(&ledger), ["sent", "delivered"]);
    assert_eq!(ledger["callbacks"][0]["answered"], 200);
    assert_eq!(
        ledger["callbacks"][0]["provider_message_id"],
        request["provider_message_id"]
    );
    assert_eq!(world.control("DELETE", "/ledger", Value::Null).await.0, 204);
    let empty = json!({"requests": [], "messages": [], "callbacks": []});
    assert_eq!(world.ledger().await, empty);
    // The phones keep what they have.
    assert_eq!(world.handset(CONTACT, "").await.len(), 1);
}

#[tokio::test]
async fn sends_are_listed_page_by_page_with_what_was_told() {
    let world = World::start().await;
    world.twilio(&[]).await;
    world
        .ledger_until(|ledger| statuses(ledger).len() == 2)
        .await;
    world.fault(json!({"callbacks": {"drop_rate": 1}})).await;
    world.twilio(&[]).await;
    world
        .ledger_until(|ledger| statuses(ledger).len() == 4)
        .await;
    let page = async |query: &str| {
        let path = format!("/ledger/sends?{query}");
        world.control("GET", &path, Value::Null).await.1
    };
    let one = page("limit=1").await;
    assert_eq!((&one["first"], &one["next"]), (&json!(1), &json!(1)));
    let first = &one["data"][0];
    assert_eq!(first["client_reference"], "att_01");
    assert_eq!(first["status"], "delivered");
    assert_eq!(first["is_told"], true);
    assert!(first["told_at"].as_str().unwrap() > first["created_at"].as_str().unwrap());
    assert_eq!(first["is_answered"], true);
    let other = page("after=1").await;
    assert_eq!(other["next"], Value::Null);
    let second = &other["data"][0];
    assert_eq!(second["status"], "delivered");
    assert_eq!(second["is_told"], false, "its callbacks were lost");
    assert_eq!(second["told_at"], Value::Null);
}

#[tokio::test]
async fn a_contact_writes_to_a_known_number_only() {
    let world = World::start().await;
    let path = format!("/handsets/{CONTACT}/messages");
    for (body, code) in [
        (
            json!({"channel": "sms", "to": "+12025550199", "text": "Hi"}),
            "unknown_sender",
        ),
        (json!({"channel": "sms", "to": SENDER}), "missing_field"),
        (
            json!({"channel": "fax", "to": SENDER, "text": "Hi"}),
            "invalid_field",
        ),
        (
            json!({"channel": "sms", "to": SENDER, "words": "Hi"}),
            "unknown_field",
        ),
    ] {
        let (status, answer) = world.control("POST", &path, body).await;
        assert_eq!((status, &answer["code"]), (422, &json!(code)));
    }
    let media = json!({"channel": "sms", "to": SENDER, "media": "http://127.0.0.1:1/a.png"});
    world.writes(CONTACT, media).await;
    let calls = world.calls(1).await;
    assert_eq!(calls[0].field("NumMedia").as_deref(), Some("1"));
    assert_eq!(
        calls[0].field("MediaContentType0").as_deref(),
        Some("image/png")
    );
    let url = calls[0].field("MediaUrl0").unwrap();
    assert!(
        url.contains(&format!("/Accounts/{SID}/Messages/MM")),
        "{url}"
    );
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.no_proxy().build().unwrap();
    let ask = || client.get(&url);
    let refused = ask().send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let moved = ask().basic_auth(SID, Some(TOKEN)).send().await.unwrap();
    assert_eq!(moved.status(), 307);
    assert_eq!(moved.headers()["location"], "http://127.0.0.1:1/a.png");
    // What the contact wrote is on its screen, but it did not receive it.
    assert_eq!(world.handset(CONTACT, "?include=sent").await.len(), 1);
    assert!(world.handset(CONTACT, "").await.is_empty());
    let (_, list) = world.control("GET", "/handsets", Value::Null).await;
    assert_eq!(list["data"][0]["e164"], CONTACT);
}

#[tokio::test]
async fn the_page_is_the_same_for_everybody_and_takes_nothing_from_elsewhere() {
    let world = World::start().await;
    let hostile = "<script>alert(1)</script>";
    world
        .writes(
            CONTACT,
            json!({"channel": "sms", "to": SENDER, "text": hostile, "name": hostile}),
        )
        .await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page/main.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = world.client.get(world.url(path)).send().await;
        let answer = answer.expect("the page");
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
        assert_eq!(header("content-type"), kind);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(!answer.text().await.expect("text").contains("alert(1)"));
    }
    let missing = world.client.get(world.url("/page/other.js")).send().await;
    assert_eq!(missing.expect("an answer").status(), 404);
}

#[tokio::test]
async fn changes_are_told_as_they_happen_until_the_stop() {
    let world = World::start().await;
    let mut events = world
        .client
        .get(world.url("/events"))
        .send()
        .await
        .expect("events");
    let mut next = async || events.chunk().await.expect("a stream");
    let number = |chunk: Option<bytes::Bytes>| -> u64 {
        let chunk = chunk.expect("an event");
        let text = std::str::from_utf8(&chunk).expect("text");
        text.trim()
            .strip_prefix("data: ")
            .expect("data")
            .parse()
            .expect("a number")
    };
    let first = number(next().await);
    world.twilio(&[]).await;
    assert!(number(next().await) > first);
    world.simulator.stop().await;
    // What was still to be told may come, and then the end.
    while next().await.is_some() {}
}

#[tokio::test]
async fn the_businesses_numbers_are_listed_without_secrets() {
    let world = World::start().await;
    let (_, list) = world.control("GET", "/numbers", Value::Null).await;
    assert_eq!(
        list["data"],
        json!([
            {"provider": "whatsapp_cloud", "channel": "whatsapp", "number": "+12025550101", "name": null},
            {"provider": "twilio", "channel": "sms", "number": SENDER, "name": null},
        ])
    );
}

#[tokio::test]
async fn a_stop_ends_it() {
    let world = World::start().await;
    let url = format!("http://{}/healthz", world.simulator.addr());
    assert_eq!(
        world
            .client
            .get(&url)
            .send()
            .await
            .expect("healthy")
            .status(),
        200
    );
    world.simulator.stop().await;
    assert!(
        reqwest::Client::builder()
            .build()
            .expect("a client")
            .get(&url)
            .send()
            .await
            .is_err()
    );
}
