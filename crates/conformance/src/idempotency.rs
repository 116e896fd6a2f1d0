use crate::{
    Stores,
    fixtures::NOW,
    works::Works,
    world::{World, answer},
};
use tidings_kernel::Ids;
use tidings_messaging::{Answer, Begun, IdempotencyKey};
use time::{Duration, OffsetDateTime};

const BODY: [u8; 32] = [1; 32];

/// Panics unless `stores.idempotency` keeps every promise of
/// [`Idempotency`](tidings_messaging::Idempotency).
pub async fn idempotency(stores: &Stores) {
    let world = World::new(stores, 2);
    a_request_under_way_is_not_begun_again(&world).await;
    an_answer_is_repeated(&world).await;
    another_body_is_refused(&world).await;
    keys_of_tenants_and_endpoints_never_meet(&world).await;
    a_request_is_taken_over_after_a_minute(&world).await;
    whoever_was_taken_over_cannot_finish(&world).await;
    whoever_was_taken_over_cannot_abandon(&world).await;
    what_was_abandoned_can_be_made_again(&world).await;
    an_answer_is_not_abandoned(&world).await;
    an_answer_is_kept_for_a_day(&world).await;
    what_is_older_than_a_day_is_swept(&world).await;
}

async fn begin(world: &World<'_>, key: &IdempotencyKey, at: OffsetDateTime) -> Begun {
    world
        .stores
        .idempotency
        .begin(key, BODY, world.ids.next(), at)
        .await
        .works()
}

async fn finished(world: &World<'_>) -> Answer {
    let answer = world.answer(world.tenant().await).await;
    world.stores.idempotency.finish(&answer).await.works();
    answer
}

async fn a_request_under_way_is_not_begun_again(world: &World<'_>) {
    let answer = world.answer(world.tenant().await).await;
    for seconds in [0, 59] {
        let begun = begin(world, &answer.key, NOW + Duration::seconds(seconds)).await;
        assert_eq!(
            begun,
            Begun::InProgress,
            "Idempotency::begin: the first request is still being worked on"
        );
    }
}

async fn an_answer_is_repeated(world: &World<'_>) {
    let answer = finished(world).await;
    for _ in 0..2 {
        let begun = begin(world, &answer.key, NOW).await;
        let expected = Begun::Answered(answer.answer.clone());
        assert_eq!(begun, expected, "Idempotency::begin: it has been answered");
    }
}

async fn another_body_is_refused(world: &World<'_>) {
    let under_way = world.answer(world.tenant().await).await;
    for key in [under_way.key, finished(world).await.key] {
        let begun = world
            .stores
            .idempotency
            .begin(&key, [2; 32], world.ids.next(), NOW)
            .await
            .works();
        assert_eq!(
            begun,
            Begun::Reused,
            "Idempotency::begin: it was used with another body"
        );
    }
}

async fn keys_of_tenants_and_endpoints_never_meet(world: &World<'_>) {
    let used = finished(world).await.key;
    let tenant = IdempotencyKey {
        tenant: world.tenant().await,
        ..used.clone()
    };
    let endpoint = IdempotencyKey {
        endpoint: "POST /v1/others".into(),
        ..used
    };
    for key in [tenant, endpoint] {
        let begun = begin(world, &key, NOW).await;
        let is_fresh = matches!(begun, Begun::Fresh { .. });
        assert!(
            is_fresh,
            "IdempotencyKey: keys of different tenants and endpoints never meet"
        );
    }
}

async fn a_request_is_taken_over_after_a_minute(world: &World<'_>) {
    let answer = world.answer(world.tenant().await).await;
    let claim = world.ids.next();
    let later = NOW + Duration::seconds(61);
    let begun = world
        .stores
        .idempotency
        .begin(&answer.key, BODY, claim, later)
        .await
        .works();
    let sentence = "Idempotency::begin: a request begun more than 60 seconds ago is taken over";
    assert_eq!(begun, Begun::Fresh { claim }, "{sentence}");
    let again = begin(world, &answer.key, later + Duration::SECOND).await;
    assert_eq!(again, Begun::InProgress, "{sentence}, once");
}

async fn whoever_was_taken_over_cannot_finish(world: &World<'_>) {
    let lost = world.lost_answer(world.tenant().await).await;
    world.stores.idempotency.finish(&lost).await.works();
    let begun = begin(world, &lost.key, NOW + Duration::seconds(62)).await;
    let sentence = "Idempotency::finish: does nothing if the key was taken over";
    assert_eq!(begun, Begun::InProgress, "{sentence}");
}

async fn whoever_was_taken_over_cannot_abandon(world: &World<'_>) {
    let lost = world.lost_answer(world.tenant().await).await;
    world
        .stores
        .idempotency
        .abandon(&lost.key, lost.claim)
        .await
        .works();
    let begun = begin(world, &lost.key, NOW + Duration::seconds(62)).await;
    let sentence = "Idempotency::abandon: forgets the request of this claim only";
    assert_eq!(begun, Begun::InProgress, "{sentence}");
}

async fn what_was_abandoned_can_be_made_again(world: &World<'_>) {
    let under_way = world.answer(world.tenant().await).await;
    world
        .stores
        .idempotency
        .abandon(&under_way.key, under_way.claim)
        .await
        .works();
    let claim = world.ids.next();
    let begun = world
        .stores
        .idempotency
        .begin(&under_way.key, [2; 32], claim, NOW)
        .await
        .works();
    let sentence = "Idempotency::abandon: forgets a request, so that it can be made again";
    assert_eq!(begun, Begun::Fresh { claim }, "{sentence}");
    world
        .stores
        .idempotency
        .finish(&answer(under_way.key.clone(), claim))
        .await
        .works();
}

async fn an_answer_is_not_abandoned(world: &World<'_>) {
    let answer = finished(world).await;
    world
        .stores
        .idempotency
        .abandon(&answer.key, answer.claim)
        .await
        .works();
    let sentence = "Idempotency::abandon: forgets what could not be answered, not an answer";
    assert!(world.is_answered(&answer).await, "{sentence}");
}

async fn an_answer_is_kept_for_a_day(world: &World<'_>) {
    let answer = finished(world).await;
    let sentence = "Idempotency::begin: answers are kept for 24 hours";
    let within = begin(
        world,
        &answer.key,
        NOW + Duration::hours(24) - Duration::SECOND,
    )
    .await;
    assert_eq!(within, Begun::Answered(answer.answer.clone()), "{sentence}");
    let after = begin(
        world,
        &answer.key,
        NOW + Duration::hours(24) + Duration::SECOND,
    )
    .await;
    assert!(matches!(after, Begun::Fresh { .. }), "{sentence}");
}

async fn what_is_older_than_a_day_is_swept(world: &World<'_>) {
    let answer = finished(world).await;
    let sentence =
        "Idempotency::sweep: forgets requests begun more than 24 hours ago, and no others";
    let store = &world.stores.idempotency;
    store
        .sweep(NOW + Duration::hours(24) - Duration::SECOND)
        .await
        .works();
    assert!(world.is_answered(&answer).await, "{sentence}");
    let swept = store.sweep(NOW + Duration::hours(25)).await.works();
    assert!(swept >= 1, "{sentence}: and says how many");
    assert_eq!(
        store.sweep(NOW + Duration::hours(25)).await.works(),
        0,
        "{sentence}"
    );
}
