use crate::{
    Stores,
    fixtures::{self, NOW},
    works::Works,
    world::{LATER, World},
};
use tidings_kernel::{Channel, ConversationId, MessageId};
use tidings_messaging::{Contact, InboundRecord, Message, ProviderAccount, ReadReceipt};
use time::{Duration, OffsetDateTime};

const LEASE: Duration = Duration::MINUTE;

/// Panics unless `stores.read_receipts` keeps every promise of [`ReadReceipts`](tidings_messaging::ReadReceipts).
pub async fn read_receipts(stores: &Stores) {
    let world = World::new(stores, 67);
    the_newest_that_was_read_is_noted(&world).await;
    one_worker_has_it_at_a_time(&world).await;
    what_is_read_further_meanwhile_is_left_alone(&world).await;
    each_account_is_told_for_itself(&world).await;
    an_erasure_leaves_nothing(&world).await;
}

/// A message from the contact.
async fn writes(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    channel: Channel,
) -> Message {
    let id = MessageId::new(&world.ids);
    let message = Message {
        channel,
        ..fixtures::inbound(contact, id, account.id, &format!("IN-{id}"), "Hello")
    };
    let record = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    world.stores.inbox.receive(&record).await.works();
    record.message
}

fn thread(contact: &Contact) -> ConversationId {
    ConversationId::from_uuid(contact.id.uuid())
}

async fn read(world: &World<'_>, contact: &Contact, up_to: Option<&Message>, now: OffsetDateTime) {
    let conversations = &world.stores.conversations;
    let up_to = up_to.map(|message| message.id);
    let read = conversations.mark_read(contact.tenant, thread(contact), up_to, now);
    read.await.works();
}

/// What is due of the contact's tenant.
async fn take(world: &World<'_>, contact: &Contact, now: OffsetDateTime) -> Vec<ReadReceipt> {
    let receipts = &world.stores.read_receipts;
    let mut taken = receipts.take(now, LEASE, 1_000).await.works();
    taken.retain(|receipt| receipt.tenant == contact.tenant);
    taken
}

async fn end(world: &World<'_>, receipt: &ReadReceipt, again: Option<OffsetDateTime>) {
    let receipts = &world.stores.read_receipts;
    receipts.ended(receipt, again).await.works();
}

fn of(contact: &Contact, message: &Message, account: &ProviderAccount) -> ReadReceipt {
    ReadReceipt {
        tenant: contact.tenant,
        conversation: thread(contact),
        message: message.id,
        account: account.id,
        provider_message_id: message.provider_message_id.clone().unwrap_or_default(),
        read_at: NOW,
        failures: 0,
    }
}

async fn the_newest_that_was_read_is_noted(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, Channel::Whatsapp).await;
    let second = writes(world, &contact, &account, Channel::Whatsapp).await;
    writes(world, &contact, &account, Channel::Sms).await;
    assert_eq!(
        take(world, &contact, NOW).await,
        [],
        "ReadReceipts: nothing was read"
    );
    read(world, &contact, None, NOW).await;
    let sentence = "ReadReceipts: the newest message on WhatsApp, due at once";
    let taken = take(world, &contact, NOW).await;
    assert_eq!(taken, [of(&contact, &second, &account)], "{sentence}");
    for receipt in &taken {
        end(world, receipt, None).await;
    }
    let sentence = "ReadReceipts: of what was not read before, and so once";
    read(world, &contact, None, LATER).await;
    assert_eq!(take(world, &contact, LATER).await, [], "{sentence}");
    writes(world, &contact, &account, Channel::Sms).await;
    read(world, &contact, None, LATER).await;
    assert_eq!(take(world, &contact, LATER).await, [], "{sentence}");
}

async fn one_worker_has_it_at_a_time(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, Channel::Whatsapp).await;
    read(world, &contact, None, NOW).await;
    let first = take(world, &contact, NOW).await;
    let sentence = "ReadReceipts::take: nobody else gets them before the lease has passed";
    assert_eq!(take(world, &contact, NOW).await, [], "{sentence}");
    let lapsed = NOW + LEASE;
    assert_eq!(take(world, &contact, lapsed).await, first, "{sentence}");
    let sentence = "ReadReceipts::ended: has failed once more, and is due at `again`";
    for receipt in &first {
        end(world, receipt, Some(LATER)).await;
    }
    assert_eq!(
        take(world, &contact, LATER - Duration::SECOND).await,
        [],
        "{sentence}"
    );
    let again = take(world, &contact, LATER).await;
    let failures: Vec<u16> = again.iter().map(|receipt| receipt.failures).collect();
    assert_eq!(failures, [1], "{sentence}");
    let sentence = "ReadReceipts::ended: one is done with";
    for receipt in &again {
        end(world, receipt, None).await;
    }
    assert_eq!(take(world, &contact, LATER + LEASE).await, [], "{sentence}");
}

async fn what_is_read_further_meanwhile_is_left_alone(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let first = writes(world, &contact, &account, Channel::Whatsapp).await;
    let second = writes(world, &contact, &account, Channel::Whatsapp).await;
    read(world, &contact, Some(&first), NOW).await;
    let taken = take(world, &contact, NOW).await;
    assert_eq!(taken, [of(&contact, &first, &account)]);
    read(world, &contact, None, NOW).await;
    let sentence = "ReadReceipts::ended: if the conversation was read further, that is left alone";
    for receipt in &taken {
        end(world, receipt, None).await;
        end(world, receipt, Some(LATER)).await;
    }
    let newer = take(world, &contact, NOW).await;
    assert_eq!(newer, [of(&contact, &second, &account)], "{sentence}");
    for receipt in &newer {
        end(world, receipt, None).await;
    }
}

async fn each_account_is_told_for_itself(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let other = world.account(contact.tenant).await;
    let one = writes(world, &contact, &account, Channel::Whatsapp).await;
    let two = writes(world, &contact, &other, Channel::Whatsapp).await;
    read(world, &contact, None, NOW).await;
    let taken = take(world, &contact, NOW).await;
    let mut expected = [of(&contact, &one, &account), of(&contact, &two, &other)];
    expected.sort_by_key(|receipt| receipt.account);
    assert_eq!(
        taken, expected,
        "ReadReceipts: for each account that was written to"
    );
    for receipt in &taken {
        end(world, receipt, None).await;
    }
}

async fn an_erasure_leaves_nothing(world: &World<'_>) {
    let (contact, account) = world.people().await;
    writes(world, &contact, &account, Channel::Whatsapp).await;
    read(world, &contact, None, NOW).await;
    let contacts = &world.stores.contacts;
    let erased = contacts.erase(contact.tenant, contact.id, &[], LATER);
    erased.await.works();
    let sentence = "ReadReceipts: with the conversation everything of it is erased";
    assert_eq!(take(world, &contact, NOW).await, [], "{sentence}");
}
