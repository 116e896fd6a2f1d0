//! What PostgreSQL does alone: the least that a durable pipeline must ask of it, on narrow tables.

use crate::{Outcome, database::Database};
use sqlx::{PgConnection, Row};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};
use tokio::task::JoinSet;

/// How many rows are claimed at once, as the worker does.
const BATCH: i64 = 100;
/// How many connections claim.
const CLAIMERS: u32 = 2;

/// Makes the tables.
pub(crate) async fn create(connection: &mut PgConnection) -> Outcome {
    sqlx::raw_sql(
        "CREATE SCHEMA raw;
         CREATE TABLE raw.accepted (
             id bigint PRIMARY KEY, body text NOT NULL, created_at timestamptz NOT NULL);
         CREATE TABLE raw.message (
             id bigint PRIMARY KEY, status text NOT NULL, status_at timestamptz NOT NULL);
         CREATE TABLE raw.queue (id bigint PRIMARY KEY, due_at timestamptz NOT NULL);
         CREATE INDEX ON raw.queue (due_at, id);
         CREATE TABLE raw.attempt (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id bigint NOT NULL,
             started_at timestamptz NOT NULL, outcome text);",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Rows per second of one INSERT and commit each, over `connections` connections.
pub(crate) async fn accept(database: &Database, rows: u32, connections: u32) -> Outcome<f64> {
    let mut own = database.connect().await?;
    sqlx::raw_sql("TRUNCATE raw.accepted")
        .execute(&mut own)
        .await?;
    let next = Arc::new(AtomicU32::new(0));
    let mut ready = Vec::new();
    for _ in 0..connections {
        ready.push(database.connect().await?);
    }
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for mut connection in ready {
        let next = next.clone();
        tasks.spawn(async move {
            loop {
                let id = next.fetch_add(1, Ordering::Relaxed);
                if id >= rows {
                    return Outcome::Ok(());
                }
                sqlx::query("INSERT INTO raw.accepted VALUES ($1, $2, now())")
                    .bind(i64::from(id))
                    .bind("Your order is ready. Reply STOP to end.")
                    .execute(&mut connection)
                    .await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(f64::from(rows) / start.elapsed().as_secs_f64())
}

/// Rows per second from queue to finished, in batches: claimed with SKIP LOCKED and given an attempt
/// in one statement and commit; closed, marked as sent and taken from the queue in a second.
pub(crate) async fn dispatch(database: &Database, rows: u32) -> Outcome<f64> {
    let mut own = database.connect().await?;
    sqlx::raw_sql("TRUNCATE raw.message, raw.queue, raw.attempt")
        .execute(&mut own)
        .await?;
    sqlx::query(
        "WITH message AS (
             INSERT INTO raw.message SELECT n, 'queued', now() FROM generate_series(1, $1) n
             RETURNING id)
         INSERT INTO raw.queue SELECT id, now() FROM message",
    )
    .bind(i64::from(rows))
    .execute(&mut own)
    .await?;
    let mut ready = Vec::new();
    for _ in 0..CLAIMERS {
        ready.push(database.connect().await?);
    }
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for connection in ready {
        tasks.spawn(claim_all(connection));
    }
    let mut finished = 0;
    while let Some(done) = tasks.join_next().await {
        finished += done??;
    }
    let rate = f64::from(rows) / start.elapsed().as_secs_f64();
    if finished == usize::try_from(rows)? {
        Ok(rate)
    } else {
        Err(format!("the raw baseline finished {finished} of {rows} rows").into())
    }
}

async fn claim_all(mut connection: PgConnection) -> Outcome<usize> {
    let mut finished = 0;
    loop {
        let claimed = sqlx::query(
            "WITH due AS (
                 SELECT id FROM raw.queue WHERE due_at <= now() ORDER BY due_at, id LIMIT $1
                 FOR UPDATE SKIP LOCKED
             ), held AS (
                 UPDATE raw.queue q SET due_at = now() + interval '1 minute' FROM due
                 WHERE q.id = due.id RETURNING q.id
             )
             INSERT INTO raw.attempt (message_id, started_at) SELECT id, now() FROM held
             RETURNING id, message_id",
        )
        .bind(BATCH)
        .fetch_all(&mut connection)
        .await?;
        if claimed.is_empty() {
            return Ok(finished);
        }
        let column = |name| -> Outcome<Vec<i64>> {
            claimed.iter().map(|row| Ok(row.try_get(name)?)).collect()
        };
        sqlx::query(
            "WITH closed AS (
                 UPDATE raw.attempt SET outcome = 'accepted' WHERE id = ANY($1)
             ), left_queue AS (
                 DELETE FROM raw.queue WHERE id = ANY($2)
             )
             UPDATE raw.message SET status = 'sent', status_at = now() WHERE id = ANY($2)",
        )
        .bind(column("id")?)
        .bind(column("message_id")?)
        .execute(&mut connection)
        .await?;
        finished += claimed.len();
    }
}
