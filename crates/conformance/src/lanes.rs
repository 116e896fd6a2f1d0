//! What `Dispatch::ready` and `Dispatch::claim` owe about lanes.

use crate::{
    fixtures::NOW,
    works::Works,
    world::{LATER, LEASE, LEASE_OVER, World, share},
};
use std::collections::BTreeSet;
use tidings_kernel::{MessageId, SenderId, TenantId};
use tidings_messaging::{
    Class, Contact, Counts, Lane, LaneId, Message, NewMessage, QueueEntry, Settlement, Share,
};
use tidings_routing::Class as ErrorClass;
use time::{Duration, OffsetDateTime};

pub(crate) async fn check(world: &World<'_>) {
    tenant_class_and_sender_make_a_lane(world).await;
    a_lane_keeps_its_number(world).await;
    only_lanes_of_these_classes_are_given(world).await;
    nothing_is_ready_where_nothing_can_be_taken(world).await;
    the_next_one_due_is_told(world).await;
    what_sleeps_is_not_taken_and_wakes(world).await;
    a_retry_sleeps_and_wakes(world).await;
    a_share_is_all_that_is_taken(world).await;
    lanes_without_a_share_are_left_alone(world).await;
    a_lane_is_served_in_order(world).await;
    what_is_taken_at_once_comes_in_order(world).await;
}

pub(crate) const fn entry(class: Class, priority: u8, due_at: OffsetDateTime) -> QueueEntry {
    QueueEntry {
        class,
        priority,
        due_at,
        sender: None,
    }
}

/// A stored message with this place in the queue.
pub(crate) async fn accept(world: &World<'_>, contact: &Contact, entry: QueueEntry) -> Message {
    let new = world.new_message(contact);
    let message = Message {
        priority: entry.priority,
        send_at: Some(entry.due_at),
        ..new.message
    };
    let new = NewMessage {
        message,
        entry: Some(entry),
        ..new
    };
    world.stores.messages.accept(&new, None).await.works();
    new.message
}

/// The lanes of a tenant that have a message ready.
pub(crate) async fn lanes(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Vec<Lane> {
    let lanes = world.ready(now).await.lanes;
    lanes
        .into_iter()
        .filter(|lane| lane.tenant == tenant)
        .collect()
}

/// The one lane of a tenant that has a message ready.
async fn lane(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Lane {
    let found = lanes(world, tenant, now).await;
    let [lane] = found.as_slice() else {
        panic!("Dispatch::ready: the lanes in which a message is ready, each once: {found:?}")
    };
    *lane
}

async fn claim(world: &World<'_>, shares: &[Share], now: OffsetDateTime) -> Vec<MessageId> {
    let claims = world.stores.dispatch.claim(shares, now, LEASE).await;
    let claims = claims.works();
    claims.iter().map(|claim| claim.held.message).collect()
}

async fn stranger(world: &World<'_>) -> Contact {
    world.contact(world.tenant().await, 1).await
}

async fn tenant_class_and_sender_make_a_lane(world: &World<'_>) {
    let (one, other) = (stranger(world).await, stranger(world).await);
    let (first, second) = (SenderId::new(&world.ids), SenderId::new(&world.ids));
    let mut expected = Vec::new();
    for contact in [&one, &other] {
        for class in [Class::Transactional, Class::Marketing] {
            for sender in [None, Some(first), Some(second)] {
                let entry = QueueEntry {
                    sender,
                    ..entry(class, 5, NOW)
                };
                // The second one waits in the same lane.
                accept(world, contact, entry).await;
                accept(world, contact, entry).await;
                expected.push((contact.tenant, class, sender, 1));
            }
        }
    }
    let mut found = lanes(world, one.tenant, NOW).await;
    found.extend(lanes(world, other.tenant, NOW).await);
    let numbers: BTreeSet<LaneId> = found.iter().map(|lane| lane.id).collect();
    assert_eq!(
        numbers.len(),
        found.len(),
        "Lane::id: each lane has its own"
    );
    let mut found: Vec<_> = found
        .iter()
        .map(|lane| (lane.tenant, lane.class, lane.sender, lane.weight))
        .collect();
    found.sort_unstable();
    expected.sort_unstable();
    let sentence = "Lane: the line of messages of one class that wait for one sender of a tenant";
    assert_eq!(found, expected, "{sentence}");
}

async fn a_lane_keeps_its_number(world: &World<'_>) {
    let contact = stranger(world).await;
    world.queued(&contact).await;
    let before = lane(world, contact.tenant, NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    assert_eq!(
        claim.lane, before.id,
        "Claim::lane: the lane that it waited in"
    );
    world.queued(&contact).await;
    let after = lane(world, contact.tenant, NOW).await;
    assert_eq!(before, after, "LaneId: the number of a lane");
}

async fn only_lanes_of_these_classes_are_given(world: &World<'_>) {
    let contact = stranger(world).await;
    for class in Class::ALL {
        accept(world, &contact, entry(class, 5, NOW)).await;
    }
    for asked in [
        &[][..],
        &[Class::Emergency],
        &[Class::Reminder, Class::Marketing],
    ] {
        let ready = world.stores.dispatch.ready(asked, NOW).await.works();
        let mut found: Vec<Class> = ready
            .lanes
            .iter()
            .filter(|lane| lane.tenant == contact.tenant)
            .map(|lane| lane.class)
            .collect();
        found.sort_unstable();
        assert_eq!(found, asked, "Dispatch::ready: the lanes of these classes");
        assert!(
            ready.lanes.iter().all(|lane| asked.contains(&lane.class)),
            "Dispatch::ready: the lanes of these classes, and no other"
        );
    }
}

async fn nothing_is_ready_where_nothing_can_be_taken(world: &World<'_>) {
    let contact = stranger(world).await;
    let tenant = contact.tenant;
    let sentence = "Dispatch::ready: the lanes in which a message is ready";
    let is_empty = async |now| lanes(world, tenant, now).await.is_empty();
    assert!(is_empty(NOW).await, "{sentence}: nothing was taken in");
    let message = accept(world, &contact, entry(Class::Transactional, 5, NOW)).await;
    assert!(!is_empty(NOW).await, "{sentence}");
    world.claim(tenant, NOW).await;
    assert!(!is_empty(LEASE_OVER).await, "{sentence}: the hold ran out");
    let cancelled = world.stores.messages.cancel(tenant, message.id, NOW).await;
    cancelled.works();
    assert!(is_empty(LEASE_OVER).await, "{sentence}: it was withdrawn");
    accept(world, &contact, entry(Class::Transactional, 5, LATER)).await;
    assert!(is_empty(NOW).await, "{sentence}: it sleeps");
}

async fn the_next_one_due_is_told(world: &World<'_>) {
    let contact = stranger(world).await;
    // Sooner than anything that other checks have left asleep, and than each other.
    let moments = [3, 2, 1].map(|micros| NOW + Duration::microseconds(micros));
    for due_at in moments {
        accept(world, &contact, entry(Class::Reminder, 5, due_at)).await;
    }
    let [third, second, first] = moments;
    let sentence = "Ready::next_due: when the next sleeping message is due";
    for (now, expected) in [(NOW, first), (first, second), (second, third)] {
        let next_due = world.ready(now).await.next_due;
        assert_eq!(next_due, Some(expected), "{sentence}");
    }
    let next_due = world.ready(third).await.next_due;
    assert!(next_due.is_none_or(|due| due > third), "{sentence}");
}

async fn what_sleeps_is_not_taken_and_wakes(world: &World<'_>) {
    let contact = stranger(world).await;
    let awake = world.queued(&contact).await;
    let asleep = accept(world, &contact, entry(Class::Transactional, 1, LATER)).await;
    let lane = lane(world, contact.tenant, NOW).await;
    let early = LATER - Duration::microseconds(1);
    world.ready(early).await;
    assert_eq!(
        claim(world, &[share(&lane, 5)], early).await,
        [awake.id],
        "Dispatch::ready: a message that is due later sleeps and is not looked at"
    );
    world.ready(LATER).await;
    let found = claim(world, &[share(&lane, 1)], LATER).await;
    let sentence = "Dispatch::ready: what has become due by `now` is ready from here on";
    assert_eq!(found, [asleep.id], "{sentence}");
}

async fn a_retry_sleeps_and_wakes(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claimed, attempt) = world.begun(&contact, &account).await;
    let refused = Settlement::Retry {
        attempt,
        error: crate::world::error(ErrorClass::Transient),
        due_at: LATER,
        counts: Counts::AsFailure,
        exhausted: None,
    };
    world.settle(claimed.held, refused, NOW).await;
    let early = LATER - Duration::microseconds(1);
    assert_eq!(
        lanes(world, contact.tenant, early).await,
        [],
        "Dispatch::ready: a message whose retry is due later sleeps"
    );
    let lane = lane(world, contact.tenant, LATER).await;
    assert_eq!(
        lane.id, claimed.lane,
        "Dispatch::ready: what has become due by `now` is ready, where it was"
    );
}

async fn a_share_is_all_that_is_taken(world: &World<'_>) {
    let contact = stranger(world).await;
    for class in [Class::Transactional, Class::Marketing] {
        for _ in 0..4 {
            accept(world, &contact, entry(class, 5, NOW)).await;
        }
    }
    let lanes = lanes(world, contact.tenant, NOW).await;
    let shares: Vec<Share> = lanes
        .iter()
        .map(|lane| {
            let most = if lane.class == Class::Marketing { 1 } else { 3 };
            share(lane, most)
        })
        .collect();
    let mut sizes = Vec::new();
    for _ in 0..3 {
        let claims = world.stores.dispatch.claim(&shares, NOW, LEASE).await;
        let claims = claims.works();
        let of = |class| {
            let lane = lanes.iter().find(|lane| lane.class == class);
            let lane = lane.map(|lane| lane.id);
            claims
                .iter()
                .filter(|claim| Some(claim.lane) == lane)
                .count()
        };
        sizes.push((of(Class::Transactional), of(Class::Marketing)));
    }
    assert_eq!(
        sizes,
        [(3, 1), (1, 1), (0, 1)],
        "Dispatch::claim: takes up to so many messages of each lane"
    );
}

async fn lanes_without_a_share_are_left_alone(world: &World<'_>) {
    let contact = stranger(world).await;
    accept(world, &contact, entry(Class::Emergency, 1, NOW)).await;
    let message = accept(world, &contact, entry(Class::Marketing, 9, NOW)).await;
    let lanes = lanes(world, contact.tenant, NOW).await;
    let shares: Vec<Share> = lanes
        .iter()
        .map(|lane| share(lane, u16::from(lane.class == Class::Marketing)))
        .collect();
    let sentence = "Dispatch::claim: of each lane";
    assert_eq!(claim(world, &[], NOW).await, [], "{sentence}, of none");
    assert_eq!(claim(world, &shares, NOW).await, [message.id], "{sentence}");
}

async fn a_lane_is_served_in_order(world: &World<'_>) {
    let contact = stranger(world).await;
    let of = |priority, minutes| {
        let due_at = NOW - Duration::minutes(minutes);
        entry(Class::Reminder, priority, due_at)
    };
    // In the order of service; taken in the other way round.
    let entries = [of(1, 0), of(2, 9), of(2, 3), of(3, 60)];
    let mut expected = Vec::new();
    for entry in entries.into_iter().rev() {
        expected.insert(0, accept(world, &contact, entry).await.id);
    }
    for _ in 0..2 {
        expected.push(accept(world, &contact, of(4, 0)).await.id);
    }
    let lane = lane(world, contact.tenant, NOW).await;
    let mut found = Vec::new();
    for _ in 0..expected.len() {
        found.extend(claim(world, &[share(&lane, 1)], NOW).await);
    }
    let sentence = "Dispatch::claim: messages of each lane, by priority, due and id";
    assert_eq!(found, expected, "{sentence}");
}

async fn what_is_taken_at_once_comes_in_order(world: &World<'_>) {
    let contact = stranger(world).await;
    let of = |class, priority, minutes| entry(class, priority, NOW - Duration::minutes(minutes));
    // In the order of service; taken in the other way round.
    let entries = [
        of(Class::Emergency, 10, 0),
        of(Class::Authentication, 9, 0),
        of(Class::Conversational, 9, 0),
        of(Class::Transactional, 1, 0),
        of(Class::Transactional, 2, 9),
        of(Class::Transactional, 2, 3),
        of(Class::Reminder, 1, 60),
        of(Class::Marketing, 1, 600),
    ];
    let mut expected = Vec::new();
    for entry in entries.into_iter().rev() {
        expected.insert(0, accept(world, &contact, entry).await.id);
    }
    // Of two senders, so that it is not the lane that decides.
    for sender in [Some(SenderId::new(&world.ids)), None] {
        let tied = QueueEntry {
            sender,
            ..of(Class::Marketing, 2, 0)
        };
        expected.push(accept(world, &contact, tied).await.id);
    }
    let claims = world.claims(contact.tenant, NOW).await;
    let found: Vec<MessageId> = claims.iter().map(|claim| claim.held.message).collect();
    let sentence = "Dispatch::claim: the most urgent class comes first, then priority, due and id";
    assert_eq!(found, expected, "{sentence}");
}
