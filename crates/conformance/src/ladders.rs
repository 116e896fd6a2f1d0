use crate::{
    Stores,
    fixtures::NOW,
    works::Works,
    world::{World, error},
};
use tidings_kernel::{Channel, MessageId, TenantId};
use tidings_messaging::{
    AcceptError, Fallback, HeldLadder, LadderRest, LadderStep, Message, NewMessage, Settlement,
};
use tidings_routing::Class as ErrorClass;
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.ladders` keeps every promise of [`Ladders`](tidings_messaging::Ladders).
pub async fn ladders(stores: &Stores) {
    let world = World::new(stores, 16);
    a_chain_begins_with_its_message(&world).await;
    it_is_held_by_one(&world).await;
    a_place_is_taken_once(&world).await;
    news_make_it_due(&world).await;
    a_channel_can_be_left_out(&world).await;
}

const LEASE: Duration = Duration::MINUTE;

fn fallback() -> Fallback {
    Fallback {
        channels: vec![Channel::Whatsapp, Channel::Email],
        on_failed: true,
        after: Some(Duration::minutes(5)),
    }
}

async fn begun(world: &World<'_>) -> Message {
    let (contact, _) = world.people().await;
    let new = NewMessage {
        ladder: Some(LadderStep::Begins(fallback())),
        ..world.new_message(&contact)
    };
    world.stores.messages.accept(&new, None).await.works();
    new.message
}

/// What is due of a tenant.
async fn claim(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Vec<HeldLadder> {
    let all = world.stores.ladders.claim(1_000, now, LEASE).await.works();
    all.into_iter()
        .filter(|held| held.ladder.tenant == tenant)
        .collect()
}

async fn only(world: &World<'_>, message: &Message, now: OffsetDateTime) -> HeldLadder {
    let mut held = claim(world, message.tenant, now).await;
    assert_eq!(held.len(), 1, "Ladders::claim: what is due, once");
    held.remove(0)
}

async fn a_chain_begins_with_its_message(world: &World<'_>) {
    let message = begun(world).await;
    let held = only(world, &message, NOW).await;
    let sentence = "Ladders: a chain begins with the message that it was taken in with";
    assert_eq!(held.ladder.first, message.id, "{sentence}");
    assert_eq!(held.ladder.fallback, fallback(), "{sentence}");
    assert_eq!(held.messages, [message.id], "{sentence}");
    assert_eq!(held.left, [Channel::Whatsapp, Channel::Email], "{sentence}");
    let ladders = &world.stores.ladders;
    let view = ladders.of_message(message.tenant, message.id).await.works();
    assert_eq!(
        view.map(|view| view.messages),
        Some(vec![message.id]),
        "{sentence}"
    );
    let stranger = world.tenant().await;
    let none = ladders.of_message(stranger, message.id).await.works();
    assert_eq!(none, None, "Ladders::of_message: of its tenant alone");
}

async fn it_is_held_by_one(world: &World<'_>) {
    let message = begun(world).await;
    let first = only(world, &message, NOW).await;
    assert_eq!(
        claim(world, message.tenant, NOW).await,
        [],
        "Ladders::claim: nobody else gets it before its lease is over"
    );
    let later = NOW + LEASE;
    let second = only(world, &message, later).await;
    let ladders = &world.stores.ladders;
    ladders.rest(&first, LadderRest::Over).await.works();
    ladders.skip(&first).await.works();
    let until = later + Duration::minutes(5);
    ladders
        .rest(&second, LadderRest::Until(until))
        .await
        .works();
    let sentence = "Ladders::rest: whoever has lost it changes nothing";
    assert_eq!(
        claim(world, message.tenant, until - Duration::SECOND).await,
        [],
        "{sentence}"
    );
    let third = only(world, &message, until).await;
    assert_eq!(third.left.len(), 2, "{sentence}");
    ladders.rest(&third, LadderRest::Over).await.works();
    let end = until + Duration::DAY;
    assert_eq!(
        claim(world, message.tenant, end).await,
        [],
        "Ladders::rest: what is over"
    );
    let view = ladders.of_message(message.tenant, message.id).await.works();
    assert_eq!(
        view.map(|view| view.is_over),
        Some(true),
        "Ladders::of_message"
    );
}

fn next(world: &World<'_>, message: &Message, rung: u8) -> NewMessage {
    let contact = crate::fixtures::contact(message.tenant, message.contact, 1);
    NewMessage {
        ladder: Some(LadderStep::Continues {
            first: message.id,
            rung,
            left: vec![Channel::Email],
        }),
        ..world.new_message(&contact)
    }
}

async fn a_place_is_taken_once(world: &World<'_>) {
    let message = begun(world).await;
    let second = next(world, &message, 1);
    let messages = &world.stores.messages;
    messages.accept(&second, None).await.works();
    let again = next(world, &message, 1);
    let refused = messages.accept(&again, None).await;
    let sentence = "Messages::accept: a place of a chain has one message";
    assert!(matches!(refused, Err(AcceptError::Store(_))), "{sentence}");
    let found = messages.get(message.tenant, again.message.id).await.works();
    assert!(
        found.is_none(),
        "{sentence}, and nothing of another is stored"
    );
    let held = only(world, &message, NOW).await;
    let ids: [MessageId; 2] = [message.id, second.message.id];
    assert_eq!(held.messages, ids, "{sentence}");
    assert_eq!(held.left, [Channel::Email], "{sentence}");
}

async fn news_make_it_due(world: &World<'_>) {
    let message = begun(world).await;
    let ladders = &world.stores.ladders;
    let far = LadderRest::Until(NOW + Duration::DAY);
    let held = only(world, &message, NOW).await;
    ladders.rest(&held, far).await.works();
    let later = NOW + Duration::SECOND;
    assert_eq!(claim(world, message.tenant, later).await, []);
    let claimed = world.claim(message.tenant, later).await;
    let failed = Settlement::Failed {
        attempt: None,
        error: error(ErrorClass::Recipient),
        decision: None,
    };
    world.settle(claimed.held, failed, later).await;
    let held = only(world, &message, later).await;
    ladders.rest(&held, far).await.works();
    assert_eq!(
        claim(world, message.tenant, later).await,
        [],
        "Ladders: the same news make it due once"
    );

    // News that come while it is held are not lost.
    let message = begun(world).await;
    let held = only(world, &message, NOW).await;
    world
        .stores
        .messages
        .cancel(message.tenant, message.id, later)
        .await
        .works();
    ladders.rest(&held, far).await.works();
    only(world, &message, later).await;
}

async fn a_channel_can_be_left_out(world: &World<'_>) {
    let message = begun(world).await;
    let held = only(world, &message, NOW).await;
    let ladders = &world.stores.ladders;
    ladders.skip(&held).await.works();
    ladders.rest(&held, LadderRest::Until(NOW)).await.works();
    let held = only(world, &message, NOW).await;
    assert_eq!(held.left, [Channel::Email], "Ladders::skip");
}
