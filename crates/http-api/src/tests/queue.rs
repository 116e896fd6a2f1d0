use super::{
    messages::{message, send, with},
    world::World,
};
use serde_json::json;
use tidings_kernel::{MessageId, TenantId};
use tidings_messaging::{Class, Dispatch, Line, Operations, Settlement, Share};
use tidings_routing::{Class as ErrorClass, ErrorTable};
use time::Duration;

/// Claims the one message that waits, and has it fail for good.
async fn fail(world: &World) -> MessageId {
    let (memory, now) = (&*world.memory, world.api.clock.now());
    let lanes = memory.ready(&Class::ALL, now).await.unwrap().lanes;
    let share = Share {
        lane: lanes[0].id,
        class: lanes[0].class,
        most: 1,
    };
    let claims = memory.claim(&[share], now, Duration::MINUTE).await.unwrap();
    let failed = Settlement::Failed {
        attempt: None,
        error: ErrorTable::new(&[]).explain("21211", "not a number", ErrorClass::Recipient),
        decision: None,
    };
    let held = claims[0].held;
    memory.settle(&[(held, failed)], now).await.unwrap();
    held.message
}

async fn pause(world: &World, tenant: TenantId) {
    let now = world.api.clock.now();
    assert!(world.memory.pause(Line::Tenant(tenant), now).await.unwrap());
}

#[tokio::test]
async fn a_tenant_sees_what_waits_of_its_own() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    send(&world, message(&contact)).await.expect(202);
    let later = with(
        message(&contact),
        "scheduled_at",
        json!("2026-07-15T18:00:00Z"),
    );
    send(&world, later).await.expect(202);
    let stats = world.get("/v1/queue/stats").await.expect(200).body;
    let classes: Vec<_> = stats["classes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|depth| depth["ready"]["count"] != 0 || depth["asleep"]["count"] != 0)
        .collect();
    assert_eq!(classes.len(), 1, "{stats}");
    let one = json!({"count": 1, "precision": "exact"});
    assert_eq!(classes[0]["ready"], one);
    assert_eq!(classes[0]["asleep"], one);
    assert_eq!(classes[0]["oldest_at"], "2026-07-15T15:00:00Z");
    assert_eq!(stats["paused_at"], json!(null));
    let theirs = world
        .get_as(&world.theirs.read, "/v1/queue/stats")
        .await
        .expect(200)
        .body;
    let none = json!({"count": 0, "precision": "exact"});
    for depth in theirs["classes"].as_array().unwrap() {
        assert_eq!(depth["ready"], none, "{theirs}");
    }
}

#[tokio::test]
async fn a_tenant_sees_that_it_is_paused() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    send(&world, message(&contact)).await.expect(202);
    pause(&world, world.ours.tenant).await;
    let stats = world.get("/v1/queue/stats").await.expect(200).body;
    assert_eq!(stats["paused_at"], "2026-07-15T15:00:00Z");
    let depths = stats["classes"].as_array().unwrap();
    let paused: u64 = depths
        .iter()
        .map(|depth| depth["paused"]["count"].as_u64().unwrap())
        .sum();
    assert_eq!(paused, 1, "{stats}");
}

#[tokio::test]
async fn dead_letters_are_explained_and_can_be_sent_again() {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    send(&world, message(&contact)).await.expect(202);
    let id = fail(&world).await;
    let list = world.get("/v1/dead-letters").await.expect(200).body;
    let letter = &list["data"][0];
    assert_eq!(letter["message_id"], id.to_string());
    assert_eq!(letter["error"]["class"], "recipient");
    assert_eq!(letter["error"]["code"], "21211");
    assert_eq!(letter["error"]["detail"], "not a number");
    assert_eq!(letter["error"]["advice"], ErrorClass::Recipient.advice());
    world
        .get(letter["links"]["explain"].as_str().unwrap())
        .await
        .expect(200);
    let theirs = world.get_as(&world.theirs.read, "/v1/dead-letters").await;
    assert_eq!(theirs.expect(200).body["data"], json!([]));
    assert_eq!(letter["may_retry"], letter["links"]["retry"].is_string());
    let stats = world.get("/v1/queue/stats").await.expect(200).body;
    assert_eq!(stats["dead_letters"]["count"], 1);
    world
        .get("/v1/dead-letters?limit=0")
        .await
        .refused(422, "invalid_request");
}
