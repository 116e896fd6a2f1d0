use crate::{
    Postgres,
    consent_ledger::append,
    contacts::insert_contact,
    convert::{Place, to_json, without_nul},
    messages::{MessageRow, insert_message},
    progress::{Progress, settle_cost},
    transaction::store_error,
};
use async_trait::async_trait;
use bytes::Bytes;
use ring::digest::{Context, SHA256};
use std::collections::HashMap;
use tidings_kernel::{AccountId, AttemptId, CallbackId, StoreError, TenantId};
use tidings_messaging::{
    Address, CallbackRequest, ContactError, InboundRecord, Inbox, Message, OutcomeKind, QueryJob,
    RawCallback, Receipt, ReceiptTarget, ReceiptUpdate, StatusQuery, Stored,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Within this time the very same request is a repeat.
const REPEAT: Duration = Duration::days(1);

/// The same for repeats of one request: account, method, address and body.
fn fingerprint(callback: &RawCallback) -> Vec<u8> {
    let request = &callback.request;
    let mut context = Context::new(&SHA256);
    for part in [
        callback.account.uuid().as_bytes().as_slice(),
        request.method.as_bytes(),
        request.url.as_bytes(),
        &request.body,
    ] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

#[async_trait]
impl Inbox for Postgres {
    async fn store(&self, callback: &RawCallback) -> Result<Stored, StoreError> {
        let mut transaction = self.begin_for(callback.tenant).await?;
        let request = &callback.request;
        let fingerprint = fingerprint(callback);
        // Two repeats at the same instant: the second waits here and then sees the first.
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 7))",
            &fingerprint,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        let stored = sqlx::query!(
            "INSERT INTO callbacks (id, tenant_id, account_id, provider, method, url, headers, body,
                 fingerprint, received_at, due_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10
             WHERE NOT EXISTS (
                 SELECT FROM callbacks WHERE tenant_id = $2 AND fingerprint = $9
                     AND received_at > $11)",
            callback.id.uuid(),
            callback.tenant.uuid(),
            callback.account.uuid(),
            callback.provider,
            request.method,
            request.url,
            to_json("headers", &request.headers)?,
            &request.body[..],
            &fingerprint,
            request.received_at,
            request.received_at - REPEAT,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        self.wake().await;
        Ok(if stored.rows_affected() == 1 {
            Stored::New
        } else {
            Stored::Repeat
        })
    }

    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<RawCallback>, StoreError> {
        let mut rows = sqlx::query!(
            "WITH due AS (
                 SELECT id FROM callbacks WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE callbacks c SET due_at = $3 FROM due WHERE c.id = due.id
             RETURNING c.id, c.tenant_id, c.account_id, c.provider, c.method, c.url, c.headers,
                 c.body, c.received_at, c.failures",
            now,
            i64::from(limit),
            now + lease,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        rows.sort_by_key(|row| (row.received_at, row.id));
        rows.into_iter()
            .map(|row| {
                let place = Place::new("callbacks", row.id);
                Ok(RawCallback {
                    id: CallbackId::from_uuid(row.id),
                    tenant: TenantId::from_uuid(row.tenant_id),
                    account: AccountId::from_uuid(row.account_id),
                    provider: row.provider,
                    request: CallbackRequest {
                        method: row.method,
                        url: row.url,
                        headers: place.json("headers", row.headers)?,
                        body: Bytes::from(row.body),
                        received_at: row.received_at,
                    },
                    failures: place.number("failures", row.failures)?,
                })
            })
            .collect()
    }

    async fn apply(&self, updates: &[ReceiptUpdate]) -> Result<Vec<usize>, StoreError> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.begin_for_all().await?;
        let targets = find_targets(&mut transaction, updates).await?;
        let mut messages: Vec<Uuid> = targets.iter().flatten().map(|(_, id)| *id).collect();
        messages.sort_unstable();
        messages.dedup();
        let tenants = updates.iter().map(|update| update.target.tenant);
        let mut progress = Progress::lock(&mut transaction, tenants, &messages).await?;
        let mut missed = Vec::new();
        for (index, (update, target)) in updates.iter().zip(&targets).enumerate() {
            match target {
                Some((attempt, message)) => apply_one(&mut progress, *attempt, *message, update),
                None => missed.push(index),
            }
        }
        progress.store(&mut transaction).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(missed)
    }

    async fn subject(&self, target: &ReceiptTarget) -> Result<Option<Message>, StoreError> {
        let mut transaction = self.begin_for(target.tenant).await?;
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT m.* FROM messages m
             WHERE m.tenant_id = $1 AND m.id IN (
                 SELECT a.message_id FROM attempts a
                 WHERE a.tenant_id = $1 AND a.account_id = $2
                   AND (a.id = $3 OR a.provider_message_id = $4))",
            target.tenant.uuid(),
            target.account.uuid(),
            target.attempt.map(AttemptId::uuid),
            target.provider_message_id,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().next().map(Message::try_from).transpose()
    }

    async fn receive(&self, inbound: &InboundRecord) -> Result<bool, StoreError> {
        let message = &inbound.message;
        let mut transaction = self.begin_for(message.tenant).await?;
        // Repeats of one inbound message wait for each other here.
        let key = format!("{:?} {:?}", message.account, message.provider_message_id);
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 8))", key)
            .fetch_one(&mut *transaction)
            .await
            .map_err(store_error)?;
        let seen = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM messages WHERE tenant_id = $1 AND account_id = $2
                   AND provider_message_id = $3 AND direction = 'inbound') AS "seen!""#,
            message.tenant.uuid(),
            message.account.map(AccountId::uuid),
            message.provider_message_id,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        if seen {
            return Ok(false);
        }
        if let Some(contact) = &inbound.new_contact {
            insert_contact(&mut transaction, contact)
                .await
                .map_err(|error| match error {
                    ContactError::Store(error) => error,
                    ContactError::ExternalIdTaken | ContactError::KeyLost(_) => {
                        StoreError::inconsistent("a contact made by number has an external id")
                    }
                })?;
        }
        if !insert_message(&mut transaction, message).await? {
            return Err(StoreError::unavailable("the contact was erased meanwhile"));
        }
        for event in &inbound.consent {
            append(&mut transaction, message.tenant, event).await?;
        }
        sqlx::query!(
            "INSERT INTO timeline (tenant_id, message_id, status, at, source)
             VALUES ($1, $2, 'received', $3, 'provider')",
            message.tenant.uuid(),
            message.id.uuid(),
            message.status_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        sqlx::query!(
            "INSERT INTO last_inbound AS l (tenant_id, contact_id, channel, at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, contact_id, channel)
             DO UPDATE SET at = greatest(l.at, excluded.at)",
            message.tenant.uuid(),
            message.contact.uuid(),
            message.channel.as_str(),
            message.status_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn finish(
        &self,
        callbacks: &[CallbackId],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = callbacks.iter().map(|callback| callback.uuid()).collect();
        sqlx::query!(
            "UPDATE callbacks SET due_at = NULL, applied_at = $2, problem = NULL
             WHERE id = ANY($1)",
            &ids,
            now,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn put_back(
        &self,
        callback: CallbackId,
        problem: &str,
        retry_at: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE callbacks SET due_at = $2, problem = $3, failures = failures + 1 WHERE id = $1",
            callback.uuid(),
            retry_at,
            without_nul(problem),
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn overdue(
        &self,
        limit: u16,
        now: OffsetDateTime,
        next_at: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<QueryJob>, StoreError> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let rows = sqlx::query!(
            r#"WITH due AS (
                   SELECT tenant_id, id FROM attempts WHERE ask_at <= $1
                   ORDER BY ask_at LIMIT $2 FOR UPDATE SKIP LOCKED
               ), asked AS (
                   UPDATE attempts a SET asked = a.asked + 1,
                       ask_at = CASE WHEN a.asked + 1 < $4 THEN $3::timestamptz END
                   FROM due WHERE a.tenant_id = due.tenant_id AND a.id = due.id
                   RETURNING a.*
               )
               SELECT asked.tenant_id AS "tenant_id!", asked.id AS "id!",
                   asked.account_id AS "account_id!", asked.provider AS "provider!",
                   asked.sender_address AS "sender_address!", asked.started_at AS "started_at!",
                   asked.provider_message_id, asked.asked AS "asked!", m.channel, m.address_kind,
                   m.address_value, m.content ->> 'text' AS text,
                   ARRAY(
                       SELECT other.provider_message_id FROM messages n
                       JOIN attempts other
                         ON other.tenant_id = n.tenant_id AND other.message_id = n.id
                       WHERE n.tenant_id = m.tenant_id AND n.contact_id = m.contact_id
                         AND other.account_id = asked.account_id AND other.id <> asked.id
                         AND other.started_at > asked.started_at - interval '1 day'
                         AND other.provider_message_id IS NOT NULL
                   ) AS "taken!"
               FROM asked
               JOIN messages m ON m.tenant_id = asked.tenant_id AND m.id = asked.message_id"#,
            now,
            i64::from(limit),
            next_at,
            most,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let place = Place::new("attempts", row.id);
                Ok(QueryJob {
                    tenant: TenantId::from_uuid(row.tenant_id),
                    account: AccountId::from_uuid(row.account_id),
                    provider: row.provider,
                    query: StatusQuery {
                        attempt: AttemptId::from_uuid(row.id),
                        started_at: row.started_at,
                        provider_message_id: row.provider_message_id,
                        channel: place.parse("channel", &row.channel)?,
                        from: row.sender_address,
                        to: Address::from_parts(&row.address_kind, &row.address_value)
                            .ok_or_else(|| place.bad("address_value", "not of its kind"))?,
                        text: row.text.unwrap_or_default(),
                        taken: row.taken,
                    },
                    asked: place.number("asked", row.asked - 1)?,
                })
            })
            .collect()
    }

    async fn wait(&self, timeout: Duration) {
        self.wait_for_notice(timeout).await;
    }
}

/// The attempt and message of each update, found by our reference, else by the provider's id.
async fn find_targets(
    connection: &mut sqlx::PgConnection,
    updates: &[ReceiptUpdate],
) -> Result<Vec<Option<(Uuid, Uuid)>>, StoreError> {
    let (with_reference, references): (Vec<Uuid>, Vec<Uuid>) = updates
        .iter()
        .map(|update| &update.target)
        .filter_map(|target| Some((target.tenant.uuid(), target.attempt?.uuid())))
        .unzip();
    let tenants: Vec<Uuid> = updates
        .iter()
        .map(|update| update.target.tenant.uuid())
        .collect();
    let accounts: Vec<Uuid> = updates
        .iter()
        .map(|update| update.target.account.uuid())
        .collect();
    let provider_ids: Vec<String> = updates
        .iter()
        .map(|update| update.target.provider_message_id.clone())
        .collect();
    // Joins, because the planner takes three arrays of ANY for a thousand look-ups and reads the whole
    // table instead.
    let rows = sqlx::query!(
        r#"SELECT a.tenant_id AS "tenant_id!", a.id AS "id!", a.message_id AS "message_id!",
               a.account_id AS "account_id!", a.provider_message_id
           FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
           JOIN attempts a ON a.tenant_id = wanted.tenant_id AND a.id = wanted.id
           UNION
           SELECT a.tenant_id, a.id, a.message_id, a.account_id, a.provider_message_id
           FROM unnest($3::uuid[], $4::uuid[], $5::text[])
               AS wanted (tenant_id, account_id, provider_message_id)
           JOIN attempts a ON a.tenant_id = wanted.tenant_id AND a.account_id = wanted.account_id
               AND a.provider_message_id = wanted.provider_message_id"#,
        &with_reference,
        &references,
        &tenants,
        &accounts,
        &provider_ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut by_id = HashMap::new();
    let mut by_provider_id = HashMap::new();
    for row in rows {
        let owner = (row.tenant_id, row.account_id);
        by_id.insert((owner, row.id), row.message_id);
        if let Some(provider_id) = row.provider_message_id {
            by_provider_id.insert((owner, provider_id), (row.id, row.message_id));
        }
    }
    Ok(updates
        .iter()
        .map(|update| {
            let target = &update.target;
            let owner = (target.tenant.uuid(), target.account.uuid());
            let by_reference = target.attempt.and_then(|attempt| {
                let attempt = attempt.uuid();
                by_id
                    .get(&(owner, attempt))
                    .map(|message| (attempt, *message))
            });
            by_reference.or_else(|| {
                by_provider_id
                    .get(&(owner, target.provider_message_id.clone()))
                    .copied()
            })
        })
        .collect())
}

/// Applies one receipt to the locked state.
fn apply_one(progress: &mut Progress, attempt: Uuid, message: Uuid, update: &ReceiptUpdate) {
    let Some(state) = progress.attempt(attempt) else {
        return;
    };
    let known = (state.outcome, state.receipt);
    state.outcome = Some(OutcomeKind::Accepted);
    state
        .provider_message_id
        .get_or_insert_with(|| update.target.provider_message_id.clone());
    let before = state.receipt;
    state.receipt = before.max(update.receipt);
    if state.receipt >= Some(Receipt::Delivered) {
        state.error = None;
    } else if update.receipt == Some(Receipt::Failed) {
        state.error.clone_from(&update.error);
    } else if state.receipt != Some(Receipt::Failed) {
        state.error = None;
    }
    if state.receipt >= Some(Receipt::Failed) {
        state.ask_at = None;
    }
    let costs = update.cost.is_some();
    if costs {
        state.cost = update.cost;
    }
    // A repetition says nothing new: a message that was queued again since stays so.
    if known != (state.outcome, state.receipt) {
        progress.fold(attempt, update.at, &update.source);
    }
    if costs {
        settle_cost(progress, message);
    }
}
