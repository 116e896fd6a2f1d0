//! Runs the sections, each in a database and with programs of its own.

use crate::{
    GLANCE, Outcome,
    database::Database,
    figures::Figure,
    inside::Taking,
    options::{Options, Section, Sizes},
    program::Logs,
    report, sections,
    system::System,
    tables,
};
use sqlx::PgConnection;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::sync::oneshot::Receiver;

/// How long anything may take to come to its end, such as a queue to empty.
const PATIENCE: Duration = Duration::from_mins(5);

/// Measures what is wanted. A section that fails is noted among the figures, and the others go on; when
/// `stopped` is called no other begins.
pub(crate) async fn run(options: &Options, mut stopped: Receiver<()>) -> Outcome<Vec<Figure>> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut all = Vec::new();
    for section in options.wanted() {
        eprintln!("{}:", section.name());
        let logs = Logs::new()?;
        let database = Database::create(&options.database_url).await?;
        let work = measure(*section, options.clone(), database.clone(), logs.clone());
        // In a task of its own, so that a panic ends its programs and removes its database too.
        let mut task = tokio::spawn(work);
        let measured = tokio::select! {
            measured = &mut task => measured.map_err(Into::into).flatten(),
            _ = &mut stopped => {
                task.abort();
                // The programs end as the task's variables are dropped.
                drop(task.await);
                database.remove().await?;
                return Ok(all);
            }
        };
        match measured {
            Ok(figures) => {
                for figure in figures {
                    eprintln!("  {}", report::line(&figure));
                    all.push(figure);
                }
            }
            Err(error) => {
                logs.print_ends();
                eprintln!("  failed: {error}");
                let why = format!("failed: {error}");
                all.push(Figure::missing(section.name(), FAILED, "all of it", &why));
            }
        }
        database.remove().await?;
    }
    Ok(all)
}

/// The key of the figure that stands for a section that failed.
pub(crate) const FAILED: &str = "failed";

async fn measure(
    section: Section,
    options: Options,
    database: Database,
    logs: Logs,
) -> Outcome<Vec<Figure>> {
    let system = System::start(&options, &database, &logs).await?;
    let mut bench = Bench {
        sizes: options.sizes(),
        connection: database.connect().await?,
        options,
        database,
        logs,
        system,
    };
    let server = bench.database.describe().await?;
    if !server.is_durable && !bench.options.quick {
        eprintln!("  PostgreSQL is NOT DURABLE here: ratios are not comparable.");
    }
    tables::prepare(&mut bench.connection).await?;
    let figures = sections::measure(section, &mut bench).await?;
    bench.system.stop().await?;
    Ok(figures)
}

/// What a section works with.
pub(crate) struct Bench {
    /// What was asked for.
    pub(crate) options: Options,
    /// How much of everything.
    pub(crate) sizes: Sizes,
    /// The database of this section alone.
    pub(crate) database: Database,
    /// A connection to it, as its owner.
    pub(crate) connection: PgConnection,
    /// Where programs write.
    pub(crate) logs: Logs,
    /// The API and the simulator, and workers once they are asked for.
    pub(crate) system: System,
}

impl Bench {
    /// Where the API answers.
    pub(crate) fn api(&self) -> Outcome<SocketAddr> {
        Ok(self.system.api_url.trim_start_matches("http://").parse()?)
    }

    /// Says which round it is.
    pub(crate) fn say_round(&self, number: u32) {
        eprintln!("  round {number} of {}", self.options.rounds());
    }

    /// Waits until the worker has handed over so many messages.
    pub(crate) async fn await_handed(&mut self, provider: &Taking, count: u32) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if provider.count() >= count {
                return Ok(());
            }
            tokio::time::sleep(GLANCE / 10).await;
        }
        let statuses = tables::statuses(&mut self.connection).await?;
        let handed = provider.count();
        Err(format!("{handed} of {count} messages were handed over: {statuses}").into())
    }

    /// Waits until nothing is left in the queue, and says when.
    pub(crate) async fn await_empty_queue(&mut self) -> Outcome<Instant> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if tables::is_queue_empty(&mut self.connection).await? {
                return Ok(Instant::now());
            }
            self.system.check()?;
            tokio::time::sleep(GLANCE).await;
        }
        let statuses = tables::statuses(&mut self.connection).await?;
        Err(format!("the queue does not empty: {statuses}").into())
    }
}
