//! The least that an endpoint can do: read the request, insert one row and commit, answer.

use crate::{
    GLANCE, Outcome,
    database::Database,
    program::{Logs, Program},
};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, postgres::PgPoolOptions};
use std::{
    net::{SocketAddr, TcpListener},
    process::Command,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinHandle};
use uuid::Uuid;

/// How long it may take to answer after it was started.
const START: Duration = Duration::from_secs(20);

/// What is posted; the same as to ours.
#[derive(Deserialize)]
struct Posted {
    to: To,
    channel: String,
    purpose: String,
    text: String,
}

#[derive(Deserialize)]
struct To {
    contact_id: String,
}

#[derive(Serialize)]
struct Answer {
    id: String,
    status: &'static str,
    channel: String,
    purpose: String,
    text: String,
}

/// Makes the table: the message of `raw/pipeline.rs` with what a request brings.
pub(crate) async fn create(connection: &mut PgConnection) -> Outcome {
    sqlx::raw_sql(
        "CREATE SCHEMA IF NOT EXISTS raw;
         CREATE TABLE raw.accepted (
             id uuid PRIMARY KEY, tenant_id uuid NOT NULL, contact_id text NOT NULL,
             channel text NOT NULL, purpose text NOT NULL, status text NOT NULL,
             status_at timestamptz NOT NULL, to_address text NOT NULL, body text NOT NULL,
             context_type text NOT NULL, context_id text NOT NULL, request_key text NOT NULL,
             details text NOT NULL, created_at timestamptz NOT NULL);
         CREATE INDEX ON raw.accepted (tenant_id, contact_id, id);
         CREATE INDEX ON raw.accepted (tenant_id, context_type, context_id);
         CREATE INDEX ON raw.accepted (tenant_id, created_at);
         CREATE UNIQUE INDEX ON raw.accepted (tenant_id, request_key);",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Serves until it is killed.
pub(crate) async fn serve(address: SocketAddr, database: &str, connections: u32) -> Outcome {
    let listener = tokio::net::TcpListener::bind(address).await?;
    serve_on(listener, database, connections).await
}

async fn serve_on(listener: tokio::net::TcpListener, database: &str, connections: u32) -> Outcome {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .test_before_acquire(false)
        .connect(database)
        .await?;
    let router = Router::new()
        .route("/v1/messages", post(accept))
        .with_state(pool);
    Ok(axum::serve(listener, router).await?)
}

async fn accept(
    State(pool): State<PgPool>,
    Json(posted): Json<Posted>,
) -> Result<(StatusCode, Json<Answer>), StatusCode> {
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO raw.accepted
         SELECT id, bench.id(1, 0, 1), $1, $2, $3, 'queued', now(), '+12025550100', $4, 'order',
             id::text, id::text, $5, now()
         FROM (SELECT gen_random_uuid() AS id) AS new RETURNING id",
    )
    .bind(&posted.to.contact_id)
    .bind(&posted.channel)
    .bind(&posted.purpose)
    .bind(&posted.text)
    .bind(DETAILS)
    .fetch_one(&pool)
    .await
    .map_err(|_error| StatusCode::INTERNAL_SERVER_ERROR)?;
    let answer = Answer {
        id: id.to_string(),
        status: "queued",
        channel: posted.channel,
        purpose: posted.purpose,
        text: posted.text,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Fills a row up to about 600 bytes.
const DETAILS: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz\
    0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";

/// Where the bare endpoint runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a process of its own, as ours does.
    Process,
    /// In this process, where this program cannot start itself.
    Task,
}

/// A bare endpoint that answers.
pub(crate) struct Bare {
    /// Where.
    pub(crate) address: SocketAddr,
    running: Running,
}

enum Running {
    Process(Program),
    Task(JoinHandle<()>),
}

impl Bare {
    /// Starts one with so many connections to the database.
    pub(crate) async fn start(
        database: &Database,
        logs: &Logs,
        place: Place,
        connections: u32,
    ) -> Outcome<Self> {
        match place {
            Place::Process => Self::process(database, logs, connections).await,
            Place::Task => {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
                let address = listener.local_addr()?;
                let url = database.url().to_owned();
                let task = tokio::spawn(async move {
                    if let Err(error) = serve_on(listener, &url, connections).await {
                        eprintln!("the bare endpoint failed: {error}");
                    }
                });
                Ok(Self {
                    address,
                    running: Running::Task(task),
                })
            }
        }
    }

    async fn process(database: &Database, logs: &Logs, connections: u32) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--bare", &address.to_string()])
            .args(["--bare-connections", &connections.to_string()])
            .args(["--programs", "."])
            .env("DATABASE_URL", database.url());
        let mut program = Program::start("bare", &mut command, logs)?;
        let start = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            program.check()?;
            if start.elapsed() > START {
                return Err("the bare endpoint does not answer".into());
            }
            tokio::time::sleep(GLANCE).await;
        }
        Ok(Self {
            address,
            running: Running::Process(program),
        })
    }

    /// Ends it.
    pub(crate) fn stop(self) {
        match self.running {
            // Killed as it is dropped: it has nothing to finish.
            Running::Process(program) => drop(program),
            Running::Task(task) => task.abort(),
        }
    }
}
