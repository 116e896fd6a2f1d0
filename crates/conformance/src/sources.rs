use crate::{Stores, fixtures::NOW, works::Works, world::World};
use tidings_kernel::TenantId;
use tidings_messaging::{Contact, FactsQuery, SourceKey};

/// Panics unless `stores.sources` keeps every promise of [`Sources`](tidings_messaging::Sources).
pub async fn sources(stores: &Stores) {
    let world = World::new(stores, 11);
    the_highest_version_stays(&world).await;
    simultaneous_announcements_end_with_the_highest(&world).await;
    what_was_not_announced_has_no_version(&world).await;
    records_are_told_apart_by_kind_and_id(&world).await;
    versions_of_other_tenants_are_not_seen(&world).await;
    a_batch_asks_for_several_records(&world).await;
}

fn booking(id: &str) -> SourceKey {
    SourceKey {
        kind: "booking".into(),
        id: id.into(),
    }
}

async fn announce(world: &World<'_>, tenant: TenantId, source: &SourceKey, version: u64) -> u64 {
    world
        .stores
        .sources
        .announce(tenant, source, version, NOW)
        .await
        .works()
}

fn about(contact: &Contact, source: &SourceKey) -> FactsQuery {
    FactsQuery {
        source: Some(source.clone()),
        ..FactsQuery::of(contact.tenant, contact.id)
    }
}

async fn versions(world: &World<'_>, queries: &[FactsQuery]) -> Vec<Option<u64>> {
    let known = world.stores.facts.load(queries, NOW).await.works();
    known
        .into_iter()
        .map(|known| known.and_then(|known| known.source_version))
        .collect()
}

async fn contact(world: &World<'_>) -> Contact {
    world.contact(world.tenant().await, 1).await
}

async fn the_highest_version_stays(world: &World<'_>) {
    let orders = [
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
        [2, 3, 1],
        [3, 1, 2],
        [3, 2, 1],
    ];
    for order in orders {
        let contact = contact(world).await;
        let source = booking("B-7");
        let mut highest = 0;
        for version in order.into_iter().chain(order) {
            highest = version.max(highest);
            let stands = announce(world, contact.tenant, &source, version).await;
            let sentence =
                "Sources::announce: in any order and more than once: the highest version stays";
            assert_eq!(stands, highest, "{sentence}, and is given");
            let known = versions(world, &[about(&contact, &source)]).await;
            assert_eq!(known, [Some(highest)], "{sentence}");
        }
    }
}

async fn simultaneous_announcements_end_with_the_highest(world: &World<'_>) {
    let contact = contact(world).await;
    let source = booking("B-7");
    let mut announcing = tokio::task::JoinSet::new();
    for version in 0..8 {
        let (sources, source) = (world.stores.sources.clone(), source.clone());
        announcing.spawn(async move {
            sources
                .announce(contact.tenant, &source, version, NOW)
                .await
        });
    }
    while let Some(done) = announcing.join_next().await {
        done.works().works();
    }
    let known = versions(world, &[about(&contact, &source)]).await;
    let sentence = "Sources::announce: the highest version stays, of simultaneous ones too";
    assert_eq!(known, [Some(7)], "{sentence}");
}

async fn what_was_not_announced_has_no_version(world: &World<'_>) {
    let contact = contact(world).await;
    announce(world, contact.tenant, &booking("B-7"), 7).await;
    let queries = [
        about(&contact, &booking("B-8")),
        FactsQuery::of(contact.tenant, contact.id),
    ];
    let known = versions(world, &queries).await;
    let sentence = "Known::source_version: of the record that was asked for, if it was announced";
    assert_eq!(known, [None, None], "{sentence}");
}

async fn records_are_told_apart_by_kind_and_id(world: &World<'_>) {
    let contact = contact(world).await;
    let invoice = SourceKey {
        kind: "invoice".into(),
        ..booking("B-7")
    };
    announce(world, contact.tenant, &booking("B-7"), 7).await;
    announce(world, contact.tenant, &invoice, 2).await;
    let queries = [about(&contact, &invoice), about(&contact, &booking("B-7"))];
    let known = versions(world, &queries).await;
    let sentence = "SourceKey: a record is its kind and its id";
    assert_eq!(known, [Some(2), Some(7)], "{sentence}");
}

async fn versions_of_other_tenants_are_not_seen(world: &World<'_>) {
    let (ours, theirs) = (contact(world).await, contact(world).await);
    announce(world, theirs.tenant, &booking("B-7"), 9).await;
    let sentence = "Sources::announce: tenants are isolated";
    let known = versions(world, &[about(&ours, &booking("B-7"))]).await;
    assert_eq!(known, [None], "{sentence}");
    let stands = announce(world, ours.tenant, &booking("B-7"), 1).await;
    assert_eq!(stands, 1, "{sentence}");
    let queries = [
        about(&theirs, &booking("B-7")),
        about(&ours, &booking("B-7")),
    ];
    let known = versions(world, &queries).await;
    assert_eq!(known, [Some(9), Some(1)], "{sentence}");
}

async fn a_batch_asks_for_several_records(world: &World<'_>) {
    let contact = contact(world).await;
    announce(world, contact.tenant, &booking("B-1"), 1).await;
    announce(world, contact.tenant, &booking("B-2"), 2).await;
    let queries = ["B-2", "B-1", "B-3", "B-2"].map(|id| about(&contact, &booking(id)));
    let known = versions(world, &queries).await;
    let sentence = "FactStore::load: the facts of each query, in its place";
    assert_eq!(known, [Some(2), Some(1), None, Some(2)], "{sentence}");
}
