use crate::{
    Stores, effects,
    fixtures::NOW,
    inbound, outcomes, overdue, receipts,
    waiting::{ends, wakes},
    works::Works,
    world::{LEASE, World},
};
use bytes::Bytes;
use tidings_kernel::CallbackId;
use tidings_messaging::{CallbackRequest, ProviderAccount, PutBack, RawCallback, Stored};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.inbox` keeps every promise of [`Inbox`](tidings_messaging::Inbox).
pub async fn inbox(stores: &Stores) {
    let world = World::new(stores, 10);
    a_callback_is_given_as_it_came(&world).await;
    the_same_request_is_stored_once(&world).await;
    any_difference_makes_a_new_request(&world).await;
    after_a_day_it_is_new(&world).await;
    callbacks_are_claimed_oldest_first(&world).await;
    nobody_else_gets_what_is_held(&world).await;
    a_hold_that_has_run_out_is_taken_again(&world).await;
    what_is_finished_is_not_claimed(&world).await;
    what_is_finished_is_still_a_repeat(&world).await;
    what_is_put_back_is_claimed_at_its_time(&world).await;
    what_is_given_up_is_not_claimed(&world).await;
    each_is_put_back_by_itself(&world).await;
    what_is_applied_stays_so(&world).await;
    inbound::check(&world).await;
    effects::check(&world).await;
    receipts::check(&world).await;
    outcomes::check(&world).await;
    overdue::check(&world).await;
    // In this order: the waits that end use up what earlier checks have woken.
    a_wait_ends_at_its_timeout(&world).await;
    a_callback_wakes_whoever_waits(&world).await;
}

async fn account(world: &World<'_>) -> ProviderAccount {
    world.account(world.tenant().await).await
}

fn callback(world: &World<'_>, account: &ProviderAccount, body: &str) -> RawCallback {
    RawCallback {
        id: CallbackId::new(&world.ids),
        tenant: account.tenant,
        account: account.id,
        provider: account.provider.clone(),
        request: CallbackRequest {
            method: "POST".into(),
            url: format!(
                "https://example.com/callbacks/simulator/{}",
                account.callback_token
            ),
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("x-signature".into(), "abc=".into()),
            ],
            body: Bytes::copy_from_slice(body.as_bytes()),
            received_at: NOW,
        },
        failures: 0,
    }
}

async fn store(world: &World<'_>, callback: &RawCallback) -> Stored {
    world.stores.inbox.store(callback).await.works()
}

/// Claims for one account, whatever other checks left behind.
async fn claims(
    world: &World<'_>,
    account: &ProviderAccount,
    now: OffsetDateTime,
) -> Vec<RawCallback> {
    let found = world.stores.inbox.claim(1_000, now, LEASE).await.works();
    found
        .into_iter()
        .filter(|callback| callback.account == account.id)
        .collect()
}

async fn a_callback_is_given_as_it_came(world: &World<'_>) {
    let account = account(world).await;
    let mut raw = callback(world, &account, "");
    raw.request.body = Bytes::from_static(b"\0\xff{\"MessageStatus\": \"sent\"}\r\n");
    raw.request.url.push_str("?a=1&b=%20");
    assert_eq!(
        store(world, &raw).await,
        Stored::New,
        "Stored::New: it is new"
    );
    let found = claims(world, &account, NOW).await;
    assert_eq!(
        found,
        [raw],
        "RawCallback: an authentic callback, as it came"
    );
}

async fn the_same_request_is_stored_once(world: &World<'_>) {
    let account = account(world).await;
    let first = callback(world, &account, "{}");
    store(world, &first).await;
    let mut repeat = callback(world, &account, "{}");
    repeat.request.received_at = NOW + Duration::hours(23);
    repeat
        .request
        .headers
        .push(("date".into(), "Wed, 15 Jul 2026 15:00:05 GMT".into()));
    let sentence =
        "Stored::Repeat: the very same request was stored before, and is not stored again";
    assert_eq!(store(world, &repeat).await, Stored::Repeat, "{sentence}");
    let found = claims(world, &account, NOW + Duration::hours(23)).await;
    let ids: Vec<_> = found.into_iter().map(|callback| callback.id).collect();
    assert_eq!(ids, [first.id], "{sentence}");
}

async fn any_difference_makes_a_new_request(world: &World<'_>) {
    let one = account(world).await;
    let other = world.account(one.tenant).await;
    let first = callback(world, &one, "{}");
    store(world, &first).await;
    let mut elsewhere = callback(world, &one, "{}");
    elsewhere.request.url.push_str("?part=2");
    let mut read = callback(world, &one, "{}");
    read.request.method = "GET".into();
    let mut others = callback(world, &other, "{}");
    others.request.url = first.request.url;
    for different in [callback(world, &one, "{ }"), elsewhere, read, others] {
        let sentence =
            "Inbox::store: the very same request of the same account is a repeat, and no other";
        assert_eq!(store(world, &different).await, Stored::New, "{sentence}");
    }
}

async fn after_a_day_it_is_new(world: &World<'_>) {
    let account = account(world).await;
    store(world, &callback(world, &account, "{}")).await;
    let mut late = callback(world, &account, "{}");
    late.request.received_at = NOW + Duration::hours(25);
    assert_eq!(
        store(world, &late).await,
        Stored::New,
        "Inbox::store: within a day is a repeat"
    );
}

/// Claims whatever is there, so that what earlier checks left behind is out of the way.
async fn drain(world: &World<'_>) {
    for _ in 0..100 {
        let claims = world.stores.inbox.claim(500, NOW, Duration::DAY);
        if claims.await.works().is_empty() {
            return;
        }
    }
    panic!("Inbox::claim: nobody else gets them before `lease` has passed");
}

async fn callbacks_are_claimed_oldest_first(world: &World<'_>) {
    let account = account(world).await;
    drain(world).await;
    let mut expected = Vec::new();
    for (body, minutes) in [("b", 5), ("a", 9), ("c", 1)] {
        let mut raw = callback(world, &account, body);
        raw.request.received_at = NOW - Duration::minutes(minutes);
        store(world, &raw).await;
        expected.push(raw.id);
    }
    let first = world.stores.inbox.claim(2, NOW, LEASE).await.works();
    let rest = world.stores.inbox.claim(2, NOW, LEASE).await.works();
    let ids = |list: &[RawCallback]| -> Vec<CallbackId> { list.iter().map(|raw| raw.id).collect() };
    let sentence = "Inbox::claim: takes up to `limit` callbacks that are not applied, oldest first";
    assert_eq!(ids(&first), [expected[1], expected[0]], "{sentence}");
    assert_eq!(ids(&rest), [expected[2]], "{sentence}");
}

async fn nobody_else_gets_what_is_held(world: &World<'_>) {
    let account = account(world).await;
    store(world, &callback(world, &account, "{}")).await;
    claims(world, &account, NOW).await;
    let others = claims(world, &account, NOW + LEASE - Duration::SECOND).await;
    assert_eq!(
        others,
        [],
        "Inbox::claim: nobody else gets them before `lease` has passed"
    );
}

async fn a_hold_that_has_run_out_is_taken_again(world: &World<'_>) {
    let account = account(world).await;
    let raw = callback(world, &account, "{}");
    store(world, &raw).await;
    claims(world, &account, NOW).await;
    let again = claims(world, &account, NOW + LEASE + Duration::SECOND).await;
    assert_eq!(
        again,
        [raw],
        "Inbox::claim: a callback that nobody finished is claimed again"
    );
}

async fn what_is_finished_is_not_claimed(world: &World<'_>) {
    let account = account(world).await;
    let (one, two) = (
        callback(world, &account, "1"),
        callback(world, &account, "2"),
    );
    store(world, &one).await;
    store(world, &two).await;
    claims(world, &account, NOW).await;
    world.stores.inbox.finish(&[one.id], NOW).await.works();
    let again = claims(world, &account, NOW + Duration::HOUR).await;
    assert_eq!(again, [two], "Inbox::finish: marks callbacks as applied");
}

async fn what_is_finished_is_still_a_repeat(world: &World<'_>) {
    let account = account(world).await;
    let raw = callback(world, &account, "{}");
    store(world, &raw).await;
    world.stores.inbox.finish(&[raw.id], NOW).await.works();
    let repeat = callback(world, &account, "{}");
    let sentence = "Inbox::store: within a day is a repeat, applied or not";
    assert_eq!(store(world, &repeat).await, Stored::Repeat, "{sentence}");
    assert_eq!(
        claims(world, &account, NOW + Duration::HOUR).await,
        [],
        "{sentence}"
    );
}

async fn put_back(
    world: &World<'_>,
    raw: &RawCallback,
    problem: &str,
    retry_at: Option<OffsetDateTime>,
) {
    let put_back = PutBack {
        callback: raw.id,
        problem: problem.into(),
        retry_at,
    };
    world.stores.inbox.put_back(&[put_back]).await.works();
}

async fn what_is_put_back_is_claimed_at_its_time(world: &World<'_>) {
    let account = account(world).await;
    let raw = callback(world, &account, "{}");
    store(world, &raw).await;
    claims(world, &account, NOW).await;
    let retry_at = NOW + Duration::seconds(30);
    put_back(world, &raw, "no such attempt yet", Some(retry_at)).await;
    let early = claims(world, &account, retry_at - Duration::SECOND).await;
    let sentence = "Inbox::put_back: to be claimed again at `retry_at`";
    assert_eq!(early, [], "{sentence}");
    let again = claims(world, &account, retry_at).await;
    assert_eq!(
        again,
        [RawCallback { failures: 1, ..raw }],
        "{sentence}, with one failure more"
    );
}

async fn what_is_given_up_is_not_claimed(world: &World<'_>) {
    let account = account(world).await;
    let raw = callback(world, &account, "{}");
    store(world, &raw).await;
    claims(world, &account, NOW).await;
    put_back(world, &raw, "unreadable", None).await;
    let sentence = "Inbox::put_back: with none it is given up and kept";
    assert_eq!(
        claims(world, &account, NOW + Duration::hours(23)).await,
        [],
        "{sentence}"
    );
    assert_eq!(
        store(world, &callback(world, &account, "{}")).await,
        Stored::Repeat,
        "{sentence}"
    );
}

async fn each_is_put_back_by_itself(world: &World<'_>) {
    let account = account(world).await;
    let callbacks = ["1", "2", "3"].map(|body| callback(world, &account, body));
    for raw in &callbacks {
        store(world, raw).await;
    }
    claims(world, &account, NOW).await;
    let instants = [NOW + Duration::MINUTE, NOW + Duration::HOUR].map(Some);
    let put_back: Vec<PutBack> = callbacks
        .iter()
        .zip(instants.into_iter().chain([None]))
        .map(|(raw, retry_at)| PutBack {
            callback: raw.id,
            problem: "no such attempt yet".into(),
            retry_at,
        })
        .collect();
    world.stores.inbox.put_back(&put_back).await.works();
    let sentence = "Inbox::put_back: each to be claimed again at its time, or given up";
    for (number, after) in [(0, Duration::MINUTE), (1, Duration::HOUR)] {
        let found = claims(world, &account, NOW + after).await;
        let ids: Vec<_> = found.iter().map(|raw| raw.id).collect();
        assert_eq!(ids, [callbacks[number].id], "{sentence}");
        world.stores.inbox.finish(&ids, NOW).await.works();
    }
    assert_eq!(
        claims(world, &account, NOW + Duration::DAY).await,
        [],
        "{sentence}"
    );
}

async fn what_is_applied_stays_so(world: &World<'_>) {
    let account = account(world).await;
    let raw = callback(world, &account, "{}");
    store(world, &raw).await;
    claims(world, &account, NOW).await;
    world.stores.inbox.finish(&[raw.id], NOW).await.works();
    put_back(world, &raw, "its holder was slow", Some(NOW)).await;
    let sentence = "Inbox::put_back: one that somebody else has applied meanwhile stays applied";
    assert_eq!(
        claims(world, &account, NOW + Duration::HOUR).await,
        [],
        "{sentence}"
    );
}

async fn a_callback_wakes_whoever_waits(world: &World<'_>) {
    let account = account(world).await;
    let seen = world.stores.inbox.wait(0, Duration::ZERO).await;
    let wait = world.stores.inbox.wait(seen, Duration::minutes(5));
    let is_woken = wakes(wait, async |turn| {
        store(world, &callback(world, &account, &turn.to_string())).await;
    });
    assert!(
        is_woken.await,
        "Inbox::wait: returns when there may be a new callback to claim"
    );
}

async fn a_wait_ends_at_its_timeout(world: &World<'_>) {
    let is_over = ends(|| {
        world
            .stores
            .inbox
            .wait(u64::MAX, Duration::milliseconds(20))
    })
    .await;
    assert!(
        is_over,
        "Inbox::wait: returns at the latest after `timeout`"
    );
}
