use crate::{Stores, fixtures::NOW, works::Works, world::World};
use tidings_kernel::{AccountId, TenantId};
use tidings_messaging::{AccountError, ProviderAccount, Sealed, Tally};
use time::Duration;

/// Panics unless `stores.accounts` keeps every promise of [`Accounts`](tidings_messaging::Accounts).
pub async fn accounts(stores: &Stores) {
    let world = World::new(stores, 3);
    an_account_is_given_as_it_was_stored(&world).await;
    another_tenant_does_not_see_it(&world).await;
    an_update_replaces_it_with_its_senders(&world).await;
    a_stranger_is_not_updated(&world).await;
    accounts_come_by_priority_and_age(&world).await;
    a_deleted_account_is_gone(&world).await;
    attempts_keep_the_id_of_a_deleted_account(&world).await;
    what_was_begun_is_counted_by_account(&world).await;
    it_is_found_by_its_callback_token(&world).await;
    the_answer_is_stored_with_it(&world).await;
    nothing_is_stored_when_the_key_is_lost(&world).await;
}

async fn get(world: &World<'_>, tenant: TenantId, id: AccountId) -> Option<ProviderAccount> {
    world.stores.accounts.get(tenant, id).await.works()
}

/// Accounts hold sealed bytes and have no equality of their own; what they print is complete.
fn text(account: &ProviderAccount) -> String {
    format!("{account:?}")
}

async fn an_account_is_given_as_it_was_stored(world: &World<'_>) {
    let account = world.account(world.tenant().await).await;
    let found = get(world, account.tenant, account.id).await;
    let sentence = "Accounts::get: the account, if the tenant has it";
    assert_eq!(found.as_ref().map(text), Some(text(&account)), "{sentence}");
}

async fn another_tenant_does_not_see_it(world: &World<'_>) {
    let account = world.account(world.tenant().await).await;
    let other = world.tenant().await;
    assert!(
        get(world, other, account.id).await.is_none(),
        "Accounts::get: if the tenant has it"
    );
    let moved = ProviderAccount {
        tenant: other,
        ..account.clone()
    };
    let is_updated = world.stores.accounts.update(&moved).await.works();
    assert!(
        !is_updated,
        "Accounts::update: another tenant's account is none"
    );
    let is_deleted = world
        .stores
        .accounts
        .delete(other, account.id)
        .await
        .works();
    assert!(
        !is_deleted,
        "Accounts::delete: another tenant's account is none"
    );
    assert!(
        get(world, account.tenant, account.id).await.is_some(),
        "Accounts: tenants are isolated"
    );
}

async fn an_update_replaces_it_with_its_senders(world: &World<'_>) {
    let account = world.account(world.tenant().await).await;
    let changed = ProviderAccount {
        name: "Second".into(),
        sealed_credentials: Sealed(vec![9]),
        is_enabled: false,
        priority: 3,
        daily_limit: Some(7),
        senders: world.new_account(account.tenant).senders,
        ..account
    };
    let is_updated = world.stores.accounts.update(&changed).await.works();
    let found = get(world, changed.tenant, changed.id).await;
    let sentence = "Accounts::update: replaces an account with its senders";
    assert_eq!(
        (is_updated, found.as_ref().map(text)),
        (true, Some(text(&changed))),
        "{sentence}"
    );
}

async fn a_stranger_is_not_updated(world: &World<'_>) {
    let stranger = world.new_account(world.tenant().await);
    let is_updated = world.stores.accounts.update(&stranger).await.works();
    assert!(!is_updated, "Accounts::update: false if there is none");
    let found = get(world, stranger.tenant, stranger.id).await;
    assert!(found.is_none(), "Accounts::update: stores nothing new");
}

async fn accounts_come_by_priority_and_age(world: &World<'_>) {
    let (one, two) = (world.tenant().await, world.tenant().await);
    let mut expected = Vec::new();
    for (tenant, priority, age) in [(one, 2, 1), (one, 1, 1), (one, 1, 2), (two, 5, 0)] {
        let account = ProviderAccount {
            priority,
            created_at: NOW - Duration::days(age),
            ..world.new_account(tenant)
        };
        world.stores.accounts.create(&account, None).await.works();
        expected.push(account.id);
    }
    let without = world.tenant().await;
    let found = world
        .stores
        .accounts
        .of_tenants(&[one, without, two])
        .await
        .works();
    let of = |tenant| -> Vec<AccountId> {
        found
            .iter()
            .filter(|account| account.tenant == tenant)
            .map(|account| account.id)
            .collect()
    };
    let sentence = "Accounts::of_tenants: the accounts of each tenant, by priority and then age";
    assert_eq!(
        of(one),
        [expected[2], expected[1], expected[0]],
        "{sentence}"
    );
    assert_eq!(of(two), [expected[3]], "{sentence}");
    assert_eq!(
        found.len(),
        4,
        "Accounts::of_tenants: a tenant without accounts is absent"
    );
    let none = world.stores.accounts.of_tenants(&[]).await.works();
    assert!(
        none.is_empty(),
        "Accounts::of_tenants: gives no other tenant's accounts"
    );
}

async fn a_deleted_account_is_gone(world: &World<'_>) {
    let account = world.account(world.tenant().await).await;
    let first = world
        .stores
        .accounts
        .delete(account.tenant, account.id)
        .await
        .works();
    let second = world
        .stores
        .accounts
        .delete(account.tenant, account.id)
        .await
        .works();
    assert_eq!(
        (first, second),
        (true, false),
        "Accounts::delete: false if there was none"
    );
    assert!(
        get(world, account.tenant, account.id).await.is_none(),
        "Accounts::delete: removes it"
    );
    let found = world
        .stores
        .accounts
        .by_callback_token(&account.callback_token)
        .await
        .works();
    assert!(
        found.is_none(),
        "Accounts::delete: its callback address is gone, too"
    );
}

async fn attempts_keep_the_id_of_a_deleted_account(world: &World<'_>) {
    let tenant = world.tenant().await;
    let (contact, account) = (world.contact(tenant, 1).await, world.account(tenant).await);
    let (claim, _) = world.sent(&contact, &account, "SM-deleted").await;
    world
        .stores
        .accounts
        .delete(tenant, account.id)
        .await
        .works();
    let record = world.record(tenant, claim.held.message).await;
    let kept: Vec<AccountId> = record
        .attempts
        .iter()
        .map(|attempt| attempt.account)
        .collect();
    assert_eq!(kept, [account.id], "Accounts::delete: attempts keep its id");
}

async fn what_was_begun_is_counted_by_account(world: &World<'_>) {
    let sentence =
        "Accounts::begun: how many attempts were begun through each account at or after `since`";
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    let contact = world.contact(tenant, 1).await;
    let (busy, used) = (world.account(tenant).await, world.account(tenant).await);
    world.account(tenant).await;
    world.sent(&contact, &busy, "SM-begun-1").await;
    world.sent(&contact, &busy, "SM-begun-2").await;
    world.sent(&contact, &used, "SM-begun-3").await;
    let stranger = world.contact(other, 1).await;
    let others = world.account(other).await;
    world.sent(&stranger, &others, "SM-begun-4").await;
    let begun = |since| world.stores.accounts.begun(tenant, since);
    let mut counted = begun(NOW - Duration::DAY).await.works();
    counted.sort_by_key(|(account, _)| *account);
    let expected = [(busy.id, Tally::exact(2)), (used.id, Tally::exact(1))];
    assert_eq!(counted, expected, "{sentence}");
    assert_eq!(begun(NOW + Duration::DAY).await.works(), [], "{sentence}");
}

async fn it_is_found_by_its_callback_token(world: &World<'_>) {
    let account = world.account(world.tenant().await).await;
    world.account(world.tenant().await).await;
    let found = world
        .stores
        .accounts
        .by_callback_token(&account.callback_token)
        .await
        .works();
    let sentence =
        "Accounts::by_callback_token: the account whose callback address ends in this token";
    assert_eq!(found.map(|found| found.id), Some(account.id), "{sentence}");
    let none = world
        .stores
        .accounts
        .by_callback_token("token-")
        .await
        .works();
    assert!(none.is_none(), "{sentence}, and no other");
}

async fn the_answer_is_stored_with_it(world: &World<'_>) {
    let account = world.new_account(world.tenant().await);
    let answer = world.answer(account.tenant).await;
    world
        .stores
        .accounts
        .create(&account, Some(&answer))
        .await
        .works();
    let sentence = "Accounts::create: stores the answer that reports it, in one step";
    assert!(world.is_answered(&answer).await, "{sentence}");
}

async fn nothing_is_stored_when_the_key_is_lost(world: &World<'_>) {
    let account = world.new_account(world.tenant().await);
    let lost = world.lost_answer(account.tenant).await;
    let result = world.stores.accounts.create(&account, Some(&lost)).await;
    let sentence = "AccountError::KeyLost: nothing was stored";
    assert!(
        matches!(result, Err(AccountError::KeyLost(_))),
        "{sentence}"
    );
    assert!(
        get(world, account.tenant, account.id).await.is_none(),
        "{sentence}"
    );
}
