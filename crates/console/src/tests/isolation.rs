//! Neither console ever shows or changes anything of the other's, whatever is asked of any route.

use super::world::{NOW, World};
use crate::{
    door::{Door, Verb},
    routes::ROUTES,
};
use tidings_kernel::{ApiKeyId, ConversationId, Purpose};
use tidings_messaging::{
    Accounts, ApiKey, ConsentLedger, ContactFilter, Contacts, Members, MessageFilter, Messages,
    Page, Scope, TemplateLibrary, Tenants,
};

/// Stands in everything that is ours.
const MARK: &str = "MarkOfOurs";

/// Everything of ours, printed.
async fn state(world: &World) -> String {
    let (memory, tenant) = (&world.memory, world.ours.tenant);
    let all = Page {
        limit: 200,
        after: None,
    };
    let (anybody, anything) = (ContactFilter::default(), MessageFilter::default());
    let contacts = Contacts::list(&**memory, tenant, &anybody, all)
        .await
        .unwrap();
    let messages = Messages::list(&**memory, tenant, &anything, all)
        .await
        .unwrap();
    let mut ledgers = Vec::new();
    for contact in &contacts.data {
        ledgers.push(memory.history(tenant, contact.id).await.unwrap());
        let wishes = memory.preferences(tenant, contact.id).await.unwrap();
        ledgers.extend(wishes.map(|_| Vec::new()));
    }
    format!(
        "{contacts:?} {messages:?} {ledgers:?} {:?} {:?} {:?} {:?} {:?}",
        TemplateLibrary::list(&**memory, tenant, None, all)
            .await
            .unwrap(),
        memory.of_tenants(&[tenant]).await.unwrap(),
        Members::list(&**memory, tenant).await.unwrap(),
        Tenants::get(&**memory, tenant).await.unwrap(),
        memory.keys(tenant).await.unwrap(),
    )
}

#[tokio::test]
async fn no_route_shows_or_changes_what_is_another_tenant_s() {
    let world = World::new().await;
    let ours = world.ours.tenant;
    let account = world.account(ours, MARK).await;
    let contact = world.contact(ours, MARK).await;
    let message = world.message(&contact, Purpose::Transactional, MARK).await;
    let template = world.template(ours, MARK).await;
    let key = ApiKey {
        id: ApiKeyId::new(&*world.console.ids),
        tenant: ours,
        name: MARK.into(),
        hash: [77; 32],
        scope: Scope::Read,
        created_at: NOW,
        expires_at: None,
        revoked_at: None,
    };
    world.memory.put_key(&key).await.unwrap();
    let ids = [
        template.id.to_string(),
        key.id.to_string(),
        account.id.to_string(),
        contact.id.to_string(),
        ConversationId::from_uuid(contact.id.uuid()).to_string(),
        message.to_string(),
        world.ours.owner().member.id.to_string(),
        ours.to_string(),
    ];
    let before = state(&world).await;
    assert!(before.matches(MARK).count() >= 5);
    let stranger = world.theirs.owner();
    for route in ROUTES {
        let Door::Locked(..) = route.door else {
            continue;
        };
        if route.path.ends_with("/logout") || route.path.ends_with("/password") {
            continue;
        }
        for id in &ids {
            let path = route
                .path
                .replace("{id}", id)
                .replace("{provider}", "carrier");
            let query = format!("{path}?contact={id}&q={MARK}&tag=vip");
            let fields = [
                ("word", "erase"),
                ("first_name", "Mallory"),
                ("name", "Mallory"),
                ("text", "Mallory"),
                ("contact", id.as_str()),
                ("id", id.as_str()),
                ("action", "opt_out"),
                ("method", "manual"),
                ("to", "open"),
                ("start", "00:00"),
                ("end", "00:00"),
            ];
            let reply = match route.verb {
                Verb::Get => world.get(stranger, &query).await,
                Verb::Post => world.post(stranger, &path, &fields).await,
            };
            let shown = reply.text.replace(&format!("value=\"{MARK}\""), "");
            assert!(!shown.contains(MARK), "{path} shows it: {shown}");
            assert!(!shown.contains("callback-of-"), "{path}");
            assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text);
            if route.path.contains("{id}") {
                assert_eq!(reply.status.as_u16(), 404, "{path}: {}", reply.text);
            }
        }
    }
    assert_eq!(state(&world).await, before, "something of ours was changed");
}

#[tokio::test]
async fn one_s_own_things_are_there() {
    let world = World::new().await;
    let ours = world.ours.tenant;
    let contact = world.contact(ours, MARK).await;
    world.account(ours, MARK).await;
    let message = world.message(&contact, Purpose::Transactional, MARK).await;
    let owner = world.ours.owner();
    for path in [
        "/console/contacts".to_owned(),
        format!("/console/contacts/{}", contact.id),
        "/console/accounts".to_owned(),
        format!("/console/messages/{message}"),
    ] {
        world.get(owner, &path).await.expect(200).shows(MARK);
    }
}
