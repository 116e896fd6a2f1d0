//! A narrow table from which two connections claim with SKIP LOCKED, and from which they delete later.

use super::{CONNECTIONS, all, connections};
use crate::{Outcome, database::Database, figures::rate};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgListener};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::timeout;
use uuid::Uuid;

/// How long a notice may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the table and its claim are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As well as we can: an index in the order of the claim that a claim does not touch, with room in each
    /// page for what is claimed; rows that are locked are found by their place in the table.
    Best,
    /// As most people do: an index of the rows that wait, in the order of the claim, and everything by id.
    Plain,
}

impl Form {
    const fn table(self) -> &'static str {
        match self {
            Self::Best => "raw.best",
            Self::Plain => "raw.plain",
        }
    }

    const fn claim(self) -> &'static str {
        match self {
            Self::Best => {
                "UPDATE raw.best SET lease = now() + interval '1 minute'
                 WHERE ctid = ANY(ARRAY(
                     SELECT ctid FROM raw.best WHERE lease IS NULL ORDER BY due_at, id LIMIT $1
                     FOR UPDATE SKIP LOCKED))
                 RETURNING id"
            }
            Self::Plain => {
                "WITH due AS (
                     SELECT id FROM raw.plain WHERE lease IS NULL ORDER BY due_at, id LIMIT $1
                     FOR UPDATE SKIP LOCKED)
                 UPDATE raw.plain p SET lease = now() + interval '1 minute' FROM due
                 WHERE p.id = due.id RETURNING p.id"
            }
        }
    }

    const fn delete(self) -> &'static str {
        match self {
            Self::Best => "DELETE FROM raw.best WHERE id = ANY($1)",
            Self::Plain => "DELETE FROM raw.plain WHERE id = ANY($1)",
        }
    }
}

/// Makes the tables.
pub(crate) async fn create(connection: &mut PgConnection) -> Outcome {
    sqlx::raw_sql(
        "CREATE SCHEMA IF NOT EXISTS raw;
         CREATE TABLE raw.best (id uuid PRIMARY KEY, due_at timestamptz NOT NULL, lease timestamptz)
             WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
         CREATE INDEX ON raw.best (due_at, id);
         CREATE TABLE raw.plain (id uuid PRIMARY KEY, due_at timestamptz NOT NULL, lease timestamptz)
             WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
         CREATE INDEX ON raw.plain (due_at, id) WHERE lease IS NULL;",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes as many rows wait as are wanted.
pub(crate) async fn fill(connection: &mut PgConnection, form: Form, wanted: u32) -> Outcome {
    let table = form.table();
    let count = format!("SELECT count(*) FROM {table}");
    let there: i64 = sqlx::query_scalar(AssertSqlSafe(count))
        .fetch_one(&mut *connection)
        .await?;
    let insert = format!(
        "INSERT INTO {table} (id, due_at)
         SELECT bench.id((extract(epoch FROM now()) * 1000)::bigint, 0, n),
             now() - interval '1 hour' + n * interval '1 microsecond'
         FROM generate_series(1, $1::bigint) n"
    );
    sqlx::query(AssertSqlSafe(insert))
        .bind(i64::from(wanted) - there)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE {table}")))
        .execute(connection)
        .await?;
    Ok(())
}

/// Claims and deletes about so many rows; rows per second.
pub(crate) async fn drain(database: &Database, form: Form, rows: u32, batch: u16) -> Outcome<f64> {
    let ready = connections(database, CONNECTIONS).await?;
    let taken = Arc::new(AtomicU32::new(0));
    let start = Instant::now();
    let done = all(ready, |connection| {
        drain_with(connection, form, taken.clone(), rows, batch)
    })
    .await?;
    Ok(rate(done, start.elapsed()))
}

async fn drain_with(
    mut connection: PgConnection,
    form: Form,
    taken: Arc<AtomicU32>,
    rows: u32,
    batch: u16,
) -> Outcome<u32> {
    let mut done = 0;
    while taken.fetch_add(u32::from(batch), Ordering::Relaxed) < rows {
        let ids: Vec<Uuid> = sqlx::query_scalar(form.claim())
            .bind(i64::from(batch))
            .fetch_all(&mut connection)
            .await?;
        sqlx::query(form.delete())
            .bind(&ids)
            .execute(&mut connection)
            .await?;
        done += u32::try_from(ids.len())?;
    }
    Ok(done)
}

/// The times from before enqueuing to a start, with NOTIFY in the transaction that enqueues.
pub(crate) async fn idle(database: &Database, count: u32) -> Outcome<Vec<Duration>> {
    let mut own = database.connect().await?;
    sqlx::raw_sql("TRUNCATE raw.best").execute(&mut own).await?;
    let mut listener = PgListener::connect(database.url()).await?;
    listener.listen("raw_best").await?;
    let mut claiming = database.connect().await?;
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        sqlx::query(
            "WITH added AS (
                 INSERT INTO raw.best (id, due_at) VALUES (gen_random_uuid(), now()) RETURNING id)
             SELECT pg_notify('raw_best', '') FROM added",
        )
        .execute(&mut own)
        .await?;
        timeout(PATIENCE, listener.recv()).await??;
        let ids: Vec<Uuid> = sqlx::query_scalar(Form::Best.claim())
            .bind(1_i64)
            .fetch_all(&mut claiming)
            .await?;
        times.push(start.elapsed());
        sqlx::query(Form::Best.delete())
            .bind(&ids)
            .execute(&mut claiming)
            .await?;
    }
    claiming.close().await?;
    Ok(times)
}
