//! What `Messages::dead_letters` owes.

use crate::{
    fixtures::NOW,
    lanes::entry,
    pages,
    receipts::{apply, update},
    works::Works,
    world::{LATER, LEASE_OVER, World, error, unknown},
};
use tidings_kernel::{AttemptId, MessageId, TenantId};
use tidings_messaging::{
    Claim, Class, Contact, Counts, DeadLetter, Failure, Page, ProviderAccount, Receipt,
    ReceiptUpdate, Settlement, Stage, Status,
};
use tidings_routing::Class as ErrorClass;
use time::OffsetDateTime;

pub(crate) async fn check(world: &World<'_>) {
    what_is_settled_as_failed_is_one(world).await;
    what_failed_before_any_call_is_one(world).await;
    an_undelivered_message_is_one(world).await;
    a_failure_without_reason_is_one(world).await;
    an_earlier_attempt_s_failure_makes_none(world).await;
    a_lost_hold_makes_none(world).await;
    what_ended_otherwise_is_none(world).await;
    queued_again_it_is_none(world).await;
    delivered_it_is_none(world).await;
    what_may_have_arrived_is_marked(world).await;
    they_are_listed_newest_first(world).await;
    an_erasure_takes_the_words(world).await;
}

const FROM: &str = "Messages::dead_letters: one of them from the moment at which it fails";
const UNTIL: &str = "Messages::dead_letters: until it is queued again or a delivery is learned";

async fn letters(world: &World<'_>, tenant: TenantId) -> Vec<DeadLetter> {
    let page = Page {
        limit: 200,
        after: None,
    };
    let found = world.stores.messages.dead_letters(tenant, page).await;
    found.works().data
}

fn failed(attempt: Option<AttemptId>) -> Settlement {
    Settlement::Failed {
        attempt,
        error: error(ErrorClass::Content),
        decision: None,
    }
}

/// A message that its provider has refused for good.
async fn refused(world: &World<'_>, contact: &Contact, account: &ProviderAccount) -> Claim {
    let (claim, attempt) = world.begun(contact, account).await;
    assert_eq!(letters(world, contact.tenant).await, [], "{FROM}");
    world.settle(claim.held, failed(Some(attempt)), NOW).await;
    claim
}

/// A message whose delivery has failed, with its latest attempt.
async fn undelivered(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
) -> (Claim, AttemptId) {
    let (claim, attempt) = world.sent(contact, account, "SM-1").await;
    apply(world, &[update(account, attempt, "SM-1", Receipt::Failed)]).await;
    (claim, attempt)
}

fn letter(
    claim: &Claim,
    class: ErrorClass,
    failed_at: OffsetDateTime,
    may_retry: bool,
) -> DeadLetter {
    DeadLetter {
        message: claim.held.message,
        failed_at,
        error: Failure::from(&error(class)),
        may_retry,
    }
}

async fn what_is_settled_as_failed_is_one(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let claim = refused(world, &contact, &account).await;
    let expected = letter(&claim, ErrorClass::Content, NOW, true);
    let found = letters(world, contact.tenant).await;
    assert_eq!(found, [expected], "{FROM}, by its settlement");
    let elsewhere = letters(world, world.tenant().await).await;
    assert_eq!(
        elsewhere,
        [],
        "Messages::dead_letters: tenants are isolated"
    );
}

async fn what_failed_before_any_call_is_one(world: &World<'_>) {
    let (contact, _) = world.people().await;
    world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    world.settle(claim.held, failed(None), LATER).await;
    let expected = letter(&claim, ErrorClass::Content, LATER, true);
    let found = letters(world, contact.tenant).await;
    assert_eq!(found, [expected], "{FROM}, by its settlement");
}

async fn an_undelivered_message_is_one(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, _) = undelivered(world, &contact, &account).await;
    let expected = letter(&claim, ErrorClass::Recipient, LATER, true);
    let found = letters(world, contact.tenant).await;
    assert_eq!(
        found,
        [expected],
        "{FROM}, by a receipt of its latest attempt"
    );
}

async fn a_failure_without_reason_is_one(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let silent = ReceiptUpdate {
        error: None,
        ..update(&account, attempt, "SM-1", Receipt::Failed)
    };
    apply(world, &[silent]).await;
    let expected = DeadLetter {
        error: Failure::told_by(None),
        ..letter(&claim, ErrorClass::Recipient, LATER, true)
    };
    let found = letters(world, contact.tenant).await;
    assert_eq!(
        found,
        [expected],
        "Failure::told_by: with or without an error"
    );
}

async fn an_earlier_attempt_s_failure_makes_none(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, first) = world.begun(&contact, &account).await;
    let again = Settlement::Retry {
        attempt: first,
        error: error(ErrorClass::Transient),
        due_at: NOW,
        counts: Counts::AsFailure,
        exhausted: None,
    };
    world.settle(claim.held, again, NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    world.begin(&claim, &account, NOW).await;
    apply(world, &[update(&account, first, "SM-1", Receipt::Failed)]).await;
    assert_eq!(
        letters(world, contact.tenant).await,
        [],
        "Messages::dead_letters: by a receipt of its latest attempt, and of no other"
    );
}

async fn a_lost_hold_makes_none(world: &World<'_>) {
    let (contact, _) = world.people().await;
    world.queued(&contact).await;
    let stale = world.claim(contact.tenant, NOW).await;
    world.claim(contact.tenant, LEASE_OVER).await;
    world.settle(stale.held, failed(None), LEASE_OVER).await;
    assert_eq!(
        letters(world, contact.tenant).await,
        [],
        "{FROM}, and only then"
    );
}

async fn what_ended_otherwise_is_none(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.sent(&contact, &account, "SM-1").await;
    let message = world.queued(&contact).await;
    let port = &world.stores.messages;
    port.cancel(contact.tenant, message.id, NOW).await.works();
    for status in [Status::Blocked, Status::Expired] {
        world.queued(&contact).await;
        let claim = world.claim(contact.tenant, NOW).await;
        let refused = Settlement::Refused {
            decision: Box::new(world.decision(&claim.message, Stage::Dispatch)),
            status,
        };
        world.settle(claim.held, refused, NOW).await;
    }
    let found = letters(world, contact.tenant).await;
    assert_eq!(
        found,
        [],
        "Messages::dead_letters: messages that have failed"
    );
}

async fn retry(world: &World<'_>, tenant: TenantId, message: MessageId) {
    let entry = entry(Class::Transactional, 5, NOW);
    let port = &world.stores.messages;
    port.retry(tenant, message, entry, NOW).await.works();
}

async fn queued_again_it_is_none(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let first = refused(world, &contact, &account).await;
    retry(world, contact.tenant, first.held.message).await;
    assert_eq!(letters(world, contact.tenant).await, [], "{UNTIL}");
    // It may fail again, and for another reason.
    let claim = world.claim(contact.tenant, NOW).await;
    let attempt = world.begin(&claim, &account, NOW).await;
    let settlement = Settlement::Failed {
        attempt: Some(attempt),
        error: error(ErrorClass::Sender),
        decision: None,
    };
    world.settle(claim.held, settlement, LATER).await;
    let expected = letter(&claim, ErrorClass::Sender, LATER, true);
    let found = letters(world, contact.tenant).await;
    assert_eq!(found, [expected], "{FROM}, again");
}

async fn delivered_it_is_none(world: &World<'_>) {
    for receipt in [Receipt::Delivered, Receipt::Read] {
        let (contact, account) = world.people().await;
        let (_, attempt) = undelivered(world, &contact, &account).await;
        apply(world, &[update(&account, attempt, "SM-1", Receipt::Sent)]).await;
        let count = letters(world, contact.tenant).await.len();
        assert_eq!(count, 1, "{UNTIL}: sent is not delivered");
        apply(world, &[update(&account, attempt, "SM-1", receipt)]).await;
        assert_eq!(letters(world, contact.tenant).await, [], "{UNTIL}");
        // News of the failure that come late bring nothing back.
        apply(world, &[update(&account, attempt, "SM-1", Receipt::Failed)]).await;
        assert_eq!(letters(world, contact.tenant).await, [], "{UNTIL}");
    }
}

async fn what_may_have_arrived_is_marked(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, LATER), NOW).await;
    let claim = world.claim(contact.tenant, LATER).await;
    world.settle(claim.held, failed(Some(attempt)), LATER).await;
    let sentence =
        "DeadLetter::may_retry: whether it certainly did not arrive, by what is known now";
    let expected = letter(&claim, ErrorClass::Content, LATER, false);
    let found = letters(world, contact.tenant).await;
    assert_eq!(found, [expected], "{sentence}");
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Failed)]).await;
    let expected = letter(&claim, ErrorClass::Recipient, LATER, true);
    let found = letters(world, contact.tenant).await;
    assert_eq!(
        found,
        [expected],
        "{sentence}; DeadLetter::error: what a receipt told last"
    );
    retry(world, contact.tenant, claim.held.message).await;
}

async fn they_are_listed_newest_first(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let mut claims = Vec::new();
    for _ in 0..5 {
        claims.push(world.begun(&contact, &account).await);
    }
    // Whichever failed last: the order is that of the messages.
    for (claim, attempt) in claims.iter().rev() {
        world.settle(claim.held, failed(Some(*attempt)), NOW).await;
    }
    let newest_first: Vec<_> = claims
        .iter()
        .rev()
        .map(|(claim, _)| claim.held.message.uuid())
        .collect();
    let id = |letter: &DeadLetter| letter.message.uuid();
    pages::check("Messages::dead_letters", &newest_first, id, async |page| {
        let found = world.stores.messages.dead_letters(contact.tenant, page);
        found.await.works()
    })
    .await;
}

async fn an_erasure_takes_the_words(world: &World<'_>) {
    let (contact, account) = world.people().await;
    refused(world, &contact, &account).await;
    let people = &world.stores.contacts;
    let erased = people.erase(contact.tenant, contact.id, &[], LATER).await;
    erased.works();
    let found = letters(world, contact.tenant).await;
    let details: Vec<_> = found.iter().map(|letter| &*letter.error.detail).collect();
    assert_eq!(
        details,
        [""],
        "Failure::detail: empty when the contact was erased"
    );
}
