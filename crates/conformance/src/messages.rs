use crate::{
    Stores, change, dead_letters,
    fixtures::{self, NOW},
    many_messages, pages, used_up,
    works::Works,
    world::World,
};
use tidings_kernel::{Channel, ContactId, MessageId, TenantId};
use tidings_messaging::{
    AcceptError, Context, Direction, InboundRecord, Message, MessageFilter, MessageRecord,
    NewMessage, Page, Status,
};
use tidings_quiet_hours::{Override, Urgency};
use time::Duration;

/// Panics unless `stores.messages` keeps every promise of [`Messages`](tidings_messaging::Messages).
pub async fn messages(stores: &Stores) {
    let world = World::new(stores, 8);
    a_message_is_given_as_it_was_taken_in(&world).await;
    what_is_blocked_is_stored_and_not_queued(&world).await;
    another_tenant_does_not_see_it(&world).await;
    the_decision_is_stored_with_it(&world).await;
    the_timeline_begins_with_it(&world).await;
    nothing_is_accepted_for_a_stranger(&world).await;
    the_answer_is_stored_with_it(&world).await;
    nothing_is_stored_when_the_key_is_lost(&world).await;
    messages_are_listed_newest_first(&world).await;
    a_list_gives_what_fits(&world).await;
    a_list_gives_what_went_where_and_when(&world).await;
    histories_come_with_the_list(&world).await;
    many_messages::check(&world).await;
    used_up::check(&world).await;
    change::check(&world).await;
    dead_letters::check(&world).await;
}

async fn get(world: &World<'_>, message: &Message) -> Option<MessageRecord> {
    world
        .stores
        .messages
        .get(message.tenant, message.id)
        .await
        .works()
}

async fn new_message(world: &World<'_>) -> NewMessage {
    let contact = world.contact(world.tenant().await, 1).await;
    world.new_message(&contact)
}

async fn a_message_is_given_as_it_was_taken_in(world: &World<'_>) {
    let new = new_message(world).await;
    let message = Message {
        context: Some(Context {
            kind: "booking".into(),
            id: "B-7".into(),
            version: Some(7),
        }),
        topic: Some("tables".into()),
        tags: vec!["lunch".into()],
        scheduled_at: Some(NOW),
        valid_until: Some(NOW + Duration::HOUR),
        urgency: Urgency::TimeCritical,
        override_by: Some(Override::new("Ada, on duty", "the river rises").works()),
        priority: 2,
        ..new.message
    };
    let new = NewMessage { message, ..new };
    world.stores.messages.accept(&new, None).await.works();
    let record = get(world, &new.message).await;
    let sentence = "Messages::get: the message with its history, if the tenant has it";
    assert_eq!(
        record.as_ref().map(|record| &record.message),
        Some(&new.message),
        "{sentence}"
    );
    assert_eq!(
        record.map(|record| record.attempts),
        Some(Vec::new()),
        "{sentence}"
    );
}

async fn what_is_blocked_is_stored_and_not_queued(world: &World<'_>) {
    let new = new_message(world).await;
    let message = Message {
        status: Status::Blocked,
        send_at: None,
        ..new.message
    };
    let new = NewMessage {
        message,
        entry: None,
        ..new
    };
    world.stores.messages.accept(&new, None).await.works();
    let found = get(world, &new.message)
        .await
        .map(|record| record.message.status);
    assert_eq!(
        found,
        Some(Status::Blocked),
        "Messages::accept: refusals are stored too"
    );
    let claims = world.claims(new.message.tenant, NOW + Duration::DAY).await;
    assert_eq!(claims, [], "NewMessage::entry: none when it is blocked");
}

async fn another_tenant_does_not_see_it(world: &World<'_>) {
    let new = new_message(world).await;
    world.stores.messages.accept(&new, None).await.works();
    let other = Message {
        tenant: world.tenant().await,
        ..new.message.clone()
    };
    assert_eq!(
        get(world, &other).await,
        None,
        "Messages::get: if the tenant has it"
    );
    let decisions = world
        .stores
        .messages
        .decisions(other.tenant, other.id)
        .await
        .works();
    assert_eq!(decisions, [], "Messages::decisions: tenants are isolated");
    let result = world
        .stores
        .messages
        .cancel(other.tenant, other.id, NOW)
        .await;
    assert!(
        result.is_err(),
        "Messages::cancel: another tenant's message is none"
    );
    let moved = NewMessage {
        message: other,
        ..new_message(world).await
    };
    let result = world.stores.messages.accept(&moved, None).await;
    let sentence = "AcceptError::NoContact: another tenant's contact is none";
    assert!(matches!(result, Err(AcceptError::NoContact)), "{sentence}");
}

async fn the_decision_is_stored_with_it(world: &World<'_>) {
    let new = new_message(world).await;
    world.stores.messages.accept(&new, None).await.works();
    let found = world
        .stores
        .messages
        .decisions(new.message.tenant, new.message.id)
        .await
        .works();
    assert_eq!(
        found,
        [new.decision],
        "Messages::decisions: every decision taken for a message"
    );
}

async fn the_timeline_begins_with_it(world: &World<'_>) {
    let new = new_message(world).await;
    world.stores.messages.accept(&new, None).await.works();
    let timeline = get(world, &new.message)
        .await
        .map(|record| record.timeline)
        .unwrap_or_default();
    assert_eq!(
        timeline,
        new.timeline(),
        "NewMessage::timeline: the timeline that it is stored with"
    );
}

async fn nothing_is_accepted_for_a_stranger(world: &World<'_>) {
    let new = new_message(world).await;
    let message = Message {
        contact: ContactId::new(&world.ids),
        ..new.message
    };
    let new = NewMessage { message, ..new };
    let result = world.stores.messages.accept(&new, None).await;
    let sentence = "AcceptError::NoContact: nothing was stored";
    assert!(matches!(result, Err(AcceptError::NoContact)), "{sentence}");
    assert_eq!(get(world, &new.message).await, None, "{sentence}");
}

async fn the_answer_is_stored_with_it(world: &World<'_>) {
    let new = new_message(world).await;
    let answer = world.answer(new.message.tenant).await;
    world
        .stores
        .messages
        .accept(&new, Some(&answer))
        .await
        .works();
    let sentence = "Messages::accept: message and answer are stored in one step";
    assert!(world.is_answered(&answer).await, "{sentence}");
}

async fn nothing_is_stored_when_the_key_is_lost(world: &World<'_>) {
    let new = new_message(world).await;
    let lost = world.lost_answer(new.message.tenant).await;
    let result = world.stores.messages.accept(&new, Some(&lost)).await;
    let sentence = "AcceptError::KeyLost: nothing was stored";
    assert!(matches!(result, Err(AcceptError::KeyLost(_))), "{sentence}");
    assert_eq!(get(world, &new.message).await, None, "{sentence}");
    let claims = world.claims(new.message.tenant, NOW).await;
    assert_eq!(claims, [], "{sentence}, in the queue neither");
}

async fn messages_are_listed_newest_first(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let mut newest_first = Vec::new();
    for _ in 0..5 {
        newest_first.insert(0, world.queued(&contact).await.id.uuid());
    }
    let other = world.contact(world.tenant().await, 1).await;
    world.queued(&other).await;
    let filter = MessageFilter::default();
    let id = |record: &MessageRecord| record.message.id.uuid();
    pages::check("Messages::list", &newest_first, id, async |page| {
        world
            .stores
            .messages
            .list(contact.tenant, &filter, page)
            .await
            .works()
    })
    .await;
}

async fn listed(world: &World<'_>, tenant: TenantId, filter: &MessageFilter) -> Vec<MessageId> {
    let page = Page {
        limit: 200,
        after: None,
    };
    let found = world
        .stores
        .messages
        .list(tenant, filter, page)
        .await
        .works();
    found.data.iter().map(|record| record.message.id).collect()
}

async fn a_list_gives_what_fits(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (ada, bob) = (
        world.contact(tenant, 1).await,
        world.contact(tenant, 2).await,
    );
    let account = world.account(tenant).await;
    let new = world.new_message(&ada);
    let about = Context {
        kind: "booking".into(),
        id: "B-7".into(),
        version: None,
    };
    let old = NOW - Duration::DAY;
    let message = Message {
        channel: Channel::Whatsapp,
        status: Status::Deferred,
        context: Some(about),
        created_at: old,
        content: tidings_messaging::Content::text("Straße 100%_done"),
        ..new.message
    };
    let new = NewMessage { message, ..new };
    world.stores.messages.accept(&new, None).await.works();
    let first = new.message.id;
    let second = world.queued(&bob).await.id;
    let third = fixtures::inbound(&bob, MessageId::new(&world.ids), account.id, "IN", "Thanks");
    let inbound = InboundRecord {
        message: third.clone(),
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    world.stores.inbox.receive(&inbound).await.works();
    let third = third.id;

    let any = MessageFilter::default;
    let text = |text: &str| MessageFilter {
        text: Some(text.into()),
        ..any()
    };
    let cases = [
        (any(), vec![third, second, first]),
        (
            MessageFilter {
                status: Some(Status::Deferred),
                ..any()
            },
            vec![first],
        ),
        (
            MessageFilter {
                direction: Some(Direction::Inbound),
                ..any()
            },
            vec![third],
        ),
        (
            MessageFilter {
                direction: Some(Direction::Outbound),
                ..any()
            },
            vec![second, first],
        ),
        (
            MessageFilter {
                channel: Some(Channel::Sms),
                ..any()
            },
            vec![third, second],
        ),
        (
            MessageFilter {
                contact: Some(ada.id),
                ..any()
            },
            vec![first],
        ),
        (
            MessageFilter {
                context_type: Some("booking".into()),
                ..any()
            },
            vec![first],
        ),
        (
            MessageFilter {
                context_id: Some("B-7".into()),
                ..any()
            },
            vec![first],
        ),
        (
            MessageFilter {
                context_id: Some("B".into()),
                ..any()
            },
            vec![],
        ),
        (
            MessageFilter {
                created_after: Some(NOW),
                ..any()
            },
            vec![third, second],
        ),
        (
            MessageFilter {
                created_before: Some(NOW),
                ..any()
            },
            vec![first],
        ),
        (text("TABLE"), vec![second]),
        (text("0%_D"), vec![first]),
        (text("s%e"), vec![]),
        (
            MessageFilter {
                contact: Some(bob.id),
                ..text("thanks")
            },
            vec![third],
        ),
        (
            MessageFilter {
                contact: Some(ada.id),
                ..text("thanks")
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        let found = listed(world, tenant, &filter).await;
        assert_eq!(
            found, expected,
            "MessageFilter: all that is given must fit: {filter:?}"
        );
    }
}

async fn a_list_gives_what_went_where_and_when(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let tenant = contact.tenant;
    let (own, theirs) = (
        fixtures::phone(99).to_string(),
        fixtures::phone(1).to_string(),
    );
    let waiting = world.queued(&contact).await.id;
    let (claim, _) = world.sent(&contact, &account, "SM-went").await;
    let sent = claim.held.message;
    let inbound = fixtures::inbound(
        &contact,
        MessageId::new(&world.ids),
        account.id,
        "IN",
        "Yes",
    );
    let received = InboundRecord {
        message: inbound.clone(),
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    world.stores.inbox.receive(&received).await.works();
    let inbound = inbound.id;
    let any = MessageFilter::default;
    let to = |address: &str| MessageFilter {
        to: Some(address.to_owned()),
        ..any()
    };
    let from = |address: &str| MessageFilter {
        from: Some(address.to_owned()),
        ..any()
    };
    let after = |instant| MessageFilter {
        sent_after: Some(instant),
        ..any()
    };
    let before = |instant| MessageFilter {
        sent_before: Some(instant),
        ..any()
    };
    let later = NOW + Duration::microseconds(1);
    let cases = [
        (to(&theirs), vec![sent, waiting]),
        (to(&own), vec![inbound]),
        (to("+1202555"), vec![]),
        (from(&theirs), vec![inbound]),
        (from(&own), vec![sent]),
        (from(""), vec![]),
        (after(NOW), vec![inbound, sent]),
        (after(later), vec![]),
        (before(NOW), vec![]),
        (before(later), vec![inbound, sent]),
    ];
    for (filter, expected) in cases {
        let found = listed(world, tenant, &filter).await;
        assert_eq!(
            found, expected,
            "MessageFilter: all that is given must fit, and what was not sent left at no time: {filter:?}"
        );
    }
}

async fn histories_come_with_the_list(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (contact, account) = (world.contact(tenant, 1).await, world.account(tenant).await);
    let (claim, _) = world.sent(&contact, &account, "SM-listed").await;
    let single = world.record(tenant, claim.held.message).await;
    let filter = MessageFilter::default();
    let page = Page {
        limit: 10,
        after: None,
    };
    let listed = world
        .stores
        .messages
        .list(tenant, &filter, page)
        .await
        .works();
    assert_eq!(
        listed.data,
        [single],
        "Messages::list: messages with their histories"
    );
}
