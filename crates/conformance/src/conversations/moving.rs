//! What messages do to their threads.

use super::{answers, id_of, stored, thread, writes};
use crate::{
    fixtures::{self, NOW},
    works::Works,
    world::World,
};
use tidings_conversations::{Conversation, ConversationChange, ConversationStatus, Place};
use tidings_kernel::{Channel, MessageId, Purpose};
use tidings_messaging::{FreeWindowEvent, InboundRecord, Message, Status};
use time::Duration;

pub(super) async fn check(world: &World<'_>) {
    messages_move_it_as_the_domain_says(world).await;
    a_repeat_moves_nothing(world).await;
    what_was_refused_moves_nothing(world).await;
    what_comes_late_does_not_move_the_place(world).await;
    a_change_of_addresses_does_not_move_the_place(world).await;
    what_is_free_is_noted_where_it_answers(world).await;
    a_blocked_one_bothers_nobody(world).await;
}

const SENTENCE: &str = "Conversations: what moves a conversation is stored with the message that does it, as \
    Conversation::take says";

async fn messages_move_it_as_the_domain_says(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let mut expected = Conversation::blank(&contact);
    let sender = account.senders[0].id;
    let first = Message {
        sender: Some(sender),
        ..fixtures::inbound(
            &contact,
            MessageId::new(&world.ids),
            account.id,
            "M-1",
            "One",
        )
    };
    expected.take(&stored(world, first).await);
    let found = thread(world, &contact).await;
    assert_eq!(found.conversation, expected, "{SENTENCE}");
    assert_eq!(
        (expected.unread, expected.places.len()),
        (1, 1),
        "{SENTENCE}"
    );
    let second = Message {
        channel: Channel::Whatsapp,
        status_at: NOW + Duration::MINUTE,
        created_at: NOW + Duration::MINUTE,
        ..fixtures::inbound(
            &contact,
            MessageId::new(&world.ids),
            account.id,
            "M-2",
            "Two",
        )
    };
    expected.take(&stored(world, second).await);
    expected.take(&answers(world, &contact, "An answer").await);
    // Moves nothing.
    expected.take(&world.queued(&contact).await);
    let mut found = thread(world, &contact).await.conversation;
    let by_channel = |place: &Place| place.channel.as_str();
    found.places.sort_by_key(by_channel);
    expected.places.sort_by_key(by_channel);
    assert_eq!(found, expected, "{SENTENCE}");
    let change = ConversationChange {
        status: Some(ConversationStatus::Archived),
        ..ConversationChange::default()
    };
    let stores = &world.stores.conversations;
    stores
        .change(contact.tenant, found.id, &change, NOW)
        .await
        .works();
    writes(world, &contact, &account, "Three").await;
    let found = thread(world, &contact).await.conversation;
    let sentence = "ConversationStatus::Archived: done with, until the contact writes again";
    assert_eq!(
        (found.status, found.unread),
        (ConversationStatus::Open, 3),
        "{sentence}"
    );
}

async fn a_repeat_moves_nothing(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = writes(world, &contact, &account, "Once").await;
    let before = thread(world, &contact).await;
    let repeat = InboundRecord {
        message: Message {
            id: MessageId::new(&world.ids),
            ..message
        },
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    let is_new = world.stores.inbox.receive(&repeat).await.works();
    assert!(
        !is_new,
        "Inbox::receive: false if the account has seen this provider id before"
    );
    assert_eq!(thread(world, &contact).await, before, "{SENTENCE}");
}

async fn what_was_refused_moves_nothing(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let mut new = world.new_message(&contact);
    new.message.purpose = Purpose::Conversational;
    new.message.status = Status::Blocked;
    new.entry = None;
    world.stores.messages.accept(&new, None).await.works();
    let found = thread(world, &contact).await.conversation;
    assert_eq!(found, Conversation::blank(&contact), "{SENTENCE}");
}

async fn what_comes_late_does_not_move_the_place(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let new = Message {
        to: fixtures::phone(98).to_string(),
        ..fixtures::inbound(
            &contact,
            MessageId::new(&world.ids),
            account.id,
            "L-2",
            "New",
        )
    };
    let new = stored(world, new).await;
    let late = Message {
        status_at: NOW - Duration::HOUR,
        ..fixtures::inbound(
            &contact,
            MessageId::new(&world.ids),
            account.id,
            "L-1",
            "Late",
        )
    };
    stored(world, late).await;
    let found = thread(world, &contact).await.conversation;
    let sentence = "Place: when the contact last wrote here";
    let place = found.place(Channel::Sms).cloned();
    assert_eq!(place, Place::of(&new), "{sentence}");
}

async fn a_change_of_addresses_does_not_move_the_place(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, "From my old number").await;
    let before = thread(world, &contact).await.conversation;
    let mut moved = contact.clone();
    moved.phone = Some(fixtures::phone(55));
    moved.whatsapp_phone = contact.phone;
    world.stores.contacts.update(&moved).await.works();
    let found = thread(world, &contact).await;
    let sentence =
        "Place: neither a change of the contact's addresses nor a merge of two contacts moves it";
    assert_eq!(found.conversation.places, before.places, "{sentence}");
    assert_eq!(found.contact, moved, "Thread: the contact");
}

async fn what_is_free_is_noted_where_it_answers(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = Message {
        channel: Channel::Whatsapp,
        ..fixtures::inbound(
            &contact,
            MessageId::new(&world.ids),
            account.id,
            "F-1",
            "From the ad",
        )
    };
    let message = stored(world, message).await;
    let other = world.account(contact.tenant).await;
    let until = |hours| FreeWindowEvent {
        contact: message.contact_address.clone(),
        channel: Channel::Whatsapp,
        closes_at: NOW + Duration::hours(hours),
    };
    let inbox = &world.stores.inbox;
    for (account, hours) in [(account.id, 72), (account.id, 48), (other.id, 96)] {
        let opened = inbox
            .open_free_window(contact.tenant, account, &until(hours))
            .await;
        opened.works();
    }
    let found = thread(world, &contact).await.conversation;
    let free = found
        .place(Channel::Whatsapp)
        .and_then(|place| place.free_until);
    let sentence = "Inbox::open_free_window: the latest end counts, through the account";
    assert_eq!(free, Some(NOW + Duration::hours(72)), "{sentence}");
    let again = Message {
        channel: Channel::Whatsapp,
        ..fixtures::inbound(
            &contact,
            MessageId::new(&world.ids),
            account.id,
            "F-2",
            "And more",
        )
    };
    stored(world, again).await;
    let found = thread(world, &contact).await.conversation;
    let place = found.place(Channel::Whatsapp);
    assert_eq!(place.and_then(|place| place.free_until), free, "{SENTENCE}");
}

async fn a_blocked_one_bothers_nobody(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, "One").await;
    let stores = &world.stores.conversations;
    let (tenant, id) = (contact.tenant, id_of(&contact));
    stores.mark_read(tenant, id, None, NOW).await.works();
    let change = ConversationChange {
        status: Some(ConversationStatus::Blocked),
        ..ConversationChange::default()
    };
    stores.change(tenant, id, &change, NOW).await.works();
    let before = thread(world, &contact).await.conversation;
    let message = writes(world, &contact, &account, "Two").await;
    let found = thread(world, &contact).await;
    let sentence =
        "ConversationStatus::Blocked: what comes in is kept, but nobody is bothered with it";
    assert_eq!(found.conversation.unread, 0, "{sentence}");
    assert_eq!(
        found.conversation.status,
        ConversationStatus::Blocked,
        "{sentence}"
    );
    assert_eq!(found.conversation.activity, before.activity, "{sentence}");
    assert_eq!(
        found.latest.map(|latest| latest.id),
        Some(message.id),
        "{sentence}"
    );
}
