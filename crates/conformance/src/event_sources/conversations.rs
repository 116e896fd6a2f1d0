//! What is noted of conversations.

use super::people;
use crate::{
    event_log::happened,
    fixtures::{self, NOW},
    works::Works,
    world::{LATER, LEASE, World},
};
use tidings_conversations::{
    Assignee, Assignment, Automations, ConversationChange, ConversationStatus, Intent, Keyword,
    Label, Note, NoteText, Phrase, PhrasePlace, Sorting,
};
use tidings_kernel::{ConversationId, MessageId, NoteId, Purpose, TenantId};
use tidings_messaging::{
    Contact, ConversationPart, ConversationUpdated, Happening, InboundRecord, Message,
    ProviderAccount,
};
use time::OffsetDateTime;

pub(super) async fn check(world: &World<'_>) {
    whatever_moves_one_is_noted_once(world).await;
    what_people_do_is_noted(world).await;
    what_machines_do_is_noted_once(world).await;
}

/// What a tenant was told of its conversations, and when each happened.
async fn told(world: &World<'_>, tenant: TenantId) -> Vec<(OffsetDateTime, ConversationUpdated)> {
    let events = happened(world, tenant).await;
    let told = events
        .into_iter()
        .filter_map(|event| match event.happening {
            Happening::ConversationUpdated(told) => Some((event.at, told)),
            _ => None,
        });
    told.collect()
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
    for _ in 0..2 {
        world.stores.inbox.receive(&record).await.works();
    }
    record.message
}

/// What is told of the contact's conversation.
fn news(
    contact: &Contact,
    changed: &[ConversationPart],
    status: ConversationStatus,
    unread: u32,
) -> ConversationUpdated {
    ConversationUpdated {
        conversation_id: ConversationId::from_uuid(contact.id.uuid()),
        contact_id: contact.id,
        changed: changed.to_vec(),
        status: status.as_str().into(),
        unread,
    }
}

async fn whatever_moves_one_is_noted_once(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let written = writes(world, &contact, &account).await;
    let mut answer = world.new_message(&contact);
    answer.message.purpose = Purpose::Conversational;
    world.stores.messages.accept(&answer, None).await.works();
    // Moves nothing.
    world.queued(&contact).await;
    let moved = news(
        &contact,
        &[ConversationPart::Messages],
        ConversationStatus::Open,
        1,
    );
    assert_eq!(
        told(world, contact.tenant).await,
        [
            (written.created_at, moved.clone()),
            (answer.message.created_at, moved)
        ],
        "EventLog: conversations whenever a message moves them, once for each step"
    );
}

async fn what_people_do_is_noted(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let message = writes(world, &contact, &account).await;
    let stores = &world.stores.conversations;
    let (tenant, id) = (contact.tenant, message.conversation());
    for up_to in [None, None, Some(message.id)] {
        stores.mark_read(tenant, id, up_to, LATER).await.works();
    }
    let change = ConversationChange {
        status: Some(ConversationStatus::Archived),
        assignee: Some(Assignment::Nobody),
        labels: Some(vec![Label::new("vip").works()]),
    };
    for change in [&change, &ConversationChange::default()] {
        stores.change(tenant, id, change, LATER).await.works();
    }
    let note = Note {
        id: NoteId::new(&world.ids),
        conversation: id,
        author: Assignee::new("Ana").works(),
        text: NoteText::new("Likes the window").works(),
        created_at: LATER,
    };
    stores.add_note(tenant, &note).await.works();
    let stranger = ConversationId::new(&world.ids);
    stores
        .change(tenant, stranger, &change, LATER)
        .await
        .works();
    let expected = [
        news(
            &contact,
            &[ConversationPart::Messages],
            ConversationStatus::Open,
            1,
        ),
        news(
            &contact,
            &[ConversationPart::Read],
            ConversationStatus::Open,
            0,
        ),
        news(
            &contact,
            &[
                ConversationPart::Status,
                ConversationPart::Assignee,
                ConversationPart::Labels,
            ],
            ConversationStatus::Archived,
            0,
        ),
        news(
            &contact,
            &[ConversationPart::Notes],
            ConversationStatus::Archived,
            0,
        ),
    ];
    let told = told(world, tenant).await;
    let (at, told): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    assert_eq!(
        told, expected,
        "EventLog: conversations whenever they are read or changed, or a note is taken, unless nothing of them is new"
    );
    assert_eq!(at[1..], [LATER; 3], "Event::at: when it happened");
}

async fn what_machines_do_is_noted_once(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let automations = Automations {
        keywords: vec![Keyword {
            phrases: vec![Phrase::new("Hello").works()],
            place: PhrasePlace::Anywhere,
            reply: None,
            labels: vec![Label::new("greets").works()],
            assignee: None,
        }],
        ..Automations::default()
    };
    let store = &world.stores.automations;
    let set = store.set_automations(contact.tenant, &automations, NOW);
    set.await.works();
    writes(world, &contact, &account).await;
    writes(world, &contact, &account).await;
    let claimed = store.claim_unheard(1_000, NOW, LEASE).await.works();
    let sorting = Sorting {
        intent: Some(Intent::Question),
        labels: vec![Label::new("greets").works()],
        assignee: None,
    };
    let ours: Vec<_> = claimed
        .iter()
        .filter(|unheard| unheard.tenant == contact.tenant)
        .collect();
    let nothing = Sorting::default();
    for (unheard, sorting) in [
        (ours[0], &nothing),
        (ours[1], &sorting),
        (ours[1], &sorting),
    ] {
        store.finish_unheard(unheard, sorting, LATER).await.works();
    }
    let told = told(world, contact.tenant).await;
    let sorted = news(
        &contact,
        &[ConversationPart::Intent, ConversationPart::Labels],
        ConversationStatus::Open,
        2,
    );
    assert_eq!(
        told[2..],
        [(LATER, sorted)],
        "EventLog: conversations whenever they are sorted, once for each step"
    );
}
