use crate::{Stores, fixtures::NOW, works::Works, world::World};
use std::collections::BTreeMap;
use tidings_kernel::{BatchId, ContactId, Money};
use tidings_messaging::{
    Chunk, ChunkKey, ChunkReport, Contact, FinishError, LeftOut, Message, Monthly, NewMessage,
    NotTaken, RecipientError, Status,
};
use time::Duration;

/// Panics unless `stores.batches` keeps every promise of [`Batches`](tidings_messaging::Batches).
pub async fn batches(stores: &Stores) {
    let world = World::new(stores, 12);
    messages_are_taken_in_together(&world).await;
    the_report_says_what_became_of_them(&world).await;
    who_cannot_be_taken_in_is_left_out(&world).await;
    what_is_used_up_is_left_out(&world).await;
    a_recorded_chunk_is_not_stored_again(&world).await;
    chunks_are_told_apart(&world).await;
    tenants_are_kept_apart(&world).await;
    what_is_recorded_is_kept_for_a_day(&world).await;
    a_finished_batch_is_answered_and_forgotten(&world).await;
    nothing_is_forgotten_when_the_key_is_lost(&world).await;
}

const FIRST: ChunkKey = ChunkKey {
    number: 0,
    round: 0,
};

fn chunk(world: &World<'_>, messages: Vec<NewMessage>) -> Chunk {
    Chunk {
        batch: BatchId::new(&world.ids),
        key: FIRST,
        messages: (10..).zip(messages).collect(),
        report: ChunkReport::default(),
        at: NOW,
    }
}

async fn contact(world: &World<'_>) -> Contact {
    world.contact(world.tenant().await, 1).await
}

async fn accept(world: &World<'_>, contact: &Contact, chunk: &Chunk) -> ChunkReport {
    world
        .stores
        .batches
        .accept_many(contact.tenant, chunk)
        .await
        .works()
}

async fn recorded(
    world: &World<'_>,
    contact: &Contact,
    batch: BatchId,
) -> BTreeMap<ChunkKey, ChunkReport> {
    world
        .stores
        .batches
        .recorded(contact.tenant, batch, NOW)
        .await
        .works()
}

/// Whether a message is stored.
async fn is_stored(world: &World<'_>, message: &Message) -> bool {
    let found = world.stores.messages.get(message.tenant, message.id);
    found.await.works().is_some()
}

fn blocked(new: NewMessage) -> NewMessage {
    NewMessage {
        message: Message {
            status: Status::Blocked,
            send_at: None,
            ..new.message
        },
        entry: None,
        ..new
    }
}

async fn messages_are_taken_in_together(world: &World<'_>) {
    let contact = contact(world).await;
    let new: Vec<NewMessage> = (0..3).map(|_| world.new_message(&contact)).collect();
    let chunk = chunk(world, new.clone());
    accept(world, &contact, &chunk).await;
    let mut claimed: Vec<Message> = world
        .claims(contact.tenant, NOW)
        .await
        .into_iter()
        .map(|claim| claim.message)
        .collect();
    claimed.sort_by_key(|message| message.id);
    let sentence =
        "Batches::accept_many: takes the messages in, as Messages::accept does with each";
    assert_eq!(claimed.len(), 3, "{sentence}");
    for (new, claimed) in new.iter().zip(claimed) {
        assert_eq!(new.message.id, claimed.id, "{sentence}");
        let decisions = world.stores.messages.decisions(contact.tenant, claimed.id);
        assert_eq!(
            decisions.await.works(),
            std::slice::from_ref(&new.decision),
            "{sentence}"
        );
    }
}

async fn the_report_says_what_became_of_them(world: &World<'_>) {
    let contact = contact(world).await;
    let priced = |mut new: NewMessage, amount| {
        new.message.cost_estimated = Some(Money::parse(amount, "EUR").works());
        new
    };
    let mut deferred = world.new_message(&contact);
    deferred.message.status = Status::Deferred;
    let new = vec![
        priced(world.new_message(&contact), "0.01"),
        priced(deferred, "0.02"),
        priced(blocked(world.new_message(&contact)), "0.04"),
    ];
    let error = RecipientError {
        index: 3,
        code: "invalid_phone_number".into(),
        detail: "that is no number".into(),
    };
    let mut chunk = chunk(world, new);
    chunk.report.fail(error.clone());
    let report = accept(world, &contact, &chunk).await;
    let cost = Money::parse("0.03", "EUR").works();
    let expected = ChunkReport {
        accepted: 1,
        deferred: 1,
        blocked: 1,
        failed: 1,
        costs: BTreeMap::from([(cost.currency(), cost.micros())]),
        errors: vec![error],
        left_out: Vec::new(),
    };
    assert_eq!(report, expected, "Batches::accept_many: gives the report");
    assert_eq!(
        recorded(world, &contact, chunk.batch).await,
        BTreeMap::from([(FIRST, expected)]),
        "Batches::recorded: the chunks that are recorded, with their reports"
    );
}

async fn who_cannot_be_taken_in_is_left_out(world: &World<'_>) {
    let contact = contact(world).await;
    let mut stranger = contact.clone();
    stranger.id = ContactId::new(&world.ids);
    let new = vec![
        world.new_message(&contact),
        world.new_message(&stranger),
        world.new_message(&contact),
    ];
    let chunk = chunk(world, new.clone());
    let report = accept(world, &contact, &chunk).await;
    let sentence = "Batches::accept_many: a message that cannot be taken in is left out and does not keep \
        the others back";
    let left = LeftOut {
        index: 11,
        why: NotTaken::NoContact,
    };
    assert_eq!(
        (report.accepted, report.left_out),
        (2, vec![left]),
        "{sentence}"
    );
    for (new, expected) in new.iter().zip([true, false, true]) {
        assert_eq!(is_stored(world, &new.message).await, expected, "{sentence}");
    }
}

async fn what_is_used_up_is_left_out(world: &World<'_>) {
    let contact = contact(world).await;
    let limited = |new: NewMessage| NewMessage {
        monthly: Monthly {
            messages: Some(2),
            budget: None,
        },
        ..new
    };
    let new: Vec<NewMessage> = (0..3)
        .map(|_| limited(world.new_message(&contact)))
        .chain([limited(blocked(world.new_message(&contact)))])
        .collect();
    let report = accept(world, &contact, &chunk(world, new.clone())).await;
    let sentence = "NewMessage::monthly: is not taken in when nothing of it was left";
    let left: Vec<NotTaken> = report.left_out.iter().map(|left| left.why).collect();
    assert_eq!(
        (report.accepted, report.blocked, left),
        (2, 1, vec![NotTaken::UsedUp]),
        "{sentence}"
    );
}

async fn a_recorded_chunk_is_not_stored_again(world: &World<'_>) {
    let contact = contact(world).await;
    let first = chunk(world, vec![world.new_message(&contact)]);
    let report = accept(world, &contact, &first).await;
    let again = Chunk {
        messages: (0..)
            .zip([0; 2].map(|_| world.new_message(&contact)))
            .collect(),
        ..first
    };
    let sentence = "Batches::accept_many: when the chunk is recorded already nothing is stored";
    assert_eq!(accept(world, &contact, &again).await, report, "{sentence}");
    for (_, new) in &again.messages {
        assert!(!is_stored(world, &new.message).await, "{sentence}");
    }
}

async fn chunks_are_told_apart(world: &World<'_>) {
    let contact = contact(world).await;
    let first = chunk(world, vec![world.new_message(&contact)]);
    accept(world, &contact, &first).await;
    let other_batch = chunk(world, vec![world.new_message(&contact)]);
    let numbered = |number, round| Chunk {
        key: ChunkKey { number, round },
        messages: vec![(0, world.new_message(&contact))],
        ..first.clone()
    };
    for chunk in [other_batch, numbered(0, 1), numbered(1, 0)] {
        accept(world, &contact, &chunk).await;
        for (_, new) in &chunk.messages {
            let stored = is_stored(world, &new.message).await;
            assert!(stored, "ChunkKey: which part of a batch");
        }
    }
    let keys: Vec<ChunkKey> = recorded(world, &contact, first.batch)
        .await
        .into_keys()
        .collect();
    let expected = [(0, 0), (0, 1), (1, 0)].map(|(number, round)| ChunkKey { number, round });
    assert_eq!(keys, expected, "Batches::recorded: the chunks of a batch");
}

async fn tenants_are_kept_apart(world: &World<'_>) {
    let (ours, theirs) = (contact(world).await, contact(world).await);
    let first = chunk(world, vec![world.new_message(&ours)]);
    accept(world, &ours, &first).await;
    let sentence = "Batches: tenants are isolated";
    let found = recorded(world, &theirs, first.batch).await;
    assert_eq!(found, BTreeMap::new(), "{sentence}");
    let same = Chunk {
        messages: vec![(0, world.new_message(&theirs))],
        ..first.clone()
    };
    accept(world, &theirs, &same).await;
    assert!(
        is_stored(world, &same.messages[0].1.message).await,
        "{sentence}"
    );
    let finished = world
        .stores
        .batches
        .finish_batch(theirs.tenant, first.batch, None);
    finished.await.works();
    let found = recorded(world, &ours, first.batch).await;
    assert_eq!(found.len(), 1, "{sentence}");
}

async fn what_is_recorded_is_kept_for_a_day(world: &World<'_>) {
    let contact = contact(world).await;
    let first = chunk(world, vec![world.new_message(&contact)]);
    accept(world, &contact, &first).await;
    let sentence = "Batches: what is recorded is kept for 24 hours at most";
    let day = Duration::hours(24);
    for (now, count) in [(NOW + day - Duration::SECOND, 1), (NOW + day, 0)] {
        let found = world
            .stores
            .batches
            .recorded(contact.tenant, first.batch, now);
        assert_eq!(found.await.works().len(), count, "{sentence}");
    }
    let next_day = Chunk {
        messages: vec![(0, world.new_message(&contact))],
        at: NOW + day,
        ..first
    };
    accept(world, &contact, &next_day).await;
    assert!(
        is_stored(world, &next_day.messages[0].1.message).await,
        "{sentence}"
    );
}

async fn a_finished_batch_is_answered_and_forgotten(world: &World<'_>) {
    let contact = contact(world).await;
    let first = chunk(world, vec![world.new_message(&contact)]);
    accept(world, &contact, &first).await;
    let answer = world.answer(contact.tenant).await;
    world
        .stores
        .batches
        .finish_batch(contact.tenant, first.batch, Some(&answer))
        .await
        .works();
    let sentence = "Batches::finish_batch: stores the answer and forgets the chunks";
    assert!(world.is_answered(&answer).await, "{sentence}");
    let found = recorded(world, &contact, first.batch).await;
    assert_eq!(found, BTreeMap::new(), "{sentence}");
    let stored = is_stored(world, &first.messages[0].1.message).await;
    assert!(stored, "{sentence}, not the messages");
}

async fn nothing_is_forgotten_when_the_key_is_lost(world: &World<'_>) {
    let contact = contact(world).await;
    let first = chunk(world, vec![world.new_message(&contact)]);
    accept(world, &contact, &first).await;
    let lost = world.lost_answer(contact.tenant).await;
    let result = world
        .stores
        .batches
        .finish_batch(contact.tenant, first.batch, Some(&lost))
        .await;
    let sentence = "FinishError::KeyLost: nothing was stored or forgotten";
    assert!(matches!(result, Err(FinishError::KeyLost(_))), "{sentence}");
    let found = recorded(world, &contact, first.batch).await;
    assert_eq!(found.len(), 1, "{sentence}");
}
