//! What each port notes for the log.

mod conversations;

use crate::{
    event_log::{happened, kinds, reader},
    fixtures::{self, NOW},
    template_library::new_template,
    works::Works,
    world::{LATER, World, error},
};
use tidings_consent::Action;
use tidings_kernel::{ContactId, MessageId, TenantId};
use tidings_messaging::{
    AccountHealth, ConsentNoted, Contact, ContactNamed, Event, EventKind, Failed, Happening,
    HealthChange, InboundRecord, MessageStatus, Preferences, ProviderAccount, Receipt,
    ReceiptTarget, ReceiptUpdate, Said, Settlement, Status, StoredTemplate, TemplateStanding, Way,
};
use tidings_routing::{Circuit, Class, Health};
use tidings_templates::ApprovalStatus;
use time::Duration;

pub(crate) async fn all(world: &World<'_>) {
    every_status_is_noted_once_and_in_order(world).await;
    a_failure_says_why(world).await;
    what_a_person_does_to_a_message_is_noted(world).await;
    what_comes_in_is_noted_and_read_from_its_message(world).await;
    contacts_are_noted(world).await;
    an_erasure_is_noted_and_leaves_nothing_personal(world).await;
    consent_is_noted_once(world).await;
    new_standings_of_templates_are_noted(world).await;
    changes_of_health_are_noted(world).await;
    conversations::check(world).await;
}

/// A contact and an account of a tenant whose log is kept.
async fn people(world: &World<'_>) -> (Contact, ProviderAccount) {
    let tenant = reader(world).await;
    (world.contact(tenant, 1).await, world.account(tenant).await)
}

/// What a tenant was told of its messages' statuses.
async fn statuses(world: &World<'_>, tenant: TenantId) -> Vec<MessageStatus> {
    let events = happened(world, tenant).await;
    let told = events
        .into_iter()
        .filter_map(|event| match event.happening {
            Happening::MessageStatus(told) => Some(told),
            _ => None,
        });
    told.collect()
}

async fn learn(
    world: &World<'_>,
    account: &ProviderAccount,
    id: &str,
    receipt: Receipt,
    refusal: Option<tidings_routing::ProviderError>,
) {
    let update = ReceiptUpdate {
        target: ReceiptTarget {
            tenant: account.tenant,
            account: account.id,
            attempt: None,
            provider_message_id: id.into(),
        },
        receipt: Some(receipt),
        error: refusal,
        cost: None,
        at: NOW + Duration::SECOND,
        source: "simulator".into(),
        ask_at: None,
    };
    world.stores.inbox.apply(&[update]).await.works();
}

async fn every_status_is_noted_once_and_in_order(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, _) = world.sent(&contact, &account, "SM-noted").await;
    for receipt in [Receipt::Delivered, Receipt::Delivered, Receipt::Read] {
        learn(world, &account, "SM-noted", receipt, None).await;
    }
    let events = happened(world, contact.tenant).await;
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.happening {
            Happening::MessageStatus(told) => Some((told.status, event.at, told.source.as_str())),
            _ => None,
        })
        .collect();
    let record = world.record(contact.tenant, claim.held.message).await;
    // That it was accepted says no more than that it was judged.
    let timeline = record.timeline.iter().skip(1);
    let expected: Vec<_> = timeline
        .map(|entry| (entry.status, entry.at, entry.source.as_str()))
        .collect();
    assert_eq!(
        told, expected,
        "EventLog: the statuses of messages, the first included, each once"
    );
    assert_eq!(
        expected
            .iter()
            .map(|(status, ..)| *status)
            .collect::<Vec<_>>(),
        [
            Status::Queued,
            Status::Sending,
            Status::Sent,
            Status::Delivered,
            Status::Read
        ]
    );
    let first = statuses(world, contact.tenant).await.remove(0);
    let expected = MessageStatus {
        message_id: claim.held.message,
        contact_id: contact.id,
        channel: record.message.channel,
        status: Status::Queued,
        source: "gate".into(),
        error: None,
    };
    assert_eq!(
        first, expected,
        "MessageStatus: the message, to whom, by which channel"
    );
}

async fn a_failure_says_why(world: &World<'_>) {
    let (contact, account) = people(world).await;
    world.sent(&contact, &account, "SM-lost").await;
    let refusal = Some(error(Class::Recipient));
    learn(world, &account, "SM-lost", Receipt::Failed, refusal).await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let refused = Settlement::Failed {
        attempt: Some(attempt),
        error: error(Class::Transient),
        decision: None,
    };
    world.settle(claim.held, refused, NOW).await;
    let why = |class| {
        Some(Failed {
            class,
            code: "30001".into(),
        })
    };
    let told: Vec<_> = statuses(world, contact.tenant)
        .await
        .into_iter()
        .filter(|told| told.status == Status::Failed)
        .map(|told| told.error)
        .collect();
    assert_eq!(
        told,
        [why(Class::Recipient), why(Class::Transient)],
        "MessageStatus::error: why it failed, for one that did"
    );
}

async fn what_a_person_does_to_a_message_is_noted(world: &World<'_>) {
    let (contact, _) = people(world).await;
    let message = world.queued(&contact).await;
    let change = tidings_messaging::Change {
        due_at: Some((LATER, Some(LATER))),
        ..tidings_messaging::Change::default()
    };
    let messages = &world.stores.messages;
    let changed = messages.change(contact.tenant, message.id, &change, NOW);
    changed.await.works();
    let cancelled = messages.cancel(contact.tenant, message.id, NOW);
    cancelled.await.works();
    let told = statuses(world, contact.tenant).await;
    assert_eq!(
        told.iter().map(|told| told.status).collect::<Vec<_>>(),
        [Status::Queued, Status::Deferred, Status::Cancelled],
        "EventLog: the statuses of messages"
    );
}

fn received(events: &[Event]) -> Option<(MessageId, Option<Said>)> {
    let mut found = events.iter().filter_map(|event| match &event.happening {
        Happening::MessageReceived(received) => Some((received.message_id, received.said.clone())),
        _ => None,
    });
    found.next()
}

async fn what_comes_in_is_noted_and_read_from_its_message(world: &World<'_>) {
    let tenant = reader(world).await;
    let account = world.account(tenant).await;
    let contact = fixtures::contact(tenant, ContactId::new(&world.ids), 1);
    let id = MessageId::new(&world.ids);
    let message = fixtures::inbound(&contact, id, account.id, "IN-noted", "STOP");
    let event = world.event(&contact, Action::OptOut, NOW);
    let inbound = InboundRecord {
        message: message.clone(),
        new_contact: Some(contact.clone()),
        consent: vec![event],
        media: Vec::new(),
    };
    for _ in 0..2 {
        world.stores.inbox.receive(&inbound).await.works();
    }
    let events = happened(world, tenant).await;
    let mut noted = kinds(&events);
    noted.sort_unstable();
    assert_eq!(
        noted,
        [
            EventKind::MessageReceived,
            EventKind::ConversationUpdated,
            EventKind::ContactCreated,
            EventKind::ConsentRecorded
        ],
        "EventLog: messages that come in, with what is stored in the same step, once"
    );
    let said = Said {
        from: message.from.clone(),
        to: message.to.clone(),
        text: "STOP".into(),
        media: Vec::new(),
    };
    assert_eq!(
        received(&events),
        Some((id, Some(said))),
        "EventLog::read: what a message says is read from the message"
    );
    world
        .stores
        .contacts
        .erase(tenant, contact.id, &[], NOW)
        .await
        .works();
    let events = happened(world, tenant).await;
    let Some((_, Some(said))) = received(&events) else {
        panic!("EventLog: an event stays")
    };
    assert_eq!(
        (said.text.as_str(), said.from),
        ("", None),
        "EventLog::read: it is empty when its contact was erased"
    );
}

async fn contacts_are_noted(world: &World<'_>) {
    let tenant = reader(world).await;
    let contact = world.contact(tenant, 1).await;
    let contacts = &world.stores.contacts;
    let renamed = Contact {
        first_name: Some("Ana".into()),
        updated_at: LATER,
        ..contact.clone()
    };
    contacts.update(&renamed).await.works();
    let preferences = Preferences::default();
    let set = contacts.set_preferences(tenant, contact.id, &preferences, LATER);
    set.await.works();
    let many: Vec<Contact> = (2..5)
        .map(|line| fixtures::contact(tenant, ContactId::new(&world.ids), line))
        .collect();
    contacts.create_many(tenant, &many).await.works();
    let stranger = ContactId::new(&world.ids);
    let none = contacts.set_preferences(tenant, stranger, &preferences, LATER);
    none.await.works();
    let events = happened(world, tenant).await;
    let named = |contact: &Contact| ContactNamed {
        contact_id: contact.id,
    };
    let mut expected = vec![
        (NOW, Happening::ContactCreated(named(&contact))),
        (LATER, Happening::ContactUpdated(named(&contact))),
        (LATER, Happening::ContactUpdated(named(&contact))),
    ];
    let created = many
        .iter()
        .map(|contact| Happening::ContactCreated(named(contact)));
    expected.extend(created.map(|happening| (NOW, happening)));
    let told: Vec<_> = events
        .into_iter()
        .map(|event| (event.at, event.happening))
        .collect();
    assert_eq!(told, expected, "EventLog: new, changed and erased contacts");
}

async fn an_erasure_is_noted_and_leaves_nothing_personal(world: &World<'_>) {
    let (contact, _) = people(world).await;
    let message = world.queued(&contact).await;
    let contacts = &world.stores.contacts;
    for _ in 0..2 {
        let erased = contacts.erase(contact.tenant, contact.id, &[], NOW);
        erased.await.works();
    }
    let events = happened(world, contact.tenant).await;
    assert_eq!(
        kinds(&events),
        [
            EventKind::ContactCreated,
            EventKind::MessageStatus,
            EventKind::MessageStatus,
            EventKind::ContactErased
        ],
        "EventLog: erased contacts, and the statuses of messages"
    );
    let Happening::MessageStatus(told) = &events[2].happening else {
        panic!("EventLog: the statuses of messages")
    };
    assert_eq!(
        (told.message_id, told.status),
        (message.id, Status::Cancelled)
    );
    let text = events.iter().map(|event| event.to_json().works());
    let text = text.collect::<String>();
    for address in contact.addresses() {
        assert!(
            !text.contains(&address.to_string()),
            "Happening: says nothing about people"
        );
    }
}

async fn consent_is_noted_once(world: &World<'_>) {
    let tenant = reader(world).await;
    let contact = world.contact(tenant, 1).await;
    let event = world.event(&contact, Action::OptOut, NOW);
    for _ in 0..2 {
        world
            .stores
            .consent
            .record(tenant, &event, None)
            .await
            .works();
    }
    let events = happened(world, tenant).await;
    assert_eq!(
        events[1..]
            .iter()
            .map(|event| &event.happening)
            .collect::<Vec<_>>(),
        [&Happening::ConsentRecorded(ConsentNoted::from(&event))],
        "EventLog: consent events that were not recorded before"
    );
}

async fn new_standings_of_templates_are_noted(world: &World<'_>) {
    let tenant = reader(world).await;
    let first = new_template(world, tenant, "noted");
    let templates = &world.stores.templates;
    templates.create(&first, None).await.works();
    let reworded = StoredTemplate {
        category: "tables".into(),
        version: 2,
        ..first.clone()
    };
    let paused = StoredTemplate {
        status: ApprovalStatus::Paused,
        version: 3,
        updated_at: LATER,
        ..reworded.clone()
    };
    for template in [&reworded, &paused, &paused] {
        templates.update(template).await.works();
    }
    let events = happened(world, tenant).await;
    let told: Vec<_> = events
        .into_iter()
        .map(|event| (event.at, event.happening))
        .collect();
    let standing = Happening::TemplateStatus(TemplateStanding::from(&paused));
    assert_eq!(
        told,
        [(LATER, standing)],
        "EventLog: new standings of templates"
    );
}

async fn changes_of_health_are_noted(world: &World<'_>) {
    let tenant = reader(world).await;
    let account = world.account(tenant).await;
    let way = Way {
        tenant,
        account: account.id,
        region: None,
    };
    let change = |version, reason: Option<&str>| HealthChange {
        way,
        version,
        health: Health {
            circuit: Circuit::Open { until: LATER },
            ..Health::new(NOW)
        },
        at: NOW,
        reason: reason.map(Into::into),
    };
    let healths = &world.stores.healths;
    let changes = [
        change(0, Some("nobody answers")),
        change(1, None),
        change(7, Some("late")),
    ];
    for change in changes {
        healths.change(&[change]).await.works();
    }
    let events = happened(world, tenant).await;
    let told: Vec<_> = events.into_iter().map(|event| event.happening).collect();
    let expected = AccountHealth {
        number: None,
        account_id: account.id,
        region: None,
        state: "open".into(),
        reason: "nobody answers".into(),
    };
    assert_eq!(
        told,
        [Happening::AccountHealth(expected)],
        "EventLog: changes of the health of accounts that have a reason"
    );
}
