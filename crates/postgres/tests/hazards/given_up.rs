//! Transactions that are given up in their beginning, while they wait for an erasure.

use super::*;

/// In which state a connection waits for a lock.
pub(super) const WAITING: &str = "wait_event_type = 'Lock'";

/// Keeps intake of a tenant out, as an erasure does.
async fn keep_out(db: &TestDb, tenant: TenantId) -> PgConnection {
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    sqlx::query("SELECT pg_advisory_lock(hashtextextended($1::text, 11))")
        .bind(tenant.uuid())
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

pub(super) fn chunk_of_one(contact: &Contact, number: u32) -> Chunk {
    Chunk {
        batch: BatchId::from_uuid(fixtures::uuid(84, 9)),
        key: ChunkKey { number, round: 0 },
        messages: vec![(0, new_message(contact, 500 + u64::from(number)))],
        report: ChunkReport::default(),
        at: NOW,
    }
}

/// Waits until so many connections of the programs are in a state.
pub(super) async fn await_connections(connection: &mut PgConnection, condition: &str, wanted: i64) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}"
    );
    for _ in 0..500 {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.as_str()))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        if count == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("not {wanted} connections with {condition}");
}

#[tokio::test]
async fn nobody_gets_a_connection_whose_transaction_was_given_up_in_its_beginning() {
    let Scene { db, contact, .. } = somebody().await;
    let store = db.connect(Role::Api).await.unwrap();
    let mut erasing = keep_out(&db, contact.tenant).await;
    let chunk = chunk_of_one(&contact, 0);
    {
        let taking = store.accept_many(contact.tenant, &chunk);
        tokio::pin!(taking);
        tokio::select! {
            _ = &mut taking => panic!("it went past the lock"),
            () = await_connections(&mut erasing, WAITING, 1) => {}
        }
        // Here whoever asked goes away.
    }
    sqlx::query("SELECT pg_advisory_unlock_all()")
        .execute(&mut erasing)
        .await
        .unwrap();
    await_connections(&mut erasing, "state LIKE 'idle in transaction%'", 0).await;
    await_connections(&mut erasing, WAITING, 0).await;
    let report = store.accept_many(contact.tenant, &chunk).await.unwrap();
    assert_eq!(report.accepted, 1);
}

#[tokio::test]
async fn a_transaction_that_fails_in_its_beginning_fails_alone() {
    let Scene { db, contact, .. } = somebody().await;
    let store = db.connect(Role::Api).await.unwrap();
    let mut erasing = keep_out(&db, contact.tenant).await;
    let chunk = chunk_of_one(&contact, 1);
    let (stored, ()) = tokio::join!(store.accept_many(contact.tenant, &chunk), async {
        await_connections(&mut erasing, WAITING, 1).await;
        let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sqlx::query(sql).execute(&mut erasing).await.unwrap();
    });
    stored.unwrap_err();
    sqlx::query("SELECT pg_advisory_unlock_all()")
        .execute(&mut erasing)
        .await
        .unwrap();
    // As often as there may be connections.
    for number in 2..12 {
        let chunk = chunk_of_one(&contact, number);
        let report = store.accept_many(contact.tenant, &chunk).await.unwrap();
        assert_eq!(report.accepted, 1);
    }
}
