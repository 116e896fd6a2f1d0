use super::{Program, code, form};
use crate::{RateLimit, key_hash, tests::world::World};
use axum::{
    body::Body,
    http::{Method, Request},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tidings_messaging::Tenants;
use tidings_twilio_facade::{account_sid, key_sid};

async fn token(world: &World) -> Value {
    let path = "/v1/twilio-facade/auth-token";
    world.post(path, json!({})).await.expect(201).body
}

#[tokio::test]
async fn an_auth_token_is_shown_once_and_opens_the_account() {
    let world = World::for_twilio().await;
    let before = world.get("/v1/twilio-facade").await.expect(200).body;
    assert_eq!(before["auth_token_created_at"], Value::Null);
    assert_eq!(before["base_url"], "https://api.example.com");
    let token = token(&world).await;
    let text = token["auth_token"].as_str().unwrap();
    assert_eq!(text.len(), 32);
    let account = account_sid(world.ours.tenant);
    assert_eq!(token["account_sid"], account);
    let program = world.program().with(&account, text);
    let sent = program.sent(&[]).await;
    program.get(sent["sid"].as_str().unwrap()).await.expect(200);
    let after = world.get("/v1/twilio-facade").await.expect(200);
    assert_eq!(after.body["auth_token_created_at"], "2026-07-15T15:00:00Z");
    assert!(!after.text.contains(text));
    // Digits in capitals are the same account.
    let shouting = format!("AC{}", account[2..].to_uppercase());
    let shouting = Program {
        account: shouting.clone(),
        ..world.program().with(&shouting, text)
    };
    shouting.sent(&[]).await;
}

#[tokio::test]
async fn a_new_token_ends_the_one_before() {
    let world = World::for_twilio().await;
    let (first, second) = (token(&world).await, token(&world).await);
    let account = account_sid(world.ours.tenant);
    let text = |token: &Value| token["auth_token"].as_str().unwrap().to_owned();
    let old = world.program().with(&account, &text(&first));
    assert_eq!(code(&old.post(&[]).await.expect(401)), 20_003);
    world
        .program()
        .with(&account, &text(&second))
        .sent(&[])
        .await;
}

#[tokio::test]
async fn an_api_key_stands_in_for_both() {
    let world = World::for_twilio().await;
    let key = world.memory.find_key(key_hash(&world.ours.send)).await;
    let key = key.unwrap().unwrap();
    let sid = key_sid(key.id);
    let shown = world.get_as(&world.ours.send, "/v1/twilio-facade").await;
    assert_eq!(shown.expect(200).body["api_key_sid"], sid);
    for user in [account_sid(world.ours.tenant), sid] {
        world
            .program()
            .with(&user, &world.ours.send)
            .sent(&[])
            .await;
    }
}

#[tokio::test]
async fn nobody_else_gets_in() {
    let world = World::for_twilio().await;
    let token = token(&world).await;
    let token = token["auth_token"].as_str().unwrap();
    let (ours, theirs) = (
        account_sid(world.ours.tenant),
        account_sid(world.theirs.tenant),
    );
    let wrong_key = format!("SK{}", &ours[2..]);
    for (user, password) in [
        (ours.as_str(), "0123456789abcdef0123456789abcdef"),
        (&ours, ""),
        (&ours, "tk_nobody"),
        (&theirs, token),
        (&theirs, &world.ours.send),
        (&ours, &world.theirs.send),
        (&wrong_key, &world.ours.send),
        (&wrong_key, token),
        ("AC1", token),
        ("", token),
    ] {
        let reply = world.program().with(user, password).post(&[]).await;
        let reply = reply.expect(401);
        assert_eq!(code(&reply), 20_003, "{user}");
        assert_eq!(
            reply.header("www-authenticate"),
            "Basic realm=\"Twilio API\""
        );
    }
    let bearer = Request::builder()
        .method(Method::POST)
        .uri(world.program().path(""))
        .header("authorization", format!("Bearer {}", world.ours.send))
        .body(Body::empty())
        .unwrap();
    assert_eq!(code(&world.raw(bearer).await.expect(401)), 20_003);
}

#[tokio::test]
async fn another_account_is_not_there() {
    let world = World::for_twilio().await;
    let sent = world.program().sent(&[]).await;
    let sid = sent["sid"].as_str().unwrap();
    let theirs = account_sid(world.theirs.tenant);
    let ours = account_sid(world.ours.tenant);
    // With our credentials on their path, and with theirs on their own.
    let strayed = Program {
        account: theirs.clone(),
        ..world.program().with(&ours, &world.ours.send)
    };
    let foreign = Program {
        account: theirs.clone(),
        ..world.program().with(&theirs, &world.theirs.send)
    };
    for program in [&strayed, &foreign] {
        assert_eq!(code(&program.get(sid).await.expect(404)), 20_404);
        assert_eq!(code(&program.cancel(sid).await.expect(404)), 20_404);
    }
    assert_eq!(code(&strayed.post(&[]).await.expect(404)), 20_404);
    assert_eq!(foreign.list("").await["messages"], json!([]));
}

#[tokio::test]
async fn a_key_may_do_what_its_scope_says() {
    let world = World::for_twilio().await;
    let sent = world.program().sent(&[]).await;
    let sid = sent["sid"].as_str().unwrap();
    let account = account_sid(world.ours.tenant);
    let reader = world.program().with(&account, &world.ours.read);
    reader.get(sid).await.expect(200);
    for reply in [reader.post(&[]).await, reader.cancel(sid).await] {
        assert_eq!(code(&reply.expect(403)), 20_403);
    }
}

#[tokio::test]
async fn only_an_admin_makes_a_token() {
    let world = World::new().await;
    let path = "/v1/twilio-facade/auth-token";
    world
        .post_as(&world.ours.manage, path, json!({}))
        .await
        .refused(403, "forbidden");
    world
        .post(path, json!({"token": "mine"}))
        .await
        .refused(422, "unknown_field");
}

#[tokio::test]
async fn who_asks_too_fast_is_told_in_twilios_words() {
    let world = World::for_twilio().await.with(|api| {
        api.config.rate_limit = RateLimit {
            per_second: 1,
            burst: 1,
        };
    });
    let program = world.program();
    program.sent(&[]).await;
    let reply = program.post(&[]).await.expect(429);
    assert_eq!(code(&reply), 20_429);
    assert_eq!(reply.header("retry-after"), "1");
}

#[tokio::test]
async fn what_is_not_served_is_not_found_in_twilios_words() {
    let world = World::for_twilio().await;
    let pair = format!("{}:{}", world.program().user, world.ours.send);
    let pair = STANDARD.encode(pair);
    let ask = async |method: &str, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Basic {pair}"))
            .header("content-type", "application/x-www-form-urlencoded");
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form(&[]))
            .finish();
        world.raw(request.body(Body::from(body)).unwrap()).await
    };
    let account = world.program().account;
    let messages = format!("/2010-04-01/Accounts/{account}/Messages");
    for path in [
        format!("/2010-04-01/Accounts/{account}.json"),
        format!("/2010-04-01/Accounts/{account}/Calls.json"),
        format!("{messages}/SM1.json"),
        format!("{messages}/{}", "SM00000000000000000000000000000001"),
        format!("{messages}/SM00000000000000000000000000000001.json"),
        format!("{messages}/%ff.json"),
    ] {
        assert_eq!(code(&ask("GET", &path).await.expect(404)), 20_404, "{path}");
    }
    let deleted = ask("DELETE", &format!("{messages}.json")).await;
    assert_eq!(code(&deleted.expect(405)), 20_004);
}
