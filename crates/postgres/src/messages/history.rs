//! Messages with their attempts and timelines.

use super::{AttemptRow, MessageRow, timeline};
use crate::{convert::Place, transaction::store_error};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_messaging::{
    Attempt, Direction, Message, MessageRecord, OutcomeKind, Status, TimelineEntry,
};
use uuid::Uuid;

/// Puts attempts and timelines to messages.
pub(crate) async fn with_history(
    connection: &mut PgConnection,
    tenant: TenantId,
    rows: Vec<MessageRow>,
) -> Result<Vec<MessageRecord>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut attempts: HashMap<MessageId, Vec<Attempt>> = HashMap::new();
    let attempt_rows = sqlx::query_as!(
        AttemptRow,
        "SELECT id, message_id, account_id, provider, sender_id, sender_address, started_at, outcome,
             provider_message_id, error, receipt, cost_micros, cost_currency
         FROM attempts WHERE tenant_id = $1 AND message_id = ANY($2) ORDER BY id",
        tenant.uuid(),
        &ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    for row in attempt_rows {
        let attempt = Attempt::try_from(row)?;
        attempts.entry(attempt.message).or_default().push(attempt);
    }
    rows.into_iter()
        .map(|row| {
            let timeline = timeline::read(Place::new("messages", row.id), &row.timeline)?;
            let message = Message::try_from(row)?;
            let attempts = attempts.remove(&message.id).unwrap_or_default();
            Ok(in_motion(MessageRecord {
                message,
                attempts,
                timeline,
            }))
        })
        .collect()
}

/// Says of a message what its attempts tell: the sender that it left from, and that it is being sent.
fn in_motion(mut record: MessageRecord) -> MessageRecord {
    let Some(latest) = record.attempts.last() else {
        return record;
    };
    let message = &mut record.message;
    // An erased person's message keeps nothing that identifies.
    if message.direction == Direction::Outbound && !message.to.is_empty() {
        message.from = Some(latest.sender_address.clone());
    }
    let is_open = match latest.outcome {
        None | Some(OutcomeKind::Unknown) => true,
        Some(OutcomeKind::Accepted | OutcomeKind::Rejected) => false,
    };
    if is_open && message.status.is_waiting() {
        message.status = Status::Sending;
        message.status_at = latest.started_at;
        record.timeline.push(TimelineEntry {
            status: Status::Sending,
            at: latest.started_at,
            source: "worker".to_owned(),
        });
    }
    record
}
