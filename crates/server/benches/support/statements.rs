use crate::Outcome;
use sqlx::{PgConnection, Row};

/// What one role asked of the database in one phase.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked {
    /// Statements, without BEGIN, COMMIT and ROLLBACK.
    pub(crate) statements: u64,
    /// BEGIN, COMMIT and ROLLBACK.
    pub(crate) brackets: u64,
    /// Time of execution in the database, in milliseconds.
    pub(crate) milliseconds: f64,
}

/// What the programs asked; our own statements run under another role.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Statements {
    /// By the API.
    pub(crate) api: Asked,
    /// By the workers.
    pub(crate) worker: Asked,
}

/// Counts from nought.
pub(crate) async fn reset(connection: &mut PgConnection) -> Outcome {
    sqlx::query(
        "SELECT pg_stat_statements_reset(0::oid, oid, 0) FROM pg_database
         WHERE datname = current_database()",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was asked since the last [`reset`].
pub(crate) async fn read(connection: &mut PgConnection) -> Outcome<Statements> {
    Ok(Statements {
        api: read_of(connection, "tidings_api").await?,
        worker: read_of(connection, "tidings_worker").await?,
    })
}

async fn read_of(connection: &mut PgConnection, role: &str) -> Outcome<Asked> {
    let row = sqlx::query(
        "SELECT coalesce(sum(calls) FILTER (WHERE NOT is_bracket), 0)::bigint AS statements,
             coalesce(sum(calls) FILTER (WHERE is_bracket), 0)::bigint AS brackets,
             coalesce(sum(total_exec_time), 0)::float8 AS milliseconds
         FROM (
             SELECT calls, total_exec_time,
                 query ~* '^(begin|commit|rollback|start transaction|end)\\M' AS is_bracket
             FROM pg_stat_statements s
             JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
             JOIN pg_roles r ON r.oid = s.userid AND r.rolname = $1
             WHERE s.toplevel
         ) AS asked",
    )
    .bind(role)
    .fetch_one(connection)
    .await?;
    let count = |column| -> Outcome<u64> { Ok(u64::try_from(row.try_get::<i64, _>(column)?)?) };
    Ok(Asked {
        statements: count("statements")?,
        brackets: count("brackets")?,
        milliseconds: row.try_get("milliseconds")?,
    })
}

/// The statements that took most of the database's time since the last [`reset`], a line each.
pub(crate) async fn dearest(connection: &mut PgConnection, messages: u32) -> Outcome<String> {
    let rows = sqlx::query(
        "SELECT r.rolname, s.calls::float8 / $1 AS calls, s.total_exec_time / $1 AS milliseconds,
             left(regexp_replace(s.query, '\\s+', ' ', 'g'), 110) AS query
         FROM pg_stat_statements s
         JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
         JOIN pg_roles r ON r.oid = s.userid AND r.rolname IN ('tidings_api', 'tidings_worker')
         WHERE s.toplevel ORDER BY s.total_exec_time DESC LIMIT 40",
    )
    .bind(f64::from(messages))
    .fetch_all(connection)
    .await?;
    let mut text = String::from("  role             calls/message  ms/message  statement\n");
    for row in rows {
        let line = format!(
            "  {:<16} {:>13.3}  {:>10.4}  {}\n",
            row.try_get::<String, _>("rolname")?,
            row.try_get::<f64, _>("calls")?,
            row.try_get::<f64, _>("milliseconds")?,
            row.try_get::<String, _>("query")?,
        );
        text.push_str(&line);
    }
    Ok(text)
}
