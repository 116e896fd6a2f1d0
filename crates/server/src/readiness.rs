//! Whether the program can do its work, for `/readyz` and for starting at all.

use async_trait::async_trait;
use std::{future::Future, sync::Arc, time::Duration};
use tidings_http_api::{Part, Readiness};
use tidings_postgres::{ConnectError, MigrationState, Postgres, migration_state};

/// How long one part may take to answer; a load balancer does not wait longer either.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the database whether it answers and has the schema of this program.
#[derive(Debug)]
pub struct DatabaseReadiness(Arc<Postgres>);

impl DatabaseReadiness {
    /// Asks this database.
    pub const fn new(postgres: Arc<Postgres>) -> Self {
        Self(postgres)
    }
}

#[async_trait]
impl Readiness for DatabaseReadiness {
    async fn check(&self) -> Vec<Part> {
        let (database, migrations) =
            tokio::join!(in_time(self.0.ping()), in_time(migration_state(&self.0)));
        vec![
            part("database", database.map(|()| "it answers".to_owned())),
            part(
                "migrations",
                migrations.and_then(|state| match state {
                    MigrationState::Current => Ok("every one is applied".to_owned()),
                    MigrationState::Behind(missing) => {
                        Err(format!("{missing} are missing: run `tidings migrate`"))
                    }
                }),
            ),
        ]
    }
}

/// The database lacks migrations of this program.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It can be asked, and is behind.
    #[error("migrations of this program are missing in the database ({0}): run `tidings migrate`")]
    Behind(usize),
    /// It could not be asked.
    #[error(transparent)]
    Database(#[from] ConnectError),
}

/// Refuses to go on with a schema older than this program's. A newer one is fine: migrations expand
/// first, so that programs of two releases can run side by side.
///
/// # Errors
/// [`SchemaError`].
pub async fn require_migrations(postgres: &Postgres) -> Result<(), SchemaError> {
    match migration_state(postgres).await? {
        MigrationState::Current => Ok(()),
        MigrationState::Behind(missing) => Err(SchemaError::Behind(missing)),
    }
}

/// The cause stays in the log: the answer of `/readyz` is public.
async fn in_time<T>(question: impl Future<Output = Result<T, ConnectError>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            tracing::warn!(
                error = crate::telemetry::chain(&error),
                "the database is not ready"
            );
            Err(error.to_string())
        }
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn part(name: &str, state: Result<String, String>) -> Part {
    let (is_ok, detail) = match state {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    Part {
        name: name.to_owned(),
        is_ok,
        detail,
    }
}
