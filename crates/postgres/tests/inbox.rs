//! What only a real database can get wrong about callbacks: repeats at the same instant, batches in which one
//! cannot be stored or read, and processes that die in the middle.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use tidings_conformance::fixtures::{self, NOW};
use tidings_kernel::{AccountId, CallbackId, StoreError, TenantId};
use tidings_messaging::{CallbackRequest, Inbox, PutBack, RawCallback, Stored};
use tidings_postgres::{Postgres, Role, test_db::TestDb};
use time::{Duration, OffsetDateTime, macros::datetime};
use tokio::task::JoinSet;

/// How long a hold lasts.
const LEASE: Duration = Duration::MINUTE;

struct Scene {
    db: TestDb,
    api: Arc<Postgres>,
    worker: Arc<Postgres>,
}

async fn scene() -> Scene {
    let db = TestDb::fresh().await.unwrap();
    Scene {
        api: Arc::new(db.connect(Role::Api).await.unwrap()),
        worker: Arc::new(db.connect(Role::Worker).await.unwrap()),
        db,
    }
}

fn callback(number: u64, body: impl Into<Bytes>) -> RawCallback {
    RawCallback {
        id: CallbackId::from_uuid(fixtures::uuid(90, number)),
        tenant: TenantId::from_uuid(fixtures::uuid(91, 1)),
        account: AccountId::from_uuid(fixtures::uuid(92, 1)),
        provider: "simulator".into(),
        request: CallbackRequest {
            method: "POST".into(),
            url: "https://example.com/callbacks/simulator/token".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.into(),
            received_at: NOW,
        },
        failures: 0,
    }
}

fn at(received_at: OffsetDateTime, mut callback: RawCallback) -> RawCallback {
    callback.request.received_at = received_at;
    callback
}

/// Stores them all at the same time, each through one of the stores in turn.
async fn store_together(
    stores: &[&Arc<Postgres>],
    callbacks: &[RawCallback],
) -> Vec<(CallbackId, Result<Stored, StoreError>)> {
    let mut tasks = JoinSet::new();
    for (callback, store) in callbacks.iter().zip(stores.iter().cycle()) {
        let (callback, store) = (callback.clone(), Arc::clone(store));
        tasks.spawn(async move { (callback.id, store.store(&callback).await) });
    }
    tasks.join_all().await
}

async fn claimed(store: &Postgres, now: OffsetDateTime) -> Vec<CallbackId> {
    let claimed = store.claim(1_000, now, LEASE).await.unwrap();
    claimed.iter().map(|callback| callback.id).collect()
}

async fn count(connection: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn of_repeats_at_the_same_instant_one_is_stored() {
    let Scene { db, api, worker } = scene().await;
    // Another process, with batches of its own.
    let other = Arc::new(db.connect(Role::Api).await.unwrap());
    let callbacks: Vec<RawCallback> = (0..240)
        .map(|number| callback(number, format!("{}", number % 20)))
        .collect();
    let outcomes = store_together(&[&api, &other], &callbacks).await;
    let mut new: Vec<CallbackId> = outcomes
        .into_iter()
        .filter(|(_, outcome)| *outcome.as_ref().unwrap() == Stored::New)
        .map(|(id, _)| id)
        .collect();
    let mut found = claimed(&worker, NOW).await;
    new.sort_unstable();
    found.sort_unstable();
    assert_eq!(new.len(), 20);
    assert_eq!(
        found, new,
        "what is called new waits, and nothing else does"
    );
}

#[tokio::test]
async fn callbacks_of_many_tenants_are_stored_together() {
    let Scene { db, api, worker } = scene().await;
    let callbacks: Vec<RawCallback> = (0..60)
        .map(|number| RawCallback {
            tenant: TenantId::from_uuid(fixtures::uuid(91, number % 6)),
            account: AccountId::from_uuid(fixtures::uuid(92, number % 6)),
            ..callback(number, "{}")
        })
        .collect();
    let outcomes = store_together(&[&api], &callbacks).await;
    let new = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Ok(Stored::New)));
    assert_eq!(new.count(), 6, "one for each account");
    let claimed = worker.claim(1_000, NOW, LEASE).await.unwrap();
    for callback in &claimed {
        assert_eq!(
            callback.tenant.uuid().as_u128() & 7,
            callback.account.uuid().as_u128() & 7
        );
    }
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    let strangers = "SELECT count(*) FROM inbox i JOIN callbacks c ON c.id = i.callback_id
         JOIN fingerprints f ON f.tenant_id = c.tenant_id WHERE i.tenant_id = c.tenant_id";
    assert_eq!(count(&mut connection, strangers).await, 6);
}

#[tokio::test]
async fn a_day_is_counted_across_midnight() {
    let Scene { api, .. } = scene().await;
    let evening = datetime!(2026-07-15 23:59:59.999999 UTC);
    let known = at(evening, callback(1, "{}"));
    assert_eq!(api.store(&known).await.unwrap(), Stored::New);
    let cases = [
        (2, evening + Duration::MICROSECOND, Stored::Repeat),
        (
            3,
            evening + Duration::DAY - Duration::MICROSECOND,
            Stored::Repeat,
        ),
        // A process whose clock is behind.
        (
            4,
            evening - Duration::DAY + Duration::MICROSECOND,
            Stored::Repeat,
        ),
        (5, evening - Duration::DAY, Stored::New),
        (6, evening + Duration::DAY, Stored::New),
        (7, evening + Duration::days(2), Stored::New),
        // The slot of days is used again.
        (8, evening + Duration::days(4), Stored::New),
        (9, evening + Duration::days(4), Stored::Repeat),
    ];
    for (number, received_at, expected) in cases {
        let stored = api.store(&at(received_at, callback(number, "{}"))).await;
        assert_eq!(stored.unwrap(), expected, "{number}");
    }
}

#[tokio::test]
async fn instants_far_apart_in_one_batch_are_told_apart() {
    let Scene { api, .. } = scene().await;
    let callbacks: Vec<RawCallback> = (0..30)
        .map(|number| {
            let days = i64::try_from(number % 3).unwrap();
            at(NOW + Duration::days(days), callback(number, "{}"))
        })
        .collect();
    let outcomes = store_together(&[&api], &callbacks).await;
    let new = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Ok(Stored::New)));
    assert_eq!(new.count(), 3, "one for each day");
}

#[tokio::test]
async fn one_that_cannot_be_stored_leaves_the_others_alone() {
    let Scene { api, worker, .. } = scene().await;
    api.store(&callback(0, "the first with this id"))
        .await
        .unwrap();
    let mut callbacks: Vec<RawCallback> = (0..40)
        .map(|number| callback(number, format!("{number}")))
        .collect();
    callbacks.push(RawCallback {
        provider: "with\0nul".into(),
        ..callback(41, "41")
    });
    let outcomes = store_together(&[&api], &callbacks).await;
    let mut failed: Vec<CallbackId> = outcomes
        .into_iter()
        .filter(|(_, outcome)| outcome.is_err())
        .map(|(id, _)| id)
        .collect();
    failed.sort_unstable();
    assert_eq!(failed, [callbacks[0].id, callbacks[40].id]);
    assert_eq!(claimed(&worker, NOW).await.len(), 40);
}

#[tokio::test]
async fn a_store_that_is_cut_off_leaves_nothing_behind() {
    let Scene { db, api, worker } = scene().await;
    let raw = callback(1, "{}");
    // Somebody is about to store the same request, so that this one waits in the middle of its transaction.
    let mut admin = PgConnection::connect(db.url()).await.unwrap();
    let mut others = PgConnection::connect(db.url()).await.unwrap();
    assert_eq!(api.store(&raw).await.unwrap(), Stored::New);
    sqlx::raw_sql("DELETE FROM inbox; DELETE FROM callbacks; ")
        .execute(&mut admin)
        .await
        .unwrap();
    let mut other = others.begin().await.unwrap();
    sqlx::raw_sql("CREATE TEMP TABLE same AS SELECT * FROM fingerprints")
        .execute(&mut *other)
        .await
        .unwrap();
    sqlx::raw_sql("DELETE FROM fingerprints")
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::raw_sql("INSERT INTO fingerprints SELECT * FROM same")
        .execute(&mut *other)
        .await
        .unwrap();
    let storing = tokio::spawn({
        let (api, raw) = (api.clone(), raw.clone());
        async move { api.store(&raw).await }
    });
    loop {
        let cut = count(
            &mut admin,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        if cut.await > 0 || storing.is_finished() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let cut_off = storing.await.unwrap();
    assert!(
        matches!(cut_off, Err(StoreError::Unavailable(_))),
        "{cut_off:?}"
    );
    other.rollback().await.unwrap();
    assert_eq!(claimed(&worker, NOW).await, []);
    // The provider sends it again.
    assert_eq!(api.store(&raw).await.unwrap(), Stored::New);
    assert_eq!(claimed(&worker, NOW).await, [raw.id]);
}

#[tokio::test]
async fn what_a_dead_worker_held_is_applied_by_another() {
    let Scene { db, api, worker } = scene().await;
    for number in 0..10 {
        api.store(&callback(number, format!("{number}")))
            .await
            .unwrap();
    }
    let held = claimed(&worker, NOW).await;
    let another = db.connect(Role::Worker).await.unwrap();
    assert_eq!(claimed(&another, NOW + LEASE - Duration::SECOND).await, []);
    let again = claimed(&another, NOW + LEASE).await;
    assert_eq!(again, held);
    another.finish(&again, NOW).await.unwrap();
    // The dead one was only slow.
    worker.finish(&held, NOW).await.unwrap();
    let late = PutBack {
        callback: held[0],
        problem: "too late".into(),
        retry_at: None,
    };
    worker.put_back(&[late]).await.unwrap();
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    let marked = "SELECT count(*) FROM callbacks WHERE problem IS NOT NULL";
    assert_eq!(count(&mut connection, marked).await, 0);
    let kept = "SELECT count(*) FROM callbacks";
    assert_eq!(count(&mut connection, kept).await, 10);
    assert_eq!(
        count(&mut connection, "SELECT count(*) FROM inbox").await,
        0
    );
}

#[tokio::test]
async fn large_bodies_come_whole_and_a_few_at_a_time() {
    let Scene { api, worker, .. } = scene().await;
    let callbacks: Vec<RawCallback> = (0..5_u8)
        .map(|number| callback(number.into(), vec![number; 5 << 20]))
        .collect();
    for (_, outcome) in store_together(&[&api], &callbacks).await {
        assert_eq!(outcome.unwrap(), Stored::New);
    }
    let mut found = Vec::new();
    for _ in 0..5 {
        let claimed = worker.claim(500, NOW, LEASE).await.unwrap();
        assert_eq!(claimed.len(), 1, "as much as a worker can bear");
        found.extend(claimed);
    }
    assert_eq!(found, callbacks);
}

#[tokio::test]
async fn one_that_cannot_be_read_leaves_the_others_alone() {
    let Scene { db, api, worker } = scene().await;
    for number in 0..3 {
        api.store(&callback(number, format!("{number}")))
            .await
            .unwrap();
    }
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    for (sql, number) in [
        ("UPDATE callbacks SET headers = '7' WHERE id = $1", 0),
        ("DELETE FROM callbacks WHERE id = $1", 1),
    ] {
        sqlx::query(sql)
            .bind(fixtures::uuid(90, number))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    assert_eq!(claimed(&worker, NOW).await, [callback(2, "").id]);
    assert_eq!(
        claimed(&worker, NOW + Duration::HOUR).await,
        [callback(2, "").id],
        "what cannot be read is given up"
    );
    let problem: String =
        sqlx::query_scalar("SELECT problem FROM callbacks WHERE problem IS NOT NULL")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    let place = format!("callbacks.headers of {}", fixtures::uuid(90, 0));
    assert!(problem.contains(&place), "{problem}");
}

#[tokio::test]
async fn fingerprints_are_forgotten_when_no_repeat_can_come() {
    let Scene { db, api, .. } = scene().await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    for days in 0..4 {
        let number = u64::try_from(days).unwrap();
        let raw = at(NOW + Duration::days(days), callback(number, "{}"));
        assert_eq!(api.store(&raw).await.unwrap(), Stored::New);
    }
    let kept = "SELECT count(*) FROM fingerprints";
    for (days, left) in [(0, 3), (1, 2), (2, 1), (3, 0)] {
        // On the second day after it nothing can repeat what came on the first.
        sqlx::query("SELECT forget_fingerprints($1)")
            .bind(NOW + Duration::days(days + 2))
            .execute(&mut connection)
            .await
            .unwrap();
        assert_eq!(count(&mut connection, kept).await, left, "day {days}");
    }
}
