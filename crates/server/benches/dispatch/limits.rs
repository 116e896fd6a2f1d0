//! What messages cost: processor time, statements, bytes of the write-ahead log.

use crate::{
    Outcome,
    bench::Bench,
    figures::number,
    machine::ProcessorTime,
    statements::{self, Statements},
};
use sqlx::PgConnection;
use std::fmt;

/// How many of the dearest statements are told, with the line above them.
const LINES: usize = 13;

/// Measures from now on.
pub(crate) struct Meter {
    written: f64,
    processors: Option<ProcessorTime>,
}

/// What so many messages cost.
#[derive(Debug, Clone)]
pub(crate) struct Costs {
    /// The messages.
    pub(crate) messages: u32,
    /// Bytes of the write-ahead log.
    pub(crate) written: f64,
    /// What was asked of the database.
    pub(crate) statements: Statements,
    processors: Option<ProcessorTime>,
    dearest: String,
}

impl Meter {
    /// Begins.
    pub(crate) async fn start(bench: &mut Bench) -> Outcome<Self> {
        statements::reset(&mut bench.connection).await?;
        Ok(Self {
            written: written(&mut bench.connection).await?,
            processors: bench.system.processor_time(),
        })
    }

    /// Ends after so many messages.
    pub(crate) async fn stop(self, bench: &mut Bench, messages: u32) -> Outcome<Costs> {
        let now = bench.system.processor_time();
        let processors = self.processors.zip(now).map(|(then, now)| now.since(&then));
        let connection = &mut bench.connection;
        Ok(Costs {
            messages,
            written: written(connection).await? - self.written,
            statements: statements::read(connection).await?,
            processors,
            dearest: statements::dearest(connection, messages.max(1)).await?,
        })
    }
}

impl Costs {
    /// Bytes of the write-ahead log for each message.
    pub(crate) fn written_each(&self) -> f64 {
        self.written / f64::from(self.messages)
    }

    /// Statements for each message, without BEGIN and COMMIT.
    pub(crate) fn statements_each(&self) -> f64 {
        let all = self.statements.api.statements + self.statements.worker.statements;
        number(all) / f64::from(self.messages)
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statements { api, worker } = &self.statements;
        let messages = f64::from(self.messages);
        let each = |count: u64| number(count) / messages;
        writeln!(
            f,
            "  for each of {} messages: {:.0} bytes of WAL; statements (+ BEGIN, COMMIT) api {:.3}+{:.3}, \
             worker {:.3}+{:.3}, {:.3} ms in the database",
            self.messages,
            self.written_each(),
            each(api.statements),
            each(api.brackets),
            each(worker.statements),
            each(worker.brackets),
            (api.milliseconds + worker.milliseconds) / messages,
        )?;
        if let Some(time) = &self.processors {
            // Hundredths of a second, of all, to milliseconds of one.
            let each = |ticks: u64| number(ticks) * 10.0 / messages;
            let mut parts: Vec<String> = time
                .programs
                .iter()
                .map(|(name, ticks)| {
                    // What runs in this process is counted with the load.
                    let name = if *name == "load" {
                        "this process"
                    } else {
                        name
                    };
                    format!("{name} {:.3}", each(*ticks))
                })
                .collect();
            parts.push(format!(
                "the rest, mostly PostgreSQL, {:.3}",
                each(time.rest())
            ));
            writeln!(f, "  processor time in ms: {}", parts.join(", "))?;
        }
        let dearest: Vec<&str> = self.dearest.lines().take(LINES).collect();
        write!(f, "{}", dearest.join("\n"))
    }
}

async fn written(connection: &mut PgConnection) -> Outcome<f64> {
    let sql = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8";
    Ok(sqlx::query_scalar(sql).fetch_one(connection).await?)
}
