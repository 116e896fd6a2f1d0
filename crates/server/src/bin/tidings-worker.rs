//! Sends what is due, applies callbacks and asks about lost receipts.

use std::process::ExitCode;
use tidings_kernel::BoxError;
use tidings_postgres::Role;
use tidings_server::{
    Adapters,
    programs::{MetricsServer, connect, exit, part, prepare, run_worker, until_stopped},
};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> ExitCode {
    exit(run().await)
}

async fn run() -> Result<ExitCode, BoxError> {
    let config = prepare()?;
    let postgres = connect(&config, Role::Worker).await?;
    let adapters = Adapters::new(&config, postgres)?;
    let metrics = MetricsServer::open(&config).await?;

    let stop = CancellationToken::new();
    // Boxed, since so much in one future is too much for a stack.
    let work = Box::pin(async {
        tokio::try_join!(
            part(&stop, run_worker(&config, &adapters, stop.clone())),
            part(&stop, metrics.serve(stop.clone())),
        )?;
        Ok(())
    });
    let code = until_stopped(&config, stop.clone(), work).await?;
    adapters.postgres.close().await;
    Ok(code)
}
