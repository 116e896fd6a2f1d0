//! What `Dispatch::claim` and `Dispatch::claim_suspect` owe about messages that their holders may have
//! died of.

use crate::{
    fixtures::NOW,
    lanes::lanes,
    works::Works,
    world::{LEASE, World},
};
use tidings_kernel::{MessageId, TenantId};
use tidings_messaging::{Claim, Class, Contact, OutcomeKind, SUSPECT_AFTER, Settlement};
use time::{Duration, OffsetDateTime};

pub(crate) async fn check(world: &World<'_>) {
    holds_that_run_out_are_counted(world).await;
    what_was_given_back_is_no_crash(world).await;
    a_suspect_is_left_alone(world).await;
    a_suspect_is_taken_by_itself(world).await;
    of_suspects_that_come_back_each_has_its_turn(world).await;
    an_urgent_suspect_does_not_wait_for_others(world).await;
    a_suspect_sleeps_like_any_other(world).await;
    a_suspect_s_attempt_becomes_unknown(world).await;
}

/// The instant at which the hold that was taken `holds` leases ago has run out.
fn after(holds: u32) -> OffsetDateTime {
    NOW + (LEASE + Duration::SECOND) * holds
}

/// A tenant's message that has become suspect; its last hold has run out at `after(SUSPECT_AFTER + 1)`.
async fn suspect(world: &World<'_>) -> Contact {
    let contact = world.contact(world.tenant().await, 1).await;
    world.queued(&contact).await;
    for holds in 0..=SUSPECT_AFTER {
        world.claim(contact.tenant, after(holds)).await;
    }
    contact
}

/// The suspect of a tenant, if there is one to take; those of others are out of the way.
async fn take(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Option<Claim> {
    for _ in 0..1_000 {
        let found = world.stores.dispatch.claim_suspect(now, LEASE).await;
        let claim = found.works()?;
        if claim.held.tenant == tenant {
            return Some(claim);
        }
    }
    panic!("Dispatch::claim_suspect: takes one that nobody holds")
}

async fn holds_that_run_out_are_counted(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    world.queued(&contact).await;
    let mut counts = Vec::new();
    for holds in 0..=SUSPECT_AFTER {
        let claim = world.claim(contact.tenant, after(holds)).await;
        counts.push(claim.crashes);
    }
    let expected: Vec<u32> = (0..=SUSPECT_AFTER).collect();
    let sentence = "Claim::crashes: how often a hold on it ran out";
    assert_eq!(counts, expected, "{sentence}");
}

async fn what_was_given_back_is_no_crash(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    world.queued(&contact).await;
    for _ in 0..=SUSPECT_AFTER {
        let claim = world.claim(contact.tenant, NOW).await;
        let sentence =
            "Claim::crashes: how often a hold on it ran out, and not how often it was held";
        assert_eq!(claim.crashes, 0, "{sentence}");
        let released = Settlement::Released { due_at: NOW };
        world.settle(claim.held, released, NOW).await;
    }
}

async fn a_suspect_is_left_alone(world: &World<'_>) {
    let contact = suspect(world).await;
    let now = after(SUSPECT_AFTER + 1);
    assert_eq!(
        lanes(world, contact.tenant, now).await,
        [],
        "Dispatch::ready: what is suspect is not ready for a claim"
    );
    // Its lane has another message, so that it is looked at.
    let other = world.queued(&contact).await;
    let claim = world.claim(contact.tenant, now).await;
    let sentence = "Dispatch::claim: a message that became suspect is left alone";
    assert_eq!(claim.held.message, other.id, "{sentence}");
}

async fn a_suspect_is_taken_by_itself(world: &World<'_>) {
    let contact = suspect(world).await;
    let tenant = contact.tenant;
    let sentence = "Dispatch::claim_suspect: a message that nobody holds";
    let early = take(world, tenant, after(SUSPECT_AFTER)).await;
    assert_eq!(early, None, "{sentence}");
    let now = after(SUSPECT_AFTER + 1);
    let claim = take(world, tenant, now).await;
    let crashes = claim.as_ref().map(|claim| claim.crashes);
    assert_eq!(
        crashes,
        Some(SUSPECT_AFTER + 1),
        "Dispatch::claim_suspect: takes one message that became suspect"
    );
    assert_eq!(take(world, tenant, now).await, None, "{sentence}");
    let again = take(world, tenant, after(SUSPECT_AFTER + 2)).await;
    let fences = (
        claim.map(|claim| claim.held.fence),
        again.map(|claim| claim.held.fence),
    );
    assert!(fences.0 < fences.1, "Held::fence: grows with every claim");
    // What never crashed is for the others.
    let healthy = world.contact(world.tenant().await, 1).await;
    world.queued(&healthy).await;
    let found = take(world, healthy.tenant, now).await;
    let sentence = "Dispatch::claim_suspect: only a message that became suspect";
    assert_eq!(found, None, "{sentence}");
}

/// Two messages of a tenant that have become suspect together, the later one of this class.
async fn suspects(world: &World<'_>, class: Class) -> (TenantId, [MessageId; 2]) {
    let contact = world.contact(world.tenant().await, 1).await;
    let first = world.queued(&contact).await;
    let mut new = world.new_message(&contact);
    if let Some(entry) = &mut new.entry {
        entry.class = class;
    }
    world.stores.messages.accept(&new, None).await.works();
    for holds in 0..=SUSPECT_AFTER {
        let claims = world.claims(contact.tenant, after(holds)).await;
        assert_eq!(claims.len(), 2, "Dispatch::claim: takes messages again");
    }
    (contact.tenant, [first.id, new.message.id])
}

async fn of_suspects_that_come_back_each_has_its_turn(world: &World<'_>) {
    let (tenant, [first, second]) = suspects(world, Class::Transactional).await;
    let mut turns = Vec::new();
    for holds in 1..=3 {
        let claim = take(world, tenant, after(SUSPECT_AFTER + holds)).await;
        turns.extend(claim.map(|claim| claim.held.message));
    }
    let sentence = "Dispatch::claim_suspect: the one that has been free for longest";
    assert_eq!(turns, [first, second, first], "{sentence}");
}

async fn an_urgent_suspect_does_not_wait_for_others(world: &World<'_>) {
    let (tenant, [_, urgent]) = suspects(world, Class::Emergency).await;
    let claim = take(world, tenant, after(SUSPECT_AFTER + 1)).await;
    assert_eq!(
        claim.map(|claim| claim.held.message),
        Some(urgent),
        "Dispatch::claim_suspect: one of the most urgent class"
    );
}

async fn a_suspect_sleeps_like_any_other(world: &World<'_>) {
    let contact = suspect(world).await;
    let now = after(SUSPECT_AFTER + 1);
    let Some(claim) = take(world, contact.tenant, now).await else {
        panic!("Dispatch::claim_suspect: takes one message that became suspect")
    };
    let due_at = now + Duration::HOUR;
    let released = Settlement::Released { due_at };
    world.settle(claim.held, released, now).await;
    let sentence = "Settlement::Released: anybody may take it from this instant";
    let early = due_at - Duration::SECOND;
    world.ready(early).await;
    assert_eq!(take(world, contact.tenant, early).await, None, "{sentence}");
    world.ready(due_at).await;
    let again = take(world, contact.tenant, due_at).await;
    let crashes = again.map(|claim| claim.crashes);
    assert_eq!(crashes, Some(SUSPECT_AFTER + 1), "{sentence}, and suspect");
}

async fn a_suspect_s_attempt_becomes_unknown(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.queued(&contact).await;
    for holds in 0..SUSPECT_AFTER {
        world.claim(contact.tenant, after(holds)).await;
    }
    let last = world.claim(contact.tenant, after(SUSPECT_AFTER)).await;
    let attempt = world.begin(&last, &account, after(SUSPECT_AFTER)).await;
    let claim = take(world, contact.tenant, after(SUSPECT_AFTER + 1)).await;
    let open = claim.and_then(|claim| claim.open_attempt);
    let open = open.map(|attempt| (attempt.id, attempt.outcome));
    assert_eq!(
        open,
        Some((attempt, Some(OutcomeKind::Unknown))),
        "Claim::open_attempt: a process died in it"
    );
}
