use super::world::{Reply, World, account_body};
use async_trait::async_trait;
use axum::{body::Body, http::Request};
use serde_json::json;
use std::sync::Arc;
use tidings_kernel::{AccountId, CallbackId, StoreError, TenantId};
use tidings_messaging::{
    FreeWindowEvent, InboundRecord, Inbox, Message, PutBack, QueryJob, RawCallback, ReceiptEffect,
    ReceiptTarget, ReceiptUpdate, Stored,
};
use time::{Duration, OffsetDateTime};

async fn address(world: &World) -> String {
    let account = world.account().await;
    let url = account.body["callback_url"].as_str().unwrap();
    url.strip_prefix("https://api.example.com")
        .unwrap()
        .to_owned()
}

async fn call(world: &World, path: &str, signature: &str, body: impl Into<Body>) -> Reply {
    let request = Request::post(path)
        .header("host", "evil.example.com")
        .header("x-signature", signature)
        .body(body.into())
        .unwrap();
    world.raw(request).await
}

async fn waiting(world: &World) -> Vec<RawCallback> {
    let now = world.api.clock.now();
    world.memory.claim_callbacks(now).await
}

/// Both `Inbox` and `Dispatch` claim.
trait ClaimCallbacks {
    async fn claim_callbacks(&self, now: OffsetDateTime) -> Vec<RawCallback>;
}

impl<T: Inbox> ClaimCallbacks for T {
    async fn claim_callbacks(&self, now: OffsetDateTime) -> Vec<RawCallback> {
        Inbox::claim(self, 10, now, Duration::minutes(1))
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn an_authentic_callback_is_stored_as_it_came() {
    let world = World::new().await;
    let path = address(&world).await;
    let reply = call(&world, &format!("{path}?a=1&b=%20"), "sesame", "x=%21")
        .await
        .expect(200);
    assert_eq!(reply.text, "");
    let stored = waiting(&world).await;
    assert_eq!(stored.len(), 1);
    let request = &stored[0].request;
    assert_eq!(
        request.url,
        format!("https://api.example.com{path}?a=1&b=%20")
    );
    assert_eq!(request.body, "x=%21");
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("x-signature"), Some("sesame"));
    assert_eq!(stored[0].tenant, world.ours.tenant);
    let signed = world.carrier.urls.lock().unwrap().clone();
    assert_eq!(signed, std::slice::from_ref(&request.url));
}

/// One address serves all numbers of an application: the callback is kept for each account that it tells of.
#[tokio::test]
async fn a_callback_for_several_accounts_is_kept_for_each() {
    let world = World::new().await;
    let path = address(&world).await;
    let mut second = account_body();
    second["credentials"]["account"] = "AC2".into();
    world
        .post("/v1/provider-accounts", second.clone())
        .await
        .expect(201);
    // Of the same name, and signed by somebody else.
    second["credentials"]["token"] = "other".into();
    world
        .post("/v1/provider-accounts", second)
        .await
        .expect(201);
    let call = async |accounts: &str| {
        let request = Request::post(&path)
            .header("x-signature", "sesame")
            .header("x-accounts", accounts)
            .body(Body::from(accounts.to_owned()))
            .unwrap();
        world.raw(request).await
    };
    let kept = async || waiting(&world).await.len();

    call("AC1 AC2").await.expect(200);
    assert_eq!(kept().await, 2);
    call("AC1 AC2").await.expect(200);
    assert_eq!(kept().await, 0, "a repeat was kept");
    call("AC2").await.expect(200);
    assert_eq!(kept().await, 1);
    call("AC3").await.refused(403, "not_authentic");
    assert_eq!(kept().await, 0);
}

#[tokio::test]
async fn a_bad_signature_stores_nothing() {
    let world = World::new().await;
    let path = address(&world).await;
    call(&world, &path, "guess", "x")
        .await
        .refused(403, "not_authentic");
    let unsigned = Request::post(&path).body(Body::from("x")).unwrap();
    world.raw(unsigned).await.refused(403, "not_authentic");
    assert!(waiting(&world).await.is_empty());
}

#[tokio::test]
async fn an_unknown_address_is_not_found() {
    let world = World::new().await;
    let path = address(&world).await;
    call(&world, "/callbacks/carrier/%FF", "sesame", "x")
        .await
        .refused(404, "not_found");
    call(&world, "/callbacks/carrier/nonsense", "sesame", "x")
        .await
        .refused(404, "not_found");
    call(&world, &path.replace("carrier", "twilio"), "sesame", "x")
        .await
        .refused(404, "not_found");
    call(&world, &path.replace("carrier", "nobody"), "sesame", "x")
        .await
        .refused(404, "not_found");
    assert!(waiting(&world).await.is_empty());
}

#[tokio::test]
async fn a_provider_hears_what_its_descriptor_says() {
    let world = World::new().await;
    let mut body = account_body();
    body["provider"] = "twilio".into();
    let account = world.post("/v1/provider-accounts", body).await.expect(201);
    let url = account.body["callback_url"].as_str().unwrap();
    let path = url.strip_prefix("https://api.example.com").unwrap();
    let reply = call(&world, path, "sesame", "x").await.expect(200);
    assert_eq!(reply.header("content-type"), "text/xml; charset=utf-8");
    assert_eq!(reply.text, "<Response/>");
}

#[tokio::test]
async fn a_repeat_is_welcome_and_kept_once() {
    let world = World::new().await;
    let path = address(&world).await;
    call(&world, &path, "sesame", "x").await.expect(200);
    call(&world, &path, "sesame", "x").await.expect(200);
    assert_eq!(waiting(&world).await.len(), 1);
}

#[tokio::test]
async fn the_handshake_is_the_provider_s() {
    let world = World::new().await;
    let path = address(&world).await;
    let get = |query: &str| {
        Request::get(format!("{path}{query}"))
            .body(Body::empty())
            .unwrap()
    };
    let welcome = world
        .raw(get("?challenge=42&verify=sesame"))
        .await
        .expect(200);
    assert_eq!(welcome.text, "42");
    world
        .raw(get("?challenge=42&verify=guess"))
        .await
        .refused(403, "not_authentic");
}

#[tokio::test]
async fn what_is_no_handshake_is_taken_by_get_too() {
    let world = World::new().await;
    let path = address(&world).await;
    let ask = |method: &str, signature: &str| {
        Request::builder()
            .method(method)
            .uri(format!("{path}?id=7&status=delivered"))
            .header("x-signature", signature)
            .body(Body::empty())
            .unwrap()
    };
    world
        .raw(ask("GET", "guess"))
        .await
        .refused(403, "not_authentic");
    assert_eq!(world.raw(ask("HEAD", "sesame")).await.status, 404);
    assert!(waiting(&world).await.is_empty());
    for _ in 0..2 {
        world.raw(ask("GET", "sesame")).await.expect(200);
    }
    let stored = waiting(&world).await;
    assert_eq!(stored.len(), 1);
    let request = &stored[0].request;
    assert_eq!((request.method.as_str(), &*request.body), ("GET", &b""[..]));
    assert_eq!(
        request.url,
        format!("https://api.example.com{path}?id=7&status=delivered")
    );
}

#[tokio::test]
async fn a_callback_may_weigh_five_mebibytes() {
    let world = World::new().await;
    let path = address(&world).await;
    call(&world, &path, "sesame", "x".repeat(5 << 20))
        .await
        .expect(200);
    call(&world, &path, "sesame", "x".repeat((5 << 20) + 1))
        .await
        .refused(413, "body_too_large");
}

/// An inbox that cannot be reached.
struct Away;

fn away() -> StoreError {
    StoreError::unavailable("away")
}

#[async_trait]
impl Inbox for Away {
    async fn store(&self, _: &RawCallback) -> Result<Stored, StoreError> {
        Err(away())
    }

    async fn claim(
        &self,
        _: u16,
        _: OffsetDateTime,
        _: Duration,
    ) -> Result<Vec<RawCallback>, StoreError> {
        Err(away())
    }

    async fn apply(&self, _: &[ReceiptUpdate]) -> Result<Vec<Option<ReceiptEffect>>, StoreError> {
        Err(away())
    }

    async fn subject(&self, _: &ReceiptTarget) -> Result<Option<Message>, StoreError> {
        Err(away())
    }

    async fn receive(&self, _: &InboundRecord) -> Result<bool, StoreError> {
        Err(away())
    }

    async fn open_free_window(
        &self,
        _: TenantId,
        _: AccountId,
        _: &FreeWindowEvent,
    ) -> Result<(), StoreError> {
        Err(away())
    }

    async fn finish(&self, _: &[CallbackId], _: OffsetDateTime) -> Result<(), StoreError> {
        Err(away())
    }

    async fn put_back(&self, _: &[PutBack]) -> Result<(), StoreError> {
        Err(away())
    }

    async fn overdue(
        &self,
        _: u16,
        _: OffsetDateTime,
        _: OffsetDateTime,
        _: u32,
    ) -> Result<Vec<QueryJob>, StoreError> {
        Err(away())
    }

    async fn wait(&self, seen: u64, _: Duration) -> u64 {
        seen
    }
}

#[tokio::test]
async fn a_callback_that_was_not_stored_is_to_be_sent_again() {
    let world = World::new().await;
    let path = address(&world).await;
    let world = world.with(|api| api.inbox = Arc::new(Away));
    call(&world, &path, "sesame", "x")
        .await
        .refused(503, "unavailable");
}

#[tokio::test]
async fn a_disabled_account_still_hears_its_provider() {
    let world = World::new().await;
    let account = world.account().await;
    let path = format!("/v1/provider-accounts/{}", account.id());
    world
        .patch(&path, json!({"enabled": false}))
        .await
        .expect(200);
    let url = account.body["callback_url"].as_str().unwrap();
    let path = url.strip_prefix("https://api.example.com").unwrap();
    call(&world, path, "sesame", "x").await.expect(200);
}
