use crate::{
    Stores,
    fixtures::NOW,
    works::Works,
    world::{LATER, World},
};
use tidings_conversations::{MOST_QUICK_REPLIES, QuickReply, QuickReplyError, QuickText, Shortcut};
use tidings_kernel::{QuickReplyId, TenantId};
use tidings_messaging::{KeyLost, Page};

/// Panics unless `stores.quick_replies` keeps every promise of
/// [`QuickReplies`](tidings_conversations::QuickReplies).
pub async fn quick_replies(stores: &Stores) {
    let world = World::new(stores, 81);
    what_is_added_is_kept(&world).await;
    a_shortcut_is_there_once(&world).await;
    a_change_is_kept(&world).await;
    what_is_removed_is_gone(&world).await;
    they_are_listed_newest_first(&world).await;
    a_tenant_has_so_many_at_most(&world).await;
    the_answer_is_stored_with_it_or_nothing_is(&world).await;
    nobody_sees_another_tenant_s(&world).await;
}

fn new(world: &World<'_>, tenant: TenantId, shortcut: &str) -> QuickReply {
    QuickReply {
        id: QuickReplyId::new(&world.ids),
        tenant,
        shortcut: Shortcut::new(shortcut).works(),
        text: QuickText::new("Hi {{first_name|there}},\nwe open at nine.").works(),
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn added(world: &World<'_>, tenant: TenantId, shortcut: &str) -> QuickReply {
    let reply = new(world, tenant, shortcut);
    let stores = &world.stores.quick_replies;
    stores.add_quick_reply(&reply, None).await.works();
    reply
}

async fn found(world: &World<'_>, reply: &QuickReply) -> Option<QuickReply> {
    let stores = &world.stores.quick_replies;
    stores.quick_reply(reply.tenant, reply.id).await.works()
}

async fn what_is_added_is_kept(world: &World<'_>) {
    let tenant = world.tenant().await;
    let missing = new(world, tenant, "none");
    let sentence = "QuickReplies::quick_reply: if the tenant has it";
    assert_eq!(found(world, &missing).await, None, "{sentence}");
    let reply = added(world, tenant, "hours").await;
    assert_eq!(found(world, &reply).await, Some(reply), "{sentence}");
}

async fn a_shortcut_is_there_once(world: &World<'_>) {
    let tenant = world.tenant().await;
    let stores = &world.stores.quick_replies;
    let first = added(world, tenant, "hours").await;
    let second = added(world, tenant, "prices").await;
    let sentence = "QuickReplies: each shortcut once";
    let twice = new(world, tenant, "hours");
    let error = stores.add_quick_reply(&twice, None).await;
    let is_taken = matches!(error, Err(QuickReplyError::ShortcutTaken));
    assert!(is_taken, "{sentence}");
    assert_eq!(found(world, &twice).await, None, "{sentence}");
    let renamed = QuickReply {
        shortcut: first.shortcut.clone(),
        ..second.clone()
    };
    let error = stores.change_quick_reply(&renamed).await;
    let is_taken = matches!(error, Err(QuickReplyError::ShortcutTaken));
    assert!(is_taken, "{sentence}");
    assert_eq!(found(world, &second).await, Some(second), "{sentence}");
    let sentence = "QuickReplies: each tenant has its own shortcuts";
    let theirs = added(world, world.tenant().await, "hours").await;
    assert_eq!(theirs.shortcut, first.shortcut, "{sentence}");
}

async fn a_change_is_kept(world: &World<'_>) {
    let reply = added(world, world.tenant().await, "hours").await;
    let stores = &world.stores.quick_replies;
    let changed = QuickReply {
        shortcut: Shortcut::new("times").works(),
        text: QuickText::new("At nine").works(),
        updated_at: LATER,
        created_at: LATER,
        ..reply.clone()
    };
    let sentence = "QuickReplies::change_quick_reply: changes shortcut and text";
    assert!(
        stores.change_quick_reply(&changed).await.works(),
        "{sentence}"
    );
    let expected = QuickReply {
        created_at: NOW,
        ..changed
    };
    assert_eq!(
        found(world, &reply).await,
        Some(expected.clone()),
        "{sentence}"
    );
    let again = stores.change_quick_reply(&expected).await;
    assert!(again.works(), "one keeps its own shortcut");
    let sentence = "QuickReplies::change_quick_reply: false if the tenant has no such quick reply";
    let missing = new(world, reply.tenant, "other");
    assert!(
        !stores.change_quick_reply(&missing).await.works(),
        "{sentence}"
    );
}

async fn what_is_removed_is_gone(world: &World<'_>) {
    let reply = added(world, world.tenant().await, "hours").await;
    let stores = &world.stores.quick_replies;
    let sentence = "QuickReplies::remove_quick_reply: false if the tenant has no such quick reply";
    for is_there in [true, false] {
        let removed = stores.remove_quick_reply(reply.tenant, reply.id).await;
        assert_eq!(removed.works(), is_there, "{sentence}");
    }
    assert_eq!(found(world, &reply).await, None, "{sentence}");
    added(world, reply.tenant, "hours").await;
}

async fn they_are_listed_newest_first(world: &World<'_>) {
    let tenant = world.tenant().await;
    let mut expected = Vec::new();
    for shortcut in ["b", "c", "a"] {
        expected.insert(0, added(world, tenant, shortcut).await);
    }
    let stores = &world.stores.quick_replies;
    let sentence = "QuickReplies::quick_replies: the tenant's, newest first";
    let mut page = Page {
        limit: 2,
        after: None,
    };
    let first = stores.quick_replies(tenant, page).await.works();
    page.after = first.next;
    let rest = stores.quick_replies(tenant, page).await.works();
    let all: Vec<QuickReply> = first.data.into_iter().chain(rest.data).collect();
    assert_eq!((all, rest.next), (expected, None), "{sentence}");
}

async fn a_tenant_has_so_many_at_most(world: &World<'_>) {
    let tenant = world.tenant().await;
    for number in 0..MOST_QUICK_REPLIES {
        added(world, tenant, &format!("n{number}")).await;
    }
    let reply = new(world, tenant, "more");
    let stores = &world.stores.quick_replies;
    let error = stores.add_quick_reply(&reply, None).await;
    let is_full = matches!(error, Err(QuickReplyError::TooMany));
    assert!(is_full, "QuickReplies: a tenant has so many at most");
    assert_eq!(found(world, &reply).await, None);
}

async fn the_answer_is_stored_with_it_or_nothing_is(world: &World<'_>) {
    let tenant = world.tenant().await;
    let stores = &world.stores.quick_replies;
    let answer = world.answer(tenant).await;
    let reply = new(world, tenant, "hours");
    let sentence = "QuickReplies::add_quick_reply: with the answer";
    stores.add_quick_reply(&reply, Some(&answer)).await.works();
    assert!(world.is_answered(&answer).await, "{sentence}");
    let lost = world.lost_answer(tenant).await;
    let reply = new(world, tenant, "prices");
    let error = stores.add_quick_reply(&reply, Some(&lost)).await;
    let is_lost = matches!(error, Err(QuickReplyError::KeyLost(KeyLost)));
    assert!(is_lost, "{sentence}");
    assert_eq!(found(world, &reply).await, None, "{sentence}");
}

async fn nobody_sees_another_tenant_s(world: &World<'_>) {
    let (reply, other) = (
        added(world, world.tenant().await, "hours").await,
        world.tenant().await,
    );
    let stores = &world.stores.quick_replies;
    let sentence = "QuickReplies: a tenant sees and changes its own alone";
    let theirs = QuickReply {
        tenant: other,
        shortcut: Shortcut::new("mine").works(),
        ..reply.clone()
    };
    assert_eq!(found(world, &theirs).await, None, "{sentence}");
    assert!(
        !stores.change_quick_reply(&theirs).await.works(),
        "{sentence}"
    );
    assert!(
        !stores.remove_quick_reply(other, reply.id).await.works(),
        "{sentence}"
    );
    let page = Page {
        limit: 10,
        after: None,
    };
    let listed = stores.quick_replies(other, page).await.works();
    assert_eq!(listed.data, [], "{sentence}");
    assert_eq!(found(world, &reply).await, Some(reply), "{sentence}");
}
