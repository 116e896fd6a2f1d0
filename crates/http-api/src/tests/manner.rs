use super::world::{Health, NOW, World};
use crate::RateLimit;
use async_trait::async_trait;
use axum::{body::Body, http::Request};
use serde_json::json;
use std::sync::Arc;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{ApiKey, Tenant, Tenants};
use time::Duration;

#[tokio::test]
async fn a_problem_has_its_shape() {
    let world = World::new().await;
    let reply = world
        .post("/v1/contacts", json!({"fist_name": "Ana"}))
        .await;
    insta::assert_json_snapshot!(reply.body, {".request_id" => insta::dynamic_redaction(|id, _| {
        assert!(id.as_str().unwrap().starts_with("req_"));
        "[request]"
    })}, @r##"
    {
      "code": "unknown_field",
      "detail": "/fist_name: unknown field `fist_name`, expected one of `first_name`, `last_name`, `phone`, `whatsapp_phone`, `email`, `region`, `locale`, `time_zone`, `external_id`, `attributes`, `tags`",
      "errors": [
        {
          "code": "unknown_field",
          "detail": "unknown field `fist_name`, expected one of `first_name`, `last_name`, `phone`, `whatsapp_phone`, `email`, `region`, `locale`, `time_zone`, `external_id`, `attributes`, `tags`",
          "pointer": "/fist_name"
        }
      ],
      "request_id": "[request]",
      "status": 422,
      "title": "The request has an unknown field",
      "type": "https://api.example.com/docs#unknown_field"
    }
    "##);
}

#[tokio::test]
async fn nobody_comes_in_without_a_valid_key() {
    let world = World::new().await;
    let reply = world
        .raw(Request::get("/v1/contacts").body(Body::empty()).unwrap())
        .await;
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    reply.refused(401, "unauthenticated");
    world
        .get_as("tk_unknown", "/v1/contacts")
        .await
        .refused(401, "unauthenticated");
    world
        .get_as(&world.ours.read.to_uppercase(), "/v1/contacts")
        .await
        .refused(401, "unauthenticated");
    world.get("/v1/contacts").await.expect(200);
}

#[tokio::test]
async fn a_revoked_or_expired_key_is_no_key() {
    let world = World::new().await;
    let hash = crate::key_hash(&world.ours.read);
    let key = world.memory.find_key(hash).await.unwrap().unwrap();
    let expiring = ApiKey {
        expires_at: Some(NOW + Duration::hours(1)),
        ..key.clone()
    };
    world.memory.put_key(&expiring).await.unwrap();
    world.get("/v1/contacts").await.expect(200);
    world.clock.advance(Duration::hours(1));
    world
        .get("/v1/contacts")
        .await
        .refused(401, "unauthenticated");
    let revoked = ApiKey {
        revoked_at: Some(NOW),
        ..key
    };
    world.memory.put_key(&revoked).await.unwrap();
    world
        .get("/v1/contacts")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_scope_allows_what_is_weaker_and_nothing_stronger() {
    let world = World::new().await;
    let keys = &world.ours;
    let path = "/v1/messages";
    let detail = world
        .post_as(&keys.read, path, json!({}))
        .await
        .refused(403, "forbidden");
    assert!(detail["detail"].as_str().unwrap().contains("send"));
    world
        .post_as(&keys.send, path, json!({}))
        .await
        .refused(422, "invalid_request");
    world
        .post_as(&keys.send, "/v1/contacts", json!({}))
        .await
        .refused(403, "forbidden");
    world
        .post_as(&keys.manage, "/v1/contacts", json!({}))
        .await
        .expect(201);
    let body = super::world::account_body();
    world
        .post_as(&keys.manage, "/v1/provider-accounts", body.clone())
        .await
        .refused(403, "forbidden");
    world
        .post_as(&keys.admin, "/v1/provider-accounts", body)
        .await
        .expect(201);
    world
        .post_as(&keys.manage, "/v1/templates", json!({}))
        .await
        .refused(422, "invalid_request");
    world
        .post_as(&keys.send, "/v1/templates", json!({}))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let world = World::new().await;
    world.get("/v1/nothing").await.refused(404, "not_found");
    world
        .get("/v1/contacts/con_x")
        .await
        .refused(404, "not_found");
    world
        .get("/v1/contacts/msg_01h2xcejqtf2nbrexx3vqjhp41")
        .await
        .refused(404, "not_found");
    world
        .post("/v1/providers", json!({}))
        .await
        .refused(405, "method_not_allowed");
    world
        .delete("/v1/contacts")
        .await
        .refused(405, "method_not_allowed");
}

#[tokio::test]
async fn a_body_is_json_of_bounded_size() {
    let world = World::new().await;
    let post = |kind: &str, body: String| {
        Request::post("/v1/contacts")
            .header("authorization", format!("Bearer {}", world.ours.admin))
            .header("content-type", kind)
            .body(Body::from(body))
            .unwrap()
    };
    let ok = world
        .raw(post("application/json; charset=utf-8", "{}".into()))
        .await;
    ok.expect(201);
    let reply = world.raw(post("text/plain", "{}".into())).await;
    reply.refused(415, "unsupported_media_type");
    let reply = world
        .raw(post("application/json", " ".repeat((1 << 20) + 1)))
        .await;
    assert_eq!(reply.headers["connection"], "close");
    reply.refused(413, "body_too_large");
    let reply = world.raw(post("application/json", "{".into())).await;
    let problem = reply.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "invalid_json");
    let reply = world
        .raw(post(
            "application/json",
            r#"{"first_name":"\u0000"}"#.into(),
        ))
        .await;
    reply.refused(422, "invalid_request");
}

#[tokio::test]
async fn an_unknown_parameter_is_refused() {
    let world = World::new().await;
    let problem = world
        .get("/v1/messages?stauts=sent")
        .await
        .refused(422, "unknown_field");
    assert_eq!(problem["errors"][0]["pointer"], "?stauts");
    let problem = world
        .get("/v1/messages?status=snt")
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "?status");
}

#[tokio::test]
async fn who_asks_too_fast_waits() {
    let world = World::new().await.with(|api| {
        api.config.rate_limit = RateLimit {
            per_second: 1,
            burst: 2,
        };
    });
    let first = world.get("/v1/contacts").await.expect(200);
    assert_eq!(first.header("ratelimit-limit"), "2");
    assert_eq!(first.header("ratelimit-remaining"), "1");
    assert_eq!(first.header("ratelimit-reset"), "1");
    world.get("/v1/contacts").await.expect(200);
    let refused = world.get("/v1/contacts").await;
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    refused.refused(429, "rate_limited");
    world
        .get_as(&world.ours.send, "/v1/contacts")
        .await
        .expect(200);
    world.clock.advance(Duration::seconds(1));
    world.get("/v1/contacts").await.expect(200);
}

#[tokio::test]
async fn health_tells_life_from_work() {
    let world = World::new().await;
    world.get_as("", "/healthz").await.expect(200);
    let ready = world.get_as("", "/readyz").await.expect(200);
    assert_eq!(ready.body["parts"][0]["name"], "database");
    let world = world.with(|api| api.ready = Arc::new(Health::Ill));
    let ill = world.get_as("", "/readyz").await.expect(503);
    assert_eq!(ill.body["status"], "not_ready");
    assert_eq!(ill.body["parts"][1]["ok"], false);
    world.get_as("", "/healthz").await.expect(200);
}

#[tokio::test]
async fn a_request_that_hangs_is_answered() {
    let world = World::new().await.with(|api| {
        api.ready = Arc::new(Health::Stuck);
        api.config.timeout = Duration::milliseconds(1);
    });
    let reply = world.get_as("", "/readyz").await;
    assert_eq!(reply.header("retry-after"), "1");
    reply.refused(503, "timeout");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_tells_nothing() {
    let world = World::new()
        .await
        .with(|api| api.ready = Arc::new(Health::Panics));
    let problem = world
        .get_as("", "/readyz")
        .await
        .refused(500, "internal_error");
    assert_eq!(problem["detail"], "internal error");
    assert!(!problem.to_string().contains("secret"));
}

/// A store that fails in the given way.
struct Broken(fn() -> StoreError);

#[async_trait]
impl Tenants for Broken {
    async fn put(&self, _: &Tenant) -> Result<(), StoreError> {
        Err(self.0())
    }

    async fn change(&self, _: &Tenant, _: &Tenant) -> Result<bool, StoreError> {
        Err(self.0())
    }

    async fn get(&self, _: TenantId) -> Result<Option<Tenant>, StoreError> {
        Err(self.0())
    }

    async fn list(&self) -> Result<Vec<Tenant>, StoreError> {
        Err(self.0())
    }

    async fn put_key(&self, _: &ApiKey) -> Result<(), StoreError> {
        Err(self.0())
    }

    async fn keys(&self, _: TenantId) -> Result<Vec<ApiKey>, StoreError> {
        Err(self.0())
    }

    async fn find_key(&self, _: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        Err(self.0())
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_503_and_one_that_makes_no_sense_500() {
    let away = || StoreError::unavailable("connection refused by 192.0.2.1");
    let world = World::new()
        .await
        .with(|api| api.tenants = Arc::new(Broken(away)));
    let reply = world.get("/v1/contacts").await;
    assert_eq!(reply.header("retry-after"), "1");
    let problem = reply.refused(503, "unavailable");
    assert!(!problem.to_string().contains("192.0.2.1"));
    let odd = || StoreError::inconsistent("api_keys.scope of key_1");
    let world = world.with(|api| api.tenants = Arc::new(Broken(odd)));
    let problem = world
        .get("/v1/contacts")
        .await
        .refused(500, "internal_error");
    assert!(!problem.to_string().contains("api_keys"));
}
