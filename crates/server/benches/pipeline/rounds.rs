use crate::{
    GLANCE, Outcome,
    database::Database,
    load::{self, Accepted},
    machine::ProcessorTime,
    options::Options,
    program::Logs,
    raw,
    report::report,
    statements::{self, Statements},
    system::{Callbacks, System},
    tenant::Tenant,
};
use sqlx::{PgConnection, Row};
use std::time::{Duration, Instant};

/// How long a queue may take to empty.
const DRAIN: Duration = Duration::from_mins(2);
/// Longer than the simulator takes from a message to its last callback.
const CALLBACKS_ARE_DUE: Duration = Duration::from_millis(500);
/// Messages that go through before anything is measured.
const WARM_UP: u32 = 200;

/// The figures of one round. Rates are per second.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// Single inserts, each with its commit, of PostgreSQL alone.
    pub(crate) raw_accept: f64,
    /// Rows from the queue to finished, of PostgreSQL alone.
    pub(crate) raw_dispatch: f64,
    /// Messages taken in while no worker runs.
    pub(crate) accept: Accepted,
    /// What that asked of the database.
    pub(crate) accept_statements: Statements,
    /// Messages sent while none are taken in and no callbacks come.
    pub(crate) dispatch: f64,
    /// What that asked of the database.
    pub(crate) dispatch_statements: Statements,
    /// Messages from the first request to the last one sent, with callbacks.
    pub(crate) through: f64,
    /// Messages from the first request to the last receipt applied.
    pub(crate) delivered: f64,
    /// What that asked of the database.
    pub(crate) through_statements: Statements,
    /// What that used of the processors, until the last receipt was applied.
    pub(crate) processor_time: Option<ProcessorTime>,
}

/// Measures every round and reports.
pub(crate) async fn measure(options: Options, database: Database, logs: Logs) -> Outcome<String> {
    let mut connection = database.connect().await?;
    raw::create(&mut connection).await?;
    eprintln!("Starting the programs and making contacts.");
    let mut system = System::start(&options, &database, &logs).await?;
    let tenant = Tenant::create(&system, &mut connection).await?;
    let mut bench = Bench {
        options: &options,
        database: &database,
        tenant,
        connection,
        sent: 0,
        delivered: 0,
    };
    bench.warm_up(&mut system).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        eprintln!("Round {number} of {}.", options.rounds);
        rounds.push(bench.round(&mut system, number).await?);
    }
    let peaks = system.peaks();
    let dearest = if options.statements {
        Some(statements::dearest(&mut bench.connection, options.messages).await?)
    } else {
        None
    };
    system.stop().await?;
    report(
        &options,
        &database.describe().await?,
        &rounds,
        &peaks,
        dearest.as_deref(),
    )
}

struct Bench<'a> {
    options: &'a Options,
    database: &'a Database,
    tenant: Tenant,
    connection: PgConnection,
    /// Messages that should be sent by now and never get a receipt.
    sent: i64,
    /// Messages that should be delivered by now.
    delivered: i64,
}

impl Bench<'_> {
    async fn warm_up(&mut self, system: &mut System) -> Outcome {
        system.start_workers()?;
        self.post(system, WARM_UP, "warm-up").await?;
        self.delivered += i64::from(WARM_UP);
        self.await_receipts(system).await?;
        system.stop_workers().await
    }

    async fn round(&mut self, system: &mut System, number: u32) -> Outcome<Round> {
        let Options {
            messages,
            connections,
            ..
        } = *self.options;
        let raw_accept = raw::accept(self.database, messages, connections).await?;
        let raw_dispatch = raw::dispatch(self.database, messages).await?;

        system.set_callbacks(Callbacks::Lost).await?;
        self.settle_statistics().await?;
        let accept = self.post(system, messages, &format!("a{number}")).await?;
        let accept_statements = statements::read(&mut self.connection).await?;

        self.settle_statistics().await?;
        let dispatch = self.dispatch(system).await?;
        let dispatch_statements = statements::read(&mut self.connection).await?;
        tokio::time::sleep(CALLBACKS_ARE_DUE).await;
        system.set_callbacks(Callbacks::Delivered).await?;

        self.settle_statistics().await?;
        let before = system.processor_time();
        let start = Instant::now();
        self.post(system, messages, &format!("b{number}")).await?;
        self.await_empty_queue(system).await?;
        let through = f64::from(messages) / start.elapsed().as_secs_f64();
        self.delivered += i64::from(messages);
        self.await_receipts(system).await?;
        let delivered = f64::from(messages) / start.elapsed().as_secs_f64();
        let processor_time = before
            .zip(system.processor_time())
            .map(|(before, now)| now.since(&before));
        let through_statements = statements::read(&mut self.connection).await?;
        system.stop_workers().await?;
        Ok(Round {
            raw_accept,
            raw_dispatch,
            accept,
            accept_statements,
            dispatch,
            dispatch_statements,
            through,
            delivered,
            through_statements,
            processor_time,
        })
    }

    /// Before a phase: the planner knows how large the tables are, as in a database that has run for more
    /// than the minute after which autovacuum looks, and statements are counted from nought.
    async fn settle_statistics(&mut self) -> Outcome {
        sqlx::raw_sql("ANALYZE")
            .execute(&mut self.connection)
            .await?;
        statements::reset(&mut self.connection).await
    }

    async fn post(&self, system: &System, messages: u32, run: &str) -> Outcome<Accepted> {
        let connections = self.options.connections;
        load::post(&system.api_url, &self.tenant, messages, connections, run).await
    }

    /// Starts the workers on a full queue. Their start is not counted: time runs from the instant at
    /// which they claim the first message, which its attempt bears.
    async fn dispatch(&mut self, system: &mut System) -> Outcome<f64> {
        let before: i64 = sqlx::query_scalar("SELECT count(*) FROM attempts")
            .fetch_one(&mut self.connection)
            .await?;
        system.start_workers()?;
        self.await_empty_queue(system).await?;
        let seconds: f64 = sqlx::query_scalar(
            "SELECT extract(epoch FROM clock_timestamp() - min(started_at))::float8 FROM (
                 SELECT started_at FROM attempts ORDER BY started_at OFFSET $1) AS new",
        )
        .bind(before)
        .fetch_one(&mut self.connection)
        .await?;
        self.sent += i64::from(self.options.messages);
        self.check(system).await?;
        Ok(f64::from(self.options.messages) / seconds)
    }

    async fn await_empty_queue(&mut self, system: &mut System) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < DRAIN {
            let is_empty: bool = sqlx::query_scalar("SELECT NOT EXISTS (SELECT FROM queue)")
                .fetch_one(&mut self.connection)
                .await?;
            if is_empty {
                return Ok(());
            }
            system.check()?;
            tokio::time::sleep(GLANCE).await;
        }
        Err(format!("the queue does not empty: {}", self.statuses().await?).into())
    }

    async fn await_receipts(&mut self, system: &mut System) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < DRAIN {
            // The callbacks are few while they are waiting, the messages are many.
            let is_settled: bool = sqlx::query_scalar(
                "SELECT NOT EXISTS (SELECT FROM queue)
                     AND NOT EXISTS (SELECT FROM inbox)
                     AND (SELECT count(*) FROM messages WHERE status = 'delivered') = $1",
            )
            .bind(self.delivered)
            .fetch_one(&mut self.connection)
            .await?;
            if is_settled {
                return self.check(system).await;
            }
            system.check()?;
            tokio::time::sleep(5 * GLANCE).await;
        }
        Err(format!("receipts are missing: {}", self.statuses().await?).into())
    }

    /// Every message is where it should be, with one attempt each: nothing was lost or sent twice.
    async fn check(&mut self, system: &mut System) -> Outcome {
        system.check()?;
        let row = sqlx::query(
            "SELECT count(*) AS messages, count(*) FILTER (WHERE status = 'sent') AS sent,
                 count(*) FILTER (WHERE status = 'delivered') AS delivered,
                 (SELECT count(*) FROM attempts) AS attempts,
                 (SELECT count(DISTINCT provider_message_id) FROM attempts) AS calls
             FROM messages",
        )
        .fetch_one(&mut self.connection)
        .await?;
        let all = self.sent + self.delivered;
        let wanted = [
            ("messages", all),
            ("sent", self.sent),
            ("delivered", self.delivered),
            ("attempts", all),
            ("calls", all),
        ];
        for (column, wanted) in wanted {
            let found: i64 = row.try_get(column)?;
            if found != wanted {
                let statuses = self.statuses().await?;
                return Err(format!("{column}: {found} instead of {wanted} ({statuses})").into());
            }
        }
        Ok(())
    }

    async fn statuses(&mut self) -> Outcome<String> {
        Ok(sqlx::query_scalar(
            "SELECT coalesce(string_agg(number || ' ' || status, ', '), 'no messages')
             FROM (SELECT status, count(*) AS number FROM messages GROUP BY status) AS counted",
        )
        .fetch_one(&mut self.connection)
        .await?)
    }
}
