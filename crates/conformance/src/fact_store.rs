use crate::{
    Stores,
    fixtures::{self, NOW},
    marketing,
    template_library::new_template,
    usage,
    works::Works,
    world::World,
};
use std::collections::BTreeSet;
use tidings_consent::Action;
use tidings_kernel::{Channel, ConsentEventId, ContactId, MessageId, TemplateId};
use tidings_messaging::{
    Address, Contact, FactsQuery, InboundRecord, Known, Message, Preferences, StoredTemplate,
    TemplateFacts,
};
use tidings_templates::ApprovalStatus;
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.facts` keeps every promise of [`FactStore`](tidings_messaging::FactStore);
/// suppressions are checked with erasure, in [`contacts`](crate::contacts()).
pub async fn fact_store(stores: &Stores) {
    let world = World::new(stores, 7);
    facts_come_in_the_place_of_their_query(&world).await;
    another_tenant_has_no_facts(&world).await;
    preferences_are_known(&world).await;
    the_events_of_a_shared_address_are_known_of_both(&world).await;
    any_kind_of_address_may_be_shared(&world).await;
    events_follow_the_address_as_it_is_now(&world).await;
    the_template_is_known_as_it_is_now(&world).await;
    a_missing_template_is_absent(&world).await;
    the_last_inbound_is_known_by_channel(&world).await;
    an_address_without_erasure_is_free(&world).await;
    marketing::check(&world).await;
    usage::check(&world).await;
}

fn query(contact: &Contact) -> FactsQuery {
    FactsQuery::of(contact.tenant, contact.id)
}

async fn known(world: &World<'_>, query: FactsQuery) -> Known {
    let found = world
        .stores
        .facts
        .load(&[query], NOW)
        .await
        .works()
        .remove(0);
    let Some(known) = found else {
        panic!("FactStore::load: the facts of each query")
    };
    known
}

async fn contact(world: &World<'_>) -> Contact {
    world.contact(world.tenant().await, 1).await
}

async fn facts_come_in_the_place_of_their_query(world: &World<'_>) {
    let (one, two) = (contact(world).await, contact(world).await);
    let stranger = fixtures::contact(one.tenant, ContactId::new(&world.ids), 1);
    let queries = [query(&two), query(&stranger), query(&one), query(&two)];
    let found = world.stores.facts.load(&queries, NOW).await.works();
    let contacts: Vec<_> = found
        .iter()
        .map(|k| k.as_ref().map(|k| k.contact.clone()))
        .collect();
    let sentence = "FactStore::load: the facts of each query, in its place; none where the contact does not exist";
    assert_eq!(
        contacts,
        [Some(two.clone()), None, Some(one), Some(two.clone())],
        "{sentence}"
    );
    let tenant = found.into_iter().next().flatten().map(|known| known.tenant);
    assert_eq!(
        tenant,
        Some(fixtures::tenant(two.tenant)),
        "Known::tenant: the tenant"
    );
    assert_eq!(
        world.stores.facts.load(&[], NOW).await.works(),
        [],
        "{sentence}"
    );
}

async fn another_tenant_has_no_facts(world: &World<'_>) {
    let contact = contact(world).await;
    let other = FactsQuery {
        tenant: world.tenant().await,
        ..query(&contact)
    };
    let found = world.stores.facts.load(&[other], NOW).await.works();
    assert_eq!(found, [None], "FactStore::load: tenants are isolated");
}

async fn preferences_are_known(world: &World<'_>) {
    let contact = contact(world).await;
    let before = known(world, query(&contact)).await.preferences;
    let wanted = Preferences {
        email_enabled: false,
        ..Preferences::default()
    };
    world
        .stores
        .contacts
        .set_preferences(contact.tenant, contact.id, &wanted, NOW)
        .await
        .works();
    let after = known(world, query(&contact)).await.preferences;
    assert_eq!(
        (before, after),
        (None, Some(wanted)),
        "Known::preferences: if ever set"
    );
}

async fn stop(world: &World<'_>, contact: &Contact) -> ConsentEventId {
    let event = world.event(contact, Action::OptOut, NOW);
    world
        .stores
        .consent
        .record(contact.tenant, &event, None)
        .await
        .works();
    event.id
}

async fn consent(world: &World<'_>, contact: &Contact) -> Vec<ConsentEventId> {
    let mut ids: Vec<_> = known(world, query(contact))
        .await
        .consent
        .into_iter()
        .map(|event| event.id)
        .collect();
    ids.sort_unstable();
    ids
}

async fn the_events_of_a_shared_address_are_known_of_both(world: &World<'_>) {
    let one = contact(world).await;
    let two = world.contact(one.tenant, 1).await;
    let stranger = world.contact(one.tenant, 2).await;
    let elsewhere = contact(world).await;
    let expected = [stop(world, &one).await, stop(world, &two).await];
    for contact in [&one, &two] {
        let sentence =
            "Known::consent: of this contact, and of every contact that shares an address";
        assert_eq!(consent(world, contact).await, expected, "{sentence}");
    }
    for contact in [&stranger, &elsewhere] {
        let sentence = "Known::consent: of nobody else, and of no other tenant";
        assert_eq!(consent(world, contact).await, [], "{sentence}");
    }
}

async fn any_kind_of_address_may_be_shared(world: &World<'_>) {
    let one = contact(world).await;
    let blank = || Contact::blank(ContactId::new(&world.ids), one.tenant, NOW);
    let by_whatsapp = Contact {
        whatsapp_phone: one.phone,
        ..blank()
    };
    let by_email = Contact {
        email: one.email.clone(),
        ..blank()
    };
    let event = stop(world, &one).await;
    for contact in [by_whatsapp, by_email] {
        world.stores.contacts.create(&contact, None).await.works();
        let sentence =
            "Known::consent: of every contact of the tenant that shares an address with it";
        assert_eq!(consent(world, &contact).await, [event], "{sentence}");
    }
}

async fn events_follow_the_address_as_it_is_now(world: &World<'_>) {
    let one = contact(world).await;
    let two = world.contact(one.tenant, 1).await;
    stop(world, &one).await;
    let moved = Contact {
        phone: Some(fixtures::phone(2)),
        email: None,
        ..two
    };
    world.stores.contacts.update(&moved).await.works();
    let sentence = "Known::consent: of every contact that shares an address with it, now";
    assert_eq!(consent(world, &moved).await, [], "{sentence}");
}

async fn the_template_is_known_as_it_is_now(world: &World<'_>) {
    let contact = contact(world).await;
    let template = new_template(world, contact.tenant, "table");
    world.stores.templates.create(&template, None).await.works();
    let paused = StoredTemplate {
        status: ApprovalStatus::Paused,
        version: 2,
        ..template
    };
    world.stores.templates.update(&paused).await.works();
    let query = FactsQuery {
        template: Some(paused.id),
        ..query(&contact)
    };
    let expected = TemplateFacts {
        id: paused.id,
        status: ApprovalStatus::Paused,
        purpose: paused.purpose,
        version: 2,
        locales: [].into(),
    };
    let found = known(world, query).await.template;
    assert_eq!(
        found,
        Some(expected),
        "Known::template: the template, if it exists"
    );
}

async fn a_missing_template_is_absent(world: &World<'_>) {
    let contact = contact(world).await;
    let elsewhere = new_template(world, world.tenant().await, "table");
    world
        .stores
        .templates
        .create(&elsewhere, None)
        .await
        .works();
    for template in [None, Some(TemplateId::new(&world.ids)), Some(elsewhere.id)] {
        let found = known(
            world,
            FactsQuery {
                template,
                ..query(&contact)
            },
        )
        .await
        .template;
        assert_eq!(
            found, None,
            "Known::template: the tenant's template, if it exists"
        );
    }
}

async fn the_last_inbound_is_known_by_channel(world: &World<'_>) {
    let contact = contact(world).await;
    let account = world.account(contact.tenant).await;
    assert_eq!(
        known(world, query(&contact)).await.last_inbound,
        [],
        "Known::last_inbound: when the contact last wrote"
    );
    let hours = |hours| NOW - Duration::hours(hours);
    let texts = [
        (Channel::Sms, hours(3)),
        (Channel::Sms, hours(1)),
        (Channel::Sms, hours(2)),
        (Channel::Whatsapp, hours(5)),
    ];
    for (index, (channel, created_at)) in texts.into_iter().enumerate() {
        let id = MessageId::new(&world.ids);
        let message = fixtures::inbound(&contact, id, account.id, &format!("IN{index}"), "Hello");
        let message = Message {
            channel,
            created_at,
            status_at: created_at,
            ..message
        };
        let inbound = InboundRecord {
            message,
            new_contact: None,
            consent: Vec::new(),
            media: Vec::new(),
        };
        world.stores.inbox.receive(&inbound).await.works();
    }
    // What we send is not what the contact wrote.
    world.queued(&contact).await;
    let found: BTreeSet<(Channel, OffsetDateTime)> = known(world, query(&contact))
        .await
        .last_inbound
        .into_iter()
        .collect();
    let latest = |channel| {
        found
            .iter()
            .filter(|(on, _)| *on == channel)
            .map(|(_, at)| *at)
            .max()
    };
    let sentence = "Known::last_inbound: when the contact last wrote, by channel";
    assert_eq!(latest(Channel::Sms), Some(hours(1)), "{sentence}");
    assert_eq!(latest(Channel::Whatsapp), Some(hours(5)), "{sentence}");
    assert_eq!(latest(Channel::Email), None, "{sentence}");
}

async fn an_address_without_erasure_is_free(world: &World<'_>) {
    let contact = contact(world).await;
    stop(world, &contact).await;
    let address = Address::Phone(fixtures::phone(1));
    let found = world
        .stores
        .facts
        .suppressions(contact.tenant, &address)
        .await
        .works();
    assert_eq!(
        found,
        [],
        "FactStore::suppressions: what stays refused after an erasure"
    );
    let known = known(world, query(&contact)).await;
    assert_eq!(
        known.suppressions,
        [],
        "Known::suppressions: what stays refused after an erasure"
    );
}
