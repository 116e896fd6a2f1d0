//! Writes attempts before the calls are made.

use super::claiming::columns;
use crate::{
    Postgres,
    marketing::{self, Caps, Sent},
    messages::decisions,
    transaction::store_error,
};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_kernel::{AttemptId, DecisionId, StoreError, TenantId};
use tidings_messaging::{DecisionRecord, Start};
use uuid::Uuid;

/// A hold that still stands, on a message that no attempt of is open.
struct Standing {
    contact: Uuid,
    /// Whether the gate found what it had found at acceptance.
    is_same: bool,
}

impl Postgres {
    pub(super) async fn begin_attempts(
        &self,
        starts: &[Start],
    ) -> Result<Vec<AttemptId>, StoreError> {
        if starts.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.begin_for_all().await?;
        let mut caps = Caps::lock(&mut transaction, starts).await?;
        let mut standing = lock_standing(&mut transaction, starts).await?;
        let mut begun: Vec<(&Start, bool)> = Vec::with_capacity(starts.len());
        let mut handed = Vec::new();
        for start in starts {
            let tenant = start.held.tenant;
            if start.caps.iter().any(|cap| caps.is_used_up(tenant, cap)) {
                continue;
            }
            // Taken out, so that a second start of the same message finds none.
            let Some(hold) = standing.remove(&start.held.message.uuid()) else {
                continue;
            };
            // What is judged as marketing counts, whatever it was declared as.
            if start.is_marketing() {
                let sent = Sent {
                    tenant: tenant.uuid(),
                    attempt: start.attempt.id.uuid(),
                    contact: hold.contact,
                    at: start.attempt.started_at,
                };
                caps.add(sent);
                handed.push(sent);
            }
            begun.push((start, hold.is_same && is_plain(start)));
        }
        if begun.is_empty() {
            // Dropped, it would hold its locks for a moment longer, and a claim would pass the rows by.
            transaction.rollback().await.map_err(store_error)?;
            return Ok(Vec::new());
        }
        insert_attempts(&mut transaction, &begun).await?;
        marketing::hand_over(&mut transaction, &handed).await?;
        let new: Vec<(TenantId, &DecisionRecord)> = begun
            .iter()
            .filter(|(_, is_same)| !is_same)
            .map(|(start, _)| (start.held.tenant, &start.decision))
            .collect();
        decisions::insert(&mut transaction, &new).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(begun.iter().map(|(start, _)| start.attempt.id).collect())
    }
}

/// Whether a reference to the decision at acceptance, with the attempt's instant, says all of this one.
fn is_plain(start: &Start) -> bool {
    start.decision.others.is_empty()
        && start.decision.decision.evaluated_at == start.attempt.started_at
}

/// Locks the places in the queue of those holds that still stand, against changes and cancellations.
async fn lock_standing(
    connection: &mut PgConnection,
    starts: &[Start],
) -> Result<HashMap<Uuid, Standing>, StoreError> {
    let mut digests = Vec::with_capacity(starts.len());
    for start in starts {
        digests.push(decisions::digest(&start.decision)?.to_vec());
    }
    let (messages, fences) = columns(starts.iter().map(|start| &start.held));
    sqlx::query!(
        "SELECT q.message_id FROM unnest($1::uuid[], $2::bigint[]) AS s (message_id, fence)
         JOIN queue q ON q.message_id = s.message_id AND q.fence = s.fence
         ORDER BY q.message_id FOR NO KEY UPDATE OF q",
        &messages,
        &fences,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    // A statement of its own, so that it sees an attempt that was begun while the lock was waited for.
    let rows = sqlx::query!(
        r#"SELECT m.id, m.contact_id, m.judged IS NOT DISTINCT FROM s.judged AS "is_same!"
           FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[])
               AS s (tenant_id, message_id, fence, judged)
           JOIN queue q ON q.message_id = s.message_id AND q.fence = s.fence
           JOIN messages m ON m.tenant_id = s.tenant_id AND m.id = s.message_id
           WHERE NOT EXISTS (
               SELECT FROM attempts a WHERE a.tenant_id = s.tenant_id AND a.message_id = s.message_id
                   AND (a.outcome IS NULL OR a.outcome = 'unknown'))"#,
        &starts
            .iter()
            .map(|start| start.held.tenant.uuid())
            .collect::<Vec<_>>(),
        &messages,
        &fences,
        &digests,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let standing = Standing {
                contact: row.contact_id,
                is_same: row.is_same,
            };
            (row.id, standing)
        })
        .collect())
}

async fn insert_attempts(
    connection: &mut PgConnection,
    begun: &[(&Start, bool)],
) -> Result<(), StoreError> {
    let column = |value: fn(&Start) -> Uuid| -> Vec<Uuid> {
        begun.iter().map(|(start, _)| value(start)).collect()
    };
    let text = |value: fn(&Start) -> &str| -> Vec<String> {
        begun
            .iter()
            .map(|(start, _)| value(start).to_owned())
            .collect()
    };
    let instants: Vec<time::OffsetDateTime> = begun
        .iter()
        .map(|(start, _)| start.attempt.started_at)
        .collect();
    let decided: Vec<Option<Uuid>> = begun
        .iter()
        .map(|(start, is_same)| is_same.then_some(DecisionId::uuid(start.decision.id)))
        .collect();
    sqlx::query!(
        "INSERT INTO attempts (tenant_id, id, message_id, account_id, provider, sender_id,
             sender_address, started_at, decision_id)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],
             $6::uuid[], $7::text[], $8::timestamptz[], $9::uuid[])",
        &column(|start| start.held.tenant.uuid()),
        &column(|start| start.attempt.id.uuid()),
        &column(|start| start.held.message.uuid()),
        &column(|start| start.attempt.account.uuid()),
        &text(|start| &start.attempt.provider),
        &column(|start| start.attempt.sender.uuid()),
        &text(|start| &start.attempt.sender_address),
        &instants,
        &decided as &[Option<Uuid>],
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
