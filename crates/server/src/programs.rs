//! What the programs have in common: serving, working, and ending with the right code.

use crate::{
    Adapters, Config, ConfigError, Ending, Metrics, lifecycle::signals, require_migrations,
    serving, start_log, supervise, telemetry, unknown_settings,
};
use std::{
    convert::Infallible, error::Error, future::Future, io, net::SocketAddr, process::ExitCode,
    sync::Arc, time::Duration,
};
use tidings_http_api::router;
use tidings_kernel::BoxError;
use tidings_postgres::{Postgres, Role};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long to wait before listening again; meanwhile the worker looks by itself.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// How many old messages are learned at a time, and how long before the next ones: a twentieth of the time at most goes
/// into what nobody waits for.
const LEARNED: u16 = 200;
const LEARN_NEXT: Duration = Duration::from_millis(200);
/// How often to look whether there is anything to learn.
const LEARN_AGAIN: Duration = Duration::from_mins(10);

/// How often tables are looked at that may have grown.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// The address is taken, or not one of this machine.
#[derive(Debug, thiserror::Error)]
#[error("{setting} is {address}, where this program cannot listen: choose another")]
pub struct BindError {
    setting: &'static str,
    address: SocketAddr,
    source: io::Error,
}

/// Why a running program failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A listener failed.
    #[error("{0} cannot be served any more")]
    Serve(&'static str, #[source] io::Error),
    /// Demonstration data could not be planted, in `tidings dev`.
    #[error("the demonstration data could not be planted")]
    Plant(#[source] BoxError),
}

/// Reads the settings and starts the log.
///
/// # Errors
/// The settings are wrong, or the log was started before.
pub fn prepare() -> Result<Config, BoxError> {
    let config = Config::from_env()?;
    start_log(&config.log)?;
    for warning in
        unknown_settings(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
    {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

/// Connects to a database that has the schema of this program.
///
/// # Errors
/// It cannot be reached, or is behind.
pub async fn connect(config: &Config, role: Role) -> Result<Postgres, BoxError> {
    let connections = match role {
        Role::Api => config.api_connections,
        Role::Worker => config.worker_connections,
    };
    let postgres = Postgres::connect(&config.database_url, role, connections).await?;
    require_migrations(&postgres).await?;
    Ok(match config.take_over {
        None => postgres,
        Some(after) => postgres.with_take_over(after),
    })
}

/// Takes an address to listen on.
///
/// # Errors
/// [`BindError`].
pub async fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| BindError {
            setting,
            address,
            source,
        })
}

/// Serves the HTTP surface until `stop`, and then finishes what was begun.
///
/// # Errors
/// [`RunError::Serve`].
pub async fn serve_api(
    listener: TcpListener,
    config: &Config,
    adapters: &Adapters,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let api = Arc::new(adapters.api(config));
    let streams = Arc::clone(&api.streams);
    let console = adapters.console(config, Arc::clone(&streams));
    let console = tidings_console::router(Arc::new(console));
    let router = router(api).merge(console);
    tracing::info!(listen = %config.api_listen, public_url = config.public_url, "serving the API");
    set_clock(adapters).await;
    tokio::select! {
        // Streams end when the program is asked to stop, or serving would wait for them.
        ((), ()) = async {
            tokio::join!(
                serving::serve(listener, router, stop.clone()),
                streams.run(stop.cancelled()),
            )
        } => Ok(()),
        never = listen_for_events(&adapters.postgres) => match never {},
        never = adapters.clock.keep_right(&adapters.postgres) => match never {},
        never = keep_plans_right(&adapters.postgres) => match never {},
    }
}

/// Runs the worker's loops until `stop`, and then finishes what was begun. A database that is away for a
/// while stops nothing: every loop tries again.
///
/// # Errors
/// None so far; the type is that of every part of a program.
pub async fn run_worker(
    config: &Config,
    adapters: &Adapters,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let worker = adapters.worker(config);
    tracing::info!(settings = ?worker.settings, "working");
    set_clock(adapters).await;
    tokio::select! {
        () = worker.run(stop) => Ok(()),
        never = adapters.clock.keep_right(&adapters.postgres) => match never {},
        never = listen(&adapters.postgres) => match never {},
        never = learn_old_words(&adapters.postgres) => match never {},
        never = keep_plans_right(&adapters.postgres) => match never {},
    }
}

/// Sets the clock by the database's before the first decision.
async fn set_clock(adapters: &Adapters) {
    if let Err(error) = adapters.clock.read(&adapters.postgres).await {
        tracing::warn!(
            error = telemetry::chain(&error),
            "the database's clock was not read; this machine's counts until it is"
        );
    }
}

/// Keeps the database's plans right while its tables grow.
async fn keep_plans_right(postgres: &Postgres) -> Infallible {
    loop {
        tokio::time::sleep(COUNT_EVERY).await;
        match postgres.refresh_statistics().await {
            Ok(0) => {}
            Ok(tables) => tracing::debug!(tables, "counted tables that have grown"),
            Err(error) => {
                tracing::debug!(error = telemetry::chain(&error), "tables were not counted");
            }
        }
    }
}

/// Lets old messages be found by words, some at a time and without haste, until all are.
async fn learn_old_words(postgres: &Postgres) -> Infallible {
    loop {
        let pause = match postgres.learn_old_words(LEARNED).await {
            Ok(true) => LEARN_NEXT,
            Ok(false) => LEARN_AGAIN,
            Err(error) => {
                tracing::warn!(
                    error = telemetry::chain(&error),
                    "old messages are not found by words yet; trying again"
                );
                LEARN_AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Hears of new work for as long as the program runs.
async fn listen(postgres: &Postgres) -> Infallible {
    loop {
        if let Err(error) = postgres.listen().await {
            tracing::warn!(
                error = telemetry::chain(&error),
                "not hearing of new work; trying again"
            );
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}

/// Hears of new events for as long as the program runs.
async fn listen_for_events(postgres: &Postgres) -> Infallible {
    loop {
        if let Err(error) = postgres.listen_for_events().await {
            tracing::warn!(
                error = telemetry::chain(&error),
                "not hearing of new events; trying again"
            );
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}

/// Metrics and where they are asked for, if the settings want any.
#[derive(Debug)]
pub struct MetricsServer(Option<(Metrics, TcpListener)>);

impl MetricsServer {
    /// Starts recording and takes the address.
    ///
    /// # Errors
    /// The address is taken, or this process records already.
    pub async fn open(config: &Config) -> Result<Self, BoxError> {
        let Some(address) = config.metrics_listen else {
            return Ok(Self(None));
        };
        let listener = bind("TIDINGS_METRICS_LISTEN", address).await?;
        Ok(Self(Some((Metrics::start()?, listener))))
    }

    /// Serves metrics until `stop`; without any just waits for it.
    ///
    /// # Errors
    /// [`RunError::Serve`].
    pub async fn serve(self, stop: CancellationToken) -> Result<(), RunError> {
        let Some((metrics, listener)) = self.0 else {
            stop.cancelled_owned().await;
            return Ok(());
        };
        let served = metrics.serve(listener, stop).await;
        served.map_err(|error| RunError::Serve("metrics", error))
    }
}

/// One of several parts that run side by side: when it ends, whyever, the others are asked to stop, so
/// that a program never runs on with half of itself.
///
/// # Errors
/// As the part.
pub async fn part(
    stop: &CancellationToken,
    work: impl Future<Output = Result<(), RunError>>,
) -> Result<(), RunError> {
    let _others = stop.clone().drop_guard();
    work.await
}

/// Runs `work` until a signal asks for a stop; see [`supervise`].
///
/// # Errors
/// Signals cannot be received.
pub async fn until_stopped(
    config: &Config,
    stop: CancellationToken,
    work: impl Future<Output = Result<(), RunError>>,
) -> Result<ExitCode, BoxError> {
    let ending: Ending<RunError> = supervise(work, stop, config.shutdown, signals()?).await;
    ending.log();
    Ok(ending.exit_code())
}

/// The exit code of a program that ran or could not; prints why it could not.
pub fn exit(outcome: Result<ExitCode, BoxError>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            let error: &(dyn Error + 'static) = &*error;
            telemetry::report(error);
            // As for wrong arguments: nothing is broken, and a restart will not help.
            if error.is::<ConfigError>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}
