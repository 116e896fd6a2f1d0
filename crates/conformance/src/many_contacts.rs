//! What `Contacts` owes about many at once.

use crate::{contacts::get, fixtures, works::Works, world::World};
use std::collections::BTreeMap;
use tidings_kernel::{ContactId, Locale, TenantId};
use tidings_messaging::{Address, Contact, ContactError};
use tidings_quiet_hours::Zone;

pub(crate) async fn check(world: &World<'_>) {
    contacts_are_stored_together(world).await;
    all_or_none_are_stored(world).await;
    holders_are_found_in_their_places(world).await;
    holders_are_those_of_the_tenant(world).await;
    at_most_200_holders_are_given(world).await;
}

async fn contacts_are_stored_together(world: &World<'_>) {
    let tenant = world.tenant().await;
    let full = Contact {
        last_name: Some("O'Neill".into()),
        whatsapp_phone: Some(fixtures::phone(2)),
        whatsapp_user: Some("US.13491208655302741918".into()),
        email: Some("Ada@Example.com".into()),
        locale: Some(Locale::parse("de-CH").works()),
        time_zone: Some(Zone::parse("Europe/Zurich").works()),
        external_id: Some("customer-7".into()),
        attributes: BTreeMap::from([("seats".into(), serde_json::json!({"inside": 4}))]),
        tags: vec!["vip".into(), "Zürich, \"west\"".into()],
        ..fixtures::contact(tenant, ContactId::new(&world.ids), 1)
    };
    let blank = Contact::blank(ContactId::new(&world.ids), tenant, fixtures::NOW);
    let contacts = [full, blank];
    let stored = world.stores.contacts.create_many(tenant, &contacts);
    stored.await.works();
    for contact in contacts {
        let found = get(world, &contact).await;
        assert_eq!(
            found,
            Some(contact),
            "Contacts::create_many: stores new contacts"
        );
    }
    let none = world.stores.contacts.create_many(tenant, &[]);
    none.await.works();
}

async fn all_or_none_are_stored(world: &World<'_>) {
    let tenant = world.tenant().await;
    let [first, second] = [1, 2].map(|line| Contact {
        external_id: Some("7".into()),
        ..fixtures::contact(tenant, ContactId::new(&world.ids), line)
    });
    let both = [first.clone(), second.clone()];
    let result = world.stores.contacts.create_many(tenant, &both).await;
    let sentence = "Contacts::create_many: none was stored";
    assert!(
        matches!(result, Err(ContactError::ExternalIdTaken)),
        "{sentence}"
    );
    for contact in [first, second] {
        assert_eq!(get(world, &contact).await, None, "{sentence}");
    }
}

async fn holders(world: &World<'_>, tenant: TenantId, lines: &[u8]) -> Vec<Vec<ContactId>> {
    let addresses: Vec<Address> = lines
        .iter()
        .map(|line| Address::Phone(fixtures::phone(*line)))
        .collect();
    let found = world.stores.contacts.holders(tenant, &addresses);
    let ids = |holders: Vec<Contact>| holders.into_iter().map(|contact| contact.id).collect();
    found.await.works().into_iter().map(ids).collect()
}

async fn holders_are_found_in_their_places(world: &World<'_>) {
    let tenant = world.tenant().await;
    let one = world.contact(tenant, 1).await;
    let two = world.contact(tenant, 2).await;
    let also_one = Contact {
        whatsapp_phone: Some(fixtures::phone(1)),
        ..fixtures::contact(tenant, ContactId::new(&world.ids), 3)
    };
    let stored = world.stores.contacts.create(&also_one, None);
    stored.await.works();
    let sentence = "Contacts::holders: who has each address, newest first, in its place";
    assert_eq!(
        holders(world, tenant, &[2, 4, 1, 2]).await,
        [
            vec![two.id],
            vec![],
            vec![also_one.id, one.id],
            vec![two.id]
        ],
        "{sentence}"
    );
    let email = [Address::Email("person2@example.com".into())];
    let found = world.stores.contacts.holders(tenant, &email);
    assert_eq!(found.await.works(), [vec![two]], "{sentence}, of any kind");
    assert_eq!(
        holders(world, tenant, &[]).await,
        Vec::<Vec<ContactId>>::new(),
        "{sentence}"
    );
}

async fn holders_are_those_of_the_tenant(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let other = world.tenant().await;
    let found = holders(world, other, &[1]).await;
    assert_eq!(found, [vec![]], "Contacts::holders: tenants are isolated");
    let found = holders(world, contact.tenant, &[1]).await;
    assert_eq!(
        found,
        [vec![contact.id]],
        "Contacts::holders: who has each address"
    );
}

async fn at_most_200_holders_are_given(world: &World<'_>) {
    let tenant = world.tenant().await;
    let crowd: Vec<Contact> = (0..201)
        .map(|_| fixtures::contact(tenant, ContactId::new(&world.ids), 1))
        .collect();
    let stored = world.stores.contacts.create_many(tenant, &crowd);
    stored.await.works();
    let newest: Vec<ContactId> = crowd.iter().rev().take(200).map(|it| it.id).collect();
    let found = holders(world, tenant, &[1]).await;
    assert_eq!(found, [newest], "Contacts::holders: at most 200");
}
