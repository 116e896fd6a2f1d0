//! Two transactions that wait for each other, of which PostgreSQL ends one.

use super::{
    given_up::{WAITING, await_connections, chunk_of_one},
    *,
};
use sqlx::AssertSqlSafe;

/// Has `storing` wait in a circle once: it has the tenant's lock of intake, and somebody else waits for that who
/// keeps what it counts in. Whoever waits first looks for circles first, and is the one that is ended. (Should
/// this machine stand still for a second, it may be the other one, and nothing is shown.)
async fn in_a_circle<T>(db: &TestDb, tenant: TenantId, storing: impl Future<Output = T>) -> T {
    let mut other = PgConnection::connect(db.url()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE usage IN SHARE MODE")
        .execute(&mut other)
        .await
        .unwrap();
    let mut watching = PgConnection::connect(db.url()).await.unwrap();
    let circle = async {
        await_connections(&mut watching, WAITING, 1).await;
        let end = format!(
            "SELECT pg_advisory_xact_lock(hashtextextended('{}', 11)); COMMIT",
            tenant.uuid()
        );
        sqlx::raw_sql(AssertSqlSafe(end)).execute(&mut other).await
    };
    let (stored, circle) = tokio::join!(storing, circle);
    if let Err(error) = circle {
        let problem = error.as_database_error().unwrap();
        assert_eq!(problem.code().as_deref(), Some("40P01"), "{error}");
    }
    stored
}

#[tokio::test]
async fn a_message_whose_intake_is_ended_by_a_deadlock_is_taken_in_all_the_same() {
    let Scene { db, contact, .. } = somebody().await;
    let store = db.connect(Role::Api).await.unwrap();
    let new = new_message(&contact, 1);
    let accepted = in_a_circle(&db, contact.tenant, store.accept(&new, None)).await;
    accepted.unwrap();
    let found = Messages::get(&store, contact.tenant, new.message.id).await;
    assert_eq!(found.unwrap().unwrap().message, new.message);
}

#[tokio::test]
async fn a_chunk_that_is_ended_by_a_deadlock_is_stored_all_the_same() {
    let Scene { db, contact, .. } = somebody().await;
    let store = db.connect(Role::Api).await.unwrap();
    let chunk = chunk_of_one(&contact, 1);
    let storing = store.accept_many(contact.tenant, &chunk);
    let report = in_a_circle(&db, contact.tenant, storing).await.unwrap();
    assert_eq!(report.accepted, 1);
}
