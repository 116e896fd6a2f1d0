//! What our own database says. Every statement of the comparison is here.

use crate::Outcome;
use sqlx::{PgConnection, Row};
use std::collections::HashMap;
use tidings_kernel::MessageId;
use time::OffsetDateTime;
use uuid::Uuid;

/// The rule of the gate about contacts that are not on a channel.
pub(crate) const NOT_ON_CHANNEL: &str = "contact.not_on_channel";
/// What a message is about that no request asked for.
const NOTICE: &str = "channel_switch";

/// Our record of everything that was to be sent.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    /// Messages to contacts.
    pub(crate) messages: HashMap<Uuid, Message>,
    /// Attempts, with their identity.
    pub(crate) attempts: HashMap<Uuid, Attempt>,
    /// The message that a tenant's key stands for.
    pub(crate) keys: HashMap<(Uuid, String), Uuid>,
    /// What each tenant has used of its quota.
    pub(crate) usage: HashMap<Uuid, i64>,
    /// What has not come to rest.
    pub(crate) waiting: Waiting,
}

/// A message to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Why it is sent.
    pub(crate) purpose: String,
    /// Where it is.
    pub(crate) status: String,
    /// Whose it is.
    pub(crate) tenant: Uuid,
    /// To whom it goes.
    pub(crate) contact: Uuid,
    /// Whether it tells the contact that they are not on a channel: no request asked for it.
    pub(crate) is_notice: bool,
    /// What the gate said first when it was asked last, of a message that it refused.
    pub(crate) refused_by: Option<String>,
}

/// An attempt to send one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// The message.
    pub(crate) message: Uuid,
    /// When it began.
    pub(crate) started_at: OffsetDateTime,
    /// What came of it.
    pub(crate) outcome: Option<String>,
    /// The code of its error.
    pub(crate) code: Option<String>,
    /// The provider's id.
    pub(crate) provider_message_id: Option<String>,
}

/// What has not come to rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Messages in the queue.
    pub(crate) queued: i64,
    /// Messages in the queue that a worker holds.
    pub(crate) held: i64,
    /// Callbacks that are not applied.
    pub(crate) callbacks: i64,
    /// Receipts that providers are to be asked about.
    pub(crate) questions: i64,
    /// Addresses that were refused, and whose holders may have to be told.
    pub(crate) absences: i64,
}

impl Waiting {
    /// Whether nothing is.
    pub(crate) fn is_over(&self) -> bool {
        *self == Self::default()
    }
}

/// Counts what has not come to rest.
pub(crate) async fn waiting(connection: &mut PgConnection) -> Outcome<Waiting> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM queue) AS queued,
             (SELECT count(*) FROM queue AS waiting
              WHERE coalesce(to_jsonb(waiting) ->> 'held', to_jsonb(waiting) ->> 'held_until') IS NOT NULL)
                 AS held,
             (SELECT count(*) FROM inbox) AS callbacks,
             (SELECT count(*) FROM attempts WHERE ask_at IS NOT NULL) AS questions,
             (SELECT count(*) FROM absences WHERE check_at IS NOT NULL) AS absences",
    )
    .fetch_one(connection)
    .await?;
    Ok(Waiting {
        queued: row.try_get("queued")?,
        held: row.try_get("held")?,
        callbacks: row.try_get("callbacks")?,
        questions: row.try_get("questions")?,
        absences: row.try_get("absences")?,
    })
}

/// Counts what contacts have written.
pub(crate) async fn inbound(connection: &mut PgConnection) -> Outcome<i64> {
    let count = sqlx::query_scalar("SELECT count(*) FROM messages WHERE direction = 'inbound'");
    Ok(count.fetch_one(connection).await?)
}

/// Reads everything.
pub(crate) async fn read(connection: &mut PgConnection) -> Outcome<Ours> {
    Ok(Ours {
        waiting: waiting(connection).await?,
        messages: messages(connection).await?,
        attempts: attempts(connection).await?,
        keys: keys(connection).await?,
        usage: usage(connection).await?,
    })
}

async fn messages(connection: &mut PgConnection) -> Outcome<HashMap<Uuid, Message>> {
    let rows = sqlx::query(
        "SELECT m.id, m.purpose, m.status, m.tenant_id, m.contact_id,
             coalesce(m.context_type = $1, false) AS is_notice,
             CASE WHEN m.status = 'blocked' THEN (
                 SELECT d.decision::jsonb #>> '{reasons,0,rule}' FROM decisions d
                 WHERE d.tenant_id = m.tenant_id AND d.message_id = m.id
                 ORDER BY d.id DESC LIMIT 1) END AS refused_by
         FROM messages m WHERE m.direction = 'outbound'",
    )
    .bind(NOTICE)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let message = Message {
                purpose: row.try_get("purpose")?,
                status: row.try_get("status")?,
                tenant: row.try_get("tenant_id")?,
                contact: row.try_get("contact_id")?,
                is_notice: row.try_get("is_notice")?,
                refused_by: row.try_get("refused_by")?,
            };
            Ok((row.try_get("id")?, message))
        })
        .collect()
}

async fn attempts(connection: &mut PgConnection) -> Outcome<HashMap<Uuid, Attempt>> {
    let rows = sqlx::query(
        "SELECT id, message_id, started_at, outcome, error ->> 'provider_code' AS code,
             provider_message_id
         FROM attempts",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let attempt = Attempt {
                message: row.try_get("message_id")?,
                started_at: row.try_get("started_at")?,
                outcome: row.try_get("outcome")?,
                code: row.try_get("code")?,
                provider_message_id: row.try_get("provider_message_id")?,
            };
            Ok((row.try_get("id")?, attempt))
        })
        .collect()
}

/// By tenant and key, what was answered to requests that were to be made once.
async fn keys(connection: &mut PgConnection) -> Outcome<HashMap<(Uuid, String), Uuid>> {
    let rows =
        sqlx::query("SELECT tenant_id, key, location FROM idempotency WHERE key LIKE 'chaos-%'")
            .fetch_all(connection)
            .await?;
    let mut keys = HashMap::with_capacity(rows.len());
    for row in rows {
        let location: Option<String> = row.try_get("location")?;
        // Without one the request is not answered, which is found by its message's absence.
        let id = location.as_deref().and_then(|at| at.rsplit('/').next());
        if let Some(id) = id {
            let id: MessageId = id.parse()?;
            keys.insert((row.try_get("tenant_id")?, row.try_get("key")?), id.uuid());
        }
    }
    Ok(keys)
}

/// By tenant, what counts towards its quota: what was taken in and neither refused nor cancelled. Where that
/// is kept as a number, the number is read, since it is what must not be wrong.
async fn usage(connection: &mut PgConnection) -> Outcome<HashMap<Uuid, i64>> {
    let is_kept: bool = sqlx::query_scalar("SELECT to_regclass('public.usage') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    let statement = if is_kept {
        "SELECT tenant_id, sum(messages)::bigint AS used FROM usage GROUP BY tenant_id"
    } else {
        "SELECT tenant_id, count(*) AS used FROM messages
         WHERE direction = 'outbound' AND status NOT IN ('blocked', 'cancelled') GROUP BY tenant_id"
    };
    let rows = sqlx::query(statement).fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| Ok((row.try_get("tenant_id")?, row.try_get("used")?)))
        .collect()
}
