//! Claim and insert attempts; close attempts, update messages, delete from the queue: two statements and
//! commits a batch, on a message table of realistic width.

use super::{CONNECTIONS, all, connections};
use crate::{Outcome, database::Database, figures::rate};
use sqlx::{PgConnection, Row};
use std::time::Instant;
use uuid::Uuid;

/// Makes the tables. About 600 bytes a message, and four indexes beside the key; none of them on what
/// changes, and room in each page, so that an update need not touch them.
pub(crate) async fn create(connection: &mut PgConnection) -> Outcome {
    sqlx::raw_sql(
        "CREATE SCHEMA IF NOT EXISTS raw;
         CREATE TABLE raw.message (
             id uuid PRIMARY KEY, tenant_id uuid NOT NULL, contact_id uuid NOT NULL,
             channel text NOT NULL, purpose text NOT NULL, status text NOT NULL,
             status_at timestamptz NOT NULL, to_address text NOT NULL, body text NOT NULL,
             context_type text NOT NULL, context_id text NOT NULL, request_key text NOT NULL,
             created_at timestamptz NOT NULL
         ) WITH (fillfactor = 85);
         CREATE INDEX ON raw.message (tenant_id, contact_id, id);
         CREATE INDEX ON raw.message (tenant_id, context_type, context_id);
         CREATE INDEX ON raw.message (tenant_id, created_at);
         CREATE UNIQUE INDEX ON raw.message (tenant_id, request_key);
         CREATE TABLE raw.queue (id uuid PRIMARY KEY, due_at timestamptz NOT NULL, lease timestamptz)
             WITH (fillfactor = 50);
         CREATE INDEX ON raw.queue (due_at, id);
         CREATE TABLE raw.attempt (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id uuid NOT NULL,
             started_at timestamptz NOT NULL, outcome text, provider_message_id text);",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Messages per second from a full queue to sent, of so many at this batch.
pub(crate) async fn dispatch(database: &Database, messages: u32, batch: u16) -> Outcome<f64> {
    let mut own = database.connect().await?;
    sqlx::raw_sql("TRUNCATE raw.message, raw.queue, raw.attempt")
        .execute(&mut own)
        .await?;
    sqlx::query(
        "WITH added AS (
             INSERT INTO raw.message
             SELECT bench.id((extract(epoch FROM now()) * 1000)::bigint, 0, n),
                 bench.id(1, 0, 1), bench.id(2, 0, n % 2000), 'sms', 'transactional', 'queued', now(),
                 '+12025550100', repeat(md5(n::text), 10), 'order', 'order-' || n, 'key-' || n, now()
             FROM generate_series(1, $1::bigint) n
             RETURNING id)
         INSERT INTO raw.queue SELECT id, now() FROM added",
    )
    .bind(i64::from(messages))
    .execute(&mut own)
    .await?;
    sqlx::raw_sql("ANALYZE raw.message; ANALYZE raw.queue")
        .execute(&mut own)
        .await?;
    let ready = connections(database, CONNECTIONS).await?;
    let start = Instant::now();
    let done = all(ready, |connection| dispatch_with(connection, batch)).await?;
    let per_second = rate(done, start.elapsed());
    if done == messages {
        Ok(per_second)
    } else {
        Err(format!("the raw baseline sent {done} of {messages}").into())
    }
}

async fn dispatch_with(mut connection: PgConnection, batch: u16) -> Outcome<u32> {
    let mut done = 0;
    loop {
        let claimed = sqlx::query(
            "WITH held AS (
                 UPDATE raw.queue SET lease = now() + interval '1 minute'
                 WHERE ctid = ANY(ARRAY(
                     SELECT ctid FROM raw.queue WHERE lease IS NULL ORDER BY due_at, id LIMIT $1
                     FOR UPDATE SKIP LOCKED))
                 RETURNING id)
             INSERT INTO raw.attempt (message_id, started_at) SELECT id, now() FROM held
             RETURNING id, message_id",
        )
        .bind(i64::from(batch))
        .fetch_all(&mut connection)
        .await?;
        if claimed.is_empty() {
            return Ok(done);
        }
        let attempts: Vec<i64> = claimed
            .iter()
            .map(|row| row.try_get("id"))
            .collect::<Result<_, _>>()?;
        let messages: Vec<Uuid> = claimed
            .iter()
            .map(|row| row.try_get("message_id"))
            .collect::<Result<_, _>>()?;
        sqlx::query(
            "WITH closed AS (
                 UPDATE raw.attempt SET outcome = 'accepted', provider_message_id = 'SM' || id
                 WHERE id = ANY($1)
             ), left_queue AS (
                 DELETE FROM raw.queue WHERE id = ANY($2)
             )
             UPDATE raw.message SET status = 'sent', status_at = now() WHERE id = ANY($2)",
        )
        .bind(attempts)
        .bind(&messages)
        .execute(&mut connection)
        .await?;
        done += u32::try_from(messages.len())?;
    }
}
