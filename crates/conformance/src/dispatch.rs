use crate::{
    Stores, caps,
    fixtures::{self, NOW},
    lanes, late_news, settlement, stranded, suspects,
    waiting::{comes_soon, ends, wakes},
    works::Works,
    world::{LATER, LEASE, LEASE_OVER, World, accepted},
};
use std::collections::BTreeSet;
use tidings_kernel::{ContactId, MessageId, TenantId};
use tidings_messaging::{Class, Contact, OutcomeKind, Stage, Status};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.dispatch` keeps every promise of [`Dispatch`](tidings_messaging::Dispatch).
pub async fn dispatch(stores: &Stores) {
    let world = World::new(stores, 9);
    a_due_message_is_claimed(&world).await;
    nothing_is_claimed_before_it_is_due(&world).await;
    nobody_else_gets_what_is_held(&world).await;
    a_hold_that_has_run_out_is_taken_with_a_higher_fence(&world).await;
    an_attempt_stands_before_the_call(&world).await;
    what_begins_is_sending(&world).await;
    the_gate_s_last_word_is_kept(&world).await;
    a_lost_hold_cannot_begin(&world).await;
    what_was_cancelled_cannot_begin(&world).await;
    each_attempt_of_a_batch_goes_ahead_on_its_own(&world).await;
    a_crash_leaves_an_open_attempt(&world).await;
    an_open_attempt_forbids_another(&world).await;
    lanes::check(&world).await;
    suspects::check(&world).await;
    settlement::check(&world).await;
    stranded::check(&world).await;
    late_news::check(&world).await;
    caps::check(&world).await;
    attempts_of_one_recipient_are_siblings(&world).await;
    // In this order: the waits that end use up what earlier checks have woken.
    a_wait_ends_at_its_timeout(&world).await;
    acceptance_wakes_whoever_waits(&world).await;
    what_was_said_between_two_waits_wakes_the_later(&world).await;
}

async fn claimed(world: &World<'_>, tenant: TenantId, at: OffsetDateTime) -> Vec<MessageId> {
    world
        .claims(tenant, at)
        .await
        .into_iter()
        .map(|claim| claim.held.message)
        .collect()
}

async fn a_due_message_is_claimed(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let message = world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    assert_eq!(
        (claim.held.tenant, claim.held.message),
        (message.tenant, message.id),
        "Claim::held: the hold"
    );
    assert_eq!(claim.message, message, "Claim::message: the message");
    let state = (claim.failures, claim.exhausted, claim.open_attempt);
    assert_eq!(
        state,
        (0, Vec::new(), None),
        "Claim: nothing has happened to a new message"
    );
}

async fn nothing_is_claimed_before_it_is_due(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let entry = lanes::entry(Class::Emergency, 1, LATER);
    let message = lanes::accept(world, &contact, entry).await;
    let early = claimed(world, contact.tenant, LATER - Duration::microseconds(1)).await;
    assert_eq!(early, [], "QueueEntry::due_at: not before this instant");
    let due = claimed(world, contact.tenant, LATER).await;
    assert_eq!(
        due,
        [message.id],
        "Dispatch::claim: takes messages that are due"
    );
}

async fn nobody_else_gets_what_is_held(world: &World<'_>) {
    let (contact, _) = world.people().await;
    world.queued(&contact).await;
    world.claim(contact.tenant, NOW).await;
    let others = claimed(world, contact.tenant, NOW + LEASE - Duration::SECOND).await;
    assert_eq!(
        others,
        [],
        "Dispatch::claim: nobody else gets them before `lease` has passed"
    );
}

async fn a_hold_that_has_run_out_is_taken_with_a_higher_fence(world: &World<'_>) {
    let (contact, _) = world.people().await;
    world.queued(&contact).await;
    let first = world.claim(contact.tenant, NOW).await;
    let second = world.claim(contact.tenant, LEASE_OVER).await;
    let sentence = "Dispatch::claim: a hold that has run out is taken again, with a higher fence";
    assert!(second.held.fence > first.held.fence, "{sentence}");
}

async fn an_attempt_stands_before_the_call(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let start = world.start(&claim, &account, NOW + Duration::SECOND);
    world
        .stores
        .dispatch
        .begin(std::slice::from_ref(&start))
        .await
        .works();
    let record = world.record(contact.tenant, claim.held.message).await;
    assert_eq!(
        record.attempts,
        [start.attempt],
        "Dispatch::begin: writes attempts before the calls are made"
    );
}

async fn what_begins_is_sending(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, _) = world.begun(&contact, &account).await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let sentence = "Dispatch::begin: messages become `sending`";
    assert_eq!(record.message.status, Status::Sending, "{sentence}");
    let statuses: Vec<Status> = record.timeline.iter().map(|entry| entry.status).collect();
    assert!(
        statuses.ends_with(&[Status::Queued, Status::Sending]),
        "{sentence}: {statuses:?}"
    );
    let from = account.senders.first().map(|sender| sender.address.clone());
    assert_eq!(
        record.message.from, from,
        "Message::from: the sender's address, once chosen"
    );
}

async fn the_gate_s_last_word_is_kept(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let start = world.start(&claim, &account, NOW);
    world
        .stores
        .dispatch
        .begin(std::slice::from_ref(&start))
        .await
        .works();
    let decisions = world
        .stores
        .messages
        .decisions(contact.tenant, claim.held.message)
        .await
        .works();
    let stages: Vec<Stage> = decisions.iter().map(|decision| decision.stage).collect();
    assert_eq!(
        stages,
        [Stage::Accept, Stage::Dispatch],
        "Messages::decisions: oldest first"
    );
    assert_eq!(
        decisions.last(),
        Some(&start.decision),
        "Dispatch::begin: writes attempts with their decisions"
    );
}

async fn a_lost_hold_cannot_begin(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.queued(&contact).await;
    let stale = world.claim(contact.tenant, NOW).await;
    let fresh = world.claim(contact.tenant, LEASE_OVER).await;
    let start = world.start(&stale, &account, LEASE_OVER);
    let begun = world.stores.dispatch.begin(&[start]).await.works();
    let sentence = "Dispatch::begin: a hold that was lost is left out";
    assert_eq!(begun, [], "{sentence}");
    let record = world.record(contact.tenant, stale.held.message).await;
    assert_eq!(
        (record.attempts.len(), record.message.status),
        (0, Status::Queued),
        "{sentence}"
    );
    world.begin(&fresh, &account, LEASE_OVER).await;
}

async fn what_was_cancelled_cannot_begin(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    world
        .stores
        .messages
        .cancel(contact.tenant, message.id, NOW)
        .await
        .works();
    let start = world.start(&claim, &account, NOW);
    let begun = world.stores.dispatch.begin(&[start]).await.works();
    let sentence = "Dispatch::begin: a message that was cancelled is left out";
    let status = world
        .record(contact.tenant, message.id)
        .await
        .message
        .status;
    assert_eq!(
        (begun, status),
        (Vec::new(), Status::Cancelled),
        "{sentence}"
    );
}

async fn each_attempt_of_a_batch_goes_ahead_on_its_own(world: &World<'_>) {
    let (contact, account) = world.people().await;
    for _ in 0..3 {
        world.queued(&contact).await;
    }
    let claims = world.claims(contact.tenant, NOW).await;
    let starts: Vec<_> = claims
        .iter()
        .map(|claim| world.start(claim, &account, NOW))
        .collect();
    let [first, cancelled, last] = starts.as_slice() else {
        panic!("Dispatch::claim: takes messages that are due");
    };
    world
        .stores
        .messages
        .cancel(contact.tenant, cancelled.held.message, NOW)
        .await
        .works();
    let mut begun = world.stores.dispatch.begin(&starts).await.works();
    begun.sort_unstable();
    let sentence = "Dispatch::begin: gives the attempts that may go ahead";
    assert_eq!(begun, [first.attempt.id, last.attempt.id], "{sentence}");
}

async fn a_crash_leaves_an_open_attempt(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (_, attempt) = world.begun(&contact, &account).await;
    let claim = world.claim(contact.tenant, LEASE_OVER).await;
    let open = claim.open_attempt.map(|attempt| attempt.id);
    assert_eq!(
        open,
        Some(attempt),
        "Claim::open_attempt: a process died in it"
    );
    let record = world.record(contact.tenant, claim.held.message).await;
    let outcomes: Vec<_> = record
        .attempts
        .iter()
        .map(|attempt| attempt.outcome)
        .collect();
    let sentence =
        "Dispatch::claim: an attempt that the earlier hold left without outcome becomes `unknown`";
    assert_eq!(outcomes, [Some(OutcomeKind::Unknown)], "{sentence}");
}

async fn an_open_attempt_forbids_another(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.begun(&contact, &account).await;
    let claim = world.claim(contact.tenant, LEASE_OVER).await;
    let start = world.start(&claim, &account, LEASE_OVER);
    let begun = world.stores.dispatch.begin(&[start]).await.works();
    let sentence = "Claim::open_attempt: the message must not be sent before this is settled";
    assert_eq!(begun, [], "{sentence}");
}

async fn attempts_of_one_recipient_are_siblings(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (_, attempt) = world.begun(&contact, &account).await;
    world.sent(&contact, &account, "SM-other").await;
    // Somebody else who has the same number.
    let mut other = fixtures::contact(contact.tenant, ContactId::new(&world.ids), 2);
    other.phone = contact.phone;
    world.stores.contacts.create(&other, None).await.works();
    world.sent(&other, &account, "SM-family").await;
    // None of these: no id yet, another account, another address, another address of the same contact, long before.
    world.begun(&contact, &account).await;
    world
        .sent(&contact, &world.account(contact.tenant).await, "SM-account")
        .await;
    world
        .sent(
            &world.contact(contact.tenant, 3).await,
            &account,
            "SM-address",
        )
        .await;
    let elsewhere = Contact {
        phone: Some(fixtures::phone(4)),
        ..contact.clone()
    };
    world.sent(&elsewhere, &account, "SM-elsewhere").await;
    world.queued(&contact).await;
    let old = world.claim(contact.tenant, NOW).await;
    let before = world.begin(&old, &account, NOW - Duration::hours(25)).await;
    world
        .settle(old.held, accepted(before, "SM-old", None), NOW)
        .await;
    let found = world
        .stores
        .dispatch
        .siblings(contact.tenant, attempt)
        .await
        .works();
    let sentence = "Dispatch::siblings: the provider's ids of other attempts through the same account to the same address, whichever of the contacts that have it now they were for";
    let found: BTreeSet<String> = found.into_iter().collect();
    assert_eq!(
        found,
        BTreeSet::from(["SM-family".to_owned(), "SM-other".to_owned()]),
        "{sentence}, begun in the day before this one or later"
    );
    let elsewhere = world
        .stores
        .dispatch
        .siblings(world.tenant().await, attempt)
        .await
        .works();
    assert!(
        elsewhere.is_empty(),
        "Dispatch::siblings: tenants are isolated"
    );
}

async fn acceptance_wakes_whoever_waits(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let seen = world.stores.dispatch.wait(0, Duration::ZERO).await;
    let wait = world.stores.dispatch.wait(seen, Duration::minutes(5));
    let is_woken = wakes(wait, async |_| {
        world.queued(&contact).await;
    });
    assert!(
        is_woken.await,
        "Messages::accept: a waiting worker is woken"
    );
}

async fn a_wait_ends_at_its_timeout(world: &World<'_>) {
    let is_over = ends(|| {
        world
            .stores
            .dispatch
            .wait(u64::MAX, Duration::milliseconds(20))
    })
    .await;
    assert!(is_over, "Dispatch::wait: waits at the latest for `timeout`");
}

async fn what_was_said_between_two_waits_wakes_the_later(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let seen = world.stores.dispatch.wait(0, Duration::ZERO).await;
    world.queued(&contact).await;
    let later = world.stores.dispatch.wait(seen, Duration::minutes(5));
    assert!(
        comes_soon(later).await,
        "Dispatch::wait: when there has been a notice since `seen`, it returns at once"
    );
}
