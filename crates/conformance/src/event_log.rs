use crate::{
    Stores, event_sources,
    fixtures::NOW,
    works::Works,
    world::{LATER, World},
};
use std::collections::BTreeSet;
use tidings_kernel::TenantId;
use tidings_messaging::{Event, EventKind, Happening, LogSpan};
use time::{Duration, OffsetDateTime};

/// Long after everything in the suite.
const FAR: OffsetDateTime = NOW.saturating_add(Duration::days(30));

/// Some days after [`NOW`].
const OVER: OffsetDateTime = NOW.saturating_add(Duration::days(5));

/// Panics unless `stores.log` and `stores.readers` keep every promise of [`EventLog`](tidings_messaging::EventLog),
/// and the other ports note what they are to note.
pub async fn event_log(stores: &Stores) {
    let world = World::new(stores, 43);
    nothing_is_noted_where_the_log_is_not_kept(&world).await;
    places_have_no_holes(&world).await;
    an_event_has_no_place_before_it_gets_one(&world).await;
    reading_goes_on_from_a_place(&world).await;
    many_tenants_are_read_at_once(&world).await;
    tenants_are_isolated(&world).await;
    writers_at_the_same_time_leave_no_holes(&world).await;
    a_step_takes_so_many_at_most(&world).await;
    whoever_waits_is_told(&world).await;
    old_events_are_forgotten(&world).await;
    a_log_that_nobody_reads_ends(&world).await;
    event_sources::all(&world).await;
}

/// A tenant whose log is kept.
pub(crate) async fn reader(world: &World<'_>) -> TenantId {
    let tenant = world.tenant().await;
    keep(world, tenant, FAR).await;
    tenant
}

async fn keep(world: &World<'_>, tenant: TenantId, until: OffsetDateTime) -> LogSpan {
    world.stores.readers.keep(tenant, until).await.works()
}

/// Gives places to all that was noted.
pub(crate) async fn place(world: &World<'_>) {
    while world.stores.log.place(1_000, NOW).await.works() > 0 {}
}

async fn read(world: &World<'_>, tenant: TenantId, after: u64) -> Vec<Event> {
    let events = world.stores.readers.read(&[(tenant, after)], 1_000).await;
    events.works()
}

/// Everything that has happened to a tenant.
pub(crate) async fn happened(world: &World<'_>, tenant: TenantId) -> Vec<Event> {
    place(world).await;
    read(world, tenant, 0).await
}

pub(crate) fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.happening.kind()).collect()
}

fn places(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

async fn nothing_is_noted_where_the_log_is_not_kept(world: &World<'_>) {
    let tenant = world.tenant().await;
    world.contact(tenant, 1).await;
    let sentence = "EventLog: nothing is noted for tenants whose log is not kept";
    assert_eq!(happened(world, tenant).await, [], "{sentence}");
    let span = keep(world, tenant, FAR).await;
    assert_eq!(span, LogSpan { after: 0, last: 0 }, "{sentence}");
    assert_eq!(happened(world, tenant).await, [], "{sentence}");
    world.contact(tenant, 2).await;
    let events = happened(world, tenant).await;
    assert_eq!(
        kinds(&events),
        [EventKind::ContactCreated],
        "EventLog::keep: keeps a tenant's log from now on"
    );
}

async fn places_have_no_holes(world: &World<'_>) {
    let tenant = reader(world).await;
    for line in 1..=5 {
        world.contact(tenant, line).await;
        place(world).await;
    }
    let sentence = "EventLog: places of a tenant are 1, 2, 3 and so on";
    assert_eq!(
        places(&read(world, tenant, 0).await),
        [1, 2, 3, 4, 5],
        "{sentence}"
    );
    let span = keep(world, tenant, NOW).await;
    assert_eq!(
        span,
        LogSpan { after: 0, last: 5 },
        "LogSpan: every event after this place, up to the last one"
    );
}

async fn an_event_has_no_place_before_it_gets_one(world: &World<'_>) {
    let tenant = reader(world).await;
    place(world).await;
    let contact = world.contact(tenant, 1).await;
    let sentence = "EventLog: an event can be read once it has a place";
    assert_eq!(read(world, tenant, 0).await, [], "{sentence}");
    let at = NOW + Duration::SECOND;
    let placed = world.stores.log.place(1_000, at).await.works();
    assert_eq!(placed, 1, "EventLog::place: says to how many");
    let placed = world.stores.log.place(1_000, at).await.works();
    assert_eq!(placed, 0, "EventLog::place: to events that have none");
    let events = read(world, tenant, 0).await;
    assert_eq!(events.len(), 1, "{sentence}");
    assert_eq!(
        events[0].logged_at, at,
        "Event::logged_at: when it got its place"
    );
    assert_eq!(
        events[0].at, contact.created_at,
        "Event::at: when it happened"
    );
    let Happening::ContactCreated(named) = &events[0].happening else {
        panic!("Event::happening: what happened")
    };
    assert_eq!(
        named.contact_id, contact.id,
        "Event::happening: what happened"
    );
}

async fn reading_goes_on_from_a_place(world: &World<'_>) {
    let tenant = reader(world).await;
    for line in 1..=5 {
        world.contact(tenant, line).await;
    }
    let all = happened(world, tenant).await;
    let sentence = "EventLog::read: the events after a place, oldest first";
    assert_eq!(read(world, tenant, 2).await, all[2..], "{sentence}");
    assert_eq!(read(world, tenant, 5).await, [], "{sentence}");
    assert_eq!(read(world, tenant, 500).await, [], "{sentence}");
    let some = world.stores.readers.read(&[(tenant, 1)], 2).await.works();
    assert_eq!(some, all[1..3], "EventLog::read: at most so many of each");
}

async fn many_tenants_are_read_at_once(world: &World<'_>) {
    let (one, other) = (reader(world).await, reader(world).await);
    for line in 1..=3 {
        world.contact(one, line).await;
        world.contact(other, line).await;
    }
    place(world).await;
    let both = [(one, 1), (other, 2)];
    let events = world.stores.readers.read(&both, 1_000).await.works();
    let of = |tenant| {
        let own = events.iter().filter(|event| event.tenant == tenant);
        own.map(|event| event.position).collect::<Vec<_>>()
    };
    let sentence = "EventLog::read: of each of these tenants";
    assert_eq!((of(one), of(other)), (vec![2, 3], vec![3]), "{sentence}");
    let none = world.stores.readers.read(&[], 1_000).await.works();
    assert_eq!(none, [], "{sentence}");
}

async fn tenants_are_isolated(world: &World<'_>) {
    let (one, other) = (reader(world).await, reader(world).await);
    world.contact(one, 1).await;
    place(world).await;
    assert_eq!(
        read(world, other, 0).await,
        [],
        "EventLog: of each tenant, for its own systems"
    );
    assert_eq!(keep(world, other, FAR).await.last, 0);
}

/// The second commits while the first has its number already: a reader by numbers alone would never see it.
async fn writers_at_the_same_time_leave_no_holes(world: &World<'_>) {
    const WRITERS: u8 = 24;
    let tenant = reader(world).await;
    let contacts: Vec<_> = (0..WRITERS)
        .map(|line| {
            let id = tidings_kernel::ContactId::new(&world.ids);
            crate::fixtures::contact(tenant, id, line)
        })
        .collect();
    let mut seen = Vec::new();
    let mut writing = tokio::task::JoinSet::new();
    for contact in contacts.clone() {
        let store = world.stores.contacts.clone();
        writing.spawn(async move { store.create(&contact, None).await });
    }
    while let Some(written) = writing.join_next().await {
        written.works().works();
        world.stores.log.place(3, NOW).await.works();
        seen.extend(read(world, tenant, seen.len() as u64).await);
    }
    place(world).await;
    seen.extend(read(world, tenant, seen.len() as u64).await);
    let sentence =
        "EventLog: a reader who has seen a place knows that nothing will ever come before it";
    let expected: Vec<u64> = (1..=u64::from(WRITERS)).collect();
    assert_eq!(places(&seen), expected, "{sentence}");
    assert_eq!(seen, read(world, tenant, 0).await, "{sentence}");
    let named: BTreeSet<_> = seen
        .iter()
        .filter_map(|event| match &event.happening {
            Happening::ContactCreated(named) => Some(named.contact_id),
            _ => None,
        })
        .collect();
    let created: BTreeSet<_> = contacts.iter().map(|contact| contact.id).collect();
    assert_eq!(named, created, "EventLog: it is there if the change is");
}

async fn a_step_takes_so_many_at_most(world: &World<'_>) {
    let tenant = reader(world).await;
    place(world).await;
    for line in 1..=3 {
        world.contact(tenant, line).await;
    }
    let step = async || world.stores.log.place(2, NOW).await.works();
    assert_eq!(
        [step().await, step().await, step().await],
        [2, 1, 0],
        "EventLog::place: to `most` at most"
    );
}

async fn whoever_waits_is_told(world: &World<'_>) {
    let tenant = reader(world).await;
    place(world).await;
    let log = &world.stores.readers;
    let seen = log.wait_to_read(u64::MAX, Duration::ZERO).await;
    world.contact(tenant, 1).await;
    place(world).await;
    // A call may be missed, and the poll finds it: either way the event is there soon.
    for _ in 0..100 {
        let heard = log.wait_to_read(seen, Duration::milliseconds(100)).await;
        if heard > seen || !read(world, tenant, 0).await.is_empty() {
            break;
        }
    }
    assert_eq!(
        read(world, tenant, 0).await.len(),
        1,
        "EventLog::wait_to_read: until there may be an event"
    );
    log.wait_to_place(u64::MAX, Duration::milliseconds(1)).await;
}

async fn old_events_are_forgotten(world: &World<'_>) {
    let tenant = reader(world).await;
    place(world).await;
    for (line, at) in [(1, NOW), (2, NOW), (3, LATER)] {
        world.contact(tenant, line).await;
        world.stores.log.place(1_000, at).await.works();
    }
    let log = &world.stores.log;
    let sentence = "EventLog::forget_events: events that got their places before an instant";
    let some = log.forget_events(LATER, NOW, 1).await.works();
    assert_eq!(some, 1, "EventLog::forget_events: up to `most`");
    while log.forget_events(LATER, NOW, 1_000).await.works() > 0 {}
    assert_eq!(places(&read(world, tenant, 0).await), [3], "{sentence}");
    let span = keep(world, tenant, FAR).await;
    assert_eq!(
        span,
        LogSpan { after: 2, last: 3 },
        "LogSpan: every event after this place is in the log"
    );
    while log.forget_events(FAR, NOW, 1_000).await.works() > 0 {}
    let span = keep(world, tenant, FAR).await;
    assert_eq!(span, LogSpan { after: 3, last: 3 }, "{sentence}");
    world.contact(tenant, 4).await;
    place(world).await;
    let events = read(world, tenant, 0).await;
    assert_eq!(places(&events), [4], "EventLog: and so on");
}

async fn a_log_that_nobody_reads_ends(world: &World<'_>) {
    let (tenant, longer) = (world.tenant().await, world.tenant().await);
    keep(world, tenant, NOW).await;
    keep(world, longer, OVER + Duration::DAY).await;
    keep(world, longer, NOW).await;
    for tenant in [tenant, longer] {
        world.contact(tenant, 1).await;
    }
    place(world).await;
    let before = NOW - Duration::days(1);
    let forgotten = world.stores.log.forget_events(before, OVER, 1_000).await;
    forgotten.works();
    for tenant in [tenant, longer] {
        world.contact(tenant, 2).await;
    }
    place(world).await;
    let sentence =
        "EventLog::forget_events: logs that were kept until some time before are kept no more";
    assert_eq!(places(&read(world, tenant, 0).await), [1], "{sentence}");
    assert_eq!(
        places(&read(world, longer, 0).await),
        [1, 2],
        "EventLog::keep: if it was kept until later, that stays"
    );
    let span = keep(world, tenant, FAR).await;
    assert_eq!(
        span,
        LogSpan { after: 1, last: 1 },
        "LogSpan: what happened while it was not kept is missing"
    );
    world.contact(tenant, 3).await;
    place(world).await;
    assert_eq!(
        places(&read(world, tenant, 1).await),
        [2],
        "EventLog: and so on"
    );
}
