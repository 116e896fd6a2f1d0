//! `tidings seed`: demonstration data, the simulator's accounts and `dev.json`.

use crate::{
    Adapters, Config, Environment,
    seed::{DevFile, DevKeys, Seeding, guide, keys_path, read_or_default, register, write_private},
};
use secrecy::ExposeSecret;
use std::{io, path::Path, path::PathBuf};
use tidings_console::Cost;
use tidings_kernel::BoxError;

/// A file of the development stack cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be {verb}")]
pub struct FileError {
    path: PathBuf,
    verb: &'static str,
    source: io::Error,
}

/// Demonstration data belong to development.
#[derive(Debug, thiserror::Error)]
#[error(
    "demonstration data are for development: set TIDINGS_ENV=development, or make a tenant with `tidings tenant create`"
)]
pub struct NotDevelopment;

/// Plants demonstration data, registers the accounts at the simulator, writes `dev.json` to `out`, and
/// gives what to print. The API must be running. `adapters` must be connected as the worker.
///
/// # Errors
/// This is production, or one of the steps failed; doing it again goes on from there.
pub async fn plant(
    config: &Config,
    adapters: &Adapters,
    simulator_url: &str,
    out: &Path,
) -> Result<String, BoxError> {
    match config.environment {
        Environment::Development => {}
        Environment::Production => return Err(NotDevelopment.into()),
    }
    let file = |verb, path: &Path| {
        let path = path.to_owned();
        move |source| FileError { path, verb, source }
    };
    let simulator_url = simulator_url.trim_end_matches('/');
    let keys_path = keys_path(out);
    let mut keys: DevKeys = read_or_default(&keys_path).map_err(file("read", &keys_path))?;
    let planted = seeding(config, adapters).plant(&mut keys).await?;
    write_private(&keys_path, &keys).map_err(file("written", &keys_path))?;
    register(&adapters.client, simulator_url, &planted.simulator).await?;
    let document = DevFile {
        api_url: config.public_url.clone(),
        console_url: format!("{}/console", config.public_url),
        simulator_url: simulator_url.to_owned(),
        database_url: config.database_url.expose_secret().to_owned(),
        login: planted.login,
        tenants: planted.tenants,
    };
    write_private(out, &document).map_err(file("written", out))?;
    Ok(guide(&document, planted.whatsapp_example.as_ref()))
}

fn seeding(config: &Config, adapters: &Adapters) -> Seeding {
    Seeding {
        tenants: adapters.postgres.clone(),
        members: adapters.postgres.clone(),
        contacts: adapters.postgres.clone(),
        consent: adapters.postgres.clone(),
        accounts: adapters.postgres.clone(),
        templates: adapters.postgres.clone(),
        vault: adapters.vault.clone(),
        clock: adapters.clock.clone(),
        secrets: adapters.secrets.clone(),
        cost: Cost::default(),
        public_url: config.public_url.clone(),
    }
}
