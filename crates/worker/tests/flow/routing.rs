//! Ways: how fast messages leave, what happens when a provider dies, and what is chosen.

use crate::support::{World, lost, refusal};
use std::collections::BTreeSet;
use tidings_kernel::Clock as _;
use tidings_kernel::{AccountId, Channel, Purpose, Region};
use tidings_messaging::{
    Accounts, Dispatch as _, Healths, Messages, Outcome, ProviderAccount, Sign, Status, Tenants,
    Way, deliver::Call,
};
use tidings_routing::{Choice, Circuit, Class, Objection, Policy, Rule, Strategy};
use time::Duration;

pub(crate) async fn account_of(world: &World, id: tidings_kernel::MessageId) -> Option<AccountId> {
    let record = world.record(id).await;
    record.attempts.last().map(|attempt| attempt.account)
}

/// The way that was chosen last, and why.
async fn route_of(world: &World, id: tidings_kernel::MessageId) -> Choice {
    let decisions = world.store.decisions(world.tenant, id).await.unwrap();
    decisions.last().unwrap().route.clone().unwrap()
}

pub(crate) async fn account(world: &World, number: usize) -> ProviderAccount {
    let found = Accounts::get(&*world.store, world.tenant, world.accounts[number]).await;
    found.unwrap().unwrap()
}

/// Lets the first account have limits.
pub(crate) async fn limit(
    world: &World,
    per_second: Option<u32>,
    per_day: Option<u32>,
) -> AccountId {
    let mut account = account(world, 0).await;
    account.rate_per_second = per_second;
    account.daily_limit = per_day;
    assert!(Accounts::update(&*world.store, &account).await.unwrap());
    account.id
}

#[tokio::test]
async fn what_would_be_too_fast_waits_for_its_slot_in_the_order_of_its_lane() {
    let world = World::with_accounts(2).await;
    limit(&world, Some(2), None).await;
    let mut messages = Vec::new();
    for number in 0..6 {
        messages.push(world.sms(&format!("Number {number}")).await.id);
    }
    let started = world.clock.now();
    let round = world.round().await;
    let slots: Vec<i128> = round
        .calls
        .iter()
        .filter_map(Call::not_before)
        .map(|slot| (slot - started).whole_milliseconds())
        .collect();
    assert_eq!(slots, [0, 550], "two a second, and a little less");
    let called: Vec<_> = round.calls.iter().map(Call::message).collect();
    assert_eq!(
        called,
        messages[..2],
        "in the order in which they were taken in"
    );
    // Nothing of the lane is claimed before the next slot.
    assert_eq!(world.round().await.claimed, 0);
    world.clock.advance(Duration::seconds(2));
    assert!(!world.round().await.calls.is_empty());
}

#[tokio::test]
async fn a_slot_that_is_over_is_not_used() {
    let world = World::with_accounts(2).await;
    limit(&world, Some(2), None).await;
    let message = world.sms("Hello").await;
    let mut round = world.round().await;
    world.clock.advance(Duration::milliseconds(101));
    let call = round.calls.remove(0);
    let settled = world.worker.delivering.call(call).await;
    assert_eq!(settled.1.as_str(), "send_again");
    assert_eq!(world.calls(), 0, "the provider was not called late");
    let now = world.clock.now();
    world.store.settle(&[settled], now).await.unwrap();
    world.pass(Duration::seconds(5)).await;
    assert_eq!(world.status(message.id).await, Status::Sent);
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn a_day_that_is_used_up_takes_another_account() {
    let world = World::with_accounts(2).await;
    let first = limit(&world, None, Some(2)).await;
    let mut used = Vec::new();
    for number in 0..4 {
        let message = world.sms(&format!("Number {number}")).await;
        world.pass(Duration::seconds(10)).await;
        used.push(account_of(&world, message.id).await.unwrap());
    }
    assert_eq!(used[..2], [first, first]);
    assert!(
        used[2..].iter().all(|account| *account != first),
        "{used:?}"
    );
}

#[tokio::test]
async fn a_sender_that_was_too_fast_waits_as_long_as_its_provider_asks() {
    let world = World::with_accounts(2).await;
    let mut too_fast = refusal(Class::RateLimited);
    if let Outcome::Rejected(error) = &mut too_fast {
        error.retry_after_seconds = Some(30);
    }
    world.answers([too_fast]);
    let first = world.sms("Number 1").await;
    world.work().await;
    let second = world.sms("Number 2").await;
    world.pass(Duration::seconds(20)).await;
    assert_eq!(world.calls(), 1, "nothing leaves meanwhile");
    world.pass(Duration::seconds(40)).await;
    for message in [first.id, second.id] {
        assert_eq!(world.status(message).await, Status::Sent);
    }
    assert_eq!(world.calls(), 3);
}

#[tokio::test]
async fn a_provider_that_dies_is_left_for_another_and_comes_back() {
    let world = World::with_accounts(2).await;
    let accounts = &world.accounts;
    world.finds(Some(tidings_messaging::Found::NotThere));
    // The first account fails five times in a row.
    world.answers((0..5).map(|_| refusal(Class::Transient)));
    for number in 0..5 {
        world.sms(&format!("Lost {number}")).await;
    }
    world.work().await;
    assert_eq!(world.calls(), 5);
    world.tend().await;
    let way = Way {
        tenant: world.tenant,
        account: accounts[0],
        region: None,
    };
    let state = |world: &World| {
        let (healths, clock) = (world.store.clone(), world.clock.now());
        async move {
            let all = Healths::of_tenants(&*healths, &[way.tenant], clock)
                .await
                .unwrap();
            all.iter()
                .find(|checkup| checkup.way == way)
                .map(|checkup| checkup.health.circuit)
        }
    };
    assert!(matches!(state(&world).await, Some(Circuit::Open { .. })));
    let other = world.sms("Another way").await;
    world.work().await;
    assert_eq!(account_of(&world, other.id).await, Some(accounts[1]));
    let objections: Vec<_> = route_of(&world, other.id)
        .await
        .considered
        .iter()
        .map(|it| it.objection)
        .collect();
    assert_eq!(
        objections,
        [Some(Objection::Unhealthy), None],
        "the explanation says so"
    );

    // It answers a probe, and then a few messages.
    world.clock.advance(Duration::seconds(11));
    world.tend().await;
    assert_eq!(state(&world).await, Some(Circuit::HalfOpen));
    let mut tried = BTreeSet::new();
    for number in 0..200 {
        let message = world.sms(&format!("Trial {number}")).await;
        world.work().await;
        tried.insert(account_of(&world, message.id).await.unwrap());
    }
    assert_eq!(tried.len(), 2, "some go to the first again");
    world.clock.advance(Duration::SECOND);
    world.tend().await;
    assert_eq!(state(&world).await, Some(Circuit::Closed));
    let history = world
        .store
        .history(world.tenant, accounts[0], 10)
        .await
        .unwrap();
    let whole = history.iter().filter(|event| event.region.is_none());
    let states: Vec<&str> = whole.map(|event| event.state.as_str()).collect();
    assert_eq!(states, ["closed", "half_open", "open"]);
}

#[tokio::test]
async fn an_account_that_is_refused_is_out_at_once_and_its_queue_moves() {
    let world = World::with_accounts(2).await;
    let accounts = &world.accounts;
    world.answers([refusal(Class::Account)]);
    let mut messages = Vec::new();
    for number in 0..20 {
        messages.push(world.sms(&format!("Number {number}")).await.id);
    }
    // One round is claimed before anybody knows.
    world.work().await;
    world.pass(Duration::seconds(10)).await;
    for message in &messages {
        assert_eq!(world.status(*message).await, Status::Sent);
    }
    let history = world
        .store
        .history(world.tenant, accounts[0], 10)
        .await
        .unwrap();
    assert_eq!(history[0].state, "out");
    assert!(
        history[0]
            .reason
            .contains("the provider refuses the account")
    );
    let next = world.sms("Next").await;
    world.work().await;
    assert_eq!(account_of(&world, next.id).await, Some(accounts[1]));
}

#[tokio::test]
async fn a_busy_account_that_dies_is_left_within_seconds_where_there_is_another() {
    for (accounts, expected) in [(2, "open"), (1, "closed")] {
        let world = World::with_accounts(accounts).await;
        let region = Region::parse("US").unwrap();
        let (tenant, account) = (world.tenant, world.accounts[0]);
        let seen = async |sign, times| {
            for _ in 0..times {
                let pulse = &world.worker.delivering.pulse;
                pulse.note(tenant, account, Some(region), sign);
            }
            world.tend().await;
            world.clock.advance(Duration::SECOND);
        };
        for _ in 0..10 {
            seen(Sign::Answered, 30).await;
        }
        for _ in 0..3 {
            seen(Sign::Fault, 30).await;
        }
        let now = world.clock.now();
        let found = Healths::of_tenants(&*world.store, &[tenant], now).await;
        let whole = Way {
            tenant,
            account,
            region: None,
        };
        let found = found
            .unwrap()
            .into_iter()
            .find(|it| it.way == whole)
            .unwrap();
        assert_eq!(found.health.circuit.as_str(), expected);
        let history = world.store.history(tenant, account, 10).await.unwrap();
        let told = history
            .iter()
            .any(|event| event.reason.ends_with("in the last 3 seconds"));
        assert_eq!(told, expected == "open", "{history:?}");
    }
}

#[tokio::test]
async fn nothing_fails_over_while_its_outcome_is_unknown() {
    let world = World::with_accounts(2).await;
    world.finds(Some(tidings_messaging::Found::CannotTell));
    world.answers((0..5).map(|_| lost()));
    let mut messages = Vec::new();
    for number in 0..5 {
        messages.push(world.sms(&format!("Perhaps {number}")).await.id);
    }
    world.work().await;
    world.tend().await;
    world.pass(Duration::minutes(3)).await;
    for message in messages {
        let record = world.record(message).await;
        assert_eq!(record.attempts.len(), 1, "it may be with the first");
    }
    let other = world.sms("Another").await;
    world.work().await;
    assert_eq!(account_of(&world, other.id).await, Some(world.accounts[1]));
}

#[tokio::test]
async fn the_tenant_s_rules_choose_by_purpose() {
    let world = World::with_accounts(2).await;
    let mut accounts = [account(&world, 0).await, account(&world, 1).await];
    let price = |amount: &str| tidings_messaging::Price {
        channel: Channel::Sms,
        region: None,
        price: tidings_kernel::Money::parse(amount, "USD").unwrap(),
    };
    for (account, amount) in accounts.iter_mut().zip(["0.02", "0.01"]) {
        account.prices = vec![price(amount)];
        assert!(Accounts::update(&*world.store, account).await.unwrap());
    }
    let mut tenant = Tenants::get(&*world.store, world.tenant)
        .await
        .unwrap()
        .unwrap();
    tenant.settings.routing = Policy {
        rules: vec![Rule {
            purposes: vec![Purpose::Reminder],
            strategy: Strategy::Cheapest,
            ..Rule::default()
        }],
    };
    Tenants::put(&*world.store, &tenant).await.unwrap();
    let dear = world.sms("By priority").await;
    let cheap = world
        .send(Channel::Sms, Purpose::Reminder, "Tomorrow at nine")
        .await;
    world.work().await;
    assert_eq!(account_of(&world, dear.id).await, Some(accounts[0].id));
    assert_eq!(account_of(&world, cheap.id).await, Some(accounts[1].id));
    let route = route_of(&world, cheap.id).await;
    assert_eq!((route.strategy, route.rule), (Strategy::Cheapest, Some(0)));
    let prices: Vec<bool> = route
        .considered
        .iter()
        .map(|it| it.price.is_some())
        .collect();
    assert_eq!(prices, [true, true], "the choice is explained");
}
