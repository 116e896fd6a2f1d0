use crate::{
    Stores,
    fixtures::NOW,
    lanes::{accept, entry, lanes},
    works::Works,
    world::{LATER, LEASE_OVER, World, error, unknown},
};
use tidings_kernel::{MessageId, TenantId};
use tidings_messaging::{
    Ages, Class, Contact, Depth, LaneId, LaneStats, Line, Settlement, Step, Subject, Symptom, Tally,
};
use tidings_routing::Class as ErrorClass;
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.operations` keeps every promise of
/// [`Operations`](tidings_messaging::Operations), and `stores.views` those about one tenant.
pub async fn operations(stores: &Stores) {
    let world = World::new(stores, 13);
    what_waits_is_counted_by_class(&world).await;
    the_deepest_tenants_come_first(&world).await;
    a_tenant_sees_its_own_queue_alone(&world).await;
    nothing_is_claimed_from_a_paused_lane(&world).await;
    nothing_is_claimed_of_a_paused_tenant(&world).await;
    what_is_held_is_finished_in_a_pause(&world).await;
    a_suspect_is_not_claimed_in_a_pause(&world).await;
    a_weight_is_what_lanes_are_shared_by(&world).await;
    nobody_can_pause_what_is_not_there(&world).await;
    what_is_unknown_or_dead_is_counted(&world).await;
    what_waits_for_too_long_is_stuck(&world).await;
    a_hold_that_nobody_takes_over_is_stuck(&world).await;
    a_walk_passes_every_message_once(&world).await;
    what_has_a_place_or_is_over_gets_none(&world).await;
    months_are_kept_once(&world).await;
}

async fn depth(world: &World<'_>, tenant: TenantId, class: Class, now: OffsetDateTime) -> Depth {
    let stats = world.stores.views.tenant_stats(tenant, now).await.works();
    let Some(stats) = stats else {
        panic!("Operations::tenant_stats: what waits of one tenant")
    };
    let classes: Vec<Class> = stats.classes.iter().map(|(class, _)| *class).collect();
    let sentence = "TenantStats::classes: every class, most urgent first";
    assert_eq!(classes, Class::ALL, "{sentence}");
    let found = stats.classes.into_iter().find(|(of, _)| *of == class);
    found.map(|(_, depth)| depth).unwrap_or_default()
}

async fn lane_stats(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Vec<LaneStats> {
    let lanes = world.stores.operations.lanes(now, u16::MAX).await.works();
    lanes
        .into_iter()
        .filter(|lane| lane.lane.tenant == tenant)
        .collect()
}

async fn one_lane(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> LaneStats {
    let found = lane_stats(world, tenant, now).await;
    let [lane] = found.as_slice() else {
        panic!("Operations::lanes: the lanes in which something waits: {found:?}")
    };
    *lane
}

async fn stranger(world: &World<'_>) -> Contact {
    let tenant = world.tenant().await;
    world.contact(tenant, 1).await
}

async fn what_waits_is_counted_by_class(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let tenant = contact.tenant;
    let old = NOW - Duration::minutes(3);
    accept(world, &contact, entry(Class::Reminder, 5, old)).await;
    accept(world, &contact, entry(Class::Reminder, 1, NOW)).await;
    accept(world, &contact, entry(Class::Reminder, 5, LATER)).await;
    let before = world.stores.operations.stats(NOW, 0).await.works();
    let expected = Depth {
        ready: Tally::exact(2),
        asleep: Tally::exact(1),
        oldest: Some(old),
        ..Depth::default()
    };
    assert_eq!(
        depth(world, tenant, Class::Reminder, NOW).await,
        expected,
        "Depth: ready may be claimed now, asleep is due later, oldest is due longest"
    );
    let claims = world.claims(tenant, NOW).await;
    world.begin(&claims[0], &account, NOW).await;
    let held = depth(world, tenant, Class::Reminder, NOW).await;
    let sentence = "Depth::held: a worker holds it";
    assert_eq!(
        (held.ready, held.held),
        (Tally::exact(0), Tally::exact(2)),
        "{sentence}"
    );
    let after = world.stores.operations.stats(NOW, 0).await.works();
    let of = |stats: &tidings_messaging::QueueStats| {
        let classes: Vec<Class> = stats.classes.iter().map(|(class, _)| *class).collect();
        assert_eq!(
            classes,
            Class::ALL,
            "QueueStats::classes: every class, most urgent first"
        );
        stats.classes[usize::from(Class::Reminder.rank())].1
    };
    assert_eq!(
        of(&after).held.count,
        of(&before).held.count + 2,
        "Operations::stats: the queue at a glance"
    );
    let over = depth(world, tenant, Class::Reminder, LEASE_OVER).await;
    assert_eq!(
        over.ready,
        Tally::exact(2),
        "Depth::ready: may be claimed now"
    );
}

async fn the_deepest_tenants_come_first(world: &World<'_>) {
    let (deep, shallow) = (stranger(world).await, stranger(world).await);
    for _ in 0..40 {
        accept(world, &deep, entry(Class::Marketing, 5, NOW)).await;
    }
    for _ in 0..20 {
        accept(world, &shallow, entry(Class::Marketing, 5, NOW)).await;
    }
    let stats = world.stores.operations.stats(NOW, 2).await.works();
    let tenants: Vec<_> = stats
        .tenants
        .iter()
        .map(|tenant| (tenant.tenant, tenant.waiting, tenant.oldest))
        .collect();
    assert_eq!(
        tenants,
        [
            (deep.tenant, Tally::exact(40), Some(NOW)),
            (shallow.tenant, Tally::exact(20), Some(NOW)),
        ],
        "QueueStats::tenants: with the most that waits, deepest first"
    );
    world.claims(deep.tenant, NOW).await;
}

async fn a_tenant_sees_its_own_queue_alone(world: &World<'_>) {
    let (ours, theirs) = (stranger(world).await, stranger(world).await);
    accept(world, &theirs, entry(Class::Transactional, 5, NOW)).await;
    let depth = depth(world, ours.tenant, Class::Transactional, NOW).await;
    let sentence = "Operations::tenant_stats: nothing is seen of others";
    assert_eq!(depth, Depth::default(), "{sentence}");
    let nobody = TenantId::new(&world.ids);
    let stats = world.stores.views.tenant_stats(nobody, NOW).await.works();
    let sentence = "Operations::tenant_stats: `None` if there is no such tenant";
    assert_eq!(stats, None, "{sentence}");
}

async fn nothing_is_claimed_from_a_paused_lane(world: &World<'_>) {
    let operations = &world.stores.operations;
    let contact = stranger(world).await;
    let tenant = contact.tenant;
    accept(world, &contact, entry(Class::Marketing, 5, NOW)).await;
    let seen = one_lane(world, tenant, NOW).await;
    assert_eq!(
        (seen.waiting, seen.held, seen.paused_at),
        (Tally::exact(1), Tally::exact(0), None),
        "LaneStats: the lane and what waits in it"
    );
    let line = Line::Lane(seen.lane.id);
    assert!(operations.pause(line, NOW).await.works());
    let again = "Operations::pause: pausing again changes nothing";
    assert!(operations.pause(line, LATER).await.works(), "{again}");
    assert_eq!(
        one_lane(world, tenant, NOW).await.paused_at,
        Some(NOW),
        "{again}"
    );
    accept(world, &contact, entry(Class::Transactional, 5, NOW)).await;
    let ready: Vec<Class> = lanes(world, tenant, NOW)
        .await
        .iter()
        .map(|lane| lane.class)
        .collect();
    let sentence = "Operations::pause: lets nothing more be claimed there";
    assert_eq!(ready, [Class::Transactional], "{sentence}");
    let paused = depth(world, tenant, Class::Marketing, NOW).await;
    let sentence = "Depth::paused: could be claimed, but its lane is paused";
    assert_eq!(
        (paused.ready, paused.paused),
        (Tally::exact(0), Tally::exact(1)),
        "{sentence}"
    );
    assert!(operations.resume(line).await.works());
    let sentence = "Operations::resume: a lane goes on";
    assert_eq!(lanes(world, tenant, NOW).await.len(), 2, "{sentence}");
    assert_eq!(world.claims(tenant, NOW).await.len(), 2, "{sentence}");
}

async fn nothing_is_claimed_of_a_paused_tenant(world: &World<'_>) {
    let operations = &world.stores.operations;
    let contact = stranger(world).await;
    let tenant = contact.tenant;
    assert!(operations.pause(Line::Tenant(tenant), NOW).await.works());
    accept(world, &contact, entry(Class::Emergency, 1, NOW)).await;
    let sentence = "Line::Tenant: every lane of it, those that it does not have yet too";
    assert_eq!(lanes(world, tenant, NOW).await, [], "{sentence}");
    let lane = one_lane(world, tenant, NOW).await;
    let sentence = "LaneStats::tenant_paused_at: since when its tenant is paused";
    assert_eq!(
        (lane.paused_at, lane.tenant_paused_at),
        (None, Some(NOW)),
        "{sentence}"
    );
    let stats = world.stores.views.tenant_stats(tenant, NOW).await.works();
    let since = stats.and_then(|stats| stats.paused_at);
    let sentence = "TenantStats::paused_at: since when all its lanes are paused";
    assert_eq!(since, Some(NOW), "{sentence}");
    let sentence = "Operations::resume: when neither it nor its tenant is paused";
    operations
        .pause(Line::Lane(lane.lane.id), NOW)
        .await
        .works();
    operations.resume(Line::Tenant(tenant)).await.works();
    assert_eq!(lanes(world, tenant, NOW).await, [], "{sentence}");
    operations.resume(Line::Lane(lane.lane.id)).await.works();
    assert_eq!(world.claims(tenant, NOW).await.len(), 1, "{sentence}");
}

async fn what_is_held_is_finished_in_a_pause(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let line = Line::Tenant(contact.tenant);
    world.stores.operations.pause(line, NOW).await.works();
    let accepted = crate::world::accepted(attempt, "pause-1", None);
    world.settle(claim.held, accepted, NOW).await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let sentence = "Operations::pause: what is held already is finished";
    assert_eq!(
        record.message.status,
        tidings_messaging::Status::Sent,
        "{sentence}"
    );
    world.stores.operations.resume(line).await.works();
}

async fn a_suspect_is_not_claimed_in_a_pause(world: &World<'_>) {
    let contact = stranger(world).await;
    let tenant = contact.tenant;
    let message = world.queued(&contact).await;
    // Three holds run out: from the second on it is suspect.
    let mut now = NOW;
    for _ in 0..3 {
        world.claims(tenant, now).await;
        now += Duration::minutes(2);
    }
    let line = Line::Tenant(tenant);
    world.stores.operations.pause(line, NOW).await.works();
    let mut others = Vec::new();
    while let Some(claim) = world
        .stores
        .dispatch
        .claim_suspect(now, Duration::DAY)
        .await
        .works()
    {
        others.push(claim.held.message);
    }
    let sentence = "Operations::pause: lets nothing more be claimed there";
    assert!(!others.contains(&message.id), "{sentence}");
    world.stores.operations.resume(line).await.works();
    let claim = world.stores.dispatch.claim_suspect(now, Duration::DAY);
    let claimed = claim.await.works().map(|claim| claim.held.message);
    assert_eq!(
        claimed,
        Some(message.id),
        "Operations::resume: ends a pause"
    );
}

async fn a_weight_is_what_lanes_are_shared_by(world: &World<'_>) {
    let operations = &world.stores.operations;
    let contact = stranger(world).await;
    accept(world, &contact, entry(Class::Marketing, 5, NOW)).await;
    let weight = async || lanes(world, contact.tenant, NOW).await[0].weight;
    assert_eq!(
        weight().await,
        1,
        "Lane::weight: 1 unless an operator says otherwise"
    );
    for given in [1_000, 7] {
        assert!(operations.set_weight(contact.tenant, given).await.works());
        assert_eq!(
            weight().await,
            given,
            "Operations::set_weight: gives a tenant so many places"
        );
    }
    for given in [0, 1_001, u16::MAX] {
        let refused = operations.set_weight(contact.tenant, given).await.is_err();
        assert!(refused, "Operations::set_weight: from 1 to 1,000");
    }
    world.claims(contact.tenant, NOW).await;
}

async fn nobody_can_pause_what_is_not_there(world: &World<'_>) {
    let operations = &world.stores.operations;
    let nobody = TenantId::new(&world.ids);
    for line in [Line::Tenant(nobody), Line::Lane(LaneId(i32::MAX))] {
        let sentence = "Operations: `false` if there is no such lane or tenant";
        assert!(!operations.pause(line, NOW).await.works(), "{sentence}");
        assert!(!operations.resume(line).await.works(), "{sentence}");
    }
    assert!(!operations.set_weight(nobody, 2).await.works());
}

async fn what_is_unknown_or_dead_is_counted(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let tenant = contact.tenant;
    let count = async || {
        let stats = world.stores.views.tenant_stats(tenant, NOW).await.works();
        stats.map(|stats| (stats.unknown.count, stats.dead_letters.count))
    };
    let all = async || {
        let stats = world.stores.operations.stats(NOW, 0).await.works();
        (stats.unknown.count, stats.dead_letters.count)
    };
    let (unknown_before, dead_before) = all().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, NOW), NOW).await;
    let sentence = "QueueStats::unknown: nobody knows whether the provider has them";
    assert_eq!(count().await, Some((1, 0)), "{sentence}");
    assert_eq!(all().await, (unknown_before + 1, dead_before), "{sentence}");
    let claim = world.claim(tenant, NOW).await;
    let failed = Settlement::Failed {
        attempt: Some(attempt),
        error: error(ErrorClass::Transient),
        decision: None,
    };
    world.settle(claim.held, failed, NOW).await;
    let sentence = "QueueStats::dead_letters: have failed and were not sent again";
    assert_eq!(count().await, Some((0, 1)), "{sentence}");
    assert_eq!(all().await, (unknown_before, dead_before + 1), "{sentence}");
}

async fn stuck(
    world: &World<'_>,
    tenant: TenantId,
    now: OffsetDateTime,
) -> Vec<(Subject, Symptom)> {
    let ages = Ages::default();
    let found = world.stores.operations.stuck(&ages, now, u16::MAX);
    let found = found.await.works();
    let sentence = "Operations::stuck: oldest first";
    assert!(found.is_sorted_by_key(|stuck| stuck.since), "{sentence}");
    found
        .into_iter()
        .filter(|stuck| stuck.tenant == tenant)
        .map(|stuck| (stuck.subject, stuck.symptom))
        .collect()
}

async fn what_waits_for_too_long_is_stuck(world: &World<'_>) {
    let contact = stranger(world).await;
    let tenant = contact.tenant;
    let first = accept(world, &contact, entry(Class::Emergency, 5, NOW)).await;
    accept(
        world,
        &contact,
        entry(Class::Emergency, 5, NOW + Duration::SECOND),
    )
    .await;
    accept(world, &contact, entry(Class::Marketing, 5, NOW)).await;
    let in_time = NOW + Duration::SECOND * 30;
    let sentence = "Ages::ready: a message that could be claimed, by its class";
    assert_eq!(stuck(world, tenant, in_time).await, [], "{sentence}");
    let late = NOW + Duration::minutes(2);
    let expected = (Subject::Message(first.id), Symptom::NotClaimed);
    let sentence = "Operations::stuck: of each lane and priority the oldest";
    assert_eq!(stuck(world, tenant, late).await, [expected], "{sentence}");
    let line = Line::Tenant(tenant);
    world.stores.operations.pause(line, NOW).await.works();
    let sentence = "Operations::stuck: what is paused is not stuck";
    assert_eq!(stuck(world, tenant, late).await, [], "{sentence}");
    world.stores.operations.resume(line).await.works();
    world.claims(tenant, NOW + Duration::SECOND).await;
}

async fn a_hold_that_nobody_takes_over_is_stuck(world: &World<'_>) {
    let contact = stranger(world).await;
    let message = accept(world, &contact, entry(Class::Marketing, 5, NOW)).await;
    world.claims(contact.tenant, NOW).await;
    let soon = LEASE_OVER + Duration::minutes(1);
    let sentence = "Ages::hold: a hold, after it has run out";
    assert_eq!(stuck(world, contact.tenant, soon).await, [], "{sentence}");
    let late = LEASE_OVER + Duration::minutes(11);
    let expected = (Subject::Message(message.id), Symptom::HoldRanOut);
    assert_eq!(
        stuck(world, contact.tenant, late).await,
        [expected],
        "{sentence}"
    );
}

async fn a_walk_passes_every_message_once(world: &World<'_>) {
    let contact = stranger(world).await;
    let mut ours = Vec::new();
    for _ in 0..5 {
        ours.push(world.queued(&contact).await.id);
    }
    ours.sort_unstable();
    let mut after = Some(Step {
        tenant: contact.tenant,
        message: MessageId::from_uuid(uuid::Uuid::nil()),
    });
    let mut steps = Vec::new();
    for _ in 0..5 {
        let walk = world.stores.operations.walk(after, 1, LATER).await.works();
        let sentence = "Operations::walk: looks at so many messages after a step";
        assert_eq!((walk.seen, walk.found), (1, Vec::new()), "{sentence}");
        after = walk.next;
        steps.extend(walk.next.map(|step| step.message));
    }
    assert_eq!(steps, ours, "Walk::next: where to go on");
    let whole = world.stores.operations.walk(None, u16::MAX, LATER).await;
    let whole = whole.works();
    assert_eq!(whole.next, None, "Walk::next: `None` at the end");
    assert!(
        whole.seen >= 5,
        "Walk::seen: how many messages were looked at"
    );
}

async fn what_has_a_place_or_is_over_gets_none(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (sent, _) = world.sent(&contact, &account, "walk-1").await;
    let queued = world.queued(&contact).await;
    for message in [sent.held.message, queued.id, MessageId::new(&world.ids)] {
        let step = Step {
            tenant: contact.tenant,
            message,
        };
        let restored = world.stores.operations.restore(step, LATER).await.works();
        let sentence = "Operations::restore: `false` if it does not wait or has a place";
        assert!(!restored, "{sentence}");
    }
    assert_eq!(world.claims(contact.tenant, LATER).await.len(), 1);
}

async fn months_are_kept_once(world: &World<'_>) {
    let operations = &world.stores.operations;
    // Far from the months of what other suites have stored.
    let then = NOW + Duration::days(3_650);
    operations.keep_months(then, 2, None).await.works();
    let again = operations.keep_months(then, 2, None).await.works();
    let sentence = "Operations::keep_months: doing it again changes nothing";
    assert_eq!(
        (again.made, again.detached),
        (Vec::new(), Vec::new()),
        "{sentence}"
    );
}
