//! What `Dispatch::begin` owes to frequency caps.

use crate::{
    fixtures::NOW,
    marketing::claimed,
    works::Works,
    world::{LATER, LEASE_OVER, World, error},
};
use tidings_kernel::{AttemptId, Purpose};
use tidings_messaging::{CapGuard, Contact, Counts, ProviderAccount, Settlement, Start, Status};
use tidings_routing::Class as ErrorClass;
use time::Duration;
use tokio::task::JoinSet;

pub(crate) async fn check(world: &World<'_>) {
    no_more_begin_than_the_cap_allows(world).await;
    a_batch_is_counted_with_itself(world).await;
    simultaneous_batches_are_counted_together(world).await;
    those_who_share_an_address_have_one_cap(world).await;
    each_person_has_a_cap_of_their_own(world).await;
    only_what_came_after_the_instant_counts(world).await;
    what_begins_under_a_cap_counts_whatever_it_was_declared_as(world).await;
    what_was_refused_is_not_counted(world).await;
    what_is_left_out_is_untouched(world).await;
}

const SENTENCE: &str =
    "Dispatch::begin: a message whose frequency cap is used up by now is left out";

/// A start under a cap of `most` in the last day.
async fn start(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    most: u16,
) -> Start {
    let claim = claimed(world, contact).await;
    Start {
        caps: vec![guard(contact, most)],
        ..world.start(&claim, account, NOW)
    }
}

fn guard(contact: &Contact, most: u16) -> CapGuard {
    CapGuard {
        contact: contact.id,
        most,
        since: NOW - Duration::DAY,
    }
}

fn refused(start: &Start) -> Settlement {
    Settlement::Retry {
        attempt: start.attempt.id,
        error: error(ErrorClass::Transient),
        due_at: LATER,
        counts: Counts::AsFailure,
        exhausted: None,
    }
}

async fn starts(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    most: u16,
    count: usize,
) -> Vec<Start> {
    let mut starts = Vec::with_capacity(count);
    for _ in 0..count {
        starts.push(start(world, contact, account, most).await);
    }
    starts
}

async fn begin(world: &World<'_>, starts: &[Start]) -> Vec<AttemptId> {
    world.stores.dispatch.begin(starts).await.works()
}

/// Begins each start in a batch of its own, all at once; gives how many went ahead.
async fn begin_at_once(world: &World<'_>, starts: Vec<Start>) -> usize {
    let mut tasks = JoinSet::new();
    for start in starts {
        let dispatch = world.stores.dispatch.clone();
        tasks.spawn(async move { dispatch.begin(&[start]).await });
    }
    let mut begun = 0;
    while let Some(done) = tasks.join_next().await {
        begun += done.works().works().len();
    }
    begun
}

async fn no_more_begin_than_the_cap_allows(world: &World<'_>) {
    for most in [0, 1, 2] {
        let (contact, account) = world.people().await;
        let mut begun = 0;
        for start in starts(world, &contact, &account, most, 4).await {
            begun += begin(world, &[start]).await.len();
        }
        assert_eq!(begun, usize::from(most), "{SENTENCE}");
    }
}

async fn a_batch_is_counted_with_itself(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let starts = starts(world, &contact, &account, 2, 4).await;
    let first_two: Vec<_> = starts
        .iter()
        .take(2)
        .map(|start| start.attempt.id)
        .collect();
    assert_eq!(begin(world, &starts).await, first_two, "{SENTENCE}");
}

async fn simultaneous_batches_are_counted_together(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let starts = starts(world, &contact, &account, 3, 8).await;
    let begun = begin_at_once(world, starts).await;
    assert_eq!(begun, 3, "CapGuard: whatever other workers are doing");
}

async fn those_who_share_an_address_have_one_cap(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 1).await;
    let mut mixed = starts(world, &one, &account, 2, 2).await;
    mixed.extend(starts(world, &two, &account, 2, 2).await);
    assert_eq!(begin(world, &mixed).await.len(), 2, "{SENTENCE}, by person");

    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 1).await;
    let mut mixed = starts(world, &one, &account, 1, 4).await;
    mixed.extend(starts(world, &two, &account, 1, 4).await);
    let begun = begin_at_once(world, mixed).await;
    assert_eq!(
        begun, 1,
        "CapGuard: whatever other workers are doing, by person"
    );
}

async fn each_person_has_a_cap_of_their_own(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 2).await;
    let (three, other) = world.people().await;
    let batch = [
        start(world, &one, &account, 1).await,
        start(world, &two, &account, 1).await,
        start(world, &three, &other, 1).await,
    ];
    let ids: Vec<_> = batch.iter().map(|start| start.attempt.id).collect();
    assert_eq!(
        begin(world, &batch).await,
        ids,
        "CapGuard::contact: by whom it is counted"
    );
}

async fn only_what_came_after_the_instant_counts(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let edge = NOW - Duration::DAY;
    let claim = claimed(world, &contact).await;
    world.begin(&claim, &account, edge).await;
    let next = start(world, &contact, &account, 1).await;
    let expected = [next.attempt.id];
    let sentence = "CapGuard::since: handed over after this instant";
    assert_eq!(begin(world, &[next]).await, expected, "{sentence}");
}

async fn what_begins_under_a_cap_counts_whatever_it_was_declared_as(world: &World<'_>) {
    for is_refused in [false, true] {
        let (contact, account) = world.people().await;
        let new = world.new_message(&contact);
        let sentence = "Start::cap: what begins under a cap counts as marketing itself";
        assert_ne!(new.message.purpose, Purpose::Marketing, "{sentence}");
        world.stores.messages.accept(&new, None).await.works();
        let claims = world.claims(contact.tenant, NOW).await;
        let Some(claim) = claims.first() else {
            panic!("Dispatch::claim: takes messages that are due")
        };
        let declared = Start {
            caps: vec![guard(&contact, 1)],
            ..world.start(claim, &account, NOW)
        };
        begin(world, std::slice::from_ref(&declared)).await;
        if is_refused {
            world.settle(declared.held, refused(&declared), NOW).await;
        }
        let next = start(world, &contact, &account, 1).await;
        let begun = begin(world, &[next]).await.len();
        assert_eq!(begun, usize::from(is_refused), "{sentence}");
    }
}

async fn what_was_refused_is_not_counted(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let first = start(world, &contact, &account, 1).await;
    begin(world, std::slice::from_ref(&first)).await;
    world.settle(first.held, refused(&first), NOW).await;
    let second = start(world, &contact, &account, 1).await;
    let expected = [second.attempt.id];
    assert_eq!(
        begin(world, &[second]).await,
        expected,
        "{SENTENCE}, by what may have arrived"
    );
}

async fn what_is_left_out_is_untouched(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let left = start(world, &contact, &account, 0).await;
    assert_eq!(
        begin(world, std::slice::from_ref(&left)).await,
        [],
        "{SENTENCE}"
    );
    let record = world.record(contact.tenant, left.held.message).await;
    assert_eq!(
        (record.attempts.len(), record.message.status),
        (0, Status::Queued),
        "{SENTENCE}"
    );
    let decisions = world
        .stores
        .messages
        .decisions(contact.tenant, left.held.message)
        .await
        .works();
    assert!(!decisions.contains(&left.decision), "{SENTENCE}");
    let again = world.claim(contact.tenant, LEASE_OVER).await;
    let sentence = "Dispatch::begin: its hold ends by itself, and the gate judges it anew";
    assert_eq!(
        (again.failures, &again.open_attempt),
        (0, &None),
        "{sentence}"
    );
    world.begin(&again, &account, LEASE_OVER).await;
}
