//! Serves the HTTP API and takes callbacks.

use std::process::ExitCode;
use tidings_kernel::BoxError;
use tidings_postgres::Role;
use tidings_server::{
    Adapters,
    programs::{MetricsServer, bind, connect, exit, part, prepare, serve_api, until_stopped},
};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> ExitCode {
    exit(Box::pin(run()).await)
}

async fn run() -> Result<ExitCode, BoxError> {
    let config = prepare()?;
    let postgres = connect(&config, Role::Api).await?;
    let adapters = Adapters::new(&config, postgres)?;
    let listener = bind("TIDINGS_API_LISTEN", config.api_listen).await?;
    let metrics = MetricsServer::open(&config).await?;

    let stop = CancellationToken::new();
    let work = async {
        tokio::try_join!(
            part(&stop, serve_api(listener, &config, &adapters, stop.clone())),
            part(&stop, metrics.serve(stop.clone())),
        )?;
        Ok(())
    };
    let code = Box::pin(until_stopped(&config, stop.clone(), work)).await?;
    adapters.postgres.close().await;
    Ok(code)
}
