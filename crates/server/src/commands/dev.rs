//! `tidings dev`: everything in one process, beside a running simulator.

use crate::{
    Adapters, Config, Environment, RunError,
    commands::plant::{NotDevelopment, plant},
    programs::{MetricsServer, bind, connect, part, run_worker, serve_api, until_stopped},
    telemetry::say,
};
use std::{future::Future, path::Path, process::ExitCode};
use tidings_kernel::BoxError;
use tidings_postgres::{Role, migrate};
use tokio_util::sync::CancellationToken;

/// Where the simulator is must be known.
#[derive(Debug, thiserror::Error)]
#[error(
    "start tidings-simulator and set TIDINGS_SIMULATOR_URL to where it listens, such as http://127.0.0.1:4020; TIDINGS_TWILIO_BASE_URL and TIDINGS_WHATSAPP_CLOUD_BASE_URL too"
)]
pub struct NoSimulator;

/// Migrates, serves, works, plants demonstration data and prints how to use them; until a signal.
///
/// # Errors
/// This is production, the simulator is not set, or one of the parts does not start.
pub async fn run(config: &Config, out: &Path) -> Result<ExitCode, BoxError> {
    match config.environment {
        Environment::Development => {}
        Environment::Production => return Err(NotDevelopment.into()),
    }
    let simulator = config.simulator_url.as_deref().ok_or(NoSimulator)?;
    migrate(&config.database_url).await?;
    let listener = bind("TIDINGS_API_LISTEN", config.api_listen).await?;
    let metrics = MetricsServer::open(config).await?;
    let for_api = Adapters::new(config, connect(config, Role::Api).await?)?;
    let for_worker = Adapters::new(config, connect(config, Role::Worker).await?)?;

    let stop = CancellationToken::new();
    // Boxed, since so much in one future is too much for a stack.
    let work = Box::pin(async {
        tokio::try_join!(
            part(&stop, serve_api(listener, config, &for_api, stop.clone())),
            part(&stop, run_worker(config, &for_worker, stop.clone())),
            part(&stop, metrics.serve(stop.clone())),
            // The listener is open, so that the simulator's handshake waits for the API at worst.
            greet(&stop, plant(config, &for_worker, simulator, out)),
        )?;
        Ok(())
    });
    let code = until_stopped(config, stop.clone(), work).await?;
    for_api.postgres.close().await;
    for_worker.postgres.close().await;
    Ok(code)
}

/// Prints what was planted. A stack without demonstration data is of no use, so a failure ends it.
async fn greet(
    stop: &CancellationToken,
    planting: impl Future<Output = Result<String, BoxError>>,
) -> Result<(), RunError> {
    let planted = tokio::select! {
        planted = planting => planted,
        () = stop.cancelled() => return Ok(()),
    };
    say(planted.map_err(RunError::Plant)?).map_err(|error| RunError::Plant(error.into()))
}
