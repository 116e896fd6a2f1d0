//! What contacts write.

use crate::{
    fixtures::{self, NOW},
    works::Works,
    world::World,
};
use tidings_consent::{Action, chain};
use tidings_kernel::{ContactId, MessageId, Money};
use tidings_messaging::{
    Contact, InboundRecord, Message, Order, OrderItem, ProviderAccount, Shopping, Status,
};
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    what_comes_in_is_stored_once(world).await;
    what_comes_in_brings_its_contact_and_consent(world).await;
    another_account_may_use_the_same_id(world).await;
    what_is_said_of_products_is_kept(world).await;
    what_came_in_is_not_queued(world).await;
}

async fn account(world: &World<'_>) -> ProviderAccount {
    world.account(world.tenant().await).await
}

fn text(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    id: &str,
) -> InboundRecord {
    let message = fixtures::inbound(contact, MessageId::new(&world.ids), account.id, id, "STOP");
    InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    }
}

async fn receive(world: &World<'_>, inbound: &InboundRecord) -> bool {
    world.stores.inbox.receive(inbound).await.works()
}

async fn get(world: &World<'_>, message: &Message) -> Option<Message> {
    let found = world
        .stores
        .messages
        .get(message.tenant, message.id)
        .await
        .works();
    found.map(|record| record.message)
}

async fn what_comes_in_is_stored_once(world: &World<'_>) {
    let account = account(world).await;
    let contact = world.contact(account.tenant, 1).await;
    let first = text(world, &contact, &account, "IN-1");
    assert!(
        receive(world, &first).await,
        "Inbox::receive: stores a message from a contact"
    );
    let found = get(world, &first.message).await;
    assert_eq!(
        found,
        Some(first.message),
        "Inbox::receive: stores a message from a contact"
    );
    let stranger = fixtures::contact(account.tenant, ContactId::new(&world.ids), 2);
    let mut again = text(world, &stranger, &account, "IN-1");
    again
        .consent
        .push(world.event(&stranger, Action::OptOut, NOW));
    again.new_contact = Some(stranger.clone());
    let sentence = "Inbox::receive: false if the account has seen this provider id before, and nothing is stored";
    assert!(!receive(world, &again).await, "{sentence}");
    assert_eq!(get(world, &again.message).await, None, "{sentence}");
    let found = world
        .stores
        .contacts
        .get(account.tenant, stranger.id)
        .await
        .works();
    assert_eq!(found, None, "{sentence}");
}

async fn what_comes_in_brings_its_contact_and_consent(world: &World<'_>) {
    let account = account(world).await;
    let known = world.contact(account.tenant, 1).await;
    let contact = fixtures::contact(account.tenant, ContactId::new(&world.ids), 1);
    let mut inbound = text(world, &contact, &account, "IN-1");
    inbound.new_contact = Some(contact.clone());
    inbound.consent = [&contact, &known]
        .map(|contact| world.event(contact, Action::OptOut, NOW))
        .to_vec();
    receive(world, &inbound).await;
    let sentence =
        "Inbox::receive: stores a message, its consent events and its contact in one step";
    let found = world
        .stores
        .contacts
        .get(contact.tenant, contact.id)
        .await
        .works();
    assert_eq!(found, Some(contact.clone()), "{sentence}");
    for (person, event) in [contact, known].iter().zip(&inbound.consent) {
        let links = world
            .stores
            .consent
            .history(person.tenant, person.id)
            .await
            .works();
        let events: Vec<_> = links.iter().map(|link| &link.event).collect();
        assert_eq!(events, [event], "{sentence}");
        assert!(
            chain::verify(&links).is_ok(),
            "{sentence}, in each contact's chain"
        );
    }
}

async fn another_account_may_use_the_same_id(world: &World<'_>) {
    let one = account(world).await;
    let two = world.account(one.tenant).await;
    let contact = world.contact(one.tenant, 1).await;
    // An id of ours, too: what a provider calls our messages is not what it calls the contact's.
    world.sent(&contact, &one, "IN-1").await;
    for account in [one, two] {
        let is_new = receive(world, &text(world, &contact, &account, "IN-1")).await;
        assert!(
            is_new,
            "Inbox::receive: false if this account has seen this inbound id before"
        );
    }
}

fn cart() -> Shopping {
    let item = OrderItem {
        product: "SKU-1".into(),
        quantity: 2,
        price: Money::parse("9.5", "USD").ok(),
    };
    Shopping {
        order: Some(Order {
            catalog: Some("42".into()),
            items: vec![item],
            note: None,
        }),
        product: None,
    }
}

async fn what_is_said_of_products_is_kept(world: &World<'_>) {
    let account = account(world).await;
    let contact = world.contact(account.tenant, 1).await;
    let mut inbound = text(world, &contact, &account, "IN-1");
    inbound.message.content.shopping = Some(cart());
    receive(world, &inbound).await;
    let found = get(world, &inbound.message).await;
    assert_eq!(
        found.map(|message| message.content),
        Some(inbound.message.content),
        "Inbox::receive: stores what was said as it was"
    );
}

async fn what_came_in_is_not_queued(world: &World<'_>) {
    let account = account(world).await;
    let contact = world.contact(account.tenant, 1).await;
    let inbound = text(world, &contact, &account, "IN-1");
    receive(world, &inbound).await;
    let claims = world.claims(account.tenant, NOW + Duration::DAY).await;
    assert_eq!(claims, [], "Inbox::receive: what came in does not go out");
    let record = world.record(account.tenant, inbound.message.id).await;
    let statuses: Vec<_> = record.timeline.iter().map(|entry| entry.status).collect();
    assert_eq!(
        statuses,
        [Status::Received],
        "Inbox::receive: came in from a contact"
    );
}
