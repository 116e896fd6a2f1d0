//! What PostgreSQL, or a bare program on it, does alone: the least that a durable engine must ask of it.

pub(crate) mod bare;
pub(crate) mod pipeline;
pub(crate) mod queue;
pub(crate) mod receipts;

use crate::{Outcome, database::Database};
use sqlx::PgConnection;
use std::future::Future;
use tokio::task::JoinSet;

/// How many connections work at once: on two cores more gain nothing.
const CONNECTIONS: u32 = 2;

/// Connections that are ready.
async fn connections(database: &Database, count: u32) -> Outcome<Vec<PgConnection>> {
    let mut ready = Vec::new();
    for _ in 0..count {
        ready.push(database.connect().await?);
    }
    Ok(ready)
}

/// Runs one task for each connection and adds up what they did.
async fn all<F>(ready: Vec<PgConnection>, work: impl Fn(PgConnection) -> F) -> Outcome<u32>
where
    F: Future<Output = Outcome<u32>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for connection in ready {
        tasks.spawn(work(connection));
    }
    let mut sum = 0;
    while let Some(done) = tasks.join_next().await {
        sum += done??;
    }
    Ok(sum)
}
