//! What `Contacts::erase` owes.

use crate::{
    contacts::get,
    fixtures::{self, NOW},
    works::Works,
    world::{LATER, World},
};
use tidings_consent::{Action, BoundedText, Evidence, Purposes, chain};
use tidings_kernel::{Channel, ContactId, Purpose};
use tidings_messaging::{
    Address, Contact, ContactFilter, Erasure, FactsQuery, Page, Preferences, Status, Suppression,
};
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    contact_and_preferences_go(world).await;
    a_stranger_is_not_found(world).await;
    another_tenant_cannot_erase(world).await;
    texts_go(world).await;
    evidence_goes_and_the_chain_still_holds(world).await;
    what_was_refused_stays_refused(world).await;
    one_refused_purpose_is_enough(world).await;
    what_was_not_refused_is_free(world).await;
    the_caller_may_name_more(world).await;
    a_new_holder_of_the_address_is_suppressed(world).await;
    messages_that_wait_are_cancelled(world).await;
    others_with_the_address_stay(world).await;
    erasing_twice_equals_erasing_once(world).await;
}

async fn erase(world: &World<'_>, contact: &Contact) -> Erasure {
    world
        .stores
        .contacts
        .erase(contact.tenant, contact.id, &[], LATER)
        .await
        .works()
}

async fn contact(world: &World<'_>) -> Contact {
    world.contact(world.tenant().await, 1).await
}

/// A contact that has said stop by text message.
async fn stopped(world: &World<'_>) -> Contact {
    let contact = contact(world).await;
    let stop = world.event(&contact, Action::OptOut, NOW);
    world
        .stores
        .consent
        .record(contact.tenant, &stop, None)
        .await
        .works();
    contact
}

async fn suppressions(world: &World<'_>, contact: &Contact, address: &Address) -> Vec<Suppression> {
    world
        .stores
        .facts
        .suppressions(contact.tenant, address)
        .await
        .works()
}

fn phone() -> Address {
    Address::Phone(fixtures::phone(1))
}

async fn contact_and_preferences_go(world: &World<'_>) {
    let contact = contact(world).await;
    let (tenant, id) = (contact.tenant, contact.id);
    world
        .stores
        .contacts
        .set_preferences(tenant, id, &Preferences::default(), NOW)
        .await
        .works();
    assert_eq!(
        erase(world, &contact).await,
        Erasure::Done,
        "Erasure::Done: the person's data are gone"
    );
    let sentence = "Contacts::erase: contact and preferences go";
    assert_eq!(get(world, &contact).await, None, "{sentence}");
    let preferences = world.stores.contacts.preferences(tenant, id).await.works();
    assert_eq!(preferences, None, "{sentence}");
    let filter = ContactFilter::default();
    let listed = world
        .stores
        .contacts
        .list(
            tenant,
            &filter,
            Page {
                limit: 10,
                after: None,
            },
        )
        .await
        .works();
    assert_eq!(listed.data, [], "{sentence}");
    let query = FactsQuery::of(tenant, id);
    let known = world.stores.facts.load(&[query], NOW).await.works();
    assert_eq!(known, [None], "{sentence}");
}

async fn a_stranger_is_not_found(world: &World<'_>) {
    let tenant = world.tenant().await;
    let stranger = fixtures::contact(tenant, ContactId::new(&world.ids), 1);
    let sentence = "Erasure::NotFound: there was no such contact";
    assert_eq!(
        erase(world, &stranger).await,
        Erasure::NotFound,
        "{sentence}"
    );
}

async fn another_tenant_cannot_erase(world: &World<'_>) {
    let contact = contact(world).await;
    let moved = Contact {
        tenant: world.tenant().await,
        ..contact.clone()
    };
    let sentence = "Contacts::erase: another tenant's contact is none";
    assert_eq!(erase(world, &moved).await, Erasure::NotFound, "{sentence}");
    assert_eq!(get(world, &contact).await, Some(contact), "{sentence}");
}

async fn texts_go(world: &World<'_>) {
    let contact = contact(world).await;
    let account = world.account(contact.tenant).await;
    let (claim, _) = world.sent(&contact, &account, "SM-erased").await;
    erase(world, &contact).await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let decisions = world
        .stores
        .messages
        .decisions(contact.tenant, claim.held.message)
        .await
        .works();
    let sentence = "Contacts::erase: texts of messages go, and what identifies";
    assert_eq!(record.message.content.text, "", "{sentence}");
    let all = format!("{record:?} {} {decisions:?}", record.message.to);
    // `Debug` of a number shows its end only; a text or address elsewhere is found in full.
    for secret in [
        "table is ready",
        &fixtures::phone(1).to_string(),
        "person1@",
    ] {
        assert!(!all.contains(secret), "{sentence}: {secret} is still there");
    }
    let to: Vec<_> = decisions
        .iter()
        .filter_map(|decision| decision.request.to.clone())
        .collect();
    assert_eq!(to, [], "{sentence}: a decision still has the address");
    let asked = decisions.iter().map(|decision| decision.others.len());
    assert_eq!(
        asked.sum::<usize>(),
        0,
        "{sentence}: nor the other channels"
    );
    assert_ne!(record.message.contact_address, phone(), "{sentence}");
    assert_eq!(
        record.message.status,
        Status::Sent,
        "Contacts::erase: what happened stays"
    );
}

async fn evidence_goes_and_the_chain_still_holds(world: &World<'_>) {
    let contact = contact(world).await;
    let evidence = Evidence {
        ip: BoundedText::new("192.0.2.1").ok(),
        note: BoundedText::new("spoke to Ada").ok(),
        ..Evidence::default()
    };
    for action in [Action::OptIn, Action::OptOut] {
        let mut event = world.event(&contact, action, NOW);
        event.evidence = evidence.clone();
        world
            .stores
            .consent
            .record(contact.tenant, &event, None)
            .await
            .works();
    }
    let before = world
        .stores
        .consent
        .history(contact.tenant, contact.id)
        .await
        .works();
    erase(world, &contact).await;
    let after = world
        .stores
        .consent
        .history(contact.tenant, contact.id)
        .await
        .works();
    let sentence = "Contacts::erase: ledger events stay without what identifies";
    assert_eq!(before.len(), after.len(), "{sentence}");
    assert!(
        after.iter().all(|link| link.event.evidence.is_empty()),
        "{sentence}"
    );
    let sentence =
        "ConsentLedger::history: an erased contact's chain is redacted, and still verifies";
    assert!(after.iter().all(|link| link.salt.is_none()), "{sentence}");
    assert_eq!(chain::verify(&after), chain::verify(&before), "{sentence}");
    assert!(chain::verify(&after).is_ok(), "{sentence}");
}

async fn what_was_refused_stays_refused(world: &World<'_>) {
    let contact = stopped(world).await;
    assert_eq!(
        suppressions(world, &contact, &phone()).await,
        [],
        "FactStore::suppressions: after an erasure"
    );
    erase(world, &contact).await;
    let found = suppressions(world, &contact, &phone()).await;
    let sentence = "Contacts::erase: each address on which some purpose stands refused stays suppressed, since now";
    let expected = Suppression {
        channel: Channel::Sms,
        since: LATER,
    };
    assert!(found.contains(&expected), "{sentence}: {found:?}");
    let elsewhere = world
        .stores
        .facts
        .suppressions(world.tenant().await, &phone())
        .await
        .works();
    assert_eq!(
        elsewhere,
        [],
        "FactStore::suppressions: tenants are isolated"
    );
}

async fn one_refused_purpose_is_enough(world: &World<'_>) {
    let contact = contact(world).await;
    let mut withdrawn = world.event(&contact, Action::ConsentWithdrawn, NOW);
    if let Ok(purposes) = Purposes::only([Purpose::Marketing]) {
        withdrawn.purposes = purposes;
    }
    world
        .stores
        .consent
        .record(contact.tenant, &withdrawn, None)
        .await
        .works();
    erase(world, &contact).await;
    let found = suppressions(world, &contact, &phone()).await;
    let is_suppressed = found
        .iter()
        .any(|suppression| suppression.channel == Channel::Sms);
    assert!(
        is_suppressed,
        "Contacts::erase: each address on which some purpose stands refused"
    );
}

async fn what_was_not_refused_is_free(world: &World<'_>) {
    let contact = contact(world).await;
    let opt_in = world.event(&contact, Action::OptIn, NOW);
    world
        .stores
        .consent
        .record(contact.tenant, &opt_in, None)
        .await
        .works();
    erase(world, &contact).await;
    for address in contact.addresses() {
        let found = suppressions(world, &contact, &address).await;
        assert_eq!(
            found,
            [],
            "Contacts::erase: only what stands refused stays suppressed"
        );
    }
}

async fn the_caller_may_name_more(world: &World<'_>) {
    let contact = contact(world).await;
    let email = Address::Email("person1@example.com".into());
    let refused = [(email.clone(), Channel::Email)];
    world
        .stores
        .contacts
        .erase(contact.tenant, contact.id, &refused, LATER)
        .await
        .works();
    let found = suppressions(world, &contact, &email).await;
    let expected = [Suppression {
        channel: Channel::Email,
        since: LATER,
    }];
    assert_eq!(
        found, expected,
        "Contacts::erase: or on which `refused` says so"
    );
    let phone = suppressions(world, &contact, &phone()).await;
    assert_eq!(phone, [], "Contacts::erase: `refused` names one address");
}

async fn a_new_holder_of_the_address_is_suppressed(world: &World<'_>) {
    let contact = stopped(world).await;
    erase(world, &contact).await;
    let again = world.contact(contact.tenant, 1).await;
    let query = FactsQuery::of(again.tenant, again.id);
    let known = world
        .stores
        .facts
        .load(&[query], NOW)
        .await
        .works()
        .remove(0);
    let found = known.map(|known| known.suppressions).unwrap_or_default();
    let sentence =
        "Known::suppressions: what stays refused after an erasure, whoever has the address now";
    assert!(
        found
            .iter()
            .any(|suppression| suppression.channel == Channel::Sms),
        "{sentence}"
    );
}

async fn messages_that_wait_are_cancelled(world: &World<'_>) {
    let contact = contact(world).await;
    let account = world.account(contact.tenant).await;
    let message = world.queued(&contact).await;
    let held = world.claim(contact.tenant, NOW).await;
    erase(world, &contact).await;
    let sentence = "Contacts::erase: messages that wait are cancelled";
    let record = world.record(contact.tenant, message.id).await;
    assert_eq!(record.message.status, Status::Cancelled, "{sentence}");
    let start = world.start(&held, &account, NOW);
    let begun = world.stores.dispatch.begin(&[start]).await.works();
    assert_eq!(begun, [], "{sentence}, also when a worker holds them");
    let claims = world.claims(contact.tenant, LATER).await;
    assert_eq!(claims, [], "{sentence}");
}

async fn others_with_the_address_stay(world: &World<'_>) {
    let contact = stopped(world).await;
    let other = world.contact(contact.tenant, 1).await;
    let message = world.queued(&other).await;
    erase(world, &contact).await;
    let sentence = "Contacts::erase: erases one person, not those who share an address";
    assert_eq!(get(world, &other).await, Some(other.clone()), "{sentence}");
    assert_eq!(
        world.record(other.tenant, message.id).await.message,
        message,
        "{sentence}"
    );
    let query = FactsQuery::of(other.tenant, other.id);
    let known = world
        .stores
        .facts
        .load(&[query], NOW)
        .await
        .works()
        .remove(0);
    let is_suppressed = known.is_some_and(|known| !known.suppressions.is_empty());
    assert!(
        is_suppressed,
        "Contacts::erase: a stop outlives the one who said it, for all who share the address"
    );
}

async fn erasing_twice_equals_erasing_once(world: &World<'_>) {
    let contact = stopped(world).await;
    erase(world, &contact).await;
    let before = suppressions(world, &contact, &phone()).await;
    let much_later = LATER + Duration::DAY;
    let second = world
        .stores
        .contacts
        .erase(contact.tenant, contact.id, &[], much_later)
        .await
        .works();
    let sentence = "Contacts::erase: erasing twice equals erasing once";
    assert_eq!(
        second,
        Erasure::NotFound,
        "{sentence}: the second time there is no such contact"
    );
    assert_eq!(
        suppressions(world, &contact, &phone()).await,
        before,
        "{sentence}"
    );
}
