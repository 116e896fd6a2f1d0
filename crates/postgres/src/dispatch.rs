mod settle;

use crate::{
    Postgres,
    marketing::{self, Caps, Sent},
    messages::{AttemptRow, MessageRow, insert_decisions_of_many},
    progress::Progress,
    transaction::store_error,
};
use async_trait::async_trait;
use std::collections::HashMap;
use tidings_kernel::{AccountId, AttemptId, MessageId, StoreError, TenantId};
use tidings_messaging::{
    Attempt, Claim, DecisionRecord, Dispatch, Held, Message, Settlement, Start, Status,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

struct Taken {
    tenant: Uuid,
    fence: i64,
    failures: i32,
    exhausted: Vec<Uuid>,
    open_attempt: Option<Uuid>,
}

#[async_trait]
impl Dispatch for Postgres {
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        let mut rows = sqlx::query!(
            "WITH due AS (
                 SELECT message_id, due_at AS was_due FROM queue WHERE due_at <= $1
                 ORDER BY rank, priority, due_at, message_id LIMIT $2
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE queue q SET fence = q.fence + 1, held = q.fence + 1, due_at = $3
             FROM due WHERE q.message_id = due.message_id
             RETURNING q.message_id, q.tenant_id, q.rank, q.priority, due.was_due, q.fence,
                 q.failures, q.exhausted, q.open_attempt",
            now,
            i64::from(limit),
            now + lease,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        // UPDATE gives rows in any order.
        rows.sort_by_key(|row| (row.rank, row.priority, row.was_due, row.message_id));
        let ids: Vec<Uuid> = rows.iter().map(|row| row.message_id).collect();
        let taken: HashMap<Uuid, Taken> = rows
            .into_iter()
            .map(|row| {
                let taken = Taken {
                    tenant: row.tenant_id,
                    fence: row.fence,
                    failures: row.failures,
                    exhausted: row.exhausted,
                    open_attempt: row.open_attempt,
                };
                (row.message_id, taken)
            })
            .collect();
        self.claims(&ids, taken).await
    }

    async fn begin(&self, starts: &[Start]) -> Result<Vec<AttemptId>, StoreError> {
        if starts.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.begin_for_all().await?;
        let mut caps = Caps::lock(&mut transaction, starts).await?;
        let ids: Vec<Uuid> = starts
            .iter()
            .map(|start| start.held.message.uuid())
            .collect();
        let tenants = starts.iter().map(|start| start.held.tenant);
        let mut progress = Progress::lock(&mut transaction, tenants, &ids).await?;
        let mut begun: Vec<&Start> = Vec::with_capacity(starts.len());
        let mut handed = Vec::new();
        for start in starts {
            let message = start.held.message.uuid();
            let Some(state) = progress.messages.get(&message) else {
                continue;
            };
            // What is judged as marketing comes with a cap, whatever it was declared as.
            let is_marketing = state.is_marketing || start.cap.is_some();
            let marketing = is_marketing.then_some(Sent {
                tenant: start.held.tenant.uuid(),
                attempt: start.attempt.id.uuid(),
                contact: state.contact,
                at: start.attempt.started_at,
            });
            let is_used_up = start
                .cap
                .is_some_and(|cap| caps.is_used_up(start.held.tenant, &cap));
            if is_used_up
                || !state.status.is_waiting()
                || !progress.is_held(start.held.message, start.held.fence)
            {
                continue;
            }
            let Some(entry) = progress.entry(message) else {
                continue;
            };
            if entry.open_attempt.is_some() {
                continue;
            }
            entry.open_attempt = Some(start.attempt.id.uuid());
            progress.set_status(message, Status::Sending, start.attempt.started_at, "worker");
            if let Some(sent) = marketing {
                caps.add(sent);
                handed.push(sent);
            }
            begun.push(start);
        }
        if begun.is_empty() {
            // Dropped, it would hold its locks for a moment longer, and a claim would pass the rows by.
            transaction.rollback().await.map_err(store_error)?;
            return Ok(Vec::new());
        }
        insert_attempts(&mut transaction, &begun).await?;
        marketing::hand_over(&mut transaction, &handed).await?;
        let decisions: Vec<(TenantId, &DecisionRecord)> = begun
            .iter()
            .map(|start| (start.held.tenant, &start.decision))
            .collect();
        insert_decisions_of_many(&mut transaction, &decisions).await?;
        progress.store(&mut transaction).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(begun.iter().map(|start| start.attempt.id).collect())
    }

    async fn settle(
        &self,
        settlements: &[(Held, Settlement)],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if settlements.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin_for_all().await?;
        let ids: Vec<Uuid> = settlements
            .iter()
            .map(|(held, _)| held.message.uuid())
            .collect();
        let tenants = settlements.iter().map(|(held, _)| held.tenant);
        let mut progress = Progress::lock(&mut transaction, tenants, &ids).await?;
        for (held, settlement) in settlements {
            settle::settle_one(&mut progress, *held, settlement, now);
        }
        progress.store(&mut transaction).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn siblings(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let ids = sqlx::query_scalar!(
            r#"SELECT other.provider_message_id AS "id!"
               FROM attempts own
               JOIN messages m ON m.tenant_id = own.tenant_id AND m.id = own.message_id
               JOIN messages n ON n.tenant_id = m.tenant_id AND n.contact_id = m.contact_id
               JOIN attempts other ON other.tenant_id = n.tenant_id AND other.message_id = n.id
               WHERE own.tenant_id = $1 AND own.id = $2 AND other.id <> own.id
                 AND other.account_id = own.account_id
                 AND other.started_at > own.started_at - interval '1 day'
                 AND other.provider_message_id IS NOT NULL"#,
            tenant.uuid(),
            attempt.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(ids)
    }

    async fn wait(&self, timeout: Duration) {
        self.wait_for_notice(timeout).await;
    }
}

impl Postgres {
    /// Reads what was claimed. An attempt that an earlier hold left without outcome becomes unknown.
    async fn claims(
        &self,
        ids: &[Uuid],
        mut taken: HashMap<Uuid, Taken>,
    ) -> Result<Vec<Claim>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let tenants: Vec<Uuid> = taken.values().map(|taken| taken.tenant).collect();
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT m.* FROM messages m WHERE tenant_id = ANY($1) AND id = ANY($2)",
            &tenants,
            ids,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let mut messages: HashMap<Uuid, Message> = HashMap::with_capacity(rows.len());
        for row in rows {
            let id = row.id;
            // One row that makes no sense must not hold up the others of its batch.
            match Message::try_from(row) {
                Ok(message) => {
                    messages.insert(id, message);
                }
                Err(error) => unreadable(id, &error),
            }
        }
        let open: Vec<Uuid> = taken
            .values()
            .filter_map(|taken| taken.open_attempt)
            .collect();
        let mut attempts = self.open_attempts(&tenants, &open).await?;
        Ok(ids
            .iter()
            .filter_map(|id| {
                let taken = taken.remove(id)?;
                let open_attempt = match taken.open_attempt {
                    None => None,
                    // Without its attempt nobody could tell whether it was sent.
                    Some(open) => Some(attempts.remove(&open)?),
                };
                Some(Claim {
                    held: Held {
                        tenant: TenantId::from_uuid(taken.tenant),
                        message: MessageId::from_uuid(*id),
                        fence: taken.fence,
                    },
                    message: messages.remove(id)?,
                    failures: u32::try_from(taken.failures).unwrap_or(0),
                    exhausted: taken
                        .exhausted
                        .into_iter()
                        .map(AccountId::from_uuid)
                        .collect(),
                    open_attempt,
                })
            })
            .collect())
    }

    async fn open_attempts(
        &self,
        tenants: &[Uuid],
        open: &[Uuid],
    ) -> Result<HashMap<Uuid, Attempt>, StoreError> {
        if open.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query_as!(
            AttemptRow,
            // Locked by id like everywhere, so that it and a late settlement never wait in a circle.
            "WITH open AS (
                 SELECT tenant_id, id FROM attempts WHERE tenant_id = ANY($1) AND id = ANY($2)
                 ORDER BY id FOR NO KEY UPDATE
             )
             UPDATE attempts a SET outcome = coalesce(outcome, 'unknown') FROM open
             WHERE a.tenant_id = open.tenant_id AND a.id = open.id
             RETURNING a.id, a.message_id, a.account_id, a.provider, a.sender_id, a.sender_address,
                 a.started_at, a.outcome, a.provider_message_id, a.error, a.receipt, a.cost_micros,
                 a.cost_currency",
            tenants,
            open,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        let mut attempts = HashMap::with_capacity(rows.len());
        for row in rows {
            let (id, message) = (row.id, row.message_id);
            match Attempt::try_from(row) {
                Ok(attempt) => {
                    attempts.insert(id, attempt);
                }
                Err(error) => unreadable(message, &error),
            }
        }
        Ok(attempts)
    }
}

/// Says that a message is left alone: it comes up again when its lease ends, until somebody has
/// repaired what is stored.
fn unreadable(message: Uuid, error: &StoreError) {
    tracing::error!(%message, error = error as &dyn std::error::Error,
        "a message in the queue cannot be read: it is left alone");
}

async fn insert_attempts(
    connection: &mut sqlx::PgConnection,
    starts: &[&Start],
) -> Result<(), StoreError> {
    let column = |value: fn(&Start) -> Uuid| -> Vec<Uuid> {
        starts.iter().map(|start| value(start)).collect()
    };
    let text = |value: fn(&Start) -> &str| -> Vec<String> {
        starts.iter().map(|start| value(start).to_owned()).collect()
    };
    let instants: Vec<OffsetDateTime> = starts
        .iter()
        .map(|start| start.attempt.started_at)
        .collect();
    sqlx::query!(
        "WITH started AS (
             INSERT INTO attempts (tenant_id, id, message_id, account_id, provider, sender_id,
                 sender_address, started_at)
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],
                 $6::uuid[], $7::text[], $8::timestamptz[])
             RETURNING tenant_id, message_id, sender_address
         )
         UPDATE messages m SET from_address = started.sender_address FROM started
         WHERE m.tenant_id = started.tenant_id AND m.id = started.message_id",
        &column(|start| start.held.tenant.uuid()),
        &column(|start| start.attempt.id.uuid()),
        &column(|start| start.held.message.uuid()),
        &column(|start| start.attempt.account.uuid()),
        &text(|start| &start.attempt.provider),
        &column(|start| start.attempt.sender.uuid()),
        &text(|start| &start.attempt.sender_address),
        &instants,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
