use crate::{Stores, fixtures::NOW, works::Works, world::World};
use bytes::Bytes;
use tidings_kernel::{CallbackId, TenantId};
use tidings_messaging::{
    CallbackEntry, CallbackRequest, CallbackStage, Page, ProviderAccount, PutBack, RawCallback,
};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.callbacks` keeps every promise of [`CallbackLog`](tidings_messaging::CallbackLog).
pub async fn callback_log(stores: &Stores) {
    let world = World::new(stores, 44);
    what_waits_or_was_given_up_is_listed_newest_first(&world).await;
    what_was_given_up_is_applied_anew(&world).await;
    nothing_else_is_replayed(&world).await;
}

async fn stored(world: &World<'_>, account: &ProviderAccount, body: &'static str) -> RawCallback {
    let raw = RawCallback {
        id: CallbackId::new(&world.ids),
        tenant: account.tenant,
        account: account.id,
        provider: account.provider.clone(),
        request: CallbackRequest {
            method: "POST".into(),
            url: format!("https://api.example.com/callbacks/{}", account.id),
            headers: Vec::new(),
            body: Bytes::from_static(body.as_bytes()),
            received_at: NOW,
        },
        failures: 0,
    };
    world.stores.inbox.store(&raw).await.works();
    raw
}

/// Claims what waits of an account; what belongs to others is claimed too, and stays so.
async fn claims(
    world: &World<'_>,
    account: &ProviderAccount,
    now: OffsetDateTime,
) -> Vec<RawCallback> {
    let mut claimed = world
        .stores
        .inbox
        .claim(500, now, Duration::MINUTE)
        .await
        .works();
    claimed.retain(|callback| callback.account == account.id);
    claimed
}

async fn give_up(world: &World<'_>, raw: &RawCallback, problem: &str) {
    let put_back = PutBack {
        callback: raw.id,
        problem: problem.into(),
        retry_at: None,
    };
    world.stores.inbox.put_back(&[put_back]).await.works();
}

async fn listed(world: &World<'_>, tenant: TenantId) -> Vec<CallbackEntry> {
    let all = Page {
        limit: 200,
        after: None,
    };
    world
        .stores
        .callbacks
        .unapplied(tenant, all)
        .await
        .works()
        .data
}

async fn what_waits_or_was_given_up_is_listed_newest_first(world: &World<'_>) {
    let sentence = "CallbackLog::unapplied: callbacks that wait or were given up, newest first";
    let account = world.account(world.tenant().await).await;
    let other = world.account(world.tenant().await).await;
    let first = stored(world, &account, "1").await;
    let applied = stored(world, &account, "2").await;
    let waiting = stored(world, &account, "3").await;
    stored(world, &other, "4").await;
    claims(world, &account, NOW).await;
    give_up(world, &first, "unreadable").await;
    world.stores.inbox.finish(&[applied.id], NOW).await.works();
    let entry = |raw: &RawCallback, stage, problem: Option<&str>| CallbackEntry {
        id: raw.id,
        account: account.id,
        provider: account.provider.clone(),
        received_at: NOW,
        stage,
        problem: problem.map(Into::into),
    };
    let expected = [
        entry(&waiting, CallbackStage::Waiting, None),
        entry(&first, CallbackStage::GivenUp, Some("unreadable")),
    ];
    assert_eq!(listed(world, account.tenant).await, expected, "{sentence}");
    let one = Page {
        limit: 1,
        after: None,
    };
    let part = world
        .stores
        .callbacks
        .unapplied(account.tenant, one)
        .await
        .works();
    assert_eq!(part.next, Some(waiting.id.uuid()), "{sentence}, in parts");
    let rest = Page {
        limit: 1,
        after: part.next,
    };
    let rest = world
        .stores
        .callbacks
        .unapplied(account.tenant, rest)
        .await
        .works();
    assert_eq!(
        (rest.data.first(), rest.next),
        (expected.get(1), None),
        "{sentence}"
    );
}

async fn what_was_given_up_is_applied_anew(world: &World<'_>) {
    let sentence = "CallbackLog::replay: has one that was given up applied anew";
    let account = world.account(world.tenant().await).await;
    let raw = stored(world, &account, "{}").await;
    claims(world, &account, NOW).await;
    give_up(world, &raw, "unreadable").await;
    let later = NOW + Duration::HOUR;
    let replayed = world
        .stores
        .callbacks
        .replay(account.tenant, raw.id, later)
        .await;
    assert!(replayed.works(), "{sentence}");
    let entry = listed(world, account.tenant).await.pop();
    let entry = entry.map(|entry| (entry.stage, entry.problem));
    assert_eq!(entry, Some((CallbackStage::Waiting, None)), "{sentence}");
    let claimed = claims(world, &account, later).await;
    assert_eq!(claimed, [raw], "{sentence}, as if it had just come in");
}

async fn nothing_else_is_replayed(world: &World<'_>) {
    let sentence =
        "CallbackLog::replay: `false` if the tenant has none of this id that was given up";
    let account = world.account(world.tenant().await).await;
    let other = world.tenant().await;
    let (waiting, given_up) = (
        stored(world, &account, "1").await,
        stored(world, &account, "2").await,
    );
    claims(world, &account, NOW).await;
    give_up(world, &given_up, "unreadable").await;
    let unknown = CallbackId::new(&world.ids);
    for (tenant, callback) in [
        (account.tenant, waiting.id),
        (account.tenant, unknown),
        (other, given_up.id),
    ] {
        let replayed = world.stores.callbacks.replay(tenant, callback, NOW).await;
        assert!(!replayed.works(), "{sentence}");
    }
    assert_eq!(listed(world, account.tenant).await.len(), 2, "{sentence}");
}
