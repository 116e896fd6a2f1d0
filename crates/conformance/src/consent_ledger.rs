use crate::{
    Stores,
    fixtures::{self, NOW},
    works::Works,
    world::World,
};
use tidings_consent::{
    Action, BoundedText, Channels, ConsentEvent, Evidence, Method, Purposes,
    chain::{self, Link},
};
use tidings_kernel::{ConsentEventId, ContactId};
use tidings_messaging::{Contact, RecordError};
use time::Duration;

/// Panics unless `stores.consent` keeps every promise of
/// [`ConsentLedger`](tidings_messaging::ConsentLedger).
pub async fn consent_ledger(stores: &Stores) {
    let world = World::new(stores, 6);
    events_come_in_the_order_of_recording(&world).await;
    events_come_as_they_were_recorded(&world).await;
    the_chain_verifies(&world).await;
    each_salt_is_its_own(&world).await;
    the_same_id_twice_changes_nothing(&world).await;
    each_contact_has_a_chain_of_its_own(&world).await;
    a_stranger_has_no_history(&world).await;
    nothing_is_recorded_about_a_stranger(&world).await;
    another_tenant_has_no_part_in_it(&world).await;
    the_answer_is_stored_with_it(&world).await;
    nothing_is_recorded_when_the_key_is_lost(&world).await;
}

async fn history(world: &World<'_>, contact: &Contact) -> Vec<Link> {
    world
        .stores
        .consent
        .history(contact.tenant, contact.id)
        .await
        .works()
}

async fn recorded(world: &World<'_>, contact: &Contact, action: Action, days: i64) -> ConsentEvent {
    let event = world.event(contact, action, NOW - Duration::days(days));
    world
        .stores
        .consent
        .record(contact.tenant, &event, None)
        .await
        .works();
    event
}

async fn contact(world: &World<'_>) -> Contact {
    world.contact(world.tenant().await, 1).await
}

async fn events_come_in_the_order_of_recording(world: &World<'_>) {
    let contact = contact(world).await;
    let late = recorded(world, &contact, Action::OptIn, 0).await;
    let early = recorded(world, &contact, Action::OptOut, 30).await;
    let middle = recorded(world, &contact, Action::OptIn, 15).await;
    let found: Vec<_> = history(world, &contact)
        .await
        .into_iter()
        .map(|link| link.event.id)
        .collect();
    let sentence = "ConsentLedger::history: in the order in which events were recorded, whenever they happened";
    assert_eq!(found, [late.id, early.id, middle.id], "{sentence}");
}

async fn events_come_as_they_were_recorded(world: &World<'_>) {
    let contact = contact(world).await;
    let evidence = Evidence {
        text_shown: BoundedText::new("Text me offers").ok(),
        ip: BoundedText::new("192.0.2.1").ok(),
        user_agent: BoundedText::new("Browser").ok(),
        document_url: BoundedText::new("https://example.com/form.pdf").ok(),
        source_message_id: BoundedText::new("SM1").ok(),
        note: BoundedText::new("by hand").ok(),
    };
    let event = ConsentEvent {
        channels: Channels::All,
        method: Method::WebForm,
        recorded_at: NOW + Duration::microseconds(123_456),
        evidence,
        ..world.event(&contact, Action::ConsentGiven, NOW)
    };
    let narrow = ConsentEvent {
        id: ConsentEventId::new(&world.ids),
        purposes: Purposes::only([tidings_kernel::Purpose::Reminder]).works(),
        evidence: Evidence::default(),
        ..event.clone()
    };
    for event in [&event, &narrow] {
        world
            .stores
            .consent
            .record(contact.tenant, event, None)
            .await
            .works();
    }
    let found: Vec<_> = history(world, &contact)
        .await
        .into_iter()
        .map(|link| link.event)
        .collect();
    assert_eq!(
        found,
        [event, narrow],
        "ConsentLedger::history: the contact's events"
    );
}

async fn the_chain_verifies(world: &World<'_>) {
    let contact = contact(world).await;
    for (action, days) in [(Action::OptIn, 3), (Action::OptOut, 9), (Action::OptIn, 1)] {
        recorded(world, &contact, action, days).await;
    }
    let links = history(world, &contact).await;
    let head = chain::verify(&links);
    let sentence =
        "ConsentLedger: each contact's events form a hash chain in the order of recording";
    assert_eq!(head, Ok(links.last().map(|link| link.hash)), "{sentence}");
    assert_eq!(links.len(), 3, "{sentence}");
}

async fn each_salt_is_its_own(world: &World<'_>) {
    let contact = contact(world).await;
    recorded(world, &contact, Action::OptIn, 1).await;
    recorded(world, &contact, Action::OptIn, 1).await;
    let salts: Vec<_> = history(world, &contact)
        .await
        .into_iter()
        .map(|link| link.salt)
        .collect();
    let is_drawn = matches!(salts.as_slice(), [Some(one), Some(two)] if one != two);
    assert!(
        is_drawn,
        "ConsentLedger: draws the salt of each link from a secure generator"
    );
}

async fn the_same_id_twice_changes_nothing(world: &World<'_>) {
    let contact = contact(world).await;
    let event = recorded(world, &contact, Action::OptIn, 1).await;
    recorded(world, &contact, Action::OptOut, 0).await;
    let before = history(world, &contact).await;
    let altered = ConsentEvent {
        action: Action::Complaint,
        ..event.clone()
    };
    for event in [event, altered] {
        world
            .stores
            .consent
            .record(contact.tenant, &event, None)
            .await
            .works();
    }
    let sentence = "ConsentLedger::record: recording the same id twice changes nothing";
    assert_eq!(history(world, &contact).await, before, "{sentence}");
}

async fn each_contact_has_a_chain_of_its_own(world: &World<'_>) {
    let one = contact(world).await;
    let two = world.contact(one.tenant, 1).await;
    recorded(world, &one, Action::OptIn, 1).await;
    recorded(world, &two, Action::OptIn, 1).await;
    recorded(world, &one, Action::OptOut, 0).await;
    for (contact, length) in [(one, 2), (two, 1)] {
        let links = history(world, &contact).await;
        let is_own = links.iter().all(|link| link.event.contact == contact.id);
        let sentence =
            "ConsentLedger: each contact's events form a chain, whoever shares the address";
        assert!(
            is_own && links.len() == length && chain::verify(&links).is_ok(),
            "{sentence}"
        );
    }
}

async fn a_stranger_has_no_history(world: &World<'_>) {
    let stranger = fixtures::contact(world.tenant().await, ContactId::new(&world.ids), 1);
    assert_eq!(
        history(world, &stranger).await,
        [],
        "ConsentLedger::history: empty for a stranger"
    );
}

async fn nothing_is_recorded_about_a_stranger(world: &World<'_>) {
    let stranger = fixtures::contact(world.tenant().await, ContactId::new(&world.ids), 1);
    let event = world.event(&stranger, Action::OptIn, NOW);
    let result = world
        .stores
        .consent
        .record(stranger.tenant, &event, None)
        .await;
    let sentence = "RecordError::NoContact: there is no such contact";
    assert!(matches!(result, Err(RecordError::NoContact)), "{sentence}");
    assert_eq!(history(world, &stranger).await, [], "{sentence}");
}

async fn another_tenant_has_no_part_in_it(world: &World<'_>) {
    let contact = contact(world).await;
    recorded(world, &contact, Action::OptIn, 1).await;
    let moved = Contact {
        tenant: world.tenant().await,
        ..contact
    };
    let event = world.event(&moved, Action::OptOut, NOW);
    let result = world
        .stores
        .consent
        .record(moved.tenant, &event, None)
        .await;
    let sentence = "ConsentLedger: tenants are isolated";
    assert!(matches!(result, Err(RecordError::NoContact)), "{sentence}");
    assert_eq!(history(world, &moved).await, [], "{sentence}");
}

async fn the_answer_is_stored_with_it(world: &World<'_>) {
    let contact = contact(world).await;
    let event = world.event(&contact, Action::OptIn, NOW);
    let answer = world.answer(contact.tenant).await;
    world
        .stores
        .consent
        .record(contact.tenant, &event, Some(&answer))
        .await
        .works();
    let sentence = "ConsentLedger::record: records the answer that reports it, in one step";
    assert!(world.is_answered(&answer).await, "{sentence}");
}

async fn nothing_is_recorded_when_the_key_is_lost(world: &World<'_>) {
    let contact = contact(world).await;
    let event = world.event(&contact, Action::OptIn, NOW);
    let lost = world.lost_answer(contact.tenant).await;
    let result = world
        .stores
        .consent
        .record(contact.tenant, &event, Some(&lost))
        .await;
    let sentence = "RecordError::KeyLost: nothing was recorded";
    assert!(matches!(result, Err(RecordError::KeyLost(_))), "{sentence}");
    assert_eq!(history(world, &contact).await, [], "{sentence}");
}
