use super::world::{World, account_body};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Arc;
use tidings_kernel::{ContactId, StoreError, TenantId};
use tidings_messaging::{Answer, Begun, Contact, Contacts, Erasure, Idempotency, IdempotencyKey};
use tidings_messaging::{
    ContactError, ContactFilter, FactStore, FactsQuery, Known, Page, Paged, Preferences,
    Suppression, Tenant,
};
use time::{Duration, OffsetDateTime};

fn message(contact: &str) -> Value {
    json!({"to": {"contact_id": contact}, "channel": "sms", "purpose": "transactional", "text": "Hi Ana"})
}

async fn count(world: &World, path: &str) -> usize {
    world.get(path).await.body["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_no_second_effect() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let first = world
        .once("/v1/messages", "k", message(&contact))
        .await
        .expect(202);
    assert_eq!(first.header("idempotent-replay"), "");
    world.clock.advance(Duration::hours(23));
    let again = world
        .once("/v1/messages", "k", message(&contact))
        .await
        .expect(202);
    assert_eq!(again.header("idempotent-replay"), "true");
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(count(&world, "/v1/messages").await, 1);
}

#[tokio::test]
async fn every_post_that_creates_is_repeatable() {
    let world = World::new().await;
    let contact = world.contact().await;
    let template = json!({"name": "a", "channel": "sms", "purpose": "reminder", "variants": [{"locale": "en", "text": "x"}]});
    let consent =
        json!({"action": "opt_in", "channels": "all", "purposes": "all", "method": "manual"});
    for (path, body) in [
        ("/v1/contacts".to_owned(), json!({"first_name": "Bo"})),
        (format!("/v1/contacts/{contact}/consent"), consent),
        ("/v1/provider-accounts".to_owned(), account_body()),
        ("/v1/templates".to_owned(), template),
    ] {
        let first = world.once(&path, "k", body.clone()).await.expect(201);
        let again = world.once(&path, "k", body).await.expect(201);
        assert_eq!(again.header("idempotent-replay"), "true", "{path}");
        assert_eq!(again.body, first.body);
    }
    assert_eq!(count(&world, "/v1/contacts").await, 2);
    assert_eq!(count(&world, "/v1/provider-accounts").await, 1);
}

#[tokio::test]
async fn a_key_with_another_body_is_refused() {
    let world = World::new().await;
    world
        .once("/v1/contacts", "k", json!({"first_name": "Ana"}))
        .await
        .expect(201);
    let other = world
        .once("/v1/contacts", "k", json!({"first_name": "Bo"}))
        .await;
    other.refused(422, "idempotency_key_reused");
    // The same body about another thing is another request.
    let (a, b) = (world.contact().await, world.contact().await);
    let consent =
        json!({"action": "opt_out", "channels": "all", "purposes": "all", "method": "manual"});
    world
        .once(&format!("/v1/contacts/{a}/consent"), "c", consent.clone())
        .await
        .expect(201);
    let other = world
        .once(&format!("/v1/contacts/{b}/consent"), "c", consent)
        .await;
    other.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_refusal_is_remembered() {
    let world = World::new().await;
    let contact = world.contact().await;
    let first = world.once("/v1/messages", "k", message(&contact)).await;
    let first = first.refused(422, "no_route");
    world.account().await;
    let again = world
        .once("/v1/messages", "k", message(&contact))
        .await
        .expect(422);
    assert_eq!(again.header("idempotent-replay"), "true");
    assert_eq!(again.header("content-type"), "application/problem+json");
    assert_eq!(again.body, first);
    world
        .once("/v1/messages", "other", message(&contact))
        .await
        .expect(202);
}

#[tokio::test]
async fn a_message_that_the_gate_refused_is_stored_once() {
    let world = World::new().await;
    world.account().await;
    let contact = world
        .post("/v1/contacts", json!({"phone": "+12025550123"}))
        .await
        .expect(201);
    let mut body = message(contact.id());
    body["purpose"] = "marketing".into();
    let first = world
        .once("/v1/messages", "k", body.clone())
        .await
        .refused(422, "blocked");
    let again = world.once("/v1/messages", "k", body).await.expect(422);
    assert_eq!(again.body, first);
    assert_eq!(count(&world, "/v1/messages").await, 1);
}

#[tokio::test]
async fn a_dry_run_is_not_remembered() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let mut body = message(&contact);
    body["dry_run"] = true.into();
    world
        .once("/v1/messages", "k", body.clone())
        .await
        .expect(200);
    let again = world.once("/v1/messages", "k", body).await.expect(200);
    assert_eq!(again.header("idempotent-replay"), "");
    world
        .once("/v1/messages", "k", message(&contact))
        .await
        .expect(202);
}

#[tokio::test]
async fn keys_of_tenants_and_endpoints_never_meet() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    world.once("/v1/contacts", "k", json!({})).await.expect(201);
    world
        .once("/v1/messages", "k", message(&contact))
        .await
        .expect(202);
    let begun = world
        .memory
        .begin(
            &IdempotencyKey {
                tenant: world.theirs.tenant,
                endpoint: "POST /v1/contacts".into(),
                key: "k".into(),
            },
            [0; 32],
            world.api.ids.next(),
            world.api.clock.now(),
        )
        .await
        .unwrap();
    assert!(matches!(begun, Begun::Fresh { .. }));
}

#[tokio::test]
async fn a_request_that_is_still_running_is_not_begun_again() {
    let world = World::new().await;
    let store = Arc::new(Busy);
    let world = world.with(|api| api.idempotency = store);
    let reply = world.once("/v1/contacts", "k", json!({})).await;
    assert_eq!(reply.header("retry-after"), "1");
    reply.refused(409, "request_in_progress");
    assert_eq!(count(&world, "/v1/contacts").await, 0);
}

#[tokio::test]
async fn a_key_has_1_to_255_characters() {
    let world = World::new().await;
    for key in [String::new(), "x".repeat(256)] {
        let problem = world
            .once("/v1/contacts", &key, json!({}))
            .await
            .refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["code"], "invalid_idempotency_key");
    }
    world
        .once("/v1/contacts", &"x".repeat(255), json!({}))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_failure_of_ours_is_not_remembered() {
    let world = World::new().await;
    let memory = Arc::clone(&world.memory);
    let world = world.with(|api| api.contacts = Arc::new(Away));
    world
        .once("/v1/contacts", "k", json!({}))
        .await
        .refused(503, "unavailable");
    let world = world.with(|api| api.contacts = memory);
    let made = world.once("/v1/contacts", "k", json!({})).await.expect(201);
    assert_eq!(made.header("idempotent-replay"), "");
}

/// Somebody else is at work on every key.
struct Busy;

#[async_trait]
impl Idempotency for Busy {
    async fn begin(
        &self,
        _: &IdempotencyKey,
        _: [u8; 32],
        _: uuid::Uuid,
        _: OffsetDateTime,
    ) -> Result<Begun, StoreError> {
        Ok(Begun::InProgress)
    }

    async fn finish(&self, _: &Answer) -> Result<(), StoreError> {
        Ok(())
    }

    async fn abandon(&self, _: &IdempotencyKey, _: uuid::Uuid) -> Result<(), StoreError> {
        Ok(())
    }

    async fn sweep(&self, _: OffsetDateTime) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// Stores that cannot be reached.
pub(super) struct Away;

fn away() -> StoreError {
    StoreError::unavailable("away")
}

#[async_trait]
impl Contacts for Away {
    async fn tenant(&self, _: TenantId) -> Result<Option<Tenant>, StoreError> {
        Err(away())
    }

    async fn create(&self, _: &Contact, _: Option<&Answer>) -> Result<(), ContactError> {
        Err(away().into())
    }

    async fn create_many(&self, _: TenantId, _: &[Contact]) -> Result<(), ContactError> {
        Err(away().into())
    }

    async fn holders(
        &self,
        _: TenantId,
        _: &[tidings_messaging::Address],
    ) -> Result<Vec<Vec<Contact>>, StoreError> {
        Err(away())
    }

    async fn update(&self, _: &Contact) -> Result<bool, ContactError> {
        Err(away().into())
    }

    async fn get(&self, _: TenantId, _: ContactId) -> Result<Option<Contact>, StoreError> {
        Err(away())
    }

    async fn get_many(&self, _: TenantId, _: &[ContactId]) -> Result<Vec<Contact>, StoreError> {
        Err(away())
    }

    async fn list(
        &self,
        _: TenantId,
        _: &ContactFilter,
        _: Page,
    ) -> Result<Paged<Contact>, StoreError> {
        Err(away())
    }

    async fn preferences(
        &self,
        _: TenantId,
        _: ContactId,
    ) -> Result<Option<Preferences>, StoreError> {
        Err(away())
    }

    async fn merge(
        &self,
        _: TenantId,
        _: &tidings_messaging::Merge,
    ) -> Result<tidings_messaging::Merging, StoreError> {
        Err(away())
    }

    async fn merged_into(
        &self,
        _: TenantId,
        _: ContactId,
    ) -> Result<Option<ContactId>, StoreError> {
        Err(away())
    }

    async fn merged_from(&self, _: TenantId, _: ContactId) -> Result<Vec<ContactId>, StoreError> {
        Err(away())
    }

    async fn set_preferences(
        &self,
        _: TenantId,
        _: ContactId,
        _: &Preferences,
        _: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        Err(away())
    }

    async fn erase(
        &self,
        _: TenantId,
        _: ContactId,
        _: &[(tidings_messaging::Address, tidings_kernel::Channel)],
        _: OffsetDateTime,
    ) -> Result<Erasure, StoreError> {
        Err(away())
    }
}

#[async_trait]
impl FactStore for Away {
    async fn load(
        &self,
        _: &[FactsQuery],
        _: OffsetDateTime,
    ) -> Result<Vec<Option<Known>>, StoreError> {
        Err(away())
    }

    async fn suppressions(
        &self,
        _: TenantId,
        _: &tidings_messaging::Address,
    ) -> Result<Vec<Suppression>, StoreError> {
        Err(away())
    }
}
