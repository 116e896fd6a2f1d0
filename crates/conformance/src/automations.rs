use crate::{
    Stores,
    fixtures::{self, NOW},
    works::Works,
    world::{LATER, LEASE, LEASE_OVER, World},
};
use tidings_conversations::{
    Assignee, Assignment, AutoReply, Automations, Conversation, ConversationChange,
    ConversationStatus, Intent, Keyword, Label, MOST_LABELS, Pause, Phrase, PhrasePlace, ReplyText,
    Sorting, Unheard,
};
use tidings_kernel::{ConversationId, MessageId, TenantId};
use tidings_messaging::{Contact, InboundRecord, Message, ProviderAccount};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.automations` keeps every promise of
/// [`AutomationStore`](tidings_conversations::AutomationStore).
pub async fn automations(stores: &Stores) {
    let world = World::new(stores, 62);
    they_are_kept(&world).await;
    what_comes_in_is_looked_at(&world).await;
    nobody_else_gets_what_is_held(&world).await;
    what_was_looked_at_is_not_claimed(&world).await;
    what_it_came_to_is_kept(&world).await;
    only_the_last_message_says_what_is_meant(&world).await;
    erasing_the_contact_ends_it(&world).await;
}

fn some() -> Automations {
    let text = |text: &str| ReplyText::new(text).works();
    Automations {
        while_open: Some(AutoReply {
            text: text("We are on it.\nSoon."),
            pause: Pause::USUAL,
        }),
        while_closed: None,
        keywords: vec![Keyword {
            phrases: vec![Phrase::new("Price list").works()],
            place: PhrasePlace::Anywhere,
            reply: Some(text("See example.com")),
            labels: vec![Label::new("prices").works()],
            assignee: Some(Assignee::new("Sales").works()),
        }],
    }
}

/// A contact of a tenant with automations.
async fn people(world: &World<'_>) -> (Contact, ProviderAccount) {
    let (contact, account) = world.people().await;
    let stores = &world.stores.automations;
    let automations = some();
    let set = stores.set_automations(contact.tenant, &automations, NOW);
    set.await.works();
    (contact, account)
}

async fn writes(world: &World<'_>, contact: &Contact, account: &ProviderAccount) -> Message {
    let id = MessageId::new(&world.ids);
    let message = fixtures::inbound(contact, id, account.id, &format!("IN-{id}"), "Hello");
    let record = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    assert!(world.stores.inbox.receive(&record).await.works());
    record.message
}

/// Claims for one tenant, whatever other checks left behind.
async fn claims(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Vec<Unheard> {
    let stores = &world.stores.automations;
    let claimed = stores.claim_unheard(1_000, now, LEASE).await.works();
    let ours = claimed
        .into_iter()
        .filter(|unheard| unheard.tenant == tenant);
    ours.collect()
}

async fn conversation(world: &World<'_>, contact: &Contact) -> Conversation {
    let id = ConversationId::from_uuid(contact.id.uuid());
    let found = world
        .stores
        .conversations
        .get(contact.tenant, id)
        .await
        .works();
    match found {
        Some(thread) => thread.conversation,
        None => panic!("Conversations::get: the conversation, if the tenant has it"),
    }
}

async fn they_are_kept(world: &World<'_>) {
    let tenant = world.tenant().await;
    let stores = &world.stores.automations;
    let sentence = "AutomationStore::automations: empty ones if none were set";
    let found = stores.automations(tenant).await.works();
    assert_eq!(found, Automations::default(), "{sentence}");
    stores.set_automations(tenant, &some(), NOW).await.works();
    let sentence = "AutomationStore::set_automations: replaces the tenant's automations";
    assert_eq!(
        stores.automations(tenant).await.works(),
        some(),
        "{sentence}"
    );
    let other = world.tenant().await;
    let found = stores.automations(other).await.works();
    assert_eq!(found, Automations::default(), "{sentence}");
    let none = Automations::default();
    stores.set_automations(tenant, &none, LATER).await.works();
    assert_eq!(stores.automations(tenant).await.works(), none, "{sentence}");
}

async fn what_comes_in_is_looked_at(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let message = writes(world, &contact, &account).await;
    let sentence = "AutomationStore: Inbox::receive adds each message from a contact";
    let claimed = claims(world, contact.tenant, NOW).await;
    let expected = Unheard {
        tenant: contact.tenant,
        conversation: message.conversation(),
        message: message.id,
        failures: 0,
    };
    assert_eq!(claimed, [expected], "{sentence}");
    let sentence = "AutomationStore: where the tenant has automations that are not empty";
    let (other, account) = world.people().await;
    writes(world, &other, &account).await;
    assert_eq!(claims(world, other.tenant, NOW).await, [], "{sentence}");
    let stores = &world.stores.automations;
    let none = Automations::default();
    stores
        .set_automations(other.tenant, &none, NOW)
        .await
        .works();
    writes(world, &other, &account).await;
    assert_eq!(claims(world, other.tenant, NOW).await, [], "{sentence}");
    let sentence = "AutomationStore: and the conversation is not blocked";
    let (blocked, account) = people(world).await;
    let change = ConversationChange {
        status: Some(ConversationStatus::Blocked),
        ..ConversationChange::default()
    };
    let id = ConversationId::from_uuid(blocked.id.uuid());
    let stores = &world.stores.conversations;
    stores
        .change(blocked.tenant, id, &change, NOW)
        .await
        .works();
    writes(world, &blocked, &account).await;
    assert_eq!(claims(world, blocked.tenant, NOW).await, [], "{sentence}");
}

async fn nobody_else_gets_what_is_held(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let first = writes(world, &contact, &account).await;
    let second = writes(world, &contact, &account).await;
    let ids = |claimed: Vec<Unheard>| -> Vec<MessageId> {
        claimed.into_iter().map(|unheard| unheard.message).collect()
    };
    let sentence = "AutomationStore::claim_unheard: oldest first";
    let claimed = claims(world, contact.tenant, NOW).await;
    assert_eq!(ids(claimed), [first.id, second.id], "{sentence}");
    let sentence = "AutomationStore::claim_unheard: nobody else gets them before lease has passed";
    assert_eq!(claims(world, contact.tenant, NOW).await, [], "{sentence}");
    let again = claims(world, contact.tenant, LEASE_OVER).await;
    let sentence = "Unheard: how often it was claimed before";
    assert_eq!(again.len(), 2, "{sentence}");
    assert!(
        again.iter().all(|unheard| unheard.failures == 1),
        "{sentence}"
    );
    let (other, account) = people(world).await;
    let early = Message {
        created_at: LATER,
        ..fixtures::inbound(
            &other,
            MessageId::new(&world.ids),
            account.id,
            "EARLY",
            "Hello",
        )
    };
    let record = InboundRecord {
        message: early,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    assert!(world.stores.inbox.receive(&record).await.works());
    let before = LATER - Duration::SECOND;
    let sentence = "AutomationStore::claim_unheard: messages that are due at now";
    assert_eq!(claims(world, other.tenant, before).await, [], "{sentence}");
}

async fn what_was_looked_at_is_not_claimed(world: &World<'_>) {
    let (contact, account) = people(world).await;
    writes(world, &contact, &account).await;
    let claimed = claims(world, contact.tenant, NOW).await;
    let stores = &world.stores.automations;
    let sorting = Sorting::default();
    stores
        .finish_unheard(&claimed[0], &sorting, NOW)
        .await
        .works();
    let sentence = "AutomationStore::finish_unheard: notes that a message was looked at";
    assert_eq!(claims(world, contact.tenant, LATER).await, [], "{sentence}");
}

async fn what_it_came_to_is_kept(world: &World<'_>) {
    let (contact, account) = people(world).await;
    writes(world, &contact, &account).await;
    let id = ConversationId::from_uuid(contact.id.uuid());
    let label = |text: &str| Label::new(text).works();
    let full: Vec<Label> = (2..MOST_LABELS).map(|n| label(&format!("l{n}"))).collect();
    let change = ConversationChange {
        labels: Some([vec![label("vip")], full].concat()),
        ..ConversationChange::default()
    };
    let stores = &world.stores.conversations;
    stores
        .change(contact.tenant, id, &change, NOW)
        .await
        .works();
    let claimed = claims(world, contact.tenant, NOW).await;
    let sorting = Sorting {
        intent: Some(Intent::Question),
        labels: vec![label("vip"), label("prices"), label("one too many")],
        assignee: Some(Assignee::new("Sales").works()),
    };
    let automations = &world.stores.automations;
    automations
        .finish_unheard(&claimed[0], &sorting, NOW)
        .await
        .works();
    let found = conversation(world, &contact).await;
    assert_eq!(
        found.intent,
        Some(Intent::Question),
        "Sorting: what it was read as"
    );
    let sentence = "AutomationStore::finish_unheard: labels beyond the most that a conversation has are left out";
    let mut expected = change.labels.unwrap_or_default();
    expected.push(label("prices"));
    assert_eq!(found.labels, expected, "{sentence}");
    let sentence = "Sorting: who sees to the conversation, unless somebody does";
    assert_eq!(found.assignee, sorting.assignee, "{sentence}");
    let other = ConversationChange {
        assignee: Some(Assignment::To(Assignee::new("Ana").works())),
        labels: Some(Vec::new()),
        ..ConversationChange::default()
    };
    stores.change(contact.tenant, id, &other, NOW).await.works();
    automations
        .finish_unheard(&claimed[0], &sorting, NOW)
        .await
        .works();
    let sentence = "AutomationStore::finish_unheard: doing it twice changes nothing";
    assert_eq!(conversation(world, &contact).await.labels, [], "{sentence}");
    writes(world, &contact, &account).await;
    let claimed = claims(world, contact.tenant, NOW).await;
    automations
        .finish_unheard(&claimed[0], &sorting, NOW)
        .await
        .works();
    let found = conversation(world, &contact).await.assignee;
    let sentence = "Sorting: who sees to the conversation, unless somebody does";
    assert_eq!(found, Some(Assignee::new("Ana").works()), "{sentence}");
}

async fn only_the_last_message_says_what_is_meant(world: &World<'_>) {
    let (contact, account) = people(world).await;
    writes(world, &contact, &account).await;
    let claimed = claims(world, contact.tenant, NOW).await;
    writes(world, &contact, &account).await;
    let sorting = Sorting {
        intent: Some(Intent::Thanks),
        ..Sorting::default()
    };
    let automations = &world.stores.automations;
    automations
        .finish_unheard(&claimed[0], &sorting, NOW)
        .await
        .works();
    let found = conversation(world, &contact).await.intent;
    let sentence = "AutomationStore::finish_unheard: what a message was read as is kept while it is the contact's last";
    assert_eq!(found, None, "{sentence}");
}

async fn erasing_the_contact_ends_it(world: &World<'_>) {
    let (contact, account) = people(world).await;
    writes(world, &contact, &account).await;
    let contacts = &world.stores.contacts;
    let erased = contacts.erase(contact.tenant, contact.id, &[], NOW);
    erased.await.works();
    let sentence = "Conversations: with the contact everything of it is erased";
    assert_eq!(claims(world, contact.tenant, NOW).await, [], "{sentence}");
}
