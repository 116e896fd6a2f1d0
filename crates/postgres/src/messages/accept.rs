//! Takes messages in, many in a few statements.

use super::timeline;
use crate::{
    absences, conversations,
    convert::to_json,
    event_log::{self, Noted},
    ladders,
    lanes::LaneKey,
    messages::decisions,
    sources::version_column,
    transaction::store_error,
    usage,
};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{MessageId, Money, StoreError, TenantId};
use tidings_messaging::{
    ConversationPart, DecisionRecord, Happening, LaneId, Message, MessageStatus, NewMessage,
    QueueEntry, Received, TimelineEntry,
};
use tidings_quiet_hours::Urgency;
use time::OffsetDateTime;
use uuid::Uuid;

/// What became of one of several new messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It is stored.
    Yes,
    /// Its contact is gone, and nothing of it is stored.
    NoContact,
    /// Nothing of the tenant's month was left for it, and nothing of it is stored.
    UsedUp,
}

/// Stores new messages with their decisions and places in the queue, and counts them against the month.
/// Each may be refused without the others. Gives what became of each, and how many events were noted. The lanes are those of [`lanes_of`](crate::Postgres::lanes_of), the
/// transaction one of [`begin_intake`](crate::Postgres::begin_intake).
pub(crate) async fn insert_new_many(
    connection: &mut PgConnection,
    new: &[&NewMessage],
    lanes: &HashMap<LaneKey, LaneId>,
) -> Result<(Vec<Inserted>, u64), StoreError> {
    let mut outcomes = vec![Inserted::Yes; new.len()];
    let there = contacts_there(connection, new.iter().map(|new| &new.message)).await?;
    for (new, outcome) in new.iter().zip(&mut outcomes) {
        if !there.contains_key(&person(&new.message)) {
            *outcome = Inserted::NoContact;
        }
    }
    let reserved = usage::reserve(connection, new, &mut outcomes).await?;
    let stored: Vec<&NewMessage> = new
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Inserted::Yes)
        .map(|(new, _)| *new)
        .collect();
    let mut rows = Vec::with_capacity(stored.len());
    for new in &stored {
        rows.push(Row {
            message: &new.message,
            timeline: new.timeline(),
            judged: Some(decisions::digest(&new.decision)?.to_vec()),
            status_webhook: new.status_webhook.as_deref(),
        });
    }
    insert_rows(connection, &rows).await?;
    let decided: Vec<(TenantId, &DecisionRecord)> = stored
        .iter()
        .map(|new| (new.message.tenant, &new.decision))
        .collect();
    decisions::insert(connection, &decided).await?;
    let entries: Vec<_> = stored
        .iter()
        .filter_map(|new| {
            let message = &new.message;
            Some((
                message.tenant,
                message.id,
                new.entry.as_ref()?,
                message.created_at,
            ))
        })
        .collect();
    insert_entries(connection, &entries, lanes, 0).await?;
    ladders::insert_steps(connection, &stored).await?;
    absences::note_told(connection, &stored).await?;
    let logged = stored
        .iter()
        .filter(|new| there.get(&person(&new.message)) == Some(&Logged::Yes));
    let noted: Vec<Noted> = logged.filter_map(|new| first_status(new)).collect();
    let mut told = event_log::note(connection, &noted).await?;
    let messages: Vec<&Message> = stored.iter().map(|new| &new.message).collect();
    let moved = conversations::answered(connection, &messages).await?;
    let moved: Vec<Noted> = moved
        .into_iter()
        .filter(|it| there.get(&(it.tenant, it.contact)) == Some(&Logged::Yes))
        .map(|it| it.news(vec![ConversationPart::Messages]))
        .collect::<Result<_, _>>()?;
    told += event_log::note(connection, &moved).await?;
    // Last, so that others who count in the same month wait for as short as can be.
    usage::write(connection, &reserved).await?;
    Ok((outcomes, told))
}

/// What is told of a message that was taken in: what the gate said of it.
fn first_status(new: &NewMessage) -> Option<Noted> {
    let message = &new.message;
    let timeline = new.timeline();
    let judged = timeline.last()?;
    let happening = Happening::MessageStatus(MessageStatus::of(message, judged));
    Some(Noted::new(message.tenant, judged.at, happening))
}

/// Stores a message from a contact, in a transaction of [`begin_intake`](crate::Postgres::begin_intake), and gives
/// how many events were noted; none if the contact is gone, and then nothing is stored.
pub(crate) async fn insert_inbound(
    connection: &mut PgConnection,
    message: &Message,
    source: &str,
) -> Result<Option<u64>, StoreError> {
    let there = contacts_there(connection, [message]).await?;
    let Some(logged) = there.get(&person(message)) else {
        return Ok(None);
    };
    let row = Row {
        message,
        timeline: vec![TimelineEntry {
            status: message.status,
            at: message.status_at,
            source: source.to_owned(),
        }],
        judged: None,
        status_webhook: None,
    };
    insert_rows(connection, &[row]).await?;
    let noted = match logged {
        Logged::No => 0,
        Logged::Yes => {
            let happening = Happening::MessageReceived(Received::of(message));
            let noted = Noted::new(message.tenant, message.status_at, happening);
            event_log::note(connection, &[noted]).await?
        }
    };
    Ok(Some(noted))
}

/// Whether the log of a contact's tenant is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Logged {
    Yes,
    No,
}

/// Whom a message is for.
const fn person(message: &Message) -> (Uuid, Uuid) {
    (message.tenant.uuid(), message.contact.uuid())
}

/// Those of the contacts that exist. Read in a statement of its own, so that it sees what was committed while
/// an erasure was waited for.
async fn contacts_there(
    connection: &mut PgConnection,
    messages: impl IntoIterator<Item = &Message>,
) -> Result<HashMap<(Uuid, Uuid), Logged>, StoreError> {
    let mut wanted: Vec<(Uuid, Uuid)> = messages.into_iter().map(person).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let (tenants, contacts): (Vec<Uuid>, Vec<Uuid>) = wanted.into_iter().unzip();
    let rows = sqlx::query!(
        r#"SELECT c.tenant_id, c.id,
               (c.tenant_id IN (SELECT l.tenant_id FROM event_logs l WHERE l.is_kept)) AS "is_kept!"
           FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           JOIN contacts c ON c.tenant_id = wanted.tenant_id AND c.id = wanted.id
           WHERE c.erased_at IS NULL"#,
        &tenants,
        &contacts,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let logged = if row.is_kept { Logged::Yes } else { Logged::No };
            ((row.tenant_id, row.id), logged)
        })
        .collect())
}

/// A message with what only its row has.
struct Row<'a> {
    message: &'a Message,
    timeline: Vec<TimelineEntry>,
    judged: Option<Vec<u8>>,
    status_webhook: Option<&'a str>,
}

/// A column of many rows.
macro_rules! column {
    ($rows:expr, $row:ident => $value:expr) => {
        $rows.iter().map(|$row| $value).collect::<Vec<_>>()
    };
}

async fn insert_rows(connection: &mut PgConnection, rows: &[Row<'_>]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut contents = Vec::with_capacity(rows.len());
    let mut uses = Vec::with_capacity(rows.len());
    let mut overrides = Vec::with_capacity(rows.len());
    let mut versions = Vec::with_capacity(rows.len());
    let mut tags = Vec::with_capacity(rows.len());
    for Row { message, .. } in rows {
        contents.push(to_json("content", &message.content)?);
        // JSON null stands for none: UNNEST takes no optional values of this type.
        uses.push(to_json("template use", &message.template_use)?);
        overrides.push(to_json("override", &message.override_by)?);
        let version = message.context.as_ref().and_then(|context| context.version);
        versions.push(version.map(version_column).transpose()?);
        // An array of arrays must be rectangular, so the inner ones travel as JSON.
        tags.push(
            (!message.tags.is_empty()).then(|| serde_json::Value::from(message.tags.clone())),
        );
    }
    let text = |text: &str| text.to_owned();
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let (estimated, estimated_currency): (Vec<_>, Vec<_>) = rows
        .iter()
        .map(|row| money(row.message.cost_estimated))
        .unzip();
    let (actual, actual_currency): (Vec<_>, Vec<_>) = rows
        .iter()
        .map(|row| money(row.message.cost_actual))
        .unzip();
    sqlx::query!(
        "INSERT INTO messages (tenant_id, id, contact_id, direction, channel, purpose, status,
             status_at, content, template_id, template_use, from_address, to_address, address_kind,
             address_value, priority, scheduled_at, send_at, valid_until, segment_encoding,
             segment_units, segment_count, cost_estimated_micros, cost_estimated_currency,
             cost_actual_micros, cost_actual_currency, context_type, context_id, topic, tags,
             account_id, sender_id, provider_message_id, created_at, context_version, urgency,
             override_by, timeline, judged, trace_id, status_webhook)
         SELECT tenant_id, id, contact_id, direction, channel, purpose, status,
             status_at, content, template_id, nullif(template_use, 'null'::jsonb), from_address,
             to_address, address_kind, address_value, priority, scheduled_at, send_at, valid_until,
             segment_encoding, segment_units, segment_count, cost_estimated_micros,
             cost_estimated_currency, cost_actual_micros, cost_actual_currency, context_type,
             context_id, topic,
             CASE WHEN tags IS NULL THEN '{}'
                 ELSE ARRAY(SELECT jsonb_array_elements_text(tags)) END,
             account_id, sender_id, provider_message_id, created_at, context_version, urgency,
             nullif(override_by, 'null'::jsonb), timeline, judged, trace_id, status_webhook
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
             $7::text[], $8::timestamptz[], $9::jsonb[], $10::uuid[], $11::jsonb[], $12::text[],
             $13::text[], $14::text[], $15::text[], $16::smallint[], $17::timestamptz[],
             $18::timestamptz[], $19::timestamptz[], $20::text[], $21::integer[], $22::integer[],
             $23::bigint[], $24::text[], $25::bigint[], $26::text[], $27::text[], $28::text[],
             $29::text[], $30::jsonb[], $31::uuid[], $32::uuid[], $33::text[], $34::timestamptz[],
             $35::bigint[], $36::text[], $37::jsonb[], $38::text[], $39::bytea[], $40::uuid[],
             $41::text[])
             AS m (tenant_id, id, contact_id, direction, channel, purpose, status,
                 status_at, content, template_id, template_use, from_address, to_address,
                 address_kind, address_value, priority, scheduled_at, send_at, valid_until,
                 segment_encoding, segment_units, segment_count, cost_estimated_micros,
                 cost_estimated_currency, cost_actual_micros, cost_actual_currency, context_type,
                 context_id, topic, tags, account_id, sender_id, provider_message_id, created_at,
                 context_version, urgency, override_by, timeline, judged, trace_id, status_webhook)",
        &column!(rows, row => row.message.tenant.uuid()),
        &column!(rows, row => row.message.id.uuid()),
        &column!(rows, row => row.message.contact.uuid()),
        &column!(rows, row => text(row.message.direction.as_str())),
        &column!(rows, row => text(row.message.channel.as_str())),
        &column!(rows, row => text(row.message.purpose.as_str())),
        &column!(rows, row => text(row.message.status.as_str())),
        &column!(rows, row => row.message.status_at),
        &contents,
        &column!(rows, row => row.message.template.map(tidings_kernel::TemplateId::uuid))
            as &[Option<Uuid>],
        &uses,
        &column!(rows, row => row.message.from.clone()) as &[Option<String>],
        &column!(rows, row => row.message.to.clone()),
        &column!(rows, row => text(row.message.contact_address.kind())),
        &column!(rows, row => row.message.contact_address.to_string()),
        &column!(rows, row => i16::from(row.message.priority)),
        &column!(rows, row => row.message.scheduled_at) as &[Option<OffsetDateTime>],
        &column!(rows, row => row.message.send_at) as &[Option<OffsetDateTime>],
        &column!(rows, row => row.message.valid_until) as &[Option<OffsetDateTime>],
        &column!(rows, row => row.message.segments.map(|it| text(it.encoding.as_str())))
            as &[Option<String>],
        &column!(rows, row => row.message.segments.map(|it| count(it.units))) as &[Option<i32>],
        &column!(rows, row => row.message.segments.map(|it| count(it.count))) as &[Option<i32>],
        &estimated as &[Option<i64>],
        &estimated_currency as &[Option<String>],
        &actual as &[Option<i64>],
        &actual_currency as &[Option<String>],
        &column!(rows, row => row.message.context.as_ref().map(|it| it.kind.clone()))
            as &[Option<String>],
        &column!(rows, row => row.message.context.as_ref().map(|it| it.id.clone()))
            as &[Option<String>],
        &column!(rows, row => row.message.topic.clone()) as &[Option<String>],
        &tags as &[Option<serde_json::Value>],
        &column!(rows, row => row.message.account.map(tidings_kernel::AccountId::uuid))
            as &[Option<Uuid>],
        &column!(rows, row => row.message.sender.map(tidings_kernel::SenderId::uuid))
            as &[Option<Uuid>],
        &column!(rows, row => row.message.provider_message_id.clone()) as &[Option<String>],
        &column!(rows, row => row.message.created_at),
        &versions as &[Option<i64>],
        &column!(rows, row => text(urgency(row.message.urgency))),
        &overrides,
        &column!(rows, row => timeline::write(&row.timeline)),
        &column!(rows, row => row.judged.clone()) as &[Option<Vec<u8>>],
        &column!(rows, row => row.message.trace.map(tidings_messaging::TraceId::uuid))
            as &[Option<Uuid>],
        &column!(rows, row => row.status_webhook) as &[Option<&str>],
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// The column's name for it, which is also its name elsewhere.
const fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Ordinary => "ordinary",
        Urgency::TimeCritical => "time_critical",
    }
}

/// The two columns of an amount.
pub(crate) fn money(money: Option<Money>) -> (Option<i64>, Option<String>) {
    money
        .map(|money| (money.micros(), money.currency().to_string()))
        .unzip()
}

/// The fence of a place that a message gets again: one that no hold ever had. Whoever held the place that was
/// left cannot settle this one, and the next claim looks for an open attempt, as it does for all that was
/// held before.
pub(crate) fn fence_again(now: OffsetDateTime) -> i64 {
    i64::try_from(now.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// Gives messages their places in the queue under this fence, 0 for the first, as of an instant. What is due
/// later sleeps until then.
pub(super) async fn insert_entries(
    connection: &mut PgConnection,
    entries: &[(TenantId, MessageId, &QueueEntry, OffsetDateTime)],
    lanes: &HashMap<LaneKey, LaneId>,
    fence: i64,
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut numbers = Vec::with_capacity(entries.len());
    for (tenant, _, entry, _) in entries {
        let lane = lanes
            .get(&LaneKey::of(*tenant, entry))
            .ok_or_else(|| StoreError::inconsistent("a message has no lane"))?;
        numbers.push(lane.0);
    }
    sqlx::query!(
        "INSERT INTO queue (message_id, tenant_id, lane, rank, priority, due_at, wake_at, fence)
         SELECT *, $8 FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::smallint[],
             $5::smallint[], $6::timestamptz[], $7::timestamptz[])",
        &column!(entries, entry => entry.1.uuid()),
        &column!(entries, entry => entry.0.uuid()),
        &numbers,
        &column!(entries, entry => i16::from(entry.2.class.rank())),
        &column!(entries, entry => i16::from(entry.2.priority)),
        &column!(entries, entry => entry.2.due_at),
        &column!(entries, entry => (entry.2.due_at > entry.3).then_some(entry.2.due_at))
            as &[Option<OffsetDateTime>],
        fence,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
