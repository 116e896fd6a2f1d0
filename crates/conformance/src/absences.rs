use crate::{
    Stores,
    fixtures::{self, NOW},
    receipts::update,
    works::Works,
    world::{LATER, World, error},
};
use tidings_kernel::{AttemptId, Channel, ContactId, MessageId, TenantId};
use tidings_messaging::{
    Absence, AcceptError, Address, Claim, Contact, Destination, Direction, Erasure, FactsQuery,
    HeldAbsence, InboundRecord, Message, NewMessage, ProviderAccount, Receipt, ReceiptUpdate,
    Refusal, Settlement,
};
use tidings_routing::{Certainty, Class as ErrorClass, ProviderError};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.absences` keeps every promise of [`Absences`](tidings_messaging::Absences).
pub async fn absences(stores: &Stores) {
    let world = World::new(stores, 21);
    a_refusal_is_noted_with_what_tells_of_it(&world).await;
    other_refusals_are_not(&world).await;
    an_attempt_counts_once(&world).await;
    many_at_once_count_exactly(&world).await;
    the_newest_are_remembered(&world).await;
    whoever_has_the_address_knows_it(&world).await;
    a_delivery_is_a_sign_of_life_whenever_it_is_learned(&world).await;
    what_comes_in_is_a_sign_of_life(&world).await;
    a_wish_is_noted_and_the_latest_counts(&world).await;
    it_is_held_by_one(&world).await;
    a_refusal_makes_it_due_again(&world).await;
    the_contact_is_told_once(&world).await;
    after_a_wish_they_may_be_told_again(&world).await;
    the_last_who_is_erased_takes_it_along(&world).await;
}

const LEASE: Duration = Duration::MINUTE;

/// A refusal that says that nobody is there.
fn absent(certainty: Certainty) -> ProviderError {
    ProviderError {
        absence: Some(certainty),
        ..error(ErrorClass::Recipient)
    }
}

/// A message by WhatsApp whose attempt was begun at `at`.
async fn begun(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    at: OffsetDateTime,
) -> (Claim, AttemptId) {
    let new = world.new_message(contact);
    let message = Message {
        channel: Channel::Whatsapp,
        segments: None,
        ..new.message.clone()
    };
    let new = NewMessage {
        decision: world.decision(&message, tidings_messaging::Stage::Accept),
        message,
        ..new
    };
    world.stores.messages.accept(&new, None).await.works();
    let claims = world.claims(contact.tenant, NOW).await;
    let found = claims
        .into_iter()
        .find(|claim| claim.held.message == new.message.id);
    let Some(claim) = found else {
        panic!("Dispatch::claim: takes messages that are due")
    };
    let attempt = world.begin(&claim, account, at).await;
    (claim, attempt)
}

fn failed(attempt: AttemptId, error: ProviderError) -> Settlement {
    Settlement::Failed {
        attempt: Some(attempt),
        error,
        decision: None,
    }
}

/// A message that the provider refused in its answer.
async fn refused(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    at: OffsetDateTime,
) {
    let (claim, attempt) = begun(world, contact, account, at).await;
    let settlement = failed(attempt, absent(Certainty::Stated));
    world.settle(claim.held, settlement, at).await;
}

/// A receipt of an attempt.
fn told(account: &ProviderAccount, attempt: AttemptId, receipt: Receipt) -> ReceiptUpdate {
    let update = update(account, attempt, &format!("WA-{attempt}"), receipt);
    ReceiptUpdate {
        error: (receipt == Receipt::Failed).then(|| absent(Certainty::Supposed)),
        ..update
    }
}

async fn applied(world: &World<'_>, update: ReceiptUpdate) {
    let effects = world.stores.inbox.apply(&[update]).await.works();
    let is_known = effects.iter().all(Option::is_some);
    assert!(is_known, "Inbox::apply: finds the attempt");
}

/// What is known of the contact's number on WhatsApp.
async fn known(world: &World<'_>, contact: &Contact) -> Option<Absence> {
    let query = FactsQuery::of(contact.tenant, contact.id);
    let found = world.stores.facts.load(&[query], NOW).await.works();
    let Some(Some(known)) = found.into_iter().next() else {
        panic!("FactStore::load: the facts of a contact that exists")
    };
    let own = destination(contact);
    let mut absences = known.absences.into_iter();
    let found = absences.next();
    assert_eq!(absences.next(), None, "Known::absences: each address once");
    if let Some(found) = &found {
        assert_eq!(found.destination, own, "Absence::destination");
    }
    found
}

async fn refusals(world: &World<'_>, contact: &Contact) -> Vec<Refusal> {
    let mut refusals = known(world, contact)
        .await
        .map(|known| known.refusals)
        .unwrap_or_default();
    refusals.sort_unstable();
    refusals
}

fn destination(contact: &Contact) -> Destination {
    let Some(address) = contact.address(Channel::Whatsapp) else {
        panic!("a contact of the fixtures has a number")
    };
    Destination {
        channel: Channel::Whatsapp,
        address,
    }
}

fn refusal(at: OffsetDateTime, certainty: Certainty) -> Refusal {
    Refusal { at, certainty }
}

const fn minute(minute: i64) -> OffsetDateTime {
    NOW.saturating_add(Duration::minutes(minute))
}

async fn a_refusal_is_noted_with_what_tells_of_it(world: &World<'_>) {
    let (contact, account) = world.people().await;
    assert_eq!(
        known(world, &contact).await,
        None,
        "Known::absences: nothing of an address that was never refused"
    );
    refused(world, &contact, &account, minute(1)).await;
    assert_eq!(
        refusals(world, &contact).await,
        [refusal(minute(1), Certainty::Stated)],
        "Dispatch::settle: notes a refusal that says that nobody is there"
    );
    let (claim, attempt) = begun(world, &contact, &account, minute(2)).await;
    let accepted = crate::world::accepted(attempt, &format!("WA-{attempt}"), None);
    world.settle(claim.held, accepted, minute(2)).await;
    applied(world, told(&account, attempt, Receipt::Failed)).await;
    assert_eq!(
        refusals(world, &contact).await,
        [
            refusal(minute(1), Certainty::Stated),
            refusal(minute(2), Certainty::Supposed)
        ],
        "Inbox::apply: notes a failure that says that nobody is there"
    );
}

async fn other_refusals_are_not(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = begun(world, &contact, &account, NOW).await;
    let settlement = failed(attempt, error(ErrorClass::Recipient));
    world.settle(claim.held, settlement, NOW).await;
    let sentence = "Absences: refusals that say something else are not noted";
    assert_eq!(known(world, &contact).await, None, "{sentence}");
    // Nobody knows what became of it, whatever is told of it beside that.
    let (claim, attempt) = begun(world, &contact, &account, NOW).await;
    let unknown = crate::world::unknown(attempt, NOW);
    world.settle(claim.held, unknown, NOW).await;
    let again = world.claims(contact.tenant, NOW).await;
    let Some(claim) = again.first() else {
        panic!("Dispatch::claim: takes what was given back")
    };
    let settlement = failed(attempt, absent(Certainty::Stated));
    world.settle(claim.held, settlement, NOW).await;
    let sentence = "Absences: an attempt of unknown outcome is no refusal";
    assert_eq!(known(world, &contact).await, None, "{sentence}");
}

async fn an_attempt_counts_once(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = begun(world, &contact, &account, minute(1)).await;
    for _ in 0..2 {
        let settlement = failed(attempt, absent(Certainty::Stated));
        world.settle(claim.held, settlement, minute(1)).await;
    }
    let (_, attempt) = begun(world, &contact, &account, minute(2)).await;
    for _ in 0..2 {
        applied(world, told(&account, attempt, Receipt::Failed)).await;
    }
    assert_eq!(
        refusals(world, &contact).await.len(),
        2,
        "Absences: an attempt counts once"
    );
}

async fn many_at_once_count_exactly(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let mut updates = Vec::new();
    for at in 0..8 {
        let (_, attempt) = begun(world, &contact, &account, minute(at)).await;
        updates.push(told(&account, attempt, Receipt::Failed));
    }
    let inbox = &world.stores.inbox;
    let (first, second) = updates.split_at(4);
    let (all, some, others) = tokio::join!(
        inbox.apply(&updates),
        inbox.apply(first),
        inbox.apply(second)
    );
    for effects in [all, some, others] {
        effects.works();
    }
    let found = refusals(world, &contact).await;
    let expected: Vec<Refusal> = (0..8)
        .map(|at| refusal(minute(at), Certainty::Supposed))
        .collect();
    assert_eq!(
        found, expected,
        "Absences: an attempt counts once, however many workers hear of it"
    );
}

async fn the_newest_are_remembered(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let most = i64::from(Absence::REMEMBERED);
    for at in (0..most + 3).rev() {
        refused(world, &contact, &account, minute(at)).await;
    }
    let found = refusals(world, &contact).await;
    let expected: Vec<Refusal> = (3..most + 3)
        .map(|at| refusal(minute(at), Certainty::Stated))
        .collect();
    assert_eq!(found, expected, "Absence::refusals: the newest");
}

async fn whoever_has_the_address_knows_it(world: &World<'_>) {
    let (contact, account) = world.people().await;
    refused(world, &contact, &account, NOW).await;
    let sharer = world.contact(contact.tenant, 1).await;
    let other = world.contact(contact.tenant, 2).await;
    let stranger = world.contact(world.tenant().await, 1).await;
    assert_eq!(
        refusals(world, &sharer).await.len(),
        1,
        "Known::absences: for everybody who has the address"
    );
    let sentence = "Known::absences: addresses of the contact alone";
    assert_eq!(known(world, &other).await, None, "{sentence}");
    let sentence = "Known::absences: tenants are isolated";
    assert_eq!(known(world, &stranger).await, None, "{sentence}");
}

async fn a_delivery_is_a_sign_of_life_whenever_it_is_learned(world: &World<'_>) {
    let sentence = "Absence::alive_at: a message was delivered there";
    for is_learned_first in [true, false] {
        let (contact, account) = world.people().await;
        // Somebody else who has the number is reached there.
        let sharer = world.contact(contact.tenant, 1).await;
        let (_, reached) = begun(world, &sharer, &account, minute(1)).await;
        let delivered = ReceiptUpdate {
            at: minute(3),
            ..told(&account, reached, Receipt::Delivered)
        };
        let (_, attempt) = begun(world, &contact, &account, minute(2)).await;
        let failure = told(&account, attempt, Receipt::Failed);
        let order = if is_learned_first {
            [delivered, failure]
        } else {
            [failure, delivered]
        };
        for update in order {
            applied(world, update).await;
        }
        let alive_at = known(world, &contact).await.and_then(|it| it.alive_at);
        assert_eq!(alive_at, Some(minute(3)), "{sentence}");
    }
    // By another channel it says nothing.
    let (contact, account) = world.people().await;
    let (_, by_sms) = world.sent(&contact, &account, "SM-1").await;
    let delivered = update(&account, by_sms, "SM-1", Receipt::Delivered);
    applied(world, delivered).await;
    refused(world, &contact, &account, NOW).await;
    let alive_at = known(world, &contact).await.and_then(|it| it.alive_at);
    assert_eq!(alive_at, None, "{sentence}, on the channel");
}

async fn what_comes_in_is_a_sign_of_life(world: &World<'_>) {
    let (contact, account) = world.people().await;
    refused(world, &contact, &account, NOW).await;
    let wrote = |id: &str, channel| InboundRecord {
        message: Message {
            channel,
            ..fixtures::inbound(
                &contact,
                MessageId::new(&world.ids),
                account.id,
                id,
                "Hello",
            )
        },
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    let inbox = &world.stores.inbox;
    inbox.receive(&wrote("IN-1", Channel::Sms)).await.works();
    let sentence = "Absence::alive_at: a message came from there";
    let alive_at = known(world, &contact).await.and_then(|it| it.alive_at);
    assert_eq!(alive_at, None, "{sentence}, on the channel");
    let record = wrote("IN-2", Channel::Whatsapp);
    assert_eq!(record.message.direction, Direction::Inbound);
    inbox.receive(&record).await.works();
    let alive_at = known(world, &contact).await.and_then(|it| it.alive_at);
    assert_eq!(alive_at, Some(record.message.status_at), "{sentence}");
}

async fn wishes(world: &World<'_>, contact: &Contact, at: OffsetDateTime) {
    let own = destination(contact);
    let addresses = [Address::WhatsappUser("US.none".into()), own.address];
    let absences = &world.stores.absences;
    let noted = absences.wish(contact.tenant, own.channel, &addresses, at);
    noted.await.works();
}

async fn a_wish_is_noted_and_the_latest_counts(world: &World<'_>) {
    let (contact, account) = world.people().await;
    wishes(world, &contact, NOW).await;
    let sentence = "Absences::wish: an address that was never refused is left alone";
    assert_eq!(known(world, &contact).await, None, "{sentence}");
    refused(world, &contact, &account, NOW).await;
    for at in [minute(1), minute(3), minute(2)] {
        wishes(world, &contact, at).await;
    }
    let wished_at = known(world, &contact).await.and_then(|it| it.wished_at);
    let sentence = "Absences::wish: of several wishes the latest counts";
    assert_eq!(wished_at, Some(minute(3)), "{sentence}");
    let stranger = world.contact(world.tenant().await, 1).await;
    wishes(world, &stranger, LATER).await;
    let wished_at = known(world, &contact).await.and_then(|it| it.wished_at);
    let sentence = "Absences::wish: tenants are isolated";
    assert_eq!(wished_at, Some(minute(3)), "{sentence}");
}

/// What is due of a tenant.
async fn claim(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Vec<HeldAbsence> {
    let claimed = world.stores.absences.claim(1_000, now, LEASE).await.works();
    claimed
        .into_iter()
        .filter(|held| held.tenant == tenant)
        .collect()
}

async fn only(world: &World<'_>, contact: &Contact, now: OffsetDateTime) -> HeldAbsence {
    let mut held = claim(world, contact.tenant, now).await;
    assert_eq!(
        held.len(),
        1,
        "Absences::claim: takes what was refused, once"
    );
    let held = held.remove(0);
    let sentence = "HeldAbsence: what was refused, and whom it was for";
    assert_eq!(held.destination, destination(contact), "{sentence}");
    assert_eq!(held.contact, contact.id, "{sentence}");
    held
}

async fn it_is_held_by_one(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let tenant = contact.tenant;
    assert_eq!(claim(world, tenant, LATER).await, []);
    refused(world, &contact, &account, NOW).await;
    let first = only(world, &contact, LATER).await;
    let sentence = "Absences::claim: nobody else gets it before its lease is over";
    let over = LATER + LEASE;
    let before = claim(world, tenant, over - Duration::SECOND).await;
    assert_eq!(before, [], "{sentence}");
    let second = only(world, &contact, over).await;
    let absences = &world.stores.absences;
    absences.rest(&first).await.works();
    let end = over + LEASE;
    let third = only(world, &contact, end).await;
    assert_ne!(second, third);
    absences.rest(&third).await.works();
    let sentence = "Absences::rest: it is not due any more";
    let after = claim(world, tenant, end + Duration::DAY).await;
    assert_eq!(after, [], "{sentence}");
}

async fn a_refusal_makes_it_due_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    refused(world, &contact, &account, NOW).await;
    let held = only(world, &contact, LATER).await;
    // The next message was for somebody else who has the number.
    let sharer = world.contact(contact.tenant, 1).await;
    refused(world, &sharer, &account, minute(1)).await;
    world.stores.absences.rest(&held).await.works();
    only(world, &sharer, LATER).await;
}

/// A message that tells the contact.
fn notice(world: &World<'_>, contact: &Contact, at: OffsetDateTime) -> NewMessage {
    let mut new = world.new_message(contact);
    new.message.created_at = at;
    new.tells_of = Some(destination(contact));
    new
}

async fn is_refused(world: &World<'_>, new: &NewMessage, sentence: &str) {
    let refused = world.stores.messages.accept(new, None).await;
    assert!(matches!(refused, Err(AcceptError::Store(_))), "{sentence}");
    let messages = &world.stores.messages;
    let found = messages.get(new.message.tenant, new.message.id);
    assert_eq!(found.await.works(), None, "{sentence}: nothing is stored");
}

async fn the_contact_is_told_once(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let early = notice(world, &contact, NOW);
    let sentence = "NewMessage::tells_of: nobody is told of what was never refused";
    is_refused(world, &early, sentence).await;
    refused(world, &contact, &account, NOW).await;
    let told = notice(world, &contact, minute(1));
    world.stores.messages.accept(&told, None).await.works();
    let told_at = known(world, &contact).await.and_then(|it| it.told_at);
    let sentence = "NewMessage::tells_of: that they were told is stored with it";
    assert_eq!(told_at, Some(minute(1)), "{sentence}");
    let again = notice(world, &contact, minute(2));
    let sentence =
        "NewMessage::tells_of: an absence of which they were told before is inconsistent";
    is_refused(world, &again, sentence).await;
}

async fn after_a_wish_they_may_be_told_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    refused(world, &contact, &account, NOW).await;
    for (told_at, wished_at) in [(minute(1), minute(2)), (minute(3), minute(4))] {
        let told = notice(world, &contact, told_at);
        world.stores.messages.accept(&told, None).await.works();
        wishes(world, &contact, wished_at).await;
    }
    let told_at = known(world, &contact).await.and_then(|it| it.told_at);
    let sentence = "NewMessage::tells_of: unless they have asked since";
    assert_eq!(told_at, Some(minute(3)), "{sentence}");
}

async fn erase(world: &World<'_>, contact: &Contact) {
    let contacts = &world.stores.contacts;
    let erased = contacts.erase(contact.tenant, contact.id, &[], LATER).await;
    assert_eq!(erased.works(), Erasure::Done);
}

async fn the_last_who_is_erased_takes_it_along(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let sharer = world.contact(contact.tenant, 1).await;
    refused(world, &contact, &account, NOW).await;
    erase(world, &contact).await;
    let sentence = "Absences: it stays for others who have the address";
    assert_eq!(refusals(world, &sharer).await.len(), 1, "{sentence}");
    let held = only(world, &sharer, LATER).await;
    world.stores.absences.rest(&held).await.works();
    // What was under way when they were erased is noted for nobody.
    let (_, late) = begun(world, &sharer, &account, minute(1)).await;
    erase(world, &sharer).await;
    applied(world, told(&account, late, Receipt::Failed)).await;
    let heir = fixtures::contact(contact.tenant, ContactId::new(&world.ids), 1);
    world.stores.contacts.create(&heir, None).await.works();
    let sentence = "Absences: forgotten when the last of them is erased";
    assert_eq!(known(world, &heir).await, None, "{sentence}");
    assert_eq!(claim(world, heir.tenant, LATER).await, [], "{sentence}");
}
