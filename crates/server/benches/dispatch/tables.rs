//! What is seen in our tables from outside.

use crate::{Outcome, plant, statements};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use uuid::Uuid;

/// What a message leaves behind.
const TABLES: [&str; 13] = [
    "queue",
    "messages",
    "attempts",
    "decisions",
    "callbacks",
    "inbox",
    "fingerprints",
    "idempotency",
    "marketing_sends",
    "dead_letters",
    "usage",
    "usage_costs",
    "last_inbound",
];

/// Makes what planting needs.
pub(crate) async fn prepare(connection: &mut PgConnection) -> Outcome {
    plant::prepare(connection).await
}

/// Forgets every message.
pub(crate) async fn clear(connection: &mut PgConnection) -> Outcome {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM unnest($1::text[]) name WHERE to_regclass(name) IS NOT NULL",
    )
    .bind(TABLES.map(str::to_owned).to_vec())
    .fetch_all(&mut *connection)
    .await?;
    let sql = format!("TRUNCATE {}", names.join(", "));
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await?;
    Ok(())
}

/// Before a phase: the planner knows how large the tables are, as in a database that has run for more than
/// the minute after which autovacuum looks, and statements are counted from nought.
pub(crate) async fn settle(connection: &mut PgConnection) -> Outcome {
    sqlx::raw_sql("ANALYZE").execute(&mut *connection).await?;
    statements::reset(connection).await
}

/// Whether nothing waits.
pub(crate) async fn is_queue_empty(connection: &mut PgConnection) -> Outcome<bool> {
    let sql = "SELECT NOT EXISTS (SELECT FROM queue)";
    Ok(sqlx::query_scalar(sql).fetch_one(connection).await?)
}

/// How many rows wait.
pub(crate) async fn queue_length(connection: &mut PgConnection) -> Outcome<u32> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM queue")
        .fetch_one(connection)
        .await?;
    Ok(u32::try_from(count)?)
}

/// The seconds since the first attempt was begun.
pub(crate) async fn seconds_since_first_attempt(connection: &mut PgConnection) -> Outcome<f64> {
    Ok(sqlx::query_scalar(
        "SELECT extract(epoch FROM clock_timestamp() - min(started_at))::float8 FROM attempts",
    )
    .fetch_one(connection)
    .await?)
}

/// Whether every callback is applied, and so many messages are delivered.
pub(crate) async fn is_applied(connection: &mut PgConnection, delivered: u32) -> Outcome<bool> {
    // The callbacks are few while they are waiting, the messages are many.
    Ok(sqlx::query_scalar(
        "SELECT CASE WHEN EXISTS (SELECT FROM inbox) THEN false
             ELSE (SELECT count(*) FROM messages WHERE status = 'delivered') = $1 END",
    )
    .bind(i64::from(delivered))
    .fetch_one(connection)
    .await?)
}

/// Fails unless so many messages are in `status`, each with one attempt that the provider took once.
pub(crate) async fn expect_sent_once(
    connection: &mut PgConnection,
    status: &str,
    wanted: u32,
) -> Outcome {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM messages WHERE status = $1) AS messages,
             (SELECT count(*) FROM attempts) AS attempts,
             (SELECT count(DISTINCT provider_message_id) FROM attempts) AS calls,
             (SELECT count(*) FROM queue) AS waiting",
    )
    .bind(status)
    .fetch_one(&mut *connection)
    .await?;
    let wanted = i64::from(wanted);
    for (column, wanted) in [
        ("messages", wanted),
        ("attempts", wanted),
        ("calls", wanted),
        ("waiting", 0),
    ] {
        let found: i64 = row.try_get(column)?;
        if found != wanted {
            let statuses = statuses(connection).await?;
            return Err(format!("{column}: {found} instead of {wanted} ({statuses})").into());
        }
    }
    Ok(())
}

/// Fails if a decision was stored at dispatch although nothing had changed since acceptance: such a one is a reference.
pub(crate) async fn expect_decided_once(connection: &mut PgConnection) -> Outcome {
    let again: i64 = sqlx::query_scalar("SELECT count(*) FROM decisions WHERE stage = 'dispatch'")
        .fetch_one(connection)
        .await?;
    if again > 0 {
        return Err(format!("{again} decisions were stored twice").into());
    }
    Ok(())
}

/// How many messages there are in each status, for people.
pub(crate) async fn statuses(connection: &mut PgConnection) -> Outcome<String> {
    Ok(sqlx::query_scalar(
        "SELECT coalesce(string_agg(number || ' ' || status, ', '), 'no messages')
         FROM (SELECT status, count(*) AS number FROM messages GROUP BY status) AS counted",
    )
    .fetch_one(connection)
    .await?)
}

/// The tenant's contacts.
pub(crate) async fn contacts(connection: &mut PgConnection, tenant: Uuid) -> Outcome<Vec<Uuid>> {
    let sql = "SELECT id FROM contacts WHERE tenant_id = $1 ORDER BY id";
    Ok(sqlx::query_scalar(sql)
        .bind(tenant)
        .fetch_all(connection)
        .await?)
}
