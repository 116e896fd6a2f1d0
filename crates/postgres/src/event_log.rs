//! What happens, noted where it happens, and its place in the log.

mod noting;
mod placing;

pub(crate) use noting::{Noted, is_kept, note};

use crate::{
    Postgres, convert::Place, messages::MessageRow, notices::Channel, transaction::store_error,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_messaging::{Event, EventKind, EventLog, Happening, LogSpan, Message};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// For how much longer than was asked for a log is kept, so that not every reader who comes writes it anew.
const SLACK: Duration = Duration::DAY;

/// A row of `events`.
struct EventRow {
    tenant_id: Uuid,
    position: i64,
    logged_at: OffsetDateTime,
    at: OffsetDateTime,
    kind: String,
    data: serde_json::Value,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let place = Place::new("events", row.tenant_id);
        let kind: EventKind = place.parse("kind", &row.kind)?;
        Ok(Self {
            tenant: TenantId::from_uuid(row.tenant_id),
            position: place.number("position", row.position)?,
            logged_at: row.logged_at,
            at: row.at,
            happening: Happening::read(kind, row.data).map_err(|error| {
                place.bad("data", format_args!("{error} at place {}", row.position))
            })?,
        })
    }
}

#[async_trait]
impl EventLog for Postgres {
    async fn keep(&self, tenant: TenantId, until: OffsetDateTime) -> Result<LogSpan, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        keep(&mut transaction, tenant, until).await?;
        let row = sqlx::query!(
            r#"SELECT l.last, greatest(l.since, coalesce(
                   (SELECT min(e.position) FROM events e WHERE e.tenant_id = $1) - 1, l.last)) AS "after!"
               FROM event_logs l WHERE l.tenant_id = $1"#,
            tenant.uuid(),
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let place = Place::new("event_logs", tenant.uuid());
        Ok(LogSpan {
            after: place.number("since", row.after)?,
            last: place.number("last", row.last)?,
        })
    }

    async fn read(&self, after: &[(TenantId, u64)], most: u16) -> Result<Vec<Event>, StoreError> {
        if after.is_empty() {
            return Ok(Vec::new());
        }
        let (mut tenants, mut places) = (Vec::new(), Vec::new());
        for (tenant, place) in after {
            tenants.push(tenant.uuid());
            places.push(i64::try_from(*place).unwrap_or(i64::MAX));
        }
        let mut transaction = self
            .begin_for_each(after.iter().map(|(tenant, _)| *tenant))
            .await?;
        let rows = sqlx::query_as!(
            EventRow,
            r#"SELECT e.tenant_id AS "tenant_id!", e.position AS "position!",
                   e.logged_at AS "logged_at!", e.at AS "at!", e.kind AS "kind!", e.data AS "data!"
               FROM unnest($1::uuid[], $2::bigint[]) AS wanted (tenant_id, after)
               CROSS JOIN LATERAL (
                   SELECT * FROM events
                   WHERE tenant_id = wanted.tenant_id AND position > wanted.after
                   ORDER BY position LIMIT $3) AS e
               ORDER BY 1, 2"#,
            &tenants,
            &places,
            i64::from(most),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let mut events = rows
            .into_iter()
            .map(Event::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        read_said(&mut transaction, &mut events).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(events)
    }

    async fn place(&self, most: u16, now: OffsetDateTime) -> Result<u64, StoreError> {
        let placed = self.place_noted(most, now).await?;
        if placed > 0 {
            self.wake(Channel::Events).await;
        }
        Ok(placed)
    }

    async fn forget_events(
        &self,
        before: OffsetDateTime,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        self.forget_placed(before, now, most).await
    }

    async fn wait_to_place(&self, seen: u64, timeout: Duration) -> u64 {
        self.notices.outbox.wait(seen, timeout).await
    }

    async fn wait_to_read(&self, seen: u64, timeout: Duration) -> u64 {
        self.notices.events.wait(seen, timeout).await
    }
}

/// Keeps a tenant's log from now on, until this instant at least.
pub(crate) async fn keep(
    connection: &mut PgConnection,
    tenant: TenantId,
    until: OffsetDateTime,
) -> Result<(), StoreError> {
    // Nearly always it is, and then its row is left alone: whoever gives places needs it.
    let is_kept = sqlx::query_scalar!(
        r#"SELECT is_kept AND kept_until >= $2 AS "is_kept!" FROM event_logs WHERE tenant_id = $1"#,
        tenant.uuid(),
        until,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    if is_kept == Some(true) {
        return Ok(());
    }
    // One that was not kept has a hole from here on, so that what it had before is not taken for all there was.
    sqlx::query!(
        "INSERT INTO event_logs AS l (tenant_id, is_kept, kept_until) VALUES ($1, true, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET is_kept = true,
             kept_until = greatest(l.kept_until, excluded.kept_until),
             since = CASE WHEN l.is_kept THEN l.since ELSE l.last END
         WHERE NOT l.is_kept OR l.kept_until < $3",
        tenant.uuid(),
        until + SLACK,
        until,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// The events at these places, of each of these tenants.
pub(crate) async fn at_places(
    connection: &mut PgConnection,
    tenants: &[Uuid],
    places: &[i64],
) -> Result<Vec<Event>, StoreError> {
    let rows = sqlx::query_as!(
        EventRow,
        "SELECT e.tenant_id, e.position, e.logged_at, e.at, e.kind, e.data
         FROM unnest($1::uuid[], $2::bigint[]) AS wanted (tenant_id, position)
         JOIN events e ON e.tenant_id = wanted.tenant_id AND e.position = wanted.position",
        tenants,
        places,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let mut events = rows
        .into_iter()
        .map(Event::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    read_said(connection, &mut events).await?;
    Ok(events)
}

/// Adds what messages say that came in.
async fn read_said(connection: &mut PgConnection, events: &mut [Event]) -> Result<(), StoreError> {
    let (mut tenants, mut ids) = (Vec::new(), Vec::new());
    for event in &*events {
        if let Happening::MessageReceived(received) = &event.happening {
            tenants.push(event.tenant.uuid());
            ids.push(received.message_id.uuid());
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query_as!(
        MessageRow,
        "SELECT m.* FROM messages m WHERE tenant_id = ANY ($1) AND id = ANY ($2)",
        &tenants,
        &ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut messages: HashMap<(TenantId, MessageId), Message> = HashMap::with_capacity(rows.len());
    for row in rows {
        let message = Message::try_from(row)?;
        messages.insert((message.tenant, message.id), message);
    }
    for event in events {
        if let Happening::MessageReceived(received) = &mut event.happening
            && let Some(message) = messages.get(&(event.tenant, received.message_id))
        {
            received.read(message);
        }
    }
    Ok(())
}
