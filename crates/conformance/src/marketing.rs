//! What `FactStore::load` owes about marketing that was handed over.

use crate::{
    fixtures::{self, NOW},
    receipts::{apply, update},
    works::Works,
    world::{LATER, LEASE_OVER, World, accepted, error, unknown},
};
use tidings_kernel::{AttemptId, ContactId, Purpose};
use tidings_messaging::{
    Claim, Contact, Counts, FactsQuery, MarketingCap, ProviderAccount, Receipt, Settlement,
};
use tidings_routing::Class as ErrorClass;
use time::{Duration, OffsetDateTime};

pub(crate) async fn check(world: &World<'_>) {
    what_is_handed_over_is_known(world).await;
    other_purposes_do_not_count(world).await;
    what_may_have_arrived_stays(world).await;
    what_was_certainly_not_sent_goes(world).await;
    what_a_crash_left_stays(world).await;
    what_was_given_up_unknown_stays(world).await;
    what_arrived_after_all_counts_again(world).await;
    each_attempt_counts(world).await;
    those_who_share_an_address_are_one_person(world).await;
    another_tenant_s_marketing_is_not_seen(world).await;
    only_the_longest_period_is_looked_back_at(world).await;
    an_erased_contact_leaves_nothing_behind(world).await;
}

const NOTHING: [OffsetDateTime; 0] = [];

const SENTENCE: &str =
    "Known::marketing_sent: when marketing that may have arrived was handed over";

/// A claimed message for marketing.
pub(crate) async fn claimed(world: &World<'_>, contact: &Contact) -> Claim {
    let mut new = world.new_message(contact);
    new.message.purpose = Purpose::Marketing;
    world.stores.messages.accept(&new, None).await.works();
    let claims = world.claims(contact.tenant, NOW).await;
    let claim = claims
        .into_iter()
        .find(|claim| claim.held.message == new.message.id);
    let Some(claim) = claim else {
        panic!("Dispatch::claim: takes messages that are due")
    };
    claim
}

/// One whose attempt was begun at `at`.
async fn begun(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    at: OffsetDateTime,
) -> (Claim, AttemptId) {
    let claim = claimed(world, contact).await;
    let attempt = world.begin(&claim, account, at).await;
    (claim, attempt)
}

async fn sent_by(world: &World<'_>, contact: &Contact, now: OffsetDateTime) -> Vec<OffsetDateTime> {
    let query = FactsQuery::of(contact.tenant, contact.id);
    let known = world.stores.facts.load(&[query], now).await.works();
    let known = known.into_iter().next().flatten();
    let mut sent = known.map(|known| known.marketing_sent).unwrap_or_default();
    sent.sort_unstable();
    sent
}

async fn sent(world: &World<'_>, contact: &Contact) -> Vec<OffsetDateTime> {
    sent_by(world, contact, NOW).await
}

async fn what_is_handed_over_is_known(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let claim = claimed(world, &contact).await;
    assert_eq!(sent(world, &contact).await, NOTHING, "{SENTENCE}");
    world.begin(&claim, &account, NOW).await;
    assert_eq!(sent(world, &contact).await, [NOW], "{SENTENCE}");
}

async fn other_purposes_do_not_count(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.begun(&contact, &account).await;
    assert_eq!(
        sent(world, &contact).await,
        NOTHING,
        "{SENTENCE}: marketing only"
    );
}

async fn what_may_have_arrived_stays(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = begun(world, &contact, &account, NOW).await;
    world
        .settle(claim.held, accepted(attempt, "SM-1", None), NOW)
        .await;
    assert_eq!(
        sent(world, &contact).await,
        [NOW],
        "{SENTENCE}: it was accepted"
    );
    // That it failed later is not certain to mean that nothing was seen.
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Failed)]).await;
    assert_eq!(
        sent(world, &contact).await,
        [NOW],
        "{SENTENCE}: it was accepted"
    );

    let (contact, account) = world.people().await;
    let (claim, attempt) = begun(world, &contact, &account, NOW).await;
    world.settle(claim.held, unknown(attempt, LATER), NOW).await;
    assert_eq!(
        sent(world, &contact).await,
        [NOW],
        "{SENTENCE}: nobody knows"
    );
}

fn retry(attempt: AttemptId) -> Settlement {
    Settlement::Retry {
        attempt,
        error: error(ErrorClass::Transient),
        due_at: NOW,
        counts: Counts::AsFailure,
        exhausted: None,
    }
}

fn failed(attempt: AttemptId) -> Settlement {
    Settlement::Failed {
        attempt: Some(attempt),
        error: error(ErrorClass::Recipient),
        decision: None,
    }
}

async fn what_was_certainly_not_sent_goes(world: &World<'_>) {
    for settlement in [retry, failed] {
        let (contact, account) = world.people().await;
        let (claim, attempt) = begun(world, &contact, &account, NOW).await;
        let (other, kept) = begun(world, &contact, &account, NOW - Duration::HOUR).await;
        let batch = [
            (claim.held, settlement(attempt)),
            (other.held, accepted(kept, "SM-1", None)),
        ];
        world.stores.dispatch.settle(&batch, NOW).await.works();
        let sentence = "Known::marketing_sent: what was certainly not sent is left out";
        assert_eq!(
            sent(world, &contact).await,
            [NOW - Duration::HOUR],
            "{sentence}"
        );
    }
    let (contact, account) = world.people().await;
    let (claim, attempt) = begun(world, &contact, &account, NOW).await;
    world.settle(claim.held, unknown(attempt, NOW), NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let again = Settlement::SendAgain {
        attempt,
        error: error(ErrorClass::Transient),
        due_at: LATER,
    };
    world.settle(claim.held, again, NOW).await;
    let sentence = "Known::marketing_sent: what is sent again was not sent";
    assert_eq!(sent(world, &contact).await, NOTHING, "{sentence}");
}

async fn what_a_crash_left_stays(world: &World<'_>) {
    let (contact, account) = world.people().await;
    begun(world, &contact, &account, NOW).await;
    world.claim(contact.tenant, LEASE_OVER).await;
    let found = sent_by(world, &contact, LEASE_OVER).await;
    assert_eq!(found, [NOW], "{SENTENCE}: a process died in it");
}

async fn what_was_given_up_unknown_stays(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = begun(world, &contact, &account, NOW).await;
    world.settle(claim.held, unknown(attempt, NOW), NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    world.settle(claim.held, failed(attempt), NOW).await;
    let sentence = "Settlement::Failed: an attempt that was unknown may still have arrived";
    assert_eq!(sent(world, &contact).await, [NOW], "{sentence}");
}

async fn what_arrived_after_all_counts_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = begun(world, &contact, &account, NOW).await;
    world.settle(claim.held, failed(attempt), NOW).await;
    let delivered = update(&account, attempt, "SM-1", Receipt::Delivered);
    apply(world, &[delivered.clone(), delivered]).await;
    assert_eq!(
        sent(world, &contact).await,
        [NOW],
        "{SENTENCE}: it was delivered"
    );
}

async fn each_attempt_counts(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let earlier = NOW - Duration::HOUR;
    for at in [earlier, NOW, earlier] {
        begun(world, &contact, &account, at).await;
    }
    assert_eq!(
        sent(world, &contact).await,
        [earlier, earlier, NOW],
        "{SENTENCE}"
    );
}

async fn those_who_share_an_address_are_one_person(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 1).await;
    let by_email = Contact {
        email: one.email.clone(),
        ..Contact::blank(ContactId::new(&world.ids), one.tenant, NOW)
    };
    world.stores.contacts.create(&by_email, None).await.works();
    let stranger = world.contact(one.tenant, 2).await;
    let earlier = NOW - Duration::HOUR;
    begun(world, &one, &account, NOW).await;
    begun(world, &two, &account, earlier).await;
    let sentence = "Known::marketing_sent: by whichever contact that shares an address with it";
    for contact in [&one, &two, &by_email] {
        assert_eq!(sent(world, contact).await, [earlier, NOW], "{sentence}");
    }
    assert_eq!(sent(world, &stranger).await, NOTHING, "{sentence}");
    let moved = Contact {
        phone: Some(fixtures::phone(3)),
        email: None,
        ..two
    };
    world.stores.contacts.update(&moved).await.works();
    assert_eq!(sent(world, &moved).await, [earlier], "{sentence}, now");
    assert_eq!(sent(world, &one).await, [NOW], "{sentence}, now");
}

async fn another_tenant_s_marketing_is_not_seen(world: &World<'_>) {
    let (ours, _) = world.people().await;
    let (theirs, account) = world.people().await;
    begun(world, &theirs, &account, NOW).await;
    let sentence = "Known::marketing_sent: tenants are isolated";
    assert_eq!(sent(world, &ours).await, NOTHING, "{sentence}");
}

async fn only_the_longest_period_is_looked_back_at(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let week = Duration::hours(i64::from(MarketingCap::LONGEST));
    let within = NOW - week + Duration::SECOND;
    for at in [NOW - week * 3, NOW - week, within, NOW] {
        begun(world, &contact, &account, at).await;
    }
    let sentence = "Known::marketing_sent: within the last `MarketingCap::LONGEST` hours";
    assert_eq!(sent(world, &contact).await, [within, NOW], "{sentence}");
    assert_eq!(sent_by(world, &contact, LATER).await, [NOW], "{sentence}");
}

async fn an_erased_contact_leaves_nothing_behind(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 1).await;
    let (claim, attempt) = begun(world, &one, &account, NOW).await;
    world.settle(claim.held, failed(attempt), NOW).await;
    begun(world, &one, &account, NOW).await;
    world
        .stores
        .contacts
        .erase(one.tenant, one.id, &[], NOW)
        .await
        .works();
    let sentence = "Contacts::erase: what an erased contact was sent is not counted any more";
    assert_eq!(sent(world, &two).await, NOTHING, "{sentence}");
    apply(
        world,
        &[update(&account, attempt, "SM-1", Receipt::Delivered)],
    )
    .await;
    assert_eq!(sent(world, &two).await, NOTHING, "{sentence}");
}
