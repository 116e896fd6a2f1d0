//! Two contacts that are one person.

use crate::{
    contacts::get,
    event_log::{happened, reader},
    fixtures::{self, NOW},
    works::Works,
    world::{LATER, World},
};
use tidings_consent::{Action, Status, chain::verify, state};
use tidings_conversations::{
    Assignee, Conversation, ConversationStatus, Note, NoteText, SearchQuery,
};
use tidings_kernel::{Channel, ContactId, ConversationId, MessageId, NoteId, Purpose, TenantId};
use tidings_messaging::{
    Address, Contact, ContactMerged, Erasure, EventKind, FactsQuery, Happening, InboundRecord,
    Known, Merge, MergePlan, Merging, Message, MessageFilter, Page, Preferences, ProviderAccount,
};
use time::OffsetDateTime;

pub(crate) async fn check(world: &World<'_>) {
    they_are_one_as_the_plan_says(world).await;
    doing_it_again_changes_nothing(world).await;
    strangers_are_not_merged(world).await;
    other_tenants_are_not_merged(world).await;
    a_stop_of_either_stays_and_no_agreement_wanders(world).await;
    who_shared_an_address_counts_on(world).await;
    messages_come_along(world).await;
    conversations_answer_where_they_did(world).await;
    merges_add_up(world).await;
    an_erasure_erases_both(world).await;
    it_is_told(world).await;
}

const ALL: Page = Page {
    limit: 200,
    after: None,
};

pub(crate) fn merge_at(
    world: &World<'_>,
    into: &Contact,
    from: &Contact,
    at: OffsetDateTime,
) -> Merge {
    Merge::new(into.id, from.id, at, &world.ids)
}

async fn merge(world: &World<'_>, into: &Contact, from: &Contact) -> Merging {
    let merge = merge_at(world, into, from, LATER);
    world
        .stores
        .contacts
        .merge(into.tenant, &merge)
        .await
        .works()
}

async fn merged(world: &World<'_>, into: &Contact, from: &Contact) -> MergePlan {
    match merge(world, into, from).await {
        Merging::Done(plan) => *plan,
        other => panic!("Contacts::merge: makes two contacts one, not {other:?}"),
    }
}

async fn known(world: &World<'_>, contact: &Contact) -> Known {
    let query = FactsQuery::of(contact.tenant, contact.id);
    let known = world.stores.facts.load(&[query], LATER).await.works();
    match known.into_iter().flatten().next() {
        Some(known) => known,
        None => panic!("FactStore::load: what is known of a contact"),
    }
}

async fn conversation(
    world: &World<'_>,
    tenant: TenantId,
    contact: ContactId,
) -> Option<Conversation> {
    let id = ConversationId::from_uuid(contact.uuid());
    let thread = world.stores.conversations.get(tenant, id).await.works();
    thread.map(|thread| thread.conversation)
}

async fn writes(world: &World<'_>, contact: &Contact, account: &ProviderAccount) -> Message {
    let id = MessageId::new(&world.ids);
    let record = InboundRecord {
        message: fixtures::inbound(contact, id, account.id, &format!("IN-{id}"), "Zebra"),
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    world.stores.inbox.receive(&record).await.works();
    record.message
}

async fn they_are_one_as_the_plan_says(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (one, two) = (
        world.contact(tenant, 1).await,
        world.contact(tenant, 2).await,
    );
    let wishes = Preferences {
        email_enabled: false,
        ..Preferences::default()
    };
    let contacts = &world.stores.contacts;
    let set = contacts.set_preferences(tenant, two.id, &wishes, NOW).await;
    assert!(set.works());
    let asked = merge_at(world, &one, &two, LATER);
    let expected = MergePlan::of(&known(world, &one).await, &known(world, &two).await, &asked);
    let sentence = "Contacts::merge: makes two contacts one, as MergePlan::of says";
    let done = contacts.merge(tenant, &asked).await.works();
    assert_eq!(
        done,
        Merging::Done(Box::new(expected.clone())),
        "{sentence}"
    );
    assert_eq!(
        get(world, &one).await,
        Some(expected.contact.clone()),
        "{sentence}"
    );
    let found = contacts.preferences(tenant, one.id).await.works();
    assert_eq!(found, Some(wishes), "{sentence}");
    let sentence = "Contacts::merge: from is no contact any more";
    assert_eq!(get(world, &two).await, None, "{sentence}");
    assert_eq!(
        contacts.preferences(tenant, two.id).await.works(),
        None,
        "{sentence}"
    );
    let sentence = "Contact::also: what comes from there comes from this contact";
    let holders = contacts.holders(tenant, &two.addresses()).await.works();
    for found in holders {
        assert_eq!(found, vec![expected.contact.clone()], "{sentence}");
    }
}

async fn doing_it_again_changes_nothing(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (one, two) = (
        world.contact(tenant, 1).await,
        world.contact(tenant, 2).await,
    );
    let plan = merged(world, &one, &two).await;
    let sentence = "Contacts::merge: done again it changes nothing";
    assert_eq!(
        merge(world, &one, &two).await,
        Merging::Before,
        "{sentence}"
    );
    assert_eq!(get(world, &one).await, Some(plan.contact), "{sentence}");
    let history = world.stores.consent.history(tenant, one.id).await.works();
    assert_eq!(history.len(), plan.consent.len(), "{sentence}");
    let into = world
        .stores
        .contacts
        .merged_into(tenant, two.id)
        .await
        .works();
    assert_eq!(
        into,
        Some(one.id),
        "Contacts::merged_into: the contact that this one was merged into"
    );
    let into = world
        .stores
        .contacts
        .merged_into(tenant, one.id)
        .await
        .works();
    assert_eq!(into, None, "Contacts::merged_into: None for all others");
}

async fn strangers_are_not_merged(world: &World<'_>) {
    let tenant = world.tenant().await;
    let one = world.contact(tenant, 1).await;
    let stranger = fixtures::contact(tenant, ContactId::new(&world.ids), 2);
    let sentence = "Merging::NotFound: one of them is no contact of the tenant's";
    for (into, from) in [(&one, &stranger), (&stranger, &one), (&one, &one)] {
        assert_eq!(
            merge(world, into, from).await,
            Merging::NotFound,
            "{sentence}"
        );
    }
    assert_eq!(get(world, &one).await, Some(one), "{sentence}");
}

async fn other_tenants_are_not_merged(world: &World<'_>) {
    let (ours, theirs) = (world.tenant().await, world.tenant().await);
    let (one, other) = (world.contact(ours, 1).await, world.contact(theirs, 2).await);
    let sentence = "Merging::NotFound: one of them is no contact of the tenant's";
    let merge = merge_at(world, &one, &other, LATER);
    for tenant in [ours, theirs] {
        let done = world.stores.contacts.merge(tenant, &merge).await.works();
        assert_eq!(done, Merging::NotFound, "{sentence}");
    }
    assert_eq!(get(world, &other).await, Some(other), "{sentence}");
}

async fn record(world: &World<'_>, contact: &Contact, action: Action) {
    let event = world.event(contact, action, NOW);
    let recorded = world.stores.consent.record(contact.tenant, &event, None);
    recorded.await.works();
}

async fn status(world: &World<'_>, contact: &Contact) -> Status {
    let known = known(world, contact).await;
    let consent = state(&known.consent, LATER);
    consent.status(Channel::Sms, Purpose::Marketing).status
}

async fn a_stop_of_either_stays_and_no_agreement_wanders(world: &World<'_>) {
    use Action::{ConsentGiven, OptOut};
    let cases = [
        (Some(ConsentGiven), Some(OptOut), Status::Denied),
        (Some(OptOut), Some(ConsentGiven), Status::Denied),
        (None, Some(ConsentGiven), Status::None),
        (Some(ConsentGiven), None, Status::Granted),
    ];
    for (own, other, expected) in cases {
        let tenant = world.tenant().await;
        let (one, two) = (
            world.contact(tenant, 1).await,
            world.contact(tenant, 2).await,
        );
        for (contact, action) in [(&one, own), (&two, other)] {
            if let Some(action) = action {
                record(world, contact, action).await;
            }
        }
        let before = world.stores.consent.history(tenant, two.id).await.works();
        merged(world, &one, &two).await;
        let sentence = "MergePlan: its own agreements and the refusals of both";
        assert_eq!(
            status(world, &one).await,
            expected,
            "{sentence}: {own:?} {other:?}"
        );
        let sentence =
            "Contacts::merge: its events of consent stay a chain under its id, with their evidence";
        let after = world.stores.consent.history(tenant, two.id).await.works();
        assert_eq!(after, before, "{sentence}");
        for contact in [&one, &two] {
            let chain = world
                .stores
                .consent
                .history(tenant, contact.id)
                .await
                .works();
            assert!(verify(&chain).is_ok(), "{sentence}");
        }
    }
}

async fn who_shared_an_address_counts_on(world: &World<'_>) {
    let tenant = world.tenant().await;
    let one = world.contact(tenant, 1).await;
    let twin = fixtures::contact(tenant, ContactId::new(&world.ids), 1);
    world.stores.contacts.create(&twin, None).await.works();
    record(world, &twin, Action::ConsentGiven).await;
    let before = status(world, &one).await;
    assert_eq!(
        before,
        Status::Granted,
        "FactStore: who shares an address counts"
    );
    merged(world, &one, &twin).await;
    let sentence =
        "MergePlan: only what counted for both before, since they shared an address, counts on";
    assert_eq!(status(world, &one).await, before, "{sentence}");
}

async fn messages_come_along(world: &World<'_>) {
    let (one, account) = world.people().await;
    let tenant = one.tenant;
    let two = world.contact(tenant, 2).await;
    let sent = world.queued(&two).await;
    let written = writes(world, &two, &account).await;
    merged(world, &one, &two).await;
    let sentence = "Contacts::merge: what from has is into's then: messages";
    let messages = &world.stores.messages;
    for message in [&sent, &written] {
        let found = messages.get(tenant, message.id).await.works();
        let Some(found) = found else {
            panic!("{sentence}")
        };
        let expected = Message {
            contact: one.id,
            ..message.clone()
        };
        assert_eq!(found.message.contact, expected.contact, "{sentence}");
        assert_eq!(
            (found.message.contact_address, found.message.sender),
            (expected.contact_address, expected.sender),
            "{sentence}, to the address that they were for"
        );
    }
    let filter = MessageFilter {
        contact: Some(one.id),
        ..MessageFilter::default()
    };
    let found = messages.list(tenant, &filter, ALL).await.works();
    assert_eq!(found.data.len(), 2, "{sentence}");
    let known = known(world, &one).await;
    assert_eq!(known.last_inbound.len(), 1, "{sentence}");
}

async fn conversations_answer_where_they_did(world: &World<'_>) {
    let (one, account) = world.people().await;
    let tenant = one.tenant;
    let two = world.contact(tenant, 2).await;
    writes(world, &one, &account).await;
    let written = writes(world, &two, &account).await;
    let before = [&one, &two].map(|contact| contact.id);
    let [Some(own), Some(theirs)] = [
        conversation(world, tenant, before[0]).await,
        conversation(world, tenant, before[1]).await,
    ] else {
        panic!("Conversations::get: the conversation")
    };
    let note = Note {
        id: NoteId::new(&world.ids),
        conversation: theirs.id,
        author: Assignee::new("Ana").works(),
        text: NoteText::new("Likes the window").works(),
        created_at: NOW,
    };
    let conversations = &world.stores.conversations;
    assert!(conversations.add_note(tenant, &note).await.works());
    let plan = merged(world, &one, &two).await;
    let sentence = "Contacts::merge: no conversation answers elsewhere than it did";
    let [Some(stays), Some(kept)] = [
        conversation(world, tenant, before[0]).await,
        conversation(world, tenant, before[1]).await,
    ] else {
        panic!("Contacts::merge: that of from is kept")
    };
    assert_eq!(stays.places, own.places, "{sentence}");
    assert_eq!(kept.places, theirs.places, "{sentence}");
    for place in stays.places.iter().chain(&kept.places) {
        assert!(
            plan.contact.at(&place.theirs).is_some(),
            "{sentence}: the address is the contact's"
        );
    }
    assert_eq!(
        (kept.contact, kept.status, kept.unread),
        (one.id, ConversationStatus::Archived, 0),
        "Contacts::merge: that of from is kept, archived"
    );
    let sentence = "Contacts::merge: what is unread, and notes";
    assert_eq!(
        (stays.unread, stays.activity),
        (2, written.id.uuid()),
        "{sentence}"
    );
    let notes = conversations.notes(tenant, own.id, ALL).await.works();
    assert_eq!(notes.data.len(), 1, "{sentence}");
    let filter = tidings_conversations::ConversationFilter {
        query: SearchQuery::parse("window"),
        ..Default::default()
    };
    let found = conversations.list(tenant, &filter, ALL).await.works();
    let found: Vec<_> = found
        .data
        .iter()
        .map(|thread| thread.conversation.id)
        .collect();
    assert_eq!(found, [own.id], "{sentence}");
    let again = conversations.mark_read(tenant, own.id, None, LATER).await;
    assert_eq!(again.works(), Some(0), "{sentence}");
}

async fn merges_add_up(world: &World<'_>) {
    let tenant = world.tenant().await;
    let one = world.contact(tenant, 1).await;
    let two = world.contact(tenant, 2).await;
    let three = world.contact(tenant, 3).await;
    record(world, &three, Action::OptOut).await;
    merged(world, &two, &three).await;
    let plan = merged(world, &one, &two).await;
    let contacts = &world.stores.contacts;
    let sentence = "Contacts::merged_into: however often that was merged in turn";
    for gone in [&two, &three] {
        let into = contacts.merged_into(tenant, gone.id).await.works();
        assert_eq!(into, Some(one.id), "{sentence}");
    }
    let gone = contacts.merged_from(tenant, one.id).await.works();
    assert_eq!(
        gone,
        [two.id, three.id],
        "Contacts::merged_from: the contacts that were merged into this one"
    );
    for address in two.addresses().iter().chain(&three.addresses()) {
        assert!(plan.contact.addresses().contains(address), "{sentence}");
    }
    assert_eq!(
        status(world, &one).await,
        Status::Denied,
        "MergePlan: the refusals of both"
    );
}

async fn an_erasure_erases_both(world: &World<'_>) {
    let (one, account) = world.people().await;
    let tenant = one.tenant;
    let two = world.contact(tenant, 2).await;
    record(world, &two, Action::OptOut).await;
    let written = writes(world, &two, &account).await;
    merged(world, &one, &two).await;
    let contacts = &world.stores.contacts;
    let erased = contacts.erase(tenant, one.id, &[], LATER).await.works();
    assert_eq!(erased, Erasure::Done);
    let sentence = "Contacts::erase: evidence, of contacts that were merged into this one too";
    let chain = world.stores.consent.history(tenant, two.id).await.works();
    assert!(chain.iter().all(|link| link.salt.is_none()), "{sentence}");
    assert!(verify(&chain).is_ok(), "{sentence}");
    let found = world.stores.messages.get(tenant, written.id).await.works();
    let text = found.map(|found| found.message.content.text);
    assert_eq!(
        text.as_deref(),
        Some(""),
        "Contacts::erase: texts of messages"
    );
    let holders = contacts.holders(tenant, &two.addresses()).await.works();
    assert!(holders.iter().all(Vec::is_empty), "{sentence}");
    assert_eq!(
        conversation(world, tenant, two.id).await,
        None,
        "{sentence}"
    );
    let sentence =
        "Contacts::erase: each address on which some purpose stands refused stays suppressed";
    for line in [1, 2] {
        let number = Address::Phone(fixtures::phone(line));
        let stays = world
            .stores
            .facts
            .suppressions(tenant, &number)
            .await
            .works();
        assert!(!stays.is_empty(), "{sentence}");
    }
}

async fn it_is_told(world: &World<'_>) {
    let tenant = reader(world).await;
    let (one, two) = (
        world.contact(tenant, 1).await,
        world.contact(tenant, 2).await,
    );
    merged(world, &one, &two).await;
    merge(world, &one, &two).await;
    let events = happened(world, tenant).await;
    let told: Vec<_> = events
        .into_iter()
        .filter(|event| event.happening.kind() == EventKind::ContactMerged)
        .map(|event| (event.at, event.happening))
        .collect();
    let expected = Happening::ContactMerged(ContactMerged {
        contact_id: one.id,
        merged_id: two.id,
    });
    assert_eq!(told, [(LATER, expected)], "EventLog: merged contacts, once");
}
