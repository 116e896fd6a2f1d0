//! What conversations are found by.

use super::{answers, listed, note, writes};
use crate::{
    fixtures::{self, NOW},
    works::Works,
    world::World,
};
use tidings_conversations::{ConversationFilter, SearchQuery, WhoseTurn};
use tidings_kernel::TenantId;
use uuid::Uuid;

pub(super) async fn check(world: &World<'_>) {
    each_place_is_searched(world).await;
    only_what_moved_it_is_searched(world).await;
    other_tenants_words_are_not_found(world).await;
    a_search_keeps_to_the_other_filters(world).await;
    a_new_name_is_found(world).await;
}

pub(super) async fn search(world: &World<'_>, tenant: TenantId, text: &str) -> Vec<Uuid> {
    let filter = ConversationFilter {
        query: SearchQuery::parse(text),
        ..ConversationFilter::default()
    };
    listed(world, tenant, &filter).await
}

const SENTENCE: &str = "ConversationFilter::query: in one message that moved it, in one note, or in the contact's \
    names and addresses";

async fn each_place_is_searched(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 2).await;
    writes(world, &one, &account, "Is the CAFÉ open? It's o'clock").await;
    answers(world, &one, "明日の会議 at (202) 555-0177").await;
    writes(world, &two, &account, "Something else").await;
    let stores = &world.stores.conversations;
    let remark = note(world, &one, "Prefers oat milk's");
    stores.add_note(one.tenant, &remark).await.works();
    for query in [
        "cafe",
        "Café open",
        "ope",
        "oclock",
        "会議",
        "5550177",
        "0177",
        "oat milk",
        "person 1",
        "2025550101",
        "555-0101",
        "person1@example.com",
    ] {
        let found = search(world, one.tenant, query).await;
        assert_eq!(found, [one.id.uuid()], "{SENTENCE}: {query}");
    }
    for query in ["cafe milk", "closed", "5550199", "\\' | !", "x' | 'cafe"] {
        let found = search(world, one.tenant, query).await;
        let expected = match SearchQuery::parse(query) {
            // Nothing to look for is no filter.
            None => 2,
            Some(_) => 0,
        };
        assert_eq!(found.len(), expected, "{SENTENCE}: {query}");
    }
    let found = search(world, one.tenant, "person").await;
    assert_eq!(found, [two.id.uuid(), one.id.uuid()], "{SENTENCE}");
}

async fn only_what_moved_it_is_searched(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, "Hello").await;
    // "Your table is ready", transactional.
    world.queued(&contact).await;
    let found = search(world, contact.tenant, "table").await;
    assert_eq!(found, Vec::<Uuid>::new(), "{SENTENCE}");
}

async fn other_tenants_words_are_not_found(world: &World<'_>) {
    let (ours, account) = world.people().await;
    let (theirs, other) = world.people().await;
    writes(world, &ours, &account, "The word is swordfish").await;
    writes(world, &theirs, &other, "The word is swordfish").await;
    let sentence = "Conversations::list: a search finds what its tenant has and nothing else";
    for contact in [&ours, &theirs] {
        let found = search(world, contact.tenant, "swordfish").await;
        assert_eq!(found, [contact.id.uuid()], "{sentence}");
    }
}

async fn a_search_keeps_to_the_other_filters(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 2).await;
    writes(world, &one, &account, "A blue dress").await;
    writes(world, &two, &account, "A green dress").await;
    let stores = &world.stores.conversations;
    let read = super::id_of(&one);
    stores.mark_read(one.tenant, read, None, NOW).await.works();
    let filter = ConversationFilter {
        turn: Some(WhoseTurn::Unread),
        query: SearchQuery::parse("dress"),
        ..ConversationFilter::default()
    };
    let found = listed(world, one.tenant, &filter).await;
    assert_eq!(
        found,
        [two.id.uuid()],
        "ConversationFilter: all that is given must fit"
    );
}

async fn a_new_name_is_found(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, "Hello").await;
    let mut renamed = contact.clone();
    renamed.first_name = Some("Zoë".into());
    renamed.phone = Some(fixtures::phone(44));
    world.stores.contacts.update(&renamed).await.works();
    for query in ["zoe", "0144"] {
        let found = search(world, contact.tenant, query).await;
        assert_eq!(found, [contact.id.uuid()], "{SENTENCE}: {query}");
    }
    let found = search(world, contact.tenant, "0101").await;
    assert_eq!(found, Vec::<Uuid>::new(), "{SENTENCE}");
}
