//! What `FactStore::load` owes about what a tenant has used up.

use crate::{
    fixtures::{self, NOW},
    lanes::entry,
    works::Works,
    world::{LEASE_OVER, World, error},
};
use tidings_kernel::{MessageId, Money, TenantId};
use tidings_messaging::{
    Class, Contact, FactsQuery, InboundRecord, Message, Monthly, NewMessage, Settings, Settlement,
    Stage, Status, Tenant, Usage,
};
use tidings_routing::Class as ErrorClass;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) async fn check(world: &World<'_>) {
    outbound_messages_are_counted(world).await;
    what_was_refused_at_once_is_not_counted(world).await;
    what_was_cancelled_is_not_counted(world).await;
    only_what_the_gate_blocks_is_given_back(world).await;
    a_lost_hold_gives_nothing_back(world).await;
    what_was_sent_or_failed_stays_counted(world).await;
    what_comes_in_is_not_counted(world).await;
    cost_is_counted_in_the_budget_s_currency(world).await;
    without_a_budget_no_cost_is_counted(world).await;
    a_month_ends_at_midnight_by_utc(world).await;
    where_nothing_is_limited_nothing_is_counted(world).await;
    tenants_are_counted_apart(world).await;
}

const MESSAGES: Monthly = Monthly {
    messages: Some(1_000),
    budget: None,
};

fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, currency).works()
}

fn budget(currency: &str) -> Monthly {
    Monthly {
        messages: None,
        budget: Some(money("100", currency)),
    }
}

/// A contact of a tenant with these limits.
async fn contact(world: &World<'_>, monthly: Monthly) -> Contact {
    let tenant = Tenant {
        settings: Settings {
            monthly,
            ..Settings::default()
        },
        ..fixtures::tenant(TenantId::new(&world.ids))
    };
    world.stores.tenants.put(&tenant).await.works();
    world.contact(tenant.id, 1).await
}

async fn accept(world: &World<'_>, message: Message) {
    let new = NewMessage {
        decision: world.decision(&message, Stage::Accept),
        entry: (message.status != Status::Blocked).then(|| entry(Class::Transactional, 5, NOW)),
        monthly: Monthly::default(),
        ladder: None,
        tells_of: None,
        status_webhook: None,
        message,
    };
    world.stores.messages.accept(&new, None).await.works();
}

fn message(world: &World<'_>, contact: &Contact) -> Message {
    fixtures::message(contact, MessageId::new(&world.ids), "Your table is ready")
}

async fn usage_by(world: &World<'_>, contact: &Contact, now: OffsetDateTime) -> Usage {
    let query = FactsQuery::of(contact.tenant, contact.id);
    let known = world.stores.facts.load(&[query], now).await.works();
    let known = known.into_iter().next().flatten();
    known.map(|known| known.usage).unwrap_or_default()
}

async fn usage(world: &World<'_>, contact: &Contact) -> Usage {
    usage_by(world, contact, NOW).await
}

const fn messages(messages: u64) -> Usage {
    Usage {
        messages,
        cost_micros: 0,
    }
}

async fn outbound_messages_are_counted(world: &World<'_>) {
    let contact = contact(world, MESSAGES).await;
    let sentence = "Usage::messages: outbound messages that were taken in";
    for count in 0..3 {
        assert_eq!(usage(world, &contact).await, messages(count), "{sentence}");
        accept(world, message(world, &contact)).await;
    }
    let other = world.contact(contact.tenant, 2).await;
    accept(world, message(world, &other)).await;
    assert_eq!(
        usage(world, &contact).await,
        messages(4),
        "{sentence}, for anybody"
    );
}

const COUNTED: &str = "Usage: everything that was taken in and neither refused nor cancelled";

async fn what_was_refused_at_once_is_not_counted(world: &World<'_>) {
    for (status, counts) in [
        (Status::Deferred, 1),
        (Status::Queued, 1),
        (Status::Blocked, 0),
    ] {
        let contact = contact(world, MESSAGES).await;
        let message = Message {
            status,
            ..message(world, &contact)
        };
        accept(world, message).await;
        let found = usage(world, &contact).await;
        assert_eq!(found, messages(counts), "{COUNTED}: {status}");
    }
}

async fn what_was_cancelled_is_not_counted(world: &World<'_>) {
    let contact = contact(world, budget("EUR")).await;
    let message = Message {
        cost_estimated: Some(money("3", "EUR")),
        ..message(world, &contact)
    };
    accept(world, message.clone()).await;
    let kept = world.contact(contact.tenant, 2).await;
    let port = &world.stores.messages;
    port.cancel(message.tenant, message.id, NOW).await.works();
    assert_eq!(usage(world, &contact).await, messages(0), "{COUNTED}");
    // Erasure withdraws what waits.
    let message = Message {
        id: MessageId::new(&world.ids),
        ..message
    };
    accept(world, message).await;
    let people = &world.stores.contacts;
    let erased = people.erase(contact.tenant, contact.id, &[], NOW).await;
    erased.works();
    assert_eq!(usage(world, &kept).await, messages(0), "{COUNTED}");
}

async fn only_what_the_gate_blocks_is_given_back(world: &World<'_>) {
    for (status, counts) in [(Status::Blocked, 0), (Status::Expired, 1)] {
        let contact = contact(world, MESSAGES).await;
        accept(world, message(world, &contact)).await;
        let claim = world.claim(contact.tenant, NOW).await;
        let refused = Settlement::Refused {
            decision: Box::new(world.decision(&claim.message, Stage::Dispatch)),
            status,
        };
        world.settle(claim.held, refused, NOW).await;
        let found = usage(world, &contact).await;
        assert_eq!(found, messages(counts), "{COUNTED}: {status}");
    }
}

async fn a_lost_hold_gives_nothing_back(world: &World<'_>) {
    let contact = contact(world, MESSAGES).await;
    accept(world, message(world, &contact)).await;
    let stale = world.claim(contact.tenant, NOW).await;
    world.claim(contact.tenant, LEASE_OVER).await;
    let refused = Settlement::Refused {
        decision: Box::new(world.decision(&stale.message, Stage::Dispatch)),
        status: Status::Blocked,
    };
    world.settle(stale.held, refused, LEASE_OVER).await;
    let found = usage(world, &contact).await;
    assert_eq!(found, messages(1), "{COUNTED}: a lost hold refuses nothing");
}

async fn what_was_sent_or_failed_stays_counted(world: &World<'_>) {
    let contact = contact(world, MESSAGES).await;
    let account = world.account(contact.tenant).await;
    world.sent(&contact, &account, "SM-counted").await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let failed = Settlement::Failed {
        attempt: Some(attempt),
        error: error(ErrorClass::Content),
        decision: None,
    };
    world.settle(claim.held, failed, NOW).await;
    let again = entry(Class::Transactional, 5, NOW);
    let retried = world
        .stores
        .messages
        .retry(contact.tenant, claim.held.message, again, NOW);
    assert_eq!(usage(world, &contact).await, messages(2), "{COUNTED}");
    retried.await.works();
    let found = usage(world, &contact).await;
    assert_eq!(found, messages(2), "{COUNTED}, once");
}

async fn what_comes_in_is_not_counted(world: &World<'_>) {
    let contact = contact(world, MESSAGES).await;
    let account = world.account(contact.tenant).await;
    let id = MessageId::new(&world.ids);
    let inbound = InboundRecord {
        message: fixtures::inbound(&contact, id, account.id, "IN-1", "Hello"),
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    world.stores.inbox.receive(&inbound).await.works();
    let sentence = "Usage::messages: outbound messages";
    assert_eq!(usage(world, &contact).await, messages(0), "{sentence}");
}

async fn cost_is_counted_in_the_budget_s_currency(world: &World<'_>) {
    let contact = contact(world, budget("EUR")).await;
    let costs = [
        Some(money("0.05", "EUR")),
        Some(money("0.000001", "EUR")),
        Some(money("7", "USD")),
        None,
    ];
    for cost_estimated in costs {
        let message = Message {
            cost_estimated,
            ..message(world, &contact)
        };
        accept(world, message).await;
    }
    let expected = Usage {
        messages: 4,
        cost_micros: 50_001,
    };
    let sentence = "Usage::cost_micros: in millionths of the budget's currency; other currencies are not counted";
    assert_eq!(usage(world, &contact).await, expected, "{sentence}");
}

async fn without_a_budget_no_cost_is_counted(world: &World<'_>) {
    let contact = contact(world, MESSAGES).await;
    let message = Message {
        cost_estimated: Some(money("0.05", "EUR")),
        ..message(world, &contact)
    };
    accept(world, message).await;
    let sentence = "Usage::cost_micros: of the currency of the tenant's budget";
    assert_eq!(usage(world, &contact).await, messages(1), "{sentence}");
}

/// A message that was taken in at `at`, as its id says too.
fn message_at(contact: &Contact, at: OffsetDateTime) -> Message {
    let millis = (at.unix_timestamp_nanos() / 1_000_000).unsigned_abs();
    let id = Uuid::from_u128((millis << 80) | (0x7 << 76) | (0b10 << 62));
    Message {
        created_at: at,
        status_at: at,
        ..fixtures::message(contact, MessageId::from_uuid(id), "Your table is ready")
    }
}

async fn a_month_ends_at_midnight_by_utc(world: &World<'_>) {
    let contact = contact(world, MESSAGES).await;
    let month = Usage::month(NOW);
    let moment = Duration::milliseconds(1);
    let instants = [
        month.start - moment,
        month.start,
        NOW,
        month.end - moment,
        month.end,
    ];
    for at in instants {
        accept(world, message_at(&contact, at)).await;
    }
    let sentence = "Usage: in the calendar month, by UTC";
    for (now, counted) in [
        (month.start - moment, 1),
        (month.start, 3),
        (NOW, 3),
        (month.end - moment, 3),
        (month.end, 1),
        (month.end + Duration::days(45), 0),
    ] {
        let found = usage_by(world, &contact, now).await;
        assert_eq!(found, messages(counted), "{sentence}: {now}");
    }
}

async fn where_nothing_is_limited_nothing_is_counted(world: &World<'_>) {
    let contact = contact(world, Monthly::default()).await;
    accept(world, message(world, &contact)).await;
    let sentence = "Known::usage: counted only when something is limited";
    assert_eq!(usage(world, &contact).await, Usage::default(), "{sentence}");
}

async fn tenants_are_counted_apart(world: &World<'_>) {
    let limited = contact(world, MESSAGES).await;
    let paying = contact(world, budget("EUR")).await;
    let free = contact(world, Monthly::default()).await;
    for contact in [&limited, &limited, &paying, &free] {
        let message = Message {
            cost_estimated: Some(money("2", "EUR")),
            ..message(world, contact)
        };
        accept(world, message).await;
    }
    let queries =
        [&paying, &free, &limited].map(|contact| FactsQuery::of(contact.tenant, contact.id));
    let known = world.stores.facts.load(&queries, NOW).await.works();
    let found: Vec<_> = known
        .into_iter()
        .flatten()
        .map(|known| known.usage)
        .collect();
    let paid = Usage {
        messages: 1,
        cost_micros: 2_000_000,
    };
    let sentence = "Known::usage: what the tenant has used up";
    assert_eq!(found, [paid, Usage::default(), messages(2)], "{sentence}");
}
