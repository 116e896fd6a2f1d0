use crate::Outcome;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, error::DatabaseError};
use std::time::{Duration, Instant};
use url::Url;

/// How long an autovacuum may take to end; that of a million rows takes its time.
const PATIENCE: Duration = Duration::from_mins(3);

/// A database of this run alone.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    server: Url,
    url: Url,
    name: String,
}

impl Database {
    /// Makes it on the server of `url`.
    pub(crate) async fn create(url: &str) -> Outcome<Self> {
        let server = Url::parse(url)?;
        let name = format!("tidings_bench_{}", std::process::id());
        let mut url = server.clone();
        url.set_path(&name);
        let mut connection = PgConnection::connect(server.as_str()).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let database = Self { server, url, name };
        if let Err(error) = database.prepare().await {
            database.remove().await?;
            return Err(error);
        }
        Ok(database)
    }

    /// Servers of `cargo xtask` have the extension in every new database; others may need to be asked.
    async fn prepare(&self) -> Outcome {
        let mut connection = self.connect().await?;
        sqlx::raw_sql(
            "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
        )
        .execute(&mut connection)
        .await
        .map_err(|error| {
            format!("statements cannot be counted, as pg_stat_statements is not to be had: {error}")
        })?;
        connection.close().await?;
        Ok(())
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// A connection of our own, as the owner.
    pub(crate) async fn connect(&self) -> Outcome<PgConnection> {
        Ok(PgConnection::connect(self.url.as_str()).await?)
    }

    /// What it is, and what a commit is worth.
    pub(crate) async fn describe(&self) -> Outcome<Server> {
        let mut connection = self.connect().await?;
        let row = sqlx::query(
            "SELECT current_setting('server_version') AS version,
                 current_setting('fsync') = 'on'
                     AND current_setting('synchronous_commit') <> 'off'
                     AND current_setting('full_page_writes') = 'on' AS is_durable",
        )
        .fetch_one(&mut connection)
        .await?;
        connection.close().await?;
        Ok(Server {
            version: row.try_get("version")?,
            is_durable: row.try_get("is_durable")?,
        })
    }

    /// Removes it, whoever is connected. An autovacuum of it, which may not be told to go, is waited for.
    pub(crate) async fn remove(&self) -> Outcome {
        let mut connection = PgConnection::connect(self.server.as_str()).await?;
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let since = Instant::now();
        while let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql.as_str()))
            .execute(&mut connection)
            .await
        {
            let code = error.as_database_error().and_then(DatabaseError::code);
            if code.as_deref() != Some("42501") || since.elapsed() > PATIENCE {
                return Err(error.into());
            }
            tokio::time::sleep(PATIENCE / 500).await;
        }
        connection.close().await?;
        Ok(())
    }
}

/// The database server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// Its version.
    pub(crate) version: String,
    /// Whether a commit survives a crash of the machine.
    pub(crate) is_durable: bool,
}
