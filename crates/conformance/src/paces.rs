use crate::{Stores, fixtures::NOW, works::Works, world::World};
use tidings_kernel::{AccountId, SenderId};
use tidings_messaging::{Hold, PaceKey, People, ProviderAccount, Slot, Wish};
use tidings_routing::{LATENESS, Limit};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.paces` keeps every promise of [`Paces`](tidings_messaging::Paces).
pub async fn paces(stores: &Stores) {
    let world = World::new(stores, 14);
    what_has_no_limit_leaves_at_once(&world).await;
    a_slot_is_noted_in_every_limit_or_in_none(&world).await;
    weights_count(&world).await;
    lines_are_told_apart(&world).await;
    no_limit_is_exceeded_by_four_at_once(&world).await;
    so_many_people_and_no_more(&world).await;
    what_is_given_back_is_as_if_never_given(&world).await;
    an_account_that_is_gone_has_no_slot(&world).await;
    a_hold_is_never_shortened(&world).await;
    only_what_counts_no_more_is_forgotten(&world).await;
}

fn key(account: &ProviderAccount, line: &str) -> PaceKey {
    PaceKey {
        tenant: account.tenant,
        account: account.id,
        line: line.to_owned(),
    }
}

fn wish(account: &ProviderAccount, limits: &[(&str, Limit)]) -> Wish {
    Wish {
        limits: limits
            .iter()
            .map(|(line, limit)| (key(account, line), *limit))
            .collect(),
        people: None,
        weight: 1,
    }
}

async fn account(world: &World<'_>) -> ProviderAccount {
    world.account(world.tenant().await).await
}

async fn reserve(world: &World<'_>, wishes: &[Wish], ahead: Duration) -> Vec<Slot> {
    let paces = &world.stores.paces;
    paces.reserve(wishes, NOW, NOW + ahead).await.works()
}

/// The instants of those that may leave.
fn instants(slots: &[Slot]) -> Vec<OffsetDateTime> {
    let at = slots.iter().filter_map(|slot| match slot {
        Slot::At(at) => Some(*at),
        Slot::NotBefore(_) => None,
    });
    at.collect()
}

async fn what_has_no_limit_leaves_at_once(world: &World<'_>) {
    let account = account(world).await;
    let slots = reserve(
        world,
        &[wish(&account, &[]), wish(&account, &[])],
        Duration::ZERO,
    )
    .await;
    assert_eq!(slots, [Slot::At(NOW); 2], "Paces::reserve: without limits");
}

async fn a_slot_is_noted_in_every_limit_or_in_none(world: &World<'_>) {
    let account = account(world).await;
    let both = wish(
        &account,
        &[
            ("second", Limit::per_second(10)),
            ("day", Limit::per_day(2)),
        ],
    );
    let slots = reserve(world, &[both.clone(), both.clone(), both], Duration::SECOND).await;
    let sentence = "Paces::reserve: a slot suits every limit, and what has none is not noted";
    assert_eq!(instants(&slots).len(), 2, "{sentence}");
    let Some(Slot::NotBefore(when)) = slots.last() else {
        panic!("{sentence}: {slots:?}");
    };
    assert!(*when > NOW + Duration::DAY, "{sentence}: {when}");
    // The third has not used anything of the second.
    let second = wish(&account, &[("second", Limit::per_second(10))]);
    let next = reserve(world, &[second], Duration::SECOND).await;
    let Some(Slot::At(at)) = next.first() else {
        panic!("{sentence}: {next:?}");
    };
    assert_eq!((*at - NOW).whole_milliseconds(), 220, "{sentence}");
}

async fn weights_count(world: &World<'_>) {
    let account = account(world).await;
    let limits = [("minute", Limit::per_minute(5))];
    let heavy = Wish {
        weight: 3,
        ..wish(&account, &limits)
    };
    let slots = reserve(world, &[heavy.clone(), heavy], Duration::SECOND).await;
    assert_eq!(instants(&slots).len(), 1, "Paces::reserve: weights count");
}

async fn lines_are_told_apart(world: &World<'_>) {
    let (one, other) = (account(world).await, account(world).await);
    let limits = |line| [(line, Limit::per_day(1))];
    let wishes = [
        wish(&one, &limits("day")),
        wish(&other, &limits("day")),
        wish(&one, &limits("snd_1 day")),
    ];
    let slots = reserve(world, &wishes, Duration::ZERO).await;
    let sentence = "Paces::reserve: each line of each account has a limit of its own";
    assert_eq!(instants(&slots).len(), 3, "{sentence}");
    let again = reserve(world, &wishes, Duration::ZERO).await;
    assert_eq!(instants(&again).len(), 0, "{sentence}");
}

async fn no_limit_is_exceeded_by_four_at_once(world: &World<'_>) {
    let account = account(world).await;
    let wish = wish(
        &account,
        &[
            ("second", Limit::per_second(50)),
            ("minute", Limit::per_minute(120)),
        ],
    );
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4_i64 {
        let (paces, wish) = (world.stores.paces.clone(), wish.clone());
        workers.spawn(async move {
            let mut taken = Vec::new();
            for round in 0..10 {
                // Their clocks differ a little.
                let now = NOW + Duration::milliseconds(300 * round + 7 * worker);
                let wishes = vec![wish.clone(); 10];
                let slots = paces.reserve(&wishes, now, now + Duration::SECOND).await;
                taken.extend(instants(&slots.works()));
            }
            taken
        });
    }
    let mut all = workers.join_all().await.concat();
    all.sort_unstable();
    let most_within = |span: Duration| {
        let begin = |end: OffsetDateTime| end - span - LATENESS;
        let count = |end: &OffsetDateTime| {
            all.iter()
                .filter(|at| **at > begin(*end) && *at <= end)
                .count()
        };
        all.iter().map(count).max().unwrap_or(0)
    };
    let sentence = "Paces::reserve: however many ask at once, no limit is exceeded";
    assert!(most_within(Duration::SECOND) <= 50, "{sentence}");
    assert!(most_within(Duration::MINUTE) <= 120, "{sentence}");
    assert_eq!(all.len(), 120, "{sentence}, and all of it is used");
}

async fn so_many_people_and_no_more(world: &World<'_>) {
    let account = account(world).await;
    let to = |person| Wish {
        people: Some(People {
            key: key(&account, "snd_1 people"),
            person,
            most: 2,
        }),
        ..wish(&account, &[])
    };
    let wishes = [to(1), to(2), to(1), to(u64::MAX), to(2)];
    let slots = reserve(world, &wishes, Duration::ZERO).await;
    let sentence = "Paces::reserve: so many different people in any 24 hours";
    let is_granted: Vec<bool> = slots
        .iter()
        .map(|slot| matches!(slot, Slot::At(_)))
        .collect();
    assert_eq!(is_granted, [true, true, true, false, true], "{sentence}");
    assert_eq!(
        slots.get(3),
        Some(&Slot::NotBefore(NOW + Duration::DAY)),
        "{sentence}: until the first counts no more"
    );
    let later = NOW + Duration::DAY + Duration::SECOND;
    let slots = world
        .stores
        .paces
        .reserve(&[to(u64::MAX)], later, later)
        .await;
    assert_eq!(slots.works(), [Slot::At(later)], "{sentence}");
}

async fn what_is_given_back_is_as_if_never_given(world: &World<'_>) {
    let account = account(world).await;
    let wish = wish(
        &account,
        &[
            ("second", Limit::per_second(10)),
            ("day", Limit::per_day(3)),
        ],
    );
    let sentence = "Paces::give_back: of a day it is as if they had never been given";
    let slots = reserve(world, &vec![wish.clone(); 4], Duration::SECOND).await;
    let given = instants(&slots);
    assert_eq!(given.len(), 3, "{sentence}");
    let paces = &world.stores.paces;
    paces.give_back(&[]).await.works();
    let first = [(wish.clone(), given[0])];
    paces.give_back(&first).await.works();
    let again = instants(&reserve(world, &vec![wish.clone(); 2], Duration::SECOND).await);
    assert_eq!(again.len(), 1, "{sentence}");
    let sentence = "Paces::give_back: of a rate only the last slot is free again";
    assert!(again[0] > given[2], "{sentence}");
    let last = [(wish.clone(), again[0])];
    paces.give_back(&last).await.works();
    let once_more = instants(&reserve(world, &[wish], Duration::SECOND).await);
    assert_eq!(once_more, again, "{sentence}");
}

async fn an_account_that_is_gone_has_no_slot(world: &World<'_>) {
    let account = account(world).await;
    let limited = wish(&account, &[("day", Limit::per_day(5))]);
    reserve(world, std::slice::from_ref(&limited), Duration::ZERO).await;
    let accounts = &world.stores.accounts;
    accounts.delete(account.tenant, account.id).await.works();
    // Whoever routed by an older list finds out when it writes the attempt; this must only not fail.
    let slots = reserve(world, std::slice::from_ref(&limited), Duration::ZERO).await;
    assert_eq!(slots.len(), 1, "Paces::reserve: an account that is gone");
    let paces = &world.stores.paces;
    paces.give_back(&[(limited, NOW)]).await.works();
}

async fn a_hold_is_never_shortened(world: &World<'_>) {
    let account = account(world).await;
    let Some(sender) = account.senders.first().map(|sender| sender.id) else {
        panic!("the account has no sender");
    };
    let hold = |seconds| Hold {
        tenant: account.tenant,
        account: account.id,
        sender,
        until: NOW + Duration::seconds(seconds),
    };
    let paces = &world.stores.paces;
    paces.hold(&hold(9)).await.works();
    paces.hold(&hold(3)).await.works();
    let standing = |now| paces.held(std::slice::from_ref(&account.tenant), now);
    let sentence = "Paces::hold: a hold is never shortened, and ends";
    assert_eq!(standing(NOW).await.works(), [hold(9)], "{sentence}");
    assert_eq!(
        standing(NOW + Duration::seconds(9)).await.works(),
        [],
        "{sentence}"
    );
    let stranger = world.tenant().await;
    assert_eq!(
        paces.held(&[stranger], NOW).await.works(),
        [],
        "Paces::held: of these tenants alone"
    );
    // Of a sender that is not there, as of an account that is not, nothing is worth an error.
    let nobody = Hold {
        account: AccountId::from_uuid(crate::fixtures::uuid(14, 999)),
        sender: SenderId::from_uuid(crate::fixtures::uuid(14, 998)),
        ..hold(1)
    };
    paces.hold(&nobody).await.works();
}

async fn only_what_counts_no_more_is_forgotten(world: &World<'_>) {
    let account = account(world).await;
    let wishes = [
        wish(&account, &[("second", Limit::per_second(1))]),
        wish(&account, &[("day", Limit::per_day(1))]),
    ];
    reserve(world, &wishes, Duration::ZERO).await;
    let later = NOW + Duration::MINUTE;
    world.stores.paces.forget(later, 1_000).await.works();
    let slots = world.stores.paces.reserve(&wishes, later, later).await;
    let slots = slots.works();
    let sentence = "Paces::forget: only what counts no more";
    assert_eq!(slots.first(), Some(&Slot::At(later)), "{sentence}");
    assert!(
        matches!(slots.get(1), Some(Slot::NotBefore(_))),
        "{sentence}"
    );
}
