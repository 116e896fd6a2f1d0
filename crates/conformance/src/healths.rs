use crate::{Stores, fixtures::NOW, works::Works, world::World};
use std::collections::BTreeSet;
use tidings_kernel::{Region, TenantId};
use tidings_messaging::{Checkup, HealthChange, ProviderAccount, VITALS_SPAN, Way};
use tidings_routing::{Circuit, Health, Vitals};
use time::Duration;

/// Panics unless `stores.healths` keeps every promise of [`Healths`](tidings_messaging::Healths).
pub async fn healths(stores: &Stores) {
    let world = World::new(stores, 15);
    what_is_seen_adds_up_by_destination_and_in_all(&world).await;
    what_was_seen_by_several_at_once_adds_up(&world).await;
    vitals_count_for_a_while(&world).await;
    calls_of_the_last_seconds_are_told_apart(&world).await;
    a_change_is_made_once(&world).await;
    what_was_seen_before_a_change_counts_no_more(&world).await;
    what_is_well_and_unused_is_not_looked_at(&world).await;
    everybody_is_judged_in_turn(&world).await;
    what_is_left_alone_is_probed_when_its_time_has_come(&world).await;
    other_tenants_are_not_seen(&world).await;
}

fn way(account: &ProviderAccount, region: Option<&str>) -> Way {
    Way {
        tenant: account.tenant,
        account: account.id,
        region: region.map(|region| Region::parse(region).works()),
    }
}

fn calls(answered: u32, faults: u32) -> Vitals {
    Vitals {
        answered,
        faults,
        latency_ms: 7,
        ..Vitals::default()
    }
}

async fn account(world: &World<'_>) -> ProviderAccount {
    world.account(world.tenant().await).await
}

async fn of(world: &World<'_>, tenant: TenantId, after: Duration) -> Vec<Checkup> {
    let healths = &world.stores.healths;
    healths.of_tenants(&[tenant], NOW + after).await.works()
}

fn recent(checkups: &[Checkup], wanted: Way) -> Option<Vitals> {
    let found = checkups.iter().find(|checkup| checkup.way == wanted);
    found.map(|checkup| checkup.recent)
}

async fn what_is_seen_adds_up_by_destination_and_in_all(world: &World<'_>) {
    let account = account(world).await;
    let (gb, us) = (way(&account, Some("GB")), way(&account, Some("US")));
    let whole = way(&account, None);
    let seen = [
        (gb, calls(1, 2)),
        (us, calls(10, 0)),
        (whole, calls(100, 0)),
    ];
    let healths = &world.stores.healths;
    healths.note(&seen, NOW).await.works();
    healths.note(&[(gb, calls(1, 0))], NOW).await.works();
    healths.note(&[], NOW).await.works();
    let found = of(world, account.tenant, Duration::SECOND).await;
    let sentence = "Healths::note: what is seen adds up by destination, and in all for the account";
    let gb = recent(&found, gb).map(|vitals| (vitals.answered, vitals.faults, vitals.latency_ms));
    assert_eq!(gb, Some((2, 2, 14)), "{sentence}");
    let all = recent(&found, whole).map(|vitals| (vitals.answered, vitals.faults));
    assert_eq!(all, Some((112, 2)), "{sentence}");
    assert_eq!(found.len(), 3, "{sentence}");
    assert!(
        found.iter().all(|checkup| checkup.version == 0),
        "Healths: whatever nobody has judged has the version 0"
    );
}

async fn what_was_seen_by_several_at_once_adds_up(world: &World<'_>) {
    let account = account(world).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let healths = world.stores.healths.clone();
        let seen: Vec<_> = ["GB", "US", "FR", "DE"]
            .map(|region| (way(&account, Some(region)), calls(1, 0)))
            .into();
        workers.spawn(async move {
            for _ in 0..5 {
                healths.note(&seen, NOW).await.works();
            }
        });
    }
    workers.join_all().await;
    let found = of(world, account.tenant, Duration::SECOND).await;
    let all = recent(&found, way(&account, None)).map(|vitals| vitals.answered);
    assert_eq!(all, Some(80), "Healths::note: by several at once");
}

async fn vitals_count_for_a_while(world: &World<'_>) {
    let account = account(world).await;
    let seen = [(way(&account, Some("GB")), calls(1, 0))];
    let healths = &world.stores.healths;
    healths.note(&seen, NOW).await.works();
    healths
        .note(&seen, NOW + Duration::seconds(30))
        .await
        .works();
    let sentence = "Healths: vitals count for a minute";
    for (after, expected) in [(1, Some(1)), (31, Some(2)), (75, Some(1)), (120, None)] {
        let found = of(world, account.tenant, Duration::seconds(after)).await;
        let answered = recent(&found, way(&account, None)).map(|vitals| vitals.answered);
        // Those of the future count too: clocks differ.
        let expected = if after < 30 { Some(2) } else { expected };
        assert_eq!(answered, expected, "{sentence}: after {after} s");
    }
    let later = NOW + 3 * VITALS_SPAN;
    assert!(healths.forget(later).await.works() >= 2, "Healths::forget");
}

async fn calls_of_the_last_seconds_are_told_apart(world: &World<'_>) {
    let account = account(world).await;
    let gb = way(&account, Some("GB"));
    let healths = &world.stores.healths;
    healths.note(&[(gb, calls(5, 0))], NOW).await.works();
    let at = NOW + Duration::seconds(10);
    healths.note(&[(gb, calls(1, 7))], at).await.works();
    let sentence = "Checkup::latest: calls of the last few seconds, recent: of the last minute";
    for (after, expected) in [(11, (1, 7)), (14, (0, 0))] {
        let found = of(world, account.tenant, Duration::seconds(after)).await;
        for wanted in [gb, way(&account, None)] {
            let Some(checkup) = found.iter().find(|checkup| checkup.way == wanted) else {
                panic!("{sentence}: after {after} s {wanted:?} is not found");
            };
            let latest = (checkup.latest.answered, checkup.latest.faults);
            assert_eq!(latest, expected, "{sentence}: after {after} s");
            assert_eq!(checkup.recent.calls(), 13, "{sentence}: after {after} s");
        }
    }
}

async fn a_change_is_made_once(world: &World<'_>) {
    let account = account(world).await;
    let whole = way(&account, None);
    let out = Health::new(NOW).refused(NOW, NOW);
    let change = |version, reason: Option<&str>| HealthChange {
        way: whole,
        version,
        health: out,
        at: NOW,
        reason: reason.map(ToOwned::to_owned),
    };
    let healths = &world.stores.healths;
    let twice = [change(0, Some("no credit")), change(0, Some("no credit"))];
    let sentence = "Healths::change: only of what it was seen to be";
    assert_eq!(
        healths.change(&twice).await.works(),
        [true, false],
        "{sentence}"
    );
    assert_eq!(
        healths.change(&[change(0, None)]).await.works(),
        [false],
        "{sentence}"
    );
    assert_eq!(
        healths.change(&[change(1, None)]).await.works(),
        [true],
        "{sentence}"
    );
    let found = of(world, account.tenant, Duration::ZERO).await;
    let Some(checkup) = found.iter().find(|checkup| checkup.way == whole) else {
        panic!("Healths::of_tenants: what is not well is found without having been used");
    };
    assert_eq!((checkup.health, checkup.version), (out, 2), "{sentence}");
    let history = healths
        .history(account.tenant, account.id, 10)
        .await
        .works();
    let lines: Vec<(&str, &str)> = history
        .iter()
        .map(|event| (event.state.as_str(), event.reason.as_str()))
        .collect();
    assert_eq!(
        lines,
        [("out", "no credit")],
        "Healths::history: each change with a reason once"
    );
}

async fn what_was_seen_before_a_change_counts_no_more(world: &World<'_>) {
    let account = account(world).await;
    let (gb, whole) = (way(&account, Some("GB")), way(&account, None));
    let healths = &world.stores.healths;
    healths.note(&[(gb, calls(0, 9))], NOW).await.works();
    let at = NOW + Duration::seconds(10);
    let health = Health {
        circuit: Circuit::HalfOpen,
        since: at,
        trips: 1,
        weight: 1_000,
    };
    let change = HealthChange {
        way: gb,
        version: 0,
        health,
        at,
        reason: None,
    };
    assert_eq!(healths.change(&[change]).await.works(), [true]);
    let after = NOW + Duration::seconds(20);
    healths.note(&[(gb, calls(1, 0))], after).await.works();
    let found = of(world, account.tenant, Duration::seconds(21)).await;
    let sentence = "Healths: what was seen before the circuit changed counts no more for it";
    let faults = |of| recent(&found, of).map(|vitals| (vitals.answered, vitals.faults));
    assert_eq!(faults(gb), Some((1, 0)), "{sentence}");
    assert_eq!(
        faults(whole),
        Some((1, 9)),
        "{sentence}, but for the account as a whole"
    );
}

async fn what_is_well_and_unused_is_not_looked_at(world: &World<'_>) {
    let (well, unwell) = (account(world).await, account(world).await);
    let change = |account: &ProviderAccount, health| HealthChange {
        way: way(account, None),
        version: 0,
        health,
        at: NOW,
        reason: None,
    };
    let healths = &world.stores.healths;
    let changes = [
        change(&well, Health::new(NOW)),
        change(&unwell, Health::new(NOW).refused(NOW, NOW)),
    ];
    assert_eq!(healths.change(&changes).await.works(), [true, true]);
    let later = NOW + Duration::HOUR;
    let due = healths.to_judge(later, 1_000).await.works();
    let is_due = |account: &ProviderAccount| due.iter().any(|it| it.way == way(account, None));
    let sentence = "Healths::to_judge: what was used or is not well";
    assert!(is_due(&unwell) && !is_due(&well), "{sentence}");
}

async fn everybody_is_judged_in_turn(world: &World<'_>) {
    let healths = &world.stores.healths;
    let accounts = [account(world).await, account(world).await];
    let mut missed: Vec<TenantId> = accounts.iter().map(|it| it.tenant).collect();
    let mut at = NOW + Duration::days(2);
    let changes = accounts.each_ref().map(|account| HealthChange {
        way: way(account, None),
        version: 0,
        health: Health::new(at),
        at,
        reason: None,
    });
    healths.change(&changes).await.works();
    // Others may not be well, and have their turns too.
    for _ in 0..40 {
        at += Duration::SECOND;
        let calls = accounts
            .each_ref()
            .map(|account| (way(account, Some("GB")), calls(1, 0)));
        healths.note(&calls, at).await.works();
        let given = healths.to_judge(at, 1).await.works();
        let tenants: BTreeSet<TenantId> = given.iter().map(|it| it.way.tenant).collect();
        assert!(
            tenants.len() <= 1,
            "Healths::to_judge: of up to `most` tenants"
        );
        let again = healths.to_judge(at, 1).await.works();
        assert!(
            again.iter().all(|it| !tenants.contains(&it.way.tenant)),
            "Healths::to_judge: each tenant's once within JUDGED_EVERY"
        );
        let all = given.iter().chain(&again);
        let seen: BTreeSet<TenantId> = all.map(|it| it.way.tenant).collect();
        missed.retain(|tenant| !seen.contains(tenant));
    }
    assert_eq!(
        missed,
        [],
        "Healths::to_judge: those first that were given longest ago"
    );
}

async fn what_is_left_alone_is_probed_when_its_time_has_come(world: &World<'_>) {
    let healths = &world.stores.healths;
    let (early, late) = (account(world).await, account(world).await);
    let refuse = |account: &ProviderAccount, at| HealthChange {
        way: way(account, None),
        version: 0,
        health: Health::new(at).refused(at, at),
        at,
        reason: None,
    };
    let begin = NOW - Duration::days(2);
    let changes = [refuse(&late, begin + Duration::HOUR), refuse(&early, begin)];
    healths.change(&changes).await.works();
    let due = async |at, most| -> Vec<TenantId> {
        let due = healths.to_probe(at, most).await.works();
        due.iter().map(|it| it.way.tenant).collect()
    };
    let sentence = "Healths::to_probe: ways that are left alone and whose time has come";
    assert_eq!(due(begin, 1_000).await, [], "{sentence}");
    let between = begin + Duration::minutes(30);
    assert_eq!(due(between, 1_000).await, [early.tenant], "{sentence}");
    let later = begin + Duration::hours(3);
    let both = [early.tenant, late.tenant];
    assert_eq!(
        due(later, 1_000).await,
        both,
        "{sentence}, those first whose time came first"
    );
    assert_eq!(
        due(later, 1).await,
        [early.tenant],
        "Healths::to_probe: up to `most`"
    );
}

async fn other_tenants_are_not_seen(world: &World<'_>) {
    let account = account(world).await;
    let seen = [(way(&account, Some("GB")), calls(1, 0))];
    world.stores.healths.note(&seen, NOW).await.works();
    let stranger = world.tenant().await;
    assert_eq!(
        of(world, stranger, Duration::SECOND).await,
        [],
        "Healths::of_tenants: of these tenants alone"
    );
}
