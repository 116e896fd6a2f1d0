//! A database of its own for each test, cloned from a template.
//!
//! The template's name carries a hash of the migrations, so a new migration gets a new template, and it
//! is made once under an advisory lock however many processes ask for it. A database of its own also
//! separates NOTIFY and advisory locks, which schemas of one database would share.

use crate::{Postgres, Role, migrate, migrate::MIGRATIONS};
use ring::digest::{Context, SHA256};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::{
    fmt::Write as _,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};
use tidings_kernel::BoxError;

/// The key of the lock under which templates are made.
const TEMPLATE_LOCK: i64 = 0x7469_6469_6e67;

/// Tells the databases of one process apart.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A migrated database that nobody else uses.
#[derive(Debug)]
pub struct TestDb {
    url: String,
}

impl TestDb {
    /// Clones the template on the server that `DATABASE_URL` names, making the template first if need
    /// be. `cargo xtask test` starts a server and sets the variable.
    ///
    /// # Errors
    /// There is no server, or it refuses. The message says which.
    pub async fn fresh() -> Result<Self, BoxError> {
        let server = std::env::var("DATABASE_URL").map_err(|_| {
            "DATABASE_URL is not set: run the tests with `cargo xtask test`, which starts a database"
        })?;
        let options = PgConnectOptions::from_str(&server)?;
        let mut admin = PgConnection::connect_with(&options).await?;
        let template = format!("tidings_test_template_{}", migrations_hash()?);
        make_template(&mut admin, &server, &template).await?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tidings_test_{}_{number}", std::process::id());
        // Names are made of our own words and numbers.
        admin
            .execute(AssertSqlSafe(format!(
                "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
            )))
            .await?;
        admin
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {name} TEMPLATE {template}"
            )))
            .await?;
        admin.close().await?;
        Ok(Self {
            url: renamed(&server, &name)?,
        })
    }

    /// The address of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Connects to it.
    ///
    /// # Errors
    /// [`crate::ConnectError`].
    pub async fn connect(&self, role: Role) -> Result<Postgres, crate::ConnectError> {
        Postgres::connect(&SecretString::from(self.url.clone()), role, 4).await
    }
}

async fn make_template(
    admin: &mut PgConnection,
    server: &str,
    template: &str,
) -> Result<(), BoxError> {
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *admin)
        .await?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(template)
            .fetch_one(&mut *admin)
            .await?;
    if !exists {
        // Built under another name, so that a crash in between leaves no half-made template.
        let draft = format!("{template}_draft");
        admin
            .execute(AssertSqlSafe(format!(
                "DROP DATABASE IF EXISTS {draft} WITH (FORCE)"
            )))
            .await?;
        admin
            .execute(AssertSqlSafe(format!("CREATE DATABASE {draft}")))
            .await?;
        migrate(&SecretString::from(renamed(server, &draft)?)).await?;
        admin
            .execute(AssertSqlSafe(format!(
                "ALTER DATABASE {draft} RENAME TO {template}"
            )))
            .await?;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *admin)
        .await?;
    Ok(())
}

fn migrations_hash() -> Result<String, BoxError> {
    let mut context = Context::new(&SHA256);
    for migration in MIGRATIONS.iter() {
        context.update(&migration.version.to_be_bytes());
        context.update(&migration.checksum);
    }
    let mut text = String::new();
    for byte in context.finish().as_ref().iter().take(8) {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// The same server, another database.
fn renamed(server: &str, database: &str) -> Result<String, BoxError> {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let scheme_end = address.find("://").ok_or("DATABASE_URL has no scheme")? + 3;
    let (scheme, rest) = address.split_at(scheme_end);
    let host = rest.split('/').next().unwrap_or(rest);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Ok(format!("{scheme}{host}/{database}{query}"))
}
