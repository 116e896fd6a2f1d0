//! Rows by the million, made by SQL from one that the API made: every column is copied, whatever tables
//! have, but for the ones that are named here.
//!
//! Only this file and `tables.rs` know what our tables are called.

use crate::Outcome;
use sqlx::{AssertSqlSafe, PgConnection};
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// Rows that one statement makes.
const CHUNK: u32 = 100_000;

/// The number of the contact that others are copied from.
pub(crate) const MODEL_PHONE: &str = "+12025550150";
/// So many contacts of a tenant have numbers of their own.
pub(crate) const MOST_CONTACTS: u32 = 9_999;

/// Ids of one kind differ from those of another by this.
static SALT: AtomicI64 = AtomicI64::new(1);

/// Makes ids that sort like those that programs make.
pub(crate) async fn prepare(connection: &mut PgConnection) -> Outcome {
    sqlx::raw_sql(
        "CREATE SCHEMA bench;
         CREATE FUNCTION bench.id(milliseconds bigint, salt bigint, number bigint) RETURNS uuid
             LANGUAGE sql IMMUTABLE PARALLEL SAFE
             RETURN (lpad(to_hex(milliseconds + number / 10000), 12, '0')
                 || '7000' || '8000' || lpad(to_hex((salt << 28) + number), 12, '0'))::uuid;",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// So many further contacts, at most [`MOST_CONTACTS`], that are like this one but for the number, with all
/// that is known of it. Who has the same number is the same person, so each has another.
pub(crate) async fn contacts(connection: &mut PgConnection, model: Uuid, count: u32) -> Outcome {
    if count > MOST_CONTACTS {
        return Err(format!("there are numbers for {MOST_CONTACTS} contacts of a tenant").into());
    }
    let id = Ids::like(model).sql("n");
    let own_id = ("id", id.clone());
    let of_it = ("contact_id", id);
    for (table, key, values) in [
        ("contacts", "id", vec![own_id, ("phone", phone())]),
        (
            "addresses",
            "contact_id",
            vec![of_it.clone(), ("value", phone())],
        ),
        ("preferences", "contact_id", vec![of_it.clone()]),
        (
            "consent_events",
            "contact_id",
            vec![of_it, ("id", Ids::like(model).sql("n"))],
        ),
    ] {
        copy(
            connection,
            Rows {
                table,
                key,
                model,
                count,
                join: "",
            },
            &values,
        )
        .await?;
    }
    Ok(())
}

/// The number of contact `n`: first those that are reserved for fiction, but for the last forty of each
/// area, to which the simulator gives a meaning; then such numbers with more digits than any number has.
fn phone() -> String {
    format!(
        "CASE WHEN n < 400 THEN '+1' || (ARRAY[202, 303, 312, 415, 512, 617, 702, 808])[1 + n / 50]
             || '55501' || lpad((n % 50)::text, 2, '0')
         ELSE '{MODEL_PHONE}' || lpad(n::text, 4, '0') END"
    )
}

/// So many further messages that wait like this one, to contacts of the same tenant in turn.
pub(crate) async fn queued(connection: &mut PgConnection, model: Uuid, count: u32) -> Outcome {
    let id = Ids::like(model).sql("n");
    messages(connection, model, &id, count).await?;
    let due_at = "m.due_at + n * interval '1 microsecond'".to_owned();
    let values = [("message_id", id), ("due_at", due_at)];
    let rows = Rows {
        table: "queue",
        key: "message_id",
        model,
        count,
        join: "",
    };
    copy(connection, rows, &values).await
}

/// So many further messages that were sent like this one and are kept, with their attempts.
pub(crate) async fn kept(connection: &mut PgConnection, model: Uuid, count: u32) -> Outcome {
    let id = Ids::like(model).sql("n");
    messages(connection, model, &id, count).await?;
    let values = [
        ("message_id", id),
        ("id", Ids::like(model).sql("n")),
        ("provider_message_id", "'SM' || md5(n::text)".to_owned()),
        // Nothing is asked about what is over.
        ("ask_at", "NULL".to_owned()),
    ];
    let rows = Rows {
        table: "attempts",
        key: "message_id",
        model,
        count,
        join: "",
    };
    copy(connection, rows, &values).await
}

async fn messages(connection: &mut PgConnection, model: Uuid, id: &str, count: u32) -> Outcome {
    sqlx::raw_sql(
        "CREATE TEMPORARY TABLE IF NOT EXISTS reached (
             number bigint PRIMARY KEY, id uuid NOT NULL, phone text NOT NULL);
         TRUNCATE reached",
    )
    .execute(&mut *connection)
    .await?;
    let contacts = sqlx::query(
        "INSERT INTO reached
         SELECT row_number() OVER (ORDER BY c.id) - 1, c.id, c.phone FROM contacts c
         JOIN messages m ON m.tenant_id = c.tenant_id WHERE m.id = $1",
    )
    .bind(model)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    sqlx::raw_sql("ANALYZE reached")
        .execute(&mut *connection)
        .await?;
    let join = format!("JOIN reached r ON r.number = n % {contacts}");
    let values = [
        ("id", id.to_owned()),
        ("contact_id", "r.id".to_owned()),
        ("to_address", "r.phone".to_owned()),
        ("address_value", "r.phone".to_owned()),
    ];
    let rows = Rows {
        table: "messages",
        key: "id",
        model,
        count,
        join: &join,
    };
    copy(connection, rows, &values).await
}

/// Gives a tenant another weight than the usual 1. `false` if tenants have none.
pub(crate) async fn weigh(
    connection: &mut PgConnection,
    tenant: Uuid,
    weight: i32,
) -> Outcome<bool> {
    let columns = columns(connection, "tenants").await?;
    if !columns.iter().any(|column| column == "weight") {
        return Ok(false);
    }
    sqlx::query("UPDATE tenants SET weight = $2 WHERE id = $1")
        .bind(tenant)
        .bind(weight)
        .execute(connection)
        .await?;
    Ok(true)
}

/// Rows to be made.
struct Rows<'a> {
    table: &'static str,
    /// The column by which the model is found,
    key: &'static str,
    /// and its value there.
    model: Uuid,
    count: u32,
    /// What else values are taken from.
    join: &'a str,
}

/// Copies a row. `values` are the columns that differ, as SQL over the model `m` and the number `n` of the
/// copy; those that the table lacks are left out.
async fn copy(connection: &mut PgConnection, rows: Rows<'_>, values: &[(&str, String)]) -> Outcome {
    let Rows {
        table,
        key,
        model,
        count,
        join,
    } = rows;
    let columns = columns(connection, table).await?;
    let expressions: Vec<String> = columns
        .iter()
        .map(|column| {
            let value = values.iter().find(|(name, _)| name == column);
            value.map_or_else(|| format!("m.\"{column}\""), |(_, sql)| sql.clone())
        })
        .collect();
    let sql = format!(
        "INSERT INTO {table} (\"{}\") SELECT {}
         FROM {table} m CROSS JOIN generate_series($2::bigint, $3) n {join} WHERE m.{key} = $1",
        columns.join("\", \""),
        expressions.join(", "),
    );
    let mut first = 0;
    while first < count {
        let next = count.min(first + CHUNK);
        sqlx::query(AssertSqlSafe(sql.as_str()))
            .bind(model)
            .bind(i64::from(first))
            .bind(i64::from(next) - 1)
            .execute(&mut *connection)
            .await
            .map_err(|error| format!("copies into {table} failed: {error}"))?;
        first = next;
    }
    Ok(())
}

/// The columns that can be written.
async fn columns(connection: &mut PgConnection, table: &str) -> Outcome<Vec<String>> {
    Ok(sqlx::query_scalar(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0
             AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a' ORDER BY attnum",
    )
    .bind(table)
    .fetch_all(connection)
    .await?)
}

/// Ids of one kind.
struct Ids {
    milliseconds: u128,
    salt: i64,
}

impl Ids {
    /// From the time of `model` on.
    fn like(model: Uuid) -> Self {
        Self {
            milliseconds: model.as_u128() >> 80,
            salt: SALT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// The id of the copy that the SQL `number` counts.
    fn sql(&self, number: &str) -> String {
        format!("bench.id({}, {}, {number})", self.milliseconds, self.salt)
    }
}
