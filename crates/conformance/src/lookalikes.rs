//! What an erasure owes to other spellings of a number.

use crate::{
    fixtures::NOW,
    works::Works,
    world::{LATER, World},
};
use tidings_consent::Action;
use tidings_kernel::{Channel, ContactId, PhoneNumber, TenantId};
use tidings_messaging::{Address, Contact, FactsQuery, Suppression};
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    other_spellings_of_a_number_stay_refused(world).await;
    the_latest_refusal_of_all_spellings_counts(world).await;
    numbers_of_others_are_free(world).await;
}

const SENTENCE: &str =
    "FactStore::suppressions: numbers that may reach the same handset are refused together";

/// Two spellings of one number, and a number that is another's.
const SPELLINGS: [[&str; 3]; 3] = [
    ["+5215512345678", "+525512345678", "+525512345679"],
    ["+5491123456789", "+541123456789", "+541123456788"],
    ["+551188887777", "+5511988887777", "+551133334444"],
];

fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::from_e164(text).works()
}

async fn contact(world: &World<'_>, tenant: TenantId, text: &str) -> Contact {
    let contact = Contact {
        phone: Some(phone(text)),
        ..Contact::blank(ContactId::new(&world.ids), tenant, NOW)
    };
    world.stores.contacts.create(&contact, None).await.works();
    contact
}

/// Says stop by this number, and is erased so long after [`LATER`].
async fn refuse(world: &World<'_>, tenant: TenantId, text: &str, after: Duration) {
    let contact = contact(world, tenant, text).await;
    let stop = world.event(&contact, Action::OptOut, NOW);
    let (consent, contacts) = (&world.stores.consent, &world.stores.contacts);
    consent.record(tenant, &stop, None).await.works();
    contacts
        .erase(tenant, contact.id, &[], LATER + after)
        .await
        .works();
}

/// What is refused by text message, asked for the number and for a new contact that has it.
async fn refused(world: &World<'_>, tenant: TenantId, text: &str) -> [Vec<Suppression>; 2] {
    let address = Address::Phone(phone(text));
    let facts = &world.stores.facts;
    let of_address = facts.suppressions(tenant, &address).await.works();
    let holder = contact(world, tenant, text).await;
    let query = FactsQuery::of(tenant, holder.id);
    let known = facts.load(&[query], NOW).await.works();
    let of_holder = known
        .into_iter()
        .flatten()
        .flat_map(|known| known.suppressions);
    [of_address, of_holder.collect()].map(|found| {
        let by_text = |suppression: &Suppression| suppression.channel == Channel::Sms;
        found.into_iter().filter(by_text).collect()
    })
}

async fn other_spellings_of_a_number_stay_refused(world: &World<'_>) {
    for [one, other, _] in SPELLINGS {
        for (said, asked) in [(one, other), (other, one), (one, one)] {
            let tenant = world.tenant().await;
            refuse(world, tenant, said, Duration::ZERO).await;
            let expected = [Suppression {
                channel: Channel::Sms,
                since: LATER,
            }];
            for found in refused(world, tenant, asked).await {
                assert_eq!(found, expected, "{SENTENCE}");
            }
        }
    }
}

async fn the_latest_refusal_of_all_spellings_counts(world: &World<'_>) {
    for [one, other, _] in SPELLINGS {
        let tenant = world.tenant().await;
        refuse(world, tenant, one, Duration::DAY).await;
        refuse(world, tenant, other, Duration::ZERO).await;
        for found in refused(world, tenant, other).await {
            let latest = found.iter().map(|suppression| suppression.since).max();
            let sentence = "Suppression::since: the latest refusal counts";
            assert_eq!(latest, Some(LATER + Duration::DAY), "{sentence}");
        }
    }
}

async fn numbers_of_others_are_free(world: &World<'_>) {
    for [one, _, stranger] in SPELLINGS {
        let tenant = world.tenant().await;
        refuse(world, tenant, one, Duration::ZERO).await;
        for found in refused(world, tenant, stranger).await {
            assert_eq!(found, [], "{SENTENCE}, and no others");
        }
        for found in refused(world, world.tenant().await, one).await {
            assert_eq!(found, [], "FactStore::suppressions: tenants are isolated");
        }
    }
}
