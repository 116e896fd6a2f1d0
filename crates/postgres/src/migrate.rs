use crate::ConnectError;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection, migrate::Migrator};

/// The migrations, embedded.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// Brings the database to the schema of this program. Several at once are safe: they wait for each
/// other.
///
/// # Errors
/// [`ConnectError::Unreachable`]: the database cannot be reached, or a migration failed; nothing of
/// that migration was applied.
pub async fn migrate(url: &SecretString) -> Result<(), ConnectError> {
    let mut connection = PgConnection::connect(url.expose_secret())
        .await
        .map_err(|error| ConnectError::Unreachable(error.into()))?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .map_err(|error| ConnectError::Unreachable(error.into()))?;
    Ok(())
}

/// How the schema of a database relates to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// It has every migration that this program knows.
    Current,
    /// It lacks so many: run `tidings migrate`.
    Behind(usize),
}

/// Compares the schema of a database with this program.
///
/// # Errors
/// [`ConnectError::Unreachable`]: it could not be asked.
pub async fn migration_state(postgres: &crate::Postgres) -> Result<MigrationState, ConnectError> {
    let applied: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations WHERE success")
        .fetch_all(&postgres.pool)
        .await
        .or_else(|error| match &error {
            // Before the first migration there is no such table.
            sqlx::Error::Database(problem) if problem.code().as_deref() == Some("42P01") => {
                Ok(Vec::new())
            }
            _ => Err(ConnectError::Unreachable(error.into())),
        })?;
    let missing = MIGRATIONS
        .iter()
        .filter(|migration| {
            !applied
                .iter()
                .any(|(version,)| *version == migration.version)
        })
        .count();
    Ok(if missing == 0 {
        MigrationState::Current
    } else {
        MigrationState::Behind(missing)
    })
}
