mod moving;
mod searching;

use crate::{
    Stores,
    fixtures::{self, NOW},
    works::Works,
    world::{LATER, World},
};
use tidings_conversations::{
    Assignee, Assignment, Conversation, ConversationChange, ConversationFilter, ConversationStatus,
    Label, Note, NoteText, Thread, WhoseTurn,
};
use tidings_kernel::{Channel, ConversationId, MessageId, NoteId, TenantId};
use tidings_messaging::{Contact, InboundRecord, Message, Page, ProviderAccount};
use time::Duration;
use uuid::Uuid;

/// Panics unless `stores.conversations` keeps every promise of
/// [`Conversations`](tidings_conversations::Conversations).
pub async fn conversations(stores: &Stores) {
    let world = World::new(stores, 61);
    a_contact_nobody_spoke_with_has_a_blank_one(&world).await;
    moving::check(&world).await;
    a_change_is_kept(&world).await;
    a_blank_one_can_be_changed(&world).await;
    another_tenant_has_none_of_it(&world).await;
    what_was_read_is_not_unread(&world).await;
    what_came_after_stays_unread(&world).await;
    they_are_listed_by_what_moved_them(&world).await;
    every_filter_must_fit(&world).await;
    notes_are_kept(&world).await;
    erasing_the_contact_erases_it(&world).await;
    searching::check(&world).await;
}

fn id_of(contact: &Contact) -> ConversationId {
    ConversationId::from_uuid(contact.id.uuid())
}

async fn thread(world: &World<'_>, contact: &Contact) -> Thread {
    let stores = &world.stores.conversations;
    let found = stores.get(contact.tenant, id_of(contact)).await.works();
    match found {
        Some(thread) => thread,
        None => panic!("Conversations::get: the conversation, if the tenant has it"),
    }
}

/// A stored message from the contact.
async fn writes(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    text: &str,
) -> Message {
    let id = MessageId::new(&world.ids);
    let message = fixtures::inbound(contact, id, account.id, &format!("IN-{id}"), text);
    stored(world, message).await
}

async fn stored(world: &World<'_>, message: Message) -> Message {
    let record = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    let is_new = world.stores.inbox.receive(&record).await.works();
    assert!(is_new, "Inbox::receive: stores a message from a contact");
    record.message
}

/// A stored answer to the contact.
async fn answers(world: &World<'_>, contact: &Contact, text: &str) -> Message {
    let mut new = world.new_message(contact);
    new.message.purpose = tidings_kernel::Purpose::Conversational;
    text.clone_into(&mut new.message.content.text);
    world.stores.messages.accept(&new, None).await.works();
    new.message
}

async fn listed(world: &World<'_>, tenant: TenantId, filter: &ConversationFilter) -> Vec<Uuid> {
    let page = Page {
        limit: 200,
        after: None,
    };
    let stores = &world.stores.conversations;
    let found = stores.list(tenant, filter, page).await.works();
    let ids = found
        .data
        .iter()
        .map(|thread| thread.conversation.id.uuid());
    ids.collect()
}

async fn a_contact_nobody_spoke_with_has_a_blank_one(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let found = thread(world, &contact).await;
    let sentence = "Conversations: of a contact with whom nobody has spoken yet there is a blank \
        conversation, which is not listed";
    assert_eq!(
        found,
        Thread {
            conversation: Conversation::blank(&contact),
            contact: contact.clone(),
            latest: None,
        },
        "{sentence}"
    );
    let all = listed(world, contact.tenant, &ConversationFilter::default()).await;
    assert_eq!(all, Vec::<Uuid>::new(), "{sentence}");
    let nobody = ConversationId::new(&world.ids);
    let stores = &world.stores.conversations;
    let found = stores.get(contact.tenant, nobody).await.works();
    assert_eq!(found, None, "Conversations::get: if the tenant has it");
}

async fn a_change_is_kept(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, "Hello").await;
    let before = thread(world, &contact).await.conversation;
    let change = ConversationChange {
        status: Some(ConversationStatus::Archived),
        assignee: Some(Assignment::To(Assignee::new("Front desk").works())),
        labels: Some(vec![
            Label::new("urgent").works(),
            Label::new("vip").works(),
        ]),
    };
    let stores = &world.stores.conversations;
    let changed = stores
        .change(contact.tenant, before.id, &change, LATER)
        .await
        .works();
    let mut expected = before.clone();
    change.apply(&mut expected, LATER);
    let sentence = "Conversations::change: changes a conversation, and gives it back as it is then";
    assert_eq!(changed, Some(expected.clone()), "{sentence}");
    assert_eq!(
        thread(world, &contact).await.conversation,
        expected,
        "{sentence}"
    );
    let nothing = ConversationChange::default();
    let changed = stores
        .change(contact.tenant, before.id, &nothing, LATER)
        .await
        .works();
    let sentence = "ConversationChange: what is absent stays";
    assert_eq!(changed, Some(expected.clone()), "{sentence}");
    let nobody = ConversationChange {
        assignee: Some(Assignment::Nobody),
        ..ConversationChange::default()
    };
    stores
        .change(contact.tenant, before.id, &nobody, LATER)
        .await
        .works();
    let found = thread(world, &contact).await.conversation;
    assert_eq!(found.assignee, None, "Assignment::Nobody: nobody");
    assert_eq!(found.labels, expected.labels, "{sentence}");
}

async fn a_blank_one_can_be_changed(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let change = ConversationChange {
        status: Some(ConversationStatus::Blocked),
        ..ConversationChange::default()
    };
    let stores = &world.stores.conversations;
    let changed = stores
        .change(contact.tenant, id_of(&contact), &change, NOW)
        .await
        .works();
    let status = changed.map(|changed| changed.status);
    let sentence = "Conversations::change: changes a conversation, also one that was blank";
    assert_eq!(status, Some(ConversationStatus::Blocked), "{sentence}");
    let found = thread(world, &contact).await.conversation;
    assert_eq!(found.status, ConversationStatus::Blocked, "{sentence}");
    let nobody = ConversationId::new(&world.ids);
    let changed = stores.change(contact.tenant, nobody, &change, NOW).await;
    assert_eq!(
        changed.works(),
        None,
        "Conversations::change: None if there is none"
    );
}

async fn another_tenant_has_none_of_it(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, "Hello").await;
    let other = world.tenant().await;
    let stores = &world.stores.conversations;
    let id = id_of(&contact);
    let sentence = "Conversations: a conversation belongs to one tenant";
    assert_eq!(stores.get(other, id).await.works(), None, "{sentence}");
    let change = ConversationChange::default();
    let changed = stores.change(other, id, &change, NOW).await.works();
    assert_eq!(changed, None, "{sentence}");
    assert_eq!(
        stores.mark_read(other, id, None, NOW).await.works(),
        None,
        "{sentence}"
    );
    let note = note(world, &contact, "Theirs");
    assert!(!stores.add_note(other, &note).await.works(), "{sentence}");
    let all = listed(world, other, &ConversationFilter::default()).await;
    assert_eq!(all, Vec::<Uuid>::new(), "{sentence}");
    assert_eq!(
        thread(world, &contact).await.conversation.unread,
        1,
        "{sentence}"
    );
}

async fn what_was_read_is_not_unread(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let stores = &world.stores.conversations;
    let read = |up_to| stores.mark_read(contact.tenant, id_of(&contact), up_to, NOW);
    let sentence = "Conversations::mark_read: gives how many are unread then";
    assert_eq!(read(None).await.works(), Some(0), "{sentence}");
    writes(world, &contact, &account, "One").await;
    writes(world, &contact, &account, "Two").await;
    assert_eq!(thread(world, &contact).await.conversation.unread, 2);
    assert_eq!(read(None).await.works(), Some(0), "{sentence}");
    let found = thread(world, &contact).await.conversation;
    let sentence = "Conversations::mark_read: the contact's messages were read";
    assert_eq!(found.unread, 0, "{sentence}");
    writes(world, &contact, &account, "Three").await;
    let found = thread(world, &contact).await.conversation;
    assert_eq!(found.unread, 1, "{sentence}");
    let nobody = ConversationId::new(&world.ids);
    let found = stores
        .mark_read(contact.tenant, nobody, None, NOW)
        .await
        .works();
    assert_eq!(
        found, None,
        "Conversations::mark_read: None if there is no such conversation"
    );
}

async fn what_came_after_stays_unread(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let first = writes(world, &contact, &account, "One").await;
    let second = writes(world, &contact, &account, "Two").await;
    writes(world, &contact, &account, "Three").await;
    let stores = &world.stores.conversations;
    let read = |up_to| stores.mark_read(contact.tenant, id_of(&contact), up_to, NOW);
    let sentence = "Conversations::mark_read: what came after it stays unread";
    assert_eq!(read(Some(second.id)).await.works(), Some(1), "{sentence}");
    let sentence =
        "Conversations::mark_read: what was read stays so when an earlier message is named";
    assert_eq!(read(Some(first.id)).await.works(), Some(1), "{sentence}");
    let found = thread(world, &contact).await.conversation;
    assert_eq!(
        (found.unread, found.read_to),
        (1, Some(second.id)),
        "{sentence}"
    );
}

async fn they_are_listed_by_what_moved_them(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 2).await;
    let three = world.contact(one.tenant, 3).await;
    writes(world, &one, &account, "One").await;
    writes(world, &two, &account, "Two").await;
    writes(world, &three, &account, "Three").await;
    answers(world, &one, "To the first").await;
    // What is neither written by a contact nor an answer moves nothing.
    world.queued(&two).await;
    let order = [&one, &three, &two].map(|contact| contact.id.uuid());
    let sentence = "Conversations::list: by what moved them last, newest first";
    let all = listed(world, one.tenant, &ConversationFilter::default()).await;
    assert_eq!(all, order, "{sentence}");
    let sentence = "Conversations::list: the page goes on after the activity that it names";
    let stores = &world.stores.conversations;
    let filter = ConversationFilter::default();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = Page { limit: 1, after };
        let paged = stores.list(one.tenant, &filter, page).await.works();
        found.extend(
            paged
                .data
                .iter()
                .map(|thread| thread.conversation.id.uuid()),
        );
        after = paged.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, order, "{sentence}");
    let sentence = "Thread: the newest message to or from the contact, of any purpose";
    let page = Page {
        limit: 50,
        after: None,
    };
    let paged = stores.list(one.tenant, &filter, page).await.works();
    let texts: Vec<_> = paged
        .data
        .into_iter()
        .filter_map(|thread| Some(thread.latest?.content.text))
        .collect();
    assert_eq!(
        texts,
        ["To the first", "Three", "Your table is ready"],
        "{sentence}"
    );
}

async fn every_filter_must_fit(world: &World<'_>) {
    let (one, account) = world.people().await;
    let two = world.contact(one.tenant, 2).await;
    writes(world, &one, &account, "One").await;
    let by_whatsapp = Message {
        channel: Channel::Whatsapp,
        ..fixtures::inbound(&two, MessageId::new(&world.ids), account.id, "WA-1", "Two")
    };
    stored(world, by_whatsapp).await;
    let stores = &world.stores.conversations;
    let change = ConversationChange {
        status: Some(ConversationStatus::Archived),
        assignee: Some(Assignment::To(Assignee::new("Ana").works())),
        labels: Some(vec![Label::new("vip").works()]),
    };
    let (tenant, id) = (two.tenant, id_of(&two));
    stores.change(tenant, id, &change, NOW).await.works();
    stores.mark_read(tenant, id, None, NOW).await.works();
    let everything = ConversationFilter {
        status: Some(ConversationStatus::Archived),
        channel: Some(Channel::Whatsapp),
        turn: Some(WhoseTurn::Read),
        assignee: change.assignee.clone(),
        label: Some(Label::new("vip").works()),
        query: None,
    };
    let nothing = ConversationFilter::default;
    let single = [
        ConversationFilter {
            status: everything.status,
            ..nothing()
        },
        ConversationFilter {
            channel: everything.channel,
            ..nothing()
        },
        ConversationFilter {
            turn: everything.turn,
            ..nothing()
        },
        ConversationFilter {
            assignee: everything.assignee.clone(),
            ..nothing()
        },
        ConversationFilter {
            label: everything.label.clone(),
            ..nothing()
        },
        everything,
    ];
    for filter in single {
        let found = listed(world, tenant, &filter).await;
        assert_eq!(
            found,
            [two.id.uuid()],
            "ConversationFilter: all that is given must fit: {filter:?}"
        );
    }
    let others = [
        ConversationFilter {
            status: Some(ConversationStatus::Open),
            ..nothing()
        },
        ConversationFilter {
            channel: Some(Channel::Sms),
            ..nothing()
        },
        ConversationFilter {
            turn: Some(WhoseTurn::Unread),
            ..nothing()
        },
        ConversationFilter {
            assignee: Some(Assignment::Nobody),
            ..nothing()
        },
    ];
    for filter in others {
        let found = listed(world, tenant, &filter).await;
        assert_eq!(
            found,
            [one.id.uuid()],
            "ConversationFilter: all that is given must fit: {filter:?}"
        );
    }
    let both = ConversationFilter {
        status: Some(ConversationStatus::Archived),
        turn: Some(WhoseTurn::Unread),
        ..nothing()
    };
    let found = listed(world, tenant, &both).await;
    assert_eq!(
        found,
        Vec::<Uuid>::new(),
        "ConversationFilter: all that is given must fit"
    );
}

fn note(world: &World<'_>, contact: &Contact, text: &str) -> Note {
    Note {
        id: NoteId::new(&world.ids),
        conversation: id_of(contact),
        author: Assignee::new("Ana").works(),
        text: NoteText::new(text).works(),
        created_at: NOW,
    }
}

async fn notes_are_kept(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let stores = &world.stores.conversations;
    let first = note(world, &contact, "Called back");
    let second = note(world, &contact, "Wants the blue one\nor the green one");
    let sentence = "Conversations::add_note: stores a note";
    for note in [&first, &second] {
        assert!(
            stores.add_note(contact.tenant, note).await.works(),
            "{sentence}"
        );
    }
    let page = |limit, after| Page { limit, after };
    let (tenant, id) = (contact.tenant, id_of(&contact));
    let found = stores.notes(tenant, id, page(1, None)).await.works();
    let sentence = "Conversations::notes: the notes of a conversation, newest first";
    assert_eq!(found.data, [second], "{sentence}");
    let found = stores.notes(tenant, id, page(1, found.next)).await.works();
    assert_eq!((found.data, found.next), (vec![first], None), "{sentence}");
    let mut astray = note(world, &contact, "Astray");
    astray.conversation = ConversationId::new(&world.ids);
    let sentence = "Conversations::add_note: false if there is no such conversation";
    assert!(
        !stores.add_note(tenant, &astray).await.works(),
        "{sentence}"
    );
}

async fn erasing_the_contact_erases_it(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, "My secret wish").await;
    let stores = &world.stores.conversations;
    let (tenant, id) = (contact.tenant, id_of(&contact));
    let private = note(world, &contact, "A secret of theirs");
    stores.add_note(tenant, &private).await.works();
    let later = NOW + Duration::MINUTE;
    let erased = world.stores.contacts.erase(tenant, contact.id, &[], later);
    erased.await.works();
    let sentence = "Conversations: with the contact everything of it is erased";
    assert_eq!(stores.get(tenant, id).await.works(), None, "{sentence}");
    let page = Page {
        limit: 50,
        after: None,
    };
    let notes = stores.notes(tenant, id, page).await.works();
    assert_eq!(notes.data, Vec::<Note>::new(), "{sentence}");
    for query in ["secret", "person"] {
        let found = searching::search(world, tenant, query).await;
        assert_eq!(found, Vec::<Uuid>::new(), "{sentence}");
    }
}
