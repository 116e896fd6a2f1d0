use super::world::{World, account_body};
use serde_json::{Value, json};
use tidings_messaging::Accounts;

const ACCOUNTS: &str = "/v1/provider-accounts";

#[tokio::test]
async fn the_catalog_says_what_to_ask_for() {
    let world = World::new().await;
    let catalog = world.get("/v1/providers").await.expect(200).body;
    assert_eq!(catalog["data"].as_array().unwrap().len(), 2);
    assert_eq!(catalog["data"][0]["name"], "carrier");
    assert_eq!(
        catalog["data"][0]["credentials"][1],
        json!({"name": "token", "label": "Token", "hint": "`wrong` is refused, `gone` is not answered.",
            "required": true, "secret": true})
    );
    assert_eq!(catalog["data"][0]["channels"][0]["channel"], "sms");
}

#[tokio::test]
async fn an_account_is_tested_sealed_and_never_shows_its_secrets() {
    let world = World::new().await;
    let account = world.account().await;
    assert_eq!(account.body["connection"]["name"], "Example");
    assert_eq!(account.body["senders"][0]["address"], "+12025550100");
    assert_eq!(account.body["enabled"], true);
    assert_eq!(
        account.body["prices"][0]["price"],
        json!({"amount": "0.0079", "currency": "USD"})
    );
    let url = account.body["callback_url"].as_str().unwrap();
    let token = url
        .strip_prefix("https://api.example.com/callbacks/carrier/")
        .unwrap();
    assert_eq!(token.len(), 43);
    let path = format!("{ACCOUNTS}/{}", account.id());
    assert_eq!(account.header("location"), path);
    let read = world.get(&path).await.expect(200);
    for text in [
        &account.text,
        &read.text,
        &world.get(ACCOUNTS).await.expect(200).text,
    ] {
        assert!(
            !text.contains("sesame") && !text.contains("credentials"),
            "{text}"
        );
    }
    let stored = world
        .memory
        .by_callback_token(token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.id.to_string(), account.id());
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_pointed_at() {
    let world = World::new().await;
    let cases = [
        (
            "/provider",
            json!("nobody"),
            "unknown_provider",
            "/provider",
        ),
        (
            "/credentials",
            json!({"account": "AC1"}),
            "invalid_request",
            "/credentials/token",
        ),
        (
            "/credentials",
            json!({"account": "AC1", "token": "x", "tokn": "y"}),
            "unknown_field",
            "/credentials/tokn",
        ),
        (
            "/senders",
            json!([{"address": "a@example.com", "channels": ["email"]}]),
            "invalid_request",
            "/senders/0/channels",
        ),
        (
            "/senders",
            json!([{"address": "ExampleCo", "channels": ["whatsapp"]}]),
            "invalid_request",
            "/senders/0/address",
        ),
        (
            "/senders",
            json!([{"address": "x", "channels": []}]),
            "invalid_request",
            "/senders/0/channels",
        ),
        ("/daily_limit", json!(0), "invalid_request", "/daily_limit"),
        (
            "/prices",
            json!([{"channel": "sms", "price": {"amount": "x", "currency": "USD"}}]),
            "invalid_request",
            "/prices/0/price",
        ),
        (
            "/prices",
            json!([{"channel": "sms", "price": {"amount": "-1", "currency": "USD"}}]),
            "invalid_request",
            "/prices/0/price/amount",
        ),
    ];
    for (at, value, code, pointer) in cases {
        let mut body = account_body();
        body[at.trim_start_matches('/')] = value;
        let problem = world.post(ACCOUNTS, body).await.refused(422, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    assert_eq!(world.get(ACCOUNTS).await.body["data"], json!([]));
}

#[tokio::test]
async fn senders_take_every_form_that_their_channel_has() {
    let world = World::new().await;
    let mut body = account_body();
    body["senders"] = json!([
        {"address": "ExampleCo", "channels": ["sms"]}, {"address": "12345", "channels": ["sms"]},
        {"address": "(202) 555-0101", "channels": ["sms", "whatsapp"], "region": "us"},
    ]);
    let account = world.post(ACCOUNTS, body).await.expect(201).body;
    let addresses: Vec<&Value> = account["senders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["address"])
        .collect();
    assert_eq!(addresses, ["ExampleCo", "12345", "+12025550101"]);
}

#[tokio::test]
async fn a_failed_connection_test_says_why_and_stores_nothing() {
    let world = World::new().await;
    for (token, says, pointer) in [
        ("wrong", "Authenticate", json!("/credentials")),
        ("short", "32 characters", json!("/credentials/token")),
        ("gone", "could not be reached", Value::Null),
    ] {
        let mut body = account_body();
        body["credentials"]["token"] = token.into();
        let problem = world
            .post(ACCOUNTS, body.clone())
            .await
            .refused(422, "connection_failed");
        assert!(
            problem["detail"].as_str().unwrap().contains(says),
            "{problem}"
        );
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert_eq!(world.get(ACCOUNTS).await.body["data"], json!([]));
    }
    let mut body = account_body();
    body["credentials"]["token"] = "wrong".into();
    body["verify"] = false.into();
    let account = world.post(ACCOUNTS, body).await.expect(201);
    assert_eq!(account.body.get("connection"), None);
    let path = format!("{ACCOUNTS}/{}/test", account.id());
    world
        .post(&path, json!({}))
        .await
        .refused(422, "connection_failed");
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let world = World::new().await;
    let account = world.account().await;
    let path = format!("{ACCOUNTS}/{}", account.id());
    let change = json!({"enabled": false, "daily_limit": 10, "senders": [
        {"address": "+12025550100", "channels": ["sms"]}, {"address": "12345", "channels": ["sms"]}]});
    let changed = world.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["enabled"], false);
    assert_eq!(changed["name"], "Main");
    assert_eq!(changed["daily_limit"], 10);
    assert_eq!(
        changed["senders"][0]["id"],
        account.body["senders"][0]["id"]
    );
    let health = world.get(&format!("{path}/health")).await.expect(200).body;
    assert_eq!(health["status"], "disabled");
    let changed = world
        .patch(&path, json!({"daily_limit": null, "enabled": true}))
        .await
        .expect(200)
        .body;
    assert_eq!(changed["daily_limit"], Value::Null);
    assert_eq!(changed["callback_url"], account.body["callback_url"]);
    world
        .patch(&path, json!({"name": null}))
        .await
        .refused(422, "invalid_request");
    assert_eq!(
        world.get(&format!("{path}/health")).await.body["status"],
        "enabled"
    );
    world
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
}

#[tokio::test]
async fn new_credentials_are_tested_before_they_replace_the_old() {
    let world = World::new().await;
    let account = world.account().await;
    let path = format!("{ACCOUNTS}/{}", account.id());
    let wrong = json!({"credentials": {"account": "AC1", "token": "wrong"}});
    world
        .patch(&path, wrong)
        .await
        .refused(422, "connection_failed");
    world
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    let partial = json!({"credentials": {"token": "new"}});
    world
        .patch(&path, partial)
        .await
        .refused(422, "invalid_request");
    let unverified = json!({"credentials": {"account": "AC1", "token": "wrong"}, "verify": false});
    world.patch(&path, unverified).await.expect(200);
    world
        .post(&format!("{path}/test"), json!({}))
        .await
        .refused(422, "connection_failed");
}

#[tokio::test]
async fn accounts_belong_to_their_tenant() {
    let world = World::new().await;
    let account = world.account().await;
    let path = format!("{ACCOUNTS}/{}", account.id());
    world
        .get_as(&world.theirs.admin, &path)
        .await
        .refused(404, "not_found");
    world
        .get_as(&world.theirs.admin, &format!("{path}/health"))
        .await
        .refused(404, "not_found");
    world
        .post_as(&world.theirs.admin, &format!("{path}/test"), json!({}))
        .await
        .refused(404, "not_found");
    assert_eq!(
        world.get_as(&world.theirs.read, ACCOUNTS).await.body["data"],
        json!([])
    );
    world.delete(&path).await.expect(204);
    world.delete(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn accounts_come_in_pages() {
    let world = World::new().await;
    let first = world.account().await;
    let second = world.account().await;
    let page = world
        .get(&format!("{ACCOUNTS}?limit=1"))
        .await
        .expect(200)
        .body;
    assert_eq!(page["data"][0]["id"], second.id());
    let next = page["next"].as_str().unwrap();
    let page = world
        .get(&format!("{ACCOUNTS}?limit=1&after={next}"))
        .await
        .expect(200)
        .body;
    assert_eq!(page["data"][0]["id"], first.id());
    assert_eq!(page["next"], Value::Null);
}
