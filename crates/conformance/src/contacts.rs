use crate::{
    Stores, erasure, fixtures, lookalikes, many_contacts, merging, pages, works::Works,
    world::World,
};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, ContactId, TenantId};
use tidings_messaging::{Address, Contact, ContactError, ContactFilter, Page, Preferences};

/// Panics unless `stores.contacts` keeps every promise of [`Contacts`](tidings_messaging::Contacts),
/// erasure included.
pub async fn contacts(stores: &Stores) {
    let world = World::new(stores, 5);
    the_tenant_is_given_for_its_defaults(&world).await;
    a_contact_is_given_as_it_was_stored(&world).await;
    several_are_given_at_once(&world).await;
    another_tenant_does_not_see_it(&world).await;
    an_address_may_have_several_contacts(&world).await;
    an_external_id_is_taken_within_the_tenant(&world).await;
    an_external_id_cannot_be_taken_by_an_update(&world).await;
    an_update_replaces_the_addresses_too(&world).await;
    a_stranger_is_not_updated(&world).await;
    contacts_are_listed_newest_first(&world).await;
    a_list_gives_what_fits(&world).await;
    preferences_are_absent_until_set(&world).await;
    preferences_are_replaced(&world).await;
    a_stranger_has_no_preferences(&world).await;
    the_answer_is_stored_with_it(&world).await;
    nothing_is_stored_when_the_key_is_lost(&world).await;
    many_contacts::check(&world).await;
    erasure::check(&world).await;
    merging::check(&world).await;
    lookalikes::check(&world).await;
}

pub(crate) async fn get(world: &World<'_>, contact: &Contact) -> Option<Contact> {
    world
        .stores
        .contacts
        .get(contact.tenant, contact.id)
        .await
        .works()
}

async fn listed(world: &World<'_>, tenant: TenantId, filter: ContactFilter) -> Vec<ContactId> {
    let page = Page {
        limit: 200,
        after: None,
    };
    let found = world
        .stores
        .contacts
        .list(tenant, &filter, page)
        .await
        .works();
    found.data.iter().map(|contact| contact.id).collect()
}

async fn the_tenant_is_given_for_its_defaults(world: &World<'_>) {
    let tenant = world.tenant().await;
    let found = world.stores.contacts.tenant(tenant).await.works();
    assert_eq!(
        found,
        Some(fixtures::tenant(tenant)),
        "Contacts::tenant: the tenant itself"
    );
    let none = world
        .stores
        .contacts
        .tenant(TenantId::new(&world.ids))
        .await
        .works();
    assert_eq!(none, None, "Contacts::tenant: none for a stranger");
}

async fn a_contact_is_given_as_it_was_stored(world: &World<'_>) {
    let tenant = world.tenant().await;
    let contact = Contact {
        last_name: Some("O'Neill".into()),
        whatsapp_phone: Some(fixtures::phone(2)),
        whatsapp_user: Some("US.13491208655302741918".into()),
        external_id: Some("customer-7".into()),
        attributes: BTreeMap::from([("seats".into(), serde_json::json!({"inside": 4}))]),
        tags: vec!["vip".into(), "Zürich".into()],
        ..fixtures::contact(tenant, ContactId::new(&world.ids), 1)
    };
    world.stores.contacts.create(&contact, None).await.works();
    let blank = Contact::blank(ContactId::new(&world.ids), tenant, fixtures::NOW);
    world.stores.contacts.create(&blank, None).await.works();
    for contact in [contact, blank] {
        let found = get(world, &contact).await;
        assert_eq!(
            found,
            Some(contact),
            "Contacts::get: the contact, if the tenant has it"
        );
    }
}

async fn several_are_given_at_once(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    let own = [
        world.contact(tenant, 1).await,
        world.contact(tenant, 2).await,
    ];
    let theirs = world.contact(other, 3).await;
    let ids = [own[1].id, own[0].id, theirs.id, own[1].id];
    let contacts = &world.stores.contacts;
    let mut found = contacts.get_many(tenant, &ids).await.works();
    found.sort_by_key(|contact| contact.id);
    assert_eq!(found, own, "Contacts::get_many: those that the tenant has");
    assert_eq!(contacts.get_many(tenant, &[]).await.works(), []);
}

async fn another_tenant_does_not_see_it(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let other = world.tenant().await;
    let moved = Contact {
        tenant: other,
        ..contact.clone()
    };
    assert_eq!(
        get(world, &moved).await,
        None,
        "Contacts::get: if the tenant has it"
    );
    assert_eq!(
        listed(world, other, ContactFilter::default()).await,
        [],
        "Contacts::list: tenants are isolated"
    );
    let is_updated = world.stores.contacts.update(&moved).await.works();
    assert!(
        !is_updated,
        "Contacts::update: another tenant's contact is none"
    );
    let is_set = world
        .stores
        .contacts
        .set_preferences(other, contact.id, &Preferences::default(), fixtures::NOW)
        .await
        .works();
    assert!(
        !is_set,
        "Contacts::set_preferences: another tenant's contact is none"
    );
    assert_eq!(
        get(world, &contact).await,
        Some(contact),
        "Contacts: tenants are isolated"
    );
}

async fn an_address_may_have_several_contacts(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (one, two) = (
        world.contact(tenant, 1).await,
        world.contact(tenant, 1).await,
    );
    let filter = ContactFilter {
        address: Some(Address::Phone(fixtures::phone(1))),
        ..ContactFilter::default()
    };
    let found = listed(world, tenant, filter).await;
    assert_eq!(
        found,
        [two.id, one.id],
        "Contacts: addresses are not unique"
    );
}

fn keyed(world: &World<'_>, tenant: TenantId, key: &str) -> Contact {
    let contact = fixtures::contact(tenant, ContactId::new(&world.ids), 1);
    Contact {
        external_id: Some(key.into()),
        ..contact
    }
}

async fn an_external_id_is_taken_within_the_tenant(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (first, second) = (keyed(world, tenant, "7"), keyed(world, tenant, "7"));
    world.stores.contacts.create(&first, None).await.works();
    let result = world.stores.contacts.create(&second, None).await;
    let sentence =
        "ContactError::ExternalIdTaken: another contact of the tenant has this external id";
    assert!(
        matches!(result, Err(ContactError::ExternalIdTaken)),
        "{sentence}"
    );
    assert_eq!(
        get(world, &second).await,
        None,
        "Contacts::create: nothing was stored"
    );
    let elsewhere = keyed(world, world.tenant().await, "7");
    world.stores.contacts.create(&elsewhere, None).await.works();
}

async fn an_external_id_cannot_be_taken_by_an_update(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (first, second) = (keyed(world, tenant, "7"), keyed(world, tenant, "8"));
    world.stores.contacts.create(&first, None).await.works();
    world.stores.contacts.create(&second, None).await.works();
    let stolen = Contact {
        external_id: Some("7".into()),
        ..second.clone()
    };
    let result = world.stores.contacts.update(&stolen).await;
    let sentence =
        "ContactError::ExternalIdTaken: another contact of the tenant has this external id";
    assert!(
        matches!(result, Err(ContactError::ExternalIdTaken)),
        "{sentence}"
    );
    assert_eq!(
        get(world, &second).await,
        Some(second.clone()),
        "Contacts::update: nothing was changed"
    );
    assert!(
        world.stores.contacts.update(&second).await.works(),
        "Contacts::update: its own key is no other's"
    );
}

async fn an_update_replaces_the_addresses_too(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let changed = Contact {
        phone: Some(fixtures::phone(2)),
        email: None,
        first_name: None,
        tags: vec!["moved".into()],
        ..contact.clone()
    };
    let is_updated = world.stores.contacts.update(&changed).await.works();
    let sentence = "Contacts::update: replaces a contact, addresses included";
    assert_eq!(
        (is_updated, get(world, &changed).await),
        (true, Some(changed.clone())),
        "{sentence}"
    );
    for (address, expected) in [
        (fixtures::phone(1), vec![]),
        (fixtures::phone(2), vec![contact.id]),
    ] {
        let filter = ContactFilter {
            address: Some(Address::Phone(address)),
            ..ContactFilter::default()
        };
        assert_eq!(
            listed(world, contact.tenant, filter).await,
            expected,
            "{sentence}"
        );
    }
}

async fn a_stranger_is_not_updated(world: &World<'_>) {
    let tenant = world.tenant().await;
    let stranger = fixtures::contact(tenant, ContactId::new(&world.ids), 1);
    let is_updated = world.stores.contacts.update(&stranger).await.works();
    let sentence = "Contacts::update: false if there is none";
    assert_eq!(
        (is_updated, get(world, &stranger).await),
        (false, None),
        "{sentence}"
    );
}

async fn contacts_are_listed_newest_first(world: &World<'_>) {
    let tenant = world.tenant().await;
    let mut newest_first = Vec::new();
    for line in 1..=5 {
        newest_first.insert(0, world.contact(tenant, line).await.id.uuid());
    }
    world.contact(world.tenant().await, 6).await;
    let filter = ContactFilter::default();
    let id = |contact: &Contact| contact.id.uuid();
    pages::check("Contacts::list", &newest_first, id, async |page| {
        world
            .stores
            .contacts
            .list(tenant, &filter, page)
            .await
            .works()
    })
    .await;
}

async fn a_list_gives_what_fits(world: &World<'_>) {
    let tenant = world.tenant().await;
    let ada = Contact {
        first_name: Some("Ada".into()),
        last_name: Some("100%_Lovelace".into()),
        external_id: Some("a".into()),
        tags: vec!["vip".into()],
        whatsapp_user: Some("US.1349".into()),
        ..fixtures::contact(tenant, ContactId::new(&world.ids), 1)
    };
    let bob = Contact {
        first_name: Some("Bob".into()),
        tags: vec!["vip".into(), "late".into()],
        whatsapp_phone: Some(fixtures::phone(3)),
        ..fixtures::contact(tenant, ContactId::new(&world.ids), 2)
    };
    for contact in [&ada, &bob] {
        world.stores.contacts.create(contact, None).await.works();
    }
    let any = ContactFilter::default;
    let text = |text: &str| ContactFilter {
        text: Some(text.into()),
        ..any()
    };
    let tag = |tag: &str| ContactFilter {
        tag: Some(tag.into()),
        ..any()
    };
    let at = |address| ContactFilter {
        address: Some(address),
        ..any()
    };
    let cases = [
        (at(Address::Phone(fixtures::phone(1))), vec![ada.id]),
        (at(Address::Phone(fixtures::phone(3))), vec![bob.id]),
        (at(Address::WhatsappUser("US.1349".into())), vec![ada.id]),
        (
            at(Address::Email("person2@example.com".into())),
            vec![bob.id],
        ),
        (at(Address::Phone(fixtures::phone(4))), vec![]),
        (
            ContactFilter {
                external_id: Some("a".into()),
                ..any()
            },
            vec![ada.id],
        ),
        (tag("vip"), vec![bob.id, ada.id]),
        (tag("late"), vec![bob.id]),
        (text("LOVE"), vec![ada.id]),
        (text("0%_l"), vec![ada.id]),
        (text("a%e"), vec![]),
        (text("person2@"), vec![bob.id]),
        (text("5550101"), vec![ada.id]),
        (
            ContactFilter {
                text: Some("bob".into()),
                ..tag("vip")
            },
            vec![bob.id],
        ),
        (
            ContactFilter {
                text: Some("ada".into()),
                ..tag("late")
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        let found = listed(world, tenant, filter.clone()).await;
        assert_eq!(
            found, expected,
            "ContactFilter: all that is given must fit: {filter:?}"
        );
    }
}

fn some_preferences() -> Preferences {
    Preferences {
        sms_enabled: false,
        preferred_channel: Some(Channel::Whatsapp),
        topic_channels: BTreeMap::from([("invoices".into(), Channel::Email)]),
        weekend_messages: false,
        ..Preferences::default()
    }
}

async fn preferences_are_absent_until_set(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let found = world
        .stores
        .contacts
        .preferences(contact.tenant, contact.id)
        .await
        .works();
    assert_eq!(found, None, "Contacts::preferences: none if never set");
}

async fn preferences_are_replaced(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    for preferences in [some_preferences(), Preferences::default()] {
        let is_set = world
            .stores
            .contacts
            .set_preferences(contact.tenant, contact.id, &preferences, fixtures::NOW)
            .await
            .works();
        let found = world
            .stores
            .contacts
            .preferences(contact.tenant, contact.id)
            .await
            .works();
        let sentence = "Contacts::set_preferences: replaces the contact's preferences";
        assert_eq!((is_set, found), (true, Some(preferences)), "{sentence}");
    }
    let other = world.tenant().await;
    let found = world
        .stores
        .contacts
        .preferences(other, contact.id)
        .await
        .works();
    assert_eq!(found, None, "Contacts::preferences: tenants are isolated");
}

async fn a_stranger_has_no_preferences(world: &World<'_>) {
    let (tenant, stranger) = (world.tenant().await, ContactId::new(&world.ids));
    let is_set = world
        .stores
        .contacts
        .set_preferences(tenant, stranger, &some_preferences(), fixtures::NOW)
        .await
        .works();
    let found = world
        .stores
        .contacts
        .preferences(tenant, stranger)
        .await
        .works();
    let sentence = "Contacts::set_preferences: false if there is no such contact";
    assert_eq!((is_set, found), (false, None), "{sentence}");
}

async fn the_answer_is_stored_with_it(world: &World<'_>) {
    let contact = fixtures::contact(world.tenant().await, ContactId::new(&world.ids), 1);
    let answer = world.answer(contact.tenant).await;
    world
        .stores
        .contacts
        .create(&contact, Some(&answer))
        .await
        .works();
    let sentence = "Contacts::create: stores the answer that reports it, in one step";
    assert!(world.is_answered(&answer).await, "{sentence}");
}

async fn nothing_is_stored_when_the_key_is_lost(world: &World<'_>) {
    let contact = fixtures::contact(world.tenant().await, ContactId::new(&world.ids), 1);
    let lost = world.lost_answer(contact.tenant).await;
    let result = world.stores.contacts.create(&contact, Some(&lost)).await;
    let sentence = "ContactError::KeyLost: nothing was stored";
    assert!(
        matches!(result, Err(ContactError::KeyLost(_))),
        "{sentence}"
    );
    assert_eq!(get(world, &contact).await, None, "{sentence}");
}
