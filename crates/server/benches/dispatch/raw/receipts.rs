//! Callbacks of realistic width stored in batches, and nothing else.

use super::{CONNECTIONS, all, connections};
use crate::{Outcome, database::Database, figures::rate};
use sqlx::PgConnection;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};
use uuid::Uuid;

/// Makes the table.
pub(crate) async fn create(connection: &mut PgConnection) -> Outcome {
    sqlx::raw_sql(
        "CREATE SCHEMA IF NOT EXISTS raw;
         CREATE TABLE raw.callback (
             id uuid PRIMARY KEY, tenant_id uuid NOT NULL, account_id uuid NOT NULL,
             url text NOT NULL, headers jsonb NOT NULL, body bytea NOT NULL, fingerprint bytea NOT NULL,
             received_at timestamptz NOT NULL, due_at timestamptz);
         CREATE INDEX ON raw.callback (fingerprint, received_at);
         CREATE INDEX ON raw.callback (due_at) WHERE due_at IS NOT NULL;",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores so many, `batch` in each statement and commit; rows per second.
pub(crate) async fn store(database: &Database, rows: u32, batch: u32) -> Outcome<f64> {
    let mut own = database.connect().await?;
    sqlx::raw_sql("TRUNCATE raw.callback")
        .execute(&mut own)
        .await?;
    let ready = connections(database, CONNECTIONS).await?;
    let next = Arc::new(AtomicU32::new(0));
    let start = Instant::now();
    let done = all(ready, |connection| {
        store_with(connection, next.clone(), rows, batch)
    })
    .await?;
    Ok(rate(done, start.elapsed()))
}

async fn store_with(
    mut connection: PgConnection,
    next: Arc<AtomicU32>,
    rows: u32,
    batch: u32,
) -> Outcome<u32> {
    let mut done = 0;
    loop {
        let first = next.fetch_add(batch, Ordering::Relaxed);
        if first >= rows {
            return Ok(done);
        }
        let numbers: Vec<u32> = (first..rows.min(first + batch)).collect();
        let ids: Vec<Uuid> = numbers
            .iter()
            .map(|number| Uuid::from_u128(u128::from(*number)))
            .collect();
        let urls = vec![URL.to_owned(); numbers.len()];
        let headers = vec![HEADERS.to_owned(); numbers.len()];
        let bodies: Vec<Vec<u8>> = numbers
            .iter()
            .map(|number| format!("{BODY}{number:032x}").into_bytes())
            .collect();
        let fingerprints: Vec<Vec<u8>> = numbers
            .iter()
            .map(|number| [u128::from(*number).to_be_bytes(); 2].concat())
            .collect();
        sqlx::query(
            "INSERT INTO raw.callback
             SELECT id, bench.id(1, 0, 1), bench.id(2, 0, 2), url, headers::jsonb, body, fingerprint,
                 now(), now()
             FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[])
                 AS c (id, url, headers, body, fingerprint)",
        )
        .bind(&ids)
        .bind(&urls)
        .bind(&headers)
        .bind(&bodies)
        .bind(&fingerprints)
        .execute(&mut connection)
        .await?;
        done += u32::try_from(numbers.len())?;
    }
}

const URL: &str = "http://127.0.0.1:4000/callbacks/twilio/0123456789012345678901234567890123456789012\
    ?att=att_01h2xcejqtf2nbrexx3vqjhp41";
const HEADERS: &str = r#"[["host","127.0.0.1:4000"],["content-type","application/x-www-form-urlencoded"],
    ["x-twilio-signature","RSOYDt4T1cUTdK1PDd93/VVr8B8="],["content-length","180"]]"#;
const BODY: &str = "AccountSid=AC00000000000000000000000000000001&From=%2B12025550199&To=%2B12025550100\
    &MessageStatus=delivered&MessageSid=SM";
