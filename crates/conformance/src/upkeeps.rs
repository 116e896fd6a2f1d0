use crate::{Stores, fixtures::NOW, works::Works, world::World};
use tidings_kernel::AccountId;
use tidings_messaging::{ProviderAccount, Upkeep, UpkeepState};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.upkeeps` keeps every promise of [`Upkeeps`](tidings_messaging::Upkeeps).
pub async fn upkeeps(stores: &Stores) {
    let world = World::new(stores, 64);
    a_new_account_is_due_at_once_and_taken_by_one(&world).await;
    a_look_that_ended_is_noted(&world).await;
    accounts_that_do_not_fit_are_not_taken(&world).await;
}

/// An account of a provider of its own, so that others of the store are not in the way.
async fn account(world: &World<'_>, provider: &str) -> ProviderAccount {
    let account = ProviderAccount {
        provider: provider.into(),
        ..world.new_account(world.tenant().await)
    };
    world.stores.accounts.create(&account, None).await.works();
    account
}

async fn take(world: &World<'_>, provider: &str, now: OffsetDateTime) -> Vec<Upkeep> {
    let upkeeps = &world.stores.upkeeps;
    let taken = upkeeps.take(&[provider], now, Duration::MINUTE, 1).await;
    taken.works()
}

fn ids(taken: &[Upkeep]) -> Vec<AccountId> {
    taken.iter().map(|upkeep| upkeep.account).collect()
}

async fn a_new_account_is_due_at_once_and_taken_by_one(world: &World<'_>) {
    let first = account(world, "kept_one").await;
    let sentence = "Upkeeps::take: one that was never looked at is due at once";
    let taken = take(world, "kept_one", NOW).await;
    assert_eq!(ids(&taken), [first.id], "{sentence}");
    assert_eq!(taken.first().map(|it| it.failures), Some(0), "{sentence}");
    let sentence = "Upkeeps::take: nobody else gets them before the lease has passed";
    assert_eq!(take(world, "kept_one", NOW).await, [], "{sentence}");
    let second = account(world, "kept_one").await;
    let later = NOW + Duration::MINUTE;
    let sentence = "Upkeeps::take: up to `most`, those that are due for longest first";
    assert_eq!(
        ids(&take(world, "kept_one", later - Duration::SECOND).await),
        [second.id],
        "{sentence}"
    );
    assert_eq!(
        ids(&take(world, "kept_one", later).await),
        [first.id],
        "{sentence}"
    );
}

async fn a_look_that_ended_is_noted(world: &World<'_>) {
    let account = account(world, "kept_two").await;
    let whose = (account.tenant, account.id);
    let upkeeps = &world.stores.upkeeps;
    let next = NOW + Duration::HOUR;
    let state = |looked_at, problem: Option<&str>| UpkeepState {
        account: account.id,
        looked_at,
        problem: problem.map(ToOwned::to_owned),
        due_at: next,
    };
    take(world, "kept_two", NOW).await;
    for failures in 1..3 {
        let problem = Some("the token is wrong");
        upkeeps.looked(whose, problem, NOW, next).await.works();
        let found = upkeeps.upkeep(account.tenant).await.works();
        let sentence = "Upkeeps::upkeep: why the last look failed";
        assert_eq!(found, [state(None, problem)], "{sentence}");
        assert_eq!(take(world, "kept_two", next - Duration::SECOND).await, []);
        let taken = take(world, "kept_two", next).await;
        let sentence = "Upkeeps::looked: with a problem they are one more";
        assert_eq!(
            taken.first().map(|it| it.failures),
            Some(failures),
            "{sentence}"
        );
    }
    upkeeps.looked(whose, None, NOW, next).await.works();
    let found = upkeeps.upkeep(account.tenant).await.works();
    let sentence = "Upkeeps::looked: without a problem the failures are forgotten";
    assert_eq!(found, [state(Some(NOW), None)], "{sentence}");
    let taken = take(world, "kept_two", next).await;
    assert_eq!(taken.first().map(|it| it.failures), Some(0), "{sentence}");
    let stranger = (world.tenant().await, account.id);
    upkeeps.looked(stranger, None, NOW, next).await.works();
    let found = upkeeps.upkeep(stranger.0).await.works();
    assert_eq!(
        found,
        [],
        "Upkeeps::looked: an account that is gone is left alone"
    );
}

async fn accounts_that_do_not_fit_are_not_taken(world: &World<'_>) {
    let account = account(world, "kept_three").await;
    let sentence = "Upkeeps::take: accounts of these providers";
    assert_eq!(take(world, "kept_four", NOW).await, [], "{sentence}");
    let off = ProviderAccount {
        is_enabled: false,
        ..account
    };
    world.stores.accounts.update(&off).await.works();
    let sentence = "Upkeeps::take: accounts that are switched on";
    assert_eq!(take(world, "kept_three", NOW).await, [], "{sentence}");
}
