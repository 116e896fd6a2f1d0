//! Messages that are asked for together.

use crate::{works::Works, world::World};
use tidings_kernel::MessageId;
use tidings_messaging::{MessageRecord, NewMessage};

const SENTENCE: &str = "Messages::get_many: those of these messages that the tenant has";

pub(super) async fn check(world: &World<'_>) {
    those_that_the_tenant_has(world).await;
}

async fn taken_in(world: &World<'_>, count: u32) -> Vec<NewMessage> {
    let contact = world.contact(world.tenant().await, 1).await;
    let mut all = Vec::new();
    for _ in 0..count {
        let new = world.new_message(&contact);
        world.stores.messages.accept(&new, None).await.works();
        all.push(new);
    }
    all
}

async fn those_that_the_tenant_has(world: &World<'_>) {
    let messages = &world.stores.messages;
    let own = taken_in(world, 3).await;
    let other = taken_in(world, 1).await;
    let [first, second, _] = own.as_slice() else {
        panic!("three were taken in");
    };
    let (tenant, first, second) = (first.message.tenant, first.message.id, second.message.id);
    let stranger = MessageId::new(&world.ids);
    let asked: Vec<MessageId> = other
        .iter()
        .map(|new| new.message.id)
        .chain([second, stranger, first, second])
        .collect();
    let mut found = messages.get_many(tenant, &asked).await.works();
    found.sort_by_key(|record| record.message.id);
    let mut expected: Vec<MessageRecord> = Vec::new();
    for id in [first, second] {
        expected.extend(messages.get(tenant, id).await.works());
    }
    expected.sort_by_key(|record| record.message.id);
    assert_eq!(expected.len(), 2, "{SENTENCE}");
    assert_eq!(found, expected, "{SENTENCE}");
    let none = messages.get_many(tenant, &[]).await.works();
    assert_eq!(none, [], "{SENTENCE}");
}
